"""Outlines of particles with sub-pixel precision.

Pixel (r, c) has its centre at (r, c) and covers r - 0.5 to r + 0.5 and c - 0.5 to c + 0.5.

The outline of a particle is the zero line of a field that is positive on the particle's own pixels and
negative everywhere else, interpolated linearly between pixel centres (marching squares). Labels decide which
side a pixel centre lies on, the level decides how far from it the line runs:

=======================  ==========================================================================
between own pixel and    the outline runs
=======================  ==========================================================================
background               where the level crosses `BOUNDARY_LEVEL`; where label and level contradict
                         each other the level is mirrored at `BOUNDARY_LEVEL`, so that the line stays
                         between the two pixel centres
another particle         midway: both particles get the same line, smoothed along its length
edge of the image        along the edge, half a pixel outside the outermost pixel centres
=======================  ==========================================================================
"""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
from contourpy import FillType, LineType, SerialContourGenerator, ZInterp

from nanocaliper.particles.neighbourhood import (
    KERNEL_REACH,
    LEAST,
    SMOOTHING_PX,
    Field,
    Mask,
    beside,
    count_parts,
    dividing_field,
    fill_holes,
    grow,
    smooth,
    touch,
)
from nanocaliper.segmentation.label_bands import find_boxes
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL

__all__ = ["OUTLINE_REACH", "Outlines", "find_bounds", "trace_outlines", "trace_parts"]

Floats = npt.NDArray[np.float64]

#: Surroundings that take part in the interpolation, px: a line runs at most 1 px outside its label.
OUTLINE_REACH = 2
#: Up to so many pixels a particle has no inside to interpolate in.
_TINY_PIXELS = 4
#: Where labels alone are known, outline and pixels enclose the same area to this share: half of it is the
#: error of the diameter, far below that of the digitisation.
_AREA_TOLERANCE = 5e-4
_AREA_STEPS = 10


class Outlines(NamedTuple):
    """Outlines of all particles, and what they could not enclose.

    Parameters
    ----------
    points : tuple of ndarray, each of shape (points, 2)
        Closed outline (row, col) of particle 1..n, px.
    parts : ndarray of int, shape (n,)
        Of how many pieces that do not even touch at a corner the label of each particle consists; the
        outline encloses the largest.
    """

    points: tuple[Floats, ...]
    parts: npt.NDArray[np.int64]


def trace_outlines(
    labels: npt.NDArray[np.integer], level: npt.NDArray[np.uint8] | None
) -> tuple[Floats, ...]:
    """Draw the outline of every particle.

    Holes, and dips of the level inside a particle, are filled, also where another particle lies in the hole.
    A particle of up to four pixels gets the convex hull of its pixel squares (for one pixel: the square).
    Where the level contradicts the label so far that the outline would enclose less than a quarter of the
    label's pixels, it runs midway between the pixels.

    Without a level, the mask of all particles is smoothed (Gaussian, `SMOOTHING_PX`) and takes its place,
    with a threshold for each particle at which the outline encloses the area of the label's pixels:
    smoothing alone would shrink a disc of radius R by about σ²/(2R), while the pixel count of a digitised
    shape is unbiased.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, particles 1..n without gaps.
    level : ndarray of uint8, shape (rows, cols), or None
        Field as in `Segmentation.level`.

    Returns
    -------
    tuple of ndarray, each of shape (points, 2)
        Outline (row, col) of particle 1..n, px, closed (last point = first point), all in the same sense of
        rotation.

    Raises
    ------
    ValueError
        If the shapes differ, or a number between 1 and n has no pixel.
    """
    return trace_parts(labels, level).points


def trace_parts(
    labels: npt.NDArray[np.integer],
    level: npt.NDArray[np.uint8] | None,
    boxes: npt.NDArray[np.int64] | None = None,
    origin: tuple[int, int] = (0, 0),
) -> Outlines:
    """Draw outlines as `trace_outlines` does, and count the pieces of every label.

    Parameters
    ----------
    labels, level
        As for `trace_outlines`.
    boxes : ndarray of int, shape (m, 4), optional
        Bounds of the particles 1..m that are wanted, see `find_bounds`; by default of all.
    origin : (int, int)
        Where the first pixel lies, for a part of an image. Particles that do not reach the edge of the image must
        be `OUTLINE_REACH` + 1 px or more from the edge of the part.

    Returns
    -------
    Outlines

    Raises
    ------
    ValueError
        As for `trace_outlines`.
    """
    if labels.ndim != 2 or (level is not None and level.shape != labels.shape):
        found = "none" if level is None else str(level.shape)
        raise ValueError(
            f"Labels have the shape {labels.shape} and the level {found}; expected (rows, cols) twice."
        )
    corners = find_bounds(labels) if boxes is None else boxes
    points: list[Floats] = []
    parts = np.zeros(len(corners), np.int64)
    for index, box in enumerate(corners.tolist()):
        outline, parts[index] = _trace(labels, level, index + 1, box, origin)
        points.append(outline)
    return Outlines(tuple(points), parts)


