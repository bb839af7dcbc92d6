"""A box for each image of a sample."""

from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.report.figures.axes import draw_size_axis, limit_sizes
from nanocaliper.report.figures.boxes import FEWEST_FOR_BOX, FLAGGED, Box, draw_box, make_box
from nanocaliper.report.figures.figure_data import Drawing, FigureData
from nanocaliper.report.figures.lengths import DisplayUnit, choose_unit, write_number
from nanocaliper.report.figures.lettering import shorten_name, shorten_names
from nanocaliper.report.figures.style import BLUE, GREY, add_legend, make_page
from nanocaliper.report.figures.wording import name_sizes, write_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_NAMED", "draw_images"]

Array = npt.NDArray[np.float64]

#: With more images their boxes are numbered lines, without names.
MOST_NAMED: Final = 40

_NAME_MM = 27.0
_BOX_MM = 5.2
_FLAG = "▲"


def draw_images(data: FigureData) -> Drawing:
    """Draw a box for each image, with its number of particles, flagged images marked, and the pooled median.

    Boxes count particles (weighted where weights are given), whatever the basis. More than 40 images become
    lines from first to third quartile with a point for the median, in the order given.

    Parameters
    ----------
    data : FigureData
        With `images`.

    Returns
    -------
    Drawing

    Raises
    ------
    StatisticsError
        If the image of each particle is not given.
    """
    if data.images is None:
        raise StatisticsError(
            "The image of each particle is not given; without it there are no boxes to draw."
        )
    boxes = _make_boxes(data)
    pooled = make_box(np.asarray(data.sizes), data.weights)
    unit = choose_unit(data.unit, pooled.median)
    flagged = [name for name in boxes if name in data.flagged_images]
    plural = "" if len(boxes) == 1 else "s"
    caption = f"{len(boxes)} image{plural}, n = {len(data.sizes)}, by number"
    caption += ", weighted" if data.weights is not None else ""
    draw = _draw_named if len(boxes) <= MOST_NAMED else _draw_numbered
    figure = draw(data, boxes, pooled, unit, caption)
    details = f"medians from {_span(list(boxes.values()), unit)} in {len(boxes)} image{plural}"
    details += f", pooled median {write_number(pooled.median / unit.factor)} {unit.symbol}"
    if flagged:
        shown = ", ".join(shorten_name(name, 2 * _NAME_MM, 7.0) for name in flagged[:5])
        more = f" and {len(flagged) - 5} more" if len(flagged) > 5 else ""
        details += f"; flagged as different: {shown}{more}"
    return Drawing("images", figure, write_sentence("Box for each image of the", data, details))


def _make_boxes(data: FigureData) -> dict[str, Box]:
    """Box of each image, in the order in which they come."""
    names = [str(name) for name in data.images or ()]
    numbers = {name: number for number, name in enumerate(dict.fromkeys(names))}
    place = np.fromiter((numbers[name] for name in names), np.intp, len(names))
    order = np.argsort(place, kind="stable")
    parts = np.split(order, np.cumsum(np.bincount(place))[:-1])
    sizes = np.asarray(data.sizes, dtype=np.float64)
    weights = None if data.weights is None else np.asarray(data.weights, dtype=np.float64)
    return {
        name: make_box(sizes[part], None if weights is None else weights[part])
        for name, part in zip(numbers, parts, strict=True)
    }


def _span(boxes: list[Box], unit: DisplayUnit) -> str:
    low, high = (end(box.median for box in boxes) / unit.factor for end in (min, max))
    return f"{write_number(low)} to {write_number(high)} {unit.symbol}"


