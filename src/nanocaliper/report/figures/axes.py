"""Axes of sizes."""

import math
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

__all__ = ["draw_size_axis", "limit_sizes"]

_STEPS = ((1,), (1, 3), (1, 2, 5), (1, 2, 3, 5, 7), (1, 1.5, 2, 3, 4, 5, 6, 7, 8, 9))
_FEWEST_TICKS, _MOST_TICKS = 4, 8


def limit_sizes(
    low: float, high: float, *, logarithmic: bool = False, margin: float = 0.04
) -> tuple[float, float]:
    """Limits of an axis that holds sizes, with a margin; equal sizes get room around them.

    Parameters
    ----------
    low, high : float
    logarithmic : bool
        Needs positive sizes.
    margin : float
        Share of the range.

    Returns
    -------
    (float, float)
    """
    if logarithmic:
        reach = margin * math.log(high / low) if high > low else 0.1
        return low * math.exp(-reach), high * math.exp(reach)
    reach = (
        margin * (high - low) if high - low > 1e-9 * abs(high) else max(0.1 * abs(high), 0.5 * (high == 0))
    )
    return (max(low - reach, 0.0) if low >= 0 else low - reach), high + reach


def draw_size_axis(
    axes: "Axes", which: Literal["x", "y"], limits: tuple[float, float], *, logarithmic: bool
) -> None:
    """Set limits and ticks of an axis of sizes: plain numbers at round places.

    Parameters
    ----------
    axes : Axes
    which : {'x', 'y'}
    limits : (float, float)
        Positive for a logarithmic axis.
    logarithmic : bool
    """
    from matplotlib.ticker import FixedFormatter, FixedLocator, MaxNLocator, NullLocator

    axis: Axis = axes.xaxis if which == "x" else axes.yaxis
    if logarithmic:
        (axes.set_xscale if which == "x" else axes.set_yscale)("log")
        ticks = _choose_ticks(*limits)
        axis.set_major_locator(FixedLocator(ticks))
        axis.set_major_formatter(FixedFormatter([f"{tick:g}" for tick in ticks]))
        axis.set_minor_locator(NullLocator())
    else:
        axis.set_major_locator(MaxNLocator(_MOST_TICKS + 1, steps=[1, 2, 5, 10]))
    (axes.set_xlim if which == "x" else axes.set_ylim)(*limits)


def _choose_ticks(low: float, high: float) -> list[float]:
    """About three to seven round numbers."""
    from matplotlib.ticker import MaxNLocator

    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    ticks: list[float] = []
    for steps in _STEPS:
        # A product with a negative power of ten would not be round.
        ticks = [float(f"{step}e{decade}") for decade in decades for step in steps]
        ticks = [tick for tick in ticks if low <= tick <= high]
        if len(ticks) >= _FEWEST_TICKS:
            break
    if len(ticks) < _FEWEST_TICKS:
        places = MaxNLocator(5, steps=[1, 2, 2.5, 5, 10]).tick_values(low, high)
        return [float(place) for place in places if low <= place <= high]
    return ticks[:: -(-len(ticks) // _MOST_TICKS)]
