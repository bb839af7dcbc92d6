"""Lines of text in many type faces, as images of ink."""

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw, ImageFont

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.lettering import add_micro_stem, render_text

__all__ = ["FACES", "Lettering", "Line", "can_write", "draw_line"]

Field = NDArray[np.float32]

_FILES = {
    "dejavu_sans": "DejaVuSans.ttf",
    "dejavu_sans_bold": "DejaVuSans-Bold.ttf",
    "dejavu_sans_italic": "DejaVuSans-Oblique.ttf",
    "dejavu_mono": "DejaVuSansMono.ttf",
    "dejavu_mono_bold": "DejaVuSansMono-Bold.ttf",
    "dejavu_serif": "DejaVuSerif.ttf",
    "dejavu_serif_bold": "DejaVuSerif-Bold.ttf",
    "dejavu_serif_italic": "DejaVuSerif-Italic.ttf",
    "stix": "STIXGeneral.ttf",
    "stix_bold": "STIXGeneralBol.ttf",
    "stix_italic": "STIXGeneralItalic.ttf",
    "stix_bold_italic": "STIXGeneralBolIta.ttf",
    "cm_roman": "cmr10.ttf",
    "cm_bold": "cmb10.ttf",
    "cm_sans": "cmss10.ttf",
    "cm_mono": "cmtt10.ttf",
    "cm_italic": "cmti10.ttf",
}
#: Type faces: Pillow's own (light and bold), the plotter's, a bitmap font of 11 px, and those of matplotlib.
FACES = ("sans", "sans_bold", "plotter", "plotter_bold", "bitmap", *_FILES)
_BITMAP_PX = 11


@dataclass(frozen=True)
class Lettering:
    """How text is written.

    Parameters
    ----------
    face : str
        One of `FACES`.
    size_px : int
        Height of the font; the bitmap font takes the nearest whole multiple of 11 px.
    stretch : float
        Width over the face's own width.
    smooth : bool
        Whether edges have half-tones; instruments often print without.
    """

    face: str = "sans"
    size_px: int = 20
    stretch: float = 1.0
    smooth: bool = True

    def __post_init__(self) -> None:
        if self.face not in FACES:
            raise UsageError(f"Type face is {self.face!r}; expected one of {', '.join(FACES)}.")
        if not (3 <= self.size_px <= 800 and 0.5 <= self.stretch <= 2):
            raise UsageError(
                f"Letters of {self.size_px} px, stretched by {self.stretch:g}; expected 3 to 800 px and "
                "0.5 to 2."
            )


class Line(NamedTuple):
    """A line of text.

    Parameters
    ----------
    ink : ndarray of float32
        0 to 1, cut to where there is any.
    digit_px : float
        Height of the face's digits, px.
    """

    ink: Field
    digit_px: float


def can_write(text: str, face: str) -> bool:
    """Whether a face has all letters of a text.

    Parameters
    ----------
    text : str
        The text.
    face : str
        One of `FACES`.

    Returns
    -------
    bool
    """
    special = {letter for letter in text if not letter.isascii()}
    if face.startswith(("dejavu", "stix")):
        return special <= set("µμÅ×±")
    if face == "bitmap":
        return special <= set("µ×±Å")
    # A slanted stem cannot be made from an upright one.
    return special <= (set() if face == "cm_italic" else set("µ"))


@lru_cache(maxsize=32)
def draw_line(text: str, lettering: Lettering) -> Line:
    """Draw one line of text.

    Parameters
    ----------
    text : str
        The text.
    lettering : Lettering
        How to write it.

    Returns
    -------
    Line
        Its ink is not to be written to: results are kept.

    Raises
    ------
    UsageError
        If the face lacks a letter or the text is blank.
    """
    if not can_write(text, lettering.face):
        raise UsageError(
            f"Type face {lettering.face!r} lacks a letter of {text!r}; take another face or text."
        )
    if not text.strip():
        raise UsageError("The text to draw is blank; expected at least one letter.")
    ink = _finish(_draw(text, lettering), lettering)
    ink.flags.writeable = False
    return Line(ink, float(_finish(_draw("0", lettering), lettering).shape[0]))


def _finish(ink: Field, lettering: Lettering) -> Field:
    """Stretch, take half-tones away where there are to be none, and cut."""
    if lettering.stretch != 1.0:
        width = max(1, round(ink.shape[1] * lettering.stretch))
        method = cv2.INTER_AREA if lettering.stretch < 1 else cv2.INTER_LINEAR
        ink = np.asarray(cv2.resize(ink, (width, ink.shape[0]), interpolation=method), dtype=np.float32)
    if not lettering.smooth:
        ink = (ink > 0.45).astype(np.float32)
    rows, cols = np.flatnonzero(ink.max(axis=1) > 0.1), np.flatnonzero(ink.max(axis=0) > 0.1)
    if not len(rows):
        return np.zeros((1, 1), np.float32)
    return np.ascontiguousarray(ink[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1])


def _draw(text: str, lettering: Lettering) -> Field:
    face, size = lettering.face, lettering.size_px
    if face.startswith(("plotter", "sans")):
        kind, _, weight = face.partition("_")
        return render_text(text, size, kind, weight == "bold")
    if face == "bitmap":
        return _draw_bitmap(text, size)
    font = _load_font(face, size)
    plain = text if face.startswith(("dejavu", "stix")) else text.replace("µ", "u")
    margin, base = 3 + size // 3, round(1.3 * size)

    def write(letters: str, left: float) -> Field:
        page = Image.new("L", (int(font.getlength(plain)) + 2 * margin + size, base + size), 0)
        ImageDraw.Draw(page).text((left, base), letters, fill=255, font=font, anchor="ls")
        return np.asarray(page, dtype=np.float32) / np.float32(255)

    ink = write(plain, margin)
    if plain != text:
        for at in (i for i, letter in enumerate(text) if letter == "µ"):
            letter = write("u", margin + font.getlength(plain[:at]))
            ink = np.maximum(ink, add_micro_stem(letter, base, size, 0))
    return ink


def _draw_bitmap(text: str, size_px: int) -> Field:
    font = ImageFont.load_default_imagefont()
    page = Image.new("L", (8 * len(text) + 16, 24), 0)
    ImageDraw.Draw(page).text((4, 4), text, fill=255, font=font)
    ink = (np.asarray(page) > 127).astype(np.float32)
    times = max(1, round(size_px / _BITMAP_PX))
    return np.ascontiguousarray(np.kron(ink, np.ones((times, times), np.float32)))


@lru_cache(maxsize=64)
def _load_font(face: str, size_px: int) -> ImageFont.FreeTypeFont:
    import matplotlib  # here, because only these faces need it

    path = Path(matplotlib.get_data_path()) / "fonts" / "ttf" / _FILES[face]
    try:
        return ImageFont.truetype(str(path), size_px)
    except OSError as error:
        raise UsageError(
            f"matplotlib's font file {_FILES[face]!r} cannot be loaded ({error}); "
            "reinstall matplotlib, which brings it."
        ) from error
