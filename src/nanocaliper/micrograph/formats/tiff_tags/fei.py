"""FEI and Thermo Fisher SEM: an INI text in tag 34680 or 34682, lengths in metres."""

from collections.abc import Mapping

import tifffile

from nanocaliper.micrograph.formats.decoded import to_plain
from nanocaliper.micrograph.formats.tiff_tags.reading import TagReading, settle_pixel_size

__all__ = ["read_tags"]

_TAGS = (34680, 34682)


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read the pixel size of the scan; a navigation camera's image has none.

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
    for code in _TAGS:
        tag = page.tags.get(code)
        if tag is not None and isinstance(tag.value, Mapping):
            scan = tag.value.get("Scan")
            scan = scan if isinstance(scan, Mapping) else {}
            width, height = (_to_nm(scan.get(key)) for key in ("PixelWidth", "PixelHeight"))
            nm_per_px, warnings = settle_pixel_size(width, height)
            return TagReading(nm_per_px, {"fei": to_plain(tag.value)}, warnings)
    return None


def _to_nm(metres: object) -> float | None:
    return metres * 1e9 if isinstance(metres, int | float) else None
