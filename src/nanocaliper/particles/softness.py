"""How soft the edge of every particle is."""

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.label_bands import iterate_bands

__all__ = ["measure_softness"]

Labels = npt.NDArray[np.integer]

_CROSS = cv2.getStructuringElement(cv2.MORPH_CROSS, (3, 3))


def measure_softness(
    labels: Labels, level: npt.NDArray[np.uint8] | None, count: int
) -> npt.NDArray[np.float64]:
    """Measure how many px the level takes from 0 to 255 at the edge of every particle.

    One over the mean magnitude of the gradient of level / 255, by central differences, over those pixels of the
    particle that have background to the left, right, above or below. Borders with other particles do not count: the
    level says nothing about them.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, 1 to `count` particles; higher numbers are not measured.
    level : ndarray of uint8, shape (rows, cols), or None
        As in `nanocaliper.segmentation.segmentation.Segmentation`.
    count : int

    Returns
    -------
    ndarray of float64, shape (count,)
        px; NaN without a level, and where a particle meets no background or has no slope there.
    """
    if level is None:
        return np.full(count, np.nan)
    pixels, slopes = np.zeros(count + 1), np.zeros(count + 1)
    rows, cols = labels.shape
    for band in iterate_bands(labels.shape):
        around = slice(max(band.start - 1, 0), min(band.stop + 1, rows))
        inner = slice(band.start - around.start, band.stop - around.start)
        near = labels[around]
        numbers = near[inner]
        meets = cv2.dilate((near == 0).view(np.uint8), _CROSS).view(np.bool_)
        edge = (numbers > 0) & (numbers <= count) & meets[inner]
        row, col = np.nonzero(edge)
        row += inner.start
        shown = level[around]
        low, high = np.maximum(row - 1, 0), np.minimum(row + 1, near.shape[0] - 1)
        left, right = np.maximum(col - 1, 0), np.minimum(col + 1, cols - 1)
        down = (shown[high, col].astype(np.float64) - shown[low, col]) / np.maximum(high - low, 1)
        across = (shown[row, right].astype(np.float64) - shown[row, left]) / np.maximum(right - left, 1)
        which = near[row, col]
        pixels += np.bincount(which, minlength=count + 1)
        slopes += np.bincount(which, np.hypot(down, across) / 255, count + 1)
    return np.where(slopes > 0, pixels / np.where(slopes > 0, slopes, 1.0), np.nan)[1:]
