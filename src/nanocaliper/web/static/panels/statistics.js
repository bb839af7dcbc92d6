/** The panel "Statistics": charts and key figures of the image shown. */

import { createCharts } from "../results/charts.js";
import { analysisOf, makeHeadline, makeKeyTable, makePrecision, makeVerdict, makeWarnings } from "../results/key_figures.js";
import { makeQueryControls } from "../results/query_controls.js";
import { el, fill, icon } from "../dom.js";
import { address } from "../router.js";
import { t } from "../texts.js";

const DELAY_MS = 150;

export function makeStatisticsPanel({ api, state, session }) {
  const note = el("p", { class: "note" });
  const chartsHost = el("div", { class: "charts-host" });
  const headline = el("div", {});
  const figures = el("div", { class: "stack" });
  const query = makeQueryControls(state.get("about"), () => load(true));
  const content = el("div", { class: "stack" }, query.node, headline, chartsHost, figures);
  const node = el("div", { class: "panel" }, note, content);
  let visible = false;
  let charts = null;
  let chartsOf = null;
  let asked = null;
  let timer = 0;
  let loading = new AbortController();

  /** Load when the panel is seen and the particles are others than those it shows. */
  function load(again = false) {
    const image = state.get("image");
    const ready = image?.status === "measured";
    note.hidden = ready;
    content.hidden = !ready;
    note.textContent = image ? t("panels.notMeasured") : t("panels.noImage");
    if (!visible || !ready) return;
    const key = `${image.id}:${image.revision}`;
    if (key === asked && !again) return;
    asked = key;
    clearTimeout(timer);
    timer = setTimeout(() => run(image), DELAY_MS);
  }

  async function run(image) {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    if (chartsOf !== image.id) {
      charts?.destroy();
      charts = createCharts(chartsHost, { api, project: session.id, sample: image.sample, image: image.id, state, query: query.values, onSelect: (ids) => state.set({ selection: ids }) });
      chartsOf = image.id;
      fill(headline);
      fill(figures);
    }
    if (headline.childElementCount === 0) fill(headline, el("p", { class: "note row" }, icon("spinner", "spin"), t("results.working")));
    charts.load(query.values());
    try {
      const answer = await api.imageStatistics(session.id, image.id, query.values(), signal);
      if (!signal.aborted) draw(analysisOf(answer), answer.warnings ?? [], image);
    } catch (error) {
      if (error.name === "AbortError") return;
      asked = null;
      fill(headline);
      fill(figures, el("div", { class: "callout" }, icon("info"), el("div", {}, error.message)));
    }
  }

  function draw(analysis, warnings, image) {
    chartsHost.hidden = analysis.count === 0;
    if (analysis.count === 0) {
      fill(headline);
      fill(figures, el("p", { class: "note" }, t("results.noParticles")));
      return;
    }
    fill(headline, makeHeadline(analysis));
    fill(
      figures,
      makePrecision(analysis),
      makeKeyTable(analysis),
      makeVerdict(analysis),
      makeWarnings([...image.warnings, ...warnings, ...analysis.warnings]),
      el("a", { class: "button small", href: address.results(session.id) }, icon("chart"), t("panels.moreResults")),
    );
  }

  const stops = [
    state.on(["image", "particles"], () => load()),
    state.on("selection", (ids) => charts?.select(ids)),
  ];
  load();
  return {
    node,
    show(on) {
      visible = on;
      load();
    },
    close() {
      clearTimeout(timer);
      loading.abort();
      for (const stop of stops) stop();
      charts?.destroy();
    },
  };
}
