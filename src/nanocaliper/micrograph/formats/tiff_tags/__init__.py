"""What the makers of instruments and of their software write into TIFF files, one module a maker.

Each module has ``read_tags(tif, page)``, which returns a `TagReading`, or None where the file is not its own.
"""

from collections.abc import Callable

import tifffile

from nanocaliper.micrograph.formats.tiff_tags import digitalmicrograph, fei, imagej, olympus, zeiss
from nanocaliper.micrograph.formats.tiff_tags.reading import TagReading

__all__ = ["READERS", "TagReading"]

#: Every maker, the surest sign first.
READERS: tuple[Callable[[tifffile.TiffFile, tifffile.TiffPage], TagReading | None], ...] = (
    fei.read_tags,
    zeiss.read_tags,
    olympus.read_tags,
    digitalmicrograph.read_tags,
    imagej.read_tags,
)
