"""Confidence intervals for every statistic of a size distribution."""

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.distribution import STATISTICS, Distribution, describe
from nanocaliper.statistics.interval_sample import Array, Sample
from nanocaliper.statistics.resampled_intervals import (
    bound_by_images,
    bound_by_jackknife,
    bound_by_resampling,
)
from nanocaliper.statistics.shares import bound_quantile, check_level, group_images
from nanocaliper.statistics.spread_intervals import bound_weighted_quantile
from nanocaliper.statistics.weighting import POWERS, are_equal, check_sizes, check_weights

__all__ = ["FEWEST_FOR_BOOTSTRAP", "Interval", "Intervals", "estimate_intervals"]

#: With fewer particles the jackknife takes the place of the bootstrap.
FEWEST_FOR_BOOTSTRAP: Final = 20

_FEWEST = 3
_FEW_IMAGES = 5
_WIDEST: Final = math.log(100)
_SHARES: Final = MappingProxyType({"d10": 0.1, "d50": 0.5, "d90": 0.9})


@dataclass(frozen=True)
class Interval:
    """A statistic with its confidence interval.

    Parameters
    ----------
    statistic : str
        Name, as in `nanocaliper.statistics.distribution.STATISTICS`.
    estimate : float or None
        The statistic of the sample; None where it does not exist.
    low, high : float or None
        Confidence limits, the estimate never outside; None where there is none, see `reason`.
    standard_error : float or None
        Standard uncertainty of the estimate from sampling. For quantiles the interval's width over that of a
        normal one.
    method : str
        How the limits were found; empty without them.
    reason : str or None
        Why there is no interval, or only one limit.
    """

    statistic: str
    estimate: float | None
    low: float | None
    high: float | None
    standard_error: float | None
    method: str
    reason: str | None = None


@dataclass(frozen=True)
class Intervals:
    """Confidence intervals of all statistics of one sample.

    Parameters
    ----------
    distribution : Distribution
        The statistics themselves.
    intervals : mapping of str to Interval
        One for each name that was asked for.
    level : float
        Confidence level.
    replicates : int
        Bootstrap replicates.
    images : int or None
        Images the particles were grouped by; None for independent particles.
    warnings : tuple of str
    """

    distribution: Distribution
    intervals: Mapping[str, Interval]
    level: float
    replicates: int
    images: int | None
    warnings: tuple[str, ...]

    def __getitem__(self, statistic: str) -> Interval:
        return self.intervals[statistic]


def estimate_intervals(
    sizes: npt.ArrayLike,
    rng: np.random.Generator,
    weights: npt.ArrayLike | None = None,
    images: npt.ArrayLike | None = None,
    *,
    basis: str = "number",
    level: float = 0.95,
    replicates: int = 2000,
    statistics: Collection[str] | None = None,
) -> Intervals:
    """Confidence intervals of the mean, SD, quantiles, moments and all other statistics.

    The method of each is the one that held its level in simulation (``docs/statistics.md``):

    - quantiles by number: fractional order statistics, `nanocaliper.statistics.shares.bound_quantile`; by area or
      volume `nanocaliper.statistics.spread_intervals.bound_weighted_quantile`;
    - sd, cv and geometric_sd of the number distribution: a t interval of the logarithm, the kurtosis shrunk
      towards that of a lognormal distribution as far as the sample does not contradict it; in the same way
      d_2_1, d_3_2, d_4_3 and pdi_moments, unless the sample contradicts a lognormal distribution;
    - other means and ratios: bootstrap-t of the logarithm (B. Efron and R. J. Tibshirani, An Introduction to
      the Bootstrap, Chapman and Hall 1993, chapter 12);
    - span and mode: a t interval of the logarithm with the bootstrap's standard error;
    - fewer than 20 particles: jackknife (same book, chapter 11) instead of the bootstrap;
    - particles of several images: t intervals of the logarithm with one degree of freedom less than there are
      images, the standard error from leaving out one image at a time, so that what differs between images
      counts as uncertainty; for sd, cv and geometric_sd of the number distribution the variance within and
      between images (`nanocaliper.statistics.image_variance`). Nothing is drawn at random there.

    Parameters
    ----------
    sizes : array_like, shape (n,)
    rng : Generator
        Source of the resampling; the same state gives the same intervals.
    weights : array_like, shape (n,), optional
        As for `describe`.
    images : array_like, shape (n,), optional
        Image of each particle, any labels. One image is as none: its particles count as independent.
    basis : str
        ``'number'``, ``'area'`` or ``'volume'``.
    level : float
    replicates : int
        At least 100.
    statistics : collection of str, optional
        Names of `STATISTICS` to find intervals of; all if absent.

    Returns
    -------
    Intervals

    Raises
    ------
    StatisticsError
        If sizes, weights, basis, level or replicates are impossible, lengths differ, or a statistic is unknown.
    """
    check_level(level)
    if replicates < 100:
        raise StatisticsError(f"{replicates} replicates are too few for an interval; expected at least 100.")
    names = tuple(STATISTICS) if statistics is None else tuple(n for n in STATISTICS if n in statistics)
    if statistics is not None and (unknown := sorted(set(statistics) - set(STATISTICS))):
        raise StatisticsError(
            f"No interval for {', '.join(map(repr, unknown))}; expected names of {', '.join(STATISTICS)}."
        )
    x = check_sizes(sizes)
    w = check_weights(weights, x.size)
    groups = group_images(images, x.size)
    distribution = describe(x, w, basis=basis)
    if w is not None and x.size:
        keep = w > 0
        groups = groups[keep] if groups is not None else None
        x, w = x[keep], w[keep]
        groups = group_images(groups, x.size)
    number = None if groups is None else int(groups.max()) + 1
    reason = _refuse(x)
    if reason is not None:
        empty = {
            name: Interval(name, getattr(distribution, name), None, None, None, "", reason) for name in names
        }
        return Intervals(distribution, MappingProxyType(empty), level, replicates, number, (reason,))
    sample = Sample(x, np.ones(x.size) if w is None else w, POWERS[basis], groups)
    if groups is not None:
        found = bound_by_images(sample, level, names)
    elif x.size < FEWEST_FOR_BOOTSTRAP:
        found = bound_by_jackknife(sample, level, names)
    else:
        found = bound_by_resampling(sample, level, replicates, rng, names)
    intervals = {}
    for name in names:
        if name in _SHARES:
            intervals[name] = _bound_share(name, distribution, sample, w is None, level)
        else:
            intervals[name] = _finish(name, distribution, found.get(name))
    return Intervals(
        distribution, MappingProxyType(intervals), level, replicates, number, _warn(x, images, number)
    )


