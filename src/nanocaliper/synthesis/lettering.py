"""Text as small images of ink."""

from functools import lru_cache

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from nanocaliper.errors import UsageError

__all__ = ["add_micro_stem", "draw_text", "render_text"]

Field = NDArray[np.float32]


@lru_cache(maxsize=256)
def draw_text(text: str, size_px: int, face: str = "sans", bold: bool = False) -> Field:
    """Draw one line of text.

    Parameters
    ----------
    text : str
        The text: ASCII and µ (U+00B5).
    size_px : int
        Height of the font, px.
    face : {'sans', 'plotter'}
        ``'sans'`` is the scalable font that comes with Pillow, ``'plotter'`` OpenCV's own, whose look
        depends on the version of OpenCV.
    bold : bool
        Whether to draw thick strokes.

    Returns
    -------
    ndarray of float32
        Ink, 0 to 1, cut to where there is any. Not to be written to: results are kept.

    Raises
    ------
    UsageError
        If the text has other characters.
    """
    ink = render_text(text, size_px, face, bold)
    ink.flags.writeable = False
    return ink


def render_text(text: str, size_px: int, face: str = "sans", bold: bool = False) -> Field:
    """Draw one line of text as `draw_text` does, without keeping it: for large letters drawn once.

    Parameters
    ----------
    text, size_px, face, bold
        As of `draw_text`.

    Returns
    -------
    ndarray of float32
        Ink, 0 to 1, cut to where there is any.

    Raises
    ------
    UsageError
        If the text has other characters.
    """
    if not text.replace("µ", "u").isascii():
        raise UsageError(f"The label {text!r} has characters that cannot be drawn; use ASCII and µ only.")
    ink = _draw_scalable(text, size_px, bold) if face == "sans" else _draw_plotter(text, size_px, bold)
    rows, cols = np.flatnonzero(ink.max(axis=1) > 0.1), np.flatnonzero(ink.max(axis=0) > 0.1)
    if not len(rows):
        return np.zeros((1, 1), np.float32)
    return ink[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]


@lru_cache(maxsize=64)
def _load_font(size_px: int) -> ImageFont.FreeTypeFont:
    font = ImageFont.load_default(size_px)
    if not isinstance(font, ImageFont.FreeTypeFont):
        raise UsageError(
            "Pillow was built without FreeType and cannot draw text; install a Pillow wheel from PyPI."
        )
    return font


def _draw_scalable(text: str, size_px: int, bold: bool) -> Field:
    font, stroke = _load_font(size_px), max(1, round(size_px / 24)) if bold else 0
    plain = text.replace("µ", "u")
    margin, base = stroke + 2, round(1.2 * size_px)
    size = (int(font.getlength(plain)) + 2 * margin + size_px, base + size_px)

    def write(letters: str, left: float) -> Field:
        page = Image.new("L", size, 0)
        ImageDraw.Draw(page).text(
            (left, base), letters, fill=255, font=font, anchor="ls", stroke_width=stroke
        )
        return np.asarray(page, dtype=np.float32) / np.float32(255)

    ink = write(plain, margin)
    for at in _find_micro(text):
        letter = write("u", margin + font.getlength(plain[:at]))
        ink = np.maximum(ink, add_micro_stem(letter, base, size_px, stroke))
    return ink


def _draw_plotter(text: str, size_px: int, bold: bool) -> Field:
    # Drawn four times too large and averaged: line fonts have no half-tones of their own.
    font, size = cv2.FONT_HERSHEY_SIMPLEX, 4 * size_px
    scale, weight = size / 30.0, max(1, round(size_px * (0.42 if bold else 0.25)))
    plain = text.replace("µ", "u")
    (width, height), _ = cv2.getTextSize(plain, font, scale, weight)
    margin = weight + 4
    base = margin + height
    shape = (4 * ((base + size) // 4 + 1), 4 * ((width + 2 * margin) // 4 + 1))

    def write(letters: str, left: int) -> Field:
        page = np.zeros(shape, np.uint8)
        cv2.putText(page, letters, (left, base), font, scale, 255, weight, cv2.LINE_AA)
        return page.astype(np.float32) / np.float32(255)

    ink = write(plain, margin)
    for at in _find_micro(text):
        before = cv2.getTextSize(plain[:at], font, scale, weight)[0][0] if at else 0
        letter = write("u", margin + before)
        ink = np.maximum(ink, add_micro_stem(letter, base, round(0.8 * size), weight // 2))
    return np.asarray(cv2.resize(ink, None, fx=0.25, fy=0.25, interpolation=cv2.INTER_AREA))


def _find_micro(text: str) -> list[int]:
    return [i for i, letter in enumerate(text) if letter == "µ"]


def add_micro_stem(letter: Field, base: int, size: int, stroke: int) -> Field:
    """Draw the left stem of a u on below the baseline, which makes it a µ, for fonts that have none.

    Parameters
    ----------
    letter : ndarray of float32
        Ink of a lone u.
    base : int
        Row of the baseline.
    size : int
        Height of the font, px.
    stroke : int
        By how much the strokes are thickened, px.

    Returns
    -------
    ndarray of float32
        Same size.
    """
    middle = base - round(0.26 * size)
    across = letter[middle]
    first = int(np.argmax(across > 0.3))
    after = np.flatnonzero(across[first:] < 0.1)
    start, stop = max(first - 1, 0), first + (int(after[0]) if len(after) else 2)
    micro = letter.copy()
    view = micro[middle : base + round(0.21 * size) + stroke, start:stop]
    np.maximum(view, across[start:stop], out=view)
    return micro
