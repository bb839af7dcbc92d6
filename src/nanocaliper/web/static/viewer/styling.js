// Which colour and dashes each particle has now, and which are not shown at all.

import { makeColouring } from "./colours.js";
import { countStates, liveState } from "./display_state.js";

const HIDDEN = new Set(["deleted", "excluded_region"]);

export function createStyling(scene, shapes) {
  const NO_LIMITS = { confidence: null, diameterMin: null, border: true };

  const styling = {
    by: "none",
    limits: { ...NO_LIMITS },
    coloring: makeColouring("none", [], shapes),
    column: null,

    /** State at the live limits. */
    stateOf(item) {
      const { particles } = scene;
      return liveState(
        {
          state: item.state,
          edited: particles.value(item.id, "edited"),
          score: particles.value(item.id, "score"),
          diameter: particles.value(item.id, "diameter_equivalent_px"),
          touchesBorder: particles.value(item.id, "touches_border"),
        },
        styling.limits,
      );
    },

    styleOf(item) {
      const state = styling.stateOf(item);
      if (styling.hides(state)) return null;
      const value = styling.column === null ? null : scene.particles.value(item.id, styling.column);
      return styling.coloring.style(value, state);
    },

    /** Whether particles of a state are not shown. While a slider moves, those that fall below it are, dashed. */
    hides(state) {
      if (scene.showLeftOut || state === "counted" || state === "touches_border") return false;
      const live = styling.limits.confidence !== null || styling.limits.diameterMin !== null;
      return !live || HIDDEN.has(state);
    },

    counts: () => countStates([...scene.particles.items.values()].map(styling.stateOf)),

    refresh() {
      const { particles } = scene;
      const columns = { size: particles.columnOf("diameter_equivalent"), score: "score", shape: "shape" };
      styling.column = columns[styling.by] ?? null;
      const numbers = styling.by === "size" || styling.by === "score";
      const counted = numbers ? [...particles.items.values()].filter((item) => styling.stateOf(item) === "counted") : [];
      const values = counted.map((item) => particles.value(item.id, styling.column)).filter(Number.isFinite);
      styling.coloring = makeColouring(styling.by, values, shapes);
    },
  };

  return styling;
}