def _refuse(x: Array) -> str | None:
    if x.size < _FEWEST:
        return f"An interval needs at least {_FEWEST} particles; found {x.size}. Measure more."
    if are_equal(x):
        return (
            f"All {x.size} sizes are equal: the sample shows no spread, so its sampling uncertainty cannot be "
            "estimated. Check that these are measured sizes."
        )
    return None


def _warn(x: Array, images: npt.ArrayLike | None, number: int | None) -> tuple[str, ...]:
    warnings = []
    if images is not None and number is None:
        warnings.append(
            "All particles come from one image: what differs between places of the sample is not in the "
            "intervals. Measure several images."
        )
    if number is not None and number < _FEW_IMAGES:
        warnings.append(
            f"The particles come from {number} images only: the intervals are wide because so few images tell "
            f"little of how images differ. Measure at least {_FEW_IMAGES}."
        )
    if x.size < FEWEST_FOR_BOOTSTRAP:
        warnings.append(f"Intervals from {x.size} particles are rough; measure more.")
    return tuple(warnings)


def _bound_share(
    name: str, distribution: Distribution, sample: Sample, equal: bool, level: float
) -> Interval:
    estimate = getattr(distribution, name)
    if sample.power and sample.bandwidth > 0:
        found = bound_weighted_quantile(sample, _SHARES[name], estimate, level)
        return _finish(name, distribution, found)
    u = None if equal and sample.power == 0 else sample.basis_weights
    low, high = bound_quantile(sample.x, u, _SHARES[name], estimate, sample.groups, level)
    reason = None
    if low is None or high is None:
        side = "limits" if low is None and high is None else "lower limit" if low is None else "upper limit"
        reason = (
            f"{sample.x.size} particles are too few for the {side} of {name} at {level:.0%}; measure more."
        )
    error = None
    if low is not None and high is not None:
        error = (high - low) / (2 * sample.quantile_of(1 - (1 - level) / 2))
    method = "fractional order statistics" + (", images" if sample.groups is not None else "")
    return Interval(name, estimate, low, high, error, "" if low is None and high is None else method, reason)


def _finish(name: str, distribution: Distribution, found: tuple[float, float, float, str] | None) -> Interval:
    """Turn limits on the transformed scale back."""
    estimate = getattr(distribution, name)
    if estimate is None or found is None or not all(map(math.isfinite, found[:3])):
        why = "does not exist for this sample" if estimate is None else "has no interval for this sample"
        return Interval(name, estimate, None, None, None, "", f"{name} {why}.")
    low, high, error, method = found
    wide = high - low > _WIDEST * (2 if name.startswith("pdi") else 1)
    if wide or (name == "geometric_sd" and high > math.log(_WIDEST)):
        reason = (
            f"The interval of {name} would span more than a factor of 100: the sample is too small for one."
        )
        return Interval(name, estimate, None, None, None, "", reason)
    if name == "geometric_sd":
        limits, error = (_grow(_grow(low)), _grow(_grow(high))), error * estimate * math.log(estimate)
    elif name == "pdi_moments":
        limits, error = (1 + _grow(low), 1 + _grow(high)), error * (estimate - 1)
    else:
        limits, error = (_grow(low), _grow(high)), error * estimate
    # Limits of a corrected centre may lie beside the plain estimate.
    return Interval(name, estimate, min(limits[0], estimate), max(limits[1], estimate), error, method)


def _grow(value: float) -> float:
    """exp, infinite where it would overflow."""
    return math.exp(value) if value < 700 else math.inf
