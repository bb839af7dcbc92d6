"""The variance of sizes within and between images."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.special_functions import chi_square_quantile, normal_quantile

__all__ = ["VarianceParts", "bound_total_variance", "split_variance"]

Array = npt.NDArray[np.float64]

_LARGE = 300.0


@dataclass(frozen=True)
class VarianceParts:
    """Variance of values split over images.

    Parameters
    ----------
    between : float
        Variance of the means of the images, each image counting the same.
    within : float
        Pooled variance within images.
    images : int
    particles : float
        Effective number of particles.
    harmonic_count : float
        Harmonic mean of the effective numbers of particles of the images.
    """

    between: float
    within: float
    images: int
    particles: float
    harmonic_count: float

    @property
    def total(self) -> float:
        """Variance of a particle of a random image: between + (1 - 1/harmonic_count) within."""
        return self.between + (1 - 1 / self.harmonic_count) * self.within


def split_variance(values: Array, share: Array, groups: npt.NDArray[np.intp]) -> VarianceParts:
    """Split the variance of values over images.

    Parameters
    ----------
    values, share : ndarray, shape (n,)
        Values and their weights.
    groups : ndarray of int, shape (n,)
        Image of each, numbered from 0, at least two images.

    Returns
    -------
    VarianceParts
    """
    mass = np.bincount(groups, share)
    count = mass**2 / np.bincount(groups, share**2)
    means = np.bincount(groups, share * values) / mass
    residual = values - means[groups]
    images, particles = mass.size, float(count.sum())
    # Every image loses a degree of freedom.
    spread = float(share @ residual**2 / share.sum())
    within = spread * particles / (particles - images) if particles > images + 1e-9 else 0.0
    return VarianceParts(
        between=float(means.var(ddof=1)),
        within=within,
        images=images,
        particles=particles,
        harmonic_count=float(images / (1 / count).sum()),
    )


def bound_total_variance(parts: VarianceParts, kurtosis: float, level: float) -> tuple[float, float]:
    """Limits of the total variance in a one-way random model with unequal numbers.

    The modified large-sample limits of F. A. Graybill and C.-M. Wang (J. Am. Stat. Assoc. 1980, 75, 869) with the
    unweighted mean squares of R. K. Burdick and F. A. Graybill (Confidence Intervals on Variance Components,
    Marcel Dekker 1992, chapter 3): with θ the sum of the parts V1 = between and V2 = (1 - 1/nh) within,
    θ - √Σ(Gi Vi)² and θ + √Σ(Hi Vi)², Gi = 1 - νi/χ²(upper, νi), Hi = νi/χ²(lower, νi) - 1. Within images the
    degrees of freedom are those with the same variance for this kurtosis, ν2 = 2(n - m)/(κ - 1).

    Parameters
    ----------
    parts : VarianceParts
    kurtosis : float
        Of the values within images; 3 for normal ones.
    level : float

    Returns
    -------
    low, high : float
        `low` is positive.
    """
    tail = (1 - level) / 2
    degrees = max(2 * (parts.particles - parts.images) / max(kurtosis - 1, 0.1), 1.0)
    below = above = 0.0
    for variance, nu in (
        (parts.between, float(parts.images - 1)),
        ((1 - 1 / parts.harmonic_count) * parts.within, degrees),
    ):
        lower, upper = _ratio(tail, nu), _ratio(1 - tail, nu)
        below += ((1 - 1 / upper) * variance) ** 2
        above += ((1 / lower - 1) * variance) ** 2
    low = parts.total - math.sqrt(below)
    return max(low, parts.total * 1e-6), parts.total + math.sqrt(above)


def _ratio(p: float, degrees: float) -> float:
    """Quantile of chi-square over its degrees of freedom."""
    if degrees > _LARGE:
        # E. B. Wilson and M. M. Hilferty, Proc. Natl. Acad. Sci. 1931, 17, 684: right to 1e-4 here.
        k = 2 / (9 * degrees)
        return float((1 - k + normal_quantile(p) * math.sqrt(k)) ** 3)
    return chi_square_quantile(p, degrees) / degrees
