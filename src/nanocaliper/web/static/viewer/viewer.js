/** The viewer: the picture in tiles, the particles' outlines above it, and the tools that correct them. */

import { el } from "../dom.js";
import { t } from "../texts.js";
import { scaleOf } from "../project/calibration.js";
import { announce as tell } from "../widgets/announce.js";
import { createCommands } from "./commands.js";
import { createHoverCard } from "./hover_card.js";
import { createLegend } from "./legend.js";
import { createMarks } from "./marks.js";
import { OutlineCache } from "./outline_cache.js";
import { OutlineLayer } from "./outline_layer.js";
import { OverlayPen } from "./overlay_pen.js";
import { createPainter } from "./painter.js";
import { ParticleSet } from "./particle_set.js";
import { PictureLayer } from "./picture_layer.js";
import { listenToPointers } from "./pointer_input.js";
import { createScaleHandles } from "./scale_handles.js";
import { Stage } from "./stage.js";
import { createStyling } from "./styling.js";
import { createToolbar } from "./toolbar.js";
import { createTools } from "./tools.js";
import { createWindowPanel } from "./window_panel.js";

const SHAPES = ["sphere", "rod", "cube", "polygon", "plate", "irregular"];

/**
 * @param {HTMLElement} host
 * @param {{api: object, project: string, state: object}} context `api` as made by createApi; of the store `state`
 *   the viewer shows `particles` and `image` (its scale and settings), and sets `pointer`
 */
