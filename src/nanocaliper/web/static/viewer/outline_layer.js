// The outlines: one path a cell and style, kept until a particle of the cell or the zoom's detail changes.

import { Cells } from "./cells.js";
import { detailTolerance, outlineDetail } from "./detail.js";
import { simplifyPolygon } from "./polygons.js";

const LINE_PX = 1.6;
const CASING = "rgba(0, 0, 0, 0.55)";

export class OutlineLayer {
  /** `styleOf(particle)` gives {colour, dash} or null for one that is not shown. */
  constructor(image, particles, styleOf) {
    this.image = image;
    this.styleOf = styleOf;
    this.setParticles(particles);
  }

  setParticles(particles) {
    this.particles = particles;
    this.cells = new Cells(this.image.rows, this.image.cols, particles.size);
    for (const item of particles.items.values()) this.cells.put(item.id, item.box);
  }

  update(changed, removed) {
    for (const id of removed) this.cells.remove(id);
    for (const id of changed) this.cells.put(id, this.particles.get(id).box);
  }

  /** Styles have changed: of all, or of these. */
  restyle(ids = null) {
    this.cells.redraw(ids);
  }

  hit(row, col, slack) {
    return this.cells.hit(row, col, (id) => this.particles.get(id).outline, (id) =>
      this.styleOf(this.particles.get(id)) === null ? Infinity : this.particles.get(id).area, slack);
  }

  /** How many particles are in the box, roughly; counting ends at `enough`. */
  countIn(box, enough) {
    let count = 0;
    for (const cell of this.cells.inside(box)) {
      count += cell.boxes.size;
      if (count >= enough) break;
    }
    return count;
  }

  /** `device` as in PictureLayer.draw; `ratio` device px a CSS px. */
  draw(context, device, ratio, box) {
    const detail = outlineDetail(device.scale);
    const perPx = ratio / device.scale;
    const cells = [...this.cells.inside(box)].map((cell) => this.#paths(cell, detail));
    context.save();
    context.setTransform(device.scale, 0, 0, device.scale, device.dx, device.dy);
    context.lineJoin = "bevel";
    context.strokeStyle = CASING;
    context.lineWidth = (LINE_PX + 1.4) * perPx;
    for (const paths of cells) context.stroke(paths.solid);
    context.lineWidth = LINE_PX * perPx;
    for (const paths of cells) {
      for (const { style, path } of paths.styled.values()) {
        context.strokeStyle = style.colour;
        context.setLineDash(style.dash.map((length) => length * perPx));
        context.stroke(path);
      }
    }
    context.restore();
  }

  #paths(cell, detail) {
    let paths = cell.drawn.get(detail);
    if (paths) return paths;
    // Only the zoom at hand is kept: a second one costs a few ms, many would cost memory.
    cell.drawn.clear();
    paths = { solid: new Path2D(), styled: new Map() };
    const tolerance = detailTolerance(detail);
    for (const id of cell.boxes.keys()) {
      const particle = this.particles.get(id);
      const style = this.styleOf(particle);
      if (style === null) continue;
      const key = `${style.colour} ${style.dash}`;
      let entry = paths.styled.get(key);
      if (!entry) {
        entry = { style, path: new Path2D() };
        paths.styled.set(key, entry);
      }
      const flat = simplifyPolygon(particle.outline, tolerance);
      tracePolygon(entry.path, flat);
      if (style.dash.length === 0) tracePolygon(paths.solid, flat);
    }
    cell.drawn.set(detail, paths);
    return paths;
  }
}

/** Add a polygon to a path, in px of the image: x is the column. */
export function tracePolygon(path, flat, close = true) {
  if (flat.length < 2) return;
  path.moveTo(flat[1], flat[0]);
  for (let i = 2; i < flat.length; i += 2) path.lineTo(flat[i + 1], flat[i]);
  if (close) path.closePath();
}
