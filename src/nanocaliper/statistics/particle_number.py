"""Are there enough particles?"""

import math
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.bootstrap import Interval
from nanocaliper.statistics.shares import check_level
from nanocaliper.statistics.special_functions import normal_quantile
from nanocaliper.units import format_figures

__all__ = ["MEASURES", "Precision", "count_needed", "judge_precision", "predict_precision"]

#: α and β of the quantities that `count_needed` knows: the mean of x^α over the distribution of basis x^β.
MEASURES: Final = MappingProxyType(
    {
        "mean": (1.0, 0.0),
        "mean_volume": (3.0, 0.0),
        "d_3_2": (1.0, 2.0),
        "d_4_3": (1.0, 3.0),
    }
)

#: ln of the others is µ + b σ² or µ + b σ: the median of the basis and its deciles.
_MEDIANS: Final = MappingProxyType({"d50": 0.0, "d50_area": 2.0, "d50_volume": 3.0})
_SOME_MORE = 1e5


@dataclass(frozen=True)
class Precision:
    """The precision reached and what is missing to the wanted one.

    Parameters
    ----------
    statistic : str
    count : int
        Particles measured.
    reached : float or None
        Half the interval over the estimate; None without an interval.
    wanted : float
        The same, wanted.
    level : float
        Confidence level.
    more : int or None
        Particles to measure in addition, for the precision goes with 1/√n; 0 where it is reached.
    sentence : str
        The same in words.
    """

    statistic: str
    count: int
    reached: float | None
    wanted: float
    level: float
    more: int | None
    sentence: str


def count_needed(
    geometric_sd: float, precision: float = 0.05, *, measure: str = "mean_volume", level: float = 0.95
) -> int:
    """Number of particles for a wanted relative precision, for lognormal sizes.

    H. Masuda and K. Iinoya, J. Chem. Eng. Jpn. 1971, 4, 60, as used by ISO 13322-1::

        n = u² α² σ² (2 c² σ² + 1) / δ²,   c = β + α/2,   σ = ln GSD

    for the mean of xᵅ over the distribution of basis xᵝ, with the number distribution's GSD, the relative
    precision δ and the quantile u of the normal distribution (1.96 for 95 %). The volume basis of the table in
    ISO 13322-1 is the mean volume of the particles, α = 3 and β = 0: 131, 528, 1,247, 2,363, 3,956 and 6,092
    particles for 5 % and GSD 1.1 to 1.6. Medians follow from the same variance of ln x50 = µ + β σ²:
    n = u² σ² (2 β² σ² + 1)/δ², for the median calculated from the fitted mean and SD of ln x.

    Parameters
    ----------
    geometric_sd : float
        GSD of the number distribution, at least 1.
    precision : float
        Half-width of the interval over the value, δ.
    measure : str
        ``'mean'``, ``'mean_volume'``, ``'d_3_2'``, ``'d_4_3'``, ``'d50'``, ``'d50_area'`` or ``'d50_volume'``.
    level : float
        Confidence level.

    Returns
    -------
    int
        Rounded to the nearest whole number as in the published table, at least 2.

    Raises
    ------
    StatisticsError
        If a number is impossible or the measure is unknown.
    """
    if not (math.isfinite(precision) and precision > 0):
        raise StatisticsError(
            f"Precision {precision} is impossible; expected a positive number such as 0.05 for 5 %."
        )
    return max(round(_relative_variance(geometric_sd, measure, level) / precision**2), 2)


def predict_precision(
    geometric_sd: float, count: int, *, measure: str = "mean_volume", level: float = 0.95
) -> float:
    """Relative precision that so many lognormal particles reach: `count_needed` solved for δ.

    Parameters
    ----------
    geometric_sd : float
    count : int
        At least 1.
    measure : str
    level : float

    Returns
    -------
    float

    Raises
    ------
    StatisticsError
        If a number is impossible or the measure is unknown.
    """
    if count < 1:
        raise StatisticsError(f"{count} particles have no precision; expected at least 1.")
    return math.sqrt(_relative_variance(geometric_sd, measure, level) / count)


def judge_precision(
    interval: Interval, count: int, wanted: float = 0.05, *, level: float = 0.95, images: int | None = None
) -> Precision:
    """Say how precise a statistic is and how many particles are missing, from its own interval.

    Parameters
    ----------
    interval : Interval
        Of `nanocaliper.statistics.bootstrap.estimate_intervals`.
    count : int
        Particles it comes from.
    wanted : float
        Half-width of the interval over the value that is wanted.
    level : float
        Confidence level of the interval.
    images : int, optional
        Images the particles come from; then more particles must come from more images, and the sentence
        says so.

    Returns
    -------
    Precision

    Raises
    ------
    StatisticsError
        If a number is impossible.
    """
    check_level(level)
    if not (math.isfinite(wanted) and wanted > 0):
        raise StatisticsError(
            f"Precision {wanted} is impossible; expected a positive number such as 0.05 for 5 %."
        )
    name = _spell(interval.statistic)
    if interval.low is None or interval.high is None or not interval.estimate:
        reason = interval.reason or "it has no interval."
        return Precision(
            interval.statistic, count, None, wanted, level, None,
            f"The precision of {name} is not known: {reason}",
        )  # fmt: skip
    reached = (interval.high - interval.low) / 2 / interval.estimate
    goal = f"{100 * wanted:.3g} %"
    so_far = f"±{format_figures(100 * reached)} % for {name} at {100 * level:g} %"
    if reached <= wanted:
        return Precision(
            interval.statistic, count, reached, wanted, level, 0, f"{so_far}; ±{goal} is reached."
        )
    more = math.ceil(count * ((reached / wanted) ** 2 - 1))
    rounded = more if more < _SOME_MORE else round(more, -3)
    sentence = f"{so_far}; about {rounded:,} more particles for ±{goal}"
    if images is not None:
        total = math.ceil(images * (reached / wanted) ** 2)
        further = total - images
        if more >= _SOME_MORE:
            further = round(further, 3 - len(str(further)))
        sentence += f", from about {further:,} more image{'s' if further != 1 else ''}"
    return Precision(interval.statistic, count, reached, wanted, level, more, sentence + ".")


def _relative_variance(geometric_sd: float, measure: str, level: float) -> float:
    """n δ²."""
    check_level(level)
    if not (math.isfinite(geometric_sd) and geometric_sd >= 1):
        raise StatisticsError(f"Geometric SD {geometric_sd} is impossible; expected at least 1.")
    u = normal_quantile((1 + level) / 2)
    variance = math.log(geometric_sd) ** 2
    if measure in MEASURES:
        alpha, beta = MEASURES[measure]
        c = beta + alpha / 2
        return u**2 * alpha**2 * variance * (2 * c**2 * variance + 1)
    if measure in _MEDIANS:
        return u**2 * variance * (2 * _MEDIANS[measure] ** 2 * variance + 1)
    raise StatisticsError(
        f"Measure {measure!r} is unknown; expected one of {', '.join([*MEASURES, *_MEDIANS])}."
    )


def _spell(statistic: str) -> str:
    """Names as people write them: D50, D[4,3]."""
    if statistic[:2] == "d_":
        return f"D[{statistic[2:].replace('_', ',')}]"
    if statistic[0] == "d" and statistic[1:].isdigit():
        return statistic.upper()
    words = {"sd": "the SD", "cv": "the CV", "pdi_variance": "(SD/mean)²", "pdi_moments": "D[4,3]/D[1,0]"}
    return words.get(statistic, "the " + statistic.replace("_", " ").replace(" sd", " SD"))
