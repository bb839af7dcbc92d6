"""Statistics and their standard errors as functions of sums over particles.

Resampling changes how often each particle counts, so every replicate is a weighted sum of the same columns;
this module says which columns and how statistics follow from their sums.
"""

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["SMOOTH", "PowerSums", "make_power_sums"]

Array = npt.NDArray[np.float64]

#: Statistics that are smooth functions of sums: all of a `Distribution` but quantiles, span and mode.
SMOOTH = (
    "mean",
    "sd",
    "cv",
    "geometric_mean",
    "geometric_sd",
    "d_1_0",
    "d_2_1",
    "d_3_2",
    "d_4_3",
    "pdi_variance",
    "pdi_moments",
)

# First column of each block: u t^0..2, u² t^0..4, u l^1..2, u² l^1..4, w z^0..4, w² z^0..8.
_UT, _UUT, _UL, _UUL, _WZ, _WWZ = 0, 3, 8, 10, 14, 19
_COLUMNS = 28


@dataclass(frozen=True)
class PowerSums:
    """Columns to sum, and the scales that were taken out of them.

    Parameters
    ----------
    columns : ndarray, shape (n, 28)
        Powers of the standardised size t, its standardised logarithm l and the size z over the largest, times
        the weights w, the weights of the basis u, and their squares.
    centre, scale : float
        t = (x - centre)/scale.
    log_centre, log_scale : float
        l = (ln x - log_centre)/log_scale; log_scale is 0 where there is no logarithm.
    largest : float
        z = x/largest.
    """

    columns: Array
    centre: float
    scale: float
    log_centre: float
    log_scale: float
    largest: float

    def evaluate(self, sums: Array) -> tuple[Mapping[str, Array], Mapping[str, Array]]:
        """Statistics on the scale their intervals are made on, and their standard errors.

        The standard errors are those of the linearised statistic (infinitesimal jackknife), for independent
        particles.

        Parameters
        ----------
        sums : ndarray, shape (replicates, 28)
            Sums of `columns`, each particle counted as often as the replicate has it.

        Returns
        -------
        values : mapping of str to ndarray, shape (replicates,)
            The transformed statistic: ln x for most; ln ln of the geometric SD; ln(pdi_moments - 1).
        errors : mapping of str to ndarray, shape (replicates,)
            Standard errors of the transformed statistics.
        """
        values: dict[str, Array] = {}
        errors: dict[str, Array] = {}
        with np.errstate(divide="ignore", invalid="ignore"):
            self._evaluate_arithmetic(sums, values, errors)
            if self.log_scale > 0:
                self._evaluate_logarithmic(sums, values, errors)
            self._evaluate_diameters(sums, values, errors)
        return values, errors

    def _evaluate_arithmetic(self, sums: Array, values: dict[str, Array], errors: dict[str, Array]) -> None:
        total, total_sq = sums[:, _UT], sums[:, _UUT]
        shift, variance, moments = _centre(
            sums[:, _UT : _UT + 3] / total[:, np.newaxis], sums[:, _UUT : _UUT + 5]
        )
        effective = total**2 / total_sq
        correction = effective / (effective - 1)
        mean = self.centre + self.scale * shift
        values["mean"] = np.log(mean)
        errors["mean"] = self.scale * np.sqrt(moments[2] * correction) / total / mean
        values["sd"] = np.log(self.scale) + 0.5 * np.log(variance * correction)
        spread = (moments[4] - 2 * variance * moments[2] + variance**2 * moments[0]) / (4 * variance**2)
        errors["sd"] = np.sqrt(spread) / total
        relative = self.scale / mean
        cross = relative * (moments[3] - variance * moments[1]) / variance
        values["cv"] = values["sd"] - values["mean"]
        errors["cv"] = np.sqrt(np.maximum(spread + relative**2 * moments[2] - cross, 0)) / total
        values["pdi_variance"], errors["pdi_variance"] = 2 * values["cv"], 2 * errors["cv"]

    def _evaluate_logarithmic(self, sums: Array, values: dict[str, Array], errors: dict[str, Array]) -> None:
        total, total_sq = sums[:, _UT], sums[:, _UUT]
        first = np.stack([np.ones_like(total), sums[:, _UL] / total, sums[:, _UL + 1] / total], axis=1)
        squares = np.column_stack([total_sq, sums[:, _UUL : _UUL + 4]])
        shift, variance, moments = _centre(first, squares)
        effective = total**2 / total_sq
        correction = effective / (effective - 1)
        values["geometric_mean"] = self.log_centre + self.log_scale * shift
        errors["geometric_mean"] = self.log_scale * np.sqrt(moments[2] * correction) / total
        values["geometric_sd"] = np.log(self.log_scale) + 0.5 * np.log(variance * correction)
        spread = (moments[4] - 2 * variance * moments[2] + variance**2 * moments[0]) / (4 * variance**2)
        errors["geometric_sd"] = np.sqrt(spread) / total

    def _evaluate_diameters(self, sums: Array, values: dict[str, Array], errors: dict[str, Array]) -> None:
        m = [sums[:, _WZ + p] for p in range(5)]
        q = [sums[:, _WWZ + p] for p in range(9)]
        for p in range(4):
            name = f"d_{p + 1}_{p}"
            values[name] = np.log(self.largest * m[p + 1] / m[p])
            spread = (
                q[2 * p + 2] / m[p + 1] ** 2 - 2 * q[2 * p + 1] / (m[p + 1] * m[p]) + q[2 * p] / m[p] ** 2
            )
            errors[name] = np.sqrt(np.maximum(spread, 0))
        ratio = m[4] * m[0] / (m[3] * m[1])
        signs = {0: 1, 1: -1, 3: -1, 4: 1}
        spread = np.zeros_like(ratio)
        for i, sign_i in signs.items():
            for j, sign_j in signs.items():
                spread = spread + sign_i * sign_j * q[i + j] / (m[i] * m[j])
        values["pdi_moments"] = np.log(ratio - 1)
        errors["pdi_moments"] = np.sqrt(np.maximum(spread, 0)) * ratio / (ratio - 1)


