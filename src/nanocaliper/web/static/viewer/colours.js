// Colours of outlines, and their legend.
//
// Numbers: eight steps of viridis (Smith and van der Walt 2015; even in lightness, safe for the colour-blind)
// without its darkest third, which would vanish on a dark picture. Classes and states: the palette of Okabe and
// Ito (2008), lightened as the overlay files are. States are told by their dashes too.

export const STEPS = ["#3e7cb8", "#2f8fa8", "#219f94", "#2cb17e", "#55c667", "#8bd646", "#c2df2b", "#fde725"];
export const PLAIN = "#56befa";
export const NO_VALUE = "#d8d8d8";

const CLASSES = ["#f0e442", "#56befa", "#00d796", "#f096d7", "#ff9f40", "#b9a2ff"];

/** Colour and dashes (CSS px) of a state. */
export const STATE_STYLES = {
  counted: { colour: "#56befa", dash: [] },
  touches_border: { colour: "#ff6000", dash: [7, 4] },
  low_score: { colour: "#f0e442", dash: [2, 3] },
  too_small: { colour: "#00d796", dash: [2, 5] },
  excluded_region: { colour: "#f096d7", dash: [9, 3, 2, 3] },
  deleted: { colour: "#ffffff", dash: [3, 7] },
};

const LEFT_OUT_COLOUR = "#d8d8d8";

/**
 * How to colour particles.
 *
 * `by` is "none", "state", "shape", "score" or "size"; `values` the finite values of those that count, from which
 * the steps of a number are made; `shapes` all class names. Gives {style(value, state), entries} with `entries`
 * the lines of the legend, {colour, dash, text} or {colour, dash, low, high}.
 */
export function makeColouring(by, values, shapes) {
  if (by === "size" || by === "score") return byNumber(values);
  if (by === "shape") return byClass(shapes);
  if (by === "state") {
    return {
      style: (_value, state) => STATE_STYLES[state] ?? STATE_STYLES.counted,
      entries: Object.entries(STATE_STYLES).map(([state, style]) => ({ ...style, state })),
    };
  }
  return { style: (_value, state) => withDash(PLAIN, state), entries: [] };
}

/** Limits of the steps: quantiles would hide how the sizes lie, so even steps between the 1 % and 99 % points. */
export function stepLimits(values, steps = STEPS.length) {
  const sorted = Float64Array.from(values).sort();
  if (sorted.length === 0) return null;
  const at = (share) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))];
  const low = at(0.01);
  const high = at(0.99);
  if (!(high > low)) return [low, low];
  return Array.from({ length: steps + 1 }, (_, k) => low + ((high - low) * k) / steps);
}

function byNumber(values) {
  const limits = stepLimits(values);
  const steps = limits === null ? 0 : limits.length - 1;
  const colourOf = (k) => STEPS[Math.round((k * (STEPS.length - 1)) / Math.max(steps - 1, 1))];
  return {
    style: (value, state) => {
      if (state !== "counted") return withDash(LEFT_OUT_COLOUR, state);
      if (value === null || value === undefined || steps === 0) return withDash(NO_VALUE, state);
      const share = steps === 1 ? 0 : (value - limits[0]) / (limits[steps] - limits[0]);
      return withDash(colourOf(Math.max(0, Math.min(steps - 1, Math.floor(share * steps)))), state);
    },
    entries: Array.from({ length: steps }, (_, k) => ({
      colour: colourOf(k), dash: [], low: limits[k], high: limits[k + 1],
    })),
  };
}

function byClass(shapes) {
  const colourOf = (shape) => CLASSES[shapes.indexOf(shape) % CLASSES.length] ?? NO_VALUE;
  return {
    style: (value, state) =>
      withDash(state === "counted" ? (value ? colourOf(value) : NO_VALUE) : LEFT_OUT_COLOUR, state),
    entries: [
      ...shapes.map((shape) => ({ colour: colourOf(shape), dash: [], shape })),
      { colour: NO_VALUE, dash: [], shape: "" },
    ],
  };
}

function withDash(colour, state) {
  return { colour, dash: (STATE_STYLES[state] ?? STATE_STYLES.counted).dash };
}
