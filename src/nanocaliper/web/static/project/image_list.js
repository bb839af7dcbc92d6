/** The left column: samples with their images, and what is being uploaded. */

import { el, fill, icon } from "../dom.js";
import { t } from "../texts.js";
import { showMenu } from "../widgets/menu.js";
import { makeImageActions } from "./image_actions.js";
import { makeImageRow } from "./image_row.js";
import { makeSampleSection } from "./sample_section.js";
import { makeUploadView } from "./upload_view.js";

/**
 * @param {object} api
 * @param {object} state
 * @param {object} session
 * @param {object} uploads
 * @returns {{node: HTMLElement, order: function(): string[], close: function(): void}}
 */
export function makeImageList(api, state, session, uploads) {
  const actions = makeImageActions(api, state, session);
  const rows = new Map();
  const sections = new Map();
  let needle = "";

  const filter = el("input", {
    type: "search",
    placeholder: t("images.filter"),
    "aria-label": t("images.filter"),
    on: {
      input: () => {
        needle = filter.value.trim().toLowerCase();
        draw();
      },
    },
  });
  const body = el("div", { class: "image-list-body" });
  const nothing = el("p", { class: "note image-list-note", hidden: true });
  const view = makeUploadView(state, session, uploads);
  const node = el(
    "section",
    { class: "image-list", "aria-label": t("images.list") },
    el(
      "div",
      { class: "image-list-head" },
      el(
        "div",
        { class: "row" },
        el("button", { class: "button primary small add", type: "button", on: { click: () => uploads.choose() } }, icon("upload"), t("images.add")),
        el("button", { class: "button small", type: "button", on: { click: () => actions.addSample() } }, icon("sample"), t("images.addSample")),
      ),
      filter,
      uploads.chooser,
    ),
    body,
    view.node,
  );

  body.addEventListener("keydown", (event) => {
    if (!event.target.closest(".image-row > a")) return;
    const links = [...body.querySelectorAll(".image-row > a")].filter((link) => link.offsetParent !== null);
    const at = links.indexOf(event.target);
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: links.length - 1 }[event.key];
    if (to !== undefined) {
      event.preventDefault();
      links[Math.min(Math.max(to, 0), links.length - 1)]?.focus();
    } else if (event.key === "Delete" || event.key === "F2" || event.key === "ContextMenu" || (event.key === "F10" && event.shiftKey)) {
      event.preventDefault();
      const id = event.target.parentElement.dataset.image;
      const image = state.get("images").get(id);
      if (event.key === "Delete") actions.remove(image);
      else if (event.key === "F2") actions.rename(image);
      else showMenu(event.target.nextElementSibling, actions.items(image));
    }
  });
  body.addEventListener("focusin", (event) => {
    const link = event.target.closest?.(".image-row > a");
    if (link) makeReachable(link);
  });

  /** One link of the list can be reached by Tab: the last one that had the focus, else the current image. */
  function makeReachable(link) {
    for (const other of body.querySelectorAll('.image-row > [tabindex="0"]')) other.tabIndex = -1;
    if (!link) return;
    link.tabIndex = 0;
    if (link.nextElementSibling) link.nextElementSibling.tabIndex = 0;
  }

  function rowOf(image) {
    const id = String(image.id);
    if (!rows.has(id)) rows.set(id, makeImageRow(api, session.id, image, (button, record) => showMenu(button, actions.items(record))));
    const row = rows.get(id);
    row.update(image);
    return row;
  }

  function sectionOf(sample) {
    const id = String(sample?.id ?? "");
    if (!sections.has(id)) sections.set(id, makeSampleSection(sample, { state, actions, uploads }));
    return sections.get(id);
  }

  function draw() {
    const images = [...state.get("images").values()].sort(byName);
    const samples = state.get("samples");
    const known = new Set(samples.map(({ id }) => String(id)));
    const groups = samples.map((sample) => ({ sample, images: images.filter((image) => String(image.sample) === String(sample.id)) }));
    const rest = images.filter((image) => !known.has(String(image.sample)));
    if (rest.length > 0) groups.push({ sample: null, images: rest });

    const nodes = groups.map((group) => {
      const shown = group.images.filter((image) => image.name.toLowerCase().includes(needle));
      const section = sectionOf(group.sample);
      section.update(group.sample, group.images, shown.map((image) => rowOf(image).node), needle !== "");
      return needle && shown.length === 0 ? null : section.node;
    });
    replaceIfChanged(body, [...nodes.filter(Boolean), nothing]);
    nothing.hidden = !needle || nodes.some(Boolean);
    nothing.textContent = t("images.noneFound", { needle });
    for (const id of rows.keys()) if (!state.get("images").has(id)) rows.delete(id);
    filter.hidden = images.length < 8;
    showCurrent();
  }

  let lastCurrent = null;
  function showCurrent() {
    const id = state.get("image") ? String(state.get("image").id) : null;
    for (const [key, row] of rows) row.setCurrent(key === id);
    const link = rows.get(id)?.link ?? body.querySelector(".image-row > a");
    if (!body.querySelector('.image-row > a[tabindex="0"]') || id !== lastCurrent) makeReachable(link);
    if (id !== lastCurrent) {
      lastCurrent = id;
      rows.get(id)?.node.scrollIntoView({ block: "nearest" });
    }
  }

  const stops = [state.on(["images", "samples"], draw), state.on("image", showCurrent)];
  draw();
  return {
    node,
    order: () => [...body.querySelectorAll(".image-row")].map((row) => row.dataset.image),
    close() {
      for (const stop of stops) stop();
      view.close();
    },
  };
}

/** "image 2" before "image 10". */
const { compare } = new Intl.Collator("en", { numeric: true });
const byName = (a, b) => compare(a.name, b.name);

/** Put children in only where they differ, so that focus and scroll stay. */
export function replaceIfChanged(parent, nodes) {
  const same = parent.childNodes.length === nodes.length && nodes.every((node, at) => parent.childNodes[at] === node);
  if (same) return;
  const focused = parent.contains(document.activeElement) ? document.activeElement : null;
  fill(parent, nodes);
  if (focused?.isConnected) focused.focus({ preventScroll: true });
}
