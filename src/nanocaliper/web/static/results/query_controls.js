/** Which length, and by what it is weighed. */

import { el, uniqueId } from "../dom.js";
import { nameOf, t } from "../texts.js";

const BASES = ["number", "area", "volume"];

/**
 * @param {object} about
 * @param {function(): void} onChange
 * @returns {{node: HTMLElement, values: function(): {measurand: string, basis: string}}}
 */
export function makeQueryControls(about, onChange) {
  const ids = { measurand: uniqueId("measurand"), basis: uniqueId("basis") };
  const measurand = el("select", { id: ids.measurand }, about.measurands.map((name) => el("option", { value: name }, nameOf("names.measurands", name))));
  const basis = el("select", { id: ids.basis }, BASES.map((name) => el("option", { value: name }, nameOf("names.bases", name))));
  for (const control of [measurand, basis]) control.addEventListener("change", onChange);
  return {
    node: el(
      "div",
      { class: "query" },
      el("div", { class: "field" }, el("label", { for: ids.measurand }, t("results.measurand")), measurand),
      el("div", { class: "field" }, el("label", { for: ids.basis }, t("results.basis")), basis),
    ),
    values: () => ({ measurand: measurand.value, basis: basis.value }),
  };
}
