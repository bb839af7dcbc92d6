"""JEOL SEM: ``$CM_...`` and ``$$SM_...`` keys, in ``NAME.txt`` beside the image or in TIFF tag 37500."""

import math
import re
from pathlib import Path

from nanocaliper.micrograph.acquisition import join_date_and_time, make_acquisition
from nanocaliper.micrograph.formats.pixel_size import quote, read_length_nm, settle_pixel_size
from nanocaliper.micrograph.formats.sidecars.texts import read_count_pair, read_number, read_quantity
from nanocaliper.micrograph.formats.tag_reading import TagReading

__all__ = ["name_sidecars", "read_text"]

# '$CM_MAG 5000' in the text file, '$CM_MAG=5000' in the tag; a longer key or value is none of JEOL's.
_LINE = re.compile(r"\$\$?([A-Z]{2}_[A-Z0-9_]{1,60})(?:[ =]\s*(.{0,2000}))?", re.DOTALL)
_LONGEST_SIZE = 80  # the expression below takes a time that grows fast with the text's length
_TWO_LENGTHS = re.compile(r"(\S+?)\s*([^\s0-9.eE+-]+)\s+(\S+?)\s*([^\s0-9.eE+-]+)")


def name_sidecars(path: Path) -> tuple[str, ...]:
    """Name the files that JEOL's software may have written beside an image."""
    return (f"{path.stem}.txt", f"{path.stem}.TXT")


def read_text(text: str) -> TagReading | None:
    """Read what JEOL's keys say.

    The pixel size is ``$CM_PIXEL_SIZE`` where it stands, with its unit; else the length of the printed bar,
    ``$$SM_MICRON_MARKER``, over its length in px, ``$$SM_MICRON_BAR``, a whole number. Where both stand and
    differ by more than that rounding, neither is used.

    Parameters
    ----------
    text : str
        Content of the ``.txt`` file or of the tag.

    Returns
    -------
    TagReading or None
        None where the text is not JEOL's.
    """
    keys: dict[str, str] = {}
    for line in re.split(r"[\x00-\x08\x0a-\x1f\t]+", text):
        if match := _LINE.fullmatch(line.strip()):
            keys.setdefault(match[1], (match[2] or "").strip())
    if not any(key.startswith("CM_") for key in keys) and "SM_MICRON_BAR" not in keys:
        return None
    nm_per_px, warnings, uncertainty = _settle(keys)
    size_px = (
        read_count_pair(keys.get("CM_FULL_SIZE"))
        or read_count_pair(keys.get("CM_IMAGE_SIZE"))
        or (None, None)
    )
    acquisition = make_acquisition(
        "JEOL",
        instrument=keys.get("CM_INSTRUMENT"),
        voltage_kv=_read_in(keys.get("CM_ACCEL_VOLT"), "kV"),
        magnification=read_number(keys.get("CM_MAG")),
        working_distance_mm=_read_in(keys.get("SM_WD"), "mm"),
        detector=keys.get("FE_DETECTOR_NAME") or keys.get("CM_DETECTOR_NAME") or keys.get("CM_SIGNAL"),
        acquired_at=join_date_and_time(keys.get("CM_DATE"), keys.get("CM_TIME")),
        cols=size_px[0],
        rows=size_px[1],
    )
    return TagReading(nm_per_px, {"jeol": keys}, warnings, acquisition, relative_uncertainty=uncertainty)


def _settle(keys: dict[str, str]) -> tuple[float | None, tuple[str, ...], float]:
    """Pixel size, warnings and relative standard uncertainty."""
    stated, warnings = _read_stated(keys.get("CM_PIXEL_SIZE"))
    if warnings:
        return None, warnings, 0.0
    bar, warnings, bar_px = _read_bar(keys)
    if stated is None:
        # A whole number of pixels, rounded or cut: less than one off, a uniform distribution two pixels wide.
        return bar, warnings, 0.0 if bar is None else 1 / (math.sqrt(3) * bar_px)
    if bar is None:
        return stated, (), 0.0
    # The bar is drawn in whole pixels, rounded or cut.
    if abs(bar * bar_px / stated - bar_px) > max(1.0, 1e-3 * bar_px) * 1.0001:
        return (
            None,
            (
                f"JEOL's metadata give two pixel sizes ({stated:.6g} nm, and {bar:.6g} nm by the scale bar); "
                "neither was used.",
            ),
            0.0,
        )
    return stated, (), 0.0


def _read_stated(text: str | None) -> tuple[float | None, tuple[str, ...]]:
    """Pixel size written with its unit, for example '9.766nm 9.766nm'."""
    if not text:
        return None, ()
    match = _TWO_LENGTHS.fullmatch(text) if len(text) <= _LONGEST_SIZE else None
    sizes = [read_length_nm(read_number(match[i]), match[i + 1]) for i in (1, 3)] if match else [None, None]
    if None in sizes:
        return None, (
            f"JEOL's metadata give a pixel size in a form that is not read ({quote(text)}); it was not used.",
        )
    return settle_pixel_size(*sizes)


def _read_bar(keys: dict[str, str]) -> tuple[float | None, tuple[str, ...], float]:
    marker_text, bar_text = keys.get("SM_MICRON_MARKER"), keys.get("SM_MICRON_BAR")
    if not marker_text or not bar_text:
        return None, (), 1.0
    marker, bar_px = read_quantity(marker_text), read_number(bar_text)
    length = read_length_nm(*marker) if marker is not None else None
    # A bar under 20 px is known to 2.5 % at best.
    if length is None or bar_px is None or not 20 <= bar_px < 1e6:
        doubt = (
            f"JEOL's metadata give a scale bar that cannot be used ({quote(marker_text)} in {quote(bar_text)} "
            "px).",
        )
        return None, doubt, 1.0
    size = length / bar_px
    settled, warnings = settle_pixel_size(size, size)
    return settled, warnings, bar_px


def _read_in(text: str | None, unit: str) -> float | None:
    quantity = read_quantity(text)
    return quantity[0] if quantity is not None and quantity[1] in ("", unit) else None
