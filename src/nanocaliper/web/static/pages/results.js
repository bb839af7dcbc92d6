/** The results of a project: each sample in full, and the samples compared. */

import { el, fill, icon } from "../dom.js";
import { makeComparison } from "../results/comparison.js";
import { makeQueryControls } from "../results/query_controls.js";
import { makeSampleReport } from "../results/sample_report.js";
import { address } from "../router.js";
import { t } from "../texts.js";
import { announce } from "../widgets/announce.js";

const COMPARISON = "comparison";

export async function openResults(host, { api, state, route }) {
  const project = route.project;
  const [record, samples, images] = await Promise.all([api.getProject(project), api.listSamples(project), api.listImages(project)]);
  state.set({ project: record, samples, images: new Map(images.map((image) => [String(image.id), image])), image: null });

  const measured = (sample) => images.filter((image) => image.sample === sample.id && image.status === "measured").length;
  const ready = samples.filter((sample) => measured(sample) > 0);
  let chosen = ready[0]?.id ?? null;
  let open = null;
  let loading = new AbortController();

  const query = makeQueryControls(state.get("about"), () => load());
  const heading = el("h1", { tabindex: -1 });
  const body = el("div", { class: "result-body" });
  const choices = el("ul", { class: "result-choices" });
  const contents = el("ul", { class: "result-contents" });

  function drawChoices() {
    const item = (id, label, note, picture) =>
      el(
        "li",
        {},
        el(
          "button",
          {
            type: "button",
            "aria-current": id === chosen ? "true" : null,
            on: {
              click: () => {
                chosen = id;
                drawChoices();
                load().then(() => heading.focus());
              },
            },
          },
          icon(picture),
          el("span", { class: "ellipsis" }, label),
          el("span", { class: "note push" }, note),
        ),
      );
    fill(
      choices,
      ready.map((sample) => item(sample.id, sample.name, t("results.imageCount", { count: measured(sample) }), "sample")),
      ready.length > 1 && item(COMPARISON, t("results.comparison"), "", "chart"),
    );
  }

  async function load() {
    loading.abort();
    loading = new AbortController();
    const { signal } = loading;
    open?.close();
    open = null;
    fill(contents);
    const sample = ready.find(({ id }) => id === chosen);
    heading.textContent = sample?.name ?? t("results.comparison");
    if (!sample) {
      open = makeComparison({ api, project, samples: ready, query: query.values });
      fill(body, open.node);
      await open.load();
      return;
    }
    fill(body, el("p", { class: "note row" }, icon("spinner", "spin"), t("results.working")));
    try {
      const answer = await api.sampleStatistics(project, sample.id, { ...query.values(), full: 1 }, signal);
      if (signal.aborted) return;
      open = makeSampleReport({ api, state, project, sample, answer, query: query.values() });
      fill(body, open.sections);
      drawContents(open.sections);
      announce(t("results.shown", sample));
    } catch (error) {
      if (error.name !== "AbortError") fill(body, el("div", { class: "callout error" }, icon("error"), el("div", {}, error.message)));
    }
  }

  const drawContents = (sections) =>
    fill(
      contents,
      sections.map((section) => {
        const title = section.querySelector("h2");
        const jump = () => {
          section.scrollIntoView({ block: "start", behavior: matchMedia("(prefers-reduced-motion: reduce)").matches ? "auto" : "smooth" });
          title.focus({ preventScroll: true });
        };
        return el("li", {}, el("button", { type: "button", on: { click: jump } }, title.textContent));
      }),
    );

  if (ready.length === 0) {
    fill(host, el("div", { class: "empty" }, el("div", { class: "empty-card" }, el("h1", {}, t("results.nothingYet")), el("p", {}, t("results.nothingYetText")), el("p", { class: "empty-action" }, el("a", { class: "button primary", href: address.project(project) }, icon("image"), t("results.toImages"))))));
    return {};
  }
  drawChoices();
  fill(
    host,
    el(
      "div",
      { class: "results-page" },
      el("nav", { class: "result-side", "aria-label": t("results.title") }, choices, contents),
      el(
        "div",
        { class: "scroll-page" },
        el("div", { class: "result-width" }, el("div", { class: "result-head" }, heading, query.node), body),
      ),
    ),
  );
  load();
  return {
    update: () => false,
    close() {
      loading.abort();
      open?.close();
    },
  };
}
