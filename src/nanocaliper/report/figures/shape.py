"""Shape against size."""

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.report.figures.axes import draw_size_axis, limit_sizes
from nanocaliper.report.figures.figure_data import Drawing, FigureData
from nanocaliper.report.figures.lengths import choose_unit, write_number
from nanocaliper.report.figures.lettering import clean_name, shorten_name
from nanocaliper.report.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    GREY,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    add_legend,
    make_page,
)
from nanocaliper.report.figures.wording import name_sizes, write_sentence

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["MOST_POINTS", "draw_shape"]

Array = npt.NDArray[np.float64]

#: With more particles their density is drawn instead of each.
MOST_POINTS: Final = 2000

_STYLES: Final[Mapping[str, tuple[str, str]]] = {
    "sphere": (BLUE, "o"),
    "rod": (VERMILION, "s"),
    "cube": (GREEN, "D"),
    "polygon": (PURPLE, "^"),
    "plate": (ORANGE, "v"),
    "irregular": (SKY, "P"),
    "": (GREY, "x"),
}
_SPARE: Final = tuple(
    (colour, marker) for marker in "<>*phd8" for colour in (BLUE, VERMILION, GREEN, PURPLE, BLACK)
)
_LABEL_MM = 60.0


def draw_shape(data: FigureData) -> Drawing:
    """Draw a quantity of shape against size, coloured by the class of shape.

    More than 2,000 particles are drawn as their density, with the median and the middle 80 % of each class.
    Particles whose quantity of shape does not exist (NaN) are left out and counted in the caption.

    Parameters
    ----------
    data : FigureData
        With `shape_values`.

    Returns
    -------
    Drawing

    Raises
    ------
    StatisticsError
        If there are no shape values.
    """
    if data.shape_values is None:
        raise StatisticsError("There are no shape values to draw; give aspect ratios or circularities.")
    values = np.asarray(data.shape_values, dtype=np.float64)
    known = np.isfinite(values)
    if data.logarithmic:
        known &= np.asarray(data.sizes) > 0
    if not known.any():
        raise StatisticsError("No particle has a shape value; expected a number for at least one.")
    unit = choose_unit(data.unit, float(np.median(data.sizes)))
    x, y = unit.show(data.sizes)[known], values[known]
    dense = x.size > MOST_POINTS
    missing = int(values.size - x.size)
    caption = f"n = {x.size}" + (f", {missing} without a value left out" if missing else "")
    if dense:
        caption += ", density in hexagons"
        caption += (
            "; marks: medians and middle 80\u00a0% of each class" if data.shape_classes is not None else ""
        )
    page = make_page(data.name, caption, 62.0)
    axes = page.axes[0]
    low, high = limit_sizes(float(x.min()), float(x.max()), logarithmic=data.logarithmic)
    bottom, top = limit_sizes(float(y.min()), float(y.max()))
    draw_size_axis(axes, "x", (low, high), logarithmic=data.logarithmic)
    axes.set_ylim(bottom, top)
    groups = _group(data.shape_classes, known)
    handles: list[Any] = []
    labels: list[str] = []
    if dense:
        _draw_density(axes, x, y, (low, high, bottom, top), logarithmic=data.logarithmic)
    spare = iter(_SPARE)
    for name, members in groups.items():
        colour, marker = _STYLES.get(name) or next(spare, (BLACK, "o"))
        if dense:
            handle = _draw_middle(axes, x[members], y[members], colour, marker) if len(groups) > 1 else None
        else:
            faint = 0.75 if x.size < 500 else 0.5
            edge = {"linewidths": 0.8} if marker == "x" else {"edgecolors": "none"}
            handle = axes.scatter(x[members], y[members], s=11, c=colour, marker=marker, alpha=faint, **edge)
        if handle is not None and data.shape_classes is not None:
            handles.append(handle)
            labels.append(f"{shorten_name(name, _LABEL_MM, 7.0) or 'not decided'} ({members.size})")
    axes.set_xlabel(name_sizes(data.quantity, unit))
    axes.set_ylabel(clean_name(data.shape_quantity))
    add_legend(page, handles, labels)
    what = f"{clean_name(data.shape_quantity)} against the"
    details = f"median {write_number(float(np.median(y)))}"
    if data.shape_classes is not None:
        shown = [f"{members.size} {clean_name(name) or 'not decided'}" for name, members in groups.items()]
        details += f"; classes of shape: {', '.join(shown)}"
    return Drawing("shape", page.figure, write_sentence(what, data, details))


def _group(classes: Sequence[str] | None, known: npt.NDArray[np.bool_]) -> dict[str, npt.NDArray[np.intp]]:
    """Members of each class, the largest class first (its points lie lowest), not decided ones last."""
    if classes is None:
        return {"sphere": np.arange(int(known.sum()))}
    names, place = np.unique(np.asarray(classes, dtype=object)[known].astype(str), return_inverse=True)
    found = {str(name): np.flatnonzero(place == number) for number, name in enumerate(names)}
    return dict(sorted(found.items(), key=lambda item: (item[0] == "", -item[1].size, item[0])))


def _draw_density(
    axes: "Axes", x: Array, y: Array, extent: tuple[float, float, float, float], *, logarithmic: bool
) -> None:
    from matplotlib import colormaps
    from matplotlib.colors import LogNorm

    low, high, bottom, top = extent
    place = (np.log10(low), np.log10(high), bottom, top) if logarithmic else extent
    cells = axes.hexbin(
        x, y, gridsize=(46, 26), mincnt=1, extent=place, xscale="log" if logarithmic else "linear",
        cmap=colormaps["Greys"], linewidths=0.1,
    )  # fmt: skip
    largest = float(np.max(np.asarray(cells.get_array())))
    # From below 1, so that a single particle is seen on white.
    cells.set_norm(LogNorm(0.3, max(largest, 2.0) * 2))
    draw_size_axis(axes, "x", (low, high), logarithmic=logarithmic)
    axes.set_ylim(bottom, top)


def _draw_middle(axes: "Axes", x: Array, y: Array, colour: str, marker: str) -> Any:
    """Median and middle 80 % of a class, both ways."""
    left, centre, right = np.quantile(x, (0.1, 0.5, 0.9))
    down, middle, up = np.quantile(y, (0.1, 0.5, 0.9))
    marks = axes.errorbar(
        [centre], [middle], xerr=[[centre - left], [right - centre]], yerr=[[middle - down], [up - middle]],
        color=colour, marker=marker, ms=5.5, lw=1.4, capsize=2, mec="white" if marker != "x" else colour, mew=0.6,
        zorder=4,
    )  # fmt: skip
    return marks[0]
