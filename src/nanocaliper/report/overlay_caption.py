"""The caption below an overlay: legend, counts, sizes, scale and what to beware of."""

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from nanocaliper.report.lettering import Font, load_font, spell, write_text
from nanocaliper.report.measured import Measured, count_left_out
from nanocaliper.report.particle_colours import BORDER_COLOUR, MARK_COLOUR, WARNING_COLOUR, WHOLE_COLOURS
from nanocaliper.statistics.distribution import Distribution
from nanocaliper.units import format_length_nm

__all__ = ["describe_scale", "describe_size", "draw_caption"]

_BACKGROUND = (250, 250, 250)
_INK = (20, 20, 20)
_SWATCH_GREY = (90, 90, 90)


def describe_size(diameter_px: Distribution, diameter_nm: Distribution | None) -> str:
    """Say the mean, SD and median diameter in one line, in nm where there is a calibration, else in px.

    Parameters
    ----------
    diameter_px, diameter_nm : Distribution
        The second is None without a calibration.

    Returns
    -------
    str
    """
    chosen = diameter_px if diameter_nm is None else diameter_nm
    if chosen.mean is None or chosen.d50 is None:
        return "Diameter: no whole particle was found"

    def show(value: float) -> str:
        digits = f"{value:.3g}" if value < 100 else f"{value:.1f}"
        return f"{digits} px" if diameter_nm is None else format_length_nm(value)

    spread = "" if chosen.sd is None else f" ± {show(chosen.sd)} (SD)"
    sizes = f"mean {show(chosen.mean)}{spread}, D50 {show(chosen.d50)}"
    return f"Area-equivalent diameter: {sizes}, n = {chosen.count}"


def describe_scale(measured: Measured) -> tuple[str, bool]:
    """Say the scale and its source in one line.

    Parameters
    ----------
    measured : Measured

    Returns
    -------
    text : str
    known : bool
        False where there is no calibration.
    """
    calibration = measured.calibration
    if calibration.nm_per_px is None:
        return f"NO SCALE: sizes are in pixels. {calibration.reason or ''}".rstrip(), False
    sources = {"metadata": "the file's metadata", "scale_bar": "the printed scale bar", "user": "the user"}
    source = sources.get(str(calibration.source), str(calibration.source))
    text = f"Scale: {calibration.nm_per_px:.5g} nm/px from {source}"
    if calibration.relative_uncertainty is not None:
        text += f", standard uncertainty {100 * calibration.relative_uncertainty:.2g} %"
    return text, True


def draw_caption(measured: Measured, width_px: int, scale: float) -> npt.NDArray[np.uint8]:
    """Draw the caption.

    Parameters
    ----------
    measured : Measured
    width_px : int
        Width of the overlay.
    scale : float
        Overlay pixels per image pixel.

    Returns
    -------
    ndarray of uint8, shape (rows, width_px, 3)
        RGB.
    """
    size = int(np.clip(width_px / 60, 13, 44))
    font = load_font(size)
    margin, line = size, round(1.5 * size)
    measuring = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    swatch = 5 * size
    entries: list[tuple[str, str, tuple[int, int, int]]] = []
    for kind, text, ink in _list_entries(measured, scale):
        room = width_px - 2 * margin - (swatch if kind else 0)
        for number, part in enumerate(_wrap(measuring, spell(text), font, max(room, 4 * size))):
            entries.append((kind if number == 0 else "indent" if kind else "", part, ink))
    picture = Image.new("RGB", (width_px, 2 * margin + line * len(entries)), _BACKGROUND)
    pen = ImageDraw.Draw(picture)
    for number, (kind, text, ink) in enumerate(entries):
        middle = margin + line * number + line / 2
        if kind:
            _draw_swatch(pen, kind, margin, middle, size)
        write_text(pen, (margin + (swatch if kind else 0), middle), text, font, ink)
    return np.asarray(picture)


