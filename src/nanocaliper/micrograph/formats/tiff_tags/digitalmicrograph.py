"""Gatan DigitalMicrograph's TIFF export: units in tags 65003 and 65004, scales in 65009 and 65010."""

import tifffile

from nanocaliper.micrograph.formats.axis_scale import settle_axes
from nanocaliper.micrograph.formats.decoded import to_plain
from nanocaliper.micrograph.formats.tag_reading import TagReading

__all__ = ["read_tags"]

_UNIT_TAGS = (65003, 65004)
_SCALE_TAGS = (65009, 65010)


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read the pixel size; a diffraction pattern, whose unit is a reciprocal length, has none.

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
    units = [tag.value for code in _UNIT_TAGS if (tag := page.tags.get(code)) and isinstance(tag.value, str)]
    scales = [
        tag.value for code in _SCALE_TAGS if (tag := page.tags.get(code)) and isinstance(tag.value, float)
    ]
    if len(units) != 2 or len(scales) != 2:
        return None
    metadata = {"digitalmicrograph": {"units": to_plain(units), "scales": to_plain(scales)}}
    nm_per_px, warnings = settle_axes(scales, units)
    return TagReading(nm_per_px, metadata, warnings)
