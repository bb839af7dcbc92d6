// What state a particle would have at other settings: shown at once while a slider moves, before the server answers.

/** States in the order in which the first that holds wins; "counted" is none of them. */
export const LEFT_OUT = ["deleted", "excluded_region", "too_small", "low_score", "touches_border"];
export const STATES = ["counted", ...LEFT_OUT];

// Particles that a person made are never left out for their score or size.
const BY_HAND = new Set(["drawn", "merged", "split", "repainted"]);

/**
 * State of a particle when only particles of a score of at least `limits.confidence` and a diameter of at least
 * `limits.diameterMin` count; null limits are not looked at.
 *
 * `particle` is {state, edited, score, diameter, touchesBorder}; `limits.border` false counts cut ones too.
 */
export function liveState(particle, limits) {
  const { state, edited, score, diameter } = particle;
  if (limits.confidence === null && limits.diameterMin === null) return state;
  if (state === "deleted" || state === "excluded_region" || BY_HAND.has(edited)) return state;
  const small = limits.diameterMin === null ? state === "too_small" : below(diameter, limits.diameterMin);
  if (small) return "too_small";
  const unsure = limits.confidence === null ? state === "low_score" : below(score, limits.confidence);
  if (unsure) return "low_score";
  const cut = state === "touches_border" || (particle.touchesBorder && limits.border !== false);
  return cut ? "touches_border" : "counted";
}

/** Counted and left out by reason, as `counts` of the payload has it. */
export function countStates(states) {
  const counts = { counted: 0, left_out: {} };
  for (const state of states) {
    if (state === "counted") counts.counted += 1;
    else counts.left_out[state] = (counts.left_out[state] ?? 0) + 1;
  }
  return counts;
}

function below(value, limit) {
  return value !== null && value !== undefined && value < limit;
}
