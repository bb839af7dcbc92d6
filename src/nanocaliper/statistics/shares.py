"""Intervals for shares of particles and for quantiles, with weights and with particles grouped in images."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.special_functions import (
    beta_cdf,
    beta_quantile,
    normal_quantile,
    student_quantile,
)
from nanocaliper.statistics.weighting import check_weights, count_effectively

__all__ = ["Share", "bound_quantile", "check_level", "estimate_share", "group_images"]

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Share:
    """A share of particles with its interval.

    Parameters
    ----------
    share : float
        Weighted share, 0 to 1.
    low, high : float
        Confidence interval.
    level : float
        Confidence level, such as 0.95.
    count : int
        Particles.
    effective_count : float
        Independent particles of equal weight that would tell as much.
    method : str
    """

    share: float
    low: float
    high: float
    level: float
    count: int
    effective_count: float
    method: str


def estimate_share(
    flags: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    images: npt.ArrayLike | None = None,
    *,
    level: float = 0.95,
) -> Share:
    """Share of the particles for which a flag is true, with an interval.

    The exact binomial interval (C. J. Clopper and E. S. Pearson, Biometrika 1934, 26, 404) with the number of
    particles replaced by the effective one: that of independent particles with the same variance, times
    (z/t)² for the few images it is estimated from (E. L. Korn and B. I. Graubard, Survey Methodology 1998,
    24, 193); never more than there are particles.

    Parameters
    ----------
    flags : array_like of bool, shape (n,)
        At least one.
    weights : array_like, shape (n,), optional
    images : array_like, shape (n,), optional
        Image of each particle, any labels; one image or none given means independent particles.
    level : float
        Between 0 and 1.

    Returns
    -------
    Share

    Raises
    ------
    StatisticsError
        If there is no particle, lengths differ, or weights or level are impossible.
    """
    check_level(level)
    flag = np.asarray(flags, dtype=np.bool_).ravel().astype(np.float64)
    if not flag.size:
        raise StatisticsError("There are no particles; expected at least one to find a share.")
    w = check_weights(weights, flag.size)
    groups = group_images(images, flag.size)
    mass = np.ones(flag.size) if w is None else w
    share = float(np.clip(mass @ flag / mass.sum(), 0.0, 1.0))
    n = count_equal_particles(flag - share, share, mass, groups, level)
    tail = (1 - level) / 2
    hits = n * share
    low = 0.0 if share <= 0 else beta_quantile(tail, hits, n - hits + 1)
    high = 1.0 if share >= 1 else beta_quantile(1 - tail, hits + 1, n - hits)
    method = "Clopper-Pearson" if w is None and groups is None else "Korn-Graubard"
    return Share(share, low, high, level, int(flag.size), n, method)


def bound_quantile(
    x: Array, u: Array | None, p: float, estimate: float, groups: npt.NDArray[np.intp] | None, level: float
) -> tuple[float | None, float | None]:
    """Confidence limits of the quantile p: fractional order statistics from the binomial distribution.

    The limits are the order statistics r with I_p(r, n - r + 1) = (1 ± level)/2, interpolated between whole r
    (A. D. Hutson, J. Appl. Stat. 1999, 26, 343), with the effective number of particles as in
    `estimate_share` and their positions r/(n + 1).

    Parameters
    ----------
    x, u : ndarray, shape (n,)
        Sizes and weights of the basis (None: all equal).
    p : float
        Share below the quantile.
    estimate : float
        The quantile itself.
    groups : ndarray of int, shape (n,), or None
        Image of each particle.
    level : float

    Returns
    -------
    low, high : float or None
        None where even the outermost particle is no limit: there are too few particles.
    """
    mass = np.ones(x.size) if u is None else u
    below = (x < estimate) + 0.5 * (x == estimate)
    # Centred on what the sample has, not on p, so that no bias of the step counts as variance.
    n = count_equal_particles(below - float(mass @ below / mass.sum()), p, mass, groups, level)
    order = np.argsort(x, kind="stable")
    sorted_x, part = x[order], mass[order] / mass.sum()
    whole = count_effectively(u, x.size)
    position = (whole * (np.cumsum(part) - part / 2) + 0.5) / (whole + 1)
    tail = (1 - level) / 2
    limits: list[float | None] = []
    for target in (1 - tail, tail):
        rank = _solve_rank(p, n, target)
        at = None if rank is None else rank / (n + 1)
        if at is None or not position[0] - 1e-12 <= at <= position[-1] + 1e-12:
            limits.append(None)
        else:
            limits.append(float(np.interp(at, position, sorted_x)))
    return limits[0], limits[1]


def group_images(images: npt.ArrayLike | None, count: int) -> npt.NDArray[np.intp] | None:
    """Number the images 0, 1, ...; None for none or one, which tell nothing of differences between images.

    Raises
    ------
    StatisticsError
        If there is not one label a particle.
    """
    if images is None:
        return None
    labels = np.asarray(images).ravel()
    if labels.size != count:
        raise StatisticsError(f"There are image labels for {labels.size} of {count} particles; expected all.")
    names, groups = np.unique(labels, return_inverse=True)
    return groups.astype(np.intp) if names.size > 1 else None


def count_equal_particles(
    residual: Array, share: float, mass: Array, groups: npt.NDArray[np.intp] | None, level: float
) -> float:
    """Effective number of particles for a share: share (1 - share) over the variance of its estimate.

    Parameters
    ----------
    residual : ndarray, shape (n,)
        Flag less its mean.
    share : float
    mass : ndarray, shape (n,)
        Weights.
    groups : ndarray of int, shape (n,), or None
    level : float

    Returns
    -------
    float
    """
    part = mass / mass.sum() * residual
    count = float(np.count_nonzero(mass))
    kish = count_effectively(mass, mass.size)
    plain = share * (1 - share)
    if groups is None:
        spread = float(part @ part)
        # Equal weights: exactly the number of particles.
        if plain <= 0 or spread <= 0 or kish > count * (1 - 1e-9):
            return kish
        return min(plain / spread, count)
    sums = np.bincount(groups, part)
    images = np.unique(groups[mass > 0]).size
    spread = float(sums @ sums) * images / max(images - 1, 1)
    tail = (1 + level) / 2
    shrink = (normal_quantile(tail) / student_quantile(tail, max(images - 1, 1))) ** 2
    if plain <= 0 or spread <= 0:
        return kish * shrink
    return min(plain / spread * shrink, kish)


def check_level(level: float) -> None:
    """Refuse a confidence level that is not between 0 and 1.

    Raises
    ------
    StatisticsError
    """
    if not 0 < level < 1:
        raise StatisticsError(
            f"Confidence level {level} is impossible; expected between 0 and 1, such as 0.95."
        )


@lru_cache(maxsize=4096)
def _solve_rank(p: float, n: float, target: float) -> float | None:
    """Rank r between 0 and n + 1 with I_p(r, n - r + 1) = target, which falls with r."""
    low, high = 0.0, n + 1
    if not low < high or beta_cdf(p, 1e-9, n + 1) < target or beta_cdf(p, n + 1 - 1e-9, 1e-9) > target:
        return None
    for _ in range(45):
        middle = (low + high) / 2
        if beta_cdf(p, middle, n - middle + 1) > target:
            low = middle
        else:
            high = middle
    return (low + high) / 2
