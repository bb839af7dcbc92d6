"""Drawing a set of figures into a folder."""

from collections.abc import Sequence
from pathlib import Path

from nanocaliper.report.figures.figure_data import FigureData, FigureSet

__all__ = ["FIGURES", "draw_figures"]

FIGURES = ("histogram", "cumulative", "shape", "images", "quantiles", "uncertainty", "comparison")


def draw_figures(
    samples: Sequence[FigureData], folder: Path, formats: Sequence[str] = ("svg", "png")
) -> FigureSet:
    """Being written."""
    raise NotImplementedError
