// The picture: tiles of the level that fits the zoom, loaded when first seen, coarser ones in their place until then.

import { pictureLevel, tilesIn } from "./detail.js";

const KEPT_TILES = 200;
// From here on pixels are shown as squares, as they were recorded.
const CRISP_FROM = 1.999;

export class PictureLayer {
  /** `tileUrl(level, row, col, low, high)` gives the address of a tile; `onLoad` is called when one arrived. */
  constructor(picture, tileUrl, onLoad) {
    this.picture = picture;
    this.tileUrl = tileUrl;
    this.onLoad = onLoad;
    this.window = { ...picture.window };
    this.shown = this.window;
    this.tiles = new Map();
    this.waiting = new Map();
    this.failed = false;
  }

  setWindow(low, high) {
    this.window = { low, high };
    for (const image of this.waiting.values()) image.src = "";
    this.waiting.clear();
  }

  /** Draw what a view shows, `device` is {scale, dx, dy}: device px = image px · scale + offset. */
  draw(context, device, box, { load = true, quick = false } = {}) {
    const { levels, tile } = this.picture;
    const wanted = pictureLevel(levels, device.scale);
    context.imageSmoothingEnabled = device.scale < CRISP_FROM;
    context.imageSmoothingQuality = quick ? "low" : "high";
    let complete = true;
    for (const place of tilesIn(levels[wanted], tile, box)) {
      const image = this.#find(wanted, place.row, place.col, load);
      if (image) paint(context, device, place, image, null);
      else {
        complete = false;
        this.#paintCoarser(context, device, wanted, place, load);
      }
    }
    return complete;
  }

  destroy() {
    for (const image of this.waiting.values()) {
      image.onload = image.onerror = null;
      image.src = "";
    }
    this.waiting.clear();
    this.tiles.clear();
  }

  /** The nearest coarser tile that is there fills the place of one that is still on its way. */
  #paintCoarser(context, device, wanted, place, load) {
    const { levels, tile } = this.picture;
    const fine = levels[wanted].factor;
    for (let index = wanted + 1; index < levels.length; index += 1) {
      const ratio = levels[index].factor / fine;
      const row = Math.floor(place.row / ratio);
      const col = Math.floor(place.col / ratio);
      const image = this.#find(index, row, col, load && index === levels.length - 1);
      if (!image) continue;
      const factor = levels[index].factor;
      const source = {
        x: (place.left + 0.5) / factor - col * tile,
        y: (place.top + 0.5) / factor - row * tile,
        width: (place.right - place.left) / factor,
        height: (place.bottom - place.top) / factor,
      };
      paint(context, device, place, image, source);
      return;
    }
  }

  /** The tile with the present window, else one with the window before (brightness changes without flicker). */
  #find(level, row, col, load) {
    const place = `${level}/${row}/${col}`;
    const { low, high } = this.window;
    const kept = this.tiles.get(place);
    const fresh = kept && kept.low === low && kept.high === high;
    if (kept) {
      // Most lately used last: the first of the map is the one to drop.
      this.tiles.delete(place);
      this.tiles.set(place, kept);
    }
    if (!fresh && load && !this.waiting.has(place)) this.#load(place, level, row, col, low, high);
    return kept?.image ?? null;
  }

  #load(place, level, row, col, low, high) {
    const image = new Image();
    image.decoding = "async";
    this.waiting.set(place, image);
    const settle = (arrived) => {
      if (this.waiting.get(place) !== image) return;
      if (arrived) {
        this.waiting.delete(place);
        this.tiles.set(place, { image, low, high });
        while (this.tiles.size > KEPT_TILES) this.tiles.delete(this.tiles.keys().next().value);
      } else {
        // Stays in `waiting`, so that a tile that fails is not asked for in every frame.
        this.failed = true;
      }
      this.onLoad(arrived);
    };
    image.onload = () => image.decode().then(() => settle(true), () => settle(false));
    image.onerror = () => settle(false);
    image.src = this.tileUrl(levelOf(this.picture, level), row, col, low, high);
  }
}

function levelOf(picture, index) {
  return picture.levels[index].level ?? index;
}

// Edges are put on whole device px, the same for both neighbours: no seam, and less than half a device px of shift.
function paint(context, device, place, image, source) {
  const left = Math.round(place.left * device.scale + device.dx);
  const top = Math.round(place.top * device.scale + device.dy);
  const right = Math.round(place.right * device.scale + device.dx);
  const bottom = Math.round(place.bottom * device.scale + device.dy);
  if (right <= left || bottom <= top) return;
  if (source) {
    context.drawImage(image, source.x, source.y, source.width, source.height, left, top, right - left, bottom - top);
  } else context.drawImage(image, left, top, right - left, bottom - top);
}
