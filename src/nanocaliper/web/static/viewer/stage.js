// The canvases and the view: sharp at every device pixel ratio, one drawing a frame, however many changes ask for it.

import { el } from "../dom.js";
import * as views from "./view.js";

export class Stage {
  /**
   * `draw(base, overlay, stage)` paints: the base canvas (picture, outlines) only where `stage.baseDirty`.
   */
  constructor(host, draw) {
    this.host = host;
    this.draw = draw;
    this.base = el("canvas", { class: "viewer-canvas", "aria-hidden": "true" });
    this.overlay = el("canvas", { class: "viewer-canvas", "aria-hidden": "true" });
    host.prepend(this.base, this.overlay);
    this.contexts = [this.base.getContext("2d", { alpha: false }), this.overlay.getContext("2d")];
    this.image = { rows: 1, cols: 1 };
    this.view = { row: 0, col: 0, scale: 1 };
    this.size = { width: 1, height: 1 };
    this.ratio = 1;
    this.baseDirty = true;
    this.frame = 0;
    this.fitted = true;
    this.moving = false;
    this.frameTimes = [];
    this.observer = new ResizeObserver(() => this.#resize());
    this.observer.observe(host);
    this.#watchRatio();
    this.#resize();
  }

  /** Show another image, whole. */
  setImage(image) {
    this.image = image;
    this.fit();
  }

  setView(view) {
    this.view = views.keepInside(view, this.image);
    this.fitted = false;
    this.moving = true;
    clearTimeout(this.rest);
    this.rest = setTimeout(() => {
      this.moving = false;
      this.request();
    }, 140);
    this.request();
  }

  fit() {
    this.view = views.fitView(this.image, this.size);
    this.fitted = true;
    this.request();
  }

  zoomBy(factor, x = this.size.width / 2, y = this.size.height / 2) {
    this.setView(views.zoomAt(this.view, this.size, this.image, x, y, factor));
  }

  panBy(dx, dy) {
    this.setView(views.panBy(this.view, dx, dy));
  }

  reveal(box) {
    const view = views.reveal(this.view, this.size, box);
    if (view.row !== this.view.row || view.col !== this.view.col || view.scale !== this.view.scale) {
      this.setView(view);
    }
  }

  toImage(x, y) {
    return views.toImage(this.view, this.size, x, y);
  }

  toScreen(row, col) {
    return views.toScreen(this.view, this.size, row, col);
  }

  /** Draw all in the next frame. */
  request() {
    this.baseDirty = true;
    this.requestOverlay();
  }

  /** Draw what lies above the outlines in the next frame: hover, selection, the line being drawn. */
  requestOverlay() {
    if (this.frame === 0) this.frame = requestAnimationFrame(() => this.#paint());
  }

  /** device px = image px · scale + offset, for the snapped view. */
  device() {
    const view = views.snapView(this.view, this.size, this.ratio);
    const scale = view.scale * this.ratio;
    return {
      scale,
      dx: (this.size.width / 2) * this.ratio - view.col * scale,
      dy: (this.size.height / 2) * this.ratio - view.row * scale,
    };
  }

  destroy() {
    this.observer.disconnect();
    this.ratioQuery.removeEventListener("change", this.onRatio);
    cancelAnimationFrame(this.frame);
    clearTimeout(this.rest);
    this.base.remove();
    this.overlay.remove();
  }

  #paint() {
    this.frame = 0;
    const began = performance.now();
    this.draw(this.contexts[0], this.contexts[1], this);
    this.baseDirty = false;
    this.frameTimes.push(performance.now() - began);
    if (this.frameTimes.length > 240) this.frameTimes.shift();
  }

  #resize() {
    const width = this.host.clientWidth;
    const height = this.host.clientHeight;
    if (width === 0 || height === 0) return;
    this.ratio = window.devicePixelRatio || 1;
    this.size = { width, height };
    for (const canvas of [this.base, this.overlay]) {
      canvas.width = Math.round(width * this.ratio);
      canvas.height = Math.round(height * this.ratio);
      canvas.style.width = `${width}px`;
      canvas.style.height = `${height}px`;
    }
    if (this.fitted) this.view = views.fitView(this.image, this.size);
    // At once, not in the next frame: an emptied canvas would flash.
    this.baseDirty = true;
    cancelAnimationFrame(this.frame);
    this.#paint();
  }

  #watchRatio() {
    this.onRatio = () => {
      this.#watchRatio();
      this.#resize();
    };
    this.ratioQuery?.removeEventListener("change", this.onRatio);
    this.ratioQuery = window.matchMedia(`(resolution: ${window.devicePixelRatio}dppx)`);
    this.ratioQuery.addEventListener("change", this.onRatio, { once: true });
  }
}
