/** The particles of the image shown, as the server sends them: rows, states and outlines that belong together. */

import { liveState } from "../viewer/display_state.js";

/**
 * Put what an edit changed into all particles.
 *
 * @param {object|null} all payload of GET particles
 * @param {object} changed the same of changed and new particles alone, with `removed` ids
 * @param {{revision: number}} image record after the edit
 * @returns {object} a new payload
 */
export function mergeParticles(all, changed, image) {
  const key = changed.columns.indexOf("particle");
  const removed = new Set(changed.removed ?? []);
  const rows = new Map();
  const put = (from) => {
    from.rows.forEach((row, at) => rows.set(row[key], { row, state: from.states[at], outline: from.outlines[at] }));
  };
  if (all) put(all);
  put(changed);
  const kept = [...rows.values()].filter(({ row }) => !removed.has(row[key])).sort((a, b) => a.row[key] - b.row[key]);
  return {
    ...all,
    ...changed,
    revision: image.revision,
    rows: kept.map(({ row }) => row),
    states: kept.map(({ state }) => state),
    outlines: kept.map(({ outline }) => outline),
  };
}

/**
 * Count particles by state at settings that are only tried, without asking the server.
 *
 * @param {object} payload
 * @param {{confidence: number, diameterMinPx: number|null, leaveOutBorder: boolean}|null} tried null counts as it is
 * @returns {Map<string, number>} "counted" first
 */
export function countStates(payload, tried = null) {
  const counts = new Map([["counted", 0]]);
  const [score, diameter, edited, border] = ["score", "diameter_equivalent_px", "edited", "touches_border"].map((name) =>
    payload.columns.indexOf(name),
  );
  const limits = tried && { confidence: tried.confidence, diameterMin: tried.diameterMinPx, border: tried.leaveOutBorder };
  payload.rows.forEach((row, at) => {
    const stored = payload.states[at];
    const particle = { state: stored, edited: row[edited], score: row[score], diameter: row[diameter], touchesBorder: row[border] };
    const state = limits ? liveState(particle, limits) : stored;
    counts.set(state, (counts.get(state) ?? 0) + 1);
  });
  return counts;
}