export function createViewer(host, { api, project, state }) {
  const shapes = state.get("about")?.shapes ?? SHAPES;
  const listeners = { select: [], edit: [], scaleDrag: [] };
  const emit = (name, value) => listeners[name].forEach((listener) => listener(value));
  const note = el("div", { class: "viewer-note", hidden: true });
  const help = el("p", { class: "visually-hidden", id: "viewer-instructions" }, t("viewer.instructions"));
  const surface = el("div", {
    class: "viewer-stage", role: "application", tabindex: "0",
    "aria-label": t("viewer.label"), "aria-describedby": help.id,
  });
  const body = el("div", { class: "viewer-body" });
  const root = el("div", { class: "viewer" }, body, help);

  let record = null;
  let loading = null;
  // Whether the particles that come next are the answer of an edit made here.
  let made = false;
  const scene = {
    particles: new ParticleSet({ rows: [] }),
    picture: null,
    outlines: null,
    outlineCache: new OutlineCache(),
    selected: new Set(),
    hovered: null,
    showIds: false,
    showLeftOut: false,
    raw: false,
    swipe: null,
    crosshair: null,
    nmPerPx: null,
  };

  const stage = new Stage(surface, createPainter(scene, (context) => new OverlayPen(context), () => tools));
  const styling = createStyling(scene, shapes);
  scene.stage = stage;
  scene.styling = styling;
  Object.assign(scene, {
    text: (name, values) => t(`viewer.${name}`, values),
    scale: () => stage.view.scale,
    toScreen: (row, col) => stage.toScreen(row, col),
    redraw: () => stage.requestOverlay(),
    particle: (id) => scene.particles.get(id),
    isShown: (id) => styling.styleOf(scene.particles.get(id)) !== null,
    hit: (row, col) => scene.outlines?.hit(row, col, 4 / stage.view.scale) ?? null,
    particlesIn: (box) => [...(scene.outlines?.cells.particlesIn(box) ?? [])].filter(scene.isShown),
    select: (ids, { add = false, show = false } = {}) => select(add ? [...scene.selected, ...ids] : ids, { show, own: true }),
    toggle: (id) => {
      const chosen = new Set(scene.selected);
      if (!chosen.delete(id)) chosen.add(id);
      select([...chosen], { own: true });
    },
    submit(edit) {
      made = true;
      emit("edit", edit);
    },
    announce,
    restyle,
  });

  const tools = createTools(scene, (name) => {
    toolbar.showTool(name);
    surface.style.cursor = name === "hand" ? "grab" : tools.current.cursor;
    scene.crosshair = null;
    card.show(null);
    stage.requestOverlay();
  });
  const commands = createCommands(scene, tools);
  const toolbar = createToolbar(commands, tools, {
    onColour: (by) => viewer.setColour(by),
    shapes,
  });
  const legend = createLegend();
  const marks = createMarks();
  const card = createHoverCard(scene);
  const windowPanel = createWindowPanel((low, high) => viewer.setWindow(low, high), () => commands.toggleWindow(false));
  const handles = createScaleHandles(scene, (bar) => emit("scaleDrag", bar));
  commands.connect({ windowPanel, toolbar, card });
  surface.append(handles.element, legend.element, marks.element, card.element, commands.swipeElement, note, windowPanel.element);
  body.append(toolbar.tools, surface);
  root.prepend(toolbar.options);
  host.append(root);

  const pointers = listenToPointers(surface, stage, {
    tool: () => tools.current,
    handTool: () => tools.name === "hand",
    onHover: hover,
  });
  const abort = new AbortController();
  document.addEventListener("keydown", (event) => onKey(event, true), { signal: abort.signal });
  document.addEventListener("keyup", (event) => onKey(event, false), { signal: abort.signal });
  scene.afterPaint = () => marks.update(stage, scene.nmPerPx);
  toolbar.showTool(tools.name);
  toolbar.enable(scene);

  function onKey(event, pressed) {
    const here = surface.contains(event.target) || event.target === document.body || toolbar.holds(event.target);
    const typing = event.target.closest?.("input, select, textarea, [role=dialog], [role=menu], dialog");
    if (!here || (pressed && typing) || !record) return;
    if (event.key === " " && !(event.target instanceof HTMLButtonElement)) {
      event.preventDefault();
      const sets = tools.current.draws && scene.crosshair;
      if (!sets) pointers.spaceHeld(pressed);
      else if (pressed && !event.repeat) tools.current.setPoint({ ...scene.crosshair });
    } else if (event.key.toLowerCase() === "o" && !event.ctrlKey && !event.metaKey) setRaw(pressed);
    else if (pressed && commands.key(event)) event.preventDefault();
  }

  function setRaw(raw) {
    if (scene.raw === raw) return;
    scene.raw = raw;
    stage.request();
  }

  function hover(point) {
    const id = point && !scene.raw ? scene.hit(point.row, point.col) : null;
    const inside = point && record && point.row > -0.5 && point.row < record.rows - 0.5 &&
      point.col > -0.5 && point.col < record.cols - 0.5;
    state.set({ pointer: inside ? { row: point.row, col: point.col } : null });
    card.show(id, point);
    if (id === scene.hovered) return;
    scene.hovered = id;
    stage.requestOverlay();
  }

  function select(ids, { show = false, own = false } = {}) {
    const known = ids.filter((id) => scene.particles.get(id) !== undefined);
    scene.selected = new Set(known);
    if (scene.hovered === null) card.show(null);
    if (show && known.length > 0) stage.reveal(unite(known.map((id) => scene.particle(id).box)));
    stage.requestOverlay();
    toolbar.enable(scene);
    if (own) {
      announce(known.length === 1 ? card.sentence(known[0]) : t("viewer.selected", { n: known.length }), { quiet: true });
      emit("select", [...scene.selected]);
    }
  }

  let noteTimer = 0;
  function announce(sentence, { quiet = false, problem = false } = {}) {
    tell(sentence);
    if (quiet) return;
    note.textContent = sentence;
    note.classList.toggle("is-problem", problem);
    note.hidden = false;
    clearTimeout(noteTimer);
    noteTimer = setTimeout(() => (note.hidden = true), 4000);
  }

  function restyle(ids = null) {
    styling.refresh();
    scene.outlines?.restyle(ids);
    scene.outlineCache.drop();
    legend.show(styling, scene.particles);
    stage.request();
  }

  /** Take the particles as the store has them; what an edit has made is selected. */
  function showParticles(payload) {
    const { particles } = scene;
    const first = particles.size === 0;
    const { changed, added, removed } = particles.update(payload ?? {});
    if (!scene.outlines) return;
    scene.hovered = null;
    card.show(null);
    if (first || added.length > particles.size / 2) scene.outlines.setParticles(particles);
    else scene.outlines.update([...changed, ...added], removed);
    restyle(first ? null : [...changed, ...added]);
    commands.showRegions();
    const kept = [...scene.selected].filter((id) => particles.get(id) && scene.isShown(id));
    if (made && added.length > 0) select(added, { own: true });
    else if (kept.length < scene.selected.size) select(kept, { own: true });
    else toolbar.enable(scene);
    made = false;
  }

  /** The record of the image has changed: its scale, its settings, or its picture is there now. */
  function showRecord(image) {
    if (!image || image.id !== record?.id) return;
    record = { ...record, ...image, rows: record.rows ?? image.rows, cols: record.cols ?? image.cols };
    scene.nmPerPx = scaleOf(image).nmPerPx;
    styling.limits.border = image.settings?.border !== "count";
    if (scene.picture) stage.request();
    else if (!loading) loadPicture();
  }

  async function loadPicture() {
    const { id } = record;
    loading = new AbortController();
    const { signal } = loading;
    try {
      const picture = await api.picture(project, id, signal);
      if (signal.aborted) return;
      record.rows = picture.rows;
      record.cols = picture.cols;
      const url = (...place) => api.tileUrl(project, id, ...place);
      scene.picture = new PictureLayer(picture, url, (arrived) => {
        if (!arrived) announce(t("viewer.tilesFailed"), { problem: true });
        stage.request();
      });
      scene.outlines = new OutlineLayer(record, scene.particles, styling.styleOf);
      windowPanel.load(picture);
      stage.setImage(record);
      restyle();
    } catch (error) {
      // The picture of an image that still waits comes later: the next change of the record asks again.
      if (error.name !== "AbortError" && ![404, 409].includes(error.status)) announce(error.message, { problem: true });
    } finally {
      if (!signal.aborted) loading = null;
    }
  }

  const stops = [state.on("particles", showParticles), state.on("image", showRecord)];

  const viewer = {
    /** Show an image, given its record; its particles are those of the store. */
    load(image) {
      loading?.abort();
      loading = null;
      tools.current.cancel();
      scene.selected.clear();
      scene.picture?.destroy();
      scene.picture = scene.outlines = null;
      scene.particles = new ParticleSet({});
      record = { ...image };
      showRecord(image);
      showParticles(state.get("particles"));
    },
    setTool: (name) => tools.use(name),
    setColour(by) {
      styling.by = by;
      toolbar.showColour(by);
      restyle();
    },
    setWindow(low, high) {
      scene.picture?.setWindow(low, high);
      windowPanel.show(low, high);
      stage.request();
    },
    /** Select ids and bring them into sight. */
    select(ids) {
      // The viewer's own choice comes back by the store: nothing to move.
      if (ids.length !== scene.selected.size || ids.some((id) => !scene.selected.has(id))) select(ids, { show: true });
    },
    onSelect: (listener) => listeners.select.push(listener),
    onEdit: (listener) => listeners.edit.push(listener),
    onScaleDrag: (listener) => listeners.scaleDrag.push(listener),
    showScaleHandles: (bar) => handles.show(bar),
    /** Show which particles would count at a confidence and a smallest diameter (px); only display. */
    setConfidence(confidence, diameterMin = null) {
      styling.limits = { ...styling.limits, confidence, diameterMin };
      restyle();
    },
    fit: () => stage.fit(),
    zoomBy: (factor) => stage.zoomBy(factor),
    /** Paint times of the last frames, ms. */
    frameTimes: () => [...stage.frameTimes],
    destroy() {
      stops.forEach((stop) => stop());
      loading?.abort();
      abort.abort();
      pointers.stop();
      clearTimeout(noteTimer);
      scene.picture?.destroy();
      stage.destroy();
      root.remove();
    },
  };
  return viewer;
}

function unite(boxes) {
  return {
    top: Math.min(...boxes.map((box) => box.top)),
    left: Math.min(...boxes.map((box) => box.left)),
    bottom: Math.max(...boxes.map((box) => box.bottom)),
    right: Math.max(...boxes.map((box) => box.right)),
  };
}
