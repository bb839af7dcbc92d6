// Which columns the table shows.

import { el, fill } from "../dom.js";
import { t } from "../texts.js";
import { labelOf, unitOf } from "./columns.js";

export function makeColumnChooser(onChange) {
  const list = el("fieldset", { class: "table-columns" });
  const element = el("details", { class: "table-chooser" },
    el("summary", { class: "button small" }, t("table.columns")), list);
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || !element.open) return;
    element.open = false;
    element.querySelector("summary").focus();
    event.stopPropagation();
  });
  element.addEventListener("focusout", (event) => {
    if (event.relatedTarget && !element.contains(event.relatedTarget)) element.open = false;
  });

  return {
    element,
    load(all, chosen) {
      const boxes = all.map((name) => el("input", {
        type: "checkbox", value: name, checked: chosen.includes(name), disabled: name === "particle",
        on: { change: () => onChange(boxes.filter((box) => box.checked).map((box) => box.value)) },
      }));
      fill(list, el("legend", { class: "visually-hidden" }, t("table.columnsHint")),
        boxes.map((box) => el("label", {}, box, [labelOf(box.value), unitOf(box.value) && `(${unitOf(box.value)})`].filter(Boolean).join(" "))));
    },
  };
}