def find_bounds(labels: npt.NDArray[np.integer]) -> npt.NDArray[np.int64]:
    """Find the bounding boxes of particles.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, particles 1..n without gaps.

    Returns
    -------
    ndarray of int, shape (n, 4)
        First row, first col, last row + 1, last col + 1.

    Raises
    ------
    ValueError
        If a number between 1 and n has no pixel.
    """
    count = int(labels.max(initial=0))
    boxes = find_boxes(labels, count)
    missing = np.flatnonzero(boxes[:, 2] == 0) + 1
    if missing.size:
        raise ValueError(
            f"Labels go up to {count} but number {missing[0]} has no pixel; "
            "expected particles 1..n without gaps."
        )
    return boxes


def _trace(
    labels: npt.NDArray[np.integer],
    level: npt.NDArray[np.uint8] | None,
    number: int,
    box: list[int],
    place: tuple[int, int],
) -> tuple[Floats, int]:
    """Outline of one particle and the number of its pieces."""
    margin = OUTLINE_REACH + KERNEL_REACH
    top, left = max(box[0] - margin, 0), max(box[1] - margin, 0)
    bottom, right = min(box[2] + margin, labels.shape[0]), min(box[3] + margin, labels.shape[1])
    window = slice(top, bottom), slice(left, right)
    crop = labels[window]
    own = fill_holes(crop == number)
    others = (crop != 0) & ~own
    # Cut away what only smoothing needs.
    inner = (
        slice(max(box[0] - OUTLINE_REACH, 0) - top, min(box[2] + OUTLINE_REACH, labels.shape[0]) - top),
        slice(max(box[1] - OUTLINE_REACH, 0) - left, min(box[3] + OUTLINE_REACH, labels.shape[1]) - left),
    )
    pads = tuple(
        (int(start == 0), int(stop == size))
        for start, stop, size in zip(
            (top + inner[0].start, left + inner[1].start),
            (top + inner[0].stop, left + inner[1].stop),
            labels.shape,
            strict=True,
        )
    )
    origin = np.array(
        [place[0] + top + inner[0].start - pads[0][0], place[1] + left + inner[1].start - pads[1][0]],
        dtype=np.float64,
    )
    pixels = int(np.count_nonzero(own))
    if pixels <= _TINY_PIXELS:
        return _pixel_hull(own) + np.array([place[0] + top, place[1] + left]), count_parts(own)

    divide = dividing_field(own, others)[inner] if touch(own, others) else None
    own_inner, labelled = own[inner], (own | others)[inner]
    if level is not None:
        signed = level[window][inner].astype(np.float32) - np.float32(BOUNDARY_LEVEL)
        field = np.maximum(np.abs(signed), LEAST)
        lines = _zero_lines(field, own_inner, labelled, divide, pads)
    else:
        smoothed = np.float32(2 * BOUNDARY_LEVEL) * (smooth(own | others)[inner] - np.float32(0.5))
        lines = _lines_of_area(smoothed, own_inner, labelled, divide, pads, pixels)
    line, area = _largest(lines)
    if area < pixels / (4 * len(lines)):
        lines = _zero_lines(np.ones(own_inner.shape, np.float32), own_inner, labelled, None, pads)
        line, _ = _largest(lines)
    return line + origin, len(lines)


