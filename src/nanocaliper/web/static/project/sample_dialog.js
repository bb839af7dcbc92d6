/** Name and notes of a sample: what the report prints about it. */

import { el, uniqueId } from "../dom.js";
import { t } from "../texts.js";
import { openDialog } from "../widgets/dialog.js";

const NOTES = ["material", "preparation", "instrument", "operator", "comment"];

/**
 * @param {{title: string, action: string, name: string, notes?: object}} options
 * @returns {Promise<{name: string, notes: object}|null>}
 */
export function askSample({ title, action, name, notes = {} }) {
  const nameId = uniqueId("sample-name");
  const nameInput = el("input", { type: "text", id: nameId, value: name, maxlength: 200, autofocus: true, autocomplete: "off" });
  const inputs = NOTES.map((note) => {
    const id = uniqueId("note");
    const control = note === "comment" ? el("textarea", { id, rows: 2 }) : el("input", { type: "text", id, autocomplete: "off" });
    control.value = notes?.[note] ?? "";
    return { note, control, field: el("div", { class: "field" }, el("label", { for: id }, t(`images.notes.${note}`)), control) };
  });
  const take = () => {
    const given = nameInput.value.trim();
    nameInput.setAttribute("aria-invalid", String(!given));
    if (!given) {
      nameInput.focus();
      return undefined;
    }
    return { name: given, notes: Object.fromEntries(inputs.map(({ note, control }) => [note, control.value.trim()])) };
  };
  return openDialog({
    title,
    body: [
      el("div", { class: "field" }, el("label", { for: nameId }, t("images.name")), nameInput),
      el("p", { class: "note" }, t("images.notesNote")),
      inputs.map(({ field }) => field),
    ],
    actions: [{ label: t("frame.cancel") }, { label: action, kind: "primary", take }],
  });
}
