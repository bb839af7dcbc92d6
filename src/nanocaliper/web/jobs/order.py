"""What another process needs to know of an image to work on it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from nanocaliper.web.store.project import Project

__all__ = ["Order", "make_order"]


@dataclass(frozen=True)
class Order:
    """An image with the settings, scale and edits that hold, as plain values.

    Parameters
    ----------
    folder : Path
        Of the image.
    source : Path
        The uploaded file.
    name : str
    settings, scale : dict
    edits : list of dict
    """

    folder: Path
    source: Path
    name: str
    settings: dict[str, Any]
    scale: dict[str, Any]
    edits: list[dict[str, Any]]

    @property
    def base(self) -> Path:
        """The file of the candidates."""
        return self.folder / "base.npz"


def make_order(project: Project, image: int) -> Order:
    """Put together what is known of an image now."""
    record = project.images.record(image)
    return Order(
        project.images.folder(image),
        project.images.input(image),
        record["name"],
        record["settings"],
        record["scale"],
        project.edits.holding(image),
    )
