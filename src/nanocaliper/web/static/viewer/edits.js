// The edits that tools make, as the server takes them. Points are [row, col] in px of the image.

import { toPairs } from "./polygons.js";

export const makeEdit = {
  remove: (particles) => ({ kind: "delete", particles }),
  restore: (particles) => ({ kind: "restore", particles }),
  draw: (flat, shape = null) => ({ kind: "draw", outline: toPairs(flat), shape }),
  merge: (particles) => ({ kind: "merge", particles }),
  split: (particle, flat) => ({ kind: "split", particle, line: toPairs(flat) }),
  repaint: (particle, flat) => ({ kind: "repaint", particle, outline: toPairs(flat) }),
  setClass: (particles, shape) => ({ kind: "set_class", particles, shape }),
  exclude: (flat) => ({ kind: "exclude_region", outline: toPairs(flat) }),
  include: (region) => ({ kind: "include_region", region }),
};

/** The particle that a line runs through longest, or null; `hit(row, col)` gives the particle at a point. */
export function particleUnderLine(flat, hit, samples = 200) {
  const lengths = [];
  for (let i = 2; i < flat.length; i += 2) lengths.push(Math.hypot(flat[i] - flat[i - 2], flat[i + 1] - flat[i - 1]));
  const total = lengths.reduce((sum, length) => sum + length, 0);
  const votes = new Map();
  lengths.forEach((length, k) => {
    const count = Math.max(1, Math.round((samples * length) / Math.max(total, 1e-9)));
    for (let s = 0; s < count; s += 1) {
      const share = (s + 0.5) / count;
      const row = flat[2 * k] + share * (flat[2 * k + 2] - flat[2 * k]);
      const col = flat[2 * k + 1] + share * (flat[2 * k + 3] - flat[2 * k + 1]);
      const id = hit(row, col);
      if (id !== null) votes.set(id, (votes.get(id) ?? 0) + 1);
    }
  });
  let best = null;
  for (const [id, count] of votes) if (best === null || count > votes.get(best)) best = id;
  return best;
}
