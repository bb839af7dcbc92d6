"""Everything that is said of one set of particles: the record, and how it is made."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.analysis_parts import (
    make_budgets,
    make_intervals,
    make_quick_intervals,
    make_verdict,
    summarise_scales,
)
from nanocaliper.statistics.bootstrap import Intervals
from nanocaliper.statistics.constituents import Constituents, count_constituents
from nanocaliper.statistics.density import Histogram, make_histogram
from nanocaliper.statistics.distribution import Distribution, describe
from nanocaliper.statistics.edge_correction import EdgeCorrection, correct_edges
from nanocaliper.statistics.fits import Fit, fit_models
from nanocaliper.statistics.goodness import Goodness, judge_fit
from nanocaliper.statistics.image_particles import ImageParticles, resolve_measurand
from nanocaliper.statistics.modality import Modality, find_modality
from nanocaliper.statistics.particle_number import Precision, judge_precision
from nanocaliper.statistics.resolution import SMALLEST_DIAMETER_PX, Resolution, check_resolution
from nanocaliper.statistics.selection import Selection, find_seed, select_particles
from nanocaliper.statistics.uncertainty import UncertaintyBudget
from nanocaliper.statistics.verdict import Verdict
from nanocaliper.statistics.weighting import POWERS, are_equal

__all__ = ["Analysis", "analyse_particles"]

_FEWEST_TO_FIT = 5


@dataclass(frozen=True, eq=False)
class Analysis:
    """Statistics of one set of particles.

    Parameters
    ----------
    selection : Selection
        The particles themselves.
    options : AnalysisOptions
    depth : str
        ``'quick'`` as ``measure`` writes, or ``'full'``.
    seed : int
        Of the resampling.
    images : int
        Images the particles come from.
    nm_per_px_least, nm_per_px_most : float or None
        Smallest and largest scale of the images.
    distributions : mapping of str to Distribution
        By ``'number'``, ``'area'`` and ``'volume'``.
    intervals : Intervals
        Of the basis of the options. Quick: `make_quick_intervals`.
    precision : tuple of Precision
        Of D50 and of the mean.
    edge_correction : EdgeCorrection or None
        None without a particle, or with those at the border.
    edge_intervals : Intervals or None
        Of the weighted mean and quantiles; full only.
    resolution : Resolution
        Of the area-equivalent diameters; over images of several pixel sizes by the coarsest in nm.
    budgets : tuple of UncertaintyBudget
        Of D50 and of the mean.
    verdict : Verdict or None
    verdict_reason : str or None
        Why there is none.
    shapes : mapping of str to Distribution
        By class of shape, number distributions; ``''`` is not decided.
    constituents : Constituents
        Of all outlined particles.
    histogram : Histogram or None
        None without a particle.
    modality : Modality or None
        Full only; None where a mixture means nothing.
    fits : tuple of Fit
        Of the number distribution, the best by AIC first; full only.
    goodness : mapping of str to Goodness
        By model, of fits that converged.
    warnings : tuple of str
    """

    selection: Selection
    options: AnalysisOptions
    depth: str
    seed: int
    images: int
    nm_per_px_least: float | None
    nm_per_px_most: float | None
    distributions: Mapping[str, Distribution]
    intervals: Intervals
    precision: tuple[Precision, ...]
    edge_correction: EdgeCorrection | None
    edge_intervals: Intervals | None
    resolution: Resolution
    budgets: tuple[UncertaintyBudget, ...]
    verdict: Verdict | None
    verdict_reason: str | None
    shapes: Mapping[str, Distribution]
    constituents: Constituents
    histogram: Histogram | None
    modality: Modality | None
    fits: tuple[Fit, ...]
    goodness: Mapping[str, Goodness]
    warnings: tuple[str, ...]

    @property
    def distribution(self) -> Distribution:
        """The distribution of the basis that was asked for."""
        return self.distributions[self.options.basis]

    @property
    def unit(self) -> str:
        """``'nm'``, or ``'px'``."""
        return self.selection.unit


def analyse_particles(
    images: Sequence[ImageParticles], options: AnalysisOptions | None = None, *, full: bool = True
) -> Analysis:
    """Analyse the particles of one or several images of one sample as one set.

    Parameters
    ----------
    images : sequence of ImageParticles
        At least one; with nm all calibrated.
    options : AnalysisOptions, optional
    full : bool
        With the bootstrap of every statistic, mixtures, fits and goodness, which take seconds. Without, what
        is left takes some hundredths of a second.

    Returns
    -------
    Analysis
        Of the same particles and options always the same.

    Raises
    ------
    StatisticsError
        If images cannot be put together or a setting is impossible. No particle, one, or equal ones are no error.
    """
    options = options or AnalysisOptions()
    measurand, unit = resolve_measurand(options.measurand, images)
    chosen = select_particles(
        images,
        measurand,
        unit,
        include_border=options.include_border,
        shape=options.shape,
        detection_limit=options.detection_limit,
    )
    if any(image.border == "count" for image in images):
        # Some are cut: what follows must know, whoever chose to count them.
        options = replace(options, include_border=True)
    x = chosen.sizes
    if x.size and x.min() <= 0:
        raise StatisticsError(
            f"{np.count_nonzero(x <= 0)} of {x.size} values of {chosen.column} are not positive; expected "
            "lengths of particles. Measure the images again."
        )
    seed = find_seed(chosen, options.basis, options.level) if options.seed is None else options.seed
    distributions = {basis: describe(x, basis=basis) for basis in POWERS}
    intervals = make_intervals(chosen, options, seed) if full else make_quick_intervals(chosen, options, seed)
    among = len(images) if len(images) > 1 else None
    precision = tuple(
        judge_precision(intervals[name], x.size, options.precision, level=options.level, images=among)
        for name in ("d50", "mean")
    )
    edges = None
    if x.size and not options.include_border:
        edges = correct_edges(
            x,
            chosen.feret_horizontal,
            chosen.feret_vertical,
            chosen.field_width,
            chosen.field_height,
            basis=options.basis,
        )
    scales = summarise_scales(images, chosen)
    # Of several pixel sizes the coarsest decides: below its limit one image is blind.
    limit_px = SMALLEST_DIAMETER_PX * (scales.most / scales.mean if scales.most and scales.mean else 1.0)
    diameters = (
        chosen.diameter_px
        if unit == "px" or not scales.mean
        else chosen.diameter_px * chosen.scale / scales.mean
    )
    resolution = check_resolution(diameters, scales.mean, smallest_px=limit_px)
    budgets = make_budgets(chosen, scales, options, intervals)
    verdict, why = make_verdict(chosen, scales, options, budgets)
    fits: tuple[Fit, ...] = ()
    goodness: dict[str, Goodness] = {}
    if full and x.size >= _FEWEST_TO_FIT and not are_equal(x):
        fits = fit_models(x, truncated_at=options.detection_limit)
        goodness = {
            fit.model: judge_fit(fit, x, np.random.default_rng([seed, 2, number]))
            for number, fit in enumerate(fits)
            if fit.converged
        }
    edge_intervals = None
    if full and edges is not None and edges.weights.any():
        edge_intervals = make_intervals(chosen, options, seed, edges.weights, ("mean", "d10", "d50", "d90"))
    modality = find_modality(x) if full else None
    return Analysis(
        selection=chosen,
        options=options,
        depth="full" if full else "quick",
        seed=seed,
        images=len(images),
        nm_per_px_least=scales.least,
        nm_per_px_most=scales.most,
        distributions=MappingProxyType(distributions),
        intervals=intervals,
        precision=precision,
        edge_correction=edges,
        edge_intervals=edge_intervals,
        resolution=resolution,
        budgets=budgets,
        verdict=verdict,
        verdict_reason=why,
        shapes=MappingProxyType(
            {str(name): describe(x[chosen.shape == name]) for name in np.unique(chosen.shape)}
        ),
        constituents=count_constituents(chosen.agglomerate),
        histogram=make_histogram(x, basis=options.basis) if x.size else None,
        modality=modality,
        fits=fits,
        goodness=MappingProxyType(goodness),
        warnings=_collect(chosen, options, intervals, edges, resolution, modality, fits),
    )


def _collect(
    chosen: Selection,
    options: AnalysisOptions,
    intervals: Intervals,
    edges: EdgeCorrection | None,
    resolution: Resolution,
    modality: Modality | None,
    fits: tuple[Fit, ...],
) -> tuple[str, ...]:
    warnings: list[str] = []
    if not chosen.sizes.size:
        out = ", ".join(f"{reason}: {number}" for reason, number in chosen.left_out.items())
        warnings.append(
            "There is no particle to make statistics of"
            + (f" (left out: {out})." if out else ": none was found.")
            + " Look at overlay.png."
        )
        return tuple(warnings)
    if chosen.unit == "px":
        warnings.append("Without a calibration all sizes are in PIXELS.")
        if len(chosen.names) > 1:
            warnings.append(
                f"The pixels of {len(chosen.names)} images were put together as if all had the same magnification."
            )
    if options.include_border:
        warnings.append(
            "Particles that the border cuts are counted as if they were whole: sizes are too small, and nothing is "
            "corrected for it."
        )
    if number := chosen.left_out.get("no_value"):
        warnings.append(f"{number} particles have no {chosen.measurand}; they are left out.")
    warnings += intervals.warnings
    warnings += edges.warnings if edges is not None else ()
    warnings += resolution.warnings
    warnings += modality.warnings if modality is not None else ()
    for fit in fits:
        warnings += fit.warnings
    return tuple(dict.fromkeys(warnings))
