"""The rows of ``statistics.csv``, ``budget.csv`` and ``comparison.csv``; written as those of ``summary.csv``."""

from collections.abc import Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Final

from nanocaliper.particles.columns import Column
from nanocaliper.report.tables import format_cell, format_name
from nanocaliper.statistics.analysis import Analysis
from nanocaliper.statistics.comparison import Comparison
from nanocaliper.statistics.distribution import STATISTICS
from nanocaliper.statistics.samples import SampleAnalysis

__all__ = [
    "BUDGET_COLUMNS",
    "COMPARISON_COLUMNS",
    "SAMPLE_COLUMNS",
    "iterate_budget_rows",
    "iterate_comparison_rows",
    "iterate_sample_rows",
]

_WITH_LIMITS: Final = (
    "mean", "sd", "d10", "d50", "d90", "geometric_mean", "geometric_sd", "cv", "span", "d_3_2", "d_4_3",
)  # fmt: skip
_PURE: Final = ("geometric_sd", "cv", "span")


def _list_columns() -> Iterator[tuple[str, Column]]:
    unit = "as `unit`"
    yield "sample", Column("", "Name of the sample.")
    yield "image", Column("", "Name of the image; empty for all images of the sample together.")
    yield "measurand", Column("", "Column of particles.csv that the sizes are.")
    yield "unit", Column("", "'nm', or 'px' without a calibration: the unit of every size in the row.")
    yield "basis", Column("", "'number', 'area' or 'volume': what the statistics and limits count.")
    yield "images", Column("", "Images.")
    yield "particles", Column("", "Particles that are counted.")
    for name in _WITH_LIMITS:
        yield name, Column("1" if name in _PURE else unit, STATISTICS[name])
        yield (
            f"{name}_low",
            Column("1" if name in _PURE else unit, f"Lower confidence limit of {name}; empty without one."),
        )
        yield f"{name}_high", Column("1" if name in _PURE else unit, f"Upper confidence limit of {name}.")
    yield "mode", Column(unit, STATISTICS["mode"])
    yield "pdi_variance", Column("1", STATISTICS["pdi_variance"])
    yield "pdi_moments", Column("1", STATISTICS["pdi_moments"])
    yield "mean_edge_corrected", Column(unit, "Mean with Miles-Lantuéjoul weights.")
    yield "d50_edge_corrected", Column(unit, "Median with the same weights.")
    yield "mean_expanded_uncertainty", Column(unit, "U of the mean, k = 2, from its budget.")
    yield "d50_expanded_uncertainty", Column(unit, "U of D50, k = 2, from its budget.")
    yield "precision_d50", Column("1", "Half-width of the interval of D50 over D50.")
    yield "more_particles", Column("", "Particles to measure in addition for the wanted precision of D50.")
    yield "smallest_measurable", Column(unit, "10 px; of several images the coarsest decides.")
    yield "below_smallest", Column("", "Particles smaller than that.")
    yield "nanomaterial", Column("", "Screening: 'yes', 'no' or 'not decided'; empty without a verdict.")
    yield "share_1_to_100_nm", Column("1", "Share of particles that meet the definition.")
    yield (
        "agrees",
        Column("", "Of a sample: whether its images agree. Of an image: whether it agrees with the others."),
    )
    yield "warnings", Column("", "What a person should know before using the numbers.")


#: Every column of ``statistics.csv``, in order.
SAMPLE_COLUMNS: Mapping[str, Column] = MappingProxyType(dict(_list_columns()))

#: Every column of ``budget.csv``, in order.
BUDGET_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "sample": Column("", "Name of the sample."),
        "statistic": Column("", "'d50' or 'mean'."),
        "source": Column("", "Name of the row; 'combined' and 'expanded' are the sums."),
        "kind": Column("", "'A' or 'B', JCGM 100."),
        "distribution": Column("", "normal, rectangular, triangular or u-shaped."),
        "value": Column("", "Estimate of the input quantity; of the sums the result."),
        "unit": Column("", "Unit of value and standard_uncertainty."),
        "standard_uncertainty": Column("", "u of the input quantity; of 'expanded' U = k u."),
        "sensitivity": Column("", "Change of the result with the input quantity."),
        "contribution": Column("", "|sensitivity| · u, in the unit of the result."),
        "degrees_of_freedom": Column("", "Empty where u counts as exactly known."),
        "meaning": Column("", "Where the number comes from."),
    }
)

#: Every column of ``comparison.csv``, in order.
COMPARISON_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "first": Column("", "Name of a sample."),
        "second": Column("", "Name of another."),
        "kind": Column("", "'difference', 'ratio', 'effect' or 'test'."),
        "name": Column("", "Statistic, effect size or test."),
        "value": Column(
            "", "Difference (first less second), ratio (first over second), effect or test statistic."
        ),
        "low": Column("", "Lower confidence limit; empty for tests."),
        "high": Column("", "Upper confidence limit; empty for tests."),
        "unit": Column("", "Of differences; else empty."),
        "p": Column("", "Two-sided p of a test."),
        "p_corrected": Column("", "After Holm, over the pairs."),
    }
)


