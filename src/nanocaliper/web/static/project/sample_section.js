/** A sample in the list: its heading, its images, and a place to drop images on. */

import { el, fill, icon } from "../dom.js";
import { count } from "../format.js";
import { t } from "../texts.js";
import { attachMenu } from "../widgets/menu.js";
import { replaceIfChanged } from "./image_list.js";
import { isBusy } from "./session.js";

const DRAGGED = "application/x-nanocaliper-image";

/**
 * @param {object|null} sample null for images without one
 * @param {{state: object, actions: object, uploads: object}} parts
 */
export function makeSampleSection(sample, { actions, uploads }) {
  let current = sample;
  let images = [];
  let open = true;
  const rows = el("ul", { class: "image-rows" });
  const name = el("span", { class: "ellipsis" });
  const total = el("span", { class: "note" });
  const toggle = el("button", { class: "sample-name", type: "button", "aria-expanded": "true" }, icon("chevron-down", "small"), name, total);
  toggle.addEventListener("click", () => {
    open = !open;
    show();
  });
  const more = el("button", { class: "icon-button small", type: "button" }, icon("more"));
  const nothing = el("p", { class: "note image-list-note" }, t("images.sampleEmpty"));
  attachMenu(more, () => [
    current && { label: t("images.addToSample"), icon: "upload", run: () => uploads.choose(current.id) },
    { label: t("images.measureSample"), icon: "measure", disabled: images.length === 0, run: () => actions.measure(images) },
    images.some(isBusy) && { label: t("images.cancelSample"), icon: "stop", run: () => actions.cancel(images.filter(isBusy)) },
    current && "-",
    current && { label: t("images.editSample"), icon: "pencil", run: () => actions.editSample(current) },
    current && { label: t("images.removeSample"), icon: "trash", run: () => actions.removeSample(current, images) },
  ]);

  const node = el("section", { class: "sample" }, el("div", { class: "sample-head" }, el("h2", {}, toggle), more), rows, nothing);
  if (sample) node.dataset.dropSample = sample.id;

  // Children enter and leave all the time while something is dragged over a section; count them.
  let inside = 0;
  const isImage = (event) => current !== null && event.dataTransfer.types.includes(DRAGGED);
  node.addEventListener("dragenter", (event) => {
    if (!isImage(event)) return;
    inside += 1;
    node.classList.add("drop-here");
  });
  node.addEventListener("dragleave", (event) => {
    if (isImage(event) && --inside <= 0) settle();
  });
  node.addEventListener("dragover", (event) => {
    if (!isImage(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
  });
  node.addEventListener("drop", (event) => {
    if (!isImage(event)) return;
    event.preventDefault();
    settle();
    actions.moveTo(event.dataTransfer.getData(DRAGGED), current.id);
  });
  const settle = () => {
    inside = 0;
    node.classList.remove("drop-here");
  };

  function show(forced = false) {
    const visible = open || forced;
    toggle.setAttribute("aria-expanded", String(visible));
    fill(toggle, icon(visible ? "chevron-down" : "chevron-right", "small"), name, total);
    rows.hidden = !visible;
    nothing.hidden = !visible || images.length > 0;
  }

  return {
    node,
    update(next, all, nodes, filtered) {
      current = next;
      images = all;
      name.textContent = next?.name ?? t("images.noSample");
      total.textContent = t("projects.imageCount", { count: all.length });
      total.title = t("images.particlesOfSample", { particles: count(all.reduce((sum, image) => sum + (image.counted ?? 0), 0)) });
      more.setAttribute("aria-label", t("images.sampleActions", { name: name.textContent }));
      replaceIfChanged(rows, nodes);
      show(filtered);
    },
  };
}
