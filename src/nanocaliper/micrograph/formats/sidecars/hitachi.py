"""Hitachi SEM: ``NAME.txt`` beside the image, ``key=value`` lines under ``[SemImageFile]``."""

from pathlib import Path

from nanocaliper.micrograph.acquisition import join_date_and_time, make_acquisition
from nanocaliper.micrograph.formats.pixel_size import settle_pixel_size
from nanocaliper.micrograph.formats.sidecars.texts import (
    read_count_pair,
    read_keys,
    read_number,
    read_quantity,
)
from nanocaliper.micrograph.formats.tag_reading import TagReading

__all__ = ["name_sidecars", "read_text"]

_SECTION = "SemImageFile"
_KV = {"": 1e-3, "v": 1e-3, "volt": 1e-3, "kv": 1.0}
_MM = {"um": 1e-3, "\u00b5m": 1e-3, "\u03bcm": 1e-3, "mm": 1.0}


def name_sidecars(path: Path) -> tuple[str, ...]:
    """Name the files that Hitachi's software may have written beside an image."""
    return (f"{path.stem}.txt", f"{path.stem}.TXT")


def read_text(text: str) -> TagReading | None:
    """Read what Hitachi's keys say.

    Parameters
    ----------
    text : str
        Content of the ``.txt`` file.

    Returns
    -------
    TagReading or None
        None where the text is not Hitachi's.
    """
    if f"[{_SECTION}]" not in text:
        return None
    keys = read_keys(text).get(_SECTION, {})
    given = keys.get("PixelSize") or None
    number = read_number(given)
    size = given if number is None else number
    nm_per_px, warnings = settle_pixel_size(size, size)
    size_px = read_count_pair(keys.get("DataSize")) or (None, None)
    acquisition = make_acquisition(
        "Hitachi",
        instrument=keys.get("InstructName"),
        voltage_kv=_convert(keys.get("AcceleratingVoltage"), _KV),
        magnification=read_number(keys.get("Magnification")),
        working_distance_mm=_convert(keys.get("WorkingDistance"), _MM),
        detector=keys.get("SignalName"),
        acquired_at=join_date_and_time(keys.get("Date"), keys.get("Time")),
        cols=size_px[0],
        rows=size_px[1],
    )
    return TagReading(nm_per_px, {"hitachi": keys}, warnings, acquisition, keys.get("ImageName") or None)


def _convert(text: str | None, factors: dict[str, float]) -> float | None:
    quantity = read_quantity(text)
    factor = factors.get(quantity[1].lower()) if quantity is not None else None
    return None if quantity is None or factor is None else quantity[0] * factor
