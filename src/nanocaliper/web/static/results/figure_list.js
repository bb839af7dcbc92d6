/** The figures of a sample as files. */

import { el, icon } from "../dom.js";
import { t, nameOf } from "../texts.js";
import { makeTable } from "./page_parts.js";

/** @param {object} analysis pooled */
export function makeFigureList(api, project, sample, analysis) {
  const names = [
    "histogram",
    "cumulative",
    "shape",
    "images",
    ...analysis.fits.filter(({ converged }) => converged).map(({ model }) => `quantiles_${model}`),
    analysis.budgets.length > 0 && "uncertainty",
  ].filter(Boolean);
  const rows = names.map((name) => [
    nameOf("results.figures", name),
    ...["svg", "png"].map((kind) => makeLink(api.figureUrl(project, sample, name, kind), kind, nameOf("results.figures", name))),
  ]);
  return makeTable(t("results.figuresCaption"), [t("results.figure"), "SVG", "PNG"], rows);
}

export const makeLink = (href, kind, name) =>
  el("a", { class: "button small", href, download: "", "aria-label": t("results.downloadAs", { name, kind: kind.toUpperCase() }) }, icon("download", "small"), kind.toUpperCase());
