/** The panel "History": every edit, undone and done again; and outlines from other programs. */

import { el, fill, icon } from "../dom.js";
import { moment } from "../format.js";
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
  let working = false;

  chooser.addEventListener("change", async () => {
    const [file] = chooser.files;
    chooser.value = "";
    if (!file) return;
    bring.disabled = true;
    try {
      await api.importOutlines(session.id, state.get("image").id, file);
      await session.reload();
      announce(t("panels.outlinesImported", { name: file.name }));
    } catch (error) {
      toastError(error);
    }
    bring.disabled = false;
  });

  async function step(how) {
    await goTo(state.get("edits").cursor + (how === "undo" ? -1 : 1));
  }

  /** Undo or redo until so many edits hold. */
  async function goTo(cursor) {
    if (working) return;
    working = true;
    try {
      while (state.get("edits").cursor !== cursor) {
        const before = state.get("edits").cursor;
        await session[before > cursor ? "undo" : "redo"]();
        if (state.get("edits").cursor === before) break;
      }
      announce(t("panels.editsHold", state.get("edits")));
    } catch (error) {
      toastError(error);
    }
    working = false;
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
    fill(
      list,
      [...edits].reverse().map(({ edit, at }, back) => {
        const number = edits.length - back;
        const undone = number > cursor;
        return el(
          "li",
          { class: undone ? "undone" : "" },
          el(
            "button",
            { type: "button", "aria-current": number === cursor ? "step" : null, on: { click: () => goTo(number) } },
            el("span", { class: "edit-number" }, String(number)),
            el("span", {}, describeEdit(edit)),
            el("span", { class: "note push" }, undone ? t("panels.undone") : moment(at)),
          ),
        );
      }),
      edits.length > 0 && el("li", {}, el("button", { type: "button", "aria-current": cursor === 0 ? "step" : null, on: { click: () => goTo(0) } }, el("span", { class: "edit-number" }, "0"), el("span", {}, t("panels.asFound")))),
    );
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

/** An edit in words. */
export function describeEdit(edit) {
  const shape = edit.shape ? nameOf("names.shapes", edit.shape).toLowerCase() : "";
  const text = nameOf("names.edits", edit.kind);
  return typeof text === "function" ? text({ count: edit.particles?.length ?? 0, shape }) : text;
}
