"""Likelihoods of location-scale families, for many samples at once.

A lognormal sample is normal in ln x; a Weibull sample has the smallest-extreme-value distribution in ln x. So two
families serve three models, and one Newton iteration fits all replicates of a bootstrap together.
"""

import math
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final, Protocol

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.special_functions import invert_log_normal_cdf, log_normal_cdf

__all__ = ["FAMILIES", "Array", "Family", "climb_likelihood", "find_information"]

Array = npt.NDArray[np.float64]

_STEPS = 200
_TOLERANCE = 1e-10
#: Further than this many scales below the limit the location has run away: the likelihood has no maximum.
_FARTHEST = 30.0


class _Derivatives(Protocol):
    def __call__(self, z: Array) -> tuple[Array, Array, Array]: ...


@dataclass(frozen=True)
class Family:
    """A location-scale family.

    Parameters
    ----------
    logarithmic : bool
        The family is that of ln x.
    log_density, log_tail : function
        ln f(z) and ln S(z) = ln(1 - F(z)), with first and second derivative.
    invert_tail : function
        z at which ln S takes a value.
    closed : bool
        Mean and SD (1/n) are the solution without a limit.
    """

    logarithmic: bool
    log_density: _Derivatives
    log_tail: _Derivatives
    invert_tail: "_Inverse"
    closed: bool


class _Inverse(Protocol):
    def __call__(self, value: Array) -> Array: ...


def _normal_density(z: Array) -> tuple[Array, Array, Array]:
    return -0.5 * z * z - 0.5 * math.log(2 * math.pi), -z, np.full_like(z, -1.0)


def _normal_tail(z: Array) -> tuple[Array, Array, Array]:
    log_tail = log_normal_cdf(-z)
    with np.errstate(over="ignore", under="ignore", invalid="ignore"):
        hazard = np.exp(np.minimum(-0.5 * z * z - 0.5 * math.log(2 * math.pi) - log_tail, 700.0))
    return log_tail, -hazard, -hazard * (hazard - z)


def _normal_inverse(value: Array) -> Array:
    return -invert_log_normal_cdf(value)


def _extreme_density(z: Array) -> tuple[Array, Array, Array]:
    grown = np.exp(np.minimum(z, 700.0))
    return z - grown, 1 - grown, -grown


def _extreme_tail(z: Array) -> tuple[Array, Array, Array]:
    grown = np.exp(np.minimum(z, 700.0))
    return -grown, -grown, -grown


def _extreme_inverse(value: Array) -> Array:
    with np.errstate(divide="ignore"):
        return np.asarray(np.log(-value))


#: The family of each model.
FAMILIES: Final[Mapping[str, Family]] = MappingProxyType(
    {
        "normal": Family(False, _normal_density, _normal_tail, _normal_inverse, True),
        "lognormal": Family(True, _normal_density, _normal_tail, _normal_inverse, True),
        "weibull": Family(True, _extreme_density, _extreme_tail, _extreme_inverse, False),
    }
)


