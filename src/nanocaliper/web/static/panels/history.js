/** The panel "History": every edit, undone and done again; and outlines from other programs. */

import { el, fill, icon } from "../dom.js";
import { moment } from "../format.js";
import { groupEdits } from "../project/edit_groups.js";
import { nameOf, t } from "../texts.js";
import { announce } from "../widgets/announce.js";
import { toastError } from "../widgets/toast.js";

export function makeHistoryPanel({ api, state, session }) {
  const undo = el("button", { class: "button small", type: "button", title: "Ctrl+Z", on: { click: () => step("undo") } }, icon("undo"), t("panels.undo"));
  const redo = el("button", { class: "button small", type: "button", title: "Ctrl+Shift+Z", on: { click: () => step("redo") } }, icon("redo"), t("panels.redo"));
  const chooser = el("input", { type: "file", hidden: true, accept: ".zip,.roi,.json,.tif,.tiff" });
  const bring = el("button", { class: "button small", type: "button", on: { click: () => chooser.click() } }, icon("upload"), t("panels.importOutlines"));
  const list = el("ol", { class: "edits" });
  const nothing = el("p", { class: "note" });

  chooser.addEventListener("change", async () => {
    const [file] = chooser.files;
    chooser.value = "";
    if (!file) return;
    const { id } = state.get("image");
    bring.disabled = true;
    fill(bring, icon("spinner", "spin"), t("panels.importing"));
    try {
      await api.importOutlines(session.id, id, file);
      await session.reload(id);
      announce(t("panels.outlinesImported", { name: file.name }));
    } catch (error) {
      toastError(error);
    }
    bring.disabled = false;
    fill(bring, icon("upload"), t("panels.importOutlines"));
  });

  const step = (how) => tell(() => session[how]());
  const goTo = (cursor) => tell(() => session.goTo(cursor));

  async function tell(work) {
    try {
      await work();
      announce(t("panels.editsHold", state.get("edits")));
    } catch (error) {
      toastError(error);
    }
  }

  function draw() {
    const image = state.get("image");
    const { edits, cursor } = state.get("edits");
    const ready = image?.status === "measured";
    undo.disabled = !ready || cursor === 0;
    redo.disabled = !ready || cursor >= edits.length;
    bring.disabled = !ready;
    nothing.hidden = edits.length > 0;
    nothing.textContent = image ? t("panels.noEdits") : t("panels.noImage");
    const focused = list.contains(document.activeElement);
    fill(
      list,
      groupEdits(edits).reverse().map(({ first, last, entries }) => {
        const undone = first > cursor;
        const now = first <= cursor && cursor <= last;
        return el(
          "li",
          { class: undone ? "undone" : "" },
          el(
            "button",
            { type: "button", "aria-current": now ? "step" : null, on: { click: () => goTo(last) } },
            el("span", { class: "edit-number" }, String(last)),
            el("span", {}, describeEdits(entries)),
            el("span", { class: "note push" }, undone ? t("panels.undone") : moment(entries[0].at)),
          ),
        );
      }),
      edits.length > 0 && el("li", {}, el("button", { type: "button", "aria-current": cursor === 0 ? "step" : null, on: { click: () => goTo(0) } }, el("span", { class: "edit-number" }, "0"), el("span", {}, t("panels.asFound")))),
    );
    if (focused) list.querySelector("[aria-current]")?.focus();
  }

  const stop = state.on(["edits", "image"], draw);
  draw();
  return {
    node: el(
      "div",
      { class: "panel" },
      el("div", { class: "row wrap" }, undo, redo, el("span", { class: "push" }, bring), chooser),
      nothing,
      list,
      el("p", { class: "note" }, t("panels.importNote")),
    ),
    close: stop,
  };
}

/** Edits of one kind in words. */
export function describeEdits(entries) {
  const { edit } = entries[0];
  const shape = edit.shape ? nameOf("names.shapes", edit.shape).toLowerCase() : "";
  const text = nameOf("names.edits", edit.kind);
  const particles = entries.reduce((sum, entry) => sum + (entry.edit.particles?.length ?? 1), 0);
  return typeof text === "function" ? text({ count: particles, shape }) : text;
}
