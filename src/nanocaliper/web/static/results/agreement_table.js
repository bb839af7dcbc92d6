/** The images of a sample: their figures, and whether they agree. */

import { el, icon } from "../dom.js";
import { aligned, count, number, pValue, percent } from "../format.js";
import { t } from "../texts.js";
import { makeTable } from "./page_parts.js";

/** @param {object} sample answer of the server */
export function makeAgreement({ agreement, images, pooled, left_out: leftOut }) {
  if (images.length === 0) return null;
  const byName = new Map((agreement?.deviations ?? []).map((one) => [one.image, one]));
  const unit = pooled.unit;
  const head = [
    t("results.image"), t("results.scale"), t("results.particles"), `${t("results.mean")}, ${unit}`, `SD, ${unit}`, `D50, ${unit}`, t("results.ratio"), "p", t("results.judgement"),
  ];
  const rows = images.map(({ image, nm_per_px: scale, analysis }) => {
    const values = analysis.distributions.number;
    const deviation = byName.get(image);
    return [
      image,
      scale === null ? t("results.none") : number(scale, 4),
      count(analysis.count),
      aligned(values.mean),
      aligned(values.sd, values.mean),
      aligned(values.d50),
      deviation ? deviation.ratio.toFixed(3) : "–",
      pValue(deviation?.p_corrected),
      deviation ? (deviation.deviates ? el("span", { class: "badge warn" }, icon("warning", "small"), t("results.deviates")) : t("results.agrees")) : "–",
    ];
  });
  const unused = Object.entries(leftOut ?? {});
  return [
    agreement &&
      el(
        "div",
        { class: `callout ${agreement.agree === false ? "warn" : "ok"}` },
        icon(agreement.agree === false ? "warning" : agreement.agree ? "ok" : "info"),
        el("div", {}, el("p", {}, agreement.sentence), agreement.share_between !== null && el("p", { class: "note" }, t("results.shareBetween", { share: percent(agreement.share_between) }))),
      ),
    makeTable(t("results.imagesCaption"), head, rows),
    unused.length > 0 &&
      el("div", { class: "callout warn" }, icon("warning"), el("div", {}, el("strong", {}, t("results.imagesUnused")), unused.map(([name, reason]) => el("p", {}, `${name}: ${reason}`)))),
  ];
}
