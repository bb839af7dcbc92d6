"""Units and numbers on figures."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.bootstrap import Interval
from nanocaliper.units import NM_PER_UNIT

__all__ = ["DisplayUnit", "choose_unit", "write_interval", "write_number"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class DisplayUnit:
    """The unit that a figure shows.

    Parameters
    ----------
    symbol : str
    factor : float
        The shown number is the given one over this.
    """

    symbol: str
    factor: float

    def show(self, sizes: npt.ArrayLike) -> Array:
        """Turn sizes as given into sizes as shown."""
        return np.asarray(sizes, dtype=np.float64) / self.factor


def choose_unit(unit: str, typical: float) -> DisplayUnit:
    """Choose the unit to show lengths in.

    Parameters
    ----------
    unit : str
        ``'nm'`` or ``'px'``, of the lengths given; pixels stay pixels.
    typical : float
        Typical length: from 1,000 nm on lengths are shown in µm, from 1,000 µm on in mm.

    Returns
    -------
    DisplayUnit
    """
    if unit == "nm":
        for name, symbol in (("mm", "mm"), ("um", "µm")):
            if typical >= NM_PER_UNIT[name]:
                return DisplayUnit(symbol, NM_PER_UNIT[name])
    return DisplayUnit(unit, 1.0)


def write_number(value: float, figures: int = 3) -> str:
    """Write a number with a number of significant figures, never as a power of ten below a million."""
    if value == 0 or not math.isfinite(value):
        return f"{value:g}"
    decimals = figures - 1 - math.floor(math.log10(abs(value)))
    if decimals < 0:
        return f"{round(value):d}" if abs(value) < 1e6 else f"{value:.{figures - 1}e}"
    # 9.996 rounds to 10.00, a figure too many.
    if abs(round(value, decimals)) >= 10 ** (figures - decimals):
        decimals -= 1
    return f"{value:.{max(decimals, 0)}f}" if decimals < 9 else f"{value:.{figures - 1}e}"


def write_interval(interval: Interval, unit: DisplayUnit) -> str:
    """Write an estimate with its limits and the unit, to the second figure of half the limits' distance.

    Parameters
    ----------
    interval : Interval
        Where a limit is missing it is said, unless `reason` is empty: then no interval was asked for.
    unit : DisplayUnit

    Returns
    -------
    str
        For example ``'52.4 (51.0–53.9) nm'`` or ``'52.4 nm (no interval)'``.
    """
    if interval.estimate is None:
        return "does not exist"
    value = interval.estimate / unit.factor
    low, high = (None if end is None else end / unit.factor for end in (interval.low, interval.high))
    if low is not None and high is not None and high > low:
        decimals = min(max(1 - math.floor(math.log10((high - low) / 2)), 0), 6)
        return f"{value:.{decimals}f} ({low:.{decimals}f}–{high:.{decimals}f}) {unit.symbol}"
    if low is None and high is not None:
        return f"{write_number(value)} (up to {write_number(high)}) {unit.symbol}"
    if high is None and low is not None:
        return f"{write_number(value)} (from {write_number(low)}) {unit.symbol}"
    missing = " (no interval)" if interval.reason else ""
    return f"{write_number(value)} {unit.symbol}{missing}"
