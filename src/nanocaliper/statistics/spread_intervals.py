"""Limits of statistics that hang on the largest particles, which plain resampling makes too narrow.

The sample says too little of its own tail. As far as it does not contradict a lognormal distribution, the moments
of one with the same geometric SD fill in.
"""

import math
from collections.abc import Mapping
from typing import Final

import numpy as np

from nanocaliper.statistics.image_variance import bound_total_variance, split_variance
from nanocaliper.statistics.interval_sample import Array, Limits, Sample
from nanocaliper.statistics.special_functions import normal_cdf, normal_quantile, student_quantile
from nanocaliper.statistics.weighting import count_effectively

__all__ = [
    "bound_moment_ratios",
    "bound_spreads",
    "bound_spreads_by_images",
    "bound_weighted_quantile",
    "predict_variances",
]

_CONTRADICTION: Final = 3.0
_CONTRADICTED: Final = 0.1


def bound_moment_ratios(
    sample: Sample,
    here: Mapping[str, Array],
    errors: Mapping[str, Array],
    level: float,
    jackknife: Mapping[str, float] | None = None,
) -> Limits:
    """t limits of the logarithm of statistics that are ratios of high moments.

    The sample's own variance of each is moved towards that of lognormal sizes (`predict_variances`) by the weight
    of `_weigh_lognormal`.

    Parameters
    ----------
    sample : Sample
        Of positive sizes.
    here, errors : mapping of str to ndarray, shape (1,)
        From `PowerSums.evaluate`.
    level : float
    jackknife : mapping of str to float, optional
        Standard errors from leaving out images: their variance in excess of independent particles is added.

    Returns
    -------
    Limits
        Empty where the sample contradicts lognormal sizes.
    """
    share = sample.w / sample.w.sum()
    n = count_effectively(sample.w, sample.x.size)
    skew, kurtosis, variance = _shape(np.log(sample.x), share)
    weight = _weigh_lognormal(skew, kurtosis, n)
    if weight < _CONTRADICTED:
        return {}
    limits: Limits = {}
    for name, model in predict_variances(sample.power, min(variance * n / (n - 1), 10.0)).items():
        own = float(errors[name][0]) ** 2
        spread = own + (model / n - own) * weight
        method = "t, shrunk tail"
        degrees = max(n - 1, 1.0)
        if jackknife is not None:
            if name not in jackknife:
                continue
            spread += max(jackknife[name] ** 2 - own, 0.0)
            method, degrees = "t, shrunk tail, images", sample.degrees
        error, at = math.sqrt(spread), float(here[name][0])
        reach = student_quantile((1 + level) / 2, degrees)
        limits[name] = at - reach * error, at + reach * error, error, method
    return limits


def predict_variances(power: int, s: float) -> dict[str, float]:
    """n times the variance of statistics of lognormal sizes with variance `s` of ln x, on the scale of `PowerSums`.

    With ln of a statistic linear in the logarithms of moments, Σ cᵢ ln Mᵢ and Σ cᵢ = 0: n Var = Σ cᵢ cⱼ exp(i j s),
    because E(xⁱ xʲ)/(Mᵢ Mⱼ) = exp(i j s). On the basis xʳ, sd² = Mr+2/Mr - (Mr+1/Mr)². ln x weighted by xʳ is
    normal, shifted by 2 r s where squared weights count: exp(r² s)(s + r² s²) for its mean,
    exp(r² s)(2 + 4 r² s + r⁴ s²)/4 for the logarithm of its SD.

    Parameters
    ----------
    power : int
        r of the basis.
    s : float
        Variance of ln x by number, positive.

    Returns
    -------
    dict of str to float
    """
    r, grown = power, math.exp(s)
    first, second = grown / (grown - 1), 1 / (grown - 1)
    half_spread = {r + 2: first / 2, r + 1: -second, r: second - first / 2}
    ratios = {
        "d_2_1": {1: -1.0, 2: 1.0},
        "d_3_2": {2: -1.0, 3: 1.0},
        "d_4_3": {3: -1.0, 4: 1.0},
        "pdi_moments": {0: 1.0, 1: -1.0, 3: -1.0, 4: 1.0},
    }
    if power:
        ratios["sd"] = half_spread
        ratios["cv"] = {**half_spread, r + 1: -second - 1, r: second - first / 2 + 1}
    found = {
        name: sum(a * b * math.exp(i * j * s) for i, a in parts.items() for j, b in parts.items())
        for name, parts in ratios.items()
    }
    excess = math.exp(3 * s) - 1
    found["pdi_moments"] *= ((1 + excess) / excess) ** 2
    if power:
        shifted = math.exp(r * r * s)
        found["pdi_variance"] = 4 * found["cv"]
        found["geometric_mean"] = shifted * (s + r * r * s * s)
        found["geometric_sd"] = shifted * (2 + 4 * r * r * s + r**4 * s * s) / 4
    return found


