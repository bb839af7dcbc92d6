/** The charts of an image or a sample, linked with the viewer and the table by what is selected. */

import { el, fill } from "../dom.js";
import { t } from "../texts.js";
import { makeChartCard } from "./chart_card.js";
import { pointsOfPayload } from "./chart_data.js";
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
    select(chosen);
    onSelect(chosen.map(readKey));
  }

  function select(keys) {
    selected = new Set(keys.map(writeKey));
    show();
  }

  // Particles of several images need the image in their key.
  const writeKey = (key) => (typeof key === "object" ? `${key.image}:${key.particle}` : key);
  const readKey = (key) => {
    if (image !== null) return key;
    const [from, particle] = String(key).split(":").map(Number);
    return { image: from, particle };
  };

  /** Particles after an edit: bars at once, the rest when the server answers. */
  function update(payload) {
    if (!payload || !analysis || payload.unit !== analysis.unit) return;
    points = pointsOfPayload(payload, query.measurand);
    fresh = false;
    show();
  }

  return {
    /** Ask for the statistics, of `given` {measurand, basis} where it has changed, and draw. */
    async load(given = query) {
      loading.abort();
      loading = new AbortController();
      const { signal } = loading;
      query = { ...query, ...given };
      try {
        const answer = image === null
          ? await api.sampleStatistics(project, sample, { ...query, full: 1 }, signal)
          : await api.imageStatistics(project, image, query, signal);
        if (signal.aborted) return;
        analysis = analysisOf(answer);
        const payload = image === null ? null : state?.get("particles");
        points = payload ? pointsOfPayload(payload, query.measurand) : pointsOfSizes(answer.sizes);
        fresh = true;
        problem.hidden = true;
        show();
      } catch (error) {
        if (error.name === "AbortError") return;
        problem.textContent = error.message;
        problem.hidden = false;
      }
    },
    update,
    select,
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

/** Points of a sample from `sizes` of the server's answer: columns of equal length. */
function pointsOfSizes(sizes) {
  const count = sizes.size.length;
  const nothing = new Array(count).fill(null);
  return {
    keys: sizes.image.map((image, k) => `${image}:${sizes.particle[k]}`),
    size: sizes.size,
    area: sizes.area ?? nothing,
    circularity: sizes.circularity ?? nothing,
    aspect: sizes.aspect_ratio ?? nothing,
    shape: sizes.shape ?? nothing,
  };
}
