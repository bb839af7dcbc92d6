// All particles of an image in the page: the payload of I/particles, with edits applied as their answers come.

import { boundingBox, middle, polygonArea } from "./polygons.js";

export class ParticleSet {
  constructor(payload) {
    this.revision = payload.revision;
    this.unit = payload.unit ?? "px";
    this.columns = payload.columns ?? [];
    this.regions = payload.regions ?? [];
    this.counts = payload.counts ?? null;
    this.items = new Map();
    this.#take(payload);
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
    const named = `${name}_${this.unit}`;
    return this.columns.includes(named) ? named : this.columns.includes(`${name}_px`) ? `${name}_px` : name;
  }

  /**
   * Apply the answer of an edit.
   *
   * Returns {changed: ids that are new or different, removed: ids that are gone}.
   */
  apply(changed) {
    const removed = (changed.removed ?? []).filter((id) => this.items.delete(id));
    if (changed.revision !== undefined) this.revision = changed.revision;
    if (changed.regions !== undefined) this.regions = changed.regions;
    if (changed.counts !== undefined) this.counts = changed.counts;
    return { changed: this.#take(changed), removed };
  }

  /** The payload as it would come from the server now. */
  toPayload() {
    const items = [...this.items.values()];
    return {
      revision: this.revision,
      unit: this.unit,
      columns: this.columns,
      rows: items.map((item) => item.row),
      states: items.map((item) => item.state),
      outlines: items.map((item) => item.outline),
      regions: this.regions,
      counts: this.counts,
    };
  }

  #take(payload) {
    const columns = payload.columns ?? this.columns;
    const order = this.columns.map((name) => columns.indexOf(name));
    const same = order.every((at, index) => at === index);
    const id = columns.indexOf("particle");
    const ids = [];
    (payload.rows ?? []).forEach((given, k) => {
      const outline = openPolygon(payload.outlines[k]);
      const item = {
        id: given[id],
        row: same ? given : order.map((at) => (at < 0 ? null : given[at])),
        state: payload.states[k],
        outline,
        box: boundingBox(outline),
        area: polygonArea(outline),
        middle: middle(outline),
      };
      this.items.set(item.id, item);
      ids.push(item.id);
    });
    return ids;
  }
}

// Outlines may come closed (last point = first); what is drawn closes itself.
function openPolygon(flat) {
  const end = flat.length;
  return end > 4 && flat[0] === flat[end - 2] && flat[1] === flat[end - 1] ? flat.slice(0, -2) : flat;
}
