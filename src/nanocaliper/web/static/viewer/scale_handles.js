// The scale bar's two ends, to be put in place by hand, with a magnifier that shows where they are.

import { el } from "../dom.js";
import { t } from "../texts.js";
import { clamp } from "./view.js";

const MAGNIFIER_PX = 132;
const MAGNIFIER_SCALE = 8;
const ARROWS = { ArrowUp: [-1, 0], ArrowDown: [1, 0], ArrowLeft: [0, -1], ArrowRight: [0, 1] };

export function createScaleHandles(scene, onDrag) {
  const element = el("div", { class: "viewer-handles", hidden: true });
  const magnifier = el("canvas", { class: "viewer-magnifier", "aria-hidden": "true", hidden: true });
  const ends = { start: handle("start", "barStart"), stop: handle("stop", "barStop") };
  element.append(ends.start, ends.stop, magnifier);
  let bar = null;

  function handle(end, name) {
    const node = el("div", { class: "viewer-handle", role: "slider", tabindex: "0", "aria-label": t(`viewer.${name}`) });
    let grip = null;
    node.addEventListener("pointerdown", (event) => {
      node.setPointerCapture(event.pointerId);
      const at = scene.toScreen(...bar[end]);
      grip = { x: event.clientX - at.x, y: event.clientY - at.y };
      node.focus();
      magnify(end);
      event.preventDefault();
    });
    node.addEventListener("pointermove", (event) => {
      if (!grip) return;
      const { row, col } = scene.stage.toImage(event.clientX - grip.x, event.clientY - grip.y);
      // Shift keeps the bar level, as bars are.
      const other = bar[end === "start" ? "stop" : "start"];
      put(end, event.shiftKey ? other[0] : row, col);
    });
    node.addEventListener("lostpointercapture", () => {
      grip = null;
      magnifier.hidden = document.activeElement !== node;
    });
    node.addEventListener("focus", () => magnify(end));
    node.addEventListener("blur", () => (magnifier.hidden = true));
    node.addEventListener("keydown", (event) => {
      const arrow = ARROWS[event.key];
      if (!arrow) return;
      event.preventDefault();
      event.stopPropagation();
      const by = event.altKey ? 0.1 : 1;
      put(end, bar[end][0] + arrow[0] * by, bar[end][1] + arrow[1] * by);
    });
    return node;
  }

  function put(end, row, col) {
    const { rows, cols } = scene.stage.image;
    const rounded = (value) => Math.round(value * 100) / 100;
    bar = { ...bar, [end]: [rounded(clamp(row, -0.5, rows - 0.5)), rounded(clamp(col, -0.5, cols - 0.5))] };
    scene.redraw();
    magnify(end);
    onDrag({ start: [...bar.start], stop: [...bar.stop] });
  }

  /** The picture around an end, enlarged, in the corner of the stage that is farther away. */
  function magnify(end) {
    const [row, col] = bar[end];
    const { ratio, size } = scene.stage;
    const side = MAGNIFIER_PX * ratio;
    magnifier.hidden = false;
    magnifier.width = magnifier.height = side;
    const context = magnifier.getContext("2d", { alpha: false });
    const scale = MAGNIFIER_SCALE * ratio;
    const device = { scale, dx: side / 2 - col * scale, dy: side / 2 - row * scale };
    const half = MAGNIFIER_PX / MAGNIFIER_SCALE / 2;
    scene.picture?.draw(context, device, { top: row - half, bottom: row + half, left: col - half, right: col + half });
    for (const [colour, width] of [["rgba(0, 0, 0, 0.7)", 3], ["#ff28a0", 1]]) {
      context.strokeStyle = colour;
      context.lineWidth = width * ratio;
      context.beginPath();
      context.moveTo(side / 2, 0);
      context.lineTo(side / 2, side);
      context.moveTo(0, side / 2);
      context.lineTo(side, side / 2);
      context.stroke();
    }
    const at = scene.toScreen(row, col);
    const gap = 36;
    const x = at.x + gap + MAGNIFIER_PX < size.width ? at.x + gap : at.x - gap - MAGNIFIER_PX;
    const y = at.y - gap - MAGNIFIER_PX > 0 ? at.y - gap - MAGNIFIER_PX : at.y + gap;
    magnifier.style.transform = `translate(${Math.round(x)}px, ${Math.round(y)}px)`;
  }

  scene.paintBar = (pen) => {
    if (!bar) return;
    pen.bar(bar.start, bar.stop);
    const length = Math.hypot(bar.stop[0] - bar.start[0], bar.stop[1] - bar.start[1]);
    for (const [end, node] of Object.entries(ends)) {
      const { x, y } = scene.toScreen(...bar[end]);
      node.style.transform = `translate(${x}px, ${y}px)`;
      const words = { row: bar[end][0].toFixed(1), col: bar[end][1].toFixed(1), length: length.toFixed(1) };
      node.setAttribute("aria-valuetext", t("viewer.barPlace", words));
      node.setAttribute("aria-valuenow", String(bar[end][1]));
    }
  };

  return {
    element,
    /** Show the ends of a bar {start: [r, c], stop: [r, c]}, or with null none. */
    show(shown) {
      bar = shown && { start: [...shown.start], stop: [...shown.stop] };
      element.hidden = !bar;
      magnifier.hidden = true;
      scene.redraw();
    },
  };
}
