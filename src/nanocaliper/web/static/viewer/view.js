// The view: which point of the image is in the middle of the canvas, and how large a pixel of the image is.
//
// A view is {row, col, scale}: the image point at the canvas centre and CSS px a px of the image. A size is
// {width, height} of the canvas, CSS px. Pixel (r, c) has its centre at (r, c) and covers r ± 0.5, so the image
// reaches from -0.5 to rows - 0.5.

export const MAX_SCALE = 64;

export function toScreen(view, size, row, col) {
  return {
    x: (col - view.col) * view.scale + size.width / 2,
    y: (row - view.row) * view.scale + size.height / 2,
  };
}

export function toImage(view, size, x, y) {
  return {
    row: (y - size.height / 2) / view.scale + view.row,
    col: (x - size.width / 2) / view.scale + view.col,
  };
}

/** The whole image in the canvas, with a margin of `margin` CSS px. */
export function fitView(image, size, margin = 8) {
  const scale = Math.min(
    Math.max(size.width - 2 * margin, 1) / image.cols,
    Math.max(size.height - 2 * margin, 1) / image.rows,
  );
  return { row: (image.rows - 1) / 2, col: (image.cols - 1) / 2, scale: Math.min(scale, MAX_SCALE) };
}

/** Smallest scale: half of what fits, so that an image never gets lost. */
export function minScale(image, size) {
  return Math.min(fitView(image, size).scale / 2, 1);
}

/** Zoom by `factor`, the image point under (x, y) stays where it is. */
export function zoomAt(view, size, image, x, y, factor) {
  const scale = clamp(view.scale * factor, minScale(image, size), MAX_SCALE);
  const point = toImage(view, size, x, y);
  return {
    row: point.row - (y - size.height / 2) / scale,
    col: point.col - (x - size.width / 2) / scale,
    scale,
  };
}

/** Move by (dx, dy) CSS px, as a hand moves paper. */
export function panBy(view, dx, dy) {
  return { ...view, row: view.row - dy / view.scale, col: view.col - dx / view.scale };
}

/** Keep some of the image in sight: the canvas centre stays on the image. */
export function keepInside(view, image) {
  return {
    ...view,
    row: clamp(view.row, -0.5, image.rows - 0.5),
    col: clamp(view.col, -0.5, image.cols - 0.5),
  };
}

/** The part of the image in sight, {top, left, bottom, right} in px of the image. */
export function visibleBox(view, size) {
  const rows = size.height / view.scale / 2;
  const cols = size.width / view.scale / 2;
  return { top: view.row - rows, bottom: view.row + rows, left: view.col - cols, right: view.col + cols };
}

/** Move a view by less than a device px so that the image's corner falls on a device px: 1:1 is then unblurred. */
export function snapView(view, size, ratio) {
  const snap = (centre, extent) => {
    const device = ((-0.5 - centre) * view.scale + extent / 2) * ratio;
    return centre - (Math.round(device) - device) / ratio / view.scale;
  };
  return { ...view, row: snap(view.row, size.height), col: snap(view.col, size.width) };
}

/** Move as little as needed to bring a box (with a margin) into sight; zoom out where it is too large. */
export function reveal(view, size, box, margin = 24) {
  const room = (extent) => Math.max(extent - 2 * margin, 1);
  const high = (box.bottom - box.top) * view.scale > room(size.height);
  const wide = (box.right - box.left) * view.scale > room(size.width);
  if (high || wide) {
    const scale = Math.min(
      view.scale,
      room(size.width) / Math.max(box.right - box.left, 1),
      room(size.height) / Math.max(box.bottom - box.top, 1),
    );
    return { row: (box.top + box.bottom) / 2, col: (box.left + box.right) / 2, scale };
  }
  const shift = (centre, low, high_, extent) => {
    const half = (extent / 2 - margin) / view.scale;
    return clamp(centre, high_ - half, low + half);
  };
  return {
    ...view,
    row: shift(view.row, box.top, box.bottom, size.height),
    col: shift(view.col, box.left, box.right, size.width),
  };
}

/** A round length (1, 2, 5 · 10ⁿ) of about `target` units at most. */
export function roundLength(target) {
  const power = 10 ** Math.floor(Math.log10(target));
  for (const digit of [5, 2, 1]) if (digit * power <= target * (1 + 1e-9)) return digit * power;
  return power;
}

export function clamp(value, low, high) {
  return Math.min(Math.max(value, low), high);
}
