"""The front of the report and its summary."""

from nanocaliper.report.report_content import Block, Bullets, Column, Paragraph, Section, Table
from nanocaliper.report.report_details import DETAIL_FIELDS
from nanocaliper.report.report_material import ReportMaterial, ReportSample
from nanocaliper.report.report_text import Blank, Cell, Ref, Strong
from nanocaliper.report.statistic_names import spell_statistic
from nanocaliper.report.written_numbers import write_between, write_count, write_percent, write_size
from nanocaliper.statistics.uncertainty import UncertaintyBudget

__all__ = ["make_front", "make_summary", "name_measurand", "write_result"]

_FRONT = ("number", "date", "laboratory", "address", "customer", "order", "operator", "approved_by")
_OPTIONAL = ("address", "order")


def make_front(material: ReportMaterial) -> tuple[Block, ...]:
    """Make the table of who measured what for whom.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Block
    """
    labels, given = DETAIL_FIELDS["report"], material.details.report
    rows: list[tuple[Cell, ...]] = [
        (labels[name], given[name] if name in given else (Blank(labels[name]),))
        for name in _FRONT
        if name in given or name not in _OPTIONAL
    ]
    names = ", ".join(sample.name for sample in material.samples)
    rows.insert(2, ("Sample" if len(material.samples) == 1 else "Samples", names))
    blocks: list[Block] = [Table("", "", (Column("", 1.0), Column("", 2.6)), tuple(rows))]
    if "remarks" in given:
        blocks.append(Paragraph(("Remarks: ", given["remarks"])))
    return tuple(blocks)


def make_summary(material: ReportMaterial) -> Section:
    """Make the summary: the results with their uncertainties, and what to know first.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    Section
    """
    blocks: list[Block] = []
    for sample in material.samples:
        prefix = f"{sample.name}: " if len(material.samples) > 1 else ""
        lines = _write_results(sample)
        # Of several samples the mean stands in the table.
        blocks += [Paragraph((prefix, text), "result") for text in (lines[:1] if prefix else lines)]
    blocks.append(_tabulate(material))
    points: list[Cell] = []
    for sample in material.samples:
        prefix = f"{sample.name}: " if len(material.samples) > 1 else ""
        pooled = sample.analysis.pooled
        points += [(prefix, precision.sentence) for precision in pooled.precision[:1]]
        if sample.analysis.agreement is not None:
            points.append((prefix, sample.analysis.agreement.sentence))
        if pooled.verdict is not None:
            points.append(
                (
                    prefix,
                    "Screening as nanomaterial: ",
                    Strong(pooled.verdict.conclusion),
                    ", see ",
                    Ref("section:screening"),
                    ".",
                )
            )
    points += [pair.sentence for pair in material.comparisons]
    if points:
        blocks.append(Bullets(tuple(points)))
    count = sum(len(sample.analysis.warnings) for sample in material.samples) + len(material.failed)
    if count:
        blocks.append(
            Paragraph(
                (
                    f"{write_count(count, 'warning')} in ",
                    Ref("section:warnings"),
                    ": read them before the numbers.",
                ),
                "warning",
            )
        )
    return Section("Summary", tuple(blocks))


def name_measurand(sample: ReportSample) -> str:
    """Name what was measured, for example ``'area-equivalent diameter'``."""
    words = sample.analysis.pooled.selection.measurand.replace("_", " ")
    return "area-equivalent diameter" if words == "diameter equivalent" else words


def write_result(budget: UncertaintyBudget) -> str:
    """Write a result as JCGM 100, 7.2.4 asks: value, expanded uncertainty, coverage factor.

    Parameters
    ----------
    budget : UncertaintyBudget

    Returns
    -------
    str
        For example ``'D50 = 52.4 nm ± 1.2 nm (U, k = 2)'``.
    """
    value = write_size(budget.value, budget.expanded)
    reach = write_size(budget.expanded, budget.expanded)
    name = spell_statistic(budget.measurand)
    title = f"{name[0].upper()}{name[1:]}"
    result = f"{title} = {value} {budget.unit} ± {reach} {budget.unit} (U, k = {budget.coverage_factor:g})"
    if not any(row.name == "sampling" for row in budget.rows):
        result += ", without the uncertainty from sampling"
    return result


def _write_results(sample: ReportSample) -> list[str]:
    pooled = sample.analysis.pooled
    n = pooled.selection.sizes.size
    among = write_count(len(sample.analysis.images), "image")
    if not n:
        return [f"No particle was counted in {among}; there is no size to report."]
    basis = "" if pooled.options.basis == "number" else f", by {pooled.options.basis}"
    about = f"{name_measurand(sample)}{basis}, n = {write_count(n, 'particle')} from {among}"
    return [f"{write_result(budget)}; {about}." for budget in pooled.budgets]


def _tabulate(material: ReportMaterial) -> Table:
    level = f"{100 * material.options.level:g} %"
    unit = material.samples[0].analysis.pooled.unit
    same = all(sample.analysis.pooled.unit == unit for sample in material.samples)
    of = f" / {unit}" if same else ""
    columns = (
        Column("Sample", 1.7),
        Column("Images", 0.8, True),
        Column("Particles", 0.95, True),
        Column(f"D50{of}", 1.0, True),
        Column(f"{level} interval of D50{of}", 1.5, True),
        Column(f"U(D50), k = 2{of}", 1.0, True),
        Column("U relative", 0.9, True),
        Column(f"Mean{of}", 1.0, True),
        Column(f"SD{of}", 0.9, True),
    )
    rows: list[tuple[Cell, ...]] = []
    for sample in material.samples:
        pooled = sample.analysis.pooled
        budget = {one.measurand: one for one in pooled.budgets}
        d50, mean = budget.get("d50"), budget.get("mean")
        interval = pooled.intervals.intervals.get("d50")
        suffix = "" if same else f" {pooled.unit}"
        rows.append(
            (
                sample.name,
                f"{len(sample.analysis.images):,}",
                f"{pooled.selection.sizes.size:,}",
                write_size(pooled.distribution.d50, _expand(d50)) + suffix,
                write_between(interval.low, interval.high) if interval else "–",
                write_size(d50.expanded, d50.expanded) if d50 else "–",
                write_percent(d50.relative_expanded) if d50 else "–",
                write_size(pooled.distribution.mean, _expand(mean)) + suffix,
                write_size(pooled.distribution.sd, figures=3) + suffix,
            )
        )
    return Table(
        "table:results",
        "Results. The interval is that of sampling alone; U is the expanded uncertainty.",
        columns,
        tuple(rows),
    )


def _expand(budget: UncertaintyBudget | None) -> float | None:
    return None if budget is None else budget.expanded
