"""Writing figures as SVG and PNG, the same bytes for the same figure."""

import io
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final
from xml.sax.saxutils import escape

from nanocaliper.errors import OutputError, UsageError
from nanocaliper.report.figures.figure_data import Drawing, DrawnFigure
from nanocaliper.report.figures.lettering import make_drawable
from nanocaliper.report.figures.style import MM_PER_INCH

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["FORMATS", "check_formats", "write_drawing"]

#: Kinds of file that figures are written as.
FORMATS: Final = ("svg", "png")

_FONT = "'DejaVu Sans'"
#: What a viewer without that font shall use: as wide or narrower, so that nothing overlaps.
_FONTS = "'DejaVu Sans', Verdana, Arial, Helvetica, sans-serif"


def check_formats(formats: Sequence[str]) -> tuple[str, ...]:
    """Refuse formats that are not known, or none.

    Parameters
    ----------
    formats : sequence of str

    Returns
    -------
    tuple of str
        Each once.

    Raises
    ------
    UsageError
        If one is unknown or there are none.
    """
    chosen = (formats,) if isinstance(formats, str) else tuple(dict.fromkeys(formats))
    unknown = [name for name in chosen if name not in FORMATS]
    if unknown or not chosen:
        found = f"Figure format {unknown[0]!r} is unknown" if unknown else "No figure format was given"
        raise UsageError(f"{found}; expected one or more of {', '.join(FORMATS)}.")
    return chosen


def write_drawing(drawing: Drawing, folder: Path, formats: Sequence[str]) -> DrawnFigure:
    """Write a figure.

    Must run in the style it was drawn in, see `nanocaliper.report.figures.style.apply_style`.

    Parameters
    ----------
    drawing : Drawing
    folder : Path
        Made where it does not exist.
    formats : sequence of str
        Of `FORMATS`.

    Returns
    -------
    DrawnFigure

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    figure = drawing.figure
    hidden = _hide_undrawable(figure)
    paths = {}
    for kind in formats:
        path = folder / f"{drawing.name}.{kind}"
        content = _render_svg(drawing, hidden) if kind == "svg" else _render_png(drawing)
        try:
            folder.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
        except OSError as error:
            raise OutputError(
                f"Cannot write the figure {path} ({error}); choose a folder that can be written to."
            ) from None
        paths[kind] = path
    return DrawnFigure(
        drawing.name,
        paths,
        drawing.description,
        figure.get_figwidth() * MM_PER_INCH,
        figure.get_figheight() * MM_PER_INCH,
    )


def _hide_undrawable(figure: "Figure") -> dict[str, str]:
    """Put boxes for letters that the font lacks; the real texts by the id under which SVG keeps them."""
    from matplotlib.text import Text

    hidden: dict[str, str] = {}
    # Axes make their labels when they are asked for.
    for axes in figure.axes:
        axes.get_xticklabels()
        axes.get_yticklabels()
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        whole = text.get_text()
        drawable = make_drawable(whole, bold=text.get_fontweight() == "bold")
        if drawable != whole:
            mark = f"whole-text-{len(hidden)}"
            hidden[mark] = whole
            text.set_gid(mark)
            text.set_text(drawable)
    # An axis writes its labels anew whenever it is drawn: it must know the replaced ones.
    for axes in figure.axes:
        for axis in (axes.xaxis, axes.yaxis):
            labels = axis.get_ticklabels()
            if any(label.get_gid() in hidden for label in labels):
                axis.set_ticklabels([make_drawable(label.get_text()) for label in labels])
    return hidden


def _render_svg(drawing: Drawing, hidden: dict[str, str]) -> bytes:
    buffer = io.StringIO()
    metadata = {"Date": None, "Creator": None, "Title": drawing.name, "Description": drawing.description}
    drawing.figure.savefig(buffer, format="svg", metadata=metadata)
    svg = buffer.getvalue().replace(_FONT, _FONTS)
    for mark, whole in hidden.items():
        head, found, rest = svg.partition(f'<g id="{mark}">')
        if not found:  # A label that is never drawn, such as the second one of a tick.
            continue
        before, opening, rest = rest.partition("<text")
        attributes, _, rest = rest.partition(">")
        _, closing, rest = rest.partition("</text>")
        svg = f"{head}{found}{before}{opening}{attributes}>{escape(whole)}{closing}{rest}"
    # Screen readers read the description of the picture itself, not that of its metadata.
    described = f"</title>\n <desc>{escape(drawing.description)}</desc>"
    svg = svg.replace("</title>", described, 1).replace("<svg ", '<svg role="img" ', 1)
    return svg.replace("\r\n", "\n").encode()


def _render_png(drawing: Drawing) -> bytes:
    buffer = io.BytesIO()
    # Without "Software", which would bring the version of matplotlib.
    metadata = {"Software": None, "Title": drawing.name, "Description": drawing.description}
    drawing.figure.savefig(buffer, format="png", metadata=metadata)
    return buffer.getvalue()
