"""Drawn lines on the grid of pixels: what a polygon encloses, and how far from it pixel centres are."""

from itertools import pairwise
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

__all__ = ["Patch", "crop_patch", "measure_distance", "rasterise"]

Floats = npt.NDArray[np.float64]
#: Pieces of a line are looked at in windows of about this size, px.
_PIECE_PX = 16.0


class Patch(NamedTuple):
    """Some pixels of an image.

    Parameters
    ----------
    row, col : int
        Place of the first pixel in the image.
    mask : ndarray of bool, shape (rows, cols)
    """

    row: int
    col: int
    mask: npt.NDArray[np.bool_]

    @property
    def window(self) -> tuple[slice, slice]:
        """Index that cuts the place of the mask out of the image."""
        rows, cols = self.mask.shape
        return slice(self.row, self.row + rows), slice(self.col, self.col + cols)

    def move(self, origin: tuple[int, int]) -> "Patch":
        """The same patch seen from another first pixel (row, col)."""
        return Patch(self.row - origin[0], self.col - origin[1], self.mask)

    def paint(self, canvas: npt.NDArray[np.bool_], place: "Patch") -> None:
        """Set the pixels of this patch in an array that lies where another patch does.

        Parameters
        ----------
        canvas : ndarray of bool, shape of `place`
            Changed in place.
        place : Patch
        """
        row, col = self.row - place.row, self.col - place.col
        rows, cols = canvas.shape
        top, left = max(row, 0), max(col, 0)
        bottom, right = min(row + self.mask.shape[0], rows), min(col + self.mask.shape[1], cols)
        if top < bottom and left < right:
            canvas[top:bottom, left:right] |= self.mask[top - row : bottom - row, left - col : right - col]


def rasterise(outline: Floats, shape: tuple[int, int]) -> Patch | None:
    """Find the pixels whose centres a polygon encloses.

    A line that crosses itself encloses what it winds around, in either sense (nonzero winding number).

    Parameters
    ----------
    outline : ndarray, shape (points, 2)
        Corners (row, col), px; the last is joined to the first.
    shape : (int, int)
        Rows and columns of the image; what lies outside is cut off.

    Returns
    -------
    Patch or None
        Cut to the pixels inside; None where there are none.
    """
    low = np.maximum(np.ceil(outline.min(axis=0)), 0).astype(int)
    high = np.minimum(np.floor(outline.max(axis=0)), np.array(shape) - 1).astype(int)
    if (high < low).any():
        return None
    rows, cols = high - low + 1
    turns = np.zeros((rows, cols + 1), np.int32)
    start, stop = outline, np.roll(outline, -1, axis=0)
    for (r0, c0), (r1, c1) in zip(start.tolist(), stop.tolist(), strict=True):
        # Rows of pixel centres that the edge crosses: the upper end counts, the lower does not.
        top, bottom = min(r0, r1), max(r0, r1)
        crossed = np.arange(max(int(np.ceil(top)), low[0]), min(int(np.ceil(bottom)) - 1, high[0]) + 1)
        if not crossed.size:
            continue
        at = c0 + (crossed - r0) * (c1 - c0) / (r1 - r0)
        first = np.clip(np.ceil(at).astype(int) - low[1], 0, cols)
        np.add.at(turns, (crossed - low[0], first), 1 if r1 > r0 else -1)
    inside = np.cumsum(turns, axis=1)[:, :cols] != 0
    return crop_patch(Patch(int(low[0]), int(low[1]), inside))


def crop_patch(patch: Patch) -> Patch | None:
    """Cut a patch to its pixels; None where it has none."""
    rows, cols = np.flatnonzero(patch.mask.any(axis=1)), np.flatnonzero(patch.mask.any(axis=0))
    if not rows.size:
        return None
    cut = patch.mask[rows[0] : rows[-1] + 1, cols[0] : cols[-1] + 1]
    return Patch(patch.row + int(rows[0]), patch.col + int(cols[0]), np.ascontiguousarray(cut))


def measure_distance(
    outline: Floats, row: int, col: int, shape: tuple[int, int], reach: float
) -> npt.NDArray[np.float32]:
    """Measure the distance from pixel centres to a polygon's line.

    Parameters
    ----------
    outline : ndarray, shape (points, 2)
        Corners (row, col), px; the last is joined to the first.
    row, col : int
        First pixel of the window.
    shape : (int, int)
        Rows and columns of the window.
    reach : float
        Distances beyond this are given as this, px.

    Returns
    -------
    ndarray of float32, shape `shape`
    """
    squares = np.full(shape, float(reach) ** 2)
    local = outline - (row, col)
    for start, stop in zip(local, np.roll(local, -1, axis=0), strict=True):
        pieces = max(int(np.ceil(np.abs(stop - start).max() / _PIECE_PX)), 1)
        knots = start + np.linspace(0, 1, pieces + 1)[:, None] * (stop - start)
        for one, two in pairwise(knots):
            low = np.maximum(np.ceil(np.minimum(one, two) - reach), 0).astype(int)
            high = np.minimum(np.floor(np.maximum(one, two) + reach) + 1, shape).astype(int)
            if (high <= low).any():
                continue
            window = slice(low[0], high[0]), slice(low[1], high[1])
            along = two - one
            down = np.arange(low[0], high[0])[:, None] - one[0]
            right = np.arange(low[1], high[1]) - one[1]
            share = np.clip((down * along[0] + right * along[1]) / max(float(along @ along), 1e-30), 0, 1)
            nearest = (down - share * along[0]) ** 2 + (right - share * along[1]) ** 2
            np.minimum(squares[window], nearest, out=squares[window])
    return np.asarray(np.sqrt(squares), np.float32)
