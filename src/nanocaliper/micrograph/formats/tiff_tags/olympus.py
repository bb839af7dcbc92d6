"""Olympus Soft Imaging Solutions (SIS, iTEM): tag 33560, lengths in metres."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import tifffile

from nanocaliper.micrograph.acquisition import make_acquisition
from nanocaliper.micrograph.formats.decoded import to_plain
from nanocaliper.micrograph.formats.pixel_size import settle_pixel_size
from nanocaliper.micrograph.formats.tag_reading import TagReading

__all__ = ["TAG", "read_tags"]

#: The tag that marks the page with the data; the page before it is a preview for other programs.
TAG = 33560
_EXIF, _MODEL = 34665, 272


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
    fields: Mapping[str, Any] = tag.value
    sizes = (fields.get(key) for key in ("pixelsizex", "pixelsizey"))
    # To the femtometre, as other readers of this tag take it: the same file then has the same scale everywhere,
    # and no pixel is known better.
    width, height = (round(size * 1e9, 6) if isinstance(size, float) else size for size in sizes)
    nm_per_px, warnings = settle_pixel_size(width, height)
    taken, exif = fields.get("datetime"), _value(page, _EXIF)
    exif = exif if isinstance(exif, Mapping) else {}
    acquisition = make_acquisition(
        "Olympus Soft Imaging Solutions",
        magnification=fields.get("magnification"),
        detector=fields.get("cameraname") or _value(page, _MODEL),
        acquired_at=taken.isoformat() if isinstance(taken, datetime) else None,
        rows=exif.get("PixelYDimension"),
        cols=exif.get("PixelXDimension"),
    )
    return TagReading(nm_per_px, {"olympus": to_plain(fields)}, warnings, acquisition)


def _value(page: tifffile.TiffPage, code: int) -> Any:
    tag = page.tags.get(code)
    return tag.value if tag is not None else None
