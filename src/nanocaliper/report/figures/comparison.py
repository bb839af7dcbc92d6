"""Several samples side by side."""

from collections.abc import Sequence
from string import ascii_uppercase
from typing import Any, Final

import numpy as np

from nanocaliper.errors import StatisticsError
from nanocaliper.report.figures.axes import draw_size_axis, limit_sizes
from nanocaliper.report.figures.boxes import FEWEST_FOR_BOX, draw_box, make_box
from nanocaliper.report.figures.cumulative import thin_steps
from nanocaliper.report.figures.figure_data import Drawing, FigureData
from nanocaliper.report.figures.lengths import choose_unit, write_interval
from nanocaliper.report.figures.lettering import shorten_name
from nanocaliper.report.figures.style import PALETTE, add_legend, make_page
from nanocaliper.report.figures.wording import find_estimates, name_sizes
from nanocaliper.statistics.density import accumulate

__all__ = ["draw_comparison"]

_DASHES: Final = ("solid", (0, (5, 2)), (0, (1, 1.2)), (0, (5, 1.5, 1, 1.5)))
_ROW_MM = 5.0
_NAME_MM = 38.0


def draw_comparison(samples: Sequence[FigureData]) -> Drawing:
    """Draw the cumulative curves of several samples over one another and a box for each below.

    Curves are on the basis of the samples; boxes count particles (weighted where weights are given).

    Parameters
    ----------
    samples : sequence of FigureData
        Two or more, of one unit, basis and quantity.

    Returns
    -------
    Drawing

    Raises
    ------
    StatisticsError
        If there are fewer than two, or units, bases or quantities differ.
    """
    if len(samples) < 2:
        raise StatisticsError(f"A comparison needs at least 2 samples; found {len(samples)}.")
    for what in ("unit", "basis", "quantity"):
        found = sorted({str(getattr(sample, what)) for sample in samples})
        if len(found) > 1:
            raise StatisticsError(
                f"The samples differ in {what} ({', '.join(found)}); only samples of one {what} can be compared."
            )
    first = samples[0]
    logarithmic = any(sample.logarithmic for sample in samples)
    if logarithmic and min(float(np.min(sample.sizes)) for sample in samples) <= 0:
        raise StatisticsError(
            "A logarithmic axis has no place for sizes of 0; leave them out or use a linear axis."
        )
    medians = [find_estimates(sample, ("d50",))["d50"] for sample in samples]
    unit = choose_unit(first.unit, float(np.median([median.estimate or 0.0 for median in medians])))
    boxes_mm = 4 + _ROW_MM * len(samples)
    caption = (
        f"{len(samples)} samples, curves by {first.basis}; box: quartiles, line: median, whiskers: up to 1.5 "
    )
    caption += "times the box"
    if any(len(sample.sizes) < FEWEST_FOR_BOX for sample in samples):
        caption += f"; fewer than {FEWEST_FOR_BOX} particles as points"
    page = make_page("", caption, 60.0 + boxes_mm, (46.0, boxes_mm), share_x=True)
    curves, boxes = page.axes
    least = min(float(np.min(sample.sizes)) for sample in samples) / unit.factor
    most = max(float(np.max(sample.sizes)) for sample in samples) / unit.factor
    low, high = limit_sizes(least, most, logarithmic=logarithmic)
    handles: list[Any] = []
    labels: list[str] = []
    keys = [
        ascii_uppercase[number] if len(samples) <= len(ascii_uppercase) else str(number + 1)
        for number in range(len(samples))
    ]
    names = [shorten_name(sample.name, _NAME_MM, 7.0) for sample in samples]
    for row, (key, name, sample) in enumerate(zip(keys, names, samples, strict=True)):
        colour = PALETTE[row % len(PALETTE)]
        dashes = _DASHES[(row % len(PALETTE) + row // len(PALETTE)) % len(_DASHES)]
        x, share = thin_steps(accumulate(sample.sizes, sample.weights, basis=sample.basis))
        x, share = np.concatenate([[low], unit.show(x), [high]]), np.concatenate([[0.0], share, [1.0]])
        (line,) = curves.step(x, 100 * share, where="post", color=colour, ls=dashes, lw=1.3)
        handles.append(line)
        labels.append(
            f"{key}: {name} (n = {len(sample.sizes)})" if name else f"{key} (n = {len(sample.sizes)})"
        )
        draw_box(boxes, make_box(np.asarray(sample.sizes), sample.weights), row, colour, factor=unit.factor)
    curves.axhline(50, color="#BBBBBB", lw=0.5, zorder=0)
    curves.set_ylim(-2, 102)
    curves.set_yticks([0, 25, 50, 75, 100])
    curves.set_ylabel(f"Cumulative share\nof {first.basis} / %")
    draw_size_axis(boxes, "x", (low, high), logarithmic=logarithmic)
    curves.tick_params(axis="x", labelbottom=False)
    boxes.set_ylim(len(samples) - 0.4, -0.6)
    boxes.set_yticks(range(len(samples)), keys)
    boxes.tick_params(axis="y", length=0)
    boxes.set_xlabel(name_sizes(first.quantity, unit))
    add_legend(page, handles, labels)
    shown = [
        f"{name or key} {write_interval(median, unit)} (n = {len(sample.sizes)})"
        for key, name, sample, median in zip(keys, names, samples, medians, strict=True)
    ]
    return Drawing(
        "comparison",
        page.figure,
        f"Cumulative {first.basis} distributions and boxes of {len(samples)} samples; D50: {'; '.join(shown)}.",
    )
