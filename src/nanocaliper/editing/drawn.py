"""Drawn outlines: the pixels they enclose, and the level around them; kept, since every review asks again."""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from nanocaliper.editing.polygons import Patch, measure_distance, rasterise
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL

__all__ = ["FAR_LEVEL", "DrawnOutline", "draw_outline"]

#: Level per px of distance from a drawn line: 1/120 px is the most that rounding shifts it.
_SLOPE = 60.0
_REACH_PX = 2
#: Level where no drawn line is near.
FAR_LEVEL = int(np.rint(BOUNDARY_LEVEL - _SLOPE * _REACH_PX))


@dataclass(frozen=True, eq=False)
class DrawnOutline:
    """What a polygon means on the grid of pixels.

    Parameters
    ----------
    pixels : Patch
        Those whose centres it encloses.
    row, col : int
        First pixel of `level`.
    level : ndarray of uint8, shape (rows, cols)
        Crosses `BOUNDARY_LEVEL` on the polygon, by its signed distance; over 127 on `pixels` only.
    """

    pixels: Patch
    row: int
    col: int
    level: npt.NDArray[np.uint8]


@lru_cache(maxsize=10_000)
def draw_outline(outline: tuple[tuple[float, float], ...], shape: tuple[int, int]) -> DrawnOutline | None:
    """Put a polygon on the grid of pixels.

    Parameters
    ----------
    outline : tuple of (float, float)
        Corners (row, col), px.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    DrawnOutline or None
        None where no pixel centre of the image lies inside.
    """
    corners = np.array(outline)
    pixels = rasterise(corners, shape)
    if pixels is None:
        return None
    row, col = max(pixels.row - _REACH_PX, 0), max(pixels.col - _REACH_PX, 0)
    row_stop = min(pixels.row + pixels.mask.shape[0] + _REACH_PX, shape[0])
    col_stop = min(pixels.col + pixels.mask.shape[1] + _REACH_PX, shape[1])
    size = row_stop - row, col_stop - col
    distance = measure_distance(corners, row, col, size, _REACH_PX)
    inside = np.zeros(size, np.bool_)
    pixels.paint(inside, Patch(row, col, inside))
    level = np.rint(BOUNDARY_LEVEL + _SLOPE * np.where(inside, distance, -distance))
    level = np.where(inside, np.maximum(level, 128), np.minimum(level, 127))
    return DrawnOutline(pixels, row, col, level.astype(np.uint8))
