"""Showing statistics on the terminal."""

import sys
from collections.abc import Sequence
from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from nanocaliper.report.statistic_names import PURE_STATISTICS, SHOWN_STATISTICS, spell_statistic
from nanocaliper.statistics.analysis import Analysis
from nanocaliper.statistics.bootstrap import Interval
from nanocaliper.statistics.comparison import Comparison
from nanocaliper.statistics.samples import SampleAnalysis
from nanocaliper.units import format_figures

__all__ = ["show_comparisons", "show_samples"]

#: More samples than these are shown a row each.
_DETAILED = 3


def show_samples(samples: Sequence[SampleAnalysis], *, brief: bool = False) -> None:
    """Print the statistics of samples.

    Parameters
    ----------
    samples : sequence of SampleAnalysis
    brief : bool
        A row each, whatever their number.
    """
    console = _open()
    if brief or len(samples) > _DETAILED:
        _show_overview(console, samples)
        for sample in samples:
            for warning in sample.warnings[:3]:
                _say(console, f"{sample.name}: {warning}", "yellow")
        return
    for sample in samples:
        _show_sample(console, sample)


def show_comparisons(comparisons: Sequence[Comparison]) -> None:
    """Print comparisons: a sentence and a table each.

    Parameters
    ----------
    comparisons : sequence of Comparison
    """
    console = _open()
    for pair in comparisons:
        _say(console, "")
        _say(console, pair.sentence, "bold" if pair.different else "")
        table = _table("", pair.first, pair.second, "difference", "ratio")
        for one in pair.contrasts:
            table.add_row(
                spell_statistic(one.statistic),
                _number(one.first, pair.unit),
                _number(one.second, pair.unit),
                _range(one.difference, one.difference_low, one.difference_high, pair.unit, "+"),
                _range(one.ratio, one.ratio_low, one.ratio_high, ""),
            )
        console.print(table)
        for effect in pair.effects:
            name = {"hedges_g": "Hedges' g", "cliffs_delta": "Cliff's delta"}[effect.name]
            if effect.value is not None:
                _say(console, f"{name} {_range(effect.value, effect.low, effect.high, '')}: {effect.words}")
        tests = ", ".join(
            f"{test.result.name.replace('_', ' ')} p = {test.result.p:.2g} (corrected {test.p_corrected:.2g})"
            for test in pair.tests
        )
        if tests:
            _say(console, f"Tests: {tests}.")
        for warning in pair.warnings:
            _say(console, f"! {warning}", "yellow")


def _show_sample(console: Console, sample: SampleAnalysis) -> None:
    pooled = sample.pooled
    _say(console, "")
    count = pooled.selection.sizes.size
    particles = f"{count:,} particle{'s' if count != 1 else ''}"
    among = f"{len(sample.images)} image{'s' if len(sample.images) != 1 else ''}"
    _say(
        console,
        f"{sample.name}: {particles} of {among}; {pooled.selection.column} by {pooled.options.basis}",
        "bold",
    )
    if pooled.selection.left_out:
        out = ", ".join(
            f"{reason.replace('_', ' ')}: {number}" for reason, number in pooled.selection.left_out.items()
        )
        _say(console, f"Outlined particles that are not counted: {out}.")
    if count:
        _show_sizes(console, pooled)
        for precision in pooled.precision:
            _say(console, precision.sentence)
        _show_budget(console, pooled)
        _show_kinds(console, pooled)
    if sample.agreement is not None and sample.agreement.agree is not False:
        _say(console, sample.agreement.sentence)
    if pooled.verdict is not None and count:
        _say(console, f"Nanomaterial by 2022/C 229/01: {pooled.verdict.conclusion}. {pooled.verdict.reason}")
        for warning in pooled.verdict.warnings:
            _say(console, f"  {warning}", "dim")
    elif pooled.verdict_reason:
        _say(console, f"Nanomaterial: not judged. {pooled.verdict_reason}")
    for warning in sample.warnings:
        _say(
            console,
            f"! {warning}",
            "bold red" if "LEFT OUT" in warning or "NOT agree" in warning else "yellow",
        )


def _show_sizes(console: Console, pooled: Analysis) -> None:
    unit, level = pooled.unit, f"{100 * pooled.options.level:g} % interval"
    corrected = pooled.edge_correction is not None
    table = _table("", "value", level, *(["edge-corrected"] if corrected else []))
    for name, shown in SHOWN_STATISTICS.items():
        interval = pooled.intervals.intervals.get(name)
        of = "" if name in PURE_STATISTICS else unit
        cells = [shown, _number(getattr(pooled.distribution, name), of), _limits(interval, of)]
        if pooled.edge_correction is not None:
            cells.append(_number(getattr(pooled.edge_correction.weighted, name), of))
        table.add_row(*cells)
    console.print(table)


