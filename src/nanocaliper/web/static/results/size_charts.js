// The charts of sizes: histogram with fits and intervals, cumulative curve with D10, D50 and D90.

import { number } from "../format.js";
import { nameOf, t } from "../texts.js";
import { binOf, countInBins, cumulate, evenEdges, extendEdges, shareInBins } from "./chart_data.js";
import { densityOfFit, drawableFits } from "./curves.js";
import { linePath, makePlot, round, svg } from "./plot.js";

const DASHES = ["", "6 3", "2 2"];
const CURVE_POINTS = 160;
// Height of the row that a statistic has above the marks.
const ROW_PX = 13;
const QUANTILES = ["d10", "d50", "d90"];

const sizeLabel = ({ measurand, unit }) => t("charts.sizeAxis", { name: nameOf("names.measurands", measurand), unit });
const basisWord = ({ basis }) => t(`charts.bases.${basis}`);

/** "D50 16.4 nm (15.2 to 18.3)", or nothing where it is not known yet. */
function quantileWords(name, { analysis, unit }) {
  const interval = analysis.intervals[name] ?? {};
  const value = analysis.distributions[analysis.basis][name];
  const limit = (end) => (interval[end] === null || interval[end] === undefined ? null : number(interval[end], 3));
  if (!Number.isFinite(value)) return "";
  const label = name === "mean" ? t("charts.mean").toLowerCase() : nameOf("names.statistics", name).split(" ")[0];
  const bothEnds = limit("low") !== null && limit("high") !== null;
  return t("charts.quantile", { name: label, value: number(value, 4), low: bothEnds ? limit("low") : null, high: limit("high"), unit });
}

/** A line at a statistic; its name above, beside a bar over its confidence interval, in a row of its own. */
function drawStatistic(plot, data, name, place, label) {
  const value = data.analysis.distributions[data.analysis.basis][name];
  const interval = data.analysis.intervals[name];
  if (!Number.isFinite(value)) return;
  const { area, colours } = plot;
  const faint = data.fresh ? 1 : 0.35;
  const at = round(plot.x.to(value));
  const y = area.top + 7 + ROW_PX * place;
  const stroke = { stroke: colours.mark, "stroke-opacity": faint, fill: "none" };
  plot.add(svg("path", { d: `M${at} ${y}V${area.bottom}`, "stroke-width": 1.2, "stroke-dasharray": place === 0 ? null : "4 2", ...stroke }));
  let [left, right] = [at, at];
  if (interval && interval.low !== null && interval.high !== null) {
    [left, right] = [round(plot.x.to(interval.low)), round(plot.x.to(interval.high))];
    plot.add(svg("path", { d: `M${left} ${y - 3}v6m0 -3H${right}m0 -3v6`, "stroke-width": 1.6, ...stroke }));
  }
  plot.add(svg("circle", { cx: at, cy: y, r: 2.6, fill: colours.mark, "fill-opacity": faint }));
  const [roomRight, roomLeft] = [right + 34 < area.right, left - 34 > area.left];
  // Beside the bar, or above its end where it spans the whole chart.
  const [textX, textY, anchor] = roomRight ? [right + 5, y + 4, "start"] : roomLeft ? [left - 5, y + 4, "end"] : [right, y - 5, "end"];
  plot.add(plot.text(textX, textY, label, { fill: colours.mark, "text-anchor": anchor }));
}

const lineOfFit = (k, colours) => ({ stroke: colours.curves[k], width: k === 0 ? 2 : 1.4, dash: DASHES[k] || null });

