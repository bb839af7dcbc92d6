"""Zeiss SEM (SmartSEM): tag 34118, a table of numbers followed by named values."""

from collections.abc import Mapping

import tifffile

from nanocaliper.micrograph.formats.decoded import to_plain
from nanocaliper.micrograph.formats.tiff_tags.reading import TagReading, settle_pixel_size
from nanocaliper.units import NM_PER_UNIT

__all__ = ["read_tags"]

_TAG = 34118
_REFERENCE_COLS = 1024  # the table's pixel size holds for an image of this width


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
    tag = page.tags.get(_TAG)
    if tag is None or not isinstance(tag.value, Mapping):
        return None
    fields = tag.value
    metadata = {"zeiss": {str(key): to_plain(value) for key, value in fields.items() if key}}
    table = fields.get("")
    number = table[3] if isinstance(table, list | tuple) and len(table) > 3 else None
    if not isinstance(number, float) or page.imagewidth <= 0:
        return TagReading(None, metadata)
    # The image may be stored with more or fewer columns than the screen shows; the field of view is the same.
    size_nm = number * 1e9 * _REFERENCE_COLS / page.imagewidth
    nm_per_px, warnings = settle_pixel_size(size_nm, size_nm)
    named = _read_named_nm(fields.get("ap_image_pixel_size"))
    # The named value is rounded to three or four figures.
    if nm_per_px is not None and named is not None and abs(named - nm_per_px) > 0.01 * nm_per_px:
        warnings = (
            f"The file gives two pixel sizes ({nm_per_px:.6g} nm and {named:.6g} nm); neither was used.",
        )
        nm_per_px = None
    return TagReading(nm_per_px, metadata, warnings)


def _read_named_nm(field: object) -> float | None:
    if not isinstance(field, tuple) or len(field) != 3 or not isinstance(field[1], int | float):
        return None
    unit = {"\u00b5m": "um", "\u03bcm": "um"}.get(str(field[2]), str(field[2]))
    scale = NM_PER_UNIT.get(unit)
    return field[1] * scale if scale is not None and field[1] > 0 else None
