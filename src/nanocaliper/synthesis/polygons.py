"""Exact measures of polygons: area, centroid, orientation, Feret diameters."""

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["find_hull", "measure_area", "measure_centroid", "measure_feret", "measure_orientation_deg"]

Vertices = NDArray[np.float64]


def measure_area(vertices: Vertices) -> float:
    """Signed area of a simple polygon (Gauss's area formula).

    Parameters
    ----------
    vertices : ndarray, shape (n, 2)
        Corners as (row, col).

    Returns
    -------
    float
        Area in px², positive where rows turn towards columns.
    """
    following = np.roll(vertices, -1, axis=0)
    return float(0.5 * np.sum(vertices[:, 0] * following[:, 1] - following[:, 0] * vertices[:, 1]))


def measure_centroid(vertices: Vertices) -> NDArray[np.float64]:
    """Centre of the area of a simple polygon.

    Parameters
    ----------
    vertices : ndarray, shape (n, 2)
        Corners as (row, col).

    Returns
    -------
    ndarray, shape (2,)
        Centroid as (row, col), from the first moments by Green's theorem.
    """
    following = np.roll(vertices, -1, axis=0)
    cross = vertices[:, 0] * following[:, 1] - following[:, 0] * vertices[:, 1]
    return np.asarray(((vertices + following) * cross[:, None]).sum(axis=0) / (3.0 * cross.sum()))


def measure_orientation_deg(vertices: Vertices) -> float:
    """Direction of the long axis of a polygon, from the second moments of its area.

    Parameters
    ----------
    vertices : ndarray, shape (n, 2)
        Corners as (row, col).

    Returns
    -------
    float
        Angle of the major axis from the column axis (to the right), counter-clockwise as seen on the
        screen, in degrees, -90 < angle <= 90. Arbitrary for outlines without a long axis, such as discs and
        squares.
    """
    centred = vertices - measure_centroid(vertices)
    (r0, c0), (r1, c1) = centred.T, np.roll(centred, -1, axis=0).T
    cross = (r0 * c1 - r1 * c0) * np.sign(measure_area(vertices))
    rr = np.sum(cross * (r0 * r0 + r0 * r1 + r1 * r1)) / 12
    cc = np.sum(cross * (c0 * c0 + c0 * c1 + c1 * c1)) / 12
    rc = np.sum(cross * (r0 * c1 + 2 * r0 * c0 + 2 * r1 * c1 + r1 * c0)) / 24
    angle = float(np.degrees(0.5 * np.arctan2(-2.0 * rc, cc - rr)))
    return angle + 180.0 if angle <= -90.0 else angle


def find_hull(vertices: Vertices) -> Vertices:
    """Corners of the convex hull, in order.

    Parameters
    ----------
    vertices : ndarray, shape (n, 2)
        Points as (row, col).

    Returns
    -------
    ndarray, shape (m, 2)
        Those of the points that are corners of the hull, unchanged.
    """
    # OpenCV decides in single precision (about 1e-5 px); the indices give the points back in double.
    index = cv2.convexHull(np.ascontiguousarray(vertices, dtype=np.float32), returnPoints=False)
    return np.asarray(vertices[np.asarray(index).ravel()])


def measure_feret(vertices: Vertices) -> tuple[float, float]:
    """Largest and smallest distance of parallel tangents (calipers).

    The largest is the largest distance of two corners; the smallest is taken with one jaw along an edge of
    the hull (Freeman and Shapira, Commun. ACM 1975, 18, 409).

    Parameters
    ----------
    vertices : ndarray, shape (n, 2)
        Corners as (row, col).

    Returns
    -------
    (float, float)
        feret_max_px, feret_min_px.
    """
    hull = find_hull(vertices)
    row_gap = hull[:, None, 0] - hull[None, :, 0]
    col_gap = hull[:, None, 1] - hull[None, :, 1]
    feret_max = float(np.sqrt(np.max(row_gap * row_gap + col_gap * col_gap)))
    edge = np.roll(hull, -1, axis=0) - hull
    length = np.hypot(edge[:, 0], edge[:, 1])
    keep = length > 1e-9
    normal = np.stack([-edge[keep, 1], edge[keep, 0]]) / length[keep]
    reach = hull @ normal
    return feret_max, float(np.min(reach.max(axis=0) - reach.min(axis=0)))
