"""Histogram of sizes with fitted curves."""

import math
from typing import TYPE_CHECKING, Any, Final

import numpy as np
import numpy.typing as npt

from nanocaliper.report.figures.axes import draw_size_axis, limit_sizes
from nanocaliper.report.figures.curves import density_of_component, density_of_fit, weigh_components
from nanocaliper.report.figures.figure_data import Drawing, FigureData
from nanocaliper.report.figures.lengths import DisplayUnit, choose_unit, write_interval, write_number
from nanocaliper.report.figures.style import (
    BLACK,
    BLUE,
    GREEN,
    ORANGE,
    PURPLE,
    SKY,
    VERMILION,
    add_legend,
    make_page,
)
from nanocaliper.report.figures.wording import (
    MODEL_NAMES,
    find_estimates,
    name_count,
    name_sizes,
    write_sentence,
)
from nanocaliper.statistics.bootstrap import Interval
from nanocaliper.statistics.density import Histogram, make_histogram
from nanocaliper.statistics.fits import Fit
from nanocaliper.statistics.weighting import count_effectively

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["FIT_STYLES", "draw_histogram", "mark_value"]

Array = npt.NDArray[np.float64]

#: Colour and dashes of each model, the same in all figures.
FIT_STYLES: Final[dict[str, tuple[str, Any]]] = {
    "normal": (GREEN, (0, (5, 2))),
    "lognormal": (BLUE, "solid"),
    "weibull": (PURPLE, (0, (1, 1.2))),
}

_POINTS = 600
_MOST_BINS = 100


def draw_histogram(data: FigureData) -> Drawing:
    """Draw the histogram with fitted curves, mean and D50 with their intervals, and components of a mixture.

    The curves are shares per bin as the columns are: density times width of a bin.

    Parameters
    ----------
    data : FigureData

    Returns
    -------
    Drawing
    """
    histogram, rule = _make_bins(data)
    estimates = find_estimates(data, ("mean", "d50"))
    unit = choose_unit(data.unit, estimates["d50"].estimate or 0.0)
    page = make_page(data.name, f"{name_count(data)}, {histogram.share.size} bins: {rule}", 62.0)
    axes = page.axes[0]
    edges = unit.show(histogram.edges)
    low, high = limit_sizes(*_reach(edges, estimates, unit), logarithmic=data.logarithmic)
    handles: list[Any] = []
    labels: list[str] = []
    axes.stairs(100 * histogram.share, edges, fill=True, facecolor=SKY, alpha=0.35)
    axes.stairs(100 * histogram.share, edges, color=SKY, linewidth=0.6, baseline=0.0)
    axes.vlines(
        edges[1:-1], 0, 100 * np.minimum(histogram.share[:-1], histogram.share[1:]), color=SKY, lw=0.4
    )
    highest = 100 * float(histogram.share.max())
    x = np.geomspace(low, high, _POINTS) if data.logarithmic else np.linspace(low, high, _POINTS)
    mixed = data.modality is not None and len(data.modality.components) > 1
    if data.modality is not None and mixed:
        parts = weigh_components(data.modality.components, data.basis)
        curves = [_per_bin(density_of_component(part, unit.factor * x), x, histogram, unit) for part in parts]
        for number, curve in enumerate(curves):
            (line,) = axes.plot(x, curve, color=ORANGE, lw=0.9, ls=(0, (3, 1.5)))
            if not number:
                medians = ", ".join(
                    f"{write_number(part.median / unit.factor)} {unit.symbol} ({100 * part.share:.0f} %)"
                    for part in parts
                )
                handles.append(line)
                labels.append(f"components: {medians}")
        (line,) = axes.plot(x, np.sum(curves, axis=0), color=ORANGE, lw=1.8)
        handles.insert(0, line)
        highest = max(highest, min(float(np.max(np.sum(curves, axis=0))), 2.5 * highest))
        labels.insert(0, f"mixture of {len(parts)} lognormals (BIC)")
    fits = [fit for fit in data.fits if fit.converged]
    for number, fit in reversed(list(enumerate(fits))):
        colour, dashes = FIT_STYLES[fit.model]
        curve = _per_bin(density_of_fit(fit, unit.factor * x, data.basis), x, histogram, unit)
        best = not number and not mixed
        if best:
            highest = max(highest, min(float(curve.max()), 2.5 * highest))
        (line,) = axes.plot(
            x, curve, color=colour, ls=dashes, lw=1.8 if best else 0.9, zorder=3 if best else 2
        )
        handles.insert(0, line)
        labels.insert(0, _name_fit(fit, fits[0]))
    for name, colour, dashes, shown in (
        ("mean", BLACK, "solid", "mean"),
        ("d50", VERMILION, (0, (4, 1.5)), "D50"),
    ):
        line = mark_value(axes, estimates[name], unit, colour, dashes)
        if line is not None:
            handles.append(line)
            labels.append(f"{shown} {write_interval(estimates[name], unit)}")
    draw_size_axis(axes, "x", (low, high), logarithmic=data.logarithmic)
    axes.set_ylim(0, 1.08 * highest)
    axes.set_xlabel(name_sizes(data.quantity, unit))
    axes.set_ylabel(f"Share of {data.basis} per bin / %")
    add_legend(page, handles, labels)
    return Drawing("histogram", page.figure, _describe(data, histogram, estimates, unit, fits, mixed))


