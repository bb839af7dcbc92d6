"""Which pixels of a text are ink, and how bright the ink is."""

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.runs import longest_run
from nanocaliper.micrograph.micrograph import Box

__all__ = ["SAME_GREY", "ink_mask", "outline_ink", "rim_around"]

Bytes = npt.NDArray[np.uint8]

#: Grey values of one ink differ by less than this after blur and compression, of 255.
SAME_GREY = 30


def outline_ink(image: Bytes, box: Box, plain: Bytes | None = None) -> tuple[Box, float]:
    """Shrink a text box, which text detection leaves too large, to the ink of its characters.

    Rows crossed by a run of ink longer than characters are wide belong to a bar and are left out.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The image.
    box : Box
        Where text was detected.
    plain : ndarray of uint8, shape (rows, cols), optional
        The micrograph as it is, where `image` is one with raised contrast.

    Returns
    -------
    box : Box
        The ink's bounds; the input less a sixth of its height above and below where ink cannot be told.
    ink : float
        Grey value of the core of the strokes, of `plain` where that is given.
    """
    crop = image[box.slices()]
    mask, ink = ink_mask(crop, rim_around(image, box))
    if plain is not None and mask.any():
        ink = float(np.median(plain[box.slices()][mask]))
    # Characters are no wider than high and take some 0.6 of a detected box's height.
    longest = np.array([longest_run(row) for row in mask])
    is_text = (longest > 0) & (longest < 0.85 * box.height)
    middle = box.height // 2
    near = [row for row in range(box.height) if is_text[row] and abs(row - middle) <= box.height // 4]
    if near:
        seed = min(near, key=lambda row: abs(row - middle))
        top, bottom = seed, seed + 1
        while top > 0 and is_text[top - 1]:
            top -= 1
        while bottom < box.height and is_text[bottom]:
            bottom += 1
        cols = np.flatnonzero(mask[top:bottom].any(axis=0))
        if bottom - top >= 0.35 * box.height and cols.size:
            first, last = int(cols[0]), int(cols[-1]) + 1
            return Box(
                box.row_start + top, box.col_start + first, box.row_start + bottom, box.col_start + last
            ), ink
    trim = box.height // 6
    return Box(box.row_start + trim, box.col_start, box.row_stop - trim, box.col_stop), ink


def rim_around(image: Bytes, box: Box) -> tuple[Bytes, ...]:
    """Take the pixels just outside a text box's four sides: ground, even where bold characters fill the box.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
    box : Box

    Returns
    -------
    tuple of ndarray
        Above, below, left and right.
    """
    room = max(2, box.height // 10)
    top, left = max(0, box.row_start - room), max(0, box.col_start - room)
    part = image[top : box.row_stop + room, left : box.col_stop + room]
    return part[0], part[-1], part[:, 0], part[:, -1]


def ink_mask(crop: Bytes, rim: tuple[Bytes, ...]) -> tuple[npt.NDArray[np.bool_], float]:
    """Tell the ink of a text from its ground.

    Parameters
    ----------
    crop : ndarray of uint8, shape (rows, cols)
        The text's box.
    rim : tuple of ndarray
        As `rim_around` gives it.

    Returns
    -------
    mask : ndarray of bool, shape (rows, cols)
        Which pixels are ink.
    ink : float
        Grey value of the core of the strokes.
    """
    smooth = cv2.medianBlur(crop, 3) if min(crop.shape) > 20 else crop
    threshold, _ = cv2.threshold(smooth, 0, 255, cv2.THRESH_BINARY + cv2.THRESH_OTSU)
    bright = (smooth > threshold).astype(np.uint8)
    # Characters are several parts that stand free. Where that does not tell: a text's box has a little ground left
    # and right of the text; else the ground is what hangs together from one end to the other; else the rim tells,
    # by sides, for a bar close by or the end of a label box may lie on some.
    letters = [_count_letters(mask) for mask in (1 - bright, bright)]
    third, margin = crop.shape[0] // 3, max(1, crop.shape[0] // 12)
    ends = [float(bright[third:-third, part].mean()) for part in (slice(None, margin), slice(-margin, None))]
    trim = max(1, crop.shape[0] // 8)
    inner = bright[trim:-trim, trim:-trim] if min(crop.shape) > 4 * trim else bright
    spans = [_widest_part(mask) / mask.shape[1] for mask in (1 - inner, inner)]
    if abs(letters[0] - letters[1]) >= 2:
        dark = letters[0] > letters[1]
    elif third and (max(ends) < 0.2 or min(ends) > 0.8):
        dark = min(ends) > 0.8
    elif abs(spans[0] - spans[1]) > 0.3:
        dark = spans[1] > spans[0]
    else:
        sides = [side > threshold for side in (*rim, smooth[0], smooth[-1], smooth[:, 0], smooth[:, -1])]
        dark = float(np.mean([side.mean() for side in sides])) > 0.5
    mask = bright == 0 if dark else bright > 0
    # The core of the strokes: small text is mostly the blurred rims of its strokes.
    ink = float(np.percentile(crop[mask], 10 if dark else 90)) if mask.any() else float(np.median(crop))
    # Single pixels are noise of the micrograph, not ink.
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=8)
    large = [k for k in range(1, count) if stats[k, cv2.CC_STAT_AREA] >= max(2, 0.002 * crop.size)]
    return np.isin(parts, large), ink


def _count_letters(mask: npt.NDArray[np.uint8]) -> int:
    """Parts that touch no side, a third as high as the crop or more, and no wider than it is high."""
    rows, cols = mask.shape
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    left, top, wide, high = (stats[1:, k] for k in range(4))
    free = (left > 0) & (top > 0) & (left + wide < cols) & (top + high < rows)
    return int(np.count_nonzero(free & (3 * high >= rows) & (wide <= rows)))


def _widest_part(mask: npt.NDArray[np.uint8]) -> int:
    """Columns of the widest part that hangs together."""
    _, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=4)
    return int(stats[1:, cv2.CC_STAT_WIDTH].max(initial=0))
