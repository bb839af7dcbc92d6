/** Below the list: files on their way, and how far the measuring is. */

import { el, fill, icon } from "../dom.js";
import { bytes } from "../format.js";
import { t } from "../texts.js";
import { toastError } from "../widgets/toast.js";
import { isBusy } from "./session.js";

const SHOWN = 5;

export function makeUploadView(state, session, uploads) {
  const files = el("div", { class: "uploads" });
  const measuring = el("div", { class: "measuring" });
  const node = el("div", { class: "image-list-foot" }, files, measuring);
  let most = 0;

  function drawFiles() {
    const queue = state.get("uploads") ?? [];
    files.hidden = queue.length === 0;
    if (queue.length === 0) {
      fill(files);
      return;
    }
    const refused = queue.filter(({ status }) => status === "refused");
    const going = queue.filter(({ status }) => status !== "refused");
    const shown = [...going.slice(0, SHOWN), ...refused];
    fill(
      files,
      el(
        "div",
        { class: "row" },
        el("strong", {}, going.length > 0 ? t("images.uploading", { count: going.length }) : t("images.refused", { count: refused.length })),
        el("button", { class: "button quiet small push", type: "button", on: { click: () => uploads.cancelAll() } }, t(going.length > 0 ? "frame.cancel" : "images.forget")),
      ),
      el("ul", {}, shown.map(makeFile)),
      going.length > SHOWN && el("p", { class: "note" }, t("images.moreFiles", { count: going.length - SHOWN })),
    );
  }

  const makeFile = (item) =>
    el(
      "li",
      { class: `upload ${item.status}` },
      el(
        "div",
        { class: "row" },
        item.status === "refused" && icon("error", "small error-text"),
        el("span", { class: "ellipsis", title: item.name }, item.name),
        el("span", { class: "note push" }, item.status === "sending" ? `${Math.round(item.progress * 100)} %` : bytes(item.size)),
        el("button", { class: "icon-button small", type: "button", "aria-label": t("images.giveUp", item), on: { click: () => uploads.cancel(item.key) } }, icon("close", "small")),
      ),
      item.status === "refused"
        ? el("p", { class: "error-text" }, item.error)
        : el("progress", { max: 1, value: item.progress, "aria-label": t("images.progressOf", item) }),
    );

  function drawMeasuring() {
    const busy = [...state.get("images").values()].filter(isBusy);
    measuring.hidden = busy.length === 0;
    if (busy.length === 0) {
      most = 0;
      fill(measuring);
      return;
    }
    most = Math.max(most, busy.length);
    fill(
      measuring,
      el(
        "div",
        { class: "row" },
        icon("spinner", "spin"),
        el("span", {}, t("images.measuringCount", { left: busy.length })),
        el("button", { class: "button quiet small push", type: "button", on: { click: () => session.cancelAll().catch(toastError) } }, icon("stop", "small"), t("images.cancelAll")),
      ),
      el("progress", { max: most, value: most - busy.length, "aria-label": t("images.measuringProgress") }),
    );
  }

  const stops = [state.on("uploads", drawFiles), state.on("images", drawMeasuring)];
  drawFiles();
  drawMeasuring();
  return { node, close: () => stops.forEach((stop) => stop()) };
}
