"""Uncertainty budget as bars."""

from nanocaliper.report.figures.axes import limit_sizes
from nanocaliper.report.figures.figure_data import Drawing
from nanocaliper.report.figures.lengths import choose_unit, write_number
from nanocaliper.report.figures.lettering import clean_name, measure_mm, shorten_name
from nanocaliper.report.figures.style import BLACK, BLUE, GREY, ORANGE, Page, add_legend, make_page
from nanocaliper.report.figures.wording import name_sample
from nanocaliper.statistics.uncertainty import UncertaintyBudget

__all__ = ["draw_uncertainty"]

_NAME_MM = 24.0
_VALUE_MM = 3.0
_ROW_MM = 5.6
_PLOT_MM = 50.0


def draw_uncertainty(budget: UncertaintyBudget, name: str = "") -> Drawing:
    """Draw how much each row of an uncertainty budget contributes, the largest first, and what they make together.

    Parameters
    ----------
    budget : UncertaintyBudget
    name : str
        Of the sample.

    Returns
    -------
    Drawing
    """
    unit = choose_unit(budget.unit, abs(budget.value))
    rows = sorted(budget.rows, key=lambda row: -row.contribution)
    total = budget.combined**2
    bars = [
        (
            _name_row(row.name),
            row.contribution / unit.factor,
            _write_percent(row.contribution**2 / total) if total > 0 else "",
            (BLUE if row.kind == "A" else ORANGE, "" if row.kind == "A" else "////"),
        )
        for row in rows
    ]
    bars.append(("Combined", budget.combined / unit.factor, "", (GREY, "")))
    bars.append((f"Expanded, k = {budget.coverage_factor:g}", budget.expanded / unit.factor, "", (BLACK, "")))
    result = _write_result(budget, unit.factor, unit.symbol)
    caption = (
        f"{_name_measurand(budget.measurand)} = {result} (k = {budget.coverage_factor:g}); standard uncertainties, "
        "in brackets the share of the variance"
    )
    kinds = {row.kind for row in rows}
    page = make_page(name, caption, 14 + _ROW_MM * len(bars))
    axes = page.axes[0]
    written = [write_number(value) + share for _, value, share, _ in bars]
    longest = max(value for _, value, _, _ in bars)
    # The axis ends so far right that the longest label beside its bar still fits.
    end = max(
        value / (1 - min((measure_mm(text, 7.0) + _VALUE_MM) / _PLOT_MM, 0.8))
        for (_, value, _, _), text in zip(bars, written, strict=True)
    )
    for row, ((_, value, _, (colour, hatch)), text) in enumerate(zip(bars, written, strict=True)):
        axes.barh(
            row, value, height=0.62, color="white" if hatch else colour, edgecolor=colour, hatch=hatch, lw=0.8
        )
        axes.annotate(text, (value, row), (3, 0), textcoords="offset points", va="center", fontsize=7)
    axes.axhline(len(rows) - 0.5, color=GREY, lw=0.5)
    axes.set_ylim(len(bars) - 0.45, -0.55)
    axes.set_xlim(0, end if longest > 0 else limit_sizes(0.0, 0.0)[1])
    axes.set_yticks(range(len(bars)), [shorten_name(label, _NAME_MM, 7.0) for label, _, _, _ in bars])
    axes.tick_params(axis="y", length=0)
    axes.set_xlabel(f"Uncertainty of the {_name_measurand(budget.measurand, first=False)} / {unit.symbol}")
    _add_kinds(page, kinds)
    parts = "; ".join(f"{label} {text}" for (label, *_), text in zip(bars, written, strict=True))
    of = name_sample(name)
    what = _name_measurand(budget.measurand, first=False)
    return Drawing(
        "uncertainty",
        page.figure,
        f"Uncertainty budget of the {what}{of}, {result}, standard uncertainties in {unit.symbol}: {parts}.",
    )


def _add_kinds(page: Page, kinds: set[str]) -> None:
    from matplotlib.patches import Patch

    handles, labels = [], []
    if "A" in kinds:
        handles.append(Patch(facecolor=BLUE, edgecolor=BLUE))
        labels.append("type A (observed)")
    if kinds - {"A"}:
        handles.append(Patch(facecolor="white", edgecolor=ORANGE, hatch="////"))
        labels.append("type B (other knowledge)")
    add_legend(page, handles, labels)


def _write_result(budget: UncertaintyBudget, factor: float, symbol: str) -> str:
    """The result with its expanded uncertainty to two figures, as JCGM 100 7.2.6 advises."""
    expanded, value = budget.expanded / factor, budget.value / factor
    if not expanded > 0:
        return f"{write_number(value)} {symbol}"
    text = write_number(expanded, 2)
    decimals = len(text.partition(".")[2])
    return f"({value:.{decimals}f} ± {text}) {symbol}"


def _write_percent(share: float) -> str:
    return " (below 1 %)" if 0 < share < 0.005 else f" ({100 * share:.0f} %)"


def _name_row(name: str) -> str:
    words = clean_name(name).replace("_", " ")
    return words[:1].upper() + words[1:]


def _name_measurand(name: str, *, first: bool = True) -> str:
    if name[:1] == "d" and name[1:2].isdigit():
        return name.upper()
    if name[:2] == "d_":
        return f"D[{name[2:].replace('_', ',')}]"
    words = name.replace("_", " ").replace("sd", "SD")
    return words[:1].upper() + words[1:] if first else words
