/** Samples compared in pairs. */

import { el, fill, icon } from "../dom.js";
import { aligned, number, pValue } from "../format.js";
import { nameOf, t } from "../texts.js";
import { makeLink } from "./figure_list.js";
import { makeTable } from "./page_parts.js";

/**
 * @param {object} parts api, project id, samples, query values
 * @returns {{node: HTMLElement, load: function(): Promise<void>, close: function(): void}}
 */
export function makeComparison({ api, project, samples, query }) {
  let loading = new AbortController();
  const boxes = samples.map((sample) => el("input", { type: "checkbox", value: sample.id, checked: true, on: { change: () => load() } }));
  const body = el("div", { class: "stack" });
  const node = el(
    "div",
    { class: "stack" },
    el("fieldset", { class: "inline" }, el("legend", {}, t("results.compareWhich")), boxes.map((box, at) => el("label", { class: "choice" }, box, samples[at].name))),
    body,
  );

  async function load() {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    const chosen = boxes.filter(({ checked }) => checked).map(({ value }) => value);
    if (chosen.length < 2) {
      fill(body, el("p", { class: "note" }, t("results.compareTwo")));
      return;
    }
    fill(body, el("p", { class: "note row" }, icon("spinner", "spin"), t("results.working")));
    try {
      const pairs = await api.comparison(project, chosen, { measurand: query().measurand }, signal);
      if (signal.aborted) return;
      fill(body, makeFigure(chosen), pairs.map(makePair));
    } catch (error) {
      if (error.name !== "AbortError") fill(body, el("div", { class: "callout error" }, icon("error"), el("div", {}, error.message)));
    }
  }

  function makeFigure(chosen) {
    const picture = el("img", { class: "drawing", src: api.comparisonFigureUrl(project, chosen, "svg"), alt: t("results.comparisonAlt") });
    picture.addEventListener("load", () => picture.classList.remove("drawing"));
    picture.addEventListener("error", () => figure.remove());
    const figure = el(
      "figure",
      { class: "paper" },
      picture,
      el("figcaption", { class: "row" }, ["svg", "png"].map((kind) => makeLink(api.comparisonFigureUrl(project, chosen, kind), kind, t("results.comparison")))),
    );
    return figure;
  }

  return { node, load, close: () => loading.abort() };
}

function makePair(pair) {
  const { unit } = pair;
  const limits = (low, high, like) => (low === null || high === null ? "–" : el("span", { class: "interval" }, `${aligned(low, like)} – ${aligned(high, like)}`));
  const contrasts = pair.contrasts.map((one) => [
    nameOf("names.statistics", one.statistic),
    aligned(one.first),
    aligned(one.second),
    aligned(one.difference, one.first, 4),
    limits(one.difference_low, one.difference_high, one.first),
    number(one.ratio, 4),
    limits(one.ratio_low, one.ratio_high, one.ratio),
  ]);
  const tests = pair.tests.map((one) => [nameOf("results.tests", one.name), number(one.statistic, 4), pValue(one.p), pValue(one.p_corrected)]);
  const effects = pair.effects.map((one) => [nameOf("results.effects", one.name), number(one.value, 3), limits(one.low, one.high, one.value), one.words]);
  const title = t("results.pair", pair);
  return el(
    "section",
    { class: "stack pair", "aria-label": title },
    el("h2", {}, title),
    el("div", { class: `callout ${pair.different ? "warn" : ""}` }, icon(pair.different ? "info" : "ok"), el("div", {}, el("p", {}, pair.sentence), pair.warnings.map((one) => el("p", { class: "note" }, one)))),
    makeTable(
      t("results.contrastsOf", { title }),
      [t("results.statistic"), `${pair.first}, ${unit}`, `${pair.second}, ${unit}`, `${t("results.difference")}, ${unit}`, t("results.limits"), t("results.ratioOf"), t("results.limits")],
      contrasts,
    ),
    el(
      "details",
      {},
      el("summary", {}, t("results.testsAndEffects")),
      el(
        "div",
        { class: "side-by-side" },
        makeTable(t("results.testsOf", { title }), [t("results.test"), t("results.testStatistic"), "p", t("results.holm")], tests),
        makeTable(t("results.effectsOf", { title }), [t("results.effect"), t("results.valueShort"), t("results.limits"), ""], effects),
      ),
    ),
  );
}
