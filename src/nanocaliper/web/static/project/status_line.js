/** The line below: the project, the image shown, the place of the pointer. */

import { el, fill, icon } from "../dom.js";
import { count, number } from "../format.js";
import { t } from "../texts.js";
import { scaleOf } from "./calibration.js";

export function makeStatusLine(state) {
  const project = el("span", { class: "row" });
  const image = el("span", { class: "row" });
  const chosen = el("span", {});
  const pointer = el("span", { class: "mono" });
  const node = el("footer", { class: "status-line", "aria-label": t("frame.status") }, project, image, el("span", { class: "push" }, chosen, pointer));

  const drawProject = () => {
    const images = [...state.get("images").values()];
    const number = (status) => images.filter((one) => one.status === status).length;
    const parts = [t("images.measuredOf", { measured: number("measured"), total: images.length })];
    if (number("failed") > 0) parts.push(t("images.failedCount", { count: number("failed") }));
    fill(project, icon("image", "small"), parts.join(", "));
  };
  const drawImage = () => {
    const one = state.get("image");
    if (!one) {
      fill(image);
      return;
    }
    const scale = scaleOf(one).nmPerPx;
    const parts = [
      one.rows && t("images.sizeOf", { rows: count(one.rows), cols: count(one.cols), bits: one.bits }),
      scale !== null ? t("images.scaleOf", { scale: number(scale, 4) }) : one.status === "measured" && t("images.noScale"),
    ];
    fill(image, parts.filter(Boolean).join(" · "));
  };
  const drawChosen = () => {
    const { length } = state.get("selection");
    chosen.textContent = length > 0 ? t("images.chosen", { count: length }) : "";
  };
  const drawPointer = () => {
    const at = state.get("pointer");
    pointer.textContent = at ? t("images.pointer", at) : "";
  };
  const stops = [
    state.on("images", drawProject),
    state.on("image", drawImage),
    state.on("selection", drawChosen),
    state.on("pointer", drawPointer),
  ];
  drawProject();
  drawImage();
  return { node, close: () => stops.forEach((stop) => stop()) };
}