def _make_bins(data: FigureData) -> tuple[Histogram, str]:
    """Histogram and the rule of its bins: fine enough for the narrowest component of a mixture."""
    histogram = make_histogram(data.sizes, data.weights, basis=data.basis, logarithmic=data.logarithmic)
    if data.modality is None or len(data.modality.components) < 2:
        return histogram, histogram.rule
    count = count_effectively(data.weights, len(data.sizes))
    widths = []
    for part in data.modality.components:
        quartile = 0.6745 * math.log(part.geometric_sd)
        spread = 2 * quartile if data.logarithmic else 2 * part.median * math.sinh(quartile)
        widths.append(2 * spread * (part.share * count) ** (-1 / 3))
    edges = np.log(histogram.edges) if data.logarithmic else histogram.edges
    wanted = min(math.ceil((edges[-1] - edges[0]) / min(widths)), _MOST_BINS)
    if wanted <= histogram.share.size:
        return histogram, histogram.rule
    finer = make_histogram(
        data.sizes, data.weights, basis=data.basis, logarithmic=data.logarithmic, bins=wanted
    )
    limited = f", limited to {_MOST_BINS}" if wanted == _MOST_BINS else ""
    return finer, f"Freedman-Diaconis of the narrowest component{limited}"


def _reach(edges: Array, estimates: dict[str, Interval], unit: DisplayUnit) -> tuple[float, float]:
    """Ends of the bins or of the intervals, these no further than the range of the bins beyond them."""
    low, high = float(edges[0]), float(edges[-1])
    room = high - low
    lows = [value.low / unit.factor for value in estimates.values() if value.low is not None]
    highs = [value.high / unit.factor for value in estimates.values() if value.high is not None]
    lowest = max(min([low, *lows]), low - room)
    # A logarithmic axis must stay positive.
    return (lowest if lowest > 0 else low), min(max([high, *highs]), high + room)


def mark_value(axes: "Axes", interval: Interval, unit: DisplayUnit, colour: str, dashes: Any) -> Any:
    """Draw a value as a vertical line and its interval as a band; the line, or None without a value."""
    if interval.estimate is None:
        return None
    if interval.low is not None and interval.high is not None:
        axes.axvspan(
            interval.low / unit.factor, interval.high / unit.factor, color=colour, alpha=0.18, lw=0, zorder=0
        )
    return axes.axvline(interval.estimate / unit.factor, color=colour, ls=dashes, lw=0.9, zorder=1.5)


def _per_bin(density: Array, x: Array, histogram: Histogram, unit: DisplayUnit) -> Array:
    """Density per given unit at shown sizes, as share per bin in percent."""
    if histogram.logarithmic:
        width = float(np.log(histogram.edges[1] / histogram.edges[0]))
        return np.asarray(100 * density * x * unit.factor * width)
    return np.asarray(100 * density * float(histogram.edges[1] - histogram.edges[0]))


def _name_fit(fit: Fit, best: Fit) -> str:
    shown = MODEL_NAMES[fit.model]
    if fit is best:
        return f"{shown} (best by AIC)"
    if fit.aic is None or best.aic is None:
        return shown
    return f"{shown} (ΔAIC {write_number(fit.aic - best.aic)})"


def _describe(
    data: FigureData,
    histogram: Histogram,
    estimates: dict[str, Interval],
    unit: DisplayUnit,
    fits: list[Fit],
    mixed: bool,
) -> str:
    parts = [
        f"mean {write_interval(estimates['mean'], unit)}",
        f"median {write_interval(estimates['d50'], unit)}",
    ]
    if mixed and data.modality is not None:
        parts.append(f"a mixture of {len(data.modality.components)} lognormal populations describes it best")
    elif fits:
        parts.append(f"of {len(fits)} fitted curves the {MODEL_NAMES[fits[0].model]} one is best by AIC")
    kind = "logarithmic" if histogram.logarithmic else "equal"
    what = f"Histogram, by {data.basis} in {histogram.share.size} {kind} bins, of the"
    return write_sentence(what, data, "; ".join(parts))
