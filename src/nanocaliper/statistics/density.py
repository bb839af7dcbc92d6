"""Histogram, kernel density and cumulative distribution of sizes."""

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.weighting import (
    POWERS,
    are_equal,
    check_sizes,
    check_weights,
    count_effectively,
    quantiles,
)

__all__ = [
    "Cumulative",
    "Density",
    "Histogram",
    "accumulate",
    "estimate_density",
    "find_mode",
    "make_histogram",
]

_GRID = 1024
_FEWEST_BINS, _MOST_BINS = 5, 100


@dataclass(frozen=True)
class Histogram:
    """Shares of the particles in bins of size.

    Parameters
    ----------
    edges : ndarray, shape (bins + 1,)
        Limits of the bins; a bin includes its lower limit, the last one both.
    counts : ndarray, shape (bins,)
        Particles in each bin, not weighted.
    share : ndarray, shape (bins,)
        Share of the basis (number, area, volume) in each bin; they add up to 1.
    density : ndarray, shape (bins,)
        Share over width of the bin; over the difference of ln x for logarithmic bins. q_r of ISO 9276-1.
    basis : str
    logarithmic : bool
        Bins are equally wide in ln x.
    rule : str
        How the bins were chosen.
    """

    edges: npt.NDArray[np.float64]
    counts: npt.NDArray[np.int64]
    share: npt.NDArray[np.float64]
    density: npt.NDArray[np.float64]
    basis: str
    logarithmic: bool
    rule: str


@dataclass(frozen=True)
class Density:
    """Kernel density.

    Parameters
    ----------
    x : ndarray, shape (points,)
        Sizes.
    density : ndarray, shape (points,)
        q_r(x) of ISO 9276-1: its integral over x is 1.
    log_density : ndarray, shape (points,)
        q_r*(ln x) = x q_r(x), ISO 9276-1: its integral over ln x is 1.
    bandwidth : float
        Standard deviation of the Gaussian kernel in ln x.
    basis : str
    rule : str
        How the bandwidth was chosen.
    """

    x: npt.NDArray[np.float64]
    density: npt.NDArray[np.float64]
    log_density: npt.NDArray[np.float64]
    bandwidth: float
    basis: str
    rule: str


@dataclass(frozen=True)
class Cumulative:
    """Cumulative distribution Q_r of ISO 9276-1, a step at every different size.

    Parameters
    ----------
    x : ndarray, shape (steps,)
        Different sizes, rising.
    share : ndarray, shape (steps,)
        Share of the basis at or below each; the last is 1.
    basis : str
    """

    x: npt.NDArray[np.float64]
    share: npt.NDArray[np.float64]
    basis: str


def make_histogram(
    sizes: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    basis: str = "number",
    bins: int | None = None,
    logarithmic: bool = False,
) -> Histogram:
    """Sort sizes into bins of equal width, in x or in ln x.

    Without `bins` the width is 2 IQR n^(-1/3) (D. Freedman and P. Diaconis, Z. Wahrscheinlichkeitstheorie 1981,
    57, 453) of x or ln x, with n Kish's effective count, but the bins are at least 5 and at most 100; where the
    interquartile range is zero there are 5.

    Parameters
    ----------
    sizes : array_like, shape (n,)
        At least one; positive for logarithmic bins.
    weights : array_like, shape (n,), optional
    basis : str
        ``'number'``, ``'area'`` or ``'volume'``.
    bins : int, optional
        Number of bins.
    logarithmic : bool

    Returns
    -------
    Histogram

    Raises
    ------
    StatisticsError
        If sizes or weights are impossible, there are none, or `bins` is not positive.
    """
    x, u, n = _take(sizes, weights, basis, positive=logarithmic)
    y = np.log(x) if logarithmic else x
    low, high = float(y.min()), float(y.max())
    if are_equal(x):
        # Equal sizes: bins that hold them all in the middle one.
        reach = 0.05 if logarithmic else max(abs(low) * 0.05, 0.5 if low == 0 else 0.0)
        low, high = low - reach, high + reach
        low = low if logarithmic else max(low, 0.0)
    if bins is not None:
        if bins < 1:
            raise StatisticsError(f"{bins} bins were asked for; expected at least 1.")
        number, rule = bins, f"{bins} bins as asked for"
    else:
        first, third = quantiles(y, (0.25, 0.75), u)
        width = 2 * (third - first) * n ** (-1 / 3)
        wanted = math.ceil((high - low) / width) if width > (high - low) / 1e6 else _FEWEST_BINS
        number = min(max(wanted, _FEWEST_BINS), _MOST_BINS)
        rule = f"Freedman-Diaconis{' in ln x' if logarithmic else ''}"
        if number != wanted:
            rule += f", {wanted} bins limited to {number}"
    edges = np.linspace(low, high, number + 1)
    counts = np.histogram(y, edges)[0]
    mass = counts.astype(np.float64) if u is None else np.histogram(y, edges, weights=u)[0]
    share = mass / mass.sum()
    limits = np.exp(edges) if logarithmic else edges
    return Histogram(limits, counts.astype(np.int64), share, share / np.diff(edges), basis, logarithmic, rule)


