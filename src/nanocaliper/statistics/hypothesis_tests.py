"""Tests of whether samples differ, and the correction for making several."""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.special_functions import (
    chi_square_tail,
    fisher_tail,
    normal_cdf,
    student_cdf,
)

__all__ = [
    "Significance",
    "compare_by_permutation",
    "compare_by_ranks",
    "compare_distributions",
    "compare_groups",
    "compare_means",
    "compare_ranks_of_groups",
    "correct_by_holm",
]
Array = npt.NDArray[np.float64]
_MOST_PERMUTATIONS = 10_000


@dataclass(frozen=True)
class Significance:
    """One test.

    Parameters
    ----------
    name : str
    statistic : float
    degrees : tuple of float
        Degrees of freedom; empty where the test has none.
    p : float
        Two-sided.
    smallest_p : float
        Smallest p this test can give with so much data; 0 where there is no such limit.
    """

    name: str
    statistic: float
    degrees: tuple[float, ...]
    p: float
    smallest_p: float = 0.0


def compare_means(first: npt.ArrayLike, second: npt.ArrayLike, name: str = "welch_t") -> Significance | None:
    """Welch's t test (B. L. Welch, Biometrika 1947, 34, 28).

    Parameters
    ----------
    first, second : array_like
        Values, such as logarithms of sizes.
    name : str
        Of the result.

    Returns
    -------
    Significance or None
        None with fewer than two values on a side, or no spread at all.
    """
    a, b = _take(first), _take(second)
    if min(a.size, b.size) < 2:
        return None
    va, vb = a.var(ddof=1) / a.size, b.var(ddof=1) / b.size
    # Equal values have a spread of rounding errors only.
    if va + vb <= (1e-12 * max(abs(a).max(), abs(b).max())) ** 2:
        return None
    t = float((a.mean() - b.mean()) / math.sqrt(va + vb))
    degrees = float((va + vb) ** 2 / (va**2 / (a.size - 1) + vb**2 / (b.size - 1)))
    return Significance(name, t, (degrees,), min(2 * student_cdf(-abs(t), degrees), 1.0))


def compare_by_ranks(first: npt.ArrayLike, second: npt.ArrayLike) -> Significance | None:
    """Mann-Whitney's U test (H. B. Mann and D. R. Whitney, Ann. Math. Stat. 1947, 18, 50).

    By its normal approximation, with continuity and ties corrected.

    Returns
    -------
    Significance or None
        The statistic is U of `first`. None without values on a side, or if all are equal.
    """
    a, b = _take(first), _take(second)
    if not a.size or not b.size:
        return None
    ranks, ties = _rank(np.concatenate([a, b]))
    n = a.size + b.size
    u = float(ranks[: a.size].sum() - a.size * (a.size + 1) / 2)
    variance = a.size * b.size / 12 * ((n + 1) - ties / (n * (n - 1)))
    if variance <= 0:
        return None
    z = max(abs(u - a.size * b.size / 2) - 0.5, 0.0) / math.sqrt(variance)
    return Significance("mann_whitney", u, (), min(2 * float(normal_cdf(-z)), 1.0))


def compare_distributions(first: npt.ArrayLike, second: npt.ArrayLike) -> Significance | None:
    """Two-sample Kolmogorov-Smirnov test.

    D = max |F1 - F2|; p from Kolmogorov's limit with λ = (√n + 0.12 + 0.11/√n) D, n = n1 n2/(n1 + n2) (M. A.
    Stephens, J. R. Stat. Soc. B 1970, 32, 115).

    Returns
    -------
    Significance or None
        None without values on a side.
    """
    a, b = np.sort(_take(first)), np.sort(_take(second))
    if not a.size or not b.size:
        return None
    both = np.concatenate([a, b])
    d = float(
        np.abs(
            np.searchsorted(a, both, side="right") / a.size - np.searchsorted(b, both, side="right") / b.size
        ).max()
    )
    n = a.size * b.size / (a.size + b.size)
    scaled = (math.sqrt(n) + 0.12 + 0.11 / math.sqrt(n)) * d
    if scaled < 0.2:
        return Significance("kolmogorov_smirnov", d, (), 1.0)  # The series needs many terms there, and is 1.
    terms = np.arange(1, 101)
    p = 2 * float(((-1.0) ** (terms - 1) * np.exp(-2 * (scaled * terms) ** 2)).sum())
    return Significance("kolmogorov_smirnov", d, (), min(max(p, 0.0), 1.0))


