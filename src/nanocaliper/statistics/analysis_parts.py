"""Parts of an analysis that are put together from several statistics."""

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.bootstrap import (
    FEWEST_FOR_BOOTSTRAP,
    Interval,
    Intervals,
    estimate_intervals,
)
from nanocaliper.statistics.image_particles import ImageParticles
from nanocaliper.statistics.selection import Selection
from nanocaliper.statistics.special_functions import student_quantile
from nanocaliper.statistics.uncertainty import UncertaintyBudget, build_budget
from nanocaliper.statistics.uncertainty_edits import edit_budget
from nanocaliper.statistics.verdict import Verdict, judge_nanomaterial
from nanocaliper.statistics.weighting import are_equal

__all__ = [
    "Scales",
    "make_budgets",
    "make_intervals",
    "make_quick_intervals",
    "make_verdict",
    "summarise_scales",
]

#: Statistics whose intervals need no resampling.
_ANALYTIC = ("sd", "d10", "d50", "d90", "cv", "geometric_sd", "d_3_2", "d_4_3")
_QUICK = ("mean", "geometric_mean", *_ANALYTIC)


@dataclass(frozen=True)
class Scales:
    """Scales of the images of a set.

    Parameters
    ----------
    least, most, mean : float or None
        nm per px, the mean over particles; None in px without a calibration.
    relative_uncertainty : float or None
        The largest of the images, as if all were off alike; None where one is not known.
    """

    least: float | None
    most: float | None
    mean: float | None
    relative_uncertainty: float | None


def summarise_scales(images: Sequence[ImageParticles], chosen: Selection) -> Scales:
    """Summarise the scales of images.

    Parameters
    ----------
    images : sequence of ImageParticles
    chosen : Selection
        Their particles.

    Returns
    -------
    Scales
    """
    if chosen.unit == "px":
        return Scales(None, None, None, None)
    known = [image.nm_per_px for image in images if image.nm_per_px is not None]
    uncertainties = [image.relative_uncertainty for image in images]
    sure = [value for value in uncertainties if value is not None]
    mean = float(chosen.scale.mean()) if chosen.scale.size else float(np.mean(known))
    least, most = min(known), max(known)
    if least == most:
        mean = least
    return Scales(least, most, mean, max(sure) if len(sure) == len(uncertainties) else None)


def make_intervals(
    chosen: Selection,
    options: AnalysisOptions,
    seed: int,
    weights: npt.NDArray[np.float64] | None = None,
    statistics: Collection[str] | None = None,
) -> Intervals:
    """Intervals by resampling, clustered where there are several images.

    Parameters
    ----------
    chosen : Selection
    options : AnalysisOptions
    seed : int
    weights : ndarray, shape (n,), optional
    statistics : collection of str, optional

    Returns
    -------
    Intervals
    """
    return estimate_intervals(
        chosen.sizes,
        np.random.default_rng([seed, 1]),
        weights,
        images=chosen.image,
        basis=options.basis,
        level=options.level,
        replicates=options.replicates,
        statistics=statistics,
    )


def make_quick_intervals(chosen: Selection, options: AnalysisOptions, seed: int) -> Intervals:
    """Intervals without resampling: as `make_intervals`, but Student's t for the mean and the geometric mean.

    mean ± t s/√n (JCGM 100:2008, 4.2.3 and G.3), and the same of ln x, for the particles of one image by
    number. Every other case needs no resampling in the first place: several images, fewer than 20 particles;
    the mean of the area or volume distribution.

    Parameters
    ----------
    chosen : Selection
    options : AnalysisOptions
    seed : int

    Returns
    -------
    Intervals
    """
    names = _QUICK if np.unique(chosen.image).size > 1 else _ANALYTIC
    if chosen.sizes.size < FEWEST_FOR_BOOTSTRAP:
        names = _QUICK
    found = make_intervals(chosen, options, seed, None, names)
    x = chosen.sizes
    if names is _QUICK:
        return found
    intervals: dict[str, Interval] = {name: found.intervals[name] for name in found.intervals}
    equal = are_equal(x)
    reason = found["sd"].reason if equal else "It needs the bootstrap: see 'nanocaliper stats'."
    reach = student_quantile((1 + options.level) / 2, x.size - 1) / math.sqrt(x.size)
    for name in ("mean", "geometric_mean"):
        estimate = getattr(found.distribution, name)
        if equal or options.basis != "number":
            intervals[name] = Interval(name, estimate, None, None, None, "", reason)
        elif name == "mean":
            s = float(x.std(ddof=1))
            low, high, error = x.mean() - reach * s, x.mean() + reach * s, s / math.sqrt(x.size)
            intervals[name] = Interval(name, estimate, float(low), float(high), error, "Student's t")
        else:
            s = float(np.log(x).std(ddof=1))
            low, high = estimate * math.exp(-reach * s), estimate * math.exp(reach * s)
            error = estimate * s / math.sqrt(x.size)
            intervals[name] = Interval(name, estimate, low, high, error, "Student's t of ln x")
    return replace(
        found, intervals=MappingProxyType({name: intervals[name] for name in _QUICK}), replicates=0
    )


