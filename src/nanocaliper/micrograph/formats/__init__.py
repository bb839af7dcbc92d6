"""The image formats that are read, one module a family.

Each module has ``EXTENSIONS`` (lower case, with the dot), ``matches(head)`` (whether a file that starts with
these bytes is its own) and ``read(stream, page)`` (the decoded image). The content decides which one reads a
file; the extension only decides which files of a folder are taken.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import BinaryIO

from nanocaliper.micrograph.formats import raster, tiff
from nanocaliper.micrograph.formats.decoded import MAX_PIXELS, MIN_SIDE_PX, DecodedImage

__all__ = ["EXTENSIONS", "FORMATS", "HEAD_BYTES", "MAX_PIXELS", "MIN_SIDE_PX", "DecodedImage", "Format"]

#: How many bytes from the start of a file ``matches`` is given (fewer for a shorter file).
HEAD_BYTES = 64


@dataclass(frozen=True)
class Format:
    """One family of formats.

    Parameters
    ----------
    name : str
        Name for people.
    extensions : tuple of str
        File name endings, lower case, with the dot.
    matches : callable
        Whether a file that starts with these bytes belongs to the family.
    read : callable
        Decode one page of an open file.
    """

    name: str
    extensions: tuple[str, ...]
    matches: Callable[[bytes], bool]
    read: Callable[[BinaryIO, int], DecodedImage]


#: Every format, in the order in which they are asked.
FORMATS: tuple[Format, ...] = (
    Format("TIFF", tiff.EXTENSIONS, tiff.matches, tiff.read),
    Format("PNG, JPEG, BMP, WebP or GIF", raster.EXTENSIONS, raster.matches, raster.read),
)

#: All file name endings that a folder or a pattern takes.
EXTENSIONS: tuple[str, ...] = tuple(ending for one in FORMATS for ending in one.extensions)
