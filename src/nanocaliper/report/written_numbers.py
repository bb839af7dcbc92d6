"""Numbers as a report writes them: as many digits as their uncertainty allows."""

import math
from collections.abc import Sequence

from nanocaliper.report.figures.lengths import write_number
from nanocaliper.units import format_figures

__all__ = ["write_between", "write_count", "write_percent", "write_size", "write_with_limits"]

_NONE = "–"


def write_size(value: float | None, uncertainty: float | None = None, figures: int = 4) -> str:
    """Write a number to the second significant digit of its uncertainty (JCGM 100, 7.2.6).

    Parameters
    ----------
    value : float or None
    uncertainty : float, optional
        Without one the number gets so many significant `figures`.
    figures : int

    Returns
    -------
    str
        ``'–'`` for None.
    """
    if value is None or not math.isfinite(value):
        return _NONE
    if not uncertainty:
        return write_number(value, figures)
    decimals = _count_decimals(uncertainty)
    return f"{value:.{decimals}f}"


def write_with_limits(value: float | None, low: float | None, high: float | None) -> str:
    """Write an estimate and its limits, for example ``'52.4 (51.0–53.9)'``.

    Parameters
    ----------
    value, low, high : float or None

    Returns
    -------
    str
        To the second digit of the distance to the nearer limit; without limits four digits.
    """
    if value is None:
        return _NONE
    if low is None or high is None or not high > low:
        return write_size(value)
    joint = "–" if low >= 0 else " to "
    reach = min((reach for reach in (value - low, high - value) if reach > 0), default=high - low)
    return f"{write_size(value, reach)} ({write_size(low, reach)}{joint}{write_size(high, reach)})"


def write_between(low: float | None, high: float | None) -> str:
    """Write limits, for example ``'51.0–53.9'``.

    Parameters
    ----------
    low, high : float or None

    Returns
    -------
    str
        ``'–'`` where one is missing.
    """
    if low is None or high is None:
        return _NONE
    half = (high - low) / 2
    # A dash between negative numbers would look like another sign.
    joint = "–" if low >= 0 else " to "
    return f"{write_size(low, half)}{joint}{write_size(high, half)}"


def write_percent(share: float | None, figures: int = 2) -> str:
    """Write a share in per cent, ``'–'`` for None."""
    return _NONE if share is None else f"{format_figures(100 * share, figures)} %"


def write_count(number: int, noun: str) -> str:
    """Write how many of what, for example ``'1,204 particles'``."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def _count_decimals(uncertainty: float) -> int:
    # 0.0996 is 0.10 with two digits: round before counting.
    digits: Sequence[str] = f"{abs(uncertainty):.1e}".split("e")
    return min(max(1 - int(digits[1]), 0), 9)