def _show_budget(console: Console, pooled: Analysis) -> None:
    for budget in pooled.budgets[:1]:
        table = _table(
            f"uncertainty of {spell_statistic(budget.measurand)}", f"u / {budget.unit}", "u / value", "kind"
        )
        for row in budget.rows:
            share = f"{format_figures(100 * row.contribution / budget.value)} %" if budget.value else ""
            table.add_row(row.name.replace("_", " "), format_figures(row.contribution), share, row.kind)
        share = f"{format_figures(100 * budget.combined / budget.value)} %" if budget.value else ""
        table.add_row("combined", format_figures(budget.combined), share, "", style="bold")
        console.print(table)
    for budget in pooled.budgets:
        _say(
            console,
            f"{spell_statistic(budget.measurand)} = {budget.value:.4g} {budget.unit} "
            f"± {format_figures(budget.expanded)} "
            f"{budget.unit} (k = {budget.coverage_factor:g})"
            + (
                ""
                if any(row.name == "sampling" for row in budget.rows)
                else ", WITHOUT the uncertainty from sampling"
            ),
            "bold",
        )
    for warning in dict.fromkeys(text for budget in pooled.budgets for text in budget.warnings):
        _say(console, f"  {warning}", "dim")


def _show_kinds(console: Console, pooled: Analysis) -> None:
    unit = pooled.unit
    if pooled.fits and pooled.fits[0].converged:
        fit = pooled.fits[0]
        values = ", ".join(f"{name.replace('_', ' ')} {value:.4g}" for name, value in fit.parameters.items())
        goodness = pooled.goodness.get(fit.model)
        how = (
            ""
            if goodness is None
            else (
                f"; Kolmogorov-Smirnov D = {goodness.kolmogorov_smirnov:.2g}, p = "
                f"{goodness.kolmogorov_smirnov_p:.2g}"
            )
        )
        _say(console, f"Best fit by AIC, by number: {fit.model} ({values}){how}")
    if pooled.modality is not None:
        parts = "; ".join(
            f"{100 * one.share:.0f} % at {one.median:.4g} {unit}, GSD {one.geometric_sd:.3g}"
            for one in pooled.modality.components
        )
        number = len(pooled.modality.components)
        _say(console, f"{number} population{'s' if number > 1 else ''} by BIC: {parts}")
    shapes = ", ".join(
        f"{name or 'undecided'} {found.count} (D50 {_number(found.d50, unit)})"
        for name, found in pooled.shapes.items()
    )
    _say(console, f"Shapes: {shapes}")
    groups = pooled.constituents
    _say(
        console,
        f"{groups.in_agglomerates} of {groups.particles} outlined particles touch others, in {groups.agglomerates} "
        "agglomerates",
    )


def _show_overview(console: Console, samples: Sequence[SampleAnalysis]) -> None:
    table = _table(
        "sample", "images", "particles", "mean", "D50", "95 % interval of D50", "U(D50), k = 2", "nano"
    )
    for sample in samples:
        pooled, unit = sample.pooled, sample.pooled.unit
        budget = next(iter(pooled.budgets), None)
        table.columns[5].header = f"{100 * pooled.options.level:g} % interval of D50"
        table.add_row(
            Text(sample.name),
            str(len(sample.images)),
            str(pooled.selection.sizes.size),
            _number(pooled.distribution.mean, unit),
            _number(pooled.distribution.d50, unit),
            _limits(pooled.intervals.intervals.get("d50"), unit),
            "" if budget is None else _number(budget.expanded, unit, 2),
            "" if pooled.verdict is None else pooled.verdict.conclusion,
        )
    console.print(table)


def _open() -> Console:
    # Into a file or a pipe there is no width to keep to, and no colour.
    return Console(highlight=False, markup=False, emoji=False, width=None if sys.stdout.isatty() else 140)


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(text, style=style), soft_wrap=not sys.stdout.isatty())


def _table(*headers: str) -> Table:
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for place, header in enumerate(headers):
        table.add_column(Text(header), justify="left" if not place else "right")
    return table


def _number(value: float | None, unit: str, digits: int = 4) -> str:
    return "none" if value is None else f"{value:.{digits}g} {unit}".rstrip()


def _limits(interval: Interval | None, unit: str) -> str:
    if interval is None or interval.low is None or interval.high is None:
        return "none"
    return f"{interval.low:.4g} to {interval.high:.4g} {unit}".rstrip()


def _range(value: Any, low: Any, high: Any, unit: str, sign: str = "") -> str:
    if value is None:
        return "none"
    shown = f"{value:{sign}.3g} {unit}".rstrip()
    return shown if low is None or high is None else f"{shown} ({low:{sign}.3g} to {high:{sign}.3g})"