def make_power_sums(x: Array, w: Array, power: int) -> PowerSums:
    """Make the columns for sizes `x`, shape (n,), not all equal, with weights `w` and a basis of power r.

    Parameters
    ----------
    x, w : ndarray, shape (n,)
    power : int
        0, 2 or 3.

    Returns
    -------
    PowerSums
    """
    largest = float(x.max())
    z = x / largest
    w = w / w.mean()
    u = w * z**power
    u = u / u.mean()
    centre = float(u @ x / u.sum())
    scale = float(np.sqrt(u @ (x - centre) ** 2 / u.sum()))
    t = (x - centre) / scale
    if x.min() > 0:
        y = np.log(x)
        log_centre = float(u @ y / u.sum())
        log_scale = float(np.sqrt(u @ (y - log_centre) ** 2 / u.sum()))
        log_t = (y - log_centre) / log_scale
    else:
        log_centre = log_scale = 0.0
        log_t = np.zeros_like(x)
    columns = np.empty((x.size, _COLUMNS))
    for first, factor, base, powers in (
        (_UT, u, t, range(3)),
        (_UUT, u * u, t, range(5)),
        (_UL, u, log_t, range(1, 3)),
        (_UUL, u * u, log_t, range(1, 5)),
        (_WZ, w, z, range(5)),
        (_WWZ, w * w, z, range(9)),
    ):
        for k, exponent in enumerate(powers):
            columns[:, first + k] = factor * base**exponent
    return PowerSums(columns, centre, scale, log_centre, log_scale, largest)


def _centre(first: Array, squares: Array) -> tuple[Array, Array, list[Array]]:
    """Mean, variance and Σu²(t - mean)^k for k = 0 to 4, from raw sums."""
    shift = first[:, 1]
    variance = np.maximum(first[:, 2] - shift**2, 0)
    s = [squares[:, k] for k in range(5)]
    moments = [
        s[0],
        s[1] - shift * s[0],
        s[2] - 2 * shift * s[1] + shift**2 * s[0],
        s[3] - 3 * shift * s[2] + 3 * shift**2 * s[1] - shift**3 * s[0],
        s[4] - 4 * shift * s[3] + 6 * shift**2 * s[2] - 4 * shift**3 * s[1] + shift**4 * s[0],
    ]
    return shift, variance, moments
