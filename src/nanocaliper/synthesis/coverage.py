"""Exact area coverage of pixels by a polygon.

Pixel (r, c) has its centre at (r, c) and covers r - 0.5 to r + 0.5 and c - 0.5 to c + 0.5.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

__all__ = ["Patch", "cover_polygon", "crop_to_frame"]


class Patch(NamedTuple):
    """A small image that lies somewhere in a larger one.

    Parameters
    ----------
    row, col : int
        Pixel of the large image on which the patch's first pixel lies; may be negative.
    values : ndarray of float32, shape (rows, cols)
        The patch.
    """

    row: int
    col: int
    values: NDArray[np.float32]


def cover_polygon(vertices: NDArray[np.float64], pad_px: int = 0) -> Patch:
    """Share of every pixel that lies inside a simple polygon, without sampling error.

    Each edge is cut at the borders of the pixels; the signed area between a piece and the right side of its
    row of pixels is accumulated, then summed along rows (the scan conversion used for outline fonts).

    Parameters
    ----------
    vertices : ndarray, shape (n, 2)
        Corners as (row, col), either sense of rotation, n >= 3.
    pad_px : int
        Empty pixels to add on all four sides.

    Returns
    -------
    Patch
        Coverage, 0 to 1. Its sum is the area of the polygon to floating-point accuracy.
    """
    low = np.floor(vertices.min(axis=0) + 0.5).astype(int) - pad_px
    high = np.floor(vertices.max(axis=0) + 0.5).astype(int) + pad_px
    n_rows, n_cols = (int(x) for x in high - low + 1)
    start = vertices + 0.5 - low
    step = np.roll(start, -1, axis=0) - start
    keys = [np.arange(len(start), dtype=np.float64)]
    for axis in (0, 1):
        keys.append(_cut_positions(start[:, axis], step[:, axis]))
    key = np.sort(np.concatenate(keys))
    edge = np.minimum(key.astype(np.intp), len(start) - 1)
    points = start[edge] + (key - edge)[:, None] * step[edge]
    ends = np.roll(points, -1, axis=0)
    middle = 0.5 * (points + ends)
    row = np.clip(middle[:, 0].astype(np.intp), 0, n_rows - 1)
    col = np.clip(middle[:, 1].astype(np.intp), 0, n_cols - 1)
    rise = ends[:, 0] - points[:, 0]
    inside = rise * (1.0 - (middle[:, 1] - col))
    width = n_cols + 1
    flat = row * width + col
    total = np.bincount(flat, inside, n_rows * width) + np.bincount(flat + 1, rise - inside, n_rows * width)
    cover = np.cumsum(total.reshape(n_rows, width), axis=1)[:, :n_cols]
    if cover.sum() < 0:
        cover = -cover
    return Patch(int(low[0]), int(low[1]), np.clip(cover, 0.0, 1.0).astype(np.float32))


def _cut_positions(start: NDArray[np.float64], step: NDArray[np.float64]) -> NDArray[np.float64]:
    """Where edges cross whole numbers along one axis, as edge number + fraction of the edge."""
    stop = start + step
    first = np.floor(np.minimum(start, stop)) + 1
    count = np.maximum(np.ceil(np.maximum(start, stop)) - first, 0).astype(np.intp)
    edge = np.repeat(np.arange(len(start)), count)
    nth = np.arange(len(edge)) - np.repeat(np.cumsum(count) - count, count)
    fraction = (first[edge] + nth - start[edge]) / step[edge]
    # A fraction that rounds to 1 would count for the next edge.
    return np.asarray(edge + np.clip(fraction, 0.0, 1.0 - 1e-12))


def crop_to_frame(
    patch: Patch, shape: tuple[int, int]
) -> tuple[tuple[slice, slice], tuple[slice, slice]] | None:
    """Where a patch lies in an image.

    Parameters
    ----------
    patch : Patch
        The patch.
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    (slices of the image, slices of the patch) or None
        None where the patch lies wholly outside.
    """
    rows, cols = patch.values.shape
    top, left = max(patch.row, 0), max(patch.col, 0)
    bottom, right = min(patch.row + rows, shape[0]), min(patch.col + cols, shape[1])
    if bottom <= top or right <= left:
        return None
    return (
        (slice(top, bottom), slice(left, right)),
        (slice(top - patch.row, bottom - patch.row), slice(left - patch.col, right - patch.col)),
    )
