// All particles of an image in the page, from the payload of I/particles.

import { boundingBox, middle, polygonArea } from "./polygons.js";

export class ParticleSet {
  constructor(payload) {
    this.items = new Map();
    this.columns = [];
    this.update(payload);
  }

  get size() {
    return this.items.size;
  }

  get ids() {
    return [...this.items.keys()];
  }

  get(id) {
    return this.items.get(id);
  }

  /** Value of a column, or null: an unknown particle or column, or not a number. */
  value(id, column) {
    const at = this.columns.indexOf(column);
    return at < 0 ? null : (this.items.get(id)?.row[at] ?? null);
  }

  /** Name of the column of a length or area in the unit of the image: diameter_equivalent -> …_nm. */
  columnOf(name) {
    const units = this.unit === "nm" ? ["_nm", "_nm2", "_px"] : ["_px"];
    const end = units.find((unit) => this.columns.includes(name + unit));
    return end === undefined ? name : name + end;
  }

  /**
   * Take a new payload; rows, states and outlines that are the same objects as before are kept as they are.
   *
   * Returns {changed: ids that are different, added: ids that are new, removed: ids that are gone}.
   */
  update(payload) {
    const columns = payload.columns ?? [];
    const sameColumns = columns.length === this.columns.length && columns.every((name, k) => name === this.columns[k]);
    this.columns = columns;
    this.unit = payload.unit ?? "px";
    this.regions = payload.regions ?? [];
    const before = this.items;
    this.items = new Map();
    const key = columns.indexOf("particle");
    const found = { changed: [], added: [], removed: [] };
    (payload.rows ?? []).forEach((row, k) => {
      const id = row[key];
      const old = before.get(id);
      const [state, given] = [payload.states[k], payload.outlines[k]];
      before.delete(id);
      if (old && sameColumns && old.row === row && old.state === state && old.given === given) {
        this.items.set(id, old);
        return;
      }
      this.items.set(id, makeItem(id, row, state, given));
      found[old ? "changed" : "added"].push(id);
    });
    found.removed = [...before.keys()];
    return found;
  }
}

function makeItem(id, row, state, given) {
  const outline = openPolygon(given);
  return {
    id, row, state, given, outline,
    box: boundingBox(outline),
    area: polygonArea(outline),
    middle: middle(outline),
  };
}

// Outlines may come closed (last point = first); what is drawn closes itself.
function openPolygon(flat) {
  const end = flat.length;
  return end > 4 && flat[0] === flat[end - 2] && flat[1] === flat[end - 1] ? flat.slice(0, -2) : flat;
}
