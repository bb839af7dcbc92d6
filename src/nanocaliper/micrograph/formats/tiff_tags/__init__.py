"""What the makers of instruments and of their software write into TIFF files, one module a maker.

Each module has ``read_tags(tif, page)``, which returns a `TagReading`, or None where the file is not its own.
"""

from collections.abc import Callable
from dataclasses import dataclass

import tifffile

from nanocaliper.micrograph.formats.tag_reading import TagReading
from nanocaliper.micrograph.formats.tiff_tags import (
    digitalmicrograph,
    fei,
    imagej,
    jeol,
    olympus,
    ome,
    resolution,
    tescan,
    zeiss,
)

__all__ = ["MAKERS", "Maker", "TagReading", "read_makers_tags"]


@dataclass(frozen=True)
class Maker:
    """One maker of TIFF files.

    Parameters
    ----------
    name : str
        Name for people.
    read_tags : callable
        What its tags say of a page, or None where the file is not its own.
    """

    name: str
    read_tags: Callable[[tifffile.TiffFile, tifffile.TiffPage], TagReading | None]


#: Every maker, the surest sign first; a file is read as that of the first maker who knows it.
MAKERS: tuple[Maker, ...] = (
    Maker("FEI or Thermo Fisher", fei.read_tags),
    Maker("Zeiss", zeiss.read_tags),
    Maker("Olympus", olympus.read_tags),
    Maker("TESCAN", tescan.read_tags),
    Maker("JEOL", jeol.read_tags),
    Maker("DigitalMicrograph", digitalmicrograph.read_tags),
    Maker("OME", ome.read_tags),
    Maker("ImageJ", imagej.read_tags),
    Maker("the TIFF resolution", resolution.read_tags),
)


def read_makers_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read what the maker of a file wrote into it.

    Parameters
    ----------
    tif : TiffFile
        The open file.
    page : TiffPage
        The page that is read.

    Returns
    -------
    TagReading or None
        None where the file is of no maker that is known. Damaged tags give no pixel size and a warning: the image
        itself can be measured all the same.
    """
    for maker in MAKERS:
        try:
            reading = maker.read_tags(tif, page)
        except Exception as error:
            # tifffile decodes tags when they are asked for, and fails on damaged ones with errors of every kind.
            reason = " ".join(str(error).split()).rstrip(".")[:100] or type(error).__name__
            return TagReading(
                None,
                {},
                (f"The metadata of {maker.name} in the file are damaged ({reason}); they were not used.",),
            )
        if reading is not None:
            return reading
    return None