def _zero_lines(
    magnitude: Field, own: Mask, labelled: Mask, divide: Field | None, pads: tuple[tuple[int, int], ...]
) -> list[Floats]:
    """Zero lines of the field that has this magnitude and is positive on own pixels only.

    Diagonal neighbours of the same particle are kept together, as labels do.
    """
    if divide is not None:
        # Beside another particle the dividing field alone decides; at the ends of the line of contact, where
        # the background is near too, the nearer of both boundaries does.
        at_contact = beside(own, labelled & ~own)
        at_end = at_contact & grow(~labelled)
        magnitude = np.where(at_contact, divide, magnitude)
        magnitude = np.where(at_end, np.minimum(magnitude, divide), magnitude)
    field = np.where(own, magnitude, -magnitude)
    apart = ~own
    falling = own[:-1, :-1] & own[1:, 1:] & apart[:-1, 1:] & apart[1:, :-1]
    rising = apart[:-1, :-1] & apart[1:, 1:] & own[:-1, 1:] & own[1:, :-1]
    for rows, cols in (np.nonzero(falling), np.nonzero(rising)):
        for row, col in zip(rows.tolist(), cols.tolist(), strict=True):
            square = field[row : row + 2, col : col + 2]
            mine = own[row : row + 2, col : col + 2]
            # Marching squares joins the two corners whose sign the mean of all four has.
            least = np.float32(0.51) * -square[~mine].sum() + LEAST
            square[mine] = np.maximum(square[mine], least)
    if any(any(pair) for pair in pads):
        # Mirrored beyond the edge of the image with the other sign: the line runs along the edge.
        edge = np.pad(field, pads, mode="edge")
        outside = np.pad(np.zeros(field.shape, bool), pads, constant_values=True)
        field = np.where(outside, -np.abs(edge), edge)
    # What contourpy's factory would make, without its checks of masked arrays: half the time on small fields.
    down: Floats = np.arange(field.shape[0], dtype=np.float64)[:, None]
    right: Floats = np.arange(field.shape[1], dtype=np.float64)
    lines = SerialContourGenerator(
        np.broadcast_to(right, field.shape),
        np.broadcast_to(down, field.shape),
        field.astype(np.float64),
        None,  # type: ignore[arg-type]  # its own hints leave out what its factory passes
        line_type=LineType.Separate,
        fill_type=FillType.OuterCode,
        corner_mask=True,
        quad_as_tri=False,
        z_interp=ZInterp.Linear,
        x_chunk_size=0,
        y_chunk_size=0,
    ).lines(0.0)
    return [np.asarray(line, dtype=np.float64)[:, ::-1] for line in lines]


def _lines_of_area(
    smoothed: Field,
    own: Mask,
    labelled: Mask,
    divide: Field | None,
    pads: tuple[tuple[int, int], ...],
    pixels: int,
) -> list[Floats]:
    """Lines at the threshold of the smoothed mask at which they enclose as much as the pixels do.

    The first step takes the slope of a smoothed straight edge, 1/(σ√(2π)), the others that of the step
    before, or half the bracket where that leads out of it.
    """
    slope = 2 * BOUNDARY_LEVEL / (SMOOTHING_PX * np.sqrt(2 * np.pi))
    gain = slope / (2 * np.sqrt(np.pi * pixels))
    # Beyond half the mask's height a shift moves no line any further.
    low, high = -BOUNDARY_LEVEL, BOUNDARY_LEVEL
    shift = min(slope * SMOOTHING_PX**2 / (2 * np.sqrt(pixels / np.pi)), high / 2)  # right for a large disc
    last: tuple[float, float] | None = None
    lines: list[Floats] = []
    for _ in range(_AREA_STEPS):
        inside, outside = smoothed + np.float32(shift), -smoothed - np.float32(shift)
        lines = _zero_lines(np.maximum(np.where(own, inside, outside), LEAST), own, labelled, divide, pads)
        lack = pixels - sum(abs(_area(line)) for line in lines)
        # A particle without free boundary keeps its area whatever the threshold.
        if abs(lack) < _AREA_TOLERANCE * pixels or (last is not None and lack == last[1]):
            break
        low, high = (shift, high) if lack > 0 else (low, shift)
        if last is not None and (shift - last[0]) * (last[1] - lack) > 0:
            gain = (shift - last[0]) / (last[1] - lack)
        last = shift, lack
        shift += gain * lack
        if not low < shift < high:
            shift = (low + high) / 2
    return lines


def _pixel_hull(mask: Mask) -> Floats:
    """Convex hull of the pixel squares of the largest part of a mask."""
    _, parts, facts, _ = cv2.connectedComponentsWithStats(mask.view(np.uint8), connectivity=8)
    largest = 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA]))
    centres = np.argwhere(parts == largest)
    squares = (centres[:, None] * 2 + np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]])).reshape(-1, 2)
    hull = cv2.convexHull(squares.astype(np.int32))[:, 0].astype(np.float64) / 2
    return _largest([np.concatenate([hull, hull[:1]])])[0]


def _area(line: Floats) -> float:
    """Signed area of one closed line."""
    row, col = (line - line[0]).T
    return float(0.5 * (np.dot(row[:-1], col[1:]) - np.dot(row[1:], col[:-1])))


def _largest(lines: list[Floats]) -> tuple[Floats, float]:
    """The line that encloses most, in the one sense of rotation, and what it encloses."""
    areas = [_area(line) for line in lines]
    best = max(range(len(lines)), key=lambda index: abs(areas[index]))
    return (lines[best] if areas[best] > 0 else lines[best][::-1]), abs(areas[best])
