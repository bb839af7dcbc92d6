"""Screening after the EU definition of nanomaterial."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.constituents import Constituents, count_constituents
from nanocaliper.statistics.shares import Share, bound_quantile, check_level, estimate_share, group_images
from nanocaliper.statistics.weighting import check_sizes, check_weights, quantiles

__all__ = ["Constituents", "Verdict", "count_constituents", "judge_nanomaterial"]

_SMALLEST_NM: Final = 1.0
_LARGEST_NM: Final = 100.0
_IGNORED_NM: Final = 100_000.0
_THRESHOLD: Final = 0.5
_SMALLEST_SURFACE: Final = 6.0
_COVERAGE: Final = 2.0
_FEWEST: Final = 100


@dataclass(frozen=True)
class Verdict:
    """Whether a material is a nanomaterial by the particles measured.

    Parameters
    ----------
    conclusion : str
        ``'yes'``, ``'no'`` or ``'not decided'``.
    reason : str
        Why, in one or two sentences.
    share : Share or None
        Share of the particles, by number, that meet a condition of the definition; None without particles.
    share_low, share_high : float or None
        Interval with the uncertainty of the scale: the share's limits for sizes larger and smaller by twice the
        relative uncertainty.
    median_feret_min_nm : float or None
        Median smallest Feret diameter, by number.
    median_low_nm, median_high_nm : float or None
        Its confidence interval, sampling alone.
    screening : str
        What the median alone says: ``'nanomaterial indicated'``, ``'not indicated'`` or ``'not decided'``.
    by_size, by_thin : int
        Particles that meet condition (a), and those that meet (b) or (c), of the definition.
    ignored : int
        Particles with two dimensions over 100 µm, which need not be considered.
    count : int
        Particles considered.
    warnings : tuple of str
    """

    conclusion: str
    reason: str
    share: Share | None
    share_low: float | None
    share_high: float | None
    median_feret_min_nm: float | None
    median_low_nm: float | None
    median_high_nm: float | None
    screening: str
    by_size: int
    by_thin: int
    ignored: int
    count: int
    warnings: tuple[str, ...]


def judge_nanomaterial(
    feret_min_nm: npt.ArrayLike,
    feret_max_nm: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    images: npt.ArrayLike | None = None,
    *,
    relative_uncertainty: float = 0.0,
    surface_per_volume: float | None = None,
    level: float = 0.95,
) -> Verdict:
    """Judge by Commission Recommendation 2022/C 229/01 (OJ C 229, 14.6.2022, p. 1), point 1.

    A nanomaterial consists of solid particles of which 50 % or more, by number, meet one of: (a) an external
    dimension of 1 to 100 nm; (b) elongated, two dimensions below 1 nm and the other above 100 nm; (c) a plate,
    one dimension below 1 nm and the others above 100 nm. Particles with two orthogonal dimensions above
    100 µm need not be considered, and a material with less than 6 m²/cm³ of surface by volume is none.

    An image shows two dimensions. (a) is judged by the smallest and largest Feret diameters; one below 1 nm with
    the other above 100 nm is a fibre (b) or a plate on edge (c), which look the same. "Yes" needs the
    whole interval of the share at or above 50 %, "no" the whole interval below; the interval includes
    twice the uncertainty of the scale.

    The screening says the same by the median smallest Feret diameter, as the NanoDefine project does: where it is
    at most 100 nm, at least half of the particles have a dimension that small. OECD Test Guideline 125 says how
    such distributions are measured, and sets no threshold of its own.

    Parameters
    ----------
    feret_min_nm, feret_max_nm : array_like, shape (n,)
        Smallest and largest Feret diameters of constituent particles, nm.
    weights : array_like, shape (n,), optional
        Such as the edge-correction weights.
    images : array_like, shape (n,), optional
        Image of each particle.
    relative_uncertainty : float
        Relative standard uncertainty that all sizes share, that of the scale.
    surface_per_volume : float, optional
        Volume-specific surface area, m²/cm³, from another method (gas adsorption).
    level : float
        Confidence level.

    Returns
    -------
    Verdict

    Raises
    ------
    StatisticsError
        If a number is impossible or lengths differ; sizes without calibration (NaN) among them.
    """
    check_level(level)
    smallest, largest = check_sizes(feret_min_nm), check_sizes(feret_max_nm)
    if smallest.size != largest.size:
        raise StatisticsError(
            f"There are {smallest.size} smallest and {largest.size} largest Feret diameters."
        )
    if (smallest > largest * (1 + 1e-9)).any():
        raise StatisticsError("A smallest Feret diameter is larger than the largest; they may be swapped.")
    for name, number in (("relative uncertainty", relative_uncertainty), ("surface", surface_per_volume)):
        if number is not None and not (math.isfinite(number) and number >= 0):
            raise StatisticsError(
                f"The {name} {number} is impossible; expected a number that is not negative."
            )
    if relative_uncertainty >= 1 / _COVERAGE:
        raise StatisticsError(
            f"A relative uncertainty of {relative_uncertainty:.0%} says nothing about sizes; calibrate first."
        )
    w = check_weights(weights, smallest.size)
    groups = group_images(images, smallest.size)
    keep = smallest <= _IGNORED_NM
    if w is not None:
        keep &= w > 0
    ignored = int(np.count_nonzero(smallest > _IGNORED_NM))
    smallest, largest = smallest[keep], largest[keep]
    w = None if w is None else w[keep]
    groups = None if groups is None else group_images(groups[keep], smallest.size)
    if not smallest.size:
        return Verdict(
            "not decided", "No particle was measured.", None, None, None, None, None, None, "not decided",
            0, 0, ignored, 0, ("There are no particles to judge by.",),
        )  # fmt: skip
    by_size, by_thin = _meet(smallest, largest)
    share = estimate_share(by_size | by_thin, w, groups, level=level)
    larger, smaller = (
        estimate_share(np.logical_or(*_meet(smallest * factor, largest * factor)), w, groups, level=level)
        for factor in (1 + _COVERAGE * relative_uncertainty, 1 - _COVERAGE * relative_uncertainty)
    )
    low, high = min(share.low, larger.low, smaller.low), max(share.high, larger.high, smaller.high)
    median = float(quantiles(smallest, (0.5,), w)[0])
    median_low, median_high = bound_quantile(smallest, w, 0.5, median, groups, level)
    conclusion, reason = _conclude(share.share, low, high, level, surface_per_volume)
    return Verdict(
        conclusion, reason, share, low, high, median, median_low, median_high,
        _screen(median_low, median_high, relative_uncertainty),
        int(by_size.sum()), int(by_thin.sum()), ignored, int(smallest.size),
        _warn(smallest, by_thin, conclusion, relative_uncertainty, groups is None and images is None),
    )  # fmt: skip


def _meet(
    smallest: npt.NDArray[np.float64], largest: npt.NDArray[np.float64]
) -> tuple[npt.NDArray[np.bool_], npt.NDArray[np.bool_]]:
    def fits(size: npt.NDArray[np.float64]) -> npt.NDArray[np.bool_]:
        return (size >= _SMALLEST_NM) & (size <= _LARGEST_NM)

    return fits(smallest) | fits(largest), (smallest < _SMALLEST_NM) & (largest > _LARGEST_NM)


def _conclude(share: float, low: float, high: float, level: float, surface: float | None) -> tuple[str, str]:
    found = (
        f"{share:.1%} of the particles by number ({low:.1%} to {high:.1%} at {level:.0%}, sampling and scale) "
        "have a dimension of 1 to 100 nm, or are thinner than 1 nm and longer than 100 nm"
    )
    if surface is not None and surface < _SMALLEST_SURFACE:
        return "no", (
            f"The surface by volume, {surface:g} m²/cm³, is below 6 m²/cm³, which excludes a nanomaterial whatever "
            f"the sizes. {found}."
        )
    if low >= _THRESHOLD:
        return "yes", f"{found}: the whole interval lies at or above 50 %."
    if high < _THRESHOLD:
        return "no", f"{found}: the whole interval lies below 50 %."
    return (
        "not decided",
        f"{found}: 50 % lies within the interval. Measure more particles, or a better scale.",
    )


def _screen(low: float | None, high: float | None, relative_uncertainty: float) -> str:
    reach = _COVERAGE * relative_uncertainty
    if high is not None and high * (1 + reach) <= _LARGEST_NM:
        return "nanomaterial indicated"
    if low is not None and low * (1 - reach) > _LARGEST_NM:
        return "not indicated"
    return "not decided"


def _warn(
    smallest: npt.NDArray[np.float64],
    fibres: npt.NDArray[np.bool_],
    conclusion: str,
    relative_uncertainty: float,
    one: bool,
) -> tuple[str, ...]:
    warnings = []
    if conclusion == "no":
        warnings.append(
            "An image does not show the dimension along the beam: plates that lie flat can be thinner than 100 nm. "
            "A 'no' holds only if the particles are known not to be plates."
        )
    if fibres.any():
        warnings.append(
            f"{np.count_nonzero(fibres)} particles are narrower than 1 nm and longer than 100 nm: fibres, or "
            "plates seen on edge; check them."
        )
    if (smallest < _SMALLEST_NM).any() and not fibres.all():
        tiny = int(np.count_nonzero((smallest < _SMALLEST_NM) & ~fibres))
        if tiny:
            warnings.append(f"{tiny} particles are smaller than 1 nm in one direction; check the scale.")
    if relative_uncertainty == 0:
        warnings.append("The uncertainty of the scale was taken as zero.")
    if one:
        warnings.append("Differences between images are not in the interval.")
    if smallest.size < _FEWEST:
        warnings.append(
            f"{smallest.size} particle{' is' if smallest.size == 1 else 's are'} few for a verdict; measure more."
        )
    warnings.append("This is a screening from images, not a legal classification.")
    return tuple(warnings)
