"""How figures look: palette, sizes, and a page with room for header and legend."""

import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nanocaliper.report.figures.lettering import clean_name, measure_mm, wrap_text

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = [
    "BLACK",
    "BLUE",
    "GREEN",
    "GREY",
    "ORANGE",
    "PALETTE",
    "PURPLE",
    "SKY",
    "VERMILION",
    "WIDTH_MM",
    "Page",
    "add_legend",
    "apply_style",
    "grow_page",
    "make_page",
]

#: Width of a column of a journal.
WIDTH_MM: Final = 85.0
MM_PER_INCH: Final = 25.4
SMALL_PT: Final = 7.0
LABEL_PT: Final = 8.0
_LINE_MM = 3.2
_EDGE_MM = 1.5
_LEGEND_ROW_MM = 3.7
_LEGEND_SAMPLE_MM = 9.0

# Colours that people with any colour vision tell apart: M. Okabe and K. Ito, Color Universal Design (2008).
BLACK: Final = "#000000"
ORANGE: Final = "#E69F00"
SKY: Final = "#56B4E9"
GREEN: Final = "#009E73"
BLUE: Final = "#0072B2"
VERMILION: Final = "#D55E00"
PURPLE: Final = "#CC79A7"
GREY: Final = "#666666"
#: Without the yellow, which is too faint for lines on white.
PALETTE: Final = (BLUE, VERMILION, GREEN, PURPLE, ORANGE, SKY, BLACK)

_STYLE: Final[dict[str, Any]] = {
    "font.family": "DejaVu Sans",
    "font.size": SMALL_PT,
    "axes.labelsize": LABEL_PT,
    "xtick.labelsize": SMALL_PT,
    "ytick.labelsize": SMALL_PT,
    "legend.fontsize": SMALL_PT,
    "legend.frameon": False,
    "legend.handlelength": 2.2,
    "legend.labelspacing": 0.25,
    "legend.columnspacing": 1.2,
    "legend.borderpad": 0.1,
    "legend.borderaxespad": 0.2,
    "axes.linewidth": 0.6,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.formatter.useoffset": False,
    "xtick.major.width": 0.6,
    "ytick.major.width": 0.6,
    "xtick.major.size": 2.5,
    "ytick.major.size": 2.5,
    "lines.linewidth": 1.1,
    "hatch.linewidth": 0.5,
    # Names of files are no formulas, whatever signs they hold.
    "text.parse_math": False,
    # Text stays text in SVG: to be searched, read aloud and edited; ids do not change from run to run.
    "svg.fonttype": "none",
    "svg.hashsalt": "nanocaliper",
    "savefig.dpi": 300.0,
}

# Matplotlib's settings are global: only one thread draws at a time.
_LOCK = threading.RLock()


@dataclass(frozen=True)
class Page:
    """A figure with a header.

    Parameters
    ----------
    figure : matplotlib.figure.Figure
    axes : tuple of matplotlib.axes.Axes
        From top to bottom.
    header_mm : float
        Height of the header.
    """

    figure: "Figure"
    axes: tuple["Axes", ...]
    header_mm: float


@contextmanager
def apply_style() -> Iterator[None]:
    """Draw in the style of nanocaliper, whatever matplotlib is set to; its settings come back afterwards."""
    from matplotlib import style

    with _LOCK, style.context(["default", _STYLE]):
        yield


def make_page(
    name: str, caption: str, height_mm: float, rows: Sequence[float] = (1.0,), *, share_x: bool = False
) -> Page:
    """Make a figure, one column wide, with a header: the name and lines of caption, and axes below one another.

    Parameters
    ----------
    name : str
        Bold, left out where empty.
    caption : str
        Wrapped.
    height_mm : float
        Without the header.
    rows : sequence of float
        Relative heights of the axes.
    share_x : bool

    Returns
    -------
    Page
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    room_mm = WIDTH_MM - 2 * _EDGE_MM
    lines = wrap_text(caption, room_mm, SMALL_PT) if caption else []
    titles = wrap_text(shown, room_mm, LABEL_PT, bold=True, most=2) if (shown := clean_name(name)) else []
    header_mm = _EDGE_MM + _LINE_MM * len(lines) + (_LINE_MM + 0.5) * len(titles) + 0.5
    total_mm = height_mm + header_mm
    figure = Figure(figsize=(WIDTH_MM / MM_PER_INCH, total_mm / MM_PER_INCH), layout="constrained")
    FigureCanvasAgg(figure)
    top = _EDGE_MM
    for texts, step, size, weight, colour in (
        (titles, _LINE_MM + 0.5, LABEL_PT, "bold", BLACK),
        (lines, _LINE_MM, SMALL_PT, "normal", "#333333"),
    ):
        for text in texts:
            figure.text(
                _EDGE_MM / WIDTH_MM, 1 - top / total_mm, text, ha="left", va="top", fontsize=size,
                fontweight=weight, color=colour, in_layout=False,
            )  # fmt: skip
            top += step
    axes = figure.subplots(len(rows), 1, height_ratios=list(rows), sharex=share_x, squeeze=False)
    page = Page(figure, tuple(axes[:, 0]), header_mm)
    _reserve_header(page)
    return page


def add_legend(page: Page, handles: Sequence[Any], labels: Sequence[str]) -> None:
    """Put a legend below the axes, in as many columns as fit, and make the page higher by it."""
    if not handles:
        return
    widths = [measure_mm(label, SMALL_PT) + _LEGEND_SAMPLE_MM for label in labels]
    rows = 1
    # Columns are filled from top to bottom, each as wide as its widest label.
    while rows < len(labels) and (
        sum(max(widths[first : first + rows]) for first in range(0, len(labels), rows))
        > WIDTH_MM - 2 * _EDGE_MM
    ):
        rows += 1
    columns = -(-len(labels) // rows)
    # Matplotlib gives the first columns one more where they are not even: too few would make another column.
    rows = -(-len(labels) // columns)
    grow_page(page, _LEGEND_ROW_MM * rows)
    page.figure.legend(handles, labels, loc="outside lower center", ncols=columns)


def grow_page(page: Page, by_mm: float) -> None:
    """Make a page higher at its lower end; the header stays at the top, of the same height."""
    figure = page.figure
    old_mm = figure.get_figheight() * MM_PER_INCH
    new_mm = old_mm + by_mm
    figure.set_figheight(new_mm / MM_PER_INCH)
    for text in figure.texts:
        left, height = text.get_position()
        text.set_position((left, 1 - (1 - height) * old_mm / new_mm))
    _reserve_header(page)


def _reserve_header(page: Page) -> None:
    from matplotlib.layout_engine import ConstrainedLayoutEngine

    engine = page.figure.get_layout_engine()
    assert isinstance(engine, ConstrainedLayoutEngine)
    total_mm = page.figure.get_figheight() * MM_PER_INCH
    pad = 1.0 / MM_PER_INCH
    engine.set(rect=(0, 0, 1, 1 - page.header_mm / total_mm), w_pad=pad, h_pad=pad, hspace=0.02)