def climb_likelihood(
    family: Family, y: Array, mass: Array, limit: float | None
) -> tuple[Array, Array, Array, npt.NDArray[np.bool_]]:
    """Maximise the likelihood of each row by Newton's method with step halving.

    Parameters
    ----------
    family : Family
    y : ndarray, shape (samples, n)
        x or ln x.
    mass : ndarray, shape (n,)
        Weights.
    limit : float or None
        Detection limit on the scale of `y`.

    Returns
    -------
    location, log_scale, log_likelihood : ndarray, shape (samples,)
    converged : ndarray of bool, shape (samples,)
    """
    total = float(mass.sum())
    mean = y @ mass / total
    sd = np.sqrt(((y - mean[:, np.newaxis]) ** 2) @ mass / total)
    if family.closed and limit is None:
        tau = np.log(sd)
        value = -total * (tau + 0.5 * math.log(2 * math.pi) + 0.5)
        return mean, tau, value, np.isfinite(value)
    # Moments of the smallest-extreme-value distribution: mean -0.5772 scales, SD π/√6 scales.
    scale = sd if family.closed else sd * math.sqrt(6) / math.pi
    m = mean if family.closed else mean + 0.5772156649 * scale
    tau = np.log(scale)
    value, gradient, hessian = _differentiate(family, y, mass, limit, m, tau)
    done = np.zeros(len(y), dtype=np.bool_)
    lost = np.zeros(len(y), dtype=np.bool_)
    for _ in range(_STEPS):
        step = _ascend(gradient, hessian)
        moved = np.maximum(np.abs(step[:, 0]) * np.exp(-tau), np.abs(step[:, 1]))
        # Steps of more than one scale leave the range in which the quadratic model holds.
        step = step * np.minimum(1.0, 1.0 / np.maximum(moved, 1e-300))[:, np.newaxis]
        active = ~done & ~lost
        factor = np.where(active, 1.0, 0.0)
        for _ in range(30):
            new_m = m + factor * step[:, 0]
            new_tau = tau + factor * step[:, 1]
            new = _differentiate(family, y, mass, limit, new_m, new_tau)
            worse = active & ~(new[0] >= value - 1e-9 * np.abs(value))
            if not worse.any():
                break
            factor = np.where(worse, factor / 2, factor)
        else:
            factor = np.where(worse, 0.0, factor)
            new_m, new_tau = m + factor * step[:, 0], tau + factor * step[:, 1]
            new = _differentiate(family, y, mass, limit, new_m, new_tau)
            lost |= worse & (moved > 1e-6)
        m, tau, (value, gradient, hessian) = new_m, new_tau, new
        done |= active & (moved < _TOLERANCE**0.5 * 1e-3)
        if limit is not None:
            lost |= (limit - m) * np.exp(-tau) > _FARTHEST
            lost |= tau - np.log(scale) > math.log(_FARTHEST)
        if (done | lost).all():
            break
    curved = (hessian[:, 0, 0] < 0) & (np.linalg.det(hessian) > 0)
    return m, tau, value, done & ~lost & curved & np.isfinite(value)


def find_information(
    family: Family, y: Array, mass: Array, limit: float | None, location: float, log_scale: float
) -> Array:
    """Observed information, minus the second derivatives of ln L by location and ln scale, shape (2, 2)."""
    hessian = _differentiate(family, y[np.newaxis], mass, limit, np.array([location]), np.array([log_scale]))[
        2
    ]
    return np.asarray(-hessian[0])


def _differentiate(
    family: Family, y: Array, mass: Array, limit: float | None, m: Array, tau: Array
) -> tuple[Array, Array, Array]:
    """ln L, its gradient (samples, 2) and second derivatives (samples, 2, 2)."""
    total = float(mass.sum())
    rate = np.exp(-tau)
    z = (y - m[:, np.newaxis]) * rate[:, np.newaxis]
    f, f1, f2 = family.log_density(z)
    value = f @ mass - total * tau
    first, second = f1 @ mass, f2 @ mass
    first_z, second_z = (f1 * z) @ mass, (f2 * z) @ mass
    second_zz = (f2 * z * z) @ mass
    if limit is not None:
        at = (limit - m) * rate
        g, g1, g2 = family.log_tail(at)
        value = value - total * g
        first, second = first - total * g1, second - total * g2
        first_z, second_z = first_z - total * g1 * at, second_z - total * g2 * at
        second_zz = second_zz - total * g2 * at * at
    gradient = np.stack([-rate * first, -first_z - total], axis=1)
    cross = rate * (second_z + first)
    hessian = np.empty((len(y), 2, 2))
    hessian[:, 0, 0] = rate**2 * second
    hessian[:, 0, 1] = hessian[:, 1, 0] = cross
    hessian[:, 1, 1] = second_zz + first_z
    return value, gradient, hessian


def _ascend(gradient: Array, hessian: Array) -> Array:
    """Newton's step where the likelihood is concave, else along the gradient scaled by the curvatures."""
    a, b, d = hessian[:, 0, 0], hessian[:, 0, 1], hessian[:, 1, 1]
    det = a * d - b * b
    concave = (a < 0) & (det > 0)
    safe = np.where(concave, det, 1.0)
    newton = np.stack(
        [
            -(d * gradient[:, 0] - b * gradient[:, 1]) / safe,
            -(a * gradient[:, 1] - b * gradient[:, 0]) / safe,
        ],
        axis=1,
    )
    size = np.stack([np.maximum(np.abs(a), 1e-12), np.maximum(np.abs(d), 1e-12)], axis=1)
    return np.asarray(np.where(concave[:, np.newaxis], newton, gradient / size))
