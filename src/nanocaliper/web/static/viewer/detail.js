// Level of detail: how much of an outline is worth drawing at a zoom, and which level of the picture.

// Half of a third of a device px: what is left out cannot be seen.
const TOLERANCE_DEVICE_PX = 0.3;

/** Outline detail at `scale` device px a px of the image: 0 draws every point, n leaves out up to 2ⁿ/16 px. */
export function outlineDetail(scale) {
  const tolerance = TOLERANCE_DEVICE_PX / scale;
  return Math.max(0, Math.min(8, Math.floor(Math.log2(tolerance * 16))));
}

/** Largest error, px of the image, of that detail. */
export function detailTolerance(detail) {
  return detail === 0 ? 0 : 2 ** detail / 16;
}

/** Index of the coarsest level that still has a pixel for every device px. */
export function pictureLevel(levels, scale) {
  let chosen = 0;
  levels.forEach((level, index) => {
    if (level.factor * scale <= 1 + 1e-6) chosen = index;
  });
  return chosen;
}

/**
 * Tiles of a level that a box of the image needs.
 *
 * Each has its place in px of the image: pixel k of a level of factor f covers k·f - 0.5 to (k + 1)·f - 0.5.
 */
export function tilesIn(level, tile, box) {
  const span = tile * level.factor;
  const last = (extent) => Math.ceil(extent / tile) - 1;
  const range = (low, high, extent) => [
    Math.max(0, Math.floor((low + 0.5) / span)),
    Math.min(last(extent), Math.floor((high + 0.5) / span)),
  ];
  const [rowFrom, rowTo] = range(box.top, box.bottom, level.rows);
  const [colFrom, colTo] = range(box.left, box.right, level.cols);
  const tiles = [];
  for (let row = rowFrom; row <= rowTo; row += 1) {
    for (let col = colFrom; col <= colTo; col += 1) {
      tiles.push({
        row,
        col,
        top: row * span - 0.5,
        left: col * span - 0.5,
        bottom: Math.min((row + 1) * tile, level.rows) * level.factor - 0.5,
        right: Math.min((col + 1) * tile, level.cols) * level.factor - 0.5,
      });
    }
  }
  return tiles;
}
