/** Saying the scale: as read, from the file, from the bar, typed, or by marking a bar in the picture. */

import { el, uniqueId } from "../dom.js";
import { number, percent } from "../format.js";
import { t } from "../texts.js";
import { makeReach } from "./reach.js";

const SOURCES = ["auto", "metadata", "bar", "typed", "marked"];
const IN_NM = { pm: 1e-3, A: 0.1, nm: 1, um: 1e3, mm: 1e6 };
/** Standard uncertainty of each end of a marked bar, px, as the server takes it. */
const END_PX = 0.5;

export function makeScaleForm({ state, stage, save }) {
  const name = uniqueId("source");
  let imageId = null;
  let viewer = null;
  let bar = null;
  let visible = false;

  const radios = new Map(
    SOURCES.map((source) => [source, el("input", { type: "radio", name, value: source, on: { change: () => choose(source) } })]),
  );
  const typed = makeNumber("panels.perPx", { min: 0 });
  const typedUnit = makeUnits("panels.unitOfPx", "nm");
  const uncertainty = makeNumber("panels.uncertainty", { min: 0, max: 100 });
  const value = makeNumber("panels.barValue", { min: 0 });
  const valueUnit = makeUnits("panels.barUnit", "nm");
  const length = el("p", { class: "note", "aria-live": "polite" });
  const reach = makeReach();
  const problem = el("p", { class: "error-text", role: "alert", hidden: true });

  const parts = {
    typed: el(
      "div",
      { class: "two" },
      el("div", { class: "field" }, typed.label, el("div", { class: "with-unit" }, typed.input, typedUnit)),
      el("div", { class: "field" }, uncertainty.label, el("div", { class: "with-unit" }, uncertainty.input, el("span", { class: "unit" }, "%"))),
    ),
    marked: el(
      "div",
      { class: "stack tight" },
      el("p", { class: "note" }, t("panels.markHow")),
      el("div", { class: "field" }, value.label, el("div", { class: "with-unit" }, value.input, valueUnit)),
      length,
    ),
  };
  const node = el(
    "form",
    { class: "stack form", novalidate: true, on: { submit } },
    el(
      "fieldset",
      {},
      el("legend", {}, t("panels.changeScale")),
      SOURCES.map((source) =>
        el(
          "div",
          {},
          el("label", { class: "choice" }, radios.get(source), el("span", {}, t(`panels.sources.${source}`))),
          parts[source] && el("div", { class: "choice-part" }, parts[source]),
        ),
      ),
    ),
    problem,
    el("div", { class: "apply" }, reach.node, el("button", { class: "button primary", type: "submit" }, t("panels.apply"))),
  );

  stage.whenViewer((made) => {
    viewer = made;
    viewer.onScaleDrag((ends) => {
      bar = { start: ends.start, stop: ends.stop };
      drawLength();
    });
    showHandles();
  });
  for (const input of [value.input, valueUnit]) input.addEventListener("input", drawLength);

  const chosen = () => SOURCES.find((source) => radios.get(source).checked) ?? "auto";

  function choose(source) {
    radios.get(source).checked = true;
    for (const [part, content] of Object.entries(parts)) content.parentElement.hidden = part !== source;
    problem.hidden = true;
    if (source === "marked" && bar === null) bar = firstBar(state.get("image"));
    showHandles();
    drawLength();
  }

  function showHandles() {
    viewer?.showScaleHandles(visible && imageId !== null && chosen() === "marked" ? bar : null);
  }

  const lengthPx = () => (bar ? Math.hypot(bar.stop[0] - bar.start[0], bar.stop[1] - bar.start[1]) : 0);

  function drawLength() {
    const px = lengthPx();
    const nm = Number(value.input.value) * IN_NM[valueUnit.value];
    const words = [t("panels.markedLength", { length: number(px, 5) })];
    if (nm > 0 && px > 0) words.push(t("panels.markedScale", { scale: number(nm / px, 5), uncertainty: percent((END_PX * Math.SQRT2) / px) }));
    length.textContent = bar ? words.join(" ") : "";
  }

  function submit(event) {
    event.preventDefault();
    const scale = read();
    problem.hidden = !scale.problem;
    problem.textContent = scale.problem ?? "";
    if (scale.problem) scale.input.focus();
    else save({ ...scale, apply_to: reach.value() });
  }

  function read() {
    const source = chosen();
    if (source === "typed") {
      const nmPerPx = Number(typed.input.value) * IN_NM[typedUnit.value];
      if (!(nmPerPx > 0)) return { problem: t("panels.needScale"), input: typed.input };
      const share = uncertainty.input.value === "" ? null : Number(uncertainty.input.value) / 100;
      if (share !== null && !(share >= 0 && share <= 1)) return { problem: t("panels.needUncertainty"), input: uncertainty.input };
      return { source: "user", nm_per_px: nmPerPx, relative_uncertainty: share };
    }
    if (source === "marked") {
      if (!(Number(value.input.value) > 0)) return { problem: t("panels.needLength"), input: value.input };
      if (!(lengthPx() > 1)) return { problem: t("panels.needBar"), input: value.input };
      return { source: "user", bar: { ...bar, value: Number(value.input.value), unit: valueUnit.value } };
    }
    return { source };
  }

  /** Show what holds for the image. */
  function load(image) {
    const { scale } = image;
    bar = scale.bar ? { start: scale.bar.start, stop: scale.bar.stop } : null;
    typed.input.value = scale.source === "user" && !scale.bar ? scale.nm_per_px : "";
    typedUnit.value = "nm";
    uncertainty.input.value = scale.source === "user" && !scale.bar && scale.relative_uncertainty !== null ? number(scale.relative_uncertainty * 100, 6) : "";
    value.input.value = scale.bar?.value ?? "";
    valueUnit.value = scale.bar?.unit in IN_NM ? scale.bar.unit : "nm";
    reach.reset();
    choose(scale.source === "user" ? (scale.bar ? "marked" : "typed") : scale.source);
  }

  let loaded = null;
  return {
    node,
    update(image) {
      const key = JSON.stringify([image.id, image.scale]);
      if (key === loaded) return;
      loaded = key;
      imageId = image.id;
      load(image);
    },
    /** Put the handles on a bar that was found and let the user confirm it. */
    mark(found) {
      bar = { start: [found.row, found.col_start], stop: [found.row, found.col_stop] };
      value.input.value = found.value;
      if (found.unit in IN_NM) valueUnit.value = found.unit;
      choose("marked");
      value.input.focus();
    },
    show(on) {
      visible = on;
      showHandles();
    },
    close: () => viewer?.showScaleHandles(null),
  };
}

/** Where the handles stand first: the bar that was read, else a quarter of the picture's width low in the middle. */
function firstBar(image) {
  const found = image.calibration?.scale_bar ?? image.calibration?.scale_bar_guess;
  if (found) return { start: [found.row, found.col_start], stop: [found.row, found.col_stop] };
  if (!image.rows) return null;
  const row = Math.round(image.rows * 0.9);
  return { start: [row, Math.round(image.cols * 0.375)], stop: [row, Math.round(image.cols * 0.625)] };
}

function makeNumber(text, limits) {
  const id = uniqueId("number");
  return { label: el("label", { for: id }, t(text)), input: el("input", { id, type: "number", step: "any", inputmode: "decimal", ...limits }) };
}

const makeUnits = (text, value) =>
  el("select", { "aria-label": t(text) }, Object.keys(IN_NM).map((unit) => el("option", { value: unit, selected: unit === value }, t(`panels.units.${unit}`))));
