"""ImageJ: the unit in the image description, the pixels per unit in XResolution and YResolution."""

import tifffile

from nanocaliper.micrograph.formats.decoded import to_plain
from nanocaliper.micrograph.formats.pixel_size import describe_unknown_unit, read_unit, settle_pixel_size
from nanocaliper.micrograph.formats.tag_reading import TagReading
from nanocaliper.micrograph.formats.tiff_tags.raw import check_length
from nanocaliper.units import NM_PER_UNIT

__all__ = ["read_tags"]

_DESCRIPTION = 270
# ImageJ turns the print resolution of any TIFF into one of these units: the size on paper, not of the sample.
_PAPER_UNITS = {"inch", "inches", "in", "cm", "centimeter", "centimetre"}


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read the pixel size that was set in ImageJ (Set Scale); without a unit there is none.

    Parameters
    ----------
    tif : TiffFile
        The open file.
    page : TiffPage
        The page that is read; in a stack the first page holds the scale of all.

    Returns
    -------
    TagReading or None
    """
    if not tif.is_imagej:
        return None
    check_length(tif.pages.first, _DESCRIPTION)
    description = tif.imagej_metadata
    if description is None:
        return None
    metadata = {"imagej": to_plain(description)}
    unit = str(description.get("unit", "")).strip()
    if unit in _PAPER_UNITS:
        return TagReading(
            None, metadata, (f"ImageJ gives a print resolution (unit {unit!r}); it is not a pixel size.",)
        )
    name = read_unit(unit)
    if name is None:
        return TagReading(None, metadata, describe_unknown_unit(unit))
    sizes = [_nm_of_pixel(tif, page, tag, NM_PER_UNIT[name]) for tag in ("XResolution", "YResolution")]
    nm_per_px, warnings = settle_pixel_size(*sizes)
    return TagReading(nm_per_px, metadata, warnings)


def _nm_of_pixel(tif: tifffile.TiffFile, page: tifffile.TiffPage, name: str, scale: float) -> float | None:
    """Length of a pixel from the tag's fraction (pixels, units)."""
    first = tif.pages.first
    tag = page.tags.get(name) or first.tags.get(name)
    value = tag.value if tag is not None else None
    if not isinstance(value, tuple) or len(value) != 2 or not value[0] or not value[1]:
        return None
    return float(value[1] / value[0]) * scale
