"""How well a fitted distribution describes the sizes: Kolmogorov-Smirnov and Anderson-Darling."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.fits import Fit
from nanocaliper.statistics.likelihood import FAMILIES, Array, Family, climb_likelihood
from nanocaliper.statistics.weighting import check_sizes

__all__ = ["MOST_SIMULATED", "Goodness", "judge_fit"]

#: Larger samples are compared with simulated ones of this size: the distribution of √n D and A² has reached its
#: limit by then.
MOST_SIMULATED: Final = 2000

_CHUNK_CELLS = 400_000


@dataclass(frozen=True)
class Goodness:
    """Distances of a sample from a fitted distribution, with p values.

    Parameters
    ----------
    model : str
    kolmogorov_smirnov : float
        D, the largest distance of the two cumulative distributions.
    kolmogorov_smirnov_p : float
        Share of simulated samples of the fitted model, fitted again, that are at least as far from it.
    anderson_darling : float
        A², which weighs the tails more.
    anderson_darling_p : float
    count : int
        Particles.
    simulated_count : int
        Particles of each simulated sample.
    replicates : int
        Simulated samples whose fit converged.
    """

    model: str
    kolmogorov_smirnov: float
    kolmogorov_smirnov_p: float
    anderson_darling: float
    anderson_darling_p: float
    count: int
    simulated_count: int
    replicates: int


def judge_fit(fit: Fit, sizes: npt.ArrayLike, rng: np.random.Generator, *, replicates: int = 499) -> Goodness:
    """Kolmogorov-Smirnov and Anderson-Darling statistics with p values of the parametric bootstrap.

    D = max |Fn - F|, A² = -n - Σ (2i - 1)[ln F(xᵢ) + ln(1 - F(xₙ₊₁₋ᵢ))]/n (T. W. Anderson and D. A. Darling, J. Am.
    Stat. Assoc. 1954, 49, 765). The parameters come from the same sizes, so tables for known parameters do not
    hold; instead samples are drawn from the fit, fitted again and compared (W. Stute, W. González-Manteiga and
    M. Presedo-Quindimil, Metrika 1993, 40, 243): p = (1 + number as far)/(1 + replicates). For a detection limit
    the samples are drawn above it. More than 2,000 particles are compared by √n D and A² with samples of
    2,000.

    A p value of large samples is small whenever the model is not exact, which says little about its use: look at
    D, the largest error of the cumulative distribution.

    Parameters
    ----------
    fit : Fit
        Converged, without weights.
    sizes : array_like, shape (n,)
        Those that were fitted.
    rng : Generator
    replicates : int
        At least 19.

    Returns
    -------
    Goodness

    Raises
    ------
    StatisticsError
        If the fit did not converge, is of another number of sizes, or there are too few replicates.
    """
    x = np.sort(check_sizes(sizes))
    if not fit.converged:
        raise StatisticsError(f"The {fit.model} fit did not converge, so there is nothing to compare with.")
    if x.size != fit.count:
        raise StatisticsError(f"The fit is of {fit.count} sizes, not of these {x.size}; pass the same sizes.")
    if replicates < 19:
        raise StatisticsError(f"{replicates} replicates are too few for a p value; expected at least 19.")
    family = FAMILIES[fit.model]
    limit = None
    if fit.truncated_at is not None:
        at = math.log(fit.truncated_at) if family.logarithmic else fit.truncated_at
        limit = (at - fit.location) / fit.scale
    z = ((np.log(x) if family.logarithmic else x) - fit.location) / fit.scale
    d, a = _measure(family, z[np.newaxis], limit)
    count = min(x.size, MOST_SIMULATED)
    further_d = further_a = usable = 0
    rows = max(_CHUNK_CELLS // count, 1)
    for start in range(0, replicates, rows):
        drawn = _draw(family, limit, (min(rows, replicates - start), count), rng)
        location, log_scale, _, converged = climb_likelihood(family, drawn, np.ones(count), limit)
        drawn = drawn[converged]
        if not len(drawn):
            continue
        location, scale = location[converged], np.exp(log_scale[converged])
        again = None if limit is None else (limit - location) / scale
        again_z = np.sort((drawn - location[:, np.newaxis]) / scale[:, np.newaxis], axis=1)
        simulated_d, simulated_a = _measure(family, again_z, again)
        usable += len(drawn)
        # A hair's breadth for the order of sums.
        further_d += int(np.count_nonzero(simulated_d * math.sqrt(count) >= d[0] * math.sqrt(x.size) - 1e-12))
        further_a += int(np.count_nonzero(simulated_a >= a[0] - 1e-12))
    return Goodness(
        model=fit.model,
        kolmogorov_smirnov=float(d[0]),
        kolmogorov_smirnov_p=(1 + further_d) / (1 + usable),
        anderson_darling=float(a[0]),
        anderson_darling_p=(1 + further_a) / (1 + usable),
        count=x.size,
        simulated_count=count,
        replicates=usable,
    )


def _draw(family: Family, limit: float | None, shape: tuple[int, int], rng: np.random.Generator) -> Array:
    """Standardised sizes above the limit: location 0, scale 1."""
    if limit is None and family.closed:
        return rng.standard_normal(shape)
    log_tail = -rng.standard_exponential(shape)
    if limit is not None:
        log_tail = log_tail + family.log_tail(np.array([limit]))[0]
    return family.invert_tail(log_tail)


def _measure(family: Family, z: Array, limit: float | Array | None) -> tuple[Array, Array]:
    """D and A² of each row of sorted standardised sizes."""
    n = z.shape[1]
    log_tail = family.log_tail(z)[0]
    if limit is not None:
        log_tail = log_tail - np.reshape(family.log_tail(np.atleast_1d(np.asarray(limit)))[0], (-1, 1))
    log_tail = np.minimum(log_tail, -1e-16)
    cdf = -np.expm1(log_tail)
    rank = np.arange(1, n + 1)
    d = np.maximum((rank / n - cdf).max(axis=1), (cdf - (rank - 1) / n).max(axis=1))
    log_cdf = np.log(np.maximum(cdf, 1e-300))
    a = -n - ((2 * rank - 1) * (log_cdf + log_tail[:, ::-1])).sum(axis=1) / n
    return d, a
