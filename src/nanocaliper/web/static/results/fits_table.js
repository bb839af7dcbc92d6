/** Fitted models with their goodness, and how many populations there are. */

import { el } from "../dom.js";
import { aligned, number, pValue, percent } from "../format.js";
import { nameOf, t } from "../texts.js";
import { makeTable } from "./page_parts.js";

/** A row a model, the best first. */
export function makeFitsTable({ fits, unit }) {
  if (fits.length === 0) return null;
  const best = fits[0].aic;
  const head = [t("results.model"), { text: t("results.parameters"), words: true }, "AIC", "ΔAIC", "BIC", t("results.ks"), t("results.ad"), t("results.judgement")];
  const rows = fits.map((fit) => {
    const fitting = fit.goodness && Math.min(fit.goodness.kolmogorov_smirnov_p, fit.goodness.anderson_darling_p) >= 0.05;
    return [
      nameOf("names.models", fit.model),
      Object.entries(fit.parameters)
        .map(([name, value]) => `${nameOf("names.parameters", name)} ${describe(fit, name, value, unit)}`)
        .join(", "),
      number(fit.aic, 5),
      fit.aic === null || best === null ? "–" : (fit.aic - best).toFixed(1),
      number(fit.bic, 5),
      pValue(fit.goodness?.kolmogorov_smirnov_p),
      pValue(fit.goodness?.anderson_darling_p),
      fit.goodness ? t(fitting ? "results.fitHolds" : "results.fitFails") : t("results.fitNone"),
    ];
  });
  const warnings = fits.flatMap(({ model, warnings: said }) => said.map((one) => `${nameOf("names.models", model)}: ${one}`));
  return [
    makeTable(t("results.fitsCaption"), head, rows),
    el("p", { class: "note" }, t("results.fitsNote")),
    warnings.map((one) => el("p", { class: "note" }, one)),
  ];
}

const LENGTHS = new Set(["mean", "sd", "median", "scale"]);

function describe(fit, name, value, unit) {
  const error = fit.standard_errors?.[name];
  const size = error ? `${aligned(value)} ± ${aligned(error, value)}` : aligned(value);
  return LENGTHS.has(name) ? `${size} ${unit}` : size;
}

/** Populations of the lognormal mixture with the smallest BIC. */
export function makePopulations({ modality, unit }) {
  if (!modality) return null;
  const head = [t("results.population"), t("results.share"), `${t("results.median")}, ${unit}`, t("names.statistics.geometric_sd")];
  return [
    el("p", {}, t("results.populations", { count: modality.components.length, peaks: modality.peaks })),
    makeTable(
      t("results.populationsCaption"),
      head,
      modality.components.map((one, at) => [String(at + 1), percent(one.share), aligned(one.median), aligned(one.geometric_sd)]),
    ),
    modality.warnings.map((one) => el("p", { class: "note" }, one)),
  ];
}
