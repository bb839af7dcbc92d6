"""Cumulative distribution of sizes."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.report.figures.axes import draw_size_axis, limit_sizes
from nanocaliper.report.figures.curves import share_of_components, share_of_fit, weigh_components
from nanocaliper.report.figures.figure_data import Drawing, FigureData
from nanocaliper.report.figures.histogram import FIT_STYLES
from nanocaliper.report.figures.lengths import choose_unit, write_interval
from nanocaliper.report.figures.style import BLACK, ORANGE, VERMILION, add_legend, make_page
from nanocaliper.report.figures.wording import (
    MODEL_NAMES,
    find_estimates,
    name_count,
    name_sizes,
    write_sentence,
)
from nanocaliper.statistics.density import Cumulative, accumulate

__all__ = ["draw_cumulative", "thin_steps"]

Array = npt.NDArray[np.float64]

_POINTS = 600
_MOST_STEPS = 2000
_MARKS = (("d10", 10, "v"), ("d50", 50, "o"), ("d90", 90, "^"))


def draw_cumulative(data: FigureData) -> Drawing:
    """Draw the cumulative distribution with D10, D50, D90, their intervals, and the best fit.

    Where the modality has more than one component, the curve is that of the mixture.

    Parameters
    ----------
    data : FigureData

    Returns
    -------
    Drawing
    """
    steps = accumulate(data.sizes, data.weights, basis=data.basis)
    estimates = find_estimates(data, tuple(name for name, _, _ in _MARKS))
    unit = choose_unit(data.unit, estimates["d50"].estimate or 0.0)
    page = make_page(data.name, name_count(data), 60.0)
    axes = page.axes[0]
    low, high = limit_sizes(*unit.show(steps.x[[0, -1]]), logarithmic=data.logarithmic)
    handles: list[Any] = []
    labels: list[str] = []
    x, share = thin_steps(steps)
    whole_x = np.concatenate([[low * unit.factor], x, [high * unit.factor]])
    whole_share = np.concatenate([[0.0], share, [1.0]])
    (line,) = axes.step(unit.show(whole_x), 100 * whole_share, where="post", color=BLACK, lw=1.0)
    handles.append(line)
    labels.append("measured")
    grid = np.geomspace(low, high, _POINTS) if data.logarithmic else np.linspace(low, high, _POINTS)
    fits = [fit for fit in data.fits if fit.converged]
    curve = ""
    if data.modality is not None and len(data.modality.components) > 1:
        parts = weigh_components(data.modality.components, data.basis)
        curve = f"mixture of {len(parts)} lognormals"
        (line,) = axes.plot(
            grid, 100 * share_of_components(parts, unit.factor * grid), color=ORANGE, lw=2.4, zorder=1.8
        )
        handles.append(line)
        labels.append(curve)
    elif fits:
        curve = f"{MODEL_NAMES[fits[0].model]} (best by AIC)"
        colour, dashes = FIT_STYLES[fits[0].model]
        (line,) = axes.plot(
            grid,
            100 * share_of_fit(fits[0], unit.factor * grid, data.basis),
            color=colour,
            ls=dashes,
            lw=2.4,
            zorder=1.8,
        )
        handles.append(line)
        labels.append(curve)
    written = []
    for name, percent, marker in _MARKS:
        interval = estimates[name]
        if interval.estimate is None:
            continue
        value = interval.estimate / unit.factor
        axes.plot([low, value], [percent, percent], color=VERMILION, lw=0.5, ls=(0, (2, 2)), zorder=1)
        reach = [
            [0.0 if interval.low is None else max(0.0, interval.estimate - interval.low)],
            [0.0 if interval.high is None else max(0.0, interval.high - interval.estimate)],
        ]
        bars = axes.errorbar(
            [value], [percent], xerr=unit.show(reach), color=VERMILION, marker=marker, ms=4, lw=1.2, capsize=2.5,
            zorder=4,
        )  # fmt: skip
        handles.append(bars[0])
        written.append(f"{name.upper()} {write_interval(interval, unit)}")
        labels.append(written[-1])
    draw_size_axis(axes, "x", (low, high), logarithmic=data.logarithmic)
    axes.set_ylim(-2, 102)
    axes.set_yticks([0, 10, 25, 50, 75, 90, 100])
    axes.set_xlabel(name_sizes(data.quantity, unit))
    axes.set_ylabel(f"Cumulative share of {data.basis} / %")
    add_legend(page, handles, labels)
    details = "; ".join(written + ([f"with a fitted curve: {curve}"] if curve else []))
    what = f"Cumulative distribution, by {data.basis}, of the"
    return Drawing("cumulative", page.figure, write_sentence(what, data, details))


def thin_steps(steps: Cumulative) -> tuple[Array, Array]:
    """Steps of a curve, at most about 4,000: those that a line of 1/2,000 of the height or width can tell apart.

    Parameters
    ----------
    steps : Cumulative

    Returns
    -------
    (ndarray, ndarray)
        Sizes and shares.
    """
    if steps.x.size <= _MOST_STEPS:
        return steps.x, steps.share
    levels = np.linspace(0, 1, _MOST_STEPS)
    by_share = np.minimum(np.searchsorted(steps.share, levels), steps.x.size - 1)
    places = np.linspace(steps.x[0], steps.x[-1], _MOST_STEPS)
    by_size = np.searchsorted(steps.x, places, side="right") - 1
    kept = np.unique(np.concatenate([by_share, by_size]))
    return steps.x[kept], steps.share[kept]
