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

/**
 * Count particles by state at a confidence and a smallest diameter, without asking the server.
 *
 * @param {object} payload
 * @param {{confidence: number|null, diameterMinPx: number|null}} at null leaves the server's own decision
 * @returns {Map<string, number>} counted first
 */
export function countStates(payload, { confidence = null, diameterMinPx = null } = {}) {
  const counts = new Map([["counted", 0]]);
  const column = (name) => payload.columns.indexOf(name);
  const score = column("score");
  const size = column("diameter_equivalent_px");
  const edited = column("edited");
  payload.rows.forEach((row, at) => {
    const state = stateAt(payload.states[at], row);
    counts.set(state, (counts.get(state) ?? 0) + 1);
  });
  return counts;

  function stateAt(state, row) {
    if (confidence === null && diameterMinPx === null) return state;
    if (state === "deleted" || state === "excluded_region") return state;
    // What a person drew is neither too small nor unsure.
    const made = edited >= 0 && row[edited] && row[edited] !== "class";
    if (!made) {
      if (diameterMinPx !== null ? row[size] < diameterMinPx : state === "too_small") return "too_small";
      if (confidence !== null ? row[score] < confidence : state === "low_score") return "low_score";
    }
    const border = column("touches_border");
    if (state === "touches_border") return state;
    return state === "counted" || !isTrue(row[border]) || border < 0 ? "counted" : borderState();
  }

  // Without a counted particle at the border, the rule is to leave them out.
  function borderState() {
    const at = column("touches_border");
    const counted = payload.rows.some((row, k) => payload.states[k] === "counted" && isTrue(row[at]));
    return counted ? "counted" : "touches_border";
  }
}

const isTrue = (value) => value === true || value === 1 || value === "True";
