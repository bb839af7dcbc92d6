// Closed polygons as flat arrays [r, c, r, c, …] in px of the image (the last point is not the first again).

/** Area by the shoelace formula, px². */
export function polygonArea(flat) {
  let twice = 0;
  for (let i = 0, j = flat.length - 2; i < flat.length; j = i, i += 2) {
    twice += flat[j + 1] * flat[i] - flat[i + 1] * flat[j];
  }
  return Math.abs(twice) / 2;
}

/** {top, left, bottom, right}; of no points an empty box, which meets no other. */
export function boundingBox(flat) {
  const box = { top: Infinity, left: Infinity, bottom: -Infinity, right: -Infinity };
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i] < box.top) box.top = flat[i];
    if (flat[i] > box.bottom) box.bottom = flat[i];
    if (flat[i + 1] < box.left) box.left = flat[i + 1];
    if (flat[i + 1] > box.right) box.right = flat[i + 1];
  }
  return box;
}

export function boxesMeet(a, b) {
  return a.top <= b.bottom && b.top <= a.bottom && a.left <= b.right && b.left <= a.right;
}

/** Even-odd rule. */
export function containsPoint(flat, row, col) {
  let inside = false;
  for (let i = 0, j = flat.length - 2; i < flat.length; j = i, i += 2) {
    const crosses = flat[i] > row !== flat[j] > row;
    if (crosses && col < ((flat[j + 1] - flat[i + 1]) * (row - flat[i])) / (flat[j] - flat[i]) + flat[i + 1]) {
      inside = !inside;
    }
  }
  return inside;
}

/** Mean of the corners: good enough to place a label or to ask on which side a particle lies. */
export function middle(flat) {
  let row = 0;
  let col = 0;
  for (let i = 0; i < flat.length; i += 2) {
    row += flat[i];
    col += flat[i + 1];
  }
  const count = flat.length / 2;
  return { row: row / count, col: col / count };
}

/** Douglas and Peucker 1973: no point left out lies farther than `tolerance` from the line drawn. */
export function simplifyLine(flat, tolerance) {
  const count = flat.length / 2;
  if (count <= 2 || tolerance <= 0) return Array.from(flat);
  const keep = new Uint8Array(count);
  keep[0] = keep[count - 1] = 1;
  const stack = [[0, count - 1]];
  const limit = tolerance * tolerance;
  while (stack.length > 0) {
    const [first, last] = stack.pop();
    let worst = limit;
    let at = -1;
    for (let k = first + 1; k < last; k += 1) {
      const distance = squaredDistance(flat, k, first, last);
      if (distance > worst) {
        worst = distance;
        at = k;
      }
    }
    if (at >= 0) {
      keep[at] = 1;
      stack.push([first, at], [at, last]);
    }
  }
  const kept = [];
  for (let k = 0; k < count; k += 1) if (keep[k]) kept.push(flat[2 * k], flat[2 * k + 1]);
  return kept;
}

/** The same for a closed polygon: cut into two lines at the point farthest from the first. */
export function simplifyPolygon(flat, tolerance) {
  const count = flat.length / 2;
  if (count <= 3 || tolerance <= 0) return flat;
  let far = 0;
  let best = -1;
  for (let k = 1; k < count; k += 1) {
    const distance = (flat[2 * k] - flat[0]) ** 2 + (flat[2 * k + 1] - flat[1]) ** 2;
    if (distance > best) {
      best = distance;
      far = k;
    }
  }
  const there = simplifyLine(flat.slice(0, 2 * far + 2), tolerance);
  const back = simplifyLine([...flat.slice(2 * far), flat[0], flat[1]], tolerance);
  return [...there.slice(0, -2), ...back.slice(0, -2)];
}

/** Polygon of an ellipse in a box; `count` corners keep its area within (π²/6)·(2/count)² or so. */
export function ellipsePolygon(row, col, radiusRow, radiusCol, count = 64) {
  // Corners a little outside make the polygon's area that of the ellipse: n/2 · sin(2π/n) = π without this.
  const grow = Math.sqrt((2 * Math.PI) / (count * Math.sin((2 * Math.PI) / count)));
  const flat = [];
  for (let k = 0; k < count; k += 1) {
    const angle = (2 * Math.PI * k) / count;
    flat.push(row + grow * radiusRow * Math.sin(angle), col + grow * radiusCol * Math.cos(angle));
  }
  return flat;
}

/** Whether the sides of a closed polygon cross each other. */
export function crossesItself(flat) {
  const count = flat.length / 2;
  for (let i = 0; i < count; i += 1) {
    for (let j = i + 2; j < count; j += 1) {
      if (i === 0 && j === count - 1) continue;
      if (sidesCross(flat, i, (i + 1) % count, j, (j + 1) % count)) return true;
    }
  }
  return false;
}

export function toPairs(flat) {
  const pairs = [];
  for (let i = 0; i < flat.length; i += 2) pairs.push([round(flat[i]), round(flat[i + 1])]);
  return pairs;
}

// A thousandth of a pixel is finer than any hand or any edge in a picture.
function round(value) {
  return Math.round(value * 1000) / 1000;
}

function squaredDistance(flat, k, first, last) {
  const dr = flat[2 * last] - flat[2 * first];
  const dc = flat[2 * last + 1] - flat[2 * first + 1];
  const pr = flat[2 * k] - flat[2 * first];
  const pc = flat[2 * k + 1] - flat[2 * first + 1];
  const length = dr * dr + dc * dc;
  const along = length === 0 ? 0 : Math.min(1, Math.max(0, (pr * dr + pc * dc) / length));
  return (pr - along * dr) ** 2 + (pc - along * dc) ** 2;
}

function sidesCross(flat, a, b, c, d) {
  const turn = (p, q, s) =>
    (flat[2 * q] - flat[2 * p]) * (flat[2 * s + 1] - flat[2 * p + 1]) -
    (flat[2 * q + 1] - flat[2 * p + 1]) * (flat[2 * s] - flat[2 * p]);
  return turn(a, b, c) * turn(a, b, d) < 0 && turn(c, d, a) * turn(c, d, b) < 0;
}
