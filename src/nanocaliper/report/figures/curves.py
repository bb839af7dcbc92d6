"""Fitted distributions on the basis of number, area or volume."""

import math

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.fits import Fit
from nanocaliper.statistics.modality import Component
from nanocaliper.statistics.special_functions import normal_cdf
from nanocaliper.statistics.weighting import POWERS

__all__ = [
    "density_of_component",
    "density_of_fit",
    "share_of_components",
    "share_of_fit",
    "weigh_components",
]

Array = npt.NDArray[np.float64]

_POINTS = 8001


def density_of_fit(fit: Fit, x: Array, basis: str) -> Array:
    """Density q_r(x) = xʳ q_0(x) / ∫ xʳ q_0(x) dx of a fitted number distribution (ISO 9276-2).

    Parameters
    ----------
    fit : Fit
        Converged.
    x : ndarray
    basis : str

    Returns
    -------
    ndarray
        Of the shape of `x`, per unit of size.
    """
    power = POWERS[basis]
    if not power:
        return fit.pdf(x)
    grid, _, total = _integrate(fit, power)
    scale = grid[-1]
    return np.asarray(np.where(x > 0, (np.maximum(x, 0) / scale) ** power * fit.pdf(x) / total, 0.0))


def share_of_fit(fit: Fit, x: Array, basis: str) -> Array:
    """Cumulative distribution Q_r(x) of a fitted number distribution.

    Parameters
    ----------
    fit : Fit
        Converged.
    x : ndarray
    basis : str

    Returns
    -------
    ndarray
        Of the shape of `x`.
    """
    power = POWERS[basis]
    if not power:
        return fit.cdf(x)
    grid, rising, total = _integrate(fit, power)
    return np.asarray(np.interp(x, grid, rising / total), dtype=np.float64)


def _integrate(fit: Fit, power: int) -> tuple[Array, Array, float]:
    """Grid of sizes and ∫ (x/x_max)ʳ q_0 dx up to each of them, by trapezia; the last is the total."""
    if fit.model == "normal":
        low = max(fit.location - 9 * fit.scale, 0.0)
        grid = np.linspace(low, max(fit.location, 0.0) + 9 * fit.scale, _POINTS)
    elif fit.model == "lognormal":
        middle = fit.location + power * fit.scale**2
        grid = np.exp(np.linspace(middle - 9 * fit.scale, middle + 9 * fit.scale, _POINTS))
    else:
        # The tail exp(-60) is lost; below a millionth of the scale volume and area are nothing.
        high = fit.location + fit.scale * math.log(60.0)
        grid = np.exp(np.linspace(min(fit.location, high) - 14, high, _POINTS))
    if fit.truncated_at is not None and fit.truncated_at > grid[0]:
        grid = np.concatenate([[fit.truncated_at], grid[grid > fit.truncated_at]])
    values = (grid / grid[-1]) ** power * fit.pdf(grid)
    rising = np.concatenate([[0.0], np.cumsum(np.diff(grid) * (values[1:] + values[:-1]) / 2)])
    return grid, rising, float(rising[-1])


def weigh_components(components: tuple[Component, ...], basis: str) -> tuple[Component, ...]:
    """Components of a mixture of lognormals on another basis: ln median grows by rσ² (Hatch and Choate 1929).

    T. Hatch and S. P. Choate, J. Franklin Inst. 1929, 207, 369; the share of each grows with its mean xʳ,
    exp(rµ + r²σ²/2).

    Parameters
    ----------
    components : tuple of Component
        By number.
    basis : str

    Returns
    -------
    tuple of Component
        Shares and medians of the basis; the geometric SD stays.
    """
    power = POWERS[basis]
    logs = [
        math.log(part.share) + power * math.log(part.median) + (power * math.log(part.geometric_sd)) ** 2 / 2
        for part in components
        if part.share > 0
    ]
    largest = max(logs)
    masses = [math.exp(value - largest) for value in logs]
    return tuple(
        Component(
            mass / math.fsum(masses),
            part.median * math.exp(power * math.log(part.geometric_sd) ** 2),
            part.geometric_sd,
        )
        for mass, part in zip(masses, (c for c in components if c.share > 0), strict=True)
    )


def density_of_component(part: Component, x: Array) -> Array:
    """Share times lognormal density, per unit of size."""
    sigma = math.log(part.geometric_sd)
    inside = x > 0
    safe = np.where(inside, x, 1.0)
    z = (np.log(safe) - math.log(part.median)) / sigma
    density = part.share * np.exp(-0.5 * z * z) / (safe * sigma * math.sqrt(2 * math.pi))
    return np.asarray(np.where(inside, density, 0.0), dtype=np.float64)


def share_of_components(parts: tuple[Component, ...], x: Array) -> Array:
    """Cumulative distribution of a mixture."""
    safe = np.maximum(x, np.finfo(np.float64).tiny)
    total = np.zeros_like(safe)
    for part in parts:
        total += part.share * normal_cdf((np.log(safe) - math.log(part.median)) / math.log(part.geometric_sd))
    return total