def _draw_named(data: FigureData, boxes: dict[str, Box], pooled: Box, unit: DisplayUnit, caption: str) -> Any:
    caption += "; box: quartiles, line: median, whiskers: up to 1.5 times the box"
    if any(box.sizes.size < FEWEST_FOR_BOX for box in boxes.values()):
        caption += f"; fewer than {FEWEST_FOR_BOX} particles as points"
    page = make_page(data.name, caption, 16 + _BOX_MM * len(boxes))
    axes = page.axes[0]
    for row, (name, box) in enumerate(boxes.items()):
        colour, hatch = FLAGGED if name in data.flagged_images else (BLUE, "")
        draw_box(axes, box, row, colour, factor=unit.factor, hatch=hatch)
    _draw_sizes(axes, data, unit)
    (line,) = axes.plot(
        [pooled.median / unit.factor] * 2, [-0.6, len(boxes) - 0.4], color=GREY, lw=0.8, ls=(0, (4, 2))
    )
    axes.set_ylim(len(boxes) - 0.4, -0.6)
    names = shorten_names(list(boxes), _NAME_MM, 7.0)
    marks = [f"{_FLAG} " if name in data.flagged_images else "" for name in boxes]
    axes.set_yticks(
        range(len(boxes)),
        [mark + name for mark, name in zip(marks, names, strict=True)],
    )
    axes.tick_params(axis="y", length=0)
    right = axes.secondary_yaxis("right")
    right.set_yticks(range(len(boxes)), [f"n = {box.sizes.size}" for box in boxes.values()])
    right.tick_params(axis="y", length=0)
    right.spines["right"].set_visible(False)
    handles: list[Any] = [line]
    labels = ["pooled median"]
    if any(marks):
        handles.append(_flag_sample())
        labels.append(f"{_FLAG} differs from the others")
    add_legend(page, handles, labels)
    return page.figure


def _draw_numbered(
    data: FigureData, boxes: dict[str, Box], pooled: Box, unit: DisplayUnit, caption: str
) -> Any:
    from matplotlib.collections import LineCollection

    caption += "; line: quartiles, point: median of each image, in the order measured"
    page = make_page(data.name, caption, 65.0)
    axes = page.axes[0]
    handles: list[Any] = []
    labels: list[str] = []
    width = max(0.4, min(2.0, 120 / len(boxes)))
    rows = np.arange(1, len(boxes) + 1)
    first, median, third = (
        np.array([getattr(box, name) for box in boxes.values()]) / unit.factor
        for name in ("first", "median", "third")
    )
    marked = np.array([name in data.flagged_images for name in boxes])
    for chosen, colour, marker, label in (
        (~marked, BLUE, "o", "image"),
        (marked, FLAGGED[0], "^", "image that differs from the others"),
    ):
        if not chosen.any():
            continue
        lines = [
            [(row, low), (row, high)]
            for row, low, high in zip(rows[chosen], first[chosen], third[chosen], strict=True)
        ]
        axes.add_collection(LineCollection(lines, colors=colour, linewidths=width, alpha=0.5))
        size = 2.0 if marker == "o" else 4.0
        (points,) = axes.plot(
            rows[chosen], median[chosen], ls="none", marker=marker, ms=size, mew=0, color=colour, zorder=3
        )
        handles.append(points)
        labels.append(f"{label} ({int(chosen.sum())})")
    handles.append(axes.axhline(pooled.median / unit.factor, color=GREY, lw=0.8, ls=(0, (4, 2))))
    labels.append("pooled median")
    axes.set_xlim(0.5, len(boxes) + 0.5)
    low, high = limit_sizes(float(first.min()), float(third.max()), logarithmic=data.logarithmic)
    draw_size_axis(axes, "y", (low, high), logarithmic=data.logarithmic)
    axes.set_xlabel("Number of the image")
    axes.set_ylabel(name_sizes(data.quantity, unit))
    add_legend(page, handles, labels)
    return page.figure


def _draw_sizes(axes: "Axes", data: FigureData, unit: DisplayUnit) -> None:
    shown = unit.show(data.sizes)
    low, high = limit_sizes(float(shown.min()), float(shown.max()), logarithmic=data.logarithmic)
    draw_size_axis(axes, "x", (low, high), logarithmic=data.logarithmic)
    axes.set_xlabel(name_sizes(data.quantity, unit))


def _flag_sample() -> Any:
    from matplotlib.patches import Patch

    colour, hatch = FLAGGED
    return Patch(facecolor="white", edgecolor=colour, hatch=hatch)
