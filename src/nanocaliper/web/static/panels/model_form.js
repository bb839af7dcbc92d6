/** How particles are found: changes here measure the image again. */

import { el, fill, icon, uniqueId } from "../dom.js";
import { t } from "../texts.js";

/**
 * @param {{about: object, save: function(object): void}} parts
 * @returns {{node: HTMLElement, load: function(object): void}}
 */
export function makeModelForm({ about, save }) {
  const ids = { model: uniqueId("model"), split: uniqueId("split"), parting: uniqueId("parting"), page: uniqueId("page") };
  const model = el("select", { id: ids.model }, about.models.map(({ name }) => el("option", { value: name }, name)));
  const summary = el("span", { class: "note" });
  const split = el("input", { type: "range", id: ids.split, min: -3, max: 3, step: 0.25, list: `${ids.split}-marks` });
  const splitShown = el("output", { for: ids.split, class: "mono push" });
  const parting = el("select", { id: ids.parting }, Object.entries(t("panels.partings")).map(([value, name]) => el("option", { value }, name)));
  const page = el("input", { type: "number", id: ids.page, min: 1, step: 1 });
  const pages = el("span", { class: "unit" });
  const splitField = el(
    "div",
    { class: "field" },
    el("div", { class: "row" }, el("label", { for: ids.split, class: "field-label" }, t("panels.split")), splitShown),
    split,
    el("div", { class: "row note" }, el("span", {}, t("panels.splitLess")), el("span", { class: "push" }, t("panels.splitMore"))),
  );
  const partingField = el("div", { class: "field" }, el("label", { for: ids.parting }, t("panels.split")), parting);
  const pageField = el("div", { class: "field" }, el("label", { for: ids.page }, t("panels.page")), el("div", { class: "with-unit" }, page, pages));
  const apply = el("button", { class: "button", type: "submit", disabled: true }, icon("measure"), t("panels.measureAgain"));
  let stored = null;

  // Of a model that does not ship any more, nothing is known.
  const known = () => about.models.find(({ name }) => name === model.value) ?? { summary: "", takes_split: false, parting: null };
  // Nothing is sent that the model does not have, nor what it does anyway.
  const chosen = () => ({
    model: model.value,
    split: known().takes_split ? Number(split.value) : 0,
    parting: known().parting && parting.value !== known().parting ? parting.value : null,
    page: Math.max(0, Math.round(Number(page.value)) - 1),
  });

  function draw() {
    const now = chosen();
    summary.textContent = known().summary;
    splitField.hidden = !known().takes_split;
    partingField.hidden = !known().parting;
    splitShown.textContent = now.split > 0 ? `+${now.split}` : String(now.split).replace("-", "−");
    apply.disabled = !stored || Object.entries(now).every(([name, value]) => stored[name] === value);
  }
  model.addEventListener("input", () => (parting.value = known().parting));
  for (const control of [model, split, parting, page]) control.addEventListener("input", draw);

  const node = el(
    "form",
    {
      class: "stack",
      on: {
        submit(event) {
          event.preventDefault();
          save(chosen());
        },
      },
    },
    el("h2", {}, t("panels.howFound")),
    el("div", { class: "field" }, el("label", { for: ids.model }, t("panels.model")), model, summary),
    splitField,
    partingField,
    pageField,
    el("div", { class: "row" }, apply, el("span", { class: "note" }, t("panels.runsAgain"))),
  );

  return {
    node,
    load(image) {
      stored = image.settings;
      model.value = stored.model;
      if (model.value !== stored.model) {
        fill(model, about.models.map(({ name }) => el("option", { value: name }, name)), el("option", { value: stored.model }, stored.model));
        model.value = stored.model;
      }
      split.value = stored.split;
      parting.value = stored.parting ?? known().parting;
      page.value = stored.page + 1;
      page.max = image.pages ?? 1;
      pages.textContent = t("panels.ofPages", { pages: image.pages ?? 1 });
      pageField.hidden = (image.pages ?? 1) < 2;
      draw();
    },
  };
}
