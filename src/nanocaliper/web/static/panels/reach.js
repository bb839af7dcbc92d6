/** The choice of what a change is for: this image, its sample, or the whole project. */

import { el, uniqueId } from "../dom.js";
import { t } from "../texts.js";

/**
 * @returns {{node: HTMLElement, value: function(): string, reset: function(): void}}
 */
export function makeReach() {
  const id = uniqueId("reach");
  const choice = el(
    "select",
    { id },
    ["image", "sample", "project"].map((name) => el("option", { value: name }, t(`panels.reach.${name}`))),
  );
  return {
    node: el("div", { class: "field" }, el("label", { for: id }, t("panels.reach.label")), choice),
    value: () => choice.value,
    reset() {
      choice.value = "image";
    },
  };
}
