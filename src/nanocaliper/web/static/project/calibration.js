/** The scale of an image, as its record has it. */

/**
 * @param {object} image record
 * @returns {{nmPerPx: number|null, uncertainty: number|null, source: string|null, conflict: object|null,
 *   reason: string|null, bar: object|null, guess: object|null}}
 */
export function scaleOf(image) {
  const all = image.calibration ?? {};
  const scale = all.calibration === undefined ? all : (all.calibration ?? {});
  return {
    nmPerPx: scale.nm_per_px ?? null,
    uncertainty: scale.relative_uncertainty ?? null,
    source: scale.source ?? null,
    conflict: all.conflict ?? null,
    reason: all.reason ?? null,
    bar: all.scale_bar ?? null,
    guess: all.scale_bar_guess ?? null,
  };
}

/** Whether metadata and bar disagree and nobody has settled it. */
export const conflictOpen = (image) => {
  const { conflict } = scaleOf(image);
  return Boolean(conflict && !conflict.settled_by);
};
