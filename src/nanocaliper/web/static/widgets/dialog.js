/** Dialogs, on the browser's own <dialog>: it keeps the focus inside and gives it back. */

import { el, icon, uniqueId } from "../dom.js";
import { t } from "../texts.js";

/**
 * Open a dialog.
 *
 * @param {object} options
 * @param {string} options.title
 * @param {Array<Node|string>} options.body
 * @param {Array<{label: string, kind?: string, value?: any, take?: function(): any}>} [options.actions] buttons, the
 *   last one is the default; `take` gives the value, and undefined keeps the dialog open
 * @param {string} [options.size] "wide"
 * @returns {Promise<any>} the value of the button, null where it was closed
 */
export function openDialog({ title, body, actions = [], size = "" }) {
  return new Promise((resolve) => {
    const titleId = uniqueId("dialog-title");
    let value = null;
    const dialog = el("dialog", { class: size, "aria-labelledby": titleId });
    const finish = (action) => {
      const taken = action.take ? action.take() : (action.value ?? null);
      if (taken === undefined) return;
      value = taken;
      dialog.close();
    };
    const buttons = actions.map((action, at) =>
      el(
        "button",
        {
          class: `button ${action.kind ?? ""}`,
          type: at === actions.length - 1 ? "submit" : "button",
          on: at === actions.length - 1 ? {} : { click: () => finish(action) },
        },
        action.label,
      ),
    );
    const content = el("div", { class: "dialog-body" }, body);
    // What only can be read must still scroll by keyboard.
    if (!content.querySelector("a, button, input, select, textarea")) content.tabIndex = 0;
    const form = el(
      "form",
      {
        method: "dialog",
        style: { display: "contents" },
        on: {
          submit: (event) => {
            event.preventDefault();
            if (actions.length > 0) finish(actions.at(-1));
          },
        },
      },
      el(
        "div",
        { class: "dialog-head" },
        el("h2", { id: titleId }, title),
        el(
          "button",
          {
            class: "icon-button",
            type: "button",
            "aria-label": t("frame.close"),
            on: { click: () => dialog.close() },
          },
          icon("close"),
        ),
      ),
      content,
      buttons.length > 0 && el("div", { class: "dialog-foot" }, buttons),
    );
    dialog.append(form);
    dialog.addEventListener("close", () => {
      dialog.remove();
      resolve(value);
    });
    dialog.addEventListener("click", (event) => {
      if (event.target === dialog) dialog.close();
    });
    document.body.append(dialog);
    dialog.showModal();
    (dialog.querySelector("[autofocus]") ?? buttons.at(-1))?.focus();
    dialog.querySelector("input[autofocus]")?.select?.();
  });
}

/**
 * Ask for a name.
 *
 * @returns {Promise<string|null>} without spaces around, null where it was given up
 */
export function askName({ title, label, value = "", action, note = null }) {
  const id = uniqueId("name");
  const input = el("input", { type: "text", id, value, maxlength: 200, autofocus: true, autocomplete: "off" });
  const take = () => {
    const name = input.value.trim();
    input.setAttribute("aria-invalid", String(!name));
    if (!name) input.focus();
    return name || undefined;
  };
  return openDialog({
    title,
    body: [el("div", { class: "field" }, el("label", { for: id }, label), input), note && el("p", { class: "note" }, note)],
    actions: [{ label: t("frame.cancel") }, { label: action, kind: "primary", take }],
  });
}