def iterate_sample_rows(samples: Sequence[SampleAnalysis]) -> Iterator[list[str]]:
    """Make the rows of ``statistics.csv``.

    Parameters
    ----------
    samples : sequence of SampleAnalysis

    Yields
    ------
    list of str
        Cells in the order of `SAMPLE_COLUMNS`.
    """
    for sample in samples:
        agreement = sample.agreement
        agree = None if agreement is None else agreement.agree
        yield _make_row(sample.name, "", sample.pooled, agree, sample.warnings)
        deviates = {} if agreement is None else {one.image: one.deviates for one in agreement.deviations}
        for image, analysis in sample.images.items():
            agrees = not deviates[image] if image in deviates else None
            yield _make_row(sample.name, image, analysis, agrees, analysis.warnings)


def _make_row(
    sample: str, image: str, analysis: Analysis, agrees: bool | None, warnings: Sequence[str]
) -> list[str]:
    found, edges = analysis.distribution, analysis.edge_correction
    cells: dict[str, object] = {
        "measurand": analysis.selection.column,
        "unit": analysis.unit,
        "basis": analysis.options.basis,
        "images": analysis.images,
        "particles": found.count,
        "mode": found.mode,
        "pdi_variance": found.pdi_variance,
        "pdi_moments": found.pdi_moments,
        "mean_edge_corrected": None if edges is None else edges.weighted.mean,
        "d50_edge_corrected": None if edges is None else edges.weighted.d50,
        "precision_d50": analysis.precision[0].reached,
        "more_particles": analysis.precision[0].more,
        "smallest_measurable": analysis.resolution.smallest_nm or analysis.resolution.smallest_px,
        "below_smallest": analysis.resolution.below,
        "agrees": agrees,
        "warnings": " ".join(warnings),
    }
    for name in _WITH_LIMITS:
        interval = analysis.intervals.intervals.get(name)
        cells[name] = getattr(found, name)
        cells[f"{name}_low"] = None if interval is None else interval.low
        cells[f"{name}_high"] = None if interval is None else interval.high
    for budget in analysis.budgets:
        cells[f"{budget.measurand}_expanded_uncertainty"] = budget.expanded
    if analysis.verdict is not None:
        cells["nanomaterial"] = analysis.verdict.conclusion
        cells["share_1_to_100_nm"] = None if analysis.verdict.share is None else analysis.verdict.share.share
    named = {"sample": format_name(sample), "image": format_name(image)}
    return [named[name] if name in named else format_cell(cells.get(name)) for name in SAMPLE_COLUMNS]


def iterate_budget_rows(samples: Sequence[SampleAnalysis]) -> Iterator[list[str]]:
    """Make the rows of ``budget.csv``: the sources of every budget, then its sums.

    Parameters
    ----------
    samples : sequence of SampleAnalysis

    Yields
    ------
    list of str
        Cells in the order of `BUDGET_COLUMNS`.
    """
    for sample in samples:
        for budget in sample.pooled.budgets:
            first = [format_name(sample.name), budget.measurand]
            for row in budget.rows:
                cells = (
                    row.name, row.kind, row.distribution, row.value, row.unit, row.standard_uncertainty,
                    row.sensitivity, row.contribution, row.degrees_of_freedom, row.source,
                )  # fmt: skip
                yield [*first, *map(format_cell, cells)]
            sums = (
                ("combined", budget.combined, budget.effective_degrees, "Combined standard uncertainty."),
                ("expanded", budget.expanded, None, f"U = k u with k = {budget.coverage_factor:g}."),
            )
            for name, value, degrees, meaning in sums:
                cells = (name, "", "", budget.value, budget.unit, value, 1.0, value, degrees, meaning)
                yield [*first, *map(format_cell, cells)]


def iterate_comparison_rows(comparisons: Sequence[Comparison]) -> Iterator[list[str]]:
    """Make the rows of ``comparison.csv``.

    Parameters
    ----------
    comparisons : sequence of Comparison

    Yields
    ------
    list of str
        Cells in the order of `COMPARISON_COLUMNS`.
    """
    for pair in comparisons:
        first = [format_name(pair.first), format_name(pair.second)]
        rows: list[tuple[object, ...]] = []
        for one in pair.contrasts:
            rows.append(
                (
                    "difference",
                    one.statistic,
                    one.difference,
                    one.difference_low,
                    one.difference_high,
                    pair.unit,
                )
            )
            rows.append(("ratio", one.statistic, one.ratio, one.ratio_low, one.ratio_high, ""))
        rows += [("effect", one.name, one.value, one.low, one.high, "") for one in pair.effects]
        for row in rows:
            yield [*first, *map(format_cell, row), "", ""]
        for test in pair.tests:
            made = (
                "test", test.result.name, test.result.statistic, None, None, "", test.result.p, test.p_corrected,
            )  # fmt: skip
            yield [*first, *map(format_cell, made)]