def _list_entries(measured: Measured, scale: float) -> list[tuple[str, str, tuple[int, int, int]]]:
    """Lines of the caption: kind of swatch ('' for none), text, colour."""
    rows, cols = measured.micrograph.shape
    shown = ""
    if scale > 1:
        shown = f", drawn at {scale:g} times its size"
    elif scale < 1:
        shown = f", drawn reduced to {100 * scale:.3g} % of its size"
    name = measured.micrograph.source.replace("\\", "/").rsplit("/", 1)[-1]
    whole = len(measured.found.measured)
    cut = len(measured.found.table) - whole
    scale_text, known = describe_scale(measured)
    entries = [
        ("", describe_size(measured.diameter_px, measured.diameter_nm), _INK),
        ("", scale_text, _INK if known else WARNING_COLOUR),
        ("whole", f"{whole} whole {_plural(whole)}: measured (colours only tell neighbours apart)", _INK),
    ]
    if cut:
        entries.append(
            ("border", f"{cut} {_plural(cut)} cut by the border: outlined, not in the sizes", _INK)
        )
    others = {reason: n for reason, n in count_left_out(measured).items() if reason != "touches_border"}
    if others:
        listed = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in others.items())
        entries.append(("", f"Left out, not outlined: {listed}", _INK))
    if measured.calibration.scale_bar is not None:
        used = "" if measured.calibration.source == "scale_bar" else ", not used for the scale"
        entries.append(("bar", f"scale bar, read as “{measured.calibration.scale_bar.text}”{used}", _INK))
    if measured.micrograph.data_strips or measured.calibration.annotations:
        entries.append(("shade", "data strip and printed marks: not measured", _INK))
    notes = [warning for warning in measured.warnings if warning != measured.calibration.reason]
    entries.extend(("", f"Note: {warning}", WARNING_COLOUR) for warning in notes)
    model = measured.segmentation.method
    entries.append(
        (
            "",
            f"{name}: {rows} rows, {cols} columns{shown}; nanocaliper {measured.version}, {model}",
            (90, 90, 90),
        )
    )
    return entries


def _plural(count: int) -> str:
    return "particle" if count == 1 else "particles"


def _draw_swatch(pen: ImageDraw.ImageDraw, kind: str, left: float, middle: float, size: int) -> None:
    """Draw the sample of a line of the legend, on grey as in the image."""
    if kind == "indent":
        return
    right = left + 4.2 * size
    thick = max(2, size // 6)
    fill = (130, 165, 230) if kind == "shade" else _SWATCH_GREY
    pen.rectangle((left, middle - 0.55 * size, right, middle + 0.55 * size), fill=fill)
    inner = right - left - size
    if kind == "whole":
        step = inner / len(WHOLE_COLOURS)
        for number, colour in enumerate(WHOLE_COLOURS):
            start = left + size / 2 + number * step
            pen.line((start, middle, start + step - 1, middle), fill=colour, width=thick)
    elif kind == "border":
        for number in range(3):
            start = left + size / 2 + number * inner / 3
            pen.line((start, middle, start + inner / 5, middle), fill=BORDER_COLOUR, width=thick)
    elif kind == "bar":
        ends = (left + size / 2, right - size / 2)
        pen.line((ends[0], middle, ends[1], middle), fill=MARK_COLOUR, width=max(1, thick // 2))
        for end in ends:
            pen.line((end, middle - 0.4 * size, end, middle + 0.4 * size), fill=MARK_COLOUR, width=thick)


def _wrap(pen: ImageDraw.ImageDraw, text: str, font: Font, room_px: float) -> list[str]:
    """Break a text at spaces into lines no wider than the room; a longer word is broken anywhere."""
    lines = [""]
    for word in text.split():
        while pen.textlength(word, font=font) > room_px and len(word) > 1:
            fit = len(word)
            while fit > 1 and pen.textlength(word[:fit], font=font) > room_px:
                fit -= 1
            lines, word = [*lines, word[:fit], ""] if lines[-1] else [*lines[:-1], word[:fit], ""], word[fit:]
        longer = f"{lines[-1]} {word}" if lines[-1] else word
        if pen.textlength(longer, font=font) <= room_px or not lines[-1]:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines
