// Many outlines as a picture of themselves: moved and stretched with the hand, drawn anew when it rests.
//
// Drawing 5,000 outlines takes longer than a frame where no graphics card helps; copying a picture does not.

import { visibleBox } from "./view.js";

const MANY = 400;
// Drawn beyond the canvas on every side, as a share of it: what a short pan brings in is there already.
const MARGIN = 0.2;

export class OutlineCache {
  constructor() {
    this.canvas = document.createElement("canvas");
    this.device = null;
  }

  /** What is kept no longer holds: particles or styles have changed. */
  drop() {
    this.device = null;
  }

  /** Draw the outlines of `layer`, from the kept picture while the view moves. */
  draw(context, layer, stage, box) {
    const device = stage.device();
    if (layer.countIn(box, MANY) < MANY) {
      this.drop();
      layer.draw(context, device, stage.ratio, box);
      return;
    }
    if (!(stage.moving && this.device)) this.#redraw(layer, stage, device);
    const stretch = device.scale / this.device.scale;
    context.imageSmoothingEnabled = stretch !== 1;
    context.imageSmoothingQuality = "low";
    context.drawImage(
      this.canvas,
      Math.round(device.dx - this.device.dx * stretch),
      Math.round(device.dy - this.device.dy * stretch),
      this.canvas.width * stretch,
      this.canvas.height * stretch,
    );
  }

  #redraw(layer, stage, device) {
    const x = Math.round(stage.base.width * MARGIN);
    const y = Math.round(stage.base.height * MARGIN);
    this.canvas.width = stage.base.width + 2 * x;
    this.canvas.height = stage.base.height + 2 * y;
    this.device = { scale: device.scale, dx: device.dx + x, dy: device.dy + y };
    const size = { width: stage.size.width * (1 + 2 * MARGIN), height: stage.size.height * (1 + 2 * MARGIN) };
    layer.draw(this.canvas.getContext("2d"), this.device, stage.ratio, visibleBox(stage.view, size));
  }
}
