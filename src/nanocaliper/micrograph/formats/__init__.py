"""The image formats that are read, one module a family.

Each module has ``EXTENSIONS`` (lower case, with the dot), ``matches(head, path)`` (whether a file that starts with
these bytes is its own) and ``read(stream, page, path)`` (the decoded image). The content decides which one reads a
file, and the name only where a format has no mark of its own; the extension decides which files of a folder are
taken. The path is for formats that keep a part of what they say in files beside the image.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from nanocaliper.micrograph.formats import dm, emd, mrc, raster, ser, tiff
from nanocaliper.micrograph.formats.decoded import MAX_PIXELS, DecodedImage

__all__ = ["EXTENSIONS", "FORMATS", "HEAD_BYTES", "MAX_PIXELS", "DecodedImage", "Format"]

#: How many bytes from the start of a file ``matches`` is given (fewer for a shorter file).
HEAD_BYTES = 1024


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
        ``matches(head, path)``: whether a file that starts with these bytes belongs to the family.
    read : callable
        ``read(stream, page, path)``: decode one page of an open file.
    """

    name: str
    extensions: tuple[str, ...]
    matches: Callable[[bytes, Path], bool]
    read: Callable[[BinaryIO, int, Path], DecodedImage]


#: Every format, in the order in which they are asked.
FORMATS: tuple[Format, ...] = (
    Format("TIFF", tiff.EXTENSIONS, tiff.matches, tiff.read),
    Format("PNG, JPEG, BMP, WebP or GIF", raster.EXTENSIONS, raster.matches, raster.read),
    Format("DM3 or DM4", dm.EXTENSIONS, dm.matches, dm.read),
    Format("EMD", emd.EXTENSIONS, emd.matches, emd.read),
    Format("MRC", mrc.EXTENSIONS, mrc.matches, mrc.read),
    Format("SER or EMI", ser.EXTENSIONS, ser.matches, ser.read),
)

#: All file name endings that a folder or a pattern takes.
EXTENSIONS: tuple[str, ...] = tuple(ending for one in FORMATS for ending in one.extensions)