def bound_weighted_quantile(
    sample: Sample, p: float, estimate: float, level: float
) -> tuple[float, float, float, str]:
    """t limits of ln of a quantile of the area or volume distribution.

    Few large particles hold most of the volume, so order statistics have no limits above the upper quantiles.
    Instead Var(ln x) = Var(Q)/q*² with the density q*(ln x) by kernels and the linearised variance of Q(x), both
    from the sample; for lognormal sizes n Var(ln x) = s exp(r² s) [p²(1 - P) + (1 - p)² P]/φ(z)² with
    P = Φ(z - r √s) and z = Φ⁻¹(p). The first is moved towards the second by the weight of `_weigh_lognormal`.

    Parameters
    ----------
    sample : Sample
        Of positive sizes.
    p : float
        Share below the quantile.
    estimate : float
        The quantile.
    level : float

    Returns
    -------
    low, high, standard_error, method
        On the scale of ln x.
    """
    y, u = np.log(sample.x), sample.basis_weights / sample.basis_weights.sum()
    at = math.log(estimate)
    width = sample.bandwidth
    density = float(u @ np.exp(-0.5 * ((y - at) / width) ** 2)) / (width * math.sqrt(2 * math.pi))
    part = u * ((y <= at) - p)
    part = part - u * part.sum()
    own = float(part @ part) / density**2
    n = count_effectively(sample.w, sample.x.size)
    skew, kurtosis, variance = _shape(y, sample.w / sample.w.sum())
    s, r, z = min(variance * n / (n - 1), 10.0), sample.power, normal_quantile(p)
    below = float(normal_cdf(z - r * math.sqrt(s)))
    bell = math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
    model = s * math.exp(r * r * s) * (p**2 * (1 - below) + (1 - p) ** 2 * below) / bell**2 / n
    spread = own + (model - own) * _weigh_lognormal(skew, kurtosis, n)
    method, degrees = "t, shrunk tail", max(n - 1, 1.0)
    if sample.groups is not None:
        sums = np.bincount(sample.groups, part)
        grouped = float(sums @ sums) / density**2 * sums.size / (sums.size - 1)
        spread += max(grouped - own, 0.0)
        method, degrees = "t, shrunk tail, images", sample.degrees
    error = math.sqrt(spread)
    reach = student_quantile((1 + level) / 2, degrees)
    return at - reach * error, at + reach * error, error, method


def bound_spreads(
    sample: Sample, here: Mapping[str, Array], errors: Mapping[str, Array], level: float
) -> Limits:
    """t limits of the logarithm of sd, cv and geometric_sd.

    The variance of ln(sd) is (κ - 1)/4n with the kurtosis κ of `_find_kurtosis`. The centre is moved by
    ½ ln(n/(n - z)) as by D. G. Bonett (Comput. Stat. Data Anal. 2006, 50, 775).
    """
    u = sample.basis_weights / sample.basis_weights.sum()
    n = sample.effective
    size_kurtosis, log_kurtosis = _find_kurtosis(sample.x, np.log(sample.x), u, n)
    reach = sample.quantile_of((1 + level) / 2)
    shift = 0.5 * math.log(n / (n - min(reach, n / 2)))
    limits: Limits = {}
    for name, (own, shrunk) in (
        ("sd", size_kurtosis), ("cv", size_kurtosis), ("geometric_sd", log_kurtosis),
    ):  # fmt: skip
        factor = math.sqrt(max(shrunk - 1, 0.01) / max(own - 1, 0.01))
        error = float(errors[name][0]) * factor
        at = float(here[name][0]) + shift
        limits[name] = at - reach * error, at + reach * error, error, "t, shrunk kurtosis"
    return limits | _square_cv(limits)


