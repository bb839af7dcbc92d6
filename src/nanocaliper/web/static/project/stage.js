/** The middle: the viewer, or what to do where there is nothing to view yet. */

import { createViewer } from "../viewer/viewer.js";
import { el, fill, icon } from "../dom.js";
import * as texts from "../texts.js";
import { t } from "../texts.js";
import { toastError } from "../widgets/toast.js";
import { makeEmptyState } from "./empty_state.js";
import { describeStatus } from "./image_row.js";

/**
 * @returns {{node: HTMLElement, viewer: function(): object|null, close: function(): void}}
 */
export function makeStage(api, state, session, uploads) {
  const host = el("div", { class: "viewer-host" });
  const banner = el("div", { class: "viewer-banner", hidden: true });
  const node = el("section", { class: "viewer-area", "aria-label": t("images.viewer") }, host, banner);
  const wanting = new Set();
  let viewer = null;
  let shownId = null;

  function showViewer(image) {
    if (!viewer) {
      fill(host);
      viewer = createViewer(host, { api, project: session.id, image, texts, state });
      viewer.onSelect((ids) => state.set({ selection: ids }));
      viewer.onEdit((edits) => session.edit(edits).catch(toastError));
      for (const tell of wanting) tell(viewer);
    }
    if (String(image.id) !== shownId) {
      shownId = String(image.id);
      viewer.load(image);
    }
  }

  function draw() {
    const image = state.get("image");
    const empty = state.get("images").size === 0;
    banner.hidden = !image || image.status === "measured";
    if (image) {
      showViewer(image);
      if (!banner.hidden) drawBanner(image);
      return;
    }
    viewer?.destroy();
    viewer = null;
    shownId = null;
    if (empty !== host.classList.contains("is-empty") || host.childElementCount === 0) {
      host.classList.toggle("is-empty", empty);
      fill(host, empty ? makeEmptyState(state.get("about"), uploads) : el("div", { class: "empty" }, el("p", { class: "plain" }, t("images.chooseOne"))));
    }
  }

  function drawBanner(image) {
    const failed = image.status === "failed";
    const busy = image.status === "waiting" || image.status === "measuring";
    fill(
      banner,
      icon(failed ? "error" : busy ? "spinner" : "cancelled", image.status === "measuring" ? "spin" : ""),
      el("span", {}, failed ? image.error : describeStatus(image)),
      busy
        ? el("button", { class: "button small", type: "button", on: { click: () => api.cancel(session.id, [image.id]).then(session.poll).catch(toastError) } }, t("frame.cancel"))
        : el("button", { class: "button small", type: "button", on: { click: () => api.measure(session.id, [image.id]).then(session.poll).catch(toastError) } }, t("images.measureAgain")),
    );
    banner.classList.toggle("error", failed);
  }

  const stops = [
    state.on(["image", "images"], draw),
    state.on("selection", (ids) => viewer?.select(ids)),
    state.on(["shownConfidence", "shownDiameterMin"], () => viewer?.setConfidence(state.get("shownConfidence"), state.get("shownDiameterMin"))),
  ];
  draw();
  return {
    node,
    viewer: () => viewer,
    /** Tell `tell(viewer)` of the viewer that is, and of every new one. */
    whenViewer(tell) {
      wanting.add(tell);
      if (viewer) tell(viewer);
    },
    close() {
      for (const stop of stops) stop();
      viewer?.destroy();
    },
  };
}
