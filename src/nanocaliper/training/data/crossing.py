"""Whether an outline crosses itself."""

import numpy as np
import numpy.typing as npt

__all__ = ["crosses_itself"]

_AT_ONCE = 512


def crosses_itself(outline: npt.NDArray[np.float64]) -> tuple[float, float] | None:
    """Find a place where two edges of an outline cross.

    Edges cross where the ends of each lie strictly on different sides of the other; edges that only touch, as where
    two corners fall together, do not.

    Parameters
    ----------
    outline : ndarray, shape (points, 2)
        (row, col), px, closed.

    Returns
    -------
    (float, float) or None
        Row and column of the first crossing, px.
    """
    start, end = outline[:-1], outline[1:]
    low, high = np.minimum(start, end), np.maximum(start, end)
    for first in range(0, len(start), _AT_ONCE):
        part = slice(first, first + _AT_ONCE)
        # Only edges after the own one; boxes that are apart need no closer look.
        near = (low[part, None] <= high[None]).all(axis=2) & (low[None] <= high[part, None]).all(axis=2)
        i, j = np.nonzero(near)
        i += first
        i, j = i[i < j], j[i < j]
        before = _side(start[i], end[i], start[j]) * _side(start[i], end[i], end[j])
        after = _side(start[j], end[j], start[i]) * _side(start[j], end[j], end[i])
        crossing = np.flatnonzero((before < 0) & (after < 0))
        if crossing.size:
            a, b = i[crossing[0]], j[crossing[0]]
            along = _side(start[b], end[b], start[a])
            share = along / (along - _side(start[b], end[b], end[a]))
            row, col = start[a] + share * (end[a] - start[a])
            return float(row), float(col)
    return None


def _side(
    start: npt.NDArray[np.float64], end: npt.NDArray[np.float64], point: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """On which side of a line a point lies: the sign of twice the area of their triangle."""
    way, to = end - start, point - start
    return np.asarray(way[..., 0] * to[..., 1] - way[..., 1] * to[..., 0])
