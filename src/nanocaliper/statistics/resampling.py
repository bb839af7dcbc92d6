"""Replicates of a sample: particles drawn again with replacement, or images left out one at a time.

Up to `MOST_BINS` particles are drawn one by one. More are sorted into bins of neighbouring sizes first and the
numbers drawn from each bin are multinomial, which is exactly what drawing particles does to the bins; only the
variation inside a bin is lost. The smallest and largest particles stay alone, since high moments hang on them.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.density import locate_peak

__all__ = ["MOST_BINS", "Binned", "bin_sizes", "draw_replicates", "find_modes", "find_quantiles"]

Array = npt.NDArray[np.float64]

MOST_BINS: Final = 4096
_ALONE = 512
_CHUNK = 125
_GRID = 512


@dataclass(frozen=True)
class Binned:
    """Particles in bins of neighbouring sizes.

    Parameters
    ----------
    bin : ndarray of int, shape (n,)
        Bin of each particle, 0 to bins - 1, rising with size.
    count : ndarray, shape (bins,)
        Particles in each.
    mass : ndarray, shape (bins,)
        Σu, the weights of the basis.
    mass_sq : ndarray, shape (bins,)
        Σu².
    moment : ndarray, shape (bins,)
        Σux.
    """

    bin: npt.NDArray[np.intp]
    count: npt.NDArray[np.int64]
    mass: Array
    mass_sq: Array
    moment: Array


def bin_sizes(x: Array, u: Array, most_bins: int = MOST_BINS) -> Binned:
    """Sort particles into at most `most_bins` bins, one each where there are no more particles.

    Parameters
    ----------
    x, u : ndarray, shape (n,)
        Sizes and weights of the basis.
    most_bins : int
        An eighth of them, but no more than 512, stays alone at either end.

    Returns
    -------
    Binned
    """
    n = x.size
    rank = np.empty(n, dtype=np.intp)
    rank[np.argsort(x, kind="stable")] = np.arange(n)
    if n <= most_bins:
        place = rank
    else:
        alone = min(_ALONE, most_bins // 8)
        middle = most_bins - 2 * alone
        inner = ((rank - alone) * middle) // (n - 2 * alone) + alone
        place = np.where(rank < alone, rank, np.where(rank >= n - alone, rank - n + most_bins, inner))
    bins = int(place.max()) + 1
    return Binned(
        bin=place,
        count=np.bincount(place, minlength=bins),
        mass=np.bincount(place, u, bins).astype(np.float64),
        mass_sq=np.bincount(place, u * u, bins).astype(np.float64),
        moment=np.bincount(place, u * x, bins).astype(np.float64),
    )


def draw_replicates(binned: Binned, replicates: int, rng: np.random.Generator) -> Iterator[Array]:
    """Draw as many particles as there are, with replacement, again and again.

    Parameters
    ----------
    binned : Binned
    replicates : int
    rng : Generator

    Yields
    ------
    ndarray, shape (some replicates, bins)
        How often each bin's particles count, on average over the bin.
    """
    n, bins = int(binned.count.sum()), binned.count.size
    chance = binned.count / n
    for start in range(0, replicates, _CHUNK):
        rows = min(_CHUNK, replicates - start)
        if bins == n:
            # The same distribution as multinomial numbers, several times faster.
            place = rng.integers(n, size=(rows, n)) + n * np.arange(rows)[:, np.newaxis]
            yield np.bincount(place.ravel(), minlength=rows * n).reshape(rows, n).astype(np.float64)
        else:
            yield rng.multinomial(n, chance, size=rows) / binned.count


def find_quantiles(mass: Array, mass_sq: Array, moment: Array, shares: tuple[float, ...]) -> Array:
    """Quantiles of replicates, defined as in `nanocaliper.statistics.weighting.quantiles`.

    Parameters
    ----------
    mass, moment : ndarray, shape (replicates, bins)
        Σu and Σux of each bin in each replicate, sizes rising.
    mass_sq : ndarray, shape (replicates,)
        Σu² of each replicate.
    shares : tuple of float

    Returns
    -------
    ndarray, shape (replicates, len(shares))
    """
    total = mass.sum(axis=1)
    n = total**2 / mass_sq
    zeros = np.zeros((len(mass), 1))
    share = np.hstack([zeros, np.cumsum(mass, axis=1)]) / total[:, np.newaxis]
    area = np.hstack([zeros, np.cumsum(moment, axis=1)]) / total[:, np.newaxis]
    start = (n[:, np.newaxis] - 1) * np.asarray(shares) / n[:, np.newaxis]
    stop = np.minimum(start + 1 / n[:, np.newaxis], 1.0)
    found: Array = np.empty_like(start)
    for row in range(len(mass)):
        high = np.interp(stop[row], share[row], area[row])
        found[row] = (high - np.interp(start[row], share[row], area[row])) / (stop[row] - start[row])
    return found


def find_modes(mass: Array, log_sizes: Array, bandwidth: float) -> Array:
    """Modes of replicates: peaks of the kernel density of ln x with one bandwidth for all.

    Parameters
    ----------
    mass : ndarray, shape (replicates, bins)
        Weight of each bin in each replicate.
    log_sizes : ndarray, shape (bins,)
        Logarithm of the mean size of each bin, rising.
    bandwidth : float
        Standard deviation of the kernel in ln x.

    Returns
    -------
    ndarray, shape (replicates,)
        ln of the modes.
    """
    low, high = log_sizes[0] - 4 * bandwidth, log_sizes[-1] + 4 * bandwidth
    points = _GRID
    while (high - low) / (points - 1) > bandwidth / 3 and points < 2**14:
        points *= 2
    grid = np.linspace(low, high, points)
    step = grid[1] - grid[0]
    place = (log_sizes - low) / step
    left = np.minimum(place.astype(np.intp), points - 2)
    part = place - left
    used, starts = np.unique(left, return_index=True)
    binned = np.zeros((len(mass), points))
    binned[:, used] += np.add.reduceat(mass * (1 - part), starts, axis=1)
    binned[:, used + 1] += np.add.reduceat(mass * part, starts, axis=1)
    frequency = np.fft.rfftfreq(2 * points, step)
    kernel = np.exp(-2 * (np.pi * frequency * bandwidth) ** 2)
    smoothed = np.fft.irfft(np.fft.rfft(binned, 2 * points, axis=1) * kernel, axis=1)[:, :points]
    return locate_peak(grid, smoothed)
