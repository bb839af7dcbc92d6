"""Histogram and cumulative curve as charts with their numbers, and the figures of a sample as pictures."""

import numpy as np

from nanocaliper.report.figures.wording import MODEL_NAMES
from nanocaliper.report.report_content import Block, Chart, Figure, Series
from nanocaliper.report.report_material import ReportSample
from nanocaliper.report.report_pictures import Drawn, draw_chart
from nanocaliper.report.statistics_folder import make_figure_data
from nanocaliper.statistics.density import accumulate
from nanocaliper.statistics.fits import Fit

__all__ = ["make_cumulative", "make_histogram", "place_figure"]

_MOST_POINTS = 400
_FIGURE_CAPTIONS = {
    "shape": "Shape of the particles",
    "images": "Sizes on each image",
    "uncertainty": "Contributions to the uncertainty",
    "quantiles_normal": "Sizes against those of the fitted normal distribution",
    "quantiles_lognormal": "Sizes against those of the fitted lognormal distribution",
    "quantiles_weibull": "Sizes against those of the fitted Weibull distribution",
    "comparison": "Samples side by side",
}


def place_figure(drawn: Drawn, name: str, key: str) -> list[Block]:
    """Put a figure into a section, where it was drawn.

    Parameters
    ----------
    drawn : mapping
    name : str
    key : str
        Goes into the key of the figure.

    Returns
    -------
    list of Block
    """
    if name not in drawn:
        return []
    picture, description = drawn[name]
    return [Figure(f"figure:{name}:{key}", _FIGURE_CAPTIONS[name], description, picture)]


def make_histogram(sample: ReportSample, key: str) -> Chart:
    """Make the histogram as a chart, with the best fit across where it counts particles.

    Parameters
    ----------
    sample : ReportSample
    key : str

    Returns
    -------
    Chart
    """
    pooled = sample.analysis.pooled
    found = pooled.histogram
    assert found is not None, "a sample with particles has a histogram"
    middles = tuple(((found.edges[:-1] + found.edges[1:]) / 2).tolist())
    by_number = found.basis == "number"
    heights = found.counts.astype(float) if by_number else 100 * found.share
    series = [
        Series("Particles" if by_number else f"Share by {found.basis} / %", middles, tuple(heights.tolist()))
    ]
    fit = _find_best(sample)
    if by_number and fit is not None:
        expected = pooled.selection.sizes.size * np.diff(fit.cdf(found.edges))
        series.append(Series(_name_fit(fit), middles, tuple(expected.tolist()), line=True))
    titles = (f"{_name_sizes(sample)} / {pooled.unit}", "Particles" if by_number else "Share / %")
    most = int(np.argmax(heights))
    description = (
        f"Histogram of {pooled.selection.sizes.size} sizes from {found.edges[0]:.4g} to {found.edges[-1]:.4g} "
        f"{pooled.unit} in {len(middles)} classes; the highest is from {found.edges[most]:.4g} to "
        f"{found.edges[most + 1]:.4g} {pooled.unit}."
    )
    return Chart(
        f"chart:histogram:{key}",
        f"Histogram of the sizes by {found.basis}, {len(middles)} classes ({found.rule})"
        + (f", and the {_name_fit(fit)}" if len(series) > 1 and fit is not None else ""),
        description,
        "bars",
        *titles,
        tuple(series),
        tuple(found.edges.tolist()),
        draw_chart("bars", titles, series, found.edges.tolist()),
    )


def make_cumulative(sample: ReportSample, key: str) -> Chart:
    """Make the cumulative distribution as a chart, with the best fit where it is by number.

    Parameters
    ----------
    sample : ReportSample
    key : str

    Returns
    -------
    Chart
    """
    pooled = sample.analysis.pooled
    basis = pooled.options.basis
    curve = accumulate(pooled.selection.sizes, basis=basis)
    x, y = _step(curve.x, curve.share)
    series = [Series(f"Measured, by {basis}", x, y)]
    fit = _find_best(sample)
    if basis == "number" and fit is not None:
        at = np.linspace(curve.x[0], curve.x[-1], 100)
        series.append(
            Series(_name_fit(fit), tuple(at.tolist()), tuple((100 * fit.cdf(at)).tolist()), line=True)
        )
    # LibreOffice does not draw a line that comes before one of more points.
    series.sort(key=lambda one: -len(one.x))
    titles = (f"{_name_sizes(sample)} / {pooled.unit}", "Share below / %")
    found = pooled.distributions[basis]
    description = (
        f"Cumulative distribution of {pooled.selection.sizes.size} sizes by {basis}: 10 % are below "
        f"{found.d10:.4g}, "
        f"half below {found.d50:.4g}, 90 % below {found.d90:.4g} {pooled.unit}."
    )
    return Chart(
        f"chart:cumulative:{key}",
        f"Cumulative distribution of the sizes by {basis}",
        description,
        "xy",
        *titles,
        tuple(series),
        (),
        draw_chart("xy", titles, series, ()),
    )


def _step(sizes: np.ndarray, share: np.ndarray) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Corners of the steps; of more sizes than a chart shows, some."""
    if sizes.size > _MOST_POINTS:
        kept = np.unique(np.linspace(0, sizes.size - 1, _MOST_POINTS).round().astype(int))
        sizes, share = sizes[kept], share[kept]
    before = np.concatenate(([0.0], share[:-1]))
    x = np.repeat(sizes, 2)
    y = np.column_stack((before, share)).ravel()
    return tuple(x.tolist()), tuple((100 * y).tolist())


def _find_best(sample: ReportSample) -> Fit | None:
    return next((fit for fit in sample.analysis.pooled.fits if fit.converged), None)


def _name_fit(fit: Fit) -> str:
    return f"{MODEL_NAMES[fit.model]} fit"


def _name_sizes(sample: ReportSample) -> str:
    return make_figure_data(sample.analysis).quantity
