/** Tables of distributions: by number, area and volume; by class; corrected for the border. */

import { el } from "../dom.js";
import { aligned, count, number, percent } from "../format.js";
import { nameOf, t } from "../texts.js";
import { describeInterval, hasUnit } from "./key_figures.js";
import { makeTable } from "./page_parts.js";

const ALL = [
  "mean", "sd", "cv", "d10", "d50", "d90", "span", "mode", "geometric_mean", "geometric_sd",
  "d_1_0", "d_2_1", "d_3_2", "d_4_3", "pdi_variance", "pdi_moments",
];
const BASES = ["number", "area", "volume"];

/** Every statistic by number, area and volume, with the intervals of the chosen one. */
export function makeStatisticsTable(analysis) {
  const { distributions, intervals, basis, unit, level } = analysis;
  const head = [
    t("results.statistic"),
    t("results.unit"),
    ...BASES.map((name) => nameOf("names.bases", name)),
    t("results.intervalOf", { level: percent(level), basis: nameOf("names.bases", basis).toLowerCase() }),
    t("results.standardError"),
  ];
  const rows = ALL.map((name) => {
    const like = distributions[basis][name];
    return [
      nameOf("names.statistics", name),
      hasUnit(name) ? unit : "1",
      ...BASES.map((one) => el("span", { class: one === basis ? "chosen" : null }, aligned(distributions[one]?.[name], distributions[one]?.[name]))),
      describeInterval(intervals[name], like),
      aligned(intervals[name]?.standard_error, like),
    ];
  });
  const reasons = [...new Set(ALL.map((name) => intervals[name]?.reason).filter(Boolean))];
  return [
    makeTable(t("results.statisticsCaption"), head, rows),
    reasons.length > 0 && el("div", { class: "note" }, t("results.noIntervals"), el("ul", { class: "sentences" }, reasons.map((one) => el("li", {}, one)))),
  ];
}

/** A row a class of shape. */
export function makeShapesTable({ shapes, unit, count: all }) {
  const rows = Object.entries(shapes).sort(([, a], [, b]) => b.count - a.count);
  if (rows.length === 0) return null;
  const head = [t("results.shape"), t("results.particles"), t("results.share"), ...["mean", "sd", "d10", "d50", "d90"].map((name) => `${nameOf("names.statistics", name)}, ${unit}`)];
  return makeTable(
    t("results.shapesCaption"),
    head,
    rows.map(([name, found]) => [
      nameOf("names.shapes", name),
      count(found.count),
      percent(found.count / all),
      ...["mean", "sd", "d10", "d50", "d90"].map((statistic) => aligned(found[statistic])),
    ]),
  );
}

/** Values with and without weights for particles that the border cut. */
export function makeEdgeTable({ edge_correction: edges, unit, level }) {
  if (!edges) return [el("p", { class: "note" }, t("results.noEdges"))];
  const head = [t("results.statistic"), `${t("results.uncorrected")}, ${unit}`, `${t("results.corrected")}, ${unit}`, t("results.interval", { level: percent(level) }), t("results.change")];
  const rows = ["mean", "sd", "d10", "d50", "d90"].map((name) => {
    const [before, after] = [edges.unweighted[name], edges.weighted[name]];
    const change = before ? after / before - 1 : null;
    return [
      nameOf("names.statistics", name),
      aligned(before),
      aligned(after),
      describeInterval(edges.intervals?.[name], after),
      change === null ? "–" : `${change < 0 ? "−" : "+"}${percent(Math.abs(change))}`,
    ];
  });
  return [
    el("p", { class: "note" }, t("results.edgesNote")),
    makeTable(t("results.edgesCaption"), head, rows),
    el(
      "p",
      { class: "note" },
      t("results.edgesWeights", { effective: number(edges.effective_count, 4), largest: percent(edges.largest_share), exploding: edges.exploding, tooLarge: edges.too_large }),
    ),
  ];
}
