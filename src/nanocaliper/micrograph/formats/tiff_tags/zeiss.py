"""Zeiss SEM (SmartSEM): tag 34118, a table of numbers followed by named values."""

import re
from collections.abc import Mapping
from typing import Any

import tifffile

from nanocaliper.micrograph.acquisition import Acquisition, join_date_and_time, make_acquisition
from nanocaliper.micrograph.formats.decoded import to_plain
from nanocaliper.micrograph.formats.pixel_size import read_length_nm, settle_pixel_size
from nanocaliper.micrograph.formats.sidecars.texts import read_count_pair
from nanocaliper.micrograph.formats.tag_reading import TagReading
from nanocaliper.micrograph.formats.tiff_tags.raw import check_length

__all__ = ["read_tags"]

_TAG = 34118
_REFERENCE_COLS = 1024  # the table's pixel size holds for an image of this width
# SmartSEM stores 512, 1024, 2048, 3072, 4096, ... columns.
_STORED_STEP = 512


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read the pixel size: the table's value, which has all its digits, checked against the named one.

    Parameters
    ----------
    tif : TiffFile
        The open file.
    page : TiffPage
        The page that is read.

    Returns
    -------
    TagReading or None
    """
    del tif
    check_length(page, _TAG)
    tag = page.tags.get(_TAG)
    if tag is None or not isinstance(tag.value, Mapping):
        return None
    fields = tag.value
    metadata = {"zeiss": {str(key): to_plain(value) for key, value in fields.items() if key}}
    acquisition = _read_acquisition(fields)
    cols = acquisition.cols if acquisition is not None and acquisition.cols is not None else None
    named = read_length_nm(_value(fields, "ap_image_pixel_size"), _unit(fields, "ap_image_pixel_size"))
    table = fields.get("")
    number = table[3] if isinstance(table, list | tuple) and len(table) > 3 else None
    if cols is None and page.imagewidth % _STORED_STEP and (number is not None or named is not None):
        return TagReading(
            None,
            metadata,
            (
                f"The image has {page.imagewidth} columns, which no Zeiss instrument stores (multiples of "
                f"{_STORED_STEP}), so it was cropped or resampled; the metadata's pixel size was not used, pass "
                "the scale with --nm-per-px.",
            ),
            acquisition,
        )
    if not isinstance(number, float):
        # The named value is rounded to three or four figures, but better than none.
        nm_per_px, warnings = settle_pixel_size(named, named)
        return TagReading(nm_per_px, metadata, warnings, acquisition)
    # The image may be stored with more or fewer columns than the screen shows; the field of view is the same.
    size_nm = number * 1e9 * _REFERENCE_COLS / (cols or page.imagewidth)
    nm_per_px, warnings = settle_pixel_size(size_nm, size_nm)
    if nm_per_px is not None and named is not None and abs(named - nm_per_px) > 0.01 * nm_per_px:
        warnings = (
            f"The file gives two pixel sizes ({nm_per_px:.6g} nm and {named:.6g} nm); neither was used.",
        )
        nm_per_px = None
    return TagReading(nm_per_px, metadata, warnings, acquisition)


def _read_acquisition(fields: Mapping[str, Any]) -> Acquisition | None:
    stored = read_count_pair(_value(fields, "dp_image_store")) or (None, None)
    distance_nm = read_length_nm(_value(fields, "ap_wd"), _unit(fields, "ap_wd"))
    voltage = _value(fields, "ap_actualkv")
    factor = {"kV": 1.0, "V": 1e-3}.get(_unit(fields, "ap_actualkv"))
    return make_acquisition(
        "Zeiss",
        instrument=_value(fields, "sv_serial_number"),
        voltage_kv=voltage * factor if factor is not None and isinstance(voltage, int | float) else None,
        magnification=_read_magnification(fields),
        working_distance_mm=distance_nm * 1e-6 if distance_nm is not None else None,
        detector=_value(fields, "dp_detector_channel") or _value(fields, "dp_detector_type"),
        acquired_at=join_date_and_time(_value(fields, "ap_date"), _value(fields, "ap_time")),
        cols=stored[0],
        rows=stored[1],
    )


def _read_magnification(fields: Mapping[str, Any]) -> float | None:
    """Written as '50.00 K X', or as a number with the unit 'X' or 'K X'."""
    value = _value(fields, "ap_mag")
    text = value if isinstance(value, str) else f"{value} {_unit(fields, 'ap_mag')}"
    match = re.fullmatch(r"([0-9]{1,9}(?:\.[0-9]{1,9})?)\s*([Kk]?)\s*[Xx]", text[:60].strip())
    return float(match[1]) * (1000.0 if match[2] else 1.0) if match else None


def _value(fields: Mapping[str, Any], key: str) -> Any:
    """The value of a named field, which is a tuple of name, value and perhaps unit."""
    field = fields.get(key)
    return field[1] if isinstance(field, tuple) and len(field) > 1 else None


def _unit(fields: Mapping[str, Any], key: str) -> str:
    field = fields.get(key)
    return str(field[2]) if isinstance(field, tuple) and len(field) > 2 else ""
