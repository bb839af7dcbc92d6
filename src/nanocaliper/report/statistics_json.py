"""Analyses, samples and comparisons as plain JSON values."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from nanocaliper.report.plain_values import make_plain, round_number
from nanocaliper.statistics.analysis import Analysis
from nanocaliper.statistics.bootstrap import Intervals
from nanocaliper.statistics.comparison import Comparison
from nanocaliper.statistics.distribution import STATISTICS, Distribution
from nanocaliper.statistics.edge_correction import EdgeCorrection
from nanocaliper.statistics.fits import Fit
from nanocaliper.statistics.goodness import Goodness
from nanocaliper.statistics.hypothesis_tests import Significance
from nanocaliper.statistics.image_particles import ImageParticles
from nanocaliper.statistics.samples import SampleAnalysis

__all__ = ["describe_analysis", "describe_comparison", "describe_sample"]


def describe_analysis(analysis: Analysis) -> dict[str, Any]:
    """Make the JSON values of an analysis.

    Parameters
    ----------
    analysis : Analysis

    Returns
    -------
    dict
        Keys as in `ANALYSIS_KEYS`, numbers with nine significant digits.
    """
    chosen, options = analysis.selection, analysis.options
    full = analysis.depth == "full"
    content = {
        "measurand": chosen.column,
        "unit": chosen.unit,
        "basis": options.basis,
        "depth": analysis.depth,
        "count": int(chosen.sizes.size),
        "left_out": dict(chosen.left_out),
        "images": analysis.images,
        "nm_per_px_least": analysis.nm_per_px_least,
        "nm_per_px_most": analysis.nm_per_px_most,
        "options": {
            "measurand": options.measurand,
            "shape": options.shape,
            "include_border": options.include_border,
            "detection_limit": options.detection_limit,
            "precision": options.precision,
            "repeatability": options.repeatability,
            "edits": {name: dict(edit) for name, edit in options.edits.items()},
            "magnification_limit": options.magnification_limit,
            "outline_uncertainty_px": options.outline_uncertainty_px,
        },
        "level": options.level,
        "seed": analysis.seed,
        "replicates": analysis.intervals.replicates,
        "distributions": {
            basis: _describe_distribution(found) for basis, found in analysis.distributions.items()
        },
        "intervals": _describe_intervals(analysis.intervals),
        "precision": [asdict(precision) for precision in analysis.precision],
        "edge_correction": _describe_edges(analysis.edge_correction, analysis.edge_intervals),
        "resolution": {
            name: getattr(analysis.resolution, name)
            for name in ("smallest_px", "smallest_nm", "below", "share_below", "median_px")
        },
        "budgets": [asdict(budget) for budget in analysis.budgets],
        "verdict": None if analysis.verdict is None else asdict(analysis.verdict),
        "verdict_reason": analysis.verdict_reason,
        "shapes": {
            name or "undecided": _describe_distribution(found) for name, found in analysis.shapes.items()
        },
        "constituents": {
            name: getattr(analysis.constituents, name)
            for name in (
                "particles", "free", "agglomerates", "in_agglomerates", "largest", "share_agglomerated", "rule",
            )
        },
        "histogram": None
        if analysis.histogram is None or not full
        else {
            name: getattr(analysis.histogram, name).tolist() for name in ("edges", "counts", "share", "density")
        }
        | {"rule": analysis.histogram.rule},
        "modality": None
        if analysis.modality is None
        else {
            "components": [asdict(component) for component in analysis.modality.components],
            "bic": analysis.modality.bic,
            "peaks": analysis.modality.peaks,
            "warnings": analysis.modality.warnings,
        },
        "fits": [_describe_fit(fit, analysis.goodness.get(fit.model)) for fit in analysis.fits],
        "warnings": analysis.warnings,
    }  # fmt: skip
    plain: dict[str, Any] = round_number(make_plain(content))
    return plain


def describe_sample(sample: SampleAnalysis, images: Sequence[ImageParticles]) -> dict[str, Any]:
    """Make the JSON values of a sample.

    Parameters
    ----------
    sample : SampleAnalysis
    images : sequence of ImageParticles
        All of its images, those left out too.

    Returns
    -------
    dict
        Keys as those below ``samples[]`` in `STATISTICS_KEYS`.
    """
    agreement = sample.agreement
    by_name = {image.image: image for image in images}
    return {
        "name": sample.name,
        "pooled": describe_analysis(sample.pooled),
        "images": [
            {
                "image": name,
                "nm_per_px": round_number(by_name[name].nm_per_px),
                "field_rows": by_name[name].field_rows,
                "field_cols": by_name[name].field_cols,
                "analysis": describe_analysis(analysis),
            }
            for name, analysis in sample.images.items()
        ],
        "agreement": None
        if agreement is None
        else round_number(
            make_plain(
                {
                    "agree": agreement.agree,
                    "sentence": agreement.sentence,
                    "images": agreement.images,
                    "not_tested": agreement.not_tested,
                    "anova": _describe_test(agreement.anova),
                    "kruskal_wallis": _describe_test(agreement.kruskal_wallis),
                    "share_between": agreement.share_between,
                    "deviations": [asdict(deviation) for deviation in agreement.deviations],
                }
            )
        ),
        "left_out": dict(sample.left_out),
        "warnings": list(sample.warnings),
    }


def describe_comparison(comparison: Comparison) -> dict[str, Any]:
    """Make the JSON values of a comparison.

    Parameters
    ----------
    comparison : Comparison

    Returns
    -------
    dict
        Keys as those below ``comparisons[]`` in `STATISTICS_KEYS`.
    """
    content = asdict(comparison) | {
        "tests": [asdict(test.result) | {"p_corrected": test.p_corrected} for test in comparison.tests]
    }
    plain: dict[str, Any] = round_number(make_plain(content))
    return plain


def _describe_distribution(found: Distribution) -> dict[str, Any]:
    return {name: getattr(found, name) for name in ("count", "effective_count", *STATISTICS)}


def _describe_intervals(intervals: Intervals) -> dict[str, Any]:
    return {
        name: {
            key: getattr(interval, key)
            for key in ("estimate", "low", "high", "standard_error", "method", "reason")
        }
        for name, interval in intervals.intervals.items()
    }


def _describe_edges(edges: EdgeCorrection | None, intervals: Intervals | None) -> dict[str, Any] | None:
    if edges is None:
        return None
    return {
        "unweighted": _describe_distribution(edges.unweighted),
        "weighted": _describe_distribution(edges.weighted),
        "intervals": None if intervals is None else _describe_intervals(intervals),
        **{
            name: getattr(edges, name)
            for name in ("smallest_probability", "exploding", "too_large", "largest_share", "effective_count")
        },
    }


def _describe_fit(fit: Fit, goodness: Goodness | None) -> dict[str, Any]:
    named: Mapping[str, Any] = {} if goodness is None else asdict(goodness)
    return {
        **{
            name: getattr(fit, name)
            for name in (
                "model", "parameters", "standard_errors", "log_likelihood", "aic", "bic", "truncated_at",
                "converged",
                "warnings",
            )
        },
        "goodness": None
        if goodness is None
        else {name: value for name, value in named.items() if name not in ("model", "count")},
    }  # fmt: skip


def _describe_test(test: Significance | None) -> dict[str, Any] | None:
    return None if test is None else asdict(test)