def bound_spreads_by_images(sample: Sample, level: float, mean_half: float) -> Limits:
    """Limits of sd, cv and geometric_sd from the variance of ln x within and between images.

    For geometric_sd those of `bound_total_variance`. For cv the same relative to √(exp(σ²) - 1), the cv of
    lognormal sizes, but within images with the variance of ln(cv) of this sample. For sd, which is
    geometric_mean · exp(σ²/2) · cv, the limits of both factors combined as by G. Y. Zou and A. Donner (Stat. Med.
    2008, 27, 1693).
    """
    assert sample.groups is not None
    y = np.log(sample.x)
    u = sample.basis_weights / sample.basis_weights.sum()
    n = sample.effective
    parts = split_variance(y, u, sample.groups)
    values, errors = sample.sums.evaluate(sample.sums.columns.sum(axis=0, keepdims=True))
    (own, shrunk), (_, log_kurtosis) = _find_kurtosis(sample.x, y, u, n)
    factor = max(shrunk - 1, 0.01) / max(own - 1, 0.01)
    sigma2 = min(parts.total, 10.0)
    slope = sigma2 * math.exp(sigma2) / math.expm1(sigma2)
    reach = sample.quantile_of((1 + level) / 2)
    limits: Limits = {}
    for name, steep, curve in (
        ("geometric_sd", 1.0, lambda v: 0.5 * math.log(v)),
        ("cv", slope, lambda v: 0.5 * math.log(math.expm1(min(v, 300.0)))),
        ("sd", slope + sigma2, lambda v: 0.5 * math.log(math.expm1(min(v, 300.0))) + 0.5 * v),
    ):
        kurtosis = log_kurtosis
        if name != "geometric_sd":
            kurtosis = 1 + 4 * n * float(errors[name][0]) ** 2 * factor / steep**2
        centre = curve(parts.total)
        low, high = (curve(v) - centre for v in bound_total_variance(parts, kurtosis, level))
        if name == "sd":
            low, high = -math.hypot(low, mean_half), math.hypot(high, mean_half)
        # The variance of all particles together is less than the sum of its parts: the images' own mean is
        # taken out of it.
        at = float(values[name][0]) + centre - curve(math.exp(2 * float(values["geometric_sd"][0])))
        # The standard error as if the limits were those of a t interval.
        limits[name] = at + low, at + high, (high - low) / 2 / reach, "within and between images"
    return limits | _square_cv(limits)


def _square_cv(limits: Limits) -> Limits:
    """Limits of pdi_variance, the square of cv."""
    low, high, error, method = limits["cv"]
    return {"pdi_variance": (2 * low, 2 * high, 2 * error, method)}


def _find_kurtosis(
    x: Array, y: Array, share: Array, n: float
) -> tuple[tuple[float, float], tuple[float, float]]:
    """Kurtosis of sizes `x` and of their logarithms `y`: as found, and shrunk towards lognormal sizes.

    Samples of skewed sizes underestimate κ, and the more so the smaller their SD comes out. It is moved towards
    the κ of a lognormal distribution with the same geometric SD.
    """
    skew, log_kurtosis, variance = _shape(y, share)
    _, size_kurtosis, _ = _shape(x, share)
    weight = _weigh_lognormal(skew, log_kurtosis, n)
    s = min(variance * n / (n - 1), 10.0)
    model = math.exp(4 * s) + 2 * math.exp(3 * s) + 3 * math.exp(2 * s) - 3
    return (
        (size_kurtosis, size_kurtosis + (model - size_kurtosis) * weight),
        (log_kurtosis, log_kurtosis + (3 - log_kurtosis) * weight),
    )


def _weigh_lognormal(skew: float, kurtosis: float, n: float) -> float:
    """How far lognormal sizes may stand in: min(1, (3/JB)²).

    JB is the statistic of C. M. Jarque and A. K. Bera (Int. Stat. Rev. 1987, 55, 163) of ln x, about 2 for
    lognormal sizes and growing with n for all others.
    """
    contradiction = n * (skew**2 / 6 + (kurtosis - 3) ** 2 / 24)
    return min(1.0, (_CONTRADICTION / max(contradiction, 1e-9)) ** 2)


def _shape(values: Array, share: Array) -> tuple[float, float, float]:
    """Skewness, kurtosis and variance."""
    deviation = values - share @ values
    variance = float(share @ deviation**2)
    if variance <= 0:
        return 0.0, 3.0, 0.0
    return (
        float(share @ deviation**3) / variance**1.5, float(share @ deviation**4) / variance**2, variance,
    )  # fmt: skip
