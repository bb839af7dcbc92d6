/** Uncertainty budgets after JCGM 100. */

import { el } from "../dom.js";
import { aligned, number, percent } from "../format.js";
import { nameOf, t } from "../texts.js";
import { makeTable } from "./page_parts.js";

/** A table a statistic. */
export function makeBudgets({ budgets }) {
  return budgets.map((budget) => {
    const total = budget.combined ** 2 || 1;
    const head = [
      { text: t("results.source"), words: true },
      t("results.kind"),
      t("results.distributionOf"),
      t("results.standardUncertainty"),
      t("results.contribution", budget),
      { text: t("results.ofVariance"), words: true },
    ];
    const rows = budget.rows.map((row) => [
      [nameOf("names.budget", row.name), el("span", { class: "note below" }, row.source)],
      row.kind,
      row.distribution,
      `${number(row.standard_uncertainty, 3)} ${row.unit === "1" ? "" : row.unit}`,
      aligned(row.contribution, budget.combined, 3),
      makeShare(row.contribution ** 2 / total),
    ]);
    return el(
      "div",
      { class: "stack tight" },
      el("h3", {}, t("results.budgetOf", { name: nameOf("names.statistics", budget.measurand) })),
      el(
        "p",
        { class: "result-line" },
        el("strong", {}, `${aligned(budget.value)} ± ${aligned(budget.expanded, budget.value)} ${budget.unit}`),
        ` ${t("results.expanded", { k: number(budget.coverage_factor, 3), relative: percent(budget.relative_expanded), combined: `${number(budget.combined, 3)} ${budget.unit}` })}`,
      ),
      makeTable(t("results.budgetOf", { name: nameOf("names.statistics", budget.measurand) }), head, rows),
      budget.warnings.map((one) => el("p", { class: "note" }, one)),
    );
  });
}

const makeShare = (share) =>
  el("span", { class: "share-bar" }, el("span", { style: { width: `${Math.round(share * 100)}%` } }), el("span", {}, percent(share)));
