/** The particles of the image shown, as the server sends them: rows, states and outlines that belong together. */

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

const MADE_BY_HAND = new Set(["drawn", "merged", "split", "repainted"]);

/**
 * Count particles by state at settings that are only tried, without asking the server.
 *
 * The order of reasons is the server's: deleted, excluded region, too small, low score, border; what a person made
 * is neither too small nor unsure.
 *
 * @param {object} payload
 * @param {{confidence: number, diameterMinPx: number|null, leaveOutBorder: boolean}|null} tried null counts as it is
 * @returns {Map<string, number>} "counted" first
 */
export function countStates(payload, tried = null) {
  const counts = new Map([["counted", 0]]);
  const [score, size, edited, border] = ["score", "diameter_equivalent_px", "edited", "touches_border"].map((name) =>
    payload.columns.indexOf(name),
  );
  const judge = (state, row) => {
    if (tried === null || state === "deleted" || state === "excluded_region") return state;
    if (!MADE_BY_HAND.has(row[edited])) {
      if (tried.diameterMinPx === null ? state === "too_small" : row[size] < tried.diameterMinPx) return "too_small";
      if (row[score] !== null && row[score] < tried.confidence) return "low_score";
    }
    return tried.leaveOutBorder && row[border] ? "touches_border" : "counted";
  };
  payload.rows.forEach((row, at) => {
    const state = judge(payload.states[at], row);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  });
  return counts;
}
