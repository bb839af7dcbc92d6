"""How many populations of particles there are: mixtures of lognormal distributions."""

import math
from dataclasses import dataclass
from itertools import combinations
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.weighting import are_equal, check_sizes, check_weights, count_effectively

__all__ = ["MOST_COMPONENTS", "Component", "Modality", "find_modality"]

Array = npt.NDArray[np.float64]

MOST_COMPONENTS: Final = 3

_FEWEST_EACH = 10
_BINS = 1000
_FIRST_STEPS = 30
_KEPT = 3
_STEPS = 2000
_TOLERANCE = 1e-7
_FLOOR = 0.05
_SPLITS: Final = (0.1, 0.3, 0.5, 0.7, 0.9)
_WEAK = 6.0


@dataclass(frozen=True)
class Component:
    """One lognormal population of a mixture.

    Parameters
    ----------
    share : float
        Of the particles by number (as weighted).
    median : float
        exp(µ), in the unit of the sizes.
    geometric_sd : float
        exp(σ).
    """

    share: float
    median: float
    geometric_sd: float


@dataclass(frozen=True)
class Modality:
    """The mixture that describes the sizes best.

    Parameters
    ----------
    components : tuple of Component
        Of the mixture with the smallest BIC, by rising median.
    bic : tuple of float
        BIC of 1, 2, 3 components; as many as could be fitted.
    log_likelihood : tuple of float
        ln L of the same.
    peaks : int
        Maxima of the density of ln x of the chosen mixture: two components that lie close make one peak.
    count : int
        Particles.
    warnings : tuple of str
    """

    components: tuple[Component, ...]
    bic: tuple[float, ...]
    log_likelihood: tuple[float, ...]
    peaks: int
    count: int
    warnings: tuple[str, ...]


def find_modality(
    sizes: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    most_components: int = MOST_COMPONENTS,
) -> Modality | None:
    """Fit mixtures of one to three lognormal distributions and choose by BIC.

    Expectation-maximisation on ln x (A. P. Dempster, N. M. Laird and D. B. Rubin, J. R. Stat. Soc. B 1977, 39,
    1), from every way to cut the sizes at their 10, 30, 50, 70 and 90 % quantiles and to cut a population
    of the mixture with one fewer at its mean: 30 steps each, the best three go on until ln L grows by less than
    1e-7 a particle. The σ of a component is at least 5 % of that of all sizes, without which the likelihood has
    no maximum.
    BIC = (3k - 1) ln n - 2 ln L (G. Schwarz, Ann. Stat. 1978, 6, 461), of the density of x. More than 1,000
    different sizes are sorted into 1,000 bins of ln x first. With weights, n and ln L are those of Kish's
    effective number of particles.

    Parameters
    ----------
    sizes : array_like, shape (n,)
        Positive.
    weights : array_like, shape (n,), optional
    most_components : int
        1 to 3. Fewer are tried where there would be fewer than 10 particles for each.

    Returns
    -------
    Modality or None
        None for fewer than 10 particles or all sizes equal, where a mixture means nothing.

    Raises
    ------
    StatisticsError
        If sizes or weights are impossible or `most_components` is not 1 to 3.
    """
    if most_components not in range(1, MOST_COMPONENTS + 1):
        raise StatisticsError(
            f"{most_components} components were asked for; expected 1 to {MOST_COMPONENTS}."
        )
    x = check_sizes(sizes, positive=True)
    w = check_weights(weights, x.size)
    n = count_effectively(w, x.size)
    if n < _FEWEST_EACH or are_equal(x):
        return None
    y = np.log(x)
    mass = (np.ones(x.size) if w is None else w) * (n / (x.size if w is None else w.sum()))
    jacobian = float(mass @ y)
    if np.unique(y).size > _BINS:
        cell = np.minimum(((y - y.min()) / (y.max() - y.min()) * _BINS).astype(np.intp), _BINS - 1)
        total = np.bincount(cell, mass, _BINS).astype(np.float64)
        used = total > 0
        y, mass = np.bincount(cell, mass * y, _BINS)[used] / total[used], total[used]
    fits: list[tuple[Array, Array, Array]] = []
    bic: list[float] = []
    likelihoods: list[float] = []
    for k in range(1, most_components + 1):
        if k > 1 and n < k * _FEWEST_EACH:
            break
        fit, likelihood = _fit(y, mass, k, fits[-1] if fits else None)
        fits.append(fit)
        likelihoods.append(likelihood - jacobian)
        bic.append((3 * k - 1) * math.log(n) - 2 * likelihoods[-1])
    best = int(np.argmin(bic))
    share, mean, sigma = fits[best]
    order = np.argsort(mean)
    components = tuple(Component(float(share[i]), math.exp(mean[i]), math.exp(sigma[i])) for i in order)
    return Modality(
        components,
        tuple(bic),
        tuple(likelihoods),
        _count_peaks(share, mean, sigma),
        x.size,
        _warn(bic, best, components),
    )


