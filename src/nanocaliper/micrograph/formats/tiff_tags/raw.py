"""Texts in tags, whatever type they were written with."""

import numpy as np
import tifffile

from nanocaliper.errors import ReadError
from nanocaliper.micrograph.formats.sidecars.texts import decode_text

__all__ = ["LONGEST_TAG", "check_length", "read_tag_bytes", "read_xml_description"]

#: Makers' texts have some ten kB; a tag longer than this, bytes, is damaged or hostile.
LONGEST_TAG = 4_000_000


def check_length(page: tifffile.TiffPage, *codes: int) -> None:
    """Refuse tags that tifffile would take apart into a table, before it does, where they are over 4 MB.

    Parameters
    ----------
    page : TiffPage
        The page.
    *codes : int
        Numbers of the tags.

    Raises
    ------
    ReadError
        If one of them is longer.
    """
    for code in codes:
        tag = page.tags.get(code)
        if tag is not None and tag.valuebytecount > LONGEST_TAG:
            raise ReadError(f"tag {code} has {tag.valuebytecount:,} bytes, expected at most {LONGEST_TAG:,}")


def read_tag_bytes(page: tifffile.TiffPage, code: int) -> bytes | None:
    """Read a tag that holds a text, perhaps with binary values before it.

    Parameters
    ----------
    page : TiffPage
        The page.
    code : int
        Number of the tag.

    Returns
    -------
    bytes or None
        None where the page has no such tag, or it holds no bytes, or over 4 MB.
    """
    tag = page.tags.get(code)
    value = tag.value if tag is not None else None
    if isinstance(value, str):
        value = value.encode("utf-8", "surrogateescape")
    elif isinstance(value, np.ndarray) and value.dtype.itemsize == 1:
        value = value.tobytes()
    elif isinstance(value, tuple | list) and all(isinstance(one, int) and 0 <= one < 256 for one in value):
        value = bytes(value)
    return value if isinstance(value, bytes) and len(value) <= LONGEST_TAG else None


def read_xml_description(page: tifffile.TiffPage, root: str) -> str | None:
    """Read an image description that is XML with this root element; None for any other."""
    tag = page.tags.get(270)
    value = tag.value if tag is not None else None
    if isinstance(value, bytes):
        value = decode_text(value)
    if not isinstance(value, str):
        return None
    head = value[:4000]
    return value if "<" in head[:10] and (f"<{root}" in head or f":{root}" in head) else None
