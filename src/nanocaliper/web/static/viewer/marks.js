// Marks in the corners: a bar of a round length, the zoom.

import { el } from "../dom.js";
import { t } from "../texts.js";
import { roundLength } from "./view.js";

const BAR_AT_MOST_PX = 150;

export function createMarks() {
  const bar = el("div", { class: "viewer-bar-line" });
  const text = el("div", { class: "viewer-bar-text" });
  const zoom = el("span", {});
  const element = el("div", { class: "viewer-marks", "aria-hidden": "true" },
    el("div", { class: "viewer-bar" }, bar, text),
    el("div", { class: "viewer-corner" }, zoom));
  let shown = "";

  return {
    element,
    update(stage, nmPerPx) {
      const { scale } = stage.view;
      const key = `${scale} ${nmPerPx}`;
      if (key === shown) return;
      shown = key;
      const perPx = (nmPerPx ?? 1) / scale;
      const length = roundLength(BAR_AT_MOST_PX * perPx);
      bar.style.width = `${length / perPx}px`;
      text.textContent = nmPerPx === null ? `${plain(length)} px` : lengthText(length);
      zoom.textContent = t("viewer.zoom", { percent: plain(Number((scale * stage.ratio * 100).toPrecision(3))) });
    },
  };
}

/** A length in nm, µm or mm, whichever reads best. */
export function lengthText(nm) {
  const [size, unit] = nm >= 1e6 ? [nm / 1e6, "mm"] : nm >= 1000 ? [nm / 1000, "µm"] : [nm, "nm"];
  return `${plain(size)} ${unit}`;
}

function plain(value) {
  return String(Number(value.toPrecision(6)));
}
