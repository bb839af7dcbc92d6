// What keys and buttons do.

import { el, fill } from "../dom.js";
import { makeEdit } from "./edits.js";
import { commandOf } from "./shortcuts.js";
import { TOOLS } from "./tools.js";
import { clamp } from "./view.js";

const STEP_PX = 48;
const CROSSHAIR_STEP_PX = 8;
// Width of the slider's thumb in viewer.css.
const THUMB_PX = 30;
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export function createCommands(scene, tools) {
  const { stage } = scene;
  const swipe = el("input", {
    type: "range", class: "viewer-swipe", min: "0", max: "1", step: "0.005", value: "0.5", hidden: true,
    "aria-label": scene.text("swipe"),
    on: { input: showSwipe },
  });
  const divider = el("div", { class: "viewer-divider", hidden: true });
  const regions = el("div", { class: "viewer-regions" });
  let parts = {};

  const chosen = () => [...scene.selected];
  const withState = (wanted) => chosen().filter((id) => (scene.particle(id).state === "deleted") === wanted);
  const problem = (name) => scene.announce(scene.text(name), { problem: true });

  /** The outlines begin at the middle of the slider's thumb, whose way is shorter than the stage by its width. */
  function showSwipe() {
    const { width } = stage.size;
    const x = THUMB_PX / 2 + Number(swipe.value) * (width - THUMB_PX);
    divider.style.transform = `translateX(${x}px)`;
    scene.swipe = swipe.hidden ? null : x / width;
    stage.request();
  }

  /** Particles shown, in reading order: by rows of about a particle's height, then from left to right. */
  function readingOrder() {
    const shown = scene.particles.ids.filter(scene.isShown).map((id) => scene.particle(id));
    const heights = shown.map((item) => item.box.bottom - item.box.top).sort((a, b) => a - b);
    const band = Math.max(heights[heights.length >> 1] ?? 1, 1);
    const line = (item) => Math.floor(item.middle.row / band);
    return shown.sort((a, b) => line(a) - line(b) || a.middle.col - b.middle.col).map((item) => item.id);
  }

  function step(by) {
    const order = readingOrder();
    if (order.length === 0) return;
    const last = chosen().at(-1);
    const at = last === undefined ? (by > 0 ? -1 : 0) : order.indexOf(last);
    scene.select([order[(at + by + order.length) % order.length]], { show: true });
  }

  function neighbour([down, right]) {
    const from = scene.particle(chosen().at(-1));
    if (!from) return step(1);
    let best = null;
    let least = Infinity;
    for (const id of scene.particles.ids) {
      const item = scene.particle(id);
      const row = item.middle.row - from.middle.row;
      const col = item.middle.col - from.middle.col;
      const along = row * down + col * right;
      const aside = Math.abs(row * right) + Math.abs(col * down);
      const cost = along + 2 * aside;
      if (id !== from.id && along > 0 && aside <= along && cost < least && scene.isShown(id)) {
        least = cost;
        best = id;
      }
    }
    if (best === null) scene.announce(scene.text("noParticles"), { quiet: true });
    else scene.select([best], { show: true });
    return true;
  }

  function moveCrosshair([down, right], fine) {
    const by = fine ? 1 : CROSSHAIR_STEP_PX / stage.view.scale;
    const at = scene.crosshair ?? { row: Math.round(stage.view.row), col: Math.round(stage.view.col) };
    const row = clamp(at.row + down * by, -0.5, stage.image.rows - 0.5);
    const col = clamp(at.col + right * by, -0.5, stage.image.cols - 0.5);
    scene.crosshair = { row, col, ...stage.toScreen(row, col) };
    stage.reveal({ top: row, bottom: row, left: col, right: col });
    tools.current.move(scene.crosshair, null);
    scene.announce(scene.text("place", { row: row.toFixed(1), col: col.toFixed(1) }), { quiet: true });
    stage.requestOverlay();
  }

  const run = {
    selectAll: () => scene.select(scene.particles.ids.filter((id) => scene.styling.stateOf(scene.particle(id)) === "counted")),
    merge() {
      const ids = withState(false);
      if (ids.length < 2) problem("needsTwo");
      else scene.submit(makeEdit.merge(ids));
    },
    remove() {
      const ids = withState(false);
      if (ids.length === 0) problem("needsSelection");
      else scene.submit(makeEdit.remove(ids));
    },
    restore() {
      const ids = withState(true);
      if (ids.length === 0) problem("nothingToRestore");
      else scene.submit(makeEdit.restore(ids));
    },
    setClass() {
      if (scene.selected.size === 0) problem("needsSelection");
      else parts.toolbar.openShapes((shape) => scene.submit(makeEdit.setClass(chosen(), shape)));
    },
    next: () => step(1),
    previous: () => step(-1),
    details: () => parts.card.toggleAll(),
    zoomIn: () => stage.zoomBy(1.4),
    zoomOut: () => stage.zoomBy(1 / 1.4),
    fit: () => stage.fit(),
    oneToOne: () => stage.zoomBy(1 / stage.ratio / stage.view.scale),
    ids() {
      scene.showIds = !scene.showIds;
      stage.requestOverlay();
      parts.toolbar.press("ids", scene.showIds);
    },
    leftOut() {
      scene.showLeftOut = !scene.showLeftOut;
      scene.restyle();
      parts.toolbar.press("leftOut", scene.showLeftOut);
    },
    compare() {
      swipe.hidden = divider.hidden = !swipe.hidden;
      showSwipe();
      parts.toolbar.press("compare", !swipe.hidden);
      if (!swipe.hidden) swipe.focus();
    },
    window: () => commands.toggleWindow(),
    cancel() {
      if (tools.current.cancel()) return;
      if (tools.name !== "select") tools.use("select");
      else if (scene.selected.size > 0) scene.select([]);
    },
  };
  for (const name of TOOLS) run[name] = () => tools.use(name);

  const commands = {
    run,
    swipeElement: el("div", { class: "viewer-overlays" }, divider, swipe, regions),
    connect: (others) => (parts = others),
    toggleWindow(open = parts.windowPanel.element.hidden) {
      parts.windowPanel.element.hidden = !open;
      parts.toolbar.press("window", open);
      if (open) parts.windowPanel.focus();
      else stage.host.focus();
    },
    /** Excluded regions get a button each: without one a region could not be counted again by keyboard. */
    showRegions() {
      fill(regions, scene.particles.regions.map(({ region }) =>
        el("button", {
          type: "button", class: "viewer-chip",
          on: { click: () => scene.submit(makeEdit.include(region)) },
        }, scene.text("region", { region }))));
    },
    /** Do what a key asks for; true where it asked for something. */
    key(event) {
      if (tools.current.key(event)) return true;
      const arrow = ARROWS[event.key];
      if (arrow && !event.ctrlKey && !event.metaKey && !event.altKey) {
        if (tools.current.draws) moveCrosshair(arrow, event.shiftKey);
        else if (event.shiftKey) neighbour(arrow);
        else stage.panBy(-arrow[1] * STEP_PX, -arrow[0] * STEP_PX);
        return true;
      }
      const command = commandOf(event);
      if (!run[command]) return false;
      run[command]();
      return true;
    },
  };
  return commands;
}
