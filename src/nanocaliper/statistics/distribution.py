"""The size distribution of a set of particles in numbers."""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.density import find_mode
from nanocaliper.statistics.weighting import POWERS, check_sizes, check_weights, count_effectively, quantiles

__all__ = ["STATISTICS", "Distribution", "describe"]

#: Meaning of every statistic of a `Distribution`; x is a size, w its weight, r the power of the basis.
STATISTICS: Final = MappingProxyType(
    {
        "mean": "Arithmetic mean Σux/Σu with u = w xʳ, ISO 9276-2.",
        "sd": "Standard deviation, √(n/(n-1) Σu(x-mean)²/Σu) with n = (Σu)²/Σu²; without weights the usual n - 1.",
        "d10": "Size below which 10 % of the particles lie, by the basis: x10,r of ISO 9276-1.",
        "d50": "Median size, x50,r of ISO 9276-1.",
        "d90": "Size below which 90 % of the particles lie, x90,r of ISO 9276-1.",
        "mode": "Size where the kernel density of the logarithm of the size is largest.",
        "cv": "Coefficient of variation sd/mean.",
        "span": "(d90 - d10)/d50.",
        "geometric_mean": "exp(Σu ln x/Σu), ISO 9276-5.",
        "geometric_sd": "exp of the standard deviation of ln x, ISO 9276-5; 1 for equal sizes.",
        "d_1_0": "D[1,0] = Σwx/Σw, number mean, moment-ratio notation of ISO 9276-2; whatever the basis.",
        "d_2_1": "D[2,1] = Σwx²/Σwx, length-weighted mean, ISO 9276-2.",
        "d_3_2": "D[3,2] = Σwx³/Σwx², Sauter mean, ISO 9276-2.",
        "d_4_3": "D[4,3] = Σwx⁴/Σwx³, volume-weighted mean, ISO 9276-2.",
        "pdi_variance": "Polydispersity (sd/mean)², like the PDI of light scattering (ISO 22412).",
        "pdi_moments": "Polydispersity D[4,3]/D[1,0], volume mean over number mean; 1 for equal sizes.",
    }
)


@dataclass(frozen=True)
class Distribution:
    """Distribution of a size, weighted by number, area or volume.

    Every statistic but the count is None where it does not exist: all without particles, the spreads with
    one particle, those that need a logarithm or a ratio where sizes are zero. Formulas: `STATISTICS`.

    Parameters
    ----------
    count : int
        Particles measured.
    mean, sd : float or None
        Arithmetic mean and standard deviation (n - 1).
    d10, d50, d90 : float or None
        Sizes below which 10, 50 and 90 % of the particles lie: x10,r, x50,r and x90,r of ISO 9276-1.
    basis : str
        ``'number'`` (r = 0), ``'area'`` (r = 2) or ``'volume'`` (r = 3).
    effective_count : float
        Kish's (Σw)²/Σw² of the weights given, the count without weights.
    mode, cv, span, geometric_mean, geometric_sd : float or None
    d_1_0, d_2_1, d_3_2, d_4_3 : float or None
        Mean diameters D[p,q] of ISO 9276-2, of the number distribution whatever the basis.
    pdi_variance, pdi_moments : float or None
        Two quantities that are called polydispersity index.
    """

    count: int
    mean: float | None
    sd: float | None
    d10: float | None
    d50: float | None
    d90: float | None
    basis: str = "number"
    effective_count: float = 0.0
    mode: float | None = None
    cv: float | None = None
    span: float | None = None
    geometric_mean: float | None = None
    geometric_sd: float | None = None
    d_1_0: float | None = None
    d_2_1: float | None = None
    d_3_2: float | None = None
    d_4_3: float | None = None
    pdi_variance: float | None = None
    pdi_moments: float | None = None

    @property
    def median(self) -> float | None:
        """The same as `d50`."""
        return self.d50


