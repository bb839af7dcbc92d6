"""From labels at the network's output resolution to labels and a boundary level on the whole image."""

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.label_bands import find_boxes, iterate_bands
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL

__all__ = ["interpolate_window", "upsample_labels", "upsample_level"]


def interpolate_window(
    coarse: npt.NDArray[np.float32],
    ratio: tuple[float, float],
    window: tuple[int, int, int, int],
    origin: tuple[int, int] = (0, 0),
) -> npt.NDArray[np.float32]:
    """Interpolate a coarse field linearly on a window of the image.

    Parameters
    ----------
    coarse : ndarray of float32, shape (coarse rows, coarse cols)
    ratio : (float, float)
        Coarse px per image px along rows and columns; image position x lies at (x + 0.5) * ratio - 0.5.
    window : (int, int, int, int)
        First row, first col, last row + 1, last col + 1 of the image.
    origin : (int, int)
        Row and col of the whole coarse grid at which `coarse` begins. Outside it, its nearest value counts.

    Returns
    -------
    ndarray of float32, shape of the window
    """
    top, left, bottom, right = window
    matrix = np.array(
        [
            [ratio[1], 0, (left + 0.5) * ratio[1] - 0.5 - origin[1]],
            [0, ratio[0], (top + 0.5) * ratio[0] - 0.5 - origin[0]],
        ]
    )
    fine = cv2.warpAffine(
        coarse,
        matrix,
        (right - left, bottom - top),
        flags=cv2.INTER_LINEAR | cv2.WARP_INVERSE_MAP,
        borderMode=cv2.BORDER_REPLICATE,
    )
    return np.asarray(fine, np.float32)


def upsample_level(
    probability: npt.NDArray[np.float32],
    shape: tuple[int, int],
    ratio: tuple[float, float],
    boundary: float = 0.5,
) -> npt.NDArray[np.uint8]:
    """Foreground probability on the image's pixels, as a level whose boundary lies at `BOUNDARY_LEVEL`.

    Parameters
    ----------
    probability : ndarray of float32, shape (coarse rows, coarse cols)
    shape : (int, int)
        Rows and columns of the image.
    ratio : (float, float)
        Coarse px per image px along rows and columns; image position x lies at (x + 0.5) * ratio - 0.5.
    boundary : float
        Probability on a particle's outline, between 0 and 1; it becomes `BOUNDARY_LEVEL`, and the level is linear
        in the probability on either side.

    Returns
    -------
    ndarray of uint8, shape `shape`
    """
    level = np.empty(shape, np.uint8)
    for band in iterate_bands(shape):
        fine = interpolate_window(probability, ratio, (band.start, 0, band.stop, shape[1]))
        level[band] = np.rint(np.interp(fine, (0, boundary, 1), (0, BOUNDARY_LEVEL, 2 * BOUNDARY_LEVEL)))
    return level


def upsample_labels(
    labels: npt.NDArray[np.int32], inside: npt.NDArray[np.bool_], ratio: tuple[float, float]
) -> npt.NDArray[np.int32]:
    """Labels on the image's pixels, with smooth borders between touching particles.

    Each particle's indicator is interpolated linearly; a pixel inside the foreground goes to the particle whose
    indicator is greatest there. Holes of a particle are filled.

    Parameters
    ----------
    labels : ndarray of int32, shape (coarse rows, coarse cols)
        Particles 1..n.
    inside : ndarray of bool, shape (rows, cols)
        Foreground on the image's pixels.
    ratio : (float, float)
        Coarse px per image px along rows and columns.

    Returns
    -------
    ndarray of int32, shape (rows, cols)
    """
    rows, cols = inside.shape
    result = np.zeros((rows, cols), np.int32)
    # OpenCV interpolates in steps of 1/32 px: indicators are multiples of 1/1024, which half precision holds.
    best = np.zeros((rows, cols), np.float16)
    boxes = find_boxes(labels, int(labels.max(initial=0)))
    for k, (r0, c0, r1, c1) in enumerate(boxes.tolist(), start=1):
        if r1 <= r0:
            continue
        # One coarse pixel around the particle: as far as its linearly interpolated indicator reaches.
        origin = (max(r0 - 1, 0), max(c0 - 1, 0))
        coarse = (labels[origin[0] : r1 + 1, origin[1] : c1 + 1] == k).astype(np.uint8)
        top, left = (max(int(o / s) - 1, 0) for o, s in zip(origin, ratio, strict=True))
        bottom = min(int(np.ceil((r1 + 1) / ratio[0])) + 1, rows)
        right = min(int(np.ceil((c1 + 1) / ratio[1])) + 1, cols)
        fine = interpolate_window(
            _fill_holes(coarse).astype(np.float32), ratio, (top, left, bottom, right), origin
        )
        window = (slice(top, bottom), slice(left, right))
        # Inside its own filled outline a particle has no holes, whatever the foreground says.
        wins = (fine > best[window]) & (inside[window] | (fine > 0.999))
        result[window][wins] = k
        best[window][wins] = fine[wins]
    return result


def _fill_holes(mask: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    outlines, _ = cv2.findContours(mask, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(mask.copy(), outlines, -1, 1, cv2.FILLED), np.uint8)
