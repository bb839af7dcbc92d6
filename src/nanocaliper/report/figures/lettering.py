"""Text in figures: how wide it is, breaking and shortening it, and signs that the font lacks."""

import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from matplotlib.ft2font import FT2Font

__all__ = ["clean_name", "make_drawable", "measure_mm", "shorten_name", "shorten_names", "wrap_text"]

_MISSING = "□"
_MM_PER_PT = 25.4 / 72
_BEARINGS = 4


@lru_cache(maxsize=2)
def _load_face(bold: bool) -> "FT2Font":
    import matplotlib
    from matplotlib.ft2font import FT2Font

    name = "DejaVuSans-Bold.ttf" if bold else "DejaVuSans.ttf"
    face = FT2Font(str(Path(matplotlib.get_data_path()) / "fonts" / "ttf" / name))
    face.set_size(100, 72)
    return face


@lru_cache(maxsize=2)
def _known(bold: bool) -> frozenset[int]:
    return frozenset(_load_face(bold).get_charmap())


@lru_cache(maxsize=4096)
def _advance(char: str, bold: bool) -> float:
    """Width of a character over the size of the font."""
    from matplotlib.ft2font import LoadFlags

    glyph = _load_face(bold).load_char(ord(char), LoadFlags.NO_HINTING)
    return glyph.linearHoriAdvance / 65536 / 100


def make_drawable(text: str, *, bold: bool = False) -> str:
    """Replace what the font of the figures cannot draw, such as Chinese, by boxes of the same number."""
    known = _known(bold)
    return "".join(char if char == "\n" or ord(char) in known else _MISSING for char in text)


def measure_mm(text: str, size_pt: float, *, bold: bool = False) -> float:
    """Width of a line of text."""
    return sum(_advance(char, bold) for char in make_drawable(text, bold=bold)) * size_pt * _MM_PER_PT


def clean_name(name: str) -> str:
    """Make one line of a name: composed letters, no control signs."""
    composed = unicodedata.normalize("NFC", name)
    printable = "".join(" " if unicodedata.category(char)[0] in "CZ" else char for char in composed)
    return " ".join(printable.split())


def shorten_name(name: str, width_mm: float, size_pt: float, *, bold: bool = False) -> str:
    """Shorten a name in the middle until it fits; names of files differ most often at their ends.

    Parameters
    ----------
    name : str
    width_mm : float
    size_pt : float
    bold : bool

    Returns
    -------
    str
        One line, with ``…`` where something is left out.
    """
    whole = clean_name(name)
    if measure_mm(whole, size_pt, bold=bold) <= width_mm:
        return whole
    low, high = 0, len(whole)
    while high - low > 1:
        kept = (low + high) // 2
        if measure_mm(_cut(whole, kept), size_pt, bold=bold) <= width_mm:
            low = kept
        else:
            high = kept
    return _cut(whole, max(low, 1))


def shorten_names(names: Sequence[str], width_mm: float, size_pt: float) -> list[str]:
    """Shorten names so that they still differ: what all begin and end with goes first.

    Parameters
    ----------
    names : sequence of str
        Different from one another.
    width_mm, size_pt : float

    Returns
    -------
    list of str
        With a number in front where names differ only in what had to go.
    """
    whole = [clean_name(name) for name in names]
    short = [shorten_name(name, width_mm, size_pt) for name in whole]
    if len(set(short)) == len(short):
        return short
    start = _count_common(whole)
    end = min(_count_common([name[::-1] for name in whole]), min(map(len, whole)) - start)
    # A few letters of the common parts stay, as bearings.
    start, end = max(start - _BEARINGS, 0), max(end - _BEARINGS, 0)
    parts = ["…" * (start > 0) + name[start : len(name) - end] + "…" * (end > 0) for name in whole]
    short = [shorten_name(part, width_mm, size_pt) for part in parts]
    if len(set(short)) == len(short):
        return short
    marks = [f"{number}: " for number in range(1, len(whole) + 1)]
    room = width_mm - max(measure_mm(mark, size_pt) for mark in marks)
    return [mark + shorten_name(part, room, size_pt) for mark, part in zip(marks, parts, strict=True)]


def _count_common(names: Sequence[str]) -> int:
    """How many signs all begin with."""
    first, last = min(names), max(names)
    return next(
        (k for k, (a, b) in enumerate(zip(first, last, strict=False)) if a != b), min(len(first), len(last))
    )


def _cut(text: str, kept: int) -> str:
    last = kept // 2
    return text[: kept - last] + "…" + (text[-last:] if last else "")


def wrap_text(
    text: str, width_mm: float, size_pt: float, *, bold: bool = False, most: int | None = None
) -> list[str]:
    """Break a text into lines that fit; a word, or a text of more than `most` lines, is shortened.

    Lines end at spaces, not at no-break spaces.

    Parameters
    ----------
    text : str
    width_mm, size_pt : float
    bold : bool
    most : int, optional
        Lines.

    Returns
    -------
    list of str
    """
    lines: list[str] = []
    words = [shorten_name(word, width_mm, size_pt, bold=bold) for word in text.split(" ")]
    for word in words:
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and measure_mm(longer, size_pt, bold=bold) <= width_mm:
            lines[-1] = longer
        else:
            lines.append(word)
    if most is not None and len(lines) > most:
        rest = " ".join(lines[most - 1 :])
        lines = [*lines[: most - 1], shorten_name(rest, width_mm, size_pt, bold=bold)]
    return lines
