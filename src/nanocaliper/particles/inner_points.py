"""A point well inside every outline."""

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.particles.outlines import Outlines
from nanocaliper.segmentation.label_bands import iterate_bands

__all__ = ["find_inner_points"]

Floats = npt.NDArray[np.float64]


def find_inner_points(
    labels: npt.NDArray[np.integer], traced: Outlines, origin: tuple[int, int] = (0, 0)
) -> Floats:
    """Find the pixel of every particle that is farthest from all other pixels.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        Particles 1..n without gaps; higher numbers are their neighbours.
    traced : Outlines
        Their outlines.
    origin : (int, int)
        Where the first pixel lies, for a part of an image.

    Returns
    -------
    ndarray, shape (n, 2)
        Pixel centres (row, col) inside the outlines.
    """
    count = len(traced.points)
    inside = (labels > 0).astype(np.uint8)
    for here, there in ((np.s_[:, :-1], np.s_[:, 1:]), (np.s_[:-1, :], np.s_[1:, :])):
        contact = labels[here] != labels[there]
        inside[here][contact] = 0
        inside[there][contact] = 0
    # Pixels beside another label are 0, so that the distance of what is left is from them; beyond the image too.
    framed = cv2.copyMakeBorder(inside, 1, 1, 1, 1, cv2.BORDER_CONSTANT, value=0)
    depth = cv2.distanceTransform(framed, cv2.DIST_L2, cv2.DIST_MASK_5)[1:-1, 1:-1]
    deepest = np.full(count + 1, -1, np.float32)
    places = np.zeros((count + 1, 2))
    for band in iterate_bands(labels.shape):
        rows, cols = np.nonzero((labels[band] > 0) & (labels[band] <= count))
        numbers, depths = labels[band][rows, cols], depth[band][rows, cols]
        reached = np.full(count + 1, -1, np.float32)
        np.maximum.at(reached, numbers, depths)
        # The first pixel of the greatest depth, so one of a later band must be deeper.
        better = (depths == reached[numbers]) & (depths > deepest[numbers])
        places[numbers[better][::-1]] = np.stack([rows[better] + band.start, cols[better]], axis=1)[::-1]
        np.maximum(deepest, reached, out=deepest)
    points = places[1:] + origin
    for index in np.flatnonzero(traced.parts > 1).tolist():
        points[index] = _search_inside(traced.points[index])
    return points


def _search_inside(outline: Floats) -> Floats:
    """Pixel centre that is deepest inside an outline: of a label in pieces, only the largest is inside."""
    low, high = np.ceil(outline.min(axis=0)), np.floor(outline.max(axis=0))
    rows, cols = (np.arange(start, stop + 1) for start, stop in zip(low, high, strict=True))
    contour = (outline - low).astype(np.float32)
    depth = [
        cv2.pointPolygonTest(contour, (float(row), float(col)), True)
        for row in rows - low[0]
        for col in cols - low[1]
    ]
    down, right = divmod(int(np.argmax(depth)), len(cols))
    return np.array([rows[down], cols[right]])
