"""How large a difference of two samples is, whatever its unit."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.special_functions import normal_quantile, student_quantile

__all__ = ["EffectSize", "find_cliffs_delta", "find_hedges_g"]

Array = npt.NDArray[np.float64]
Groups = npt.NDArray[np.intp]


@dataclass(frozen=True)
class EffectSize:
    """An effect size with its interval.

    Parameters
    ----------
    name : str
    value : float or None
    low, high : float or None
    words : str
        ``'negligible'``, ``'small'``, ``'medium'`` or ``'large'``; empty without a value.
    method : str
        How the limits were found; empty without them.
    """

    name: str
    value: float | None
    low: float | None
    high: float | None
    words: str
    method: str


def find_hedges_g(
    first: Array, second: Array, images: tuple[Groups, Groups] | None, level: float
) -> EffectSize:
    """Hedges' g, the difference of means over the pooled SD (L. V. Hedges, J. Educ. Stat. 1981, 6, 107).

    g = (1 - 3/(4 ν - 1)) (mean₁ - mean₂)/s with ν = n₁ + n₂ - 2. Limits: of independent particles the normal ones
    with the variance (n₁ + n₂)/(n₁ n₂) + g²/(2 (n₁ + n₂)) (L. V. Hedges and I. Olkin, Statistical Methods for
    Meta-Analysis, 1985); of several images the jackknife, leaving out one image at a time. Words of J. Cohen
    (Statistical Power Analysis, 1988): small from 0.2, medium from 0.5, large from 0.8.

    Parameters
    ----------
    first, second : ndarray
        Values, such as logarithms of sizes.
    images : tuple of ndarray of int, or None
        Image of each particle of both, numbered from 0; None for independent particles.
    level : float

    Returns
    -------
    EffectSize
    """
    n1, n2 = first.size, second.size
    if min(n1, n2) < 2 or first.var() + second.var() <= 0:
        return EffectSize("hedges_g", None, None, None, "", "")
    shift = float(np.concatenate([first, second]).mean())
    sums = [_sum_images(values - shift, None) for values in (first, second)]
    g = _standardise(sums[0].sum(axis=0), sums[1].sum(axis=0))
    if images is None:
        error = math.sqrt((n1 + n2) / (n1 * n2) + g * g / (2 * (n1 + n2)))
        reach, method = normal_quantile((1 + level) / 2) * error, "normal"
        return EffectSize("hedges_g", g, g - reach, g + reach, _name(abs(g), (0.2, 0.5, 0.8)), method)
    sums = [
        _sum_images(values - shift, groups) for values, groups in zip((first, second), images, strict=True)
    ]
    variance = 0.0
    for side in (0, 1):
        total, m = sums[side].sum(axis=0), len(sums[side])
        other = sums[1 - side].sum(axis=0)
        left = [
            _standardise(*((total - part, other) if side == 0 else (other, total - part)))
            for part in sums[side]
        ]
        variance += (m - 1) / m * float(((np.array(left) - np.mean(left)) ** 2).sum())
    if not math.isfinite(variance):
        return EffectSize("hedges_g", g, None, None, _name(abs(g), (0.2, 0.5, 0.8)), "")
    reach = student_quantile((1 + level) / 2, len(sums[0]) + len(sums[1]) - 2) * math.sqrt(variance)
    return EffectSize(
        "hedges_g", g, g - reach, g + reach, _name(abs(g), (0.2, 0.5, 0.8)), "jackknife over images"
    )


def find_cliffs_delta(
    first: Array, second: Array, images: tuple[Groups, Groups] | None, level: float
) -> EffectSize:
    """Cliff's delta: the chance that a particle of the first is larger, less that it is smaller.

    N. Cliff, Psychol. Bull. 1993, 114, 494. Limits from the variance of the placements, summed over images where
    there are several (N. A. Obuchowski, Biometrics 1997, 53, 567), on the scale of artanh. Words of J. Romano
    et al. (2006): small from 0.147, medium from 0.33, large from 0.474.

    Parameters
    ----------
    first, second, images, level
        As for `find_hedges_g`.

    Returns
    -------
    EffectSize
    """
    if not first.size or not second.size:
        return EffectSize("cliffs_delta", None, None, None, "", "")
    placed = [_place(first, second), -_place(second, first)]
    delta = float(placed[0].mean())
    words = _name(abs(delta), (0.147, 0.33, 0.474))
    variance = degrees = 0.0
    for side, values in enumerate(placed):
        groups = np.arange(values.size) if images is None else images[side]
        m = int(groups.max()) + 1
        if m < 2:
            return EffectSize("cliffs_delta", delta, None, None, words, "")
        sums = np.bincount(groups, values - delta, m)
        variance += m / (m - 1) * float(sums @ sums) / values.size**2
        degrees += m - 1
    if abs(delta) >= 1 - 1e-12:
        return EffectSize("cliffs_delta", delta, None, None, words, "")
    reach = student_quantile((1 + level) / 2, degrees) * math.sqrt(variance) / (1 - delta * delta)
    low, high = math.tanh(math.atanh(delta) - reach), math.tanh(math.atanh(delta) + reach)
    return EffectSize(
        "cliffs_delta", delta, low, high, words, "placements" + ("" if images is None else ", images")
    )


def _sum_images(values: Array, groups: Groups | None) -> Array:
    """Number, sum and sum of squares of each image, shape (images, 3)."""
    at = np.zeros(values.size, dtype=np.intp) if groups is None else groups
    return np.stack([np.bincount(at, part) for part in (np.ones(values.size), values, values**2)], axis=1)


def _standardise(first: Array, second: Array) -> float:
    degrees = first[0] + second[0] - 2
    if first[0] < 1 or second[0] < 1 or degrees < 1:
        return math.nan
    spread = sum(part[2] - part[1] ** 2 / part[0] for part in (first, second)) / degrees
    if spread <= 0:
        return math.nan
    difference = first[1] / first[0] - second[1] / second[0]
    return float((1 - 3 / (4 * degrees - 1)) * difference / math.sqrt(spread))


def _place(values: Array, others: Array) -> Array:
    ordered = np.sort(others)
    below = np.searchsorted(ordered, values, side="left")
    above = ordered.size - np.searchsorted(ordered, values, side="right")
    return np.asarray((below - above) / ordered.size, dtype=np.float64)


def _name(size: float, limits: tuple[float, float, float]) -> str:
    return ("negligible", "small", "medium", "large")[sum(size >= limit for limit in limits)]
