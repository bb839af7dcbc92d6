"""TESCAN SEM: tag 50431, a binary head followed by the same lines as in its ``.hdr`` files."""

import tifffile

from nanocaliper.micrograph.formats.sidecars.tescan import read_text
from nanocaliper.micrograph.formats.tag_reading import TagReading
from nanocaliper.micrograph.formats.tiff_tags.raw import read_tag_bytes

__all__ = ["read_tags"]

_TAG = 50431


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read the pixel size, lengths in metres.

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
    raw = read_tag_bytes(page, _TAG)
    # The binary head would spoil UTF-8; the keys and the values that are used are ASCII.
    return read_text(raw.decode("latin-1")) if raw is not None else None
