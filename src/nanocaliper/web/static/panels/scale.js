/** The panel "Scale": what was read, from where, how sure; and saying otherwise. */

import { el, fill, icon } from "../dom.js";
import { number, percent } from "../format.js";
import { scaleOf } from "../project/calibration.js";
import { nameOf, t } from "../texts.js";
import { announce } from "../widgets/announce.js";
import { toastError } from "../widgets/toast.js";
import { makeBarCrop } from "./bar_crop.js";
import { makeScaleForm } from "./scale_form.js";

export function makeScalePanel({ api, state, session, stage }) {
  const said = el("div", { class: "stack" });
  const form = makeScaleForm({ state, stage, save });
  const nothing = el("p", { class: "note" }, t("panels.noImage"));
  const node = el("div", { class: "panel" }, nothing, said, form.node);
  let drawn = null;

  async function save(scale) {
    const image = state.get("image");
    try {
      const { images } = await api.putScale(session.id, image.id, scale);
      session.take(images);
      announce(t("panels.scaleSaved", { count: images.length }));
      await session.poll();
    } catch (error) {
      toastError(error);
    }
  }

  function draw() {
    const image = state.get("image");
    nothing.hidden = Boolean(image);
    said.hidden = form.node.hidden = !image;
    if (!image) {
      drawn = null;
      return;
    }
    form.update(image);
    // The crop need not flicker whenever an edit changes the record.
    const key = JSON.stringify([image.id, image.status, image.calibration, image.page]);
    if (key === drawn) return;
    drawn = key;
    fill(said, image.status === "measured" ? describe(image) : el("p", { class: "note" }, t("panels.notMeasured")));
  }

  function describe(image) {
    const scale = scaleOf(image);
    return [
      makeValue(scale),
      scale.conflict && makeConflict(scale),
      scale.bar && makeReading(image, scale.bar, t("panels.barRead")),
      !scale.bar && scale.guess && makeGuess(image, scale.guess),
    ];
  }

  function makeValue({ nmPerPx, uncertainty, source, reason, conflict }) {
    if (nmPerPx === null) {
      // An open conflict says itself what to do.
      if (conflict && !conflict.settled_by) return null;
      return el(
        "div",
        { class: "callout warn" },
        icon("no-scale"),
        el("div", {}, el("strong", {}, t("panels.noScale")), reason && el("p", {}, withoutOptions(reason))),
      );
    }
    return el(
      "div",
      { class: "figure-line" },
      el("strong", { class: "big" }, `${number(nmPerPx, 5)} nm/px`),
      el("span", {}, uncertainty === null ? t("panels.noUncertainty") : uncertainty === 0 ? "" : `± ${percent(uncertainty)}`),
      el("span", { class: "badge push" }, icon("ruler", "small"), nameOf("names.sources", source)),
    );
  }

  function makeConflict({ conflict }) {
    const settled = conflict.settled_by;
    const line = (source, value, uncertainty) =>
      el(
        "tr",
        {},
        el("th", { scope: "row" }, t(`panels.conflictOf.${source}`)),
        el("td", {}, `${number(value, 5)} nm/px`, uncertainty ? el("span", { class: "interval" }, ` ± ${percent(uncertainty)}`) : null),
        el("td", {}, el("button", { class: "button small", type: "button", on: { click: () => save({ source, apply_to: "image" }) } }, t("panels.take"))),
      );
    return el(
      "div",
      { class: `callout ${settled ? "" : "error"}` },
      icon(settled ? "info" : "warning"),
      el(
        "div",
        {},
        el("strong", {}, t("panels.conflict", { difference: percent(Math.abs(conflict.relative_difference)) })),
        el("p", {}, settled ? t("panels.conflictSettled", { by: nameOf("names.sources", settled).toLowerCase() }) : t("panels.conflictOpen", { limit: percent(conflict.limit) })),
        el(
          "table",
          { class: "data choose" },
          el("caption", { class: "visually-hidden" }, t("panels.conflictCaption")),
          el("tbody", {}, line("metadata", conflict.metadata_nm_per_px), line("bar", conflict.scale_bar_nm_per_px, conflict.scale_bar_relative_uncertainty)),
        ),
      ),
    );
  }

  function makeReading(image, bar, title) {
    const fact = (name, value) => [el("dt", {}, t(`panels.bar.${name}`)), el("dd", {}, value)];
    return el(
      "figure",
      { class: "bar-figure" },
      el("figcaption", {}, title),
      makeBarCrop(api, session.id, image, bar, t("panels.barAlt", { text: bar.text })),
      el(
        "dl",
        { class: "facts" },
        fact("text", `“${bar.text}”`),
        fact("length", `${number(bar.length_px, 5)} ± ${number(bar.length_uncertainty_px, 2)} px`),
        fact("scale", `${number(bar.nm_per_px, 5)} nm/px`),
        bar.confidence !== null &&
          fact("confidence", el("span", { class: "row" }, el("meter", { min: 0, max: 1, low: 0.5, high: 0.8, optimum: 1, value: bar.confidence, "aria-label": t("panels.bar.confidence") }), percent(bar.confidence))),
      ),
    );
  }

  const makeGuess = (image, guess) =>
    el(
      "div",
      { class: "stack" },
      makeReading(image, guess, t("panels.barGuess")),
      el(
        "button",
        { class: "button small", type: "button", on: { click: () => form.mark(guess) } },
        icon("check"),
        t("panels.checkGuess"),
      ),
    );

  const stop = state.on("image", draw);
  draw();
  return {
    node,
    show: (on) => form.show(on),
    close() {
      stop();
      form.close();
    },
  };
}

/** A reason without its sentences about options of the command line, for which the page has controls. */
const withoutOptions = (reason) =>
  reason
    .split(/(?<=[.;]) /)
    .filter((sentence) => !sentence.includes("--"))
    .join(" ");
