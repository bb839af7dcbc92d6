/** The printed scale bar, cut out of the picture, with the ends that were read. */

import { el } from "../dom.js";

const MARGIN = 14;
const MOST_WIDTH = 640;

/**
 * @param {object} api
 * @param {string} project
 * @param {object} image record
 * @param {object} bar `scale_bar` of the record
 * @param {string} alt
 * @returns {HTMLCanvasElement} drawn as soon as its tiles are there
 */
export function makeBarCrop(api, project, image, bar, alt) {
  const canvas = el("canvas", { class: "bar-crop", role: "img", "aria-label": alt });
  const box = boxOf(bar, image);
  const rows = box.bottom - box.top;
  const cols = box.right - box.left;
  const zoom = Math.min(3, MOST_WIDTH / cols);
  canvas.width = Math.round(cols * zoom);
  canvas.height = Math.round(rows * zoom);
  draw(canvas, zoom, box).catch(() => canvas.remove());
  return canvas;

  async function draw(target, scale, { top, left, bottom, right }) {
    const { tile, levels } = await api.picture(project, image.id);
    // The coarsest level that still has a pixel for each of the canvas.
    const level = levels.filter(({ factor }) => factor * scale <= 1 || factor === 1).at(-1);
    const side = tile * level.factor;
    const context = target.getContext("2d");
    const loading = [];
    for (let row = Math.floor(top / side); row * side < bottom; row += 1) {
      for (let col = Math.floor(left / side); col * side < right; col += 1) {
        if (row < 0 || col < 0) continue;
        loading.push(
          loadImage(api.tileUrl(project, image.id, level.level, row, col)).then((part) => {
            const [x, y] = [(col * side - left) * scale, (row * side - top) * scale];
            context.drawImage(part, x, y, part.naturalWidth * level.factor * scale, part.naturalHeight * level.factor * scale);
          }),
        );
      }
    }
    await Promise.all(loading);
    markEnds(context, scale, { top, left });
  }

  function markEnds(context, scale, { top, left }) {
    // Pixel c covers c - 0.5 to c + 0.5.
    const y = (bar.row + 0.5 - top) * scale;
    const style = getComputedStyle(document.documentElement);
    for (const col of [bar.col_start, bar.col_stop]) {
      const x = (col + 0.5 - left) * scale;
      for (const [colour, width] of [["#000000", 4], [style.getPropertyValue("--mark"), 2]]) {
        context.strokeStyle = colour;
        context.lineWidth = width;
        context.beginPath();
        context.moveTo(x, y - 9);
        context.lineTo(x, y + 9);
        context.stroke();
      }
    }
  }
}

function boxOf(bar, image) {
  const label = bar.label_box ?? { row_start: bar.row, row_stop: bar.row, col_start: bar.col_start, col_stop: bar.col_stop };
  return {
    top: Math.max(0, Math.floor(Math.min(bar.row - 6, label.row_start) - MARGIN)),
    left: Math.max(0, Math.floor(Math.min(bar.col_start, label.col_start) - MARGIN)),
    bottom: Math.min(image.rows, Math.ceil(Math.max(bar.row + 7, label.row_stop) + MARGIN)),
    right: Math.min(image.cols, Math.ceil(Math.max(bar.col_stop, label.col_stop) + MARGIN)),
  };
}

function loadImage(address) {
  return new Promise((resolve, reject) => {
    const picture = new Image();
    picture.addEventListener("load", () => resolve(picture));
    picture.addEventListener("error", reject);
    picture.src = address;
  });
}
