// Densities of the fitted distributions, from the parameters that the server gives.

import { POWERS } from "./chart_data.js";

const DENSITIES = {
  normal: (x, { mean, sd }) => Math.exp(-0.5 * ((x - mean) / sd) ** 2) / (sd * Math.sqrt(2 * Math.PI)),
  lognormal(x, { median, geometric_sd: spread }) {
    const sigma = Math.log(spread);
    return x <= 0 ? 0 : Math.exp(-0.5 * (Math.log(x / median) / sigma) ** 2) / (x * sigma * Math.sqrt(2 * Math.PI));
  },
  weibull(x, { scale, shape }) {
    return x <= 0 ? 0 : (shape / scale) * (x / scale) ** (shape - 1) * Math.exp(-((x / scale) ** shape));
  },
};

const STEPS = 2000;

/** Number density of a fit at x; of one with a detection limit what lies above that, made whole. */
function numberDensity(fit, x) {
  return fit.truncated_at !== null && fit.truncated_at !== undefined && x < fit.truncated_at
    ? 0 : DENSITIES[fit.model](x, fit.parameters);
}

/**
 * Density of a fit on a basis: xʳ q₀(x) / ∫ xʳ q₀ (ISO 9276-2), at each of `xs`.
 *
 * The integral runs over 0 to five times the largest x, beyond which nothing is left of these distributions.
 */
export function densityOfFit(fit, basis, xs) {
  const power = POWERS[basis];
  if (power === 0 && (fit.truncated_at === null || fit.truncated_at === undefined)) return xs.map((x) => numberDensity(fit, x));
  const end = 5 * Math.max(...xs);
  let total = 0;
  for (let k = 0; k < STEPS; k += 1) {
    const x = (end * (k + 0.5)) / STEPS;
    total += (x ** power * numberDensity(fit, x) * end) / STEPS;
  }
  return xs.map((x) => (x > 0 && total > 0 ? (x ** power * numberDensity(fit, x)) / total : 0));
}

/** Fits worth drawing: those that converged, the best (least AIC) first. */
export function drawableFits(fits) {
  return fits.filter((fit) => fit.converged && DENSITIES[fit.model]);
}
