"""Which images are large enough to be measured; smaller ones can be read, for their metadata."""

from nanocaliper.errors import UnsupportedImageError
from nanocaliper.micrograph.micrograph import Micrograph

__all__ = ["MIN_SIDE_PX", "check_measurable"]

#: Smallest side of an image that is measured, px.
MIN_SIDE_PX = 16


def check_measurable(micrograph: Micrograph) -> None:
    """Refuse an image too small to hold particles.

    Parameters
    ----------
    micrograph : Micrograph

    Raises
    ------
    UnsupportedImageError
        If a side is under `MIN_SIDE_PX`.
    """
    rows, cols = micrograph.shape
    if min(rows, cols) < MIN_SIDE_PX:
        raise UnsupportedImageError(
            f"Cannot measure {micrograph.source!r}: the image is {cols} x {rows} px, and at least {MIN_SIDE_PX} px "
            "in each direction are needed to measure particles; pass the original image."
        )
