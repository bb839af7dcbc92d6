import { el, fill } from "../dom.js";
import { t } from "../texts.js";

export async function openResults(host, { api, state, route }) {
  const [project, samples] = await Promise.all([api.getProject(route.project), api.listSamples(route.project)]);
  state.set({ project, samples });
  fill(host, el("div", { class: "scroll-page" }, el("h1", {}, t("frame.results"))));
  return {};
}
