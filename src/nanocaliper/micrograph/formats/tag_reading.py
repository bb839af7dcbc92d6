"""What a maker's tags, or its text file beside the image, say of one image."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from nanocaliper.micrograph.acquisition import Acquisition

__all__ = ["TagReading"]


@dataclass(frozen=True)
class TagReading:
    """What a maker's tags, or the text file that it writes beside an image, say.

    Parameters
    ----------
    nm_per_px : float or None
        Pixel size, nm; None where they give none that can be used.
    metadata : mapping
        Everything else, plain JSON values.
    warnings : tuple of str
        Sentences for the user.
    acquisition : Acquisition or None
        How the image was taken, where they say so.
    image_name : str or None
        Name of the image file that a sidecar says it belongs to.
    relative_uncertainty : float
        Relative standard uncertainty of `nm_per_px` as it is written; 0 where it stands with all its digits.
    """

    nm_per_px: float | None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()
    acquisition: Acquisition | None = None
    image_name: str | None = None
    relative_uncertainty: float = 0.0