def describe(
    sizes: npt.ArrayLike, weights: npt.ArrayLike | None = None, *, basis: str = "number"
) -> Distribution:
    """Describe a set of sizes.

    Quantiles of the number distribution without weights interpolate linearly between order statistics
    (definition 7 of Hyndman and Fan, Am. Stat. 1996, 50, 361); weighted ones are its extension to weights,
    see `nanocaliper.statistics.weighting.quantiles`.

    Parameters
    ----------
    sizes : array_like, shape (n,)
        Sizes of any one unit; NaN (not calibrated) values are not allowed.
    weights : array_like, shape (n,), optional
        For how many particles of the sample each stands, such as the edge-correction weights; equal if absent.
    basis : str
        What the distribution counts: ``'number'``, ``'area'`` or ``'volume'`` of particles (w, wx² or wx³).

    Returns
    -------
    Distribution
        In the unit of `sizes`.

    Raises
    ------
    StatisticsError
        If a size or weight is NaN, infinite or negative, lengths differ, all weights are zero, or the basis
        is unknown.
    """
    if basis not in POWERS:
        raise StatisticsError(f"Basis {basis!r} is unknown; expected one of {', '.join(POWERS)}.")
    x = check_sizes(sizes)
    w = check_weights(weights, x.size)
    if w is not None and x.size:
        x, w = x[w > 0], w[w > 0]
    if not x.size:
        return Distribution(0, None, None, None, None, None, basis)
    power = POWERS[basis]
    u = w if not power else (x / x.max() if x.max() > 0 else x) ** power * (1.0 if w is None else w)
    if u is not None and not u.sum() > 0:
        u = w  # All sizes are zero: their area and volume weigh nothing, their number does.
    mean, sd = _mean_and_sd(x, u)
    d10, d50, d90 = (float(q) for q in quantiles(x, (0.1, 0.5, 0.9), u))
    positive = bool(x.min() > 0)
    log_mean, log_sd = _mean_and_sd(np.log(x), u) if positive else (None, None)
    d_1_0, d_2_1, d_3_2, d_4_3 = _mean_diameters(x, w)
    cv = sd / mean if sd is not None and mean > 0 else None
    return Distribution(
        count=x.size,
        mean=mean,
        sd=sd,
        d10=d10,
        d50=d50,
        d90=d90,
        basis=basis,
        effective_count=count_effectively(w, x.size),
        mode=find_mode(x, u) if positive and (x.size != 2 or x[0] == x[1]) else None,
        cv=cv,
        span=(d90 - d10) / d50 if x.size > 1 and d50 > 0 else None,
        geometric_mean=_between(math.exp(log_mean), x) if log_mean is not None else None,
        geometric_sd=math.exp(log_sd) if log_sd is not None else None,
        d_1_0=d_1_0,
        d_2_1=d_2_1,
        d_3_2=d_3_2,
        d_4_3=d_4_3,
        pdi_variance=cv * cv if cv is not None else None,
        pdi_moments=d_4_3 / d_1_0 if x.size > 1 and d_4_3 is not None and d_1_0 else None,
    )


def _mean_and_sd(x: npt.NDArray[np.float64], u: npt.NDArray[np.float64] | None) -> tuple[float, float | None]:
    if x[0] == x.min() == x.max():  # A sum would leave rounding behind where there is no spread.
        return float(x[0]), 0.0 if x.size > 1 else None
    if u is None:
        return float(x.mean()), float(x.std(ddof=1))
    mean = float(u @ x / u.sum())
    effective = count_effectively(u, x.size)
    if effective <= 1 + 1e-9:
        return mean, None
    variance = float(u @ (x - mean) ** 2 / u.sum())
    return mean, math.sqrt(variance * effective / (effective - 1))


def _mean_diameters(
    x: npt.NDArray[np.float64], w: npt.NDArray[np.float64] | None
) -> tuple[float | None, ...]:
    """D[1,0], D[2,1], D[3,2], D[4,3]."""
    largest = float(x.max())
    if largest == 0:
        return 0.0, None, None, None
    scaled = x / largest
    ones = np.ones_like(x) if w is None else w
    moments = [float(ones @ scaled**p) for p in range(5)]
    return tuple(_between(largest * moments[p + 1] / moments[p], x) for p in range(4))


def _between(value: float, x: npt.NDArray[np.float64]) -> float:
    """A mean cannot lie outside the sizes; rounding can."""
    return min(max(value, float(x.min())), float(x.max()))
