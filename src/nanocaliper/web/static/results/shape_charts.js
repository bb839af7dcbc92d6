// The charts of shapes: circularity against area, and the aspect ratio.

import { number } from "../format.js";
import { nameOf, t } from "../texts.js";
import { binOf, countInBins, evenEdges, median } from "./chart_data.js";
import { makePlot, markPath, round, svg } from "./plot.js";

const CLASS_COLOURS = ["#0072b2", "#d55e00", "#009e73", "#cc79a7", "#b58900", "#6a6a6a", "#56b4e9"];
const NEAR_PX = 7;

const classesOf = (points) => [...new Set(points.shape.map((shape) => shape || ""))].sort();
const className = (shape) => nameOf("names.shapes", shape || "undecided");
const areaUnit = (unit) => (unit === "nm" ? "nm²" : "px²");

/** Indices of the points that have both values. */
function known(points, ...names) {
  return points.keys.map((_, k) => k).filter((k) => names.every((name) => Number.isFinite(points[name][k])));
}

export const shape = {
  has: ({ points }) => known(points, "area", "circularity").length > 0,

  draw(data, frame) {
    const { points, unit, selected } = data;
    const shown = known(points, "area", "circularity");
    const areas = shown.map((k) => points.area[k]);
    const values = shown.map((k) => points.circularity[k]);
    const least = Math.min(...values);
    const plot = makePlot({
      ...frame,
      x: { low: 0.85 * Math.min(...areas), high: 1.18 * Math.max(...areas), log: true, label: t("charts.areaAxis", { unit: areaUnit(unit) }) },
      y: { low: Math.max(0, least - 0.08 * (1 - least) - 0.02), high: 1.03, label: t("charts.circularity") },
    });
    const place = (k) => [plot.x.to(points.area[k]), plot.y.to(points.circularity[k])];
    classesOf(points).forEach((name, kind) => {
      const own = shown.filter((k) => (points.shape[k] || "") === name);
      const colour = CLASS_COLOURS[kind % CLASS_COLOURS.length];
      plot.add(svg("path", { d: markPath(own.map(place), kind, 2.6), fill: colour, "fill-opacity": 0.6, stroke: colour, "stroke-width": 0.6 }));
      const y = plot.area.bottom - 8 - 14 * kind;
      plot.add(
        svg("path", { d: markPath([[plot.area.right - 92, y - 4]], kind, 4), fill: colour, stroke: colour }),
        plot.text(plot.area.right - 82, y, className(name)),
      );
    });
    const chosen = shown.filter((k) => selected.has(points.keys[k]));
    plot.add(svg("path", { d: markPath(chosen.map(place), 0, 4.5), fill: "none", stroke: plot.colours.selected, "stroke-width": 1.8 }));
    return plot;
  },

  pick({ points }, plot, from, until) {
    const shown = known(points, "area", "circularity");
    const place = (k) => [plot.x.to(points.area[k]), plot.y.to(points.circularity[k])];
    if (from.x === until.x && from.y === until.y) {
      const distance = (k) => Math.hypot(place(k)[0] - from.x, place(k)[1] - from.y);
      const nearest = shown.reduce((best, k) => (best === null || distance(k) < distance(best) ? k : best), null);
      return nearest !== null && distance(nearest) <= NEAR_PX ? [points.keys[nearest]] : [];
    }
    const [left, right] = [Math.min(from.x, until.x), Math.max(from.x, until.x)];
    const [top, bottom] = [Math.min(from.y, until.y), Math.max(from.y, until.y)];
    return shown.filter((k) => {
      const [x, y] = place(k);
      return x >= left && x <= right && y >= top && y <= bottom;
    }).map((k) => points.keys[k]);
  },
  planar: true,

  table({ points }) {
    return {
      header: [nameOf("table.names", "shape"), t("charts.count"), t("charts.circularity")],
      rows: classesOf(points).map((name) => {
        const own = points.keys.map((_, k) => k).filter((k) => (points.shape[k] || "") === name);
        return {
          cells: [className(name), String(own.length), number(median(own.map((k) => points.circularity[k])), 3)],
          keys: own.map((k) => points.keys[k]),
        };
      }),
    };
  },

  summary(data) {
    const { points } = data;
    const classes = shape.table(data).rows.map(({ cells }) => `${cells[0].toLowerCase()} ${cells[1]}`).join(", ");
    return t("charts.shapeSummary", { n: points.keys.length, circularity: number(median(points.circularity), 3), classes });
  },
};

export const aspect = {
  has: ({ points }) => known(points, "aspect").length > 0,
  values: ({ points }) => known(points, "aspect").map((k) => points.aspect[k]),

  draw(data, frame) {
    const { points, selected } = data;
    const values = aspect.values(data);
    const edges = evenEdges(values);
    const counts = countInBins(values, edges);
    const chosen = countInBins(known(points, "aspect").filter((k) => selected.has(points.keys[k])).map((k) => points.aspect[k]), edges);
    const plot = makePlot({
      ...frame,
      x: { low: edges[0] - 0.03 * (edges.at(-1) - edges[0]), high: edges.at(-1) * 1.01, label: t("charts.aspect") },
      y: { low: 0, high: 1.1 * Math.max(...counts, 1), label: t("charts.particles") },
    });
    counts.forEach((count, k) => {
      const [left, right] = [plot.x.to(edges[k]), plot.x.to(edges[k + 1])];
      const bar = (height, fill) => svg("rect", {
        x: round(left), width: round(Math.max(right - left - 1, 0.5)), y: round(plot.y.to(height)),
        height: round(plot.area.bottom - plot.y.to(height)), fill,
      });
      plot.add(bar(count, plot.colours.bar));
      if (chosen[k] > 0) plot.add(bar(chosen[k], plot.colours.selected));
    });
    return plot;
  },

  pick(data, plot, from, until) {
    const { points } = data;
    const [low, high] = [plot.x.back(Math.min(from.x, until.x)), plot.x.back(Math.max(from.x, until.x))];
    const edges = evenEdges(aspect.values(data));
    const bin = binOf(low, edges);
    const inside = from.x === until.x
      ? (value) => bin >= 0 && binOf(value, edges) === bin
      : (value) => value >= low && value <= high;
    return known(points, "aspect").filter((k) => inside(points.aspect[k])).map((k) => points.keys[k]);
  },

  table(data) {
    const edges = evenEdges(aspect.values(data));
    return {
      header: [t("charts.bin"), t("charts.count")],
      rows: countInBins(aspect.values(data), edges).map((count, bin) => ({
        cells: [`${number(edges[bin], 3)} – ${number(edges[bin + 1], 3)}`, String(count)],
        keys: known(data.points, "aspect").filter((k) => binOf(data.points.aspect[k], edges) === bin).map((k) => data.points.keys[k]),
      })),
    };
  },

  summary: (data) => t("charts.aspectSummary", { n: data.points.keys.length, median: number(median(data.points.aspect), 3) }),
};
