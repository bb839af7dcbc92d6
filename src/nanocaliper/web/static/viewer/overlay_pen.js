// What is drawn above the outlines: selection, hover, regions, the line being drawn, the keyboard's crosshair.

import { tracePolygon } from "./outline_layer.js";
import { polygonArea } from "./polygons.js";

const SELECTED = "#ffffff";
const SELECTED_CORE = "#1769ff";
const DRAWING = "#ff28a0";
const DARK = "rgba(0, 0, 0, 0.7)";
const LABELS_AT_MOST = 1500;
const LABEL_FROM_PX = 14;

export class OverlayPen {
  constructor(context) {
    this.context = context;
  }

  begin(stage) {
    const { context } = this;
    this.stage = stage;
    this.device = stage.device();
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, stage.overlay.width, stage.overlay.height);
    // Everything below is in px of the image; a CSS px is `px` of them.
    context.setTransform(this.device.scale, 0, 0, this.device.scale, this.device.dx, this.device.dy);
    this.px = stage.ratio / this.device.scale;
    context.lineJoin = context.lineCap = "round";
    context.setLineDash([]);
  }

  selection(outlines) {
    if (outlines.length === 0) return;
    const path = pathOf(outlines);
    this.#stroke(path, DARK, 6);
    this.#stroke(path, SELECTED, 4.4);
    this.#stroke(path, SELECTED_CORE, 2);
    this.context.fillStyle = "rgba(23, 105, 255, 0.16)";
    this.context.fill(path);
  }

  hover(outline) {
    const path = pathOf([outline]);
    this.#stroke(path, DARK, 4.5);
    this.#stroke(path, SELECTED, 2.4);
  }

  regions(regions) {
    for (const region of regions) {
      const path = pathOf([region.outline.flat()]);
      this.context.fillStyle = "rgba(0, 0, 0, 0.35)";
      this.context.fill(path);
      this.#stroke(path, DARK, 3.5);
      this.#stroke(path, "#f096d7", 1.8, [9, 3, 2, 3]);
    }
  }

  line(flat, closed) {
    const path = new Path2D();
    tracePolygon(path, flat, closed);
    if (closed && flat.length > 4) {
      this.context.fillStyle = "rgba(255, 40, 160, 0.14)";
      this.context.fill(path);
    }
    this.#stroke(path, DARK, 3.6);
    this.#stroke(path, DRAWING, 1.8);
  }

  corners(flat, firstWillClose) {
    for (let i = 0; i < flat.length; i += 2) {
      const large = i === 0 && firstWillClose;
      this.#dot(flat[i], flat[i + 1], large ? 6.5 : 3.6, large ? "#ffffff" : DRAWING);
    }
  }

  band(flat) {
    const path = new Path2D();
    tracePolygon(path, flat, true);
    this.context.fillStyle = "rgba(23, 105, 255, 0.12)";
    this.context.fill(path);
    this.#stroke(path, SELECTED, 2.6);
    this.#stroke(path, SELECTED_CORE, 1.2, [4, 3]);
  }

  crosshair(row, col) {
    const path = new Path2D();
    const arm = 14 * this.px;
    const gap = 3 * this.px;
    for (const sign of [-1, 1]) {
      path.moveTo(col + sign * gap, row);
      path.lineTo(col + sign * arm, row);
      path.moveTo(col, row + sign * gap);
      path.lineTo(col, row + sign * arm);
    }
    this.#stroke(path, DARK, 4);
    this.#stroke(path, "#ffffff", 1.8);
  }

  bar(start, stop) {
    const path = new Path2D();
    path.moveTo(start[1], start[0]);
    path.lineTo(stop[1], stop[0]);
    this.#stroke(path, DARK, 5);
    this.#stroke(path, DRAWING, 2);
  }

  /** Ids in the middle of particles large enough on the screen to carry one. */
  labels(particles) {
    const { context, px } = this;
    context.font = `600 ${11 * px}px system-ui, sans-serif`;
    context.textAlign = "center";
    context.textBaseline = "middle";
    context.lineWidth = 3 * px;
    context.strokeStyle = "rgba(0, 0, 0, 0.8)";
    context.fillStyle = "#ffffff";
    let drawn = 0;
    for (const item of particles) {
      if (Math.sqrt(item.area) / px < LABEL_FROM_PX) continue;
      context.strokeText(String(item.id), item.middle.col, item.middle.row);
      context.fillText(String(item.id), item.middle.col, item.middle.row);
      drawn += 1;
      if (drawn >= LABELS_AT_MOST) return;
    }
  }

  #dot(row, col, radius, colour) {
    const { context, px } = this;
    context.beginPath();
    context.arc(col, row, radius * px, 0, 2 * Math.PI);
    context.fillStyle = colour;
    context.fill();
    context.strokeStyle = DARK;
    context.lineWidth = 1.4 * px;
    context.stroke();
  }

  #stroke(path, colour, width, dash = []) {
    this.context.strokeStyle = colour;
    this.context.lineWidth = width * this.px;
    this.context.setLineDash(dash.map((length) => length * this.px));
    this.context.stroke(path);
    this.context.setLineDash([]);
  }
}

function pathOf(outlines) {
  const path = new Path2D();
  for (const flat of outlines) if (polygonArea(flat) > 0) tracePolygon(path, flat);
  return path;
}
