"""Where something like a bar stands: solid bars and bracket lines, by constant grey or by edges."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box

__all__ = ["SHORTEST_SHARE", "Strip", "has_usual_length", "propose_by_edges", "propose_by_grey"]

Bytes = npt.NDArray[np.uint8]

#: A printed bar is no shorter than this share of the image's width.
SHORTEST_SHARE = 0.03
_LONGEST_SHARE = 0.7
_HALF_WINDOW = 24
_PURE = 8
_MAX_SLOPE = 0.03
_MIN_ASPECT = 2.0
_MAX_THICKNESS = 0.08


@dataclass(frozen=True)
class Strip:
    """A long, narrow, nearly horizontal patch that may be a bar.

    Parameters
    ----------
    row : float
        Centre line at the middle column, px.
    slope : float
        Rows the centre line falls per column.
    col_start, col_stop : int
        Rough ends, half open, px.
    thickness : int
        Rows, px.
    """

    row: float
    slope: float
    col_start: int
    col_stop: int
    thickness: int


def has_usual_length(length_px: float, cols: int) -> bool:
    """Whether a printed bar may have this length.

    Parameters
    ----------
    length_px : float
    cols : int
        Width of the micrograph, px.

    Returns
    -------
    bool
    """
    return SHORTEST_SHARE * cols <= length_px <= _LONGEST_SHARE * cols


def propose_by_grey(image: Bytes, band: Box, thinnest_px: int = 1) -> tuple[Strip, ...]:
    """Find strips of nearly constant grey value, whatever that value is.

    Each of eleven overlapping grey windows, and a narrow one at black and at white, gives a mask; opening it
    with a horizontal line leaves what is long, and of that the narrow pieces are kept.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    band : Box
        Where to look.
    thinnest_px : int
        Strips of fewer rows are left out.

    Returns
    -------
    tuple of Strip
        In px of the whole micrograph.
    """
    part = np.ascontiguousarray(image[band.slices()])
    line = np.ones((thinnest_px, _shortest(image)), np.uint8)
    found = []
    windows = [(level - _HALF_WINDOW, level + _HALF_WINDOW) for level in range(0, 256, _HALF_WINDOW)]
    # Most bars are pure black or white, now and then on ground that is nearly so.
    for lowest, highest in (*windows, (0, _PURE), (255 - _PURE, 255)):
        mask = cv2.inRange(part, max(0, lowest), min(255, highest))
        long = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, line), dtype=np.uint8)
        if long.any():
            found += _strips_of(long, band, image.shape[0])
    return tuple(found)


def _shortest(image: Bytes) -> int:
    return max(10, int(0.025 * image.shape[1]))


def _strips_of(mask: Bytes, band: Box, rows: int) -> list[Strip]:
    """Keep the narrow, nearly straight and nearly horizontal parts of a mask."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for part in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[part])
        if height > _MAX_THICKNESS * rows + _MAX_SLOPE * width or width < _MIN_ASPECT * area / width:
            continue
        inside = parts[top : top + height, left : left + width] == part
        thickness = inside.sum(axis=0)
        centre = (inside * np.arange(top, top + height)[:, None]).sum(axis=0) / np.maximum(thickness, 1)
        cols = np.flatnonzero(thickness)
        slope, offset = (
            np.polyfit(cols - (width - 1) / 2, centre[cols], 1) if cols.size > 2 else (0.0, centre[0])
        )
        typical = round(float(np.median(thickness[cols])))
        if abs(slope) > _MAX_SLOPE or abs(slope) * width < 0.8:
            # Less than a pixel over the whole length is the roughness of the mask.
            slope, offset = 0.0, np.median(centre[cols])
        residual = np.abs(centre[cols] - offset - slope * (cols - (width - 1) / 2))
        if np.median(residual) > 0.25 * typical + 0.5 or typical < 1:
            continue
        found.append(
            Strip(
                float(offset) + band.row_start,
                float(slope),
                left + band.col_start,
                left + width + band.col_start,
                typical,
            )
        )
    return found


def propose_by_edges(image: Bytes, band: Box) -> tuple[Strip, ...]:
    """Find strips between two horizontal edges: Canny and the probabilistic Hough transform.

    After Tao, Ji and Liu, RSC Adv. 2025, 15, 20211, section 2.3.1. Slower than constant grey and misled by
    texture, but it does not mind a bar whose grey changes along its length.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    band : Box
        Where to look.

    Returns
    -------
    tuple of Strip
        In px of the whole micrograph.
    """
    part = np.ascontiguousarray(image[band.slices()])
    shortest = _shortest(image)
    lines = cv2.HoughLinesP(
        cv2.Canny(part, 60, 180), 1, np.pi / 360, threshold=shortest, minLineLength=shortest, maxLineGap=3
    )
    if lines is None:
        return ()
    edges = []
    for x0, y0, x1, y1 in np.asarray(lines).reshape(-1, 4):
        if abs(int(y1) - int(y0)) <= _MAX_SLOPE * abs(int(x1) - int(x0)) + 0.5:
            edges.append((min(x0, x1), max(x0, x1), (y0 + y1) / 2))
    found = []
    for left, right, row in edges:
        for other_left, other_right, other_row in edges:
            thickness = other_row - row
            if not 1 <= thickness <= _MAX_THICKNESS * image.shape[0]:
                continue
            both = min(right, other_right) - max(left, other_left)
            either = max(right, other_right) - min(left, other_left)
            if both > 0.8 * either and either > _MIN_ASPECT * thickness:
                found.append(
                    Strip(
                        (row + other_row) / 2 + band.row_start,
                        0.0,
                        int(min(left, other_left)) + band.col_start,
                        int(max(right, other_right)) + 1 + band.col_start,
                        max(1, round(thickness) - 1),
                    )
                )
    return tuple(found)