def _fit(
    y: Array, mass: Array, k: int, fewer: tuple[Array, Array, Array] | None
) -> tuple[tuple[Array, Array, Array], float]:
    """Best of all starts: shares, means and SDs of ln x, and the log-likelihood."""
    n = float(mass.sum())
    centre = float(mass @ y / n)
    spread = math.sqrt(float(mass @ (y - centre) ** 2 / n))
    if k == 1:
        density = -0.5 * ((y - centre) / spread) ** 2 - math.log(spread * math.sqrt(2 * math.pi))
        return (np.ones(1), np.array([centre]), np.array([spread])), float(mass @ density)
    order = np.argsort(y, kind="stable")
    middle = np.empty(y.size)
    middle[order] = (np.cumsum(mass[order]) - 0.5 * mass[order]) / n
    cuts = np.array(list(combinations(_SPLITS, k - 1)))
    part = (middle >= cuts[:, :, np.newaxis]).sum(axis=1)
    floor = _FLOOR * spread
    starts = np.eye(k)[part] * 0.9 + 0.1 / k
    if fewer is not None:
        starts = np.concatenate([starts, _split(y, *fewer)])
    _, resp, likelihood = _climb(y, mass, starts, floor, _FIRST_STEPS)
    best = np.argsort(-likelihood, kind="stable")[:_KEPT]
    (share, mean, sigma), _, likelihood = _climb(y, mass, resp[best], floor, _STEPS)
    top = int(np.argmax(likelihood))
    return (share[top], mean[top], sigma[top]), float(likelihood[top])


def _split(y: Array, share: Array, mean: Array, sigma: Array) -> Array:
    """Starts with one component more: each in turn is cut at its mean, shape (components, n, components + 1)."""
    density = share / sigma * np.exp(-0.5 * ((y[:, np.newaxis] - mean) / sigma) ** 2)
    resp = density / np.maximum(density.sum(axis=1, keepdims=True), 1e-300)
    starts = []
    for j in range(share.size):
        upper = np.where(y > mean[j], 0.9, 0.1)
        halves = np.column_stack([resp[:, j] * upper, resp[:, j] * (1 - upper)])
        starts.append(np.column_stack([np.delete(resp, j, axis=1), halves]))
    return np.stack(starts)


def _climb(
    y: Array, mass: Array, resp: Array, floor: float, steps: int
) -> tuple[tuple[Array, Array, Array], Array, Array]:
    """Steps of expectation-maximisation from responsibilities of shape (starts, n, k), all starts together.

    Returns shares, means and SDs, each of shape (starts, k), the last responsibilities and the log-likelihoods.
    """
    n = float(mass.sum())
    last = np.full(len(resp), -math.inf)
    column = y[:, np.newaxis]
    for _ in range(steps):
        taken = mass[:, np.newaxis] * resp
        total = np.maximum(taken.sum(axis=1), 1e-12)
        share = total / total.sum(axis=1, keepdims=True)
        mean = (taken * column).sum(axis=1) / total
        deviation = column - mean[:, np.newaxis]
        sigma = np.maximum(np.sqrt((taken * deviation**2).sum(axis=1) / total), floor)
        log_density = (
            -0.5 * (deviation / sigma[:, np.newaxis]) ** 2
            + np.log(share / (sigma * math.sqrt(2 * math.pi)))[:, np.newaxis]
        )
        top = log_density.max(axis=2, keepdims=True)
        each = np.exp(log_density - top)
        both = each.sum(axis=2, keepdims=True)
        likelihood = (top + np.log(both))[:, :, 0] @ mass
        resp = each / both
        if (likelihood - last < _TOLERANCE * n).all():
            break
        last = likelihood
    return (share, mean, sigma), resp, likelihood


def _count_peaks(share: Array, mean: Array, sigma: Array) -> int:
    reach = 4 * sigma.max()
    grid = np.linspace(mean.min() - reach, mean.max() + reach, 4001)[:, np.newaxis]
    density = (share / sigma * np.exp(-0.5 * ((grid - mean) / sigma) ** 2)).sum(axis=1)
    inner = density[1:-1]
    return int(
        np.count_nonzero((inner > density[:-2]) & (inner >= density[2:]) & (inner > density.max() * 1e-6))
    )


def _warn(bic: list[float], best: int, components: tuple[Component, ...]) -> tuple[str, ...]:
    warnings = []
    others = [value for k, value in enumerate(bic) if k != best]
    if others and min(others) - bic[best] < _WEAK:
        warnings.append(
            f"BIC differs by only {min(others) - bic[best]:.1f} from another number of populations: the evidence "
            "for this one is weak."
        )
    if len(components) > 1 and min(c.share for c in components) < 0.02:
        warnings.append(
            "A population holds less than 2 % of the particles: a few outliers, or a tail that is not lognormal, "
            "look the same."
        )
    return tuple(warnings)
