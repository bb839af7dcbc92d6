"""The uncertainty budgets, as JCGM 100 has them."""

from nanocaliper.report.report_content import Block, Bullets, Column, Paragraph, Section, Table
from nanocaliper.report.report_material import ReportMaterial, ReportSample
from nanocaliper.report.report_text import Cell, Strong
from nanocaliper.report.sections.curves import place_figure
from nanocaliper.report.sections.summary import write_result
from nanocaliper.report.statistic_names import spell_statistic
from nanocaliper.report.written_numbers import write_percent, write_size
from nanocaliper.statistics.uncertainty import UncertaintyBudget

__all__ = ["make_uncertainty"]


def make_uncertainty(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the sections on uncertainty.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
    """
    several = len(material.samples) > 1
    intro = Paragraph(
        "Each row is a source of uncertainty: its estimate, standard uncertainty u(x), how the result "
        "changes with it (c), and "
        "what it contributes to the standard uncertainty of the result, |c| u(x). Contributions add up by "
        "their squares; the "
        "expanded uncertainty is U = k u (JCGM 100:2008, equations 10 and G.2b). Type A: from repeated "
        "observations; type B: "
        "from other knowledge."
    )
    sections = [Section("Uncertainty", (intro,), key="section:uncertainty")]
    for number, sample in enumerate(material.samples):
        blocks = _make_budgets(sample, str(number))
        if several:
            sections.append(Section(sample.name, tuple(blocks), 2, f"section:uncertainty:{number}"))
        else:
            sections[0] = Section("Uncertainty", (intro, *blocks), key="section:uncertainty")
    return tuple(sections)


def _make_budgets(sample: ReportSample, key: str) -> list[Block]:
    budgets = sample.analysis.pooled.budgets
    if not budgets:
        return [Paragraph("There is no particle, and no budget.")]
    blocks: list[Block] = []
    for budget in budgets:
        blocks += [_tabulate(budget, key), Paragraph((Strong(write_result(budget)), "."))]
    sources = {f"{row.name.replace('_', ' ')}: {row.source}": None for row in budgets[0].rows}
    blocks.append(Paragraph(f"Where the rows of {spell_statistic(budgets[0].measurand)} come from:"))
    blocks.append(Bullets(tuple(sources)))
    warnings = dict.fromkeys(text for budget in budgets for text in budget.warnings)
    blocks += [Paragraph(text, "note") for text in warnings]
    return [*blocks, *place_figure(sample.drawn, "uncertainty", key)]


def _tabulate(budget: UncertaintyBudget, key: str) -> Table:
    variance = budget.combined**2
    rows: list[tuple[Cell, ...]] = [
        (
            row.name.replace("_", " "),
            row.kind,
            row.distribution,
            _with_unit(write_size(row.value), row.unit),
            _with_unit(write_size(row.standard_uncertainty, figures=3), row.unit),
            write_size(row.sensitivity, figures=3),
            write_size(row.contribution, figures=3),
            _write_degrees(row.degrees_of_freedom),
            _write_share(row.contribution**2 / variance if variance else None),
        )
        for row in budget.rows
    ]
    combined = (
        "combined, u",
        "",
        "",
        f"{write_size(budget.value, budget.expanded)} {budget.unit}",
        "",
        "",
        write_size(budget.combined, figures=3),
        _write_degrees(budget.effective_degrees),
        "100 %",
    )
    expanded = (
        f"expanded, U, k = {budget.coverage_factor:g}",
        "",
        "",
        "",
        "",
        "",
        write_size(budget.expanded, figures=3),
        "",
        write_percent(budget.relative_expanded) + " of the result",
    )
    columns = (
        Column("Source", 1.5),
        Column("Type", 0.6),
        Column("Distribution", 1.05),
        Column("Estimate x", 1.15, True),
        Column("u(x)", 1.15, True),
        Column("c", 0.75, True),
        Column(f"|c| u(x) / {budget.unit}", 0.95, True),
        Column("Degrees of freedom", 0.85, True),
        Column("Share of u²", 0.95, True),
    )
    return Table(
        f"table:budget:{budget.measurand}:{key}",
        "Uncertainty budget of "
        f"{'the ' if budget.measurand == 'mean' else ''}{spell_statistic(budget.measurand)}",
        columns,
        (*rows, combined, expanded),
        (len(rows), len(rows) + 1),
    )


def _with_unit(number: str, unit: str) -> str:
    return number if unit == "1" else f"{number} {unit}".strip()


def _write_share(share: float | None) -> str:
    return "< 0.1 %" if share is not None and share < 0.001 else write_percent(share)


def _write_degrees(value: float | None) -> str:
    return "∞" if value is None else f"{value:,.0f}" if value >= 10 else f"{value:.1f}"