def compare_by_permutation(
    first: npt.ArrayLike, second: npt.ArrayLike, rng: np.random.Generator
) -> Significance | None:
    """Permutation test of the difference of means, such as of the means of images.

    Every way to give the values to the two sides is tried where there are at most 10,000, else 9,999 drawn ones
    (E. S. Edgington, Randomization Tests, Marcel Dekker 1980). Each value is an image, so particles of one
    image stay together.

    Parameters
    ----------
    first, second : array_like
        One value for each image.
    rng : Generator

    Returns
    -------
    Significance or None
        None with fewer than two values on a side.
    """
    a, b = _take(first), _take(second)
    if min(a.size, b.size) < 2:
        return None
    values = np.concatenate([a, b])
    n, total = values.size, values.sum()
    here = abs(a.mean() - b.mean())

    def differ(chosen: npt.NDArray[np.intp]) -> Array:
        part = values[chosen].sum(axis=1)
        return np.asarray(np.abs(part / a.size - (total - part) / b.size))

    ways = math.comb(n, a.size)
    hair = 1e-12 * max(float(np.abs(values).max()), 1e-300)
    if ways <= _MOST_PERMUTATIONS:
        found = differ(np.array(list(combinations(range(n), a.size)), dtype=np.intp))
        p = float(np.count_nonzero(found >= here - hair)) / ways
        # Equal numbers: every choice and its complement are as far apart.
        smallest = (2 if a.size == b.size else 1) / ways
    else:
        order = np.argsort(rng.random((_MOST_PERMUTATIONS - 1, n)), axis=1)[:, : a.size]
        p = (1 + float(np.count_nonzero(differ(order) >= here - hair))) / _MOST_PERMUTATIONS
        smallest = 1 / _MOST_PERMUTATIONS
    return Significance("permutation_of_images", float(a.mean() - b.mean()), (), p, smallest)


def compare_groups(groups: Sequence[npt.ArrayLike]) -> Significance | None:
    """One-way analysis of variance (R. A. Fisher, Statistical Methods for Research Workers, 1925).

    Parameters
    ----------
    groups : sequence of array_like
        Values, such as logarithms of sizes, a group an image.

    Returns
    -------
    Significance or None
        None with fewer than two groups, no more values than groups, or no spread within them.
    """
    parts = [part for part in map(_take, groups) if part.size]
    n, k = sum(part.size for part in parts), len(parts)
    if k < 2 or n <= k:
        return None
    mean = np.concatenate(parts).mean()
    between = math.fsum(part.size * (part.mean() - mean) ** 2 for part in parts)
    within = math.fsum(float(((part - part.mean()) ** 2).sum()) for part in parts)
    if within <= 1e-24 * n * max(float(np.abs(part).max()) for part in parts) ** 2:
        return None
    f = between / (k - 1) / (within / (n - k))
    return Significance("anova", f, (k - 1.0, float(n - k)), fisher_tail(f, k - 1, n - k))


def compare_ranks_of_groups(groups: Sequence[npt.ArrayLike]) -> Significance | None:
    """Kruskal-Wallis test (W. H. Kruskal and W. A. Wallis, J. Am. Stat. Assoc. 1952, 47, 583), ties corrected.

    Parameters
    ----------
    groups : sequence of array_like

    Returns
    -------
    Significance or None
        None with fewer than two groups, or if all values are equal.
    """
    parts = [part for part in map(_take, groups) if part.size]
    if len(parts) < 2:
        return None
    ranks, ties = _rank(np.concatenate(parts))
    n = ranks.size
    tied = 1 - ties / (n**3 - n) if n > 1 else 0.0
    if tied <= 0:
        return None
    edges = np.cumsum([0, *(part.size for part in parts)])
    squares = math.fsum(
        float(ranks[start:stop].sum()) ** 2 / (stop - start) for start, stop in pairwise(edges)
    )
    h = max((12 / (n * (n + 1)) * squares - 3 * (n + 1)) / tied, 0.0)
    return Significance("kruskal_wallis", h, (len(parts) - 1.0,), chi_square_tail(h, len(parts) - 1))


def correct_by_holm(p: Sequence[float]) -> tuple[float, ...]:
    """Correct p values for their number (S. Holm, Scand. J. Stat. 1979, 6, 65).

    Parameters
    ----------
    p : sequence of float

    Returns
    -------
    tuple of float
        In the same order: the i-th smallest of m times (m - i + 1), at least the one before, at most 1.

    Raises
    ------
    StatisticsError
        If a p value is not between 0 and 1.
    """
    values = np.asarray(p, dtype=np.float64)
    if not ((values >= 0) & (values <= 1)).all():
        raise StatisticsError("A p value is not between 0 and 1.")
    order = np.argsort(values, kind="stable")
    corrected = np.empty(values.size)
    corrected[order] = np.minimum(
        np.maximum.accumulate(values[order] * (values.size - np.arange(values.size))), 1.0
    )
    return tuple(float(value) for value in corrected)


def _take(values: npt.ArrayLike) -> Array:
    taken = np.asarray(values, dtype=np.float64).ravel()
    if not np.isfinite(taken).all():
        raise StatisticsError("A value to be tested is not finite; leave out what is not known.")
    return taken


def _rank(values: Array) -> tuple[Array, float]:
    """Mid-ranks from 1, and Σ(t³ - t) over ties of t."""
    _, place, times = np.unique(values, return_inverse=True, return_counts=True)
    last = np.cumsum(times)
    middle = last - (times - 1) / 2
    counts = times.astype(np.float64)
    return np.asarray(middle[place], dtype=np.float64), float((counts**3 - counts).sum())
