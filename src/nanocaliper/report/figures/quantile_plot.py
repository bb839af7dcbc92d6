"""Q-Q plot of a fit."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.report.figures.axes import draw_size_axis, limit_sizes
from nanocaliper.report.figures.figure_data import Drawing, FigureData
from nanocaliper.report.figures.histogram import FIT_STYLES
from nanocaliper.report.figures.lengths import choose_unit, write_number
from nanocaliper.report.figures.style import BLACK, GREY, add_legend, make_page
from nanocaliper.report.figures.wording import MODEL_NAMES, name_sizes, write_sentence
from nanocaliper.statistics.fits import Fit, plot_quantiles
from nanocaliper.statistics.special_functions import beta_quantile

__all__ = ["bound_order_statistics", "draw_quantiles"]

Array = npt.NDArray[np.float64]

_LEVEL = 0.95
_RANKS: Final = 80
_WIDE = 4.0


def draw_quantiles(data: FigureData, fit: Fit) -> Drawing:
    """Draw the quantiles of the sample against those of a fit, with a band for what chance alone does.

    The band is pointwise: the i-th of n sizes of the fitted distribution lies in it with 95 %, by the
    distribution of order statistics. The parameters are taken as known, so the band is a little too wide.
    Weights are not used: each particle is one point.

    Parameters
    ----------
    data : FigureData
    fit : Fit
        Converged, of the number distribution of `data.sizes`.

    Returns
    -------
    Drawing

    Raises
    ------
    StatisticsError
        If the fit did not converge.
    """
    if not fit.converged:
        raise StatisticsError(
            f"The {fit.model} fit has no result to draw; use another model or detection limit."
        )
    points = plot_quantiles(fit, data.sizes)
    count = len(data.sizes)
    unit = choose_unit(data.unit, float(np.median(data.sizes)))
    ranks, below, above = bound_order_statistics(count, _LEVEL)
    expected = unit.show(points.expected)
    observed = unit.show(points.observed)
    centre = unit.show(fit.quantile((ranks - 0.5) / count))
    lower, upper = unit.show(fit.quantile(below)), unit.show(fit.quantile(above))
    share = _share_inside(points.share * count + 0.5, observed, ranks, lower, upper)
    name = MODEL_NAMES[fit.model]
    caption = f"n = {count}, {name}; band: pointwise {_LEVEL:.0%} of order statistics of the fit"
    caption = caption.replace("%", "\u00a0%")
    good = data.goodness.get(fit.model)
    if good is not None:
        caption += f"; Anderson-Darling p\u00a0=\u00a0{_write_p(good.anderson_darling_p, good.replicates)}"
        caption += (
            f", Kolmogorov-Smirnov p\u00a0=\u00a0{_write_p(good.kolmogorov_smirnov_p, good.replicates)}"
        )
    if data.weights is not None:
        caption += "; points not weighted"
    page = make_page(data.name, caption, 72.0)
    axes = page.axes[0]
    everything = np.concatenate([observed, expected])
    logarithmic = (
        fit.model != "normal" and everything.min() > 0 and everything.max() / everything.min() > _WIDE
    )
    low, high = limit_sizes(float(everything.min()), float(everything.max()), logarithmic=logarithmic)
    colour, _ = FIT_STYLES[fit.model]
    band = axes.fill_between(centre, lower, upper, color=GREY, alpha=0.25, lw=0)
    (line,) = axes.plot([low, high], [low, high], color=BLACK, lw=0.8)
    marker = "o" if count <= 100 else "."
    (marks,) = axes.plot(
        expected, observed, ls="none", marker=marker, ms=3 if marker == "o" else 4.5, mew=0, color=colour
    )
    draw_size_axis(axes, "x", (low, high), logarithmic=logarithmic)
    draw_size_axis(axes, "y", (low, high), logarithmic=logarithmic)
    axes.set_aspect("equal", adjustable="box")
    axes.set_xlabel(f"Quantile of the {name} fit / {unit.symbol}")
    axes.set_ylabel(name_sizes(data.quantity, unit))
    add_legend(page, [marks, line, band], ["particles", "perfect fit", f"{100 * _LEVEL:g} % band"])
    details = f"{100 * share:.0f} % of the points lie in the pointwise {100 * _LEVEL:g} % band"
    if good is not None:
        details += f"; Anderson-Darling p = {_write_p(good.anderson_darling_p, good.replicates)}"
    what = f"Q-Q plot, against a {name} fit, of the"
    return Drawing(f"quantiles_{fit.model}", page.figure, write_sentence(what, data, details))


def bound_order_statistics(count: int, level: float) -> tuple[Array, Array, Array]:
    """Shares between which the share below the i-th of n sizes lies, for some i.

    U₍ᵢ₎ of a uniform sample follows the beta distribution with parameters i and n - i + 1 (H. A. David and H. N.
    Nagaraja, Order Statistics, Wiley 2003, section 2.1).

    Parameters
    ----------
    count : int
        n.
    level : float

    Returns
    -------
    (ndarray, ndarray, ndarray)
        i, and the lower and upper share.
    """
    if count <= _RANKS:
        ranks = np.arange(1, count + 1, dtype=np.float64)
    else:
        # Closer to each other near both ends, where the band bends.
        t = np.linspace(-1, 1, _RANKS)
        reach = math.log(count)
        s = 1 / (1 + np.exp(-t * reach))
        ranks = np.unique(np.round(1 + (count - 1) * (s - s[0]) / (s[-1] - s[0])))
    tail = (1 - level) / 2
    lower = np.array([beta_quantile(tail, i, count - i + 1) for i in ranks])
    upper = np.array([beta_quantile(1 - tail, i, count - i + 1) for i in ranks])
    return ranks, lower, upper


def _share_inside(rank: Array, observed: Array, ranks: Array, lower: Array, upper: Array) -> float:
    inside = (observed >= np.interp(rank, ranks, lower)) & (observed <= np.interp(rank, ranks, upper))
    return float(inside.mean())


def _write_p(p: float, replicates: int) -> str:
    smallest = 1 / (replicates + 1)
    return f"{write_number(p, 2)}" if p > smallest else f"{write_number(smallest, 1)} or\u00a0less"
