"""The few special functions that statistics need: normal, Student, Fisher, chi-square and beta distributions.

They are here because the package does without SciPy to stay small; tests compare each with SciPy.
"""

import math
from collections.abc import Callable
from functools import cache
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

__all__ = [
    "beta_cdf",
    "beta_quantile",
    "chi_square_quantile",
    "chi_square_tail",
    "fisher_tail",
    "invert_log_normal_cdf",
    "log_normal_cdf",
    "normal_cdf",
    "normal_quantile",
    "student_cdf",
    "student_quantile",
]

_STEPS = 400
_TINY = 1e-300


def normal_quantile(p: float) -> float:
    """Quantile of the standard normal distribution; `p` lies between 0 and 1, both excluded."""
    return NormalDist().inv_cdf(p)


@cache
def _log_cdf_table() -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    """Knots z, ln Φ(z) and its derivative φ/Φ; below -37 Φ is too small for a double."""
    z = np.linspace(-37.0, 9.0, 46 * 256 + 1)
    log_cdf = np.array([math.log(math.erfc(-value / math.sqrt(2)) / 2) for value in z])
    slope = np.exp(-0.5 * z * z - 0.5 * math.log(2 * math.pi) - log_cdf)
    return z, log_cdf, slope


def log_normal_cdf(z: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Natural logarithm of the standard normal distribution function, ln Φ(z).

    Cubic Hermite interpolation of ln(erfc(-z/√2)/2) between knots 1/256 apart, where the error is below
    1e-12; below -37 the asymptotic series ln φ(z) - ln(-z) + ln(1 - 1/z² + 3/z⁴ - 15/z⁶), above 9 it is -Φ(-z) ≈ 0.

    Parameters
    ----------
    z : array_like

    Returns
    -------
    ndarray
        Of the shape of `z`.
    """
    values = np.asarray(z, dtype=np.float64)
    knots, log_cdf, slope = _log_cdf_table()
    step = knots[1] - knots[0]
    inside = np.clip(values, knots[0], knots[-1])
    cell = np.minimum(((inside - knots[0]) / step).astype(np.intp), knots.size - 2)
    t = (inside - knots[cell]) / step
    left, right = log_cdf[cell], log_cdf[cell + 1]
    found = (
        left * (1 + 2 * t) * (1 - t) ** 2
        + right * t * t * (3 - 2 * t)
        + step * t * (1 - t) * (slope[cell] * (1 - t) - slope[cell + 1] * t)
    )
    low = values < knots[0]
    if low.any():
        far = np.minimum(values, knots[0])
        series = np.log1p(-1 / far**2 + 3 / far**4 - 15 / far**6)
        found = np.where(low, -0.5 * far * far - 0.5 * math.log(2 * math.pi) - np.log(-far) + series, found)
    return np.asarray(found, dtype=np.float64)


def normal_cdf(z: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Standard normal distribution function Φ(z), with a relative error below 1e-11."""
    return np.exp(log_normal_cdf(z))


def beta_cdf(x: float, a: float, b: float) -> float:
    """Distribution function of the beta distribution, the regularised incomplete beta function I_x(a, b).

    Continued fraction of the NIST Digital Library of Mathematical Functions, 8.17.22, by the modified method
    of Lentz.

    Parameters
    ----------
    x : float
        Between 0 and 1; beyond, 0 or 1 is returned.
    a, b : float
        Positive parameters.

    Returns
    -------
    float
    """
    if x <= 0:
        return 0.0
    if x >= 1:
        return 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - beta_cdf(1 - x, b, a)
    log_front = (
        math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    ) - math.log(a)
    c, d = 1.0, 1 / _away_from_zero(1 - (a + b) * x / (a + 1))
    fraction = d
    for m in range(1, 10_000):
        even = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d, c = 1 / _away_from_zero(1 + even * d), _away_from_zero(1 + even / c)
        fraction *= c * d
        odd = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        d, c = 1 / _away_from_zero(1 + odd * d), _away_from_zero(1 + odd / c)
        fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return min(max(math.exp(log_front) * fraction, 0.0), 1.0)


def beta_quantile(p: float, a: float, b: float) -> float:
    """Quantile of the beta distribution with parameters `a` and `b`, by bisection."""
    return _bisect(lambda x: beta_cdf(x, a, b), p, 0.0, 1.0)


def student_cdf(t: float, degrees: float) -> float:
    """Distribution function of Student's t with `degrees` degrees of freedom."""
    if math.isinf(degrees):
        return NormalDist().cdf(t)
    tail = 0.5 * beta_cdf(degrees / (degrees + t * t), degrees / 2, 0.5)
    return 1 - tail if t > 0 else tail


@cache
def student_quantile(p: float, degrees: float) -> float:
    """Quantile of Student's t with `degrees` degrees of freedom (at least 1; may be infinite)."""
    if math.isinf(degrees) or degrees > 1e7:
        return normal_quantile(p)
    if p == 0.5:
        return 0.0
    # For P(|T| > t) = q: degrees / (degrees + t²) is a beta quantile.
    share = beta_quantile(2 * min(p, 1 - p), degrees / 2, 0.5)
    t = math.sqrt(degrees * (1 - share) / max(share, _TINY))
    return t if p > 0.5 else -t


def fisher_tail(f: float, numerator: float, denominator: float) -> float:
    """Probability that Fisher's F with these degrees of freedom exceeds `f`."""
    if f <= 0:
        return 1.0
    return beta_cdf(denominator / (denominator + numerator * f), denominator / 2, numerator / 2)


def chi_square_tail(value: float, degrees: float) -> float:
    """Probability that chi-square with `degrees` degrees of freedom exceeds `value`.

    The regularised incomplete gamma function by its series (NIST DLMF 8.7.1) or its continued fraction
    (8.9.2), whichever converges.
    """
    if value <= 0:
        return 1.0
    a, x = degrees / 2, value / 2
    log_front = a * math.log(x) - x - math.lgamma(a)
    if x < a + 1:
        term = total = 1 / a
        for k in range(1, 10_000):
            term *= x / (a + k)
            total += term
            if term < total * 1e-16:
                break
        return max(1 - math.exp(log_front) * total, 0.0)
    b = x + 1 - a
    c, d = 1 / _TINY, 1 / b
    fraction = d
    for k in range(1, 10_000):
        b += 2
        d, c = (
            1 / _away_from_zero(b - k * (k - a) * d),
            _away_from_zero(b - k * (k - a) / c),
        )
        fraction *= c * d
        if abs(c * d - 1) < 1e-15:
            break
    return math.exp(log_front) * fraction


def chi_square_quantile(p: float, degrees: float) -> float:
    """Quantile of chi-square with `degrees` degrees of freedom, by bisection."""
    high = max(degrees, 1.0)
    while 1 - chi_square_tail(high, degrees) < p:
        high *= 2
    return _bisect(lambda value: 1 - chi_square_tail(value, degrees), p, 0.0, high)


def _away_from_zero(value: float) -> float:
    return value if abs(value) > _TINY else _TINY


def _bisect(function: Callable[[float], float], target: float, low: float, high: float) -> float:
    """Where the rising `function` reaches `target`."""
    for _ in range(_STEPS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if function(middle) < target:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def invert_log_normal_cdf(value: npt.ArrayLike) -> npt.NDArray[np.float64]:
    """Inverse of `log_normal_cdf`: z with ln Φ(z) = value.

    Interpolation in the same table, then two Newton steps; below z = -37 it stays at -37, above 9 at 9, beyond
    which 1 - Φ is less than 1e-18.

    Parameters
    ----------
    value : array_like
        Not positive.

    Returns
    -------
    ndarray
        Of the shape of `value`.
    """
    target = np.asarray(value, dtype=np.float64)
    knots, log_cdf, _ = _log_cdf_table()
    z = np.interp(target, log_cdf, knots)
    for _ in range(2):
        here = log_normal_cdf(z)
        slope = np.exp(-0.5 * z * z - 0.5 * math.log(2 * math.pi) - here)
        step = np.where(slope > 1e-12, (target - here) / np.where(slope > 1e-12, slope, 1.0), 0.0)
        z = np.clip(z + np.where(np.isfinite(step), np.clip(step, -0.01, 0.01), 0.0), knots[0], knots[-1])
    return np.asarray(z, dtype=np.float64)
