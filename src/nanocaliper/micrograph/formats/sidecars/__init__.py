"""Text files that instruments write beside an image, one module a maker.

Each module has ``name_sidecars(path)``, the names that its text file may have for an image of that path, and
``read_text(text)``, which returns a `TagReading`, or None where the text is not of this maker.
"""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from nanocaliper.micrograph.formats.sidecars import hitachi, jeol, tescan
from nanocaliper.micrograph.formats.tag_reading import TagReading

__all__ = ["SIDECARS", "Sidecar"]


@dataclass(frozen=True)
class Sidecar:
    """The text file of one maker.

    Parameters
    ----------
    maker : str
        Its name for people.
    name_sidecars : callable
        File names to look for beside the image of a path.
    read_text : callable
        What the text says, or None where it is not of this maker.
    """

    maker: str
    name_sidecars: Callable[[Path], tuple[str, ...]]
    read_text: Callable[[str], TagReading | None]


#: Every maker that writes its metadata beside the image.
SIDECARS: tuple[Sidecar, ...] = (
    Sidecar("TESCAN", tescan.name_sidecars, tescan.read_text),
    Sidecar("Hitachi", hitachi.name_sidecars, hitachi.read_text),
    Sidecar("JEOL", jeol.name_sidecars, jeol.read_text),
)
