/** One image in the list: a cheap row that is made once and patched afterwards. */

import { el, fill, icon } from "../dom.js";
import { count, number } from "../format.js";
import { address } from "../router.js";
import { nameOf, t } from "../texts.js";
import { conflictOpen } from "./calibration.js";

const STATUS_ICON = { waiting: "clock", measuring: "spinner", measured: "ok", failed: "error", cancelled: "cancelled" };

/**
 * @param {object} api
 * @param {string} project
 * @param {object} image record
 * @param {function(HTMLElement, object): void} openMenu
 * @returns {{node: HTMLElement, link: HTMLElement, update: function(object): void, setCurrent: function(boolean): void}}
 */
export function makeImageRow(api, project, image, openMenu) {
  let record = null;
  let thumbnail = "";
  const picture = el("img", { class: "thumbnail missing", alt: "", loading: "lazy", decoding: "async", draggable: "false" });
  picture.addEventListener("error", () => picture.classList.add("missing"));
  const name = el("span", { class: "ellipsis image-name" });
  const says = el("span", { class: "ellipsis image-says" });
  const marks = el("span", { class: "marks" });
  const link = el("a", { href: address.image(project, image.id), tabindex: -1 }, picture, el("span", { class: "image-words" }, el("span", { class: "row" }, name, marks), says));
  const more = el("button", { class: "icon-button small", type: "button", tabindex: -1, "aria-haspopup": "menu", "aria-expanded": "false" }, icon("more"));
  more.addEventListener("click", () => openMenu(more, record));
  const node = el("li", { class: "image-row", draggable: "true", data: { image: image.id } }, link, more);
  node.addEventListener("dragstart", (event) => {
    event.dataTransfer.setData("application/x-nanocaliper-image", String(record.id));
    event.dataTransfer.effectAllowed = "move";
    node.classList.add("dragged");
  });
  node.addEventListener("dragend", () => node.classList.remove("dragged"));

  function update(next) {
    if (next === record) return;
    record = next;
    // There is a thumbnail from the moment on that the picture's size is known.
    const source = next.rows ? api.thumbnailUrl(project, next.id, next.page ?? 0) : "";
    if (source && source !== thumbnail) {
      thumbnail = source;
      picture.classList.remove("missing");
      picture.src = source;
    }
    name.textContent = next.name;
    name.title = next.name;
    more.setAttribute("aria-label", t("images.actions", next));
    node.dataset.status = next.status;
    const symbol = icon(STATUS_ICON[next.status] ?? "info", `small ${next.status === "measuring" ? "spin" : ""}`);
    const sentence = describeStatus(next);
    fill(says, symbol, el("span", { class: "ellipsis" }, sentence));
    says.title = next.error ?? sentence;
    fill(marks, marksOf(next).map(({ symbol: picture, kind, words }) => el("span", { class: `mark ${kind}`, title: words }, icon(picture, "small"), el("span", { class: "visually-hidden" }, words))));
  }

  update(image);
  return {
    node,
    link,
    update,
    setCurrent(on) {
      if (on) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
      node.classList.toggle("current", on);
    },
  };
}

/** The state of an image in words. */
export function describeStatus(image) {
  if (image.status === "measured") {
    if (image.diameter_mean === null) return t("images.particles", { count: image.counted, text: count(image.counted) });
    return `n = ${count(image.counted)} · ${number(image.diameter_mean, 3)} ± ${number(image.diameter_sd, 2)} ${image.unit}`;
  }
  if (image.status === "waiting") return t("images.waiting", { position: image.position });
  if (image.status === "measuring") return t("images.measuring", { stage: image.stage && nameOf("images.stages", image.stage) });
  if (image.status === "failed") return t("images.failed", { error: image.error });
  return t("images.cancelled");
}

/** What a person should see at once: no scale, two that disagree, warnings. */
export function marksOf(image) {
  if (image.status !== "measured") return [];
  const marks = [];
  if (conflictOpen(image)) marks.push({ symbol: "warning", kind: "error", words: t("images.conflict") });
  else if (image.unit === "px") marks.push({ symbol: "no-scale", kind: "warn", words: t("images.noScale") });
  if (image.edits?.cursor > 0) marks.push({ symbol: "pencil", kind: "quiet", words: t("images.edited", { count: image.edits.cursor }) });
  return marks;
}
