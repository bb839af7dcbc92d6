"""The figures of samples as pictures in memory, for reports."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from nanocaliper.report.figures import draw_figures
from nanocaliper.report.figures.figure_data import Drawing
from nanocaliper.report.figures.files import write_drawing
from nanocaliper.report.figures.style import BLUE, SKY, VERMILION, add_legend, apply_style, make_page
from nanocaliper.report.report_content import Picture, Series
from nanocaliper.report.statistics_folder import make_figure_data
from nanocaliper.statistics.samples import SampleAnalysis

__all__ = ["Drawn", "draw_chart", "draw_pictures"]

#: A picture and its alternative text by name of figure.
Drawn = Mapping[str, tuple[Picture, str]]


def draw_pictures(samples: Sequence[SampleAnalysis]) -> Drawn:
    """Draw the figures of one sample, or several samples side by side.

    Parameters
    ----------
    samples : sequence of SampleAnalysis
        Those without a particle are left out.

    Returns
    -------
    mapping of str to (Picture, str)
        Empty without a particle.
    """
    data = [
        # A report shows the best fit alone.
        replace(figure, fits=figure.fits[:1])
        for figure in (make_figure_data(sample) for sample in samples if sample.pooled.selection.sizes.size)
    ]
    if not data:
        return {}
    with tempfile.TemporaryDirectory(prefix="nanocaliper-") as folder:
        return {
            one.name: (
                Picture(
                    one.paths["png"].read_bytes(), one.paths["svg"].read_bytes(), one.width_mm, one.height_mm
                ),
                one.description,
            )
            for one in draw_figures(data, Path(folder)).drawn
        }


def draw_chart(
    kind: str, axes_titles: tuple[str, str], series: Sequence[Series], edges: Sequence[float]
) -> Picture:
    """Draw what a chart shows, for where no chart can be.

    Parameters
    ----------
    kind : {'bars', 'xy'}
    axes_titles : (str, str)
    series : sequence of Series
    edges : sequence of float
        As in `Chart`.

    Returns
    -------
    Picture
    """
    with apply_style(), tempfile.TemporaryDirectory(prefix="nanocaliper-") as folder:
        page = make_page("", "", 75.0)
        axes = page.axes[0]
        handles: list[Any] = []
        for one in series:
            if one.line:
                handles += axes.plot(one.x, one.y, color=VERMILION, ls=(0, (4, 2)))
            elif kind == "bars":
                widths = [high - low for low, high in pairwise(edges)]
                handles.append(
                    axes.bar(edges[:-1], one.y, widths, align="edge", color=SKY, edgecolor="white", lw=0.6)
                )
            else:
                handles += axes.plot(one.x, one.y, color=BLUE)
        axes.set_xlabel(axes_titles[0])
        axes.set_ylabel(axes_titles[1])
        axes.set_ylim(0, 100 if kind == "xy" else None)
        add_legend(page, handles, [one.name for one in series])
        drawn = write_drawing(Drawing("chart", page.figure, ""), Path(folder), ("svg", "png"))
        return Picture(
            drawn.paths["png"].read_bytes(), drawn.paths["svg"].read_bytes(), drawn.width_mm, drawn.height_mm
        )
