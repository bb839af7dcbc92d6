"""Boxes: the middle of a set of sizes and what lies outside."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
import numpy.typing as npt

from nanocaliper.report.figures.style import BLACK, VERMILION
from nanocaliper.statistics.weighting import quantiles

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FEWEST_FOR_BOX", "Box", "draw_box", "make_box"]

Array = npt.NDArray[np.float64]

#: Fewer sizes are drawn one by one.
FEWEST_FOR_BOX: Final = 5

_MOST_OUTSIDE = 200


@dataclass(frozen=True)
class Box:
    """Numbers of a box, in the unit of the sizes.

    Parameters
    ----------
    sizes : ndarray
        Rising.
    median, first, third : float
        Quartiles.
    low, high : float
        Ends of the whiskers: the last sizes within 1.5 times the box from it (J. W. Tukey, Exploratory Data
        Analysis, Addison-Wesley 1977).
    outside : ndarray
        Sizes beyond the whiskers.
    """

    sizes: Array
    median: float
    first: float
    third: float
    low: float
    high: float
    outside: Array


def make_box(sizes: Array, weights: Array | None = None) -> Box:
    """Find the numbers of a box.

    Parameters
    ----------
    sizes : ndarray, shape (n,)
        At least one.
    weights : ndarray, shape (n,), optional
        A weight of zero leaves out.

    Returns
    -------
    Box
    """
    if weights is not None and weights.any():
        sizes, weights = sizes[weights > 0], weights[weights > 0]
    else:
        weights = None
    first, median, third = (float(value) for value in quantiles(sizes, (0.25, 0.5, 0.75), weights))
    reach = 1.5 * (third - first)
    inside = sizes[(sizes >= first - reach) & (sizes <= third + reach)]
    # Interpolated quartiles of few sizes can leave none inside.
    low, high = (
        (min(float(inside.min()), first), max(float(inside.max()), third)) if inside.size else (first, third)
    )
    outside = np.sort(sizes[(sizes < low) | (sizes > high)])
    return Box(np.sort(sizes), median, first, third, low, high, outside)


def draw_box(
    axes: "Axes",
    box: Box,
    row: float,
    colour: str,
    *,
    factor: float = 1.0,
    thick: float = 0.6,
    hatch: str = "",
) -> None:
    """Draw a box along the horizontal axis.

    Parameters
    ----------
    axes : Axes
    box : Box
    row : float
        Height of its middle.
    colour : str
    factor : float
        Sizes are drawn divided by it.
    thick : float
        Of the box, in rows.
    hatch : str
        Pattern of the filling.
    """
    from matplotlib.patches import Rectangle

    if box.sizes.size < FEWEST_FOR_BOX:
        axes.plot(box.sizes / factor, np.full(box.sizes.size, row), ls="none", marker="o", ms=3, color=colour)
        axes.plot([box.median / factor] * 2, [row - thick / 2, row + thick / 2], color=BLACK, lw=1.4)
        return
    first, third = box.first / factor, box.third / factor
    axes.plot([box.low / factor, first], [row, row], color=colour, lw=0.8)
    axes.plot([third, box.high / factor], [row, row], color=colour, lw=0.8)
    for end in (box.low / factor, box.high / factor):
        axes.plot([end, end], [row - thick / 4, row + thick / 4], color=colour, lw=0.8)
    place = (first, row - thick / 2)
    axes.add_patch(Rectangle(place, third - first, thick, facecolor="white", edgecolor="none", zorder=2))
    axes.add_patch(Rectangle(place, third - first, thick, facecolor=colour, alpha=0.3, lw=0, zorder=2.1))
    axes.add_patch(
        Rectangle(place, third - first, thick, fill=False, edgecolor=colour, lw=0.9, hatch=hatch, zorder=2.2)
    )
    axes.plot([box.median / factor] * 2, [row - thick / 2, row + thick / 2], color=BLACK, lw=1.4, zorder=3)
    outside = box.outside
    if outside.size > _MOST_OUTSIDE:
        # The same picture from fewer marks: no two nearer than a two-hundredth of their range, the ends kept.
        cell = np.round((outside - outside[0]) / (outside[-1] - outside[0]) * _MOST_OUTSIDE)
        kept = np.unique(cell, return_index=True)[1]
        outside = np.append(outside[kept], outside[-1])
    if outside.size:
        axes.plot(
            outside / factor, np.full(outside.size, row), ls="none", marker="o", ms=1.6, mew=0, color=colour,
            alpha=0.7,
        )  # fmt: skip


#: Colour and pattern of what is flagged.
FLAGGED: Final = (VERMILION, "////")
