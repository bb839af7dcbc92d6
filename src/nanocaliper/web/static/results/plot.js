// A frame for a chart: an SVG with two axes, into which marks are put. Colours are attributes, so that a saved
// file looks as it does here.

import { number } from "../format.js";
import { makeScale } from "./ticks.js";

const SVG = "http://www.w3.org/2000/svg";
const FONT = "system-ui, 'Segoe UI', Roboto, 'Noto Sans', Arial, sans-serif";
const MARGIN = { top: 10, right: 12, bottom: 40, left: 46 };
const TICK_ROOM_PX = 56;
const LEGEND_PX = 16;

/** Colours for a white page; those of the screen come from the theme. */
export const PAPER = {
  ground: "#ffffff", text: "#1a1f25", muted: "#545d68", line: "#d8dce1", bar: "#8ec5ea", barEdge: "#3f87b8",
  selected: "#0b3a63", curves: ["#0072b2", "#b85c00", "#8a4a78"], mark: "#b3261e",
};
const DARK = {
  ground: "#1b1e22", text: "#e7eaed", muted: "#a4adb7", line: "#33393f", bar: "#2e5f82", barEdge: "#62a8da",
  selected: "#ffffff", curves: ["#62b2f4", "#f0a04b", "#e39ac4"], mark: "#ff8b83",
};

export function screenColours() {
  const scheme = getComputedStyle(document.documentElement).colorScheme;
  const dark = scheme === "dark" || (scheme.includes("dark") && matchMedia("(prefers-color-scheme: dark)").matches);
  return dark ? DARK : { ...PAPER };
}

export function svg(tag, attributes = {}, ...children) {
  const node = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== null && value !== undefined) node.setAttribute(name, String(value));
  }
  node.append(...children.flat());
  return node;
}

/**
 * Make a plot of width × height px. `x` and `y` are {low, high, log?, ticks?, label}; `legend` is a list of
 * {words, stroke, width, dash}, on a line of its own below the title.
 *
 * Gives {node, x, y, area, colours, add(...nodes), text(x, y, words, more)}.
 */
export function makePlot({ width, height, colours, x, y, title = null, legend = [] }) {
  const legendTop = MARGIN.top + (title ? 22 : 0);
  const top = legendTop + (legend.length > 0 ? LEGEND_PX : 0);
  const area = { left: MARGIN.left, right: width - MARGIN.right, top, bottom: height - MARGIN.bottom };
  const scales = {
    x: makeScale(x.low, x.high, area.left, area.right, x.log),
    y: makeScale(y.low, y.high, area.bottom, area.top, y.log),
  };
  const marks = svg("g", {});
  const node = svg("svg", {
    xmlns: SVG, width, height, viewBox: `0 0 ${width} ${height}`, "font-family": FONT, "font-size": 11,
  }, svg("rect", { width, height, fill: colours.ground }), axes(), marks);
  if (title) node.append(text(area.left, 18, title, { "font-size": 13, "font-weight": 600 }));

  let legendAt = area.left;
  for (const { words, stroke, width: thickness, dash } of legend) {
    const y = legendTop + 5;
    node.append(
      svg("path", { d: `M${legendAt} ${y - 4}h20`, stroke, "stroke-width": thickness, "stroke-dasharray": dash }),
      text(legendAt + 25, y, words),
    );
    legendAt += 44 + 6.4 * words.length;
  }

  function text(atX, atY, words, more = {}) {
    return svg("text", { x: round(atX), y: round(atY), fill: colours.text, ...more }, words);
  }

  function axes() {
    const group = svg("g", {});
    let lastEnd = -Infinity;
    for (const tick of scales.x.ticks((area.right - area.left) / TICK_ROOM_PX)) {
      const at = round(scales.x.to(tick));
      const words = number(tick);
      const half = words.length * 3.2;
      group.append(svg("path", { d: `M${at} ${area.bottom}v4`, stroke: colours.muted }));
      // On a logarithmic axis the 5 of a decade may come too near to the next 10.
      if (at - half < lastEnd + 4) continue;
      lastEnd = at + half;
      group.append(text(at, area.bottom + 16, words, { "text-anchor": "middle", fill: colours.muted }));
    }
    for (const tick of y.ticks ?? scales.y.ticks((area.bottom - area.top) / 34)) {
      const at = round(scales.y.to(tick));
      group.append(
        svg("path", { d: `M${area.left} ${at}H${area.right}`, stroke: colours.line }),
        text(area.left - 6, at + 4, number(tick), { "text-anchor": "end", fill: colours.muted }),
      );
    }
    group.append(
      svg("path", { d: `M${area.left} ${area.top}V${area.bottom}H${area.right}`, stroke: colours.muted, fill: "none" }),
      text((area.left + area.right) / 2, height - 6, x.label, { "text-anchor": "middle" }),
      text(0, 0, y.label, {
        "text-anchor": "middle", transform: `translate(12 ${(area.top + area.bottom) / 2}) rotate(-90)`,
      }),
    );
    return group;
  }

  return { node, ...scales, area, colours, text, add: (...nodes) => marks.append(...nodes.flat()) };
}

/** Points [[x, y], …] as the data of a path. */
export function linePath(points) {
  return points.map(([x, y], k) => `${k === 0 ? "M" : "L"}${round(x)} ${round(y)}`).join("");
}

export function round(value) {
  return Math.round(value * 100) / 100;
}

const SHAPES = [
  (r) => `m${-r} 0a${r} ${r} 0 1 0 ${2 * r} 0a${r} ${r} 0 1 0 ${-2 * r} 0z`,
  (r) => `m${-r} ${-r}h${2 * r}v${2 * r}h${-2 * r}z`,
  (r) => `m0 ${-1.2 * r}l${1.2 * r} ${2 * r}h${-2.4 * r}z`,
  (r) => `m0 ${-1.3 * r}l${1.3 * r} ${1.3 * r}l${-1.3 * r} ${1.3 * r}l${-1.3 * r} ${-1.3 * r}z`,
  (r) => `m${-1.2 * r} ${-r}h${2.4 * r}l${-1.2 * r} ${2 * r}z`,
  (r) => `m${-r} 0h${2 * r}m${-r} ${-r}v${2 * r}`,
];

/** Many marks as one path: `kind` tells their shape, so that classes differ by more than colour. */
export function markPath(points, kind, radius) {
  const shape = SHAPES[kind % SHAPES.length](radius);
  return points.map(([x, y]) => `M${round(x)} ${round(y)}${shape}`).join("");
}
