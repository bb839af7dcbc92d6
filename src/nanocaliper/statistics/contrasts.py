"""A statistic of two samples: difference and ratio with intervals."""

import math
from dataclasses import dataclass

from nanocaliper.statistics.bootstrap import Interval

__all__ = ["Contrast", "bound_contrast"]


@dataclass(frozen=True)
class Contrast:
    """A statistic of two samples.

    Parameters
    ----------
    statistic : str
    first, second : float or None
    difference, difference_low, difference_high : float or None
        First less second, in the unit of the sizes.
    ratio, ratio_low, ratio_high : float or None
        First over second.
    reason : str or None
        Why there is no interval.
    """

    statistic: str
    first: float | None
    second: float | None
    difference: float | None
    difference_low: float | None
    difference_high: float | None
    ratio: float | None
    ratio_low: float | None
    ratio_high: float | None
    reason: str | None


def bound_contrast(first: Interval, second: Interval) -> Contrast:
    """Difference and ratio of a statistic with intervals from those of both sides.

    The method of variance estimates recovery: the difference d = x - y has the limits d - √((x - lx)² + (uy -
    y)²) and d + √((ux - x)² + (y - ly)²) (G. Y. Zou and A. Donner, Stat. Med. 2008, 27, 1693), the ratio the
    same of the logarithms. So what is known of each side, such as how much its images differ, is in the interval.

    Parameters
    ----------
    first, second : Interval
        Of one statistic, of independent samples.

    Returns
    -------
    Contrast
    """
    x, y = first.estimate, second.estimate
    if x is None or y is None:
        reason = first.reason if x is None else second.reason
        return Contrast(first.statistic, x, y, None, None, None, None, None, None, reason)
    difference, ratio = x - y, x / y if y else None
    limits = (first.low, first.high, second.low, second.high)
    if any(limit is None for limit in limits) or min(first.low or 0, second.low or 0) <= 0:
        reason = first.reason or second.reason or "An interval reaches zero."
        return Contrast(first.statistic, x, y, difference, None, None, ratio, None, None, reason)
    assert first.low is not None
    assert first.high is not None
    assert second.low is not None
    assert second.high is not None
    low = difference - math.hypot(x - first.low, second.high - y)
    high = difference + math.hypot(first.high - x, y - second.low)
    log_ratio = math.log(x / y)
    ratio_low = log_ratio - math.hypot(math.log(x / first.low), math.log(second.high / y))
    ratio_high = log_ratio + math.hypot(math.log(first.high / x), math.log(y / second.low))
    return Contrast(
        first.statistic, x, y, difference, low, high, ratio, math.exp(ratio_low), math.exp(ratio_high), None
    )
