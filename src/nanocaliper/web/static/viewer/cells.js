// Particles sorted into cells of the image: what is in sight and what is under the cursor is found quickly, and a
// change redraws one cell's outlines, not all.

import { boxesMeet, containsPoint } from "./polygons.js";

const PARTICLES_A_CELL = 160;

/** Cells over an image of rows × cols px for about `count` particles. */
export class Cells {
  constructor(rows, cols, count) {
    this.side = Math.max(32, Math.sqrt((rows * cols * PARTICLES_A_CELL) / Math.max(count, 1)));
    this.cells = new Map();
    this.home = new Map();
  }

  /** Add a particle, or put it elsewhere after its outline changed. */
  put(id, box) {
    this.remove(id);
    const key = `${Math.floor((box.top + box.bottom) / 2 / this.side)},${Math.floor((box.left + box.right) / 2 / this.side)}`;
    let cell = this.cells.get(key);
    if (!cell) {
      cell = { boxes: new Map(), box: null, drawn: new Map() };
      this.cells.set(key, cell);
    }
    cell.boxes.set(id, box);
    this.#touch(cell);
    this.home.set(id, key);
  }

  remove(id) {
    const cell = this.cells.get(this.home.get(id));
    if (!cell) return;
    cell.boxes.delete(id);
    this.#touch(cell);
    this.home.delete(id);
  }

  /** Forget what was drawn of the cells of these particles, or of all. */
  redraw(ids = null) {
    if (ids === null) for (const cell of this.cells.values()) cell.drawn.clear();
    else for (const id of ids) this.cells.get(this.home.get(id))?.drawn.clear();
  }

  *inside(box) {
    for (const cell of this.cells.values()) {
      if (cell.boxes.size > 0 && boxesMeet(this.#boxOf(cell), box)) yield cell;
    }
  }

  /** Ids of particles whose box meets `box`. */
  *particlesIn(box) {
    for (const cell of this.inside(box)) {
      for (const [id, own] of cell.boxes) if (boxesMeet(own, box)) yield id;
    }
  }

  /** The smallest particle whose outline holds the point, or null; `slack` px around count for tiny ones. */
  hit(row, col, outlineOf, areaOf, slack = 0) {
    const around = { top: row - slack, bottom: row + slack, left: col - slack, right: col + slack };
    let found = null;
    let least = Infinity;
    for (const id of this.particlesIn(around)) {
      const area = areaOf(id);
      const tiny = area < slack * slack * 4;
      if (area < least && (tiny || containsPoint(outlineOf(id), row, col))) {
        least = area;
        found = id;
      }
    }
    return found;
  }

  #touch(cell) {
    cell.box = null;
    cell.drawn.clear();
  }

  #boxOf(cell) {
    if (cell.box === null) {
      const all = { top: Infinity, left: Infinity, bottom: -Infinity, right: -Infinity };
      for (const own of cell.boxes.values()) {
        all.top = Math.min(all.top, own.top);
        all.left = Math.min(all.left, own.left);
        all.bottom = Math.max(all.bottom, own.bottom);
        all.right = Math.max(all.right, own.right);
      }
      cell.box = all;
    }
    return cell.box;
  }
}
