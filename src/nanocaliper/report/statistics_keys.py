"""The format of statistics: type and meaning of every key of an analysis, and of ``statistics.json``."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import NamedTuple

from nanocaliper.statistics.distribution import STATISTICS

__all__ = ["ANALYSIS_KEYS", "STATISTICS_KEYS", "STATISTICS_SCHEMA", "Key", "below"]

#: Name and version of the format; the number grows when a key changes its meaning or goes.
STATISTICS_SCHEMA = "nanocaliper-statistics/1"


class Key(NamedTuple):
    """A key of a JSON file.

    Parameters
    ----------
    type : str
        ``string``, ``number``, ``integer``, ``boolean``, ``object``, ``mapping`` (any keys), ``array``,
        ``array of TYPE`` or ``any``; with ``?`` it may be null.
    meaning : str
    """

    type: str
    meaning: str


Keys = Mapping[str, Key]


def below(prefix: str, keys: Keys) -> dict[str, Key]:
    """Put keys below another: ``a`` and ``b`` give ``a.b``.

    Parameters
    ----------
    prefix : str
    keys : mapping of str to Key

    Returns
    -------
    dict of str to Key
    """
    return {f"{prefix}.{name}": key for name, key in keys.items()}


_DISTRIBUTION: Keys = {
    "count": Key("integer", "Particles."),
    "effective_count": Key("number", "(Σw)²/Σw² of the weights; the count where there are none."),
    **{name: Key("number?", meaning) for name, meaning in STATISTICS.items()},
}

_INTERVAL: Keys = {
    "estimate": Key("number?", "The statistic itself; null where it does not exist."),
    "low": Key("number?", "Lower confidence limit; null where there is none."),
    "high": Key("number?", "Upper confidence limit."),
    "standard_error": Key("number?", "Standard uncertainty from sampling."),
    "method": Key("string", "How the limits were found; empty without them."),
    "reason": Key("string?", "Why there are no limits, or only one."),
}

_BUDGET: Keys = {
    "measurand": Key("string", "The statistic: 'd50' or 'mean'."),
    "value": Key("number", "Its value."),
    "unit": Key("string", "'nm' or 'px'."),
    "rows": Key("array", "Sources of uncertainty."),
    "rows[].name": Key(
        "string", "calibration, magnification, pixel_size, outline, sampling, repeatability, or as given."
    ),
    "rows[].kind": Key("string", "'A', from repeated observations, or 'B', from other knowledge."),
    "rows[].distribution": Key("string", "normal, rectangular, triangular or u-shaped."),
    "rows[].value": Key("number", "Estimate of the input quantity."),
    "rows[].unit": Key("string", "Unit of value and standard_uncertainty."),
    "rows[].standard_uncertainty": Key("number", "u of the input quantity."),
    "rows[].sensitivity": Key("number", "Change of the result with the input quantity."),
    "rows[].contribution": Key("number", "|sensitivity| · u, in the unit of the result."),
    "rows[].degrees_of_freedom": Key("number?", "null where u counts as exactly known."),
    "rows[].source": Key("string", "Where the number comes from."),
    "combined": Key("number", "Combined standard uncertainty √Σ contribution², JCGM 100."),
    "effective_degrees": Key("number?", "Welch-Satterthwaite; null for infinitely many."),
    "coverage_factor": Key("number", "k."),
    "expanded": Key("number", "k times combined."),
    "relative_expanded": Key("number?", "expanded / value."),
    "coverage_factor_95": Key("number", "Student's t for 95 % and the effective degrees of freedom."),
    "warnings": Key("array of string", "What the budget lacks or assumes."),
}

_VERDICT: Keys = {
    "conclusion": Key("string", "Nanomaterial: 'yes', 'no' or 'not decided'."),
    "reason": Key("string", "Why."),
    "share": Key(
        "object?", "Share of the particles, by number, that meet the definition; null without particles."
    ),
    "share.share": Key("number", "0 to 1."),
    "share.low": Key("number", "Lower confidence limit, sampling alone."),
    "share.high": Key("number", "Upper confidence limit, sampling alone."),
    "share.level": Key("number", "Confidence level."),
    "share.count": Key("integer", "Particles."),
    "share.effective_count": Key("number", "Independent particles that would tell as much."),
    "share.method": Key("string", "How the limits were found."),
    "share_low": Key("number?", "Lower limit with the uncertainty of the scale."),
    "share_high": Key("number?", "Upper limit with the uncertainty of the scale."),
    "median_feret_min_nm": Key("number?", "Median smallest Feret diameter, nm."),
    "median_low_nm": Key("number?", "Its lower confidence limit."),
    "median_high_nm": Key("number?", "Its upper confidence limit."),
    "screening": Key("string", "What the median alone says."),
    "by_size": Key("integer", "Particles with a dimension of 1 to 100 nm."),
    "by_thin": Key("integer", "Particles thinner than 1 nm and longer than 100 nm."),
    "ignored": Key("integer", "Particles with two dimensions over 100 µm."),
    "count": Key("integer", "Particles considered."),
    "warnings": Key("array of string", "What limits the verdict."),
}

_FIT: Keys = {
    "model": Key("string", "'normal', 'lognormal' or 'weibull'."),
    "parameters": Key("mapping", "normal: mean, sd; lognormal: median, geometric_sd; weibull: scale, shape."),
    "standard_errors": Key("mapping", "Of the parameters."),
    "log_likelihood": Key("number?", "ln L."),
    "aic": Key("number?", "4 - 2 ln L; fits stand in its order."),
    "bic": Key("number?", "2 ln n - 2 ln L."),
    "truncated_at": Key("number?", "Detection limit."),
    "converged": Key("boolean", "False where the likelihood has no maximum."),
    "warnings": Key("array of string", "What is wrong with the fit."),
    "goodness": Key("object?", "null where the fit did not converge."),
    "goodness.kolmogorov_smirnov": Key("number", "D, largest error of the cumulative distribution."),
    "goodness.kolmogorov_smirnov_p": Key("number", "p by parametric bootstrap."),
    "goodness.anderson_darling": Key("number", "A²."),
    "goodness.anderson_darling_p": Key("number", "p by parametric bootstrap."),
    "goodness.replicates": Key("integer", "Simulated samples."),
    "goodness.simulated_count": Key("integer", "Particles of each."),
}

#: Keys of one analysis: ``a.b`` is key ``b`` inside ``a``, ``a[]`` an element of the list ``a``, ``a.*`` any
# value of the #: mapping ``a``.
ANALYSIS_KEYS: Keys = MappingProxyType(
    {
        "measurand": Key("string", "Column of particles.csv that the sizes are."),
        "unit": Key("string", "'nm', or 'px' without a calibration: the unit of every size below."),
        "basis": Key("string", "'number', 'area' or 'volume': what intervals, precision, budgets and histogram "
        "count."),
        "depth": Key("string", "'full', or 'quick' for the images of a sample; what only 'full' has is null or "
        "empty in quick."),
        "count": Key("integer", "Particles."),
        "left_out": Key("mapping", "Outlined particles that are not in it, by reason."),
        "images": Key("integer", "Images the particles come from."),
        "nm_per_px_least": Key("number?", "Smallest scale of the images, nm."),
        "nm_per_px_most": Key("number?", "Largest scale of the images, nm."),
        "options": Key("object", "Settings of the analysis."),
        "options.measurand": Key("string", "--measurand."),
        "options.shape": Key("string?", "--shape: only particles of this class."),
        "options.include_border": Key("boolean", "--include-border."),
        "options.detection_limit": Key("number?", "--detection-limit."),
        "options.precision": Key("number", "--precision: half-width of the interval over the value, wanted."),
        "options.repeatability": Key("number?", "--repeatability."),
        "options.edits": Key("mapping", "Changes to the budgets, as --budget has them."),
        "options.magnification_limit": Key("number", "Limit of the instrument's relative error of scale."),
        "options.outline_uncertainty_px": Key(
            "number?", "Standard uncertainty of the outline's place, px; null: of each particle, else 0.5 px."
        ),
        "level": Key("number", "Confidence level."),
        "seed": Key("integer", "Of the resampling; made from the sizes unless --seed is given."),
        "replicates": Key("integer", "Bootstrap replicates; 0 where nothing was resampled."),
        "distributions": Key("mapping", "By 'number', 'area' and 'volume'."),
        **below("distributions.*", _DISTRIBUTION),
        "intervals": Key("mapping", "Confidence intervals by statistic; all in full, some in quick."),
        **below("intervals.*", _INTERVAL),
        "precision": Key("array", "Enough particles? For D50 and the mean."),
        "precision[].statistic": Key("string", "'d50' or 'mean'."),
        "precision[].count": Key("integer", "Particles."),
        "precision[].reached": Key("number?", "Half-width of the interval over the value."),
        "precision[].wanted": Key("number", "The same, wanted."),
        "precision[].level": Key("number", "Confidence level."),
        "precision[].more": Key("integer?", "Particles to measure in addition; 0 where it is reached."),
        "precision[].sentence": Key("string", "The same in words."),
        "edge_correction": Key("object?", "Miles-Lantuéjoul weights for particles the border cut; or null."),
        "edge_correction.unweighted": Key("object", "Distribution without weights."),
        **below("edge_correction.unweighted", _DISTRIBUTION),
        "edge_correction.weighted": Key("object", "Distribution with weights 1/P."),
        **below("edge_correction.weighted", _DISTRIBUTION),
        "edge_correction.intervals": Key("mapping?", "Of the weighted values: mean, d10, d50, d90; full only."),
        **below("edge_correction.intervals.*", _INTERVAL),
        "edge_correction.smallest_probability": Key("number", "P below which weights count as exploding."),
        "edge_correction.exploding": Key("integer", "Particles with such a P."),
        "edge_correction.too_large": Key("integer", "Particles as large as the field, which have no weight."),
        "edge_correction.largest_share": Key("number", "Largest share of one particle in all weight."),
        "edge_correction.effective_count": Key("number", "(Σw)²/Σw²."),
        "resolution": Key("object", "Whether the particles are large enough in pixels."),
        "resolution.smallest_px": Key("number", "Smallest measurable diameter, px; of several scales on their "
        "mean."),
        "resolution.smallest_nm": Key("number?", "The same in nm, that of the coarsest image."),
        "resolution.below": Key("integer", "Particles below it."),
        "resolution.share_below": Key("number?", "Their share."),
        "resolution.median_px": Key("number?", "Median diameter, px."),
        "budgets": Key("array", "Uncertainty budgets of D50 and the mean; empty without particles."),
        **{f"budgets[].{name}": key for name, key in _BUDGET.items()},
        "verdict": Key("object?", "Screening after the EU definition of nanomaterial 2022/C 229/01; or null."),
        **below("verdict", _VERDICT),
        "verdict_reason": Key("string?", "Why there is no verdict."),
        "shapes": Key("mapping", "Number distributions by class of shape; 'undecided' for none."),
        **below("shapes.*", _DISTRIBUTION),
        "constituents": Key("object", "Particles and agglomerates, those at the border included."),
        "constituents.particles": Key("integer", "Outlined particles, each once."),
        "constituents.free": Key("integer", "Those that touch no other."),
        "constituents.agglomerates": Key("integer", "Groups of two or more."),
        "constituents.in_agglomerates": Key("integer", "Particles in them."),
        "constituents.largest": Key("integer", "Most members of one."),
        "constituents.share_agglomerated": Key("number?", "in_agglomerates / particles."),
        "constituents.rule": Key("string", "The counting rule."),
        "histogram": Key("object?", "Full only."),
        "histogram.edges": Key("array of number", "Limits of the bins."),
        "histogram.counts": Key("array of integer", "Particles in each."),
        "histogram.share": Key("array of number", "Share of the basis in each."),
        "histogram.density": Key("array of number", "Share over width, q_r of ISO 9276-1."),
        "histogram.rule": Key("string", "How the bins were chosen."),
        "modality": Key("object?", "Populations: the lognormal mixture with the smallest BIC; full only."),
        "modality.components": Key("array", "By rising median."),
        "modality.components[].share": Key("number", "Of the particles."),
        "modality.components[].median": Key("number", "Median."),
        "modality.components[].geometric_sd": Key("number", "Geometric standard deviation."),
        "modality.bic": Key("array of number", "BIC of 1, 2, 3 components."),
        "modality.peaks": Key("integer", "Maxima of the density of ln x."),
        "modality.warnings": Key("array of string", "How sure that is."),
        "fits": Key("array", "Fits of the number distribution; full only."),
        **{f"fits[].{name}": key for name, key in _FIT.items()},
        "warnings": Key("array of string", "What a person should know before using the numbers."),
    }
)  # fmt: skip

_TEST: Keys = {
    "name": Key("string", "Name of the test."),
    "statistic": Key("number", "t, U, D, F, H or difference."),
    "degrees": Key("array of number", "Degrees of freedom."),
    "p": Key("number", "Two-sided p."),
    "smallest_p": Key("number", "Smallest p it can give with so much data; 0 without such a limit."),
}

#: Keys of ``statistics.json``; what stands inside an analysis is in `ANALYSIS_KEYS`.
STATISTICS_KEYS: Keys = MappingProxyType(
    {
        "schema": Key("string", f"Always '{STATISTICS_SCHEMA}'."),
        "samples": Key("array", "The samples."),
        "samples[].name": Key("string", "Name of the sample."),
        "samples[].pooled": Key("analysis", "Analysis of all its particles."),
        "samples[].images": Key("array", "Its images."),
        "samples[].images[].image": Key("string", "Name of the image."),
        "samples[].images[].nm_per_px": Key("number?", "Its scale."),
        "samples[].images[].field_rows": Key("integer", "Rows of the part that shows the sample, px."),
        "samples[].images[].field_cols": Key("integer", "Columns of the same, px."),
        "samples[].images[].analysis": Key("analysis", "Quick analysis of its particles."),
        "samples[].agreement": Key("object?", "Whether the images agree; null for one image."),
        "samples[].agreement.agree": Key("boolean?", "null where it cannot be tested."),
        "samples[].agreement.sentence": Key("string", "The same in words."),
        "samples[].agreement.images": Key("integer", "Images that take part."),
        "samples[].agreement.not_tested": Key("array of string", "Images with fewer than two particles."),
        "samples[].agreement.anova": Key("object?", "One-way analysis of variance of ln x."),
        **below("samples[].agreement.anova", _TEST),
        "samples[].agreement.kruskal_wallis": Key("object?", "Kruskal-Wallis test."),
        **below("samples[].agreement.kruskal_wallis", _TEST),
        "samples[].agreement.share_between": Key("number?", "Share of the variance of ln x between images, ω²."),
        "samples[].agreement.deviations": Key("array", "Each image against the others."),
        "samples[].agreement.deviations[].image": Key("string", "Name of the image."),
        "samples[].agreement.deviations[].count": Key("integer", "Its particles."),
        "samples[].agreement.deviations[].ratio": Key("number", "Geometric mean over that of the others."),
        "samples[].agreement.deviations[].p": Key("number", "Welch's t of ln x."),
        "samples[].agreement.deviations[].p_corrected": Key("number", "After Holm, over the images."),
        "samples[].agreement.deviations[].deviates": Key("boolean", "p_corrected below 0.05."),
        "samples[].left_out": Key("mapping", "Images that could not be used, with the reason."),
        "samples[].warnings": Key("array of string", "What a person should know before using the numbers."),
        "comparisons": Key("array", "Every pair of samples, of `compare`; empty of `stats`."),
        "comparisons[].first": Key("string", "Name of a sample."),
        "comparisons[].second": Key("string", "Name of another."),
        "comparisons[].unit": Key("string", "'nm' or 'px'."),
        "comparisons[].contrasts": Key("array", "mean, d50, d10 and d90 of both."),
        "comparisons[].contrasts[].statistic": Key("string", "Name of the statistic."),
        "comparisons[].contrasts[].first": Key("number?", "Of the first sample."),
        "comparisons[].contrasts[].second": Key("number?", "Of the second."),
        "comparisons[].contrasts[].difference": Key("number?", "First less second."),
        "comparisons[].contrasts[].difference_low": Key("number?", "Lower confidence limit."),
        "comparisons[].contrasts[].difference_high": Key("number?", "Upper confidence limit."),
        "comparisons[].contrasts[].ratio": Key("number?", "First over second."),
        "comparisons[].contrasts[].ratio_low": Key("number?", "Lower confidence limit."),
        "comparisons[].contrasts[].ratio_high": Key("number?", "Upper confidence limit."),
        "comparisons[].contrasts[].reason": Key("string?", "Why there are no limits."),
        "comparisons[].effects": Key("array", "Hedges' g of ln x, and Cliff's delta."),
        "comparisons[].effects[].name": Key("string", "'hedges_g' or 'cliffs_delta'."),
        "comparisons[].effects[].value": Key("number?", "Positive where the first is larger."),
        "comparisons[].effects[].low": Key("number?", "Lower confidence limit."),
        "comparisons[].effects[].high": Key("number?", "Upper confidence limit."),
        "comparisons[].effects[].words": Key("string", "negligible, small, medium or large."),
        "comparisons[].effects[].method": Key("string", "How the limits were found; empty without them."),
        "comparisons[].tests": Key("array", "Tests that could be made."),
        **{f"comparisons[].tests[].{name}": key for name, key in _TEST.items()},
        "comparisons[].tests[].p_corrected": Key("number", "After Holm, over the pairs."),
        "comparisons[].judged_by": Key("string?", "Test that the sentence goes by."),
        "comparisons[].p_corrected": Key("number?", "Its p after Holm, over what all pairs are judged by."),
        "comparisons[].different": Key("boolean?", "Below 0.05; null where not decided."),
        "comparisons[].sentence": Key("string", "The same in words."),
        "comparisons[].warnings": Key("array of string", "What limits the comparison."),
        "provenance": Key("object", "What is needed to get the same numbers again."),
        "provenance.version": Key("string", "Version of nanocaliper."),
        "provenance.command": Key("string", "'stats' or 'compare'."),
        "provenance.inputs": Key("array of string", "Output folders that were read, as given."),
        "provenance.settings": Key("mapping", "Options as given."),
        "provenance.images": Key("array", "Images that were read, used or not."),
        "provenance.images[].image": Key("string", "Name of the image."),
        "provenance.images[].sha256": Key("string?", "SHA-256 digest of its bytes."),
        "provenance.libraries": Key("mapping", "Versions of Python and of the libraries that numbers depend on."),
        "provenance.platform": Key("string", "Operating system and processor."),
        "provenance.written_at": Key("string", "When this file was written, UTC, ISO 8601."),
    }
)  # fmt: skip