def estimate_density(
    sizes: npt.ArrayLike,
    weights: npt.ArrayLike | None = None,
    *,
    basis: str = "number",
    bandwidth: float | None = None,
) -> Density | None:
    """Gaussian kernel density of ln x, on 1,024 points.

    Without `bandwidth` it is 0.9 min(sd, IQR/1.34) n^(-1/5) of ln x (B. W. Silverman, Density Estimation,
    Chapman and Hall 1986, equation 3.31), with n Kish's effective count.

    Parameters
    ----------
    sizes : array_like, shape (n,)
        Positive, at least one.
    weights : array_like, shape (n,), optional
    basis : str
    bandwidth : float, optional
        In ln x.

    Returns
    -------
    Density or None
        None where all sizes are equal, so that there is no density.

    Raises
    ------
    StatisticsError
        If sizes, weights or the bandwidth are impossible, or there are no sizes.
    """
    x, u, n = _take(sizes, weights, basis, positive=True)
    if bandwidth is not None and not (math.isfinite(bandwidth) and bandwidth > 0):
        raise StatisticsError(f"Bandwidth {bandwidth} is impossible; expected a positive number.")
    if are_equal(x):
        return None
    y = np.log(x)
    rule = "as asked for" if bandwidth is not None else "Silverman in ln x"
    width = bandwidth if bandwidth is not None else choose_bandwidth(y, u, n)
    grid, log_density = smooth(y, u, width)
    at = np.exp(grid)
    return Density(at, log_density / at, log_density, width, basis, rule)


def find_mode(sizes: npt.NDArray[np.float64], weights: npt.NDArray[np.float64] | None) -> float:
    """Size where the kernel density of ln x is largest, by a parabola through the highest grid points.

    Parameters
    ----------
    sizes : ndarray, shape (n,)
        Positive, at least one.
    weights : ndarray, shape (n,), optional
        Weights of the basis.

    Returns
    -------
    float
    """
    y = np.log(sizes)
    width = choose_bandwidth(y, weights, count_effectively(weights, sizes.size))
    if not width > 0:
        return float(sizes[0] if weights is None else sizes[np.argmax(weights)])
    grid, density = smooth(y, weights, width)
    return float(math.exp(locate_peak(grid, density[np.newaxis])[0]))


def smooth(
    y: npt.NDArray[np.float64], u: npt.NDArray[np.float64] | None, width: float
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Gaussian kernel density of `y` on a regular grid that reaches four bandwidths beyond the values.

    The weights are shared between the two nearest of 1,024 grid points (linear binning) and convolved with the
    kernel by Fourier transform; where 1,024 points are further apart than a third of the bandwidth there are
    more.
    """
    low, high = float(y.min()) - 4 * width, float(y.max()) + 4 * width
    points = _GRID
    while (high - low) / (points - 1) > width / 3 and points < 2**18:
        points *= 2
    grid = np.linspace(low, high, points)
    step = grid[1] - grid[0]
    place = (y - low) / step
    left = np.minimum(place.astype(np.intp), points - 2)
    part = place - left
    mass = np.ones_like(y) if u is None else u
    binned = np.bincount(left, mass * (1 - part), points) + np.bincount(left + 1, mass * part, points)
    frequency = np.fft.rfftfreq(2 * points, step)
    kernel = np.exp(-2 * (math.pi * frequency * width) ** 2)
    smoothed = np.fft.irfft(np.fft.rfft(binned, 2 * points) * kernel)[:points]
    return grid, np.maximum(smoothed, 0.0) / (mass.sum() * step)


def locate_peak(grid: npt.NDArray[np.float64], density: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    """Where each row of `density`, shape (rows, points), is largest, by a parabola through three points."""
    top = np.clip(density.argmax(axis=1), 1, grid.size - 2)
    rows = np.arange(len(density))
    before, peak, after = (density[rows, top + d] for d in (-1, 0, 1))
    bend = before - 2 * peak + after
    shift = np.where(bend < 0, 0.5 * (before - after) / np.where(bend < 0, bend, -1.0), 0.0)
    found: npt.NDArray[np.float64] = grid[top] + np.clip(shift, -1, 1) * (grid[1] - grid[0])
    return found


def accumulate(
    sizes: npt.ArrayLike, weights: npt.ArrayLike | None = None, *, basis: str = "number"
) -> Cumulative:
    """Cumulative distribution Q_r(x) of ISO 9276-1: the share of the basis at or below each size.

    Parameters
    ----------
    sizes : array_like, shape (n,)
        At least one.
    weights : array_like, shape (n,), optional
    basis : str

    Returns
    -------
    Cumulative

    Raises
    ------
    StatisticsError
        If sizes or weights are impossible, or there are no sizes.
    """
    x, u, _ = _take(sizes, weights, basis, positive=False)
    different, place = np.unique(x, return_inverse=True)
    mass = np.bincount(place, u, different.size)
    share = np.cumsum(mass) / mass.sum()
    share[-1] = 1.0
    return Cumulative(different, share, basis)


def _take(
    sizes: npt.ArrayLike, weights: npt.ArrayLike | None, basis: str, *, positive: bool
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64] | None, float]:
    """Checked sizes, weights of the basis and their effective count."""
    if basis not in POWERS:
        raise StatisticsError(f"Basis {basis!r} is unknown; expected one of {', '.join(POWERS)}.")
    x = check_sizes(sizes, positive=positive)
    w = check_weights(weights, x.size)
    if not x.size:
        raise StatisticsError("There are no particles; expected at least one to draw a distribution.")
    if w is not None:
        x, w = x[w > 0], w[w > 0]
    power = POWERS[basis]
    if power and x.max() > 0:
        w = (x / x.max()) ** power * (1.0 if w is None else w)
    return x, w, count_effectively(w, x.size)


def choose_bandwidth(y: npt.NDArray[np.float64], u: npt.NDArray[np.float64] | None, n: float) -> float:
    mean = float(np.average(y, weights=u))
    sd = math.sqrt(float(np.average((y - mean) ** 2, weights=u)) * (n / (n - 1) if n > 1 else 0.0))
    first, third = quantiles(y, (0.25, 0.75), u)
    spreads = [spread for spread in (sd, float(third - first) / 1.34) if spread > 1e-9]
    return 0.9 * min(spreads) * n**-0.2 if spreads else 0.0
