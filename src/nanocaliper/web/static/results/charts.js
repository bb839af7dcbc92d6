/** The charts of an image or a sample, linked with the viewer and the table by what is selected. */

import { el, fill } from "../dom.js";
import { t } from "../texts.js";
import { makeChartCard } from "./chart_card.js";
import { keyOf, pointsOfPayload, pointsOfSizes, readKey } from "./chart_data.js";
import { analysisOf } from "./key_figures.js";
import { aspect, shape } from "./shape_charts.js";
import { cumulative, histogram } from "./size_charts.js";

const KINDS = { histogram, cumulative, shape, aspect };

/**
 * Charts of an image (`image`: its id) or, with null, of a whole sample.
 *
 * @param {HTMLElement} host
 * @param {object} context api, project, sample, image, `state` (its `particles` are those of the image) and
 *   onSelect, told ids of particles; of a sample {image, particle} of each
 */
export function createCharts(host, { api, project, sample, image = null, state = null, onSelect }) {
  const problem = el("p", { class: "chart-problem", role: "status", hidden: true });
  const note = el("p", { class: "chart-note", hidden: true }, t("charts.updating"));
  const cards = Object.entries(KINDS).map(([name, kind]) => makeChartCard(name, kind, pick));
  const root = el("section", { class: "charts", "aria-label": t("charts.label") },
    el("p", { class: "visually-hidden" }, t("charts.hint")), problem, note,
    el("div", { class: "chart-grid" }, cards.map((card) => card.element)));
  host.append(root);

  let loading = new AbortController();
  let query = { measurand: "diameter_equivalent", basis: "number" };
  let analysis = null;
  let points = null;
  // Revision of the particles that the analysis is of: they may come before it or after it.
  let analysed = null;
  let fresh = true;
  let selected = new Set();
  let frame = 0;

  const observer = new ResizeObserver(redraw);
  observer.observe(root);
  const themes = new MutationObserver(redraw);
  themes.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  const stop = image === null ? null : state?.on("particles", update);

  function redraw() {
    cancelAnimationFrame(frame);
    frame = requestAnimationFrame(() => cards.forEach((card) => card.draw()));
  }

  function show() {
    if (!analysis || !points) return;
    const data = {
      analysis, points, fresh, selected, basis: analysis.basis, unit: analysis.unit, measurand: query.measurand,
    };
    note.hidden = fresh;
    for (const card of cards) card.show(data);
  }

  function pick(keys, add = false) {
    const chosen = add ? [...new Set([...selected, ...keys])] : keys;
    selected = new Set(chosen);
    show();
    onSelect(image === null ? chosen.map(readKey) : chosen);
  }

  /** Particles after an edit: bars at once, the rest when the server answers. */
  function update(payload) {
    if (!payload) return;
    if (analysis?.unit !== payload.unit) analysis = nothingYet(payload.unit, query.basis);
    points = pointsOfPayload(payload, query.measurand);
    fresh = payload.revision === analysed;
    show();
  }

  /** Shapes are not among the sizes of a sample: they come image by image. */
  async function loadShapes(sizes, signal) {
    const payloads = new Map();
    for (const id of new Set(sizes.map((entry) => entry.image))) {
      const { outlines: _outlines, ...payload } = await api.particles(project, id, signal);
      payloads.set(id, payload);
    }
    points = pointsOfSizes(sizes, payloads);
    show();
  }

  return {
    /** Ask for the statistics, of `given` {measurand, basis} where it has changed, and draw. */
    async load(given = query) {
      loading.abort();
      loading = new AbortController();
      const { signal } = loading;
      query = { ...query, ...given };
      analysed = null;
      const revision = state?.get("image")?.revision;
      if (image !== null) update(state?.get("particles"));
      try {
        const full = { ...query, full: 1 };
        const answer = image === null
          ? await api.sampleStatistics(project, sample, full, signal)
          : await api.imageStatistics(project, image, full, signal);
        if (signal.aborted) return;
        analysis = analysisOf(answer);
        analysed = revision;
        fresh = true;
        problem.hidden = true;
        const payload = image === null ? null : state?.get("particles");
        points = payload ? pointsOfPayload(payload, query.measurand) : pointsOfSizes(answer.sizes);
        show();
        if (image === null) await loadShapes(answer.sizes, signal);
      } catch (error) {
        if (error.name === "AbortError") return;
        problem.textContent = error.message;
        problem.hidden = false;
      }
    },
    /** Light up particles: ids, or of a sample {image, particle}. */
    select(keys) {
      selected = new Set(image === null ? keys.map((key) => keyOf(key.image, key.particle)) : keys);
      show();
    },
    destroy() {
      stop?.();
      loading.abort();
      observer.disconnect();
      themes.disconnect();
      cancelAnimationFrame(frame);
      fill(host);
    },
  };
}

/** An analysis that says nothing, until the server's comes: bars alone are drawn. */
function nothingYet(unit, basis) {
  return { unit, basis, distributions: { [basis]: {} }, intervals: {}, fits: [], histogram: null };
}
