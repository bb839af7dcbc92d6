"""When a pixel size that a file names is believed, for all makers alike."""

import math

from nanocaliper.micrograph.pixel_limits import LARGEST_PIXEL_NM, SMALLEST_PIXEL_NM
from nanocaliper.units import NM_PER_UNIT

__all__ = ["describe_unknown_unit", "quote", "read_length_nm", "read_unit", "settle_pixel_size"]

_NOT_SQUARE = 1e-3

# Each unit in the spellings that instruments and programs write; a unit of another spelling is not guessed.
_SPELLINGS = {
    "pm": ("pm", "picometer", "picometre"),
    "A": ("A", "\u00c5", "\u212b", "A\u030a", "\\u00C5", "angstrom", "Angstrom"),
    "nm": ("nm", "nanometer", "nanometre"),
    "um": (
        *("um", "\u00b5m", "\u03bcm", "\\u00B5m", "\\u00b5m"),
        *("micron", "microns", "micrometer", "micrometre"),
    ),
    "mm": ("mm", "millimeter", "millimetre"),
    "cm": ("cm", "centimeter", "centimetre"),
    "m": ("m", "meter", "metre"),
}
_NO_UNITS = ("pixel", "pixels", "px", "reference frame")
_UNITS = {spelling: unit for unit, spellings in _SPELLINGS.items() for spelling in spellings}


def read_unit(text: object) -> str | None:
    """Find the unit of length that a text names.

    Parameters
    ----------
    text : object
        For example ``'nm'``, ``'µm'`` (with either micro sign), ``'micron'`` or ``'Å'``; case matters, as ``Mm`` is
        not ``mm``.

    Returns
    -------
    str or None
        A key of `nanocaliper.units.NM_PER_UNIT`; None for any other spelling, alphabet or type.
    """
    return _UNITS.get(text.strip("\0 \t\r\n")) if isinstance(text, str) else None


def read_length_nm(value: object, unit: object) -> float | None:
    """Convert a number and the name of its unit to nm.

    Parameters
    ----------
    value, unit : object
        What a file holds, of any type.

    Returns
    -------
    float or None
        The length in nm, not yet judged; None where `value` is no number or the unit is not known.
    """
    name = read_unit(unit)
    if name is None or isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        return None
    return float(value) * NM_PER_UNIT[name]


def quote(value: object) -> str:
    """Write what a file holds into a message: one line, at most 40 characters."""
    text = str(value) if isinstance(value, int | float) else repr(value)
    return text if len(text) <= 40 else f"{text[:37]}..."


def settle_pixel_size(width_nm: object, height_nm: object) -> tuple[float | None, tuple[str, ...]]:
    """Decide whether a pixel's width and height make a pixel size.

    Parameters
    ----------
    width_nm, height_nm : object
        What the file gives, nm; None or an empty text where it gives nothing.

    Returns
    -------
    nm_per_px : float or None
        The width, where both are numbers from 0.00001 nm to 1 mm and differ by less than one part in a thousand.
    warnings : tuple of str
        Why there is no pixel size although the file names one: at most one sentence.
    """
    given = [None if side is None or side == "" else side for side in (width_nm, height_nm)]
    if given == [None, None]:
        return None, ()
    sizes: list[float] = []
    for side in given:
        if side is None:
            one = given[0] if given[0] is not None else given[1]
            return None, (
                f"The file gives only one side of its pixels ({quote(one)} nm); its pixel size was not used.",
            )
        if isinstance(side, bool) or not isinstance(side, int | float):
            return None, (f"The file's pixel size is no number ({quote(side)}); it was not used.",)
        # An int may be too large for a float.
        sizes.append(math.inf if abs(side) >= 1e300 else float(side))
    for size in sizes:
        if not (math.isfinite(size) and SMALLEST_PIXEL_NM <= size <= LARGEST_PIXEL_NM):
            return None, (
                f"The file gives an impossible pixel size ({size:.6g} nm, expected {SMALLEST_PIXEL_NM:.5f} nm to "
                "1 mm); it was not used.",
            )
    width, height = sizes
    if abs(width - height) > _NOT_SQUARE * width:
        return None, (
            f"The file gives pixels that are not square ({width:.6g} nm wide, {height:.6g} nm high); "
            "its pixel size was not used.",
        )
    return width, ()


def describe_unknown_unit(unit: object) -> tuple[str, ...]:
    """Say that a unit is not known; nothing where it says that there is no length.

    Parameters
    ----------
    unit : object
        What the file holds, after `read_unit` found no unit of length in it.

    Returns
    -------
    tuple of str
        One sentence, or none for an empty unit, for ``'pixel'`` and for reciprocal lengths (diffraction).
    """
    text = unit.strip("\0 \t\r\n") if isinstance(unit, str) else unit
    if not text or (isinstance(text, str) and (text.lower() in _NO_UNITS or "1/" in text or "-1" in text)):
        return ()
    return (
        f"The file gives its pixel size in {quote(text)}, which is no unit that is known; it was not used.",
    )
