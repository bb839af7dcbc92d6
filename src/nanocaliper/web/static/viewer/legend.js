// The legend: what colours and dashes mean, for the colours in use and the states that occur.

import { el, fill } from "../dom.js";
import { number } from "../format.js";
import { nameOf, t } from "../texts.js";
import { STATE_STYLES } from "./colours.js";

const SVG = "http://www.w3.org/2000/svg";

export function createLegend() {
  const element = el("div", { class: "viewer-legend", hidden: true, role: "group", "aria-label": t("viewer.legend") });

  return {
    element,
    show(styling, particles) {
      const { by, coloring } = styling;
      const counts = styling.counts().left_out;
      const occurring = Object.keys(counts).filter((state) => counts[state] > 0);
      const lines = [];
      if (by === "size" || by === "score") {
        const unit = by === "size" ? ` (${particles.unit})` : "";
        lines.push(el("div", { class: "viewer-legend-title" }, t(`viewer.colours.${by}`) + unit), scale(coloring.entries));
      } else if (by === "shape") {
        const present = new Set([...particles.items.values()].map((item) => particles.value(item.id, "shape") || ""));
        lines.push(...coloring.entries.filter((entry) => present.has(entry.shape)).map((entry) => line(entry, nameOf("names.shapes", entry.shape || "undecided"))));
      } else if (by === "state") lines.push(line(STATE_STYLES.counted, nameOf("names.states", "counted")));
      lines.push(...occurring.map((state) => {
        const colour = by === "state" ? STATE_STYLES[state].colour : coloring.style(null, state).colour;
        const words = { state: nameOf("names.states", state), n: counts[state] };
        const text = t(styling.hides(state) ? "viewer.legendHidden" : "viewer.legendState", words);
        return line({ colour, dash: STATE_STYLES[state].dash }, text);
      }));
      element.hidden = lines.length === 0;
      fill(element, lines);
    },
  };
}

/** The steps of a number as one band with its limits below. */
function scale(entries) {
  if (entries.length === 0) return null;
  const band = entries.map(({ colour }) => el("span", { class: "viewer-legend-step", style: { background: colour } }));
  const middle = entries[Math.floor(entries.length / 2)].low;
  return el("div", { class: "viewer-legend-scale" },
    el("div", { class: "viewer-legend-band", "aria-hidden": "true" }, band),
    el("div", { class: "viewer-legend-limits" },
      [entries[0].low, middle, entries.at(-1).high].map((limit) => el("span", {}, number(limit, 3)))));
}

function line({ colour, dash }, text) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "viewer-legend-line");
  svg.setAttribute("viewBox", "0 0 26 8");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", "M1 4h24");
  path.setAttribute("stroke", colour);
  path.setAttribute("stroke-width", "2");
  if (dash.length > 0) path.setAttribute("stroke-dasharray", dash.join(" "));
  svg.append(path);
  return el("div", { class: "viewer-legend-entry" }, svg, text);
}
