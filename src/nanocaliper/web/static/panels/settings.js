/** The panel "Settings": what counts, at once; and how particles are found, by measuring again. */

import { el, fill, icon, uniqueId } from "../dom.js";
import { count } from "../format.js";
import { scaleOf } from "../project/calibration.js";
import { countStates } from "../project/particles.js";
import { nameOf, t } from "../texts.js";
import { announce } from "../widgets/announce.js";
import { toastError } from "../widgets/toast.js";
import { makeModelForm } from "./model_form.js";

/** Keys move a slider step by step: it is saved when it rests. */
const REST_MS = 400;
const REASONS = ["touches_border", "low_score", "too_small", "excluded_region", "deleted"];

export function makeSettingsPanel({ api, state, session }) {
  const ids = { confidence: uniqueId("confidence"), diameter: uniqueId("diameter") };
  let loaded = null;
  let resting = 0;

  const slider = el("input", { type: "range", id: ids.confidence, min: 0, max: 1, step: 0.01 });
  const shown = el("output", { for: ids.confidence, class: "mono" });
  const own = el("button", { class: "button quiet small", type: "button", on: { click: () => save({ confidence: null }) } });
  const diameter = el("input", { type: "number", id: ids.diameter, min: 0, step: "any", inputmode: "decimal", placeholder: t("panels.noMinimum") });
  const unit = el("select", { "aria-label": t("panels.unitOfMinimum") }, ["nm", "px"].map((name) => el("option", { value: name }, name)));
  const borderName = uniqueId("border");
  const border = ["leave_out", "count"].map((value) =>
    el("input", { type: "radio", name: borderName, value, on: { change: () => save({ border: value }) } }),
  );
  const table = el("div", { "aria-live": "off" });
  const model = makeModelForm({ about: state.get("about"), save: (settings) => save(settings, "image", true) });
  const nothing = el("p", { class: "note" }, t("panels.noImage"));

  slider.addEventListener("input", () => {
    state.set({ shownConfidence: Number(slider.value) });
    drawCounts();
  });
  slider.addEventListener("change", () => {
    const image = state.get("image").id;
    clearTimeout(resting);
    resting = setTimeout(() => {
      resting = 0;
      if (state.get("image")?.id === image) save({ confidence: Number(slider.value) });
    }, REST_MS);
  });
  diameter.addEventListener("input", () => {
    state.set({ shownDiameterMin: minimumPx() });
    drawCounts();
  });
  for (const control of [diameter, unit]) {
    control.addEventListener("change", () => {
      const value = diameter.value === "" ? null : Math.max(0, Number(diameter.value));
      save({ diameter_min_nm: unit.value === "nm" ? value : null, diameter_min_px: unit.value === "px" ? value : null });
    });
  }

  const content = el(
    "div",
    { class: "stack wide-gap" },
    el(
      "section",
      { class: "stack" },
      el("h2", {}, t("panels.whatCounts")),
      el(
        "div",
        { class: "field" },
        el("div", { class: "row" }, el("label", { for: ids.confidence, class: "field-label" }, t("panels.confidence")), el("span", { class: "push" }, shown), own),
        slider,
        el("span", { class: "note" }, t("panels.confidenceNote")),
      ),
      el("div", { class: "field" }, el("label", { for: ids.diameter }, t("panels.minimum")), el("div", { class: "with-unit" }, diameter, unit)),
      el(
        "fieldset",
        { class: "inline" },
        el("legend", {}, t("panels.border")),
        border.map((radio) => el("label", { class: "choice" }, radio, t(`panels.borderRules.${radio.value}`))),
      ),
      table,
    ),
    model.node,
    el(
      "section",
      { class: "stack" },
      el("h2", {}, t("panels.copySettings")),
      el("p", { class: "note" }, t("panels.copySettingsNote")),
      el(
        "div",
        { class: "row" },
        ["sample", "project"].map((reach) => el("button", { class: "button small", type: "button", on: { click: () => save(state.get("image").settings, reach, true) } }, icon("copy"), t(`panels.copyTo.${reach}`))),
      ),
    ),
  );
  const node = el("div", { class: "panel" }, nothing, content);

  /** What the slider and the field say, in px; null for no minimum. */
  function minimumPx() {
    if (diameter.value === "") return null;
    const { nmPerPx } = scaleOf(state.get("image"));
    return unit.value === "nm" ? (nmPerPx ? Number(diameter.value) / nmPerPx : null) : Number(diameter.value);
  }

  async function save(settings, reach = "image", tell = false) {
    const image = state.get("image");
    try {
      const { images } = await api.putSettings(session.id, image.id, { ...settings, apply_to: reach });
      session.take(images);
      if (tell) announce(t("panels.settingsSaved", { count: images.length }));
      await session.poll();
    } catch (error) {
      toastError(error);
      load(image);
    }
    if (resting === 0) state.set({ shownConfidence: null, shownDiameterMin: null });
  }

  const modelConfidence = (image) => state.get("about").models.find(({ name }) => name === image.settings.model)?.confidence ?? 0;

  function load(image) {
    const { settings } = image;
    const confidence = settings.confidence ?? modelConfidence(image);
    if (resting === 0) slider.value = confidence;
    diameter.value = settings.diameter_min_nm ?? settings.diameter_min_px ?? "";
    unit.value = settings.diameter_min_px !== null || image.unit === "px" ? "px" : "nm";
    unit.options[0].disabled = image.unit === "px";
    for (const radio of border) radio.checked = radio.value === settings.border;
    own.textContent = t("panels.ownConfidence", { confidence: modelConfidence(image).toFixed(2) });
    own.hidden = settings.confidence === null;
    model.load(image);
  }

  function drawCounts() {
    shown.textContent = Number(slider.value).toFixed(2);
    const payload = state.get("particles");
    const image = state.get("image");
    if (!payload || !image) {
      fill(table);
      return;
    }
    const trying = state.get("shownConfidence") !== null || state.get("shownDiameterMin") !== null;
    const counts = countStates(
      payload,
      trying ? { confidence: Number(slider.value), diameterMinPx: minimumPx(), leaveOutBorder: border[0].checked } : null,
    );
    const reasons = [...new Set([...REASONS, ...counts.keys()])].filter((reason) => reason !== "counted");
    const total = payload.rows.length;
    const line = (name, n, kind = "") => el("tr", { class: kind }, el("th", { scope: "row" }, nameOf("names.states", name)), el("td", {}, count(n)));
    fill(
      table,
      el(
        "table",
        { class: "data compact" },
        el("caption", {}, t("panels.leftOut")),
        el(
          "tbody",
          {},
          reasons.filter((reason) => counts.get(reason) > 0 || REASONS.indexOf(reason) < 3).map((reason) => line(reason, counts.get(reason) ?? 0)),
          el("tr", { class: "total" }, el("th", { scope: "row" }, t("panels.countedOf", { total: count(total) })), el("td", {}, count(counts.get("counted")))),
        ),
      ),
    );
  }

  function draw() {
    const image = state.get("image");
    nothing.hidden = Boolean(image);
    content.hidden = !image;
    if (!image) {
      loaded = null;
      return;
    }
    const key = JSON.stringify([image.id, image.settings, image.unit, image.pages]);
    if (loaded && JSON.parse(loaded)[0] !== image.id) {
      clearTimeout(resting);
      resting = 0;
    }
    if (key !== loaded) {
      loaded = key;
      load(image);
    }
    drawCounts();
  }

  const stop = state.on(["image", "particles"], draw);
  draw();
  return {
    node,
    close() {
      clearTimeout(resting);
      stop();
    },
  };
}
