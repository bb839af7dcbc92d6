/** The viewer: the picture in tiles, the particles' outlines above it, and the tools that correct them. */

import { el } from "../dom.js";
import { t } from "../texts.js";
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
 * @param {{api: object, project: string, shapes?: string[]}} context `api` as made by createApi
 */
export function createViewer(host, { api, project, shapes = SHAPES }) {
  const listeners = { select: [], edit: [], scaleDrag: [], command: [], hover: [] };
  const emit = (name, value) => listeners[name].forEach((listener) => listener(value));
  const live = el("div", { class: "visually-hidden", role: "status", "aria-live": "polite" });
  const note = el("div", { class: "viewer-note", hidden: true });
  const help = el("p", { class: "visually-hidden", id: "viewer-instructions" }, t("viewer.instructions"));
  const surface = el("div", {
    class: "viewer-stage", role: "application", tabindex: "0",
    "aria-label": t("viewer.label"), "aria-describedby": help.id,
  });
  const body = el("div", { class: "viewer-body" });
  const root = el("div", { class: "viewer" }, body, help, live);

  let record = null;
  let loading = null;
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
    select: (ids, { add = false, show = false } = {}) => select(add ? [...scene.selected, ...ids] : ids, { show, tell: true }),
    toggle: (id) => {
      const chosen = new Set(scene.selected);
      if (!chosen.delete(id)) chosen.add(id);
      select([...chosen], { tell: true });
    },
    submit: (edit) => emit("edit", edit),
    ask: (command) => emit("command", command),
    announce,
    restyle,
  });

  const tools = createTools(scene, (name) => {
    toolbar.showTool(name);
    surface.style.cursor = name === "hand" ? "grab" : tools.current.cursor;
    scene.crosshair = null;
    stage.requestOverlay();
  });
  const commands = createCommands(scene, tools, shapes);
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
    marks.showPlace(point, record);
    card.show(id, point);
    if (id === scene.hovered) return;
    scene.hovered = id;
    stage.requestOverlay();
    emit("hover", id);
  }

  function select(ids, { show = false, tell = false } = {}) {
    const known = ids.filter((id) => scene.particles.get(id) !== undefined);
    scene.selected = new Set(known);
    if (show && known.length > 0) stage.reveal(unite(known.map((id) => scene.particle(id).box)));
    stage.requestOverlay();
    toolbar.enable(scene);
    if (tell) {
      announce(known.length === 1 ? card.sentence(known[0]) : t("viewer.selected", { n: known.length }), { quiet: true });
      emit("select", [...scene.selected]);
    }
  }

  let noteTimer = 0;
  function announce(sentence, { quiet = false, problem = false } = {}) {
    live.textContent = sentence;
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

  function showParticles(payload) {
    scene.particles = new ParticleSet(payload);
    scene.hovered = null;
    card.show(null);
    styling.refresh();
    scene.outlines = new OutlineLayer(record, scene.particles, styling.styleOf);
    select([...scene.selected]);
    commands.showRegions();
    restyle();
  }

  const viewer = {
    /** Show an image: its record; its picture and particles are asked for. */
    async load(imageRecord) {
      loading?.abort();
      loading = new AbortController();
      const { signal } = loading;
      const same = record?.id === imageRecord.id && scene.picture !== null;
      const id = imageRecord.id;
      const [picture, payload] = await Promise.all([
        same ? scene.picture.picture : api.picture(project, id, signal),
        api.particles(project, id, signal).catch((error) => {
          // An image that is not measured yet has a picture, and no particles.
          if (error.status === 404 || error.status === 409) return { rows: [] };
          throw error;
        }),
      ]);
      if (signal.aborted) return;
      record = { ...imageRecord, rows: picture.rows, cols: picture.cols };
      scene.nmPerPx = imageRecord.calibration?.nm_per_px ?? null;
      if (!same) {
        tools.current.cancel();
        scene.selected.clear();
        scene.picture?.destroy();
        const url = (...place) => api.tileUrl(project, id, ...place);
        scene.picture = new PictureLayer(picture, url, (arrived) => {
          if (!arrived) announce(t("viewer.tilesFailed"), { problem: true });
          stage.request();
        });
        windowPanel.load(picture);
        stage.setImage(record);
      }
      showParticles(payload);
    },
    /** Apply the `changed` of an edit's answer; particles that are new are selected. */
    applyChange(changed) {
      const before = new Set(scene.particles.ids);
      const { changed: ids, removed } = scene.particles.apply(changed);
      scene.outlines.update(ids, removed);
      const fresh = ids.filter((id) => !before.has(id));
      restyle(ids);
      const kept = fresh.length > 0 ? fresh : [...scene.selected].filter((id) => scene.particle(id) && scene.isShown(id));
      commands.showRegions();
      select(kept, { tell: true });
    },
    /** The particles as they are now, edits applied. */
    payload: () => scene.particles.toPayload(),
    /** Settings of the image that tell which particles touch-the-border rules leave out. */
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
    select: (ids, { show = true } = {}) => select(ids, { show }),
    onSelect: (listener) => listeners.select.push(listener),
    onEdit: (listener) => listeners.edit.push(listener),
    onScaleDrag: (listener) => listeners.scaleDrag.push(listener),
    /** "undo" and "redo", when their keys are pressed in the viewer. */
    onCommand: (listener) => listeners.command.push(listener),
    onHover: (listener) => listeners.hover.push(listener),
    showScaleHandles: (bar) => handles.show(bar),
    /** Show which particles would count; only display. Gives {counted, left_out} of what is shown. */
    setConfidence(confidence, diameterMin = null) {
      styling.limits = { ...styling.limits, confidence, diameterMin };
      restyle();
      return styling.counts();
    },
    fit: () => stage.fit(),
    zoomBy: (factor) => stage.zoomBy(factor),
    /** Paint times of the last frames, ms. */
    frameTimes: () => [...stage.frameTimes],
    destroy() {
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
