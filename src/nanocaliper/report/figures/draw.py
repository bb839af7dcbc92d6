"""Drawing a set of figures into a folder."""

from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from nanocaliper.errors import StatisticsError
from nanocaliper.report.figures.comparison import draw_comparison
from nanocaliper.report.figures.cumulative import draw_cumulative
from nanocaliper.report.figures.figure_data import Drawing, FigureData, FigureSet
from nanocaliper.report.figures.files import check_formats, write_drawing
from nanocaliper.report.figures.histogram import draw_histogram
from nanocaliper.report.figures.images import draw_images
from nanocaliper.report.figures.quantile_plot import draw_quantiles
from nanocaliper.report.figures.shape import draw_shape
from nanocaliper.report.figures.style import apply_style
from nanocaliper.report.figures.uncertainty_bars import draw_uncertainty

__all__ = ["FIGURES", "draw_figures"]

#: File names of all figures without suffix; ``quantiles`` is followed by ``_`` and the model.
FIGURES: Final = ("histogram", "cumulative", "shape", "images", "quantiles", "uncertainty", "comparison")


def draw_figures(
    samples: Sequence[FigureData], folder: Path, formats: Sequence[str] = ("svg", "png")
) -> FigureSet:
    """Draw the figures of one sample, or the comparison of several, and write them.

    Parameters
    ----------
    samples : sequence of FigureData
        One gives all figures that its records allow; two or more give the comparison alone.
    folder : Path
        Made where it does not exist; files of the same name are replaced.
    formats : sequence of str
        ``'svg'``, ``'png'`` or both. PNG have 300 pixels per inch.

    Returns
    -------
    FigureSet
        What was written, and what was not drawn and why.

    Raises
    ------
    StatisticsError
        If there is no sample, or the samples cannot be compared.
    UsageError
        If a format is unknown.
    OutputError
        If a file cannot be written.
    """
    chosen = check_formats(formats)
    if isinstance(samples, FigureData):
        samples = (samples,)
    if not samples:
        raise StatisticsError("There is no sample to draw; expected one or more.")
    omitted: dict[str, str] = {}
    drawn = []
    with apply_style():
        for draw in _plan(samples, omitted):
            drawn.append(write_drawing(draw(), Path(folder), chosen))
    return FigureSet(tuple(drawn), omitted)


def _plan(samples: Sequence[FigureData], omitted: dict[str, str]) -> Iterator[Callable[[], Drawing]]:
    """What to draw; what not to draw goes into `omitted`."""
    if len(samples) > 1:
        yield partial(draw_comparison, samples)
        return
    data = samples[0]
    yield partial(draw_histogram, data)
    yield partial(draw_cumulative, data)
    if data.shape_values is None:
        omitted["shape"] = "no shape values were given"
    elif not any(value == value for value in data.shape_values):
        omitted["shape"] = "no particle has a shape value"
    else:
        yield partial(draw_shape, data)
    if data.images is None:
        omitted["images"] = "the image of each particle was not given"
    else:
        yield partial(draw_images, data)
    if not data.fits:
        omitted["quantiles"] = "no fit was given"
    for fit in data.fits:
        if fit.converged:
            yield partial(draw_quantiles, data, fit)
        else:
            omitted[f"quantiles_{fit.model}"] = "the fit has no result: " + " ".join(fit.warnings)
    if data.budget is None:
        omitted["uncertainty"] = "no uncertainty budget was given"
    else:
        yield partial(draw_uncertainty, data.budget, data.name)
