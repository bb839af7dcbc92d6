/** Everything known of a sample, in sections. */

import { createCharts } from "./charts.js";
import { makeAgreement } from "./agreement_table.js";
import { makeBudgets } from "./budget_table.js";
import { makeEdgeTable, makeShapesTable, makeStatisticsTable } from "./distribution_tables.js";
import { makeFigureList } from "./figure_list.js";
import { makeFitsTable, makePopulations } from "./fits_table.js";
import { makeHeadline, makePrecision, makeVerdict, makeWarnings } from "./key_figures.js";
import { makeSection } from "./page_parts.js";
import { el, icon } from "../dom.js";
import { count, number } from "../format.js";
import { nameOf, t } from "../texts.js";

/**
 * @param {object} parts api, state, project id, sample record, answer of the server, query values
 * @returns {{sections: HTMLElement[], close: function(): void}}
 */
export function makeSampleReport({ api, state, project, sample, answer, query }) {
  const analysis = answer.pooled;
  const warnings = makeWarnings([...(answer.warnings ?? []), ...analysis.warnings]);
  if (analysis.count === 0) {
    return { sections: [makeSection("overview", t("results.overview"), el("p", {}, t("results.noParticles")), warnings)], close() {} };
  }
  const host = el("div", { class: "charts-host wide" });
  const charts = createCharts(host, { api, project, sample: sample.id, image: null, state, query: () => query, onSelect: () => {} });
  charts.load(query);
  const section = (id, ...content) => makeSection(id, t(`results.sections.${id}`), ...content);
  return {
    sections: [
      section("overview", el("div", { class: "overview" }, el("div", { class: "stack" }, makeWide(analysis), makePrecision(analysis), warnings), el("div", { class: "stack" }, makeVerdict(analysis), makeLeftOut(analysis)))),
      section("charts", host, el("details", {}, el("summary", {}, t("results.figuresCaption")), makeFigureList(api, project, sample.id, analysis))),
      section("statistics", makeStatisticsTable(analysis), el("p", { class: "note" }, t("results.intervalsNote", analysis))),
      section("fits", makeFitsTable(analysis)),
      section("populations", makePopulations(analysis)),
      section("uncertainty", makeBudgets(analysis)),
      section("edges", makeEdgeTable(analysis)),
      section("shapes", makeShapesTable(analysis), makeAgglomerates(analysis)),
      section("images", makeAgreement(answer)),
    ].filter(Boolean),
    close: () => charts.destroy(),
  };
}

const makeWide = (analysis) => {
  const head = makeHeadline(analysis);
  head.classList.add("wide");
  const item = (label, value) => el("div", {}, el("dt", {}, label), el("dd", {}, value));
  head.append(item(t("results.images"), count(analysis.images)));
  return head;
};

function makeLeftOut({ left_out: leftOut, resolution }) {
  const entries = Object.entries(leftOut).filter(([, n]) => n > 0);
  const words = entries.map(([reason, n]) => `${nameOf("names.states", reason).toLowerCase()} ${count(n)}`).join(", ");
  return el(
    "div",
    { class: "callout" },
    icon("info"),
    el(
      "div",
      {},
      el("p", {}, entries.length > 0 ? t("results.leftOut", { words }) : t("results.nothingLeftOut")),
      resolution?.below > 0 && el("p", {}, t("results.tooSmallToMeasure", { count: resolution.below, limit: number(resolution.smallest_px, 3) })),
    ),
  );
}

function makeAgglomerates({ constituents }) {
  if (!constituents) return null;
  return el("p", { class: "note" }, t("results.agglomerates", constituents), " ", constituents.rule);
}
