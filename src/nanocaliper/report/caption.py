"""Captions below pictures: lines of text with samples of what they explain."""

from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from nanocaliper.report.lettering import Font, load_font, spell, write_text
from nanocaliper.report.particle_colours import (
    BORDER_COLOUR,
    CONFLICT_COLOUR,
    EDITED_CORE,
    MARK_COLOUR,
    WARNING_COLOUR,
    WHOLE_COLOURS,
)

__all__ = ["FAINT_INK", "INK", "CaptionLine", "draw_caption_lines"]

Colour = tuple[int, int, int]

INK: Colour = (20, 20, 20)
FAINT_INK: Colour = (90, 90, 90)
_BACKGROUND = (250, 250, 250)
_SWATCH_GREY = (90, 90, 90)


@dataclass(frozen=True)
class CaptionLine:
    """A line of a caption; it is wrapped where it is too long.

    Parameters
    ----------
    text : str
    swatch : str
        Sample drawn before it: ``'whole'``, ``'border'`` and ``'edited'`` outlines, a ``'bar'``, a ``'guess'``
        (dashed bar), a
        ``'conflict'`` (red bar), ``'shade'``; empty for none.
    ink : (int, int, int)
        RGB.
    banner : bool
        White on a red band over the whole width: what nobody must miss.
    """

    text: str
    swatch: Literal["", "whole", "border", "edited", "bar", "guess", "conflict", "shade"] = ""
    ink: Colour = INK
    banner: bool = False


def draw_caption_lines(lines: list[CaptionLine], width_px: int) -> npt.NDArray[np.uint8]:
    """Draw a caption.

    Parameters
    ----------
    lines : list of CaptionLine
    width_px : int
        Width of the picture above it.

    Returns
    -------
    ndarray of uint8, shape (rows, width_px, 3)
        RGB.
    """
    size = int(np.clip(width_px / 60, 13, 44))
    font = load_font(size)
    margin, height = size, round(1.5 * size)
    measuring = ImageDraw.Draw(Image.new("RGB", (1, 1)))
    indent = 5 * size
    entries: list[tuple[CaptionLine, str, bool]] = []
    for line in lines:
        room = width_px - 2 * margin - (indent if line.swatch else 0)
        parts = _wrap(measuring, spell(line.text), font, max(room, 4 * size))
        entries += [(line, part, number == 0) for number, part in enumerate(parts)]
    picture = Image.new("RGB", (width_px, 2 * margin + height * len(entries)), _BACKGROUND)
    pen = ImageDraw.Draw(picture)
    for number, (line, text, is_first) in enumerate(entries):
        top = margin + height * number
        middle = top + height / 2
        if line.banner:
            pen.rectangle((0, top, width_px, top + height - 1), fill=WARNING_COLOUR)
        if line.swatch and is_first:
            _draw_swatch(pen, line.swatch, margin, middle, size)
        ink = "white" if line.banner else line.ink
        write_text(pen, (margin + (indent if line.swatch else 0), middle), text, font, ink)
    return np.asarray(picture)


def _draw_swatch(pen: ImageDraw.ImageDraw, kind: str, left: float, middle: float, size: int) -> None:
    """Draw the sample of a line of the legend, on grey as in the image."""
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
    elif kind == "edited":
        line = (left + size / 2, middle, right - size / 2, middle)
        pen.line(line, fill=WHOLE_COLOURS[0], width=3 * thick)
        pen.line(line, fill=EDITED_CORE, width=thick)
    elif kind == "border":
        for number in range(3):
            start = left + size / 2 + number * inner / 3
            pen.line((start, middle, start + inner / 5, middle), fill=BORDER_COLOUR, width=thick)
    elif kind in ("bar", "guess", "conflict"):
        ends = (left + size / 2, right - size / 2)
        colour = CONFLICT_COLOUR if kind == "conflict" else MARK_COLOUR
        count = 4 if kind == "guess" else 1
        step = (ends[1] - ends[0]) / (2 * count - 1)
        for start in (ends[0] + 2 * number * step for number in range(count)):
            pen.line((start, middle, start + step, middle), fill=colour, width=max(1, thick // 2))
        for end in ends:
            pen.line((end, middle - 0.4 * size, end, middle + 0.4 * size), fill=colour, width=thick)


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
