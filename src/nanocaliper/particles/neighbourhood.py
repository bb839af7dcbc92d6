"""Masks of one particle and its neighbours, as the drawing of an outline needs them."""

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL

__all__ = [
    "KERNEL_REACH",
    "LEAST",
    "SMOOTHING_PX",
    "Field",
    "Mask",
    "beside",
    "count_parts",
    "dividing_field",
    "fill_holes",
    "grow",
    "smooth",
    "touch",
]

Field = npt.NDArray[np.float32]
Mask = npt.NDArray[np.bool_]

#: Standard deviation of the smoothing of lines that only labels define, px. At 1 px the steps of a digitised
#: line add half a percent to its length, and corners are rounded by less than a pixel (docs/particles.md).
SMOOTHING_PX = 1.0
#: Pixels on each side that the smoothing looks at.
KERNEL_REACH = 4
#: Magnitude below which no field value may fall, so that no line runs exactly through a pixel centre.
LEAST = np.float32(0.5)
_NEIGHBOURS = np.ones((3, 3), np.uint8)


def dividing_field(own: Mask, others: Mask) -> Field:
    """Magnitude of a field that is zero midway between a particle and its neighbours.

    |G∗own - G∗others| / (G∗own + G∗others), G a Gaussian of `SMOOTHING_PX`: the same seen from either side,
    so that touching particles share one line.

    Parameters
    ----------
    own, others : ndarray of bool, shape (rows, cols)

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        `LEAST` to `BOUNDARY_LEVEL`.
    """
    mine, theirs = smooth(own), smooth(others)
    ratio = np.abs(mine - theirs) / np.maximum(mine + theirs, np.float32(1e-6))
    # A pixel centre on the wrong side of the smoothed line stays on its own, close to it.
    wrong = np.where(own, mine < theirs, mine > theirs)
    scaled = np.where(wrong, np.float32(0), ratio) * np.float32(BOUNDARY_LEVEL)
    return np.asarray(np.maximum(scaled, LEAST), dtype=np.float32)


def smooth(mask: Mask) -> Field:
    """Smooth a mask by a Gaussian of `SMOOTHING_PX`, mirrored at the array's edges.

    Parameters
    ----------
    mask : ndarray of bool, shape (rows, cols)

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        0 to 1.
    """
    side = 2 * KERNEL_REACH + 1
    smoothed = cv2.GaussianBlur(
        mask.astype(np.float32), (side, side), SMOOTHING_PX, borderType=cv2.BORDER_REFLECT
    )
    return np.asarray(smoothed, dtype=np.float32)


def grow(mask: Mask) -> Mask:
    """Add the eight neighbours of every pixel, shape (rows, cols)."""
    return np.asarray(cv2.dilate(mask.view(np.uint8), _NEIGHBOURS).view(np.bool_), np.bool_)


def touch(own: Mask, others: Mask) -> bool:
    """Whether a pixel of one mask is among the eight neighbours of a pixel of the other."""
    return bool(others.any()) and bool((grow(own) & others).any())


def beside(own: Mask, others: Mask) -> Mask:
    """Pixels of either mask that have one of the other among their eight neighbours, shape (rows, cols)."""
    return (own & grow(others)) | (others & grow(own))


def fill_holes(mask: Mask) -> Mask:
    """Add what the mask encloses (by its eight-connected outside boundary), shape (rows, cols)."""
    outer, _ = cv2.findContours(mask.view(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    filled = np.zeros(mask.shape, np.uint8)
    cv2.drawContours(filled, outer, -1, 1, cv2.FILLED)
    return filled.view(np.bool_)


def count_parts(mask: Mask) -> int:
    """Count the pieces of a mask that do not even touch at a corner."""
    count, _ = cv2.connectedComponents(mask.view(np.uint8), connectivity=8)
    return int(count) - 1
