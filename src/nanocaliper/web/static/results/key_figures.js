/** Tables and sentences of an analysis, for the panel of an image and the page of results. */

import { el, icon } from "../dom.js";
import { aligned, count, number, percent } from "../format.js";
import { nameOf, t } from "../texts.js";

export const KEY_STATISTICS = ["mean", "sd", "d10", "d50", "d90", "geometric_mean", "geometric_sd"];
const WITHOUT_UNIT = new Set(["cv", "span", "geometric_sd", "pdi_variance", "pdi_moments"]);

/** The analysis in an answer of the server: of an image, or of a sample with its pooled particles. */
export const analysisOf = (answer) => answer.pooled ?? answer.analysis ?? answer;

/** Whether a statistic is a length. */
export const hasUnit = (statistic) => !WITHOUT_UNIT.has(statistic);

/** "15.2 – 18.3", or why there is none. */
export function describeInterval(interval, like) {
  if (!interval || interval.low === null || interval.high === null) {
    return el("span", { class: "interval", title: interval?.reason ?? "" }, "–");
  }
  return el("span", { class: "interval", title: interval.method }, `${aligned(interval.low, like)} – ${aligned(interval.high, like)}`);
}

/** Name, value and interval of a few statistics. */
export function makeKeyTable(analysis, caption = t("results.keyCaption", { level: percent(analysis.level) })) {
  const values = analysis.distributions[analysis.basis];
  return el(
    "table",
    { class: "data compact" },
    el("caption", { class: "visually-hidden" }, caption),
    el(
      "thead",
      {},
      el("tr", {}, el("th", { scope: "col" }, t("results.statistic")), el("th", { scope: "col" }, t("results.value", analysis)), el("th", { scope: "col" }, t("results.interval", { level: percent(analysis.level) }))),
    ),
    el(
      "tbody",
      {},
      KEY_STATISTICS.map((name) =>
        el(
          "tr",
          {},
          el("th", { scope: "row" }, nameOf("names.statistics", name), !hasUnit(name) && el("span", { class: "interval" }, ` ${t("results.noUnit")}`)),
          el("td", {}, aligned(values[name])),
          el("td", {}, describeInterval(analysis.intervals[name], values[name])),
        ),
      ),
    ),
  );
}

/** The figures one looks for first. */
export function makeHeadline(analysis) {
  const values = analysis.distributions[analysis.basis];
  const item = (label, value, unit = "") => el("div", {}, el("dt", {}, label), el("dd", {}, value, unit && el("span", { class: "unit-text" }, ` ${unit}`)));
  return el(
    "dl",
    { class: "headline" },
    item(t("results.particles"), count(analysis.count)),
    item(t("results.meanSd"), `${number(values.mean, 4)} ± ${number(values.sd, 3)}`, analysis.unit),
    item("D50", number(values.d50, 4), analysis.unit),
  );
}

/** "Enough particles?" in the server's own sentences. */
export function makePrecision(analysis) {
  const { precision } = analysis;
  if (precision.length === 0) return null;
  const enough = precision.every(({ more }) => more === 0);
  return el(
    "div",
    { class: `callout ${enough ? "ok" : "warn"}` },
    icon(enough ? "ok" : "info"),
    el("div", {}, el("strong", {}, t(enough ? "results.enough" : "results.notEnough")), precision.map(({ sentence }) => el("p", {}, sentence))),
  );
}

/** The screening after the EU definition of a nanomaterial. */
export function makeVerdict(analysis) {
  const { verdict } = analysis;
  if (!verdict) return analysis.verdict_reason ? el("p", { class: "note" }, t("results.noVerdict", { reason: analysis.verdict_reason })) : null;
  return el(
    "div",
    { class: "callout" },
    icon("mark"),
    el(
      "div",
      {},
      el("strong", {}, t("results.verdict", verdict)),
      el("p", {}, verdict.reason),
      verdict.warnings.length > 0 && el("details", {}, el("summary", { class: "note" }, t("results.verdictLimits", { count: verdict.warnings.length })), makeList(verdict.warnings)),
    ),
  );
}

/** Warnings, open where they are few. */
export function makeWarnings(warnings) {
  const all = [...new Set(warnings)];
  if (all.length === 0) return null;
  return el(
    "div",
    { class: "callout warn" },
    icon("warning"),
    el("div", {}, el("details", { open: all.length <= 2 }, el("summary", {}, el("strong", {}, t("results.warnings", { count: all.length }))), makeList(all))),
  );
}

const makeList = (sentences) => el("ul", { class: "sentences" }, sentences.map((one) => el("li", {}, one)));