export const histogram = {
  /** The server's bins; until they come, even ones. */
  edgesOf: ({ analysis, points }) =>
    analysis.histogram ? extendEdges(analysis.histogram.edges, points.size) : evenEdges(points.size),

  draw(data, frame) {
    const { analysis, points, basis } = data;
    const edges = histogram.edgesOf(data);
    const shares = shareInBins(points.size, edges, basis);
    const chosen = countInBins(points.size.filter((_, k) => data.selected.has(points.keys[k])), edges);
    const counts = countInBins(points.size, edges);
    const width = edges[1] - edges[0];
    // No size is below 0.
    const low = Math.max(0, edges[0] - width / 2);
    const high = edges.at(-1) + width / 2;
    const xs = Array.from({ length: CURVE_POINTS }, (_, k) => low + ((high - low) * k) / (CURVE_POINTS - 1));
    const fits = drawableFits(analysis.fits ?? []);
    const curves = fits.map((fit) => densityOfFit(fit, basis, xs).map((y) => 100 * y * width));
    // Room above for the rows of mean and D50.
    const top = 1.28 * Math.max(...shares.map((share) => 100 * share), ...curves.flat(), 1);
    const plot = makePlot({
      ...frame, x: { low, high, label: sizeLabel(data) }, y: { low: 0, high: top, label: t("charts.share", { basis: basisWord(data) }) },
      legend: fits.map((fit, k) => ({ words: nameOf("names.models", fit.model), ...lineOfFit(k, frame.colours) })),
    });
    const { colours } = plot;
    shares.forEach((share, k) => {
      const [left, right] = [plot.x.to(edges[k]), plot.x.to(edges[k + 1])];
      const bar = (height, fill) => svg("rect", {
        x: round(left), width: round(Math.max(right - left - 1, 0.5)), y: round(plot.y.to(height)),
        height: round(plot.area.bottom - plot.y.to(height)), fill,
      });
      plot.add(bar(100 * share, colours.bar));
      if (chosen[k] > 0) plot.add(bar((100 * share * chosen[k]) / counts[k], colours.selected));
    });
    drawStatistic(plot, data, "mean", 0, t("charts.mean"));
    drawStatistic(plot, data, "d50", 1, "D50");
    curves.forEach((ys, k) => {
      const { stroke, width: thickness, dash } = lineOfFit(k, colours);
      plot.add(svg("path", {
        d: linePath(xs.map((x, i) => [plot.x.to(x), plot.y.to(ys[i])])), fill: "none", stroke,
        "stroke-width": thickness, "stroke-dasharray": dash, "stroke-opacity": data.fresh ? 1 : 0.35,
      }));
    });
    return plot;
  },

  pick({ points, ...data }, plot, from, until) {
    let [low, high] = [plot.x.back(Math.min(from.x, until.x)), plot.x.back(Math.max(from.x, until.x))];
    if (from.x === until.x) {
      const edges = histogram.edgesOf({ points, ...data });
      const bin = binOf(low, edges);
      if (bin < 0) return [];
      return points.keys.filter((_, k) => binOf(points.size[k], edges) === bin);
    }
    return points.keys.filter((_, k) => points.size[k] >= low && points.size[k] <= high);
  },

  table(data) {
    const edges = histogram.edgesOf(data);
    const shares = shareInBins(data.points.size, edges, data.basis);
    return {
      header: [`${t("charts.bin")}, ${data.unit}`, t("charts.count"), t("charts.binShare")],
      rows: countInBins(data.points.size, edges).map((count, k) => ({
        cells: [`${number(edges[k], 3)} – ${number(edges[k + 1], 3)}`, String(count), number(100 * shares[k], 3)],
        keys: data.points.keys.filter((_, i) => binOf(data.points.size[i], edges) === k),
      })),
    };
  },

  summary(data) {
    const { points, unit } = data;
    const best = drawableFits(data.analysis.fits ?? [])[0];
    return t("charts.histogramSummary", {
      n: points.size.length, low: number(Math.min(...points.size), 3), high: number(Math.max(...points.size), 3), unit,
      statistics: ["mean", "d50"].map((name) => quantileWords(name, data)).filter(Boolean).join("; "), fit: best ? nameOf("names.models", best.model) : "",
    });
  },
};

export const cumulative = {
  draw(data, frame) {
    const { points, basis } = data;
    const steps = cumulate(points.size, basis);
    const [least, most] = [steps[0][0], steps.at(-1)[0]];
    const room = 0.04 * (most - least || most);
    const plot = makePlot({
      ...frame, x: { low: Math.max(0, least - room), high: most + room, label: sizeLabel(data) },
      y: { low: 0, high: 130, ticks: [0, 25, 50, 75, 100], label: t("charts.below", { basis: basisWord(data) }) },
    });
    const stairs = [[plot.area.left, plot.y.to(0)]];
    let before = 0;
    for (const [size, share] of steps) {
      stairs.push([plot.x.to(size), plot.y.to(100 * before)], [plot.x.to(size), plot.y.to(100 * share)]);
      before = share;
    }
    stairs.push([plot.area.right, plot.y.to(100)]);
    QUANTILES.forEach((name, k) => drawStatistic(plot, data, name, k, name.toUpperCase()));
    plot.add(svg("path", { d: linePath(stairs), fill: "none", stroke: plot.colours.curves[0], "stroke-width": 2 }));
    const shareOf = new Map(steps);
    const chosen = points.size.filter((_, k) => data.selected.has(points.keys[k]));
    plot.add(chosen.map((size) => svg("circle", {
      cx: round(plot.x.to(size)), cy: round(plot.y.to(100 * shareOf.get(size))), r: 3.2, fill: plot.colours.selected, stroke: plot.colours.ground,
    })));
    return plot;
  },

  pick({ points }, plot, from, until) {
    // A click takes what lies within 3 px on either side.
    const slack = from.x === until.x ? 3 : 0;
    const low = plot.x.back(Math.min(from.x, until.x) - slack);
    const high = plot.x.back(Math.max(from.x, until.x) + slack);
    return points.keys.filter((_, k) => points.size[k] >= low && points.size[k] <= high);
  },

  table(data) {
    const { analysis, points, unit } = data;
    return {
      header: [t("charts.value"), unit, `${t("charts.interval")}, ${unit}`],
      rows: QUANTILES.map((name) => {
        const value = analysis.distributions[analysis.basis][name];
        const interval = analysis.intervals[name];
        const known = interval && interval.low !== null && interval.high !== null;
        return {
          cells: [name.toUpperCase(), number(value), known ? `${number(interval.low)} – ${number(interval.high)}` : "–"],
          keys: points.keys.filter((_, k) => points.size[k] <= value),
        };
      }),
    };
  },

  summary: (data) => t("charts.cumulativeSummary", { quantiles: QUANTILES.map((name) => quantileWords(name, data)).filter(Boolean).join("; ") }),
};
