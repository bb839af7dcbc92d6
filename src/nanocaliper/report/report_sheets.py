"""The sheets of the workbook: numbers with all their digits, units in the headings."""

from nanocaliper.report.measured_sheets import (
    FORMS,
    Value,
    make_images_sheet,
    make_particles_sheet,
    make_settings_sheet,
)
from nanocaliper.report.report_content import Sheet, SheetColumn
from nanocaliper.report.report_material import ReportMaterial, ReportSample
from nanocaliper.report.statistic_names import PURE_STATISTICS, SHOWN_STATISTICS
from nanocaliper.report.statistics_tables import BUDGET_COLUMNS, iterate_budget_rows

__all__ = ["make_sheets"]

_NUMBER, _WHOLE, _SHARE = FORMS


def make_sheets(material: ReportMaterial) -> tuple[Sheet, ...]:
    """Make the sheets of the workbook, but for the histogram, which is made of the charts.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Sheet
    """
    return (
        _make_summary(material),
        _make_statistics(material),
        make_particles_sheet(material),
        _make_budget(material),
        make_images_sheet(material),
        make_settings_sheet(material),
    )


def _make_summary(material: ReportMaterial) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for sample in material.samples:
        pooled = sample.analysis.pooled
        budgets = {one.measurand: one for one in pooled.budgets}
        d50, mean = budgets.get("d50"), budgets.get("mean")
        interval = pooled.intervals.intervals.get("d50")
        precision = next(iter(pooled.precision), None)
        rows.append(
            (
                sample.name,
                len(sample.analysis.images),
                int(pooled.selection.sizes.size),
                pooled.selection.column,
                pooled.options.basis,
                pooled.unit,
                pooled.distribution.d50,
                None if interval is None else interval.low,
                None if interval is None else interval.high,
                None if d50 is None else d50.expanded,
                pooled.distribution.mean,
                None if mean is None else mean.expanded,
                pooled.distribution.sd,
                None if d50 is None else d50.coverage_factor,
                None if precision is None else precision.reached,
                None if precision is None else precision.more,
                pooled.verdict.conclusion if pooled.verdict else None,
                _say_agreement(sample),
                len(sample.analysis.warnings),
            )
        )
    level = f"{100 * material.options.level:g} %"
    columns = (
        SheetColumn("Sample", width=24),
        SheetColumn("Images", _WHOLE, 9),
        SheetColumn("Particles n", _WHOLE),
        SheetColumn("Measurand", width=26),
        SheetColumn("Basis"),
        SheetColumn("Unit", width=8),
        SheetColumn("D50 [unit]", _NUMBER),
        SheetColumn(f"D50 {level} low [unit]", _NUMBER, 18),
        SheetColumn(f"D50 {level} high [unit]", _NUMBER, 18),
        SheetColumn("U(D50), k = 2 [unit]", _NUMBER, 18),
        SheetColumn("Mean [unit]", _NUMBER),
        SheetColumn("U(mean), k = 2 [unit]", _NUMBER, 18),
        SheetColumn("SD [unit]", _NUMBER),
        SheetColumn("k", "0", 6),
        SheetColumn("Precision of D50", _SHARE, 16),
        SheetColumn("Particles still missing", _WHOLE, 20),
        SheetColumn("Nanomaterial (screening)", width=24),
        SheetColumn("Images agree", width=14),
        SheetColumn("Warnings", _WHOLE, 10),
    )
    return Sheet("Summary", columns, tuple(rows))


def _say_agreement(sample: ReportSample) -> str | None:
    agreement = sample.analysis.agreement
    return None if agreement is None or agreement.agree is None else ("yes" if agreement.agree else "no")


def _make_statistics(material: ReportMaterial) -> Sheet:
    rows: list[tuple[Value, ...]] = []
    for sample in material.samples:
        pooled = sample.analysis.pooled
        for basis, intervals in sample.intervals.items():
            for name in (*SHOWN_STATISTICS, "mode"):
                interval = intervals.intervals.get(name)
                rows.append(
                    (
                        sample.name,
                        basis,
                        SHOWN_STATISTICS.get(name, name),
                        "1" if name in PURE_STATISTICS else pooled.unit,
                        getattr(pooled.distributions[basis], name),
                        None if interval is None else interval.low,
                        None if interval is None else interval.high,
                        None if interval is None else interval.standard_error,
                        interval.method if interval else "",
                    )
                )
    level = f"{100 * material.options.level:g} %"
    columns = (
        SheetColumn("Sample", width=24),
        SheetColumn("Basis"),
        SheetColumn("Statistic", width=18),
        SheetColumn("Unit", width=8),
        SheetColumn("Value [unit]", _NUMBER),
        SheetColumn(f"{level} low [unit]", _NUMBER, 14),
        SheetColumn(f"{level} high [unit]", _NUMBER, 14),
        SheetColumn("Standard error [unit]", _NUMBER, 18),
        SheetColumn("Method of the interval", width=40),
    )
    return Sheet("Statistics", columns, tuple(rows))


def _make_budget(material: ReportMaterial) -> Sheet:
    numbers = {"value", "standard_uncertainty", "sensitivity", "contribution", "degrees_of_freedom"}
    columns = tuple(
        SheetColumn(
            name.replace("_", " ").capitalize(),
            "0.00000" if name in numbers else "",
            60 if name == "meaning" else 24 if name in ("sample", "source") else 16,
        )
        for name in BUDGET_COLUMNS
    )
    raw = iterate_budget_rows([sample.analysis for sample in material.samples])
    rows = [
        tuple(
            _to_number(cell) if name in numbers else cell
            for name, cell in zip(BUDGET_COLUMNS, row, strict=True)
        )
        for row in raw
    ]
    return Sheet("Budget", columns, tuple(rows))


def _to_number(cell: str) -> Value:
    return float(cell) if cell else None
