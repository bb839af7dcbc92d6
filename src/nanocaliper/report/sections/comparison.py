"""Samples against each other."""

from nanocaliper.report.report_content import Block, Bullets, Column, Paragraph, Section, Table
from nanocaliper.report.report_material import ReportMaterial
from nanocaliper.report.report_text import Cell
from nanocaliper.report.sections.curves import place_figure
from nanocaliper.report.statistic_names import spell_statistic
from nanocaliper.report.written_numbers import write_between, write_size, write_with_limits
from nanocaliper.statistics.comparison import Comparison

__all__ = ["make_comparison"]

_EFFECTS = {"hedges_g": "Hedges' g", "cliffs_delta": "Cliff's delta"}


def make_comparison(material: ReportMaterial) -> tuple[Section, ...]:
    """Make the section that compares samples.

    Parameters
    ----------
    material : ReportMaterial

    Returns
    -------
    tuple of Section
        Empty for one sample.
    """
    if len(material.samples) < 2:
        return ()
    if material.not_compared:
        return (Section("Comparison of the samples", (Paragraph(material.not_compared, "warning"),)),)
    blocks: list[Block] = []
    if material.drawn:
        blocks += place_figure(material.drawn, "comparison", "samples")
    for number, pair in enumerate(material.comparisons):
        blocks += _compare(pair, str(number))
    blocks.append(
        Paragraph(
            "p values are corrected for the number of pairs (Holm). Ratios and differences: first less or "
            "over second.",
            "note",
        )
    )
    return (Section("Comparison of the samples", tuple(blocks), key="section:comparison"),)


def _compare(pair: Comparison, key: str) -> list[Block]:
    rows: list[tuple[Cell, ...]] = []
    for one in pair.contrasts:
        name = spell_statistic(one.statistic)
        limits = (one.difference_low, one.difference_high)
        difference = write_size(one.difference)
        if limits[0] is not None and limits[1] is not None and one.difference is not None:
            half = (limits[1] - limits[0]) / 2
            difference = f"{write_size(one.difference, half)} ({write_between(*limits)})"
        rows.append(
            (
                f"{name[0].upper()}{name[1:]} / {pair.unit}",
                write_size(one.first),
                write_size(one.second),
                difference,
                write_with_limits(one.ratio, one.ratio_low, one.ratio_high),
            )
        )
    columns = (
        Column("Statistic", 1.0),
        Column(pair.first, 0.9, True),
        Column(pair.second, 0.9, True),
        Column("Difference (interval)", 1.5, True),
        Column("Ratio (interval)", 1.3, True),
    )
    blocks: list[Block] = [
        Paragraph(pair.sentence),
        Table(f"table:comparison:{key}", f"{pair.first} and {pair.second}", columns, tuple(rows)),
    ]
    effects = [
        f"{_EFFECTS.get(effect.name, effect.name)} "
        f"{write_with_limits(effect.value, effect.low, effect.high)}: {effect.words}"
        for effect in pair.effects
        if effect.value is not None
    ]
    tests = [
        f"{test.result.name.replace('_', ' ')}: p = {test.result.p:.2g}, corrected {test.p_corrected:.2g}"
        for test in pair.tests
    ]
    if effects or tests:
        blocks.append(Bullets((*effects, *tests)))
    return [*blocks, *(Paragraph(text, "note") for text in pair.warnings)]
