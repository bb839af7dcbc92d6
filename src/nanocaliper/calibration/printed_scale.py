"""Other prints that tell the scale: the width of the field, and the magnification; evidence for or against a bar.

Neither is ever a calibration by itself: a magnification holds for a size on paper that makers choose, and both
are wrong once an image is cropped. But one that fits a bar within a few per cent is no chance, and one that fits it
but for a power of ten says that a decimal point was lost.
"""

import math
import re
from dataclasses import dataclass
from typing import Literal

from nanocaliper.calibration.label_text import parse_label
from nanocaliper.calibration.text_boxes import TextBox

__all__ = ["Evidence", "PrintedScale", "compare", "find_printed_scales"]

Evidence = Literal["field width", "magnification", "power of ten", "none"]

# Width in mm of the picture that makers' magnifications refer to: Zeiss's Polaroid, JEOL's 120 mm, Hitachi's and
# FEI's 127 mm.
_PICTURE_WIDTHS_MM = (114.3, 120.0, 127.0)
_TOLERANCES = {"field width": 0.03, "magnification": 0.02}

_NAME = r"(?:HFW|HFOV|FOV|FW|view ?field|field ?width|width)"
_NAME_ALONE = re.compile(rf"\W*{_NAME}\W*", re.I)
_NAME_AND_LENGTH = re.compile(rf".*?\b{_NAME} ?[:=]? ?([0-9][0-9.,]* ?[nuµμm]m)\b.*", re.I)
_NUMBER = r"([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+(?:\.[0-9]+)?)"
_MAGNIFICATION = re.compile(
    rf"(?:^|.*?[^a-z0-9])(?:mag\w*\W{{0,3}}|[x×]) ?{_NUMBER} ?(k)? ?[x×]?(?![a-zµμ0-9.]).*"
    rf"|(?:^|.*?[^a-z0-9.,]){_NUMBER} ?(k)? ?[x×](?![a-z0-9]).*",
    re.I,
)


@dataclass(frozen=True)
class PrintedScale:
    """A scale that follows from a print beside the bar.

    Parameters
    ----------
    kind : {'field width', 'magnification'}
        What was printed.
    text : str
        As read.
    nm_per_px : tuple of float
        The scales it may mean, nm: one for a field width, one for each maker's picture width else.
    """

    kind: Literal["field width", "magnification"]
    text: str
    nm_per_px: tuple[float, ...]


def find_printed_scales(texts: tuple[TextBox, ...], cols: int) -> tuple[PrintedScale, ...]:
    """Find field widths and magnifications among the text of a micrograph.

    Parameters
    ----------
    texts : tuple of TextBox
        All text that was read.
    cols : int
        Columns of the micrograph, px.

    Returns
    -------
    tuple of PrintedScale
    """
    found: list[PrintedScale] = []
    for item in texts:
        match = _NAME_AND_LENGTH.fullmatch(item.text)
        if match is not None:
            found += _from_width(match[1], item.text, cols)
        elif _NAME_ALONE.fullmatch(item.text):
            found += [
                scale
                for other in texts
                if _stands_under_or_after(item, other)
                for scale in _from_width(other.text, f"{item.text} {other.text}", cols)
            ]
        match = _MAGNIFICATION.fullmatch(item.text)
        if match is not None:
            number, thousand = (match[1], match[2]) if match[1] else (match[3], match[4])
            times = float(number.replace(",", "")) * (1000 if thousand else 1)
            if 10 <= times <= 5e6:
                widths = tuple(width * 1e6 / times / cols for width in _PICTURE_WIDTHS_MM)
                found.append(PrintedScale("magnification", item.text, widths))
    return tuple(found)


def compare(nm_per_px: float, printed: tuple[PrintedScale, ...]) -> Evidence:
    """Compare a bar's scale with what is printed beside it.

    A magnification counts only where it agrees: with three picture widths and any crop, it differs by nearly a
    power of ten often enough by chance.

    Parameters
    ----------
    nm_per_px : float
        The bar's scale, nm.
    printed : tuple of PrintedScale

    Returns
    -------
    {'field width', 'magnification', 'power of ten', 'none'}
        Which print agrees, the field width within 3 % or the magnification within 2 %; else whether the field width
        would agree but for a power of ten; else ``'none'``, since images are cropped and rescaled after they
        were labelled.
    """
    kinds: tuple[Literal["field width", "magnification"], ...] = ("field width", "magnification")
    for kind in kinds:
        values = [value for scale in printed if scale.kind == kind for value in scale.nm_per_px]
        if any(abs(nm_per_px / value - 1) <= _TOLERANCES[kind] for value in values):
            return kind
    for scale in printed:
        if scale.kind == "field width":
            power = math.log10(nm_per_px / scale.nm_per_px[0])
            near = abs(power - round(power)) <= math.log10(1 + _TOLERANCES["field width"])
            if near and 1 <= abs(round(power)) <= 3:
                return "power of ten"
    return "none"


def _from_width(text: str, shown: str, cols: int) -> list[PrintedScale]:
    reading = parse_label(text)
    if reading is None:
        return []
    return [PrintedScale("field width", shown, (reading.length_nm / cols,))]


def _stands_under_or_after(name: TextBox, value: TextBox) -> bool:
    a, b = name.box, value.box
    if value is name:
        return False
    same_row = a.shared_rows(b) > 0.4 * a.height
    after = same_row and -a.height < b.col_start - a.col_stop < 2 * a.height
    same_col = a.shared_cols(b) > 0.3 * min(a.width, b.width)
    return after or (same_col and -0.8 * a.height < b.row_start - a.row_stop < 1.2 * a.height)
