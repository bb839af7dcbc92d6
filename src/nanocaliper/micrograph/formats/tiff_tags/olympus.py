"""Olympus Soft Imaging Solutions (SIS, iTEM): tag 33560, lengths in metres."""

from collections.abc import Mapping

import tifffile

from nanocaliper.micrograph.formats.decoded import to_plain
from nanocaliper.micrograph.formats.tiff_tags.reading import TagReading, settle_pixel_size

__all__ = ["TAG", "read_tags"]

#: The tag that marks the page with the data; the page before it is a preview for other programs.
TAG = 33560


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read the pixel size of the page with the data.

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
    tag = page.tags.get(TAG)
    if tag is None or not isinstance(tag.value, Mapping):
        return None
    sizes = (tag.value.get(key) for key in ("pixelsizex", "pixelsizey"))
    width, height = (size * 1e9 if isinstance(size, float) else None for size in sizes)
    nm_per_px, warnings = settle_pixel_size(width, height)
    return TagReading(nm_per_px, {"olympus": to_plain(tag.value)}, warnings)
