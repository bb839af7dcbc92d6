"""Cutting particles along lines, and joining them."""

from collections.abc import Sequence

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.editing.polygons import Patch, crop_patch

__all__ = ["count_pieces", "cut_along", "join_patches"]

Floats = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]

#: A line is drawn on pixels cut into so many by so many.
_FINE = 5
#: A line that ends this near before the outline, px, still reaches it.
_OVERSHOOT_PX = 1.5
#: Smaller pieces that a line cuts off stay with a larger one, px².
_LEAST_PIECE_PX = 5
#: Gaps up to this, px, or up to half the diameter of the smallest particle, are closed.
_GAP_PX = 4.0


def count_pieces(pixels: Patch) -> int:
    """Count the pieces of a patch that do not even touch at a corner."""
    return int(cv2.connectedComponents(pixels.mask.view(np.uint8), connectivity=8)[0]) - 1


def cut_along(pixels: Patch, line: Floats) -> list[Patch]:
    """Cut a patch along a line; every pixel goes to the side its centre lies on.

    Parameters
    ----------
    pixels : Patch
    line : ndarray, shape (points, 2)
        Open line (row, col), px of the image.

    Returns
    -------
    list of Patch
        The pieces from top to bottom, then from left to right, by their first pixel; one where the line does not
        divide the patch. Pieces under 5 px stay with their neighbour.
    """
    fine = np.kron(pixels.mask, np.ones((_FINE, _FINE), np.bool_)).astype(np.uint8)
    # Pixel (r, c) is cut into parts around (r * fine + half).
    points = (_lengthen(line) - (pixels.row, pixels.col)) * _FINE + (_FINE - 1) / 2
    drawn = np.rint(np.clip(points, -1e5, 1e5) * 2**8).astype(np.int32)[:, ::-1]
    cv2.polylines(fine, [drawn], False, 0, 1, cv2.LINE_8, 8)
    pieces = cv2.connectedComponents(fine, connectivity=4)[1]
    sizes = np.bincount(pieces.ravel())
    large = sizes >= _LEAST_PIECE_PX * _FINE**2
    large[0] = False
    if np.count_nonzero(large) < 2:
        return [pixels]
    # What lies under the line or is too small goes to the nearest piece.
    _, nearest = cv2.distanceTransformWithLabels(
        (~large[pieces]).astype(np.uint8), cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    piece_of = np.zeros(int(nearest.max()) + 1, np.int32)
    own = large[pieces]
    piece_of[nearest[own]] = pieces[own]
    middle = _FINE // 2
    assigned = np.where(pixels.mask, piece_of[nearest[middle::_FINE, middle::_FINE]], 0)
    found = [
        crop_patch(Patch(pixels.row, pixels.col, assigned == n)) for n in np.unique(assigned[assigned > 0])
    ]
    return sorted((part for part in found if part is not None), key=_first_pixel)


def _first_pixel(part: Patch) -> tuple[int, int]:
    return part.row, part.col + int(np.argmax(part.mask[0]))


def _lengthen(line: Floats) -> Floats:
    """The line with both ends a little farther out."""
    kept = line[np.concatenate([[True], (np.diff(line, axis=0) != 0).any(axis=1)])]
    ends = []
    for end, before in ((kept[0], kept[1]), (kept[-1], kept[-2])):
        ends.append(end + (end - before) * (_OVERSHOOT_PX / np.hypot(*(end - before))))
    return np.concatenate([[ends[0]], kept, [ends[1]]])


def join_patches(parts: Sequence[Patch], shape: tuple[int, int]) -> Patch | None:
    """Join patches, and close the gap between them where they do not touch.

    Parameters
    ----------
    parts : sequence of Patch
    shape : (int, int)
        Rows and columns of the image.

    Returns
    -------
    Patch or None
        Their pixels and, in one piece, what the smallest morphological closing (by a disc) that joins them adds
        beyond that of each alone; None where the gap is wider than 4 px and than half the diameter of the
        smallest.
    """
    least = min(np.count_nonzero(part.mask) for part in parts)
    widest = max(_GAP_PX, np.sqrt(4 * least / np.pi) / 2)
    margin = int(np.ceil(widest)) + 2
    top = max(min(part.row for part in parts) - margin, 0)
    left = max(min(part.col for part in parts) - margin, 0)
    bottom = min(max(part.row + part.mask.shape[0] for part in parts) + margin, shape[0])
    right = min(max(part.col + part.mask.shape[1] for part in parts) + margin, shape[1])
    place = Patch(top, left, np.zeros((bottom - top, right - left), np.bool_))
    masks = []
    for part in parts:
        mask = np.zeros(place.mask.shape, np.bool_)
        part.paint(mask, place)
        masks.append(mask)
    union = np.logical_or.reduce(masks)
    for radius in np.arange(0.0, widest / 2 + 1.5, 0.5):
        added = np.zeros(union.shape, np.bool_)
        if radius:
            added = _close(union, radius) & ~np.logical_or.reduce([_close(mask, radius) for mask in masks])
        joined = Patch(top, left, union | added)
        if count_pieces(joined) == 1:
            return joined
    return None


def _close(mask: Mask, radius: float) -> Mask:
    reach = int(np.ceil(radius))
    steps = np.arange(-reach, reach + 1)
    disc = (np.hypot(steps[:, None], steps) <= radius + 1e-9).astype(np.uint8)
    framed = np.pad(mask, reach).view(np.uint8)
    closed = cv2.morphologyEx(framed, cv2.MORPH_CLOSE, disc)
    return np.asarray(closed[reach:-reach, reach:-reach], np.bool_)