def make_budgets(
    chosen: Selection, scales: Scales, options: AnalysisOptions, intervals: Intervals
) -> tuple[UncertaintyBudget, ...]:
    """Uncertainty budgets of D50 and of the mean.

    With several pixel sizes the rows in px use the mean over the particles, and the scale's relative
    uncertainty is the largest of the images, as if all were off alike.

    Parameters
    ----------
    chosen : Selection
    scales : Scales
    options : AnalysisOptions
    intervals : Intervals

    Returns
    -------
    tuple of UncertaintyBudget
        Empty without particles.
    """
    if not chosen.sizes.size:
        return ()
    budgets = []
    for name in ("d50", "mean"):
        budget = build_budget(
            name,
            chosen.sizes / (scales.mean or 1.0),
            scales.mean,
            basis=options.basis,
            sampling=intervals,
            relative_calibration_uncertainty=scales.relative_uncertainty,
            magnification_limit=options.magnification_limit,
            outline_uncertainty_px=(
                chosen.outline_uncertainty / (scales.mean or 1.0)
                if options.outline_uncertainty_px is None
                else options.outline_uncertainty_px
            ),
            repeatability=options.repeatability,
        )
        if scales.least != scales.most:
            note = (
                f"The images have pixels of {scales.least:.4g} to {scales.most:.4g} nm: rows in px use the "
                "mean over the particles, and the largest relative uncertainty of the scales counts for all."
            )
            budget = replace(budget, warnings=(note, *budget.warnings))
        budgets.append(edit_budget(budget, options.edits) if options.edits else budget)
    return tuple(budgets)


def make_verdict(
    chosen: Selection, scales: Scales, options: AnalysisOptions, budgets: Sequence[UncertaintyBudget]
) -> tuple[Verdict | None, str | None]:
    """Judge whether the particles make a nanomaterial, or say why that cannot be.

    Parameters
    ----------
    chosen : Selection
    scales : Scales
    options : AnalysisOptions
    budgets : sequence of UncertaintyBudget
        Their rows of calibration and magnification are the uncertainty that all sizes share.

    Returns
    -------
    verdict : Verdict or None
    reason : str or None
        Why there is none.
    """
    if chosen.unit == "px":
        return None, "The definition is in nanometres, and there is no calibration."
    if options.shape is not None or options.include_border or options.detection_limit is not None:
        return None, (
            "The definition is about all whole particles, and the analysis was asked for others: leave out the "
            "choice of shape, border and detection limit."
        )
    relative = scales.relative_uncertainty or 0.0
    if budgets and budgets[0].value:
        rows = [row for row in budgets[0].rows if row.name in ("calibration", "magnification")]
        relative = math.hypot(*(row.contribution for row in rows)) / budgets[0].value
    if relative >= 0.5:
        return None, f"The scale is uncertain by {relative:.0%}, which says nothing about sizes."
    verdict = judge_nanomaterial(
        chosen.feret_min_px * chosen.scale,
        chosen.feret_max_px * chosen.scale,
        images=chosen.image if len(chosen.names) > 1 else None,
        relative_uncertainty=relative,
        level=options.level,
    )
    return verdict, None
