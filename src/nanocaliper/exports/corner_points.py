"""From our pixel coordinates to those of other programs and back: the only place that knows of the half pixel.

Here pixel centres are whole numbers: pixel (r, c) covers r - 0.5 to r + 0.5 and c - 0.5 to c + 0.5. ImageJ,
COCO, LabelMe, VIA, YOLO and OME put the *corners* of pixels on whole numbers: the top left pixel covers 0 to 1,
its centre is at 0.5. So x = col + 0.5 and y = row + 0.5. Their polygons are closed without repeating a point.
"""

from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError

__all__ = [
    "MOST_POINTS",
    "draw_ellipse",
    "draw_rectangle",
    "from_corner_points",
    "inside_image",
    "read_points",
    "to_corner_points",
]

Floats = npt.NDArray[np.float64]

#: A polygon with more is no outline of a particle: an image has at most a gigapixel.
MOST_POINTS = 1_000_000
#: So far outside the image a polygon may reach, px: programs draw to the outer edge and round.
_SLACK_PX = 1.0
_LEAST_AREA_PX2 = 1e-6
#: Points that stand for a circle: its outline is wrong by less than 0.0002 of the radius.
_ELLIPSE_POINTS = 180


def to_corner_points(outline: Floats) -> Floats:
    """Turn an outline into points (x, y) with pixel corners on whole numbers.

    Parameters
    ----------
    outline : ndarray, shape (points, 2)
        (row, col), px, closed.

    Returns
    -------
    ndarray, shape (points - 1, 2)
        Not closed.
    """
    return np.asarray(outline[:-1, ::-1] + 0.5)


def from_corner_points(points: Floats, where: str) -> Floats:
    """Turn points (x, y) with pixel corners on whole numbers into an outline.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        Closed or not.
    where : str
        Which polygon of which file, to begin a sentence.

    Returns
    -------
    ndarray, shape (points, 2)
        (row, col), px, closed.

    Raises
    ------
    ReadError
        If they are no polygon: fewer than three points, not finite numbers, or no area.
    """
    if not np.isfinite(points).all() or np.abs(points).max(initial=0) > 1e9:
        raise ReadError(
            f"{where} has a coordinate that is no pixel; expected finite numbers inside the image."
        )
    if len(points) > 1 and np.array_equal(points[0], points[-1]):
        points = points[:-1]
    if len(points) < 3:
        count = "1 point" if len(points) == 1 else f"{len(points)} points"
        raise ReadError(
            f"{where} has {count}; expected an outline of at least three: draw it anew or remove it."
        )
    x, y = (points - points[0]).T
    if abs(np.sum(x * np.roll(y, -1) - np.roll(x, -1) * y)) / 2 < _LEAST_AREA_PX2:
        raise ReadError(f"{where} encloses no area; expected an outline: draw it anew or remove it.")
    return np.ascontiguousarray(np.vstack([points, points[:1]])[:, ::-1] - 0.5)


def inside_image(outline: Floats, rows: int, cols: int, where: str) -> Floats:
    """Check that an outline lies in its image; what reaches up to a pixel over the edge is cut off there.

    Parameters
    ----------
    outline : ndarray, shape (points, 2)
        (row, col), px.
    rows, cols : int
        Size of the image, px.
    where : str
        Which polygon of which file, to begin a sentence.

    Returns
    -------
    ndarray, shape (points, 2)

    Raises
    ------
    ReadError
        If it reaches further.
    """
    low, high = np.array([-0.5, -0.5]), np.array([rows - 0.5, cols - 0.5])
    beyond = max(float((low - outline).max()), float((outline - high).max()))
    if beyond > _SLACK_PX:
        raise ReadError(
            f"{where} reaches {beyond:.0f} px outside the image of {rows} x {cols} px (rows x columns): it "
            "was drawn on another image, or on a copy of another size."
        )
    return np.clip(outline, low, high) if beyond > 0 else outline


def read_points(value: Any, where: str) -> Floats:
    """Read a list of points [[x, y], ...] or of numbers [x, y, x, y, ...].

    Raises
    ------
    ReadError
        If it is neither.
    """
    try:
        if not isinstance(value, list) or len(value) > 2 * MOST_POINTS:
            raise ValueError
        points = np.array(
            [float(number) for part in value for number in (part if isinstance(part, list) else [part])]
        )
        if points.size % 2 or any(isinstance(part, list) and len(part) != 2 for part in value):
            raise ValueError
    except (ValueError, TypeError, OverflowError):
        raise ReadError(f"{where} is no list of points; expected numbers x and y of every point.") from None
    return points.reshape(-1, 2)


def draw_rectangle(x: float, y: float, width: float, height: float) -> Floats:
    """Corners (x, y) of a rectangle."""
    return np.array([[x, y], [x + width, y], [x + width, y + height], [x, y + height]], np.float64)


def draw_ellipse(x: float, y: float, radius_x: float, radius_y: float) -> Floats:
    """Points (x, y) on an ellipse around a centre."""
    angles = np.arange(_ELLIPSE_POINTS) * (2 * np.pi / _ELLIPSE_POINTS)
    return np.column_stack([x + radius_x * np.cos(angles), y + radius_y * np.sin(angles)])
