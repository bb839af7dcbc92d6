"""Sums, boxes and new numbers of all particles of an image, band by band.

numpy turns labels into 64-bit indices before it counts or looks up: eight bytes a pixel, or more than the image and
its labels together. In bands of rows that is next to nothing, whatever the size of the image.
"""

from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["count_pixels", "find_at_edges", "find_boxes", "iterate_bands", "renumber", "sum_by_label"]

Labels = npt.NDArray[np.integer]

_BAND_PIXELS = 2**20


def iterate_bands(shape: tuple[int, ...]) -> Iterator[slice]:
    """Cut an image into bands of rows of about a million pixels.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns.

    Yields
    ------
    slice
        Rows of a band, from top to bottom.
    """
    rows, cols = shape
    step = max(_BAND_PIXELS // max(cols, 1), 1)
    for start in range(0, rows, step):
        yield slice(start, min(start + step, rows))


def count_pixels(labels: Labels, count: int) -> npt.NDArray[np.int64]:
    """Count the pixels of every particle.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, else a number up to `count`.
    count : int

    Returns
    -------
    ndarray of int, shape (count + 1,)
        Of the background first.
    """
    pixels = np.zeros(count + 1, np.int64)
    for band in iterate_bands(labels.shape):
        pixels += np.bincount(labels[band].ravel(), minlength=count + 1)
    return pixels


def sum_by_label(labels: Labels, values: npt.NDArray[Any], count: int) -> npt.NDArray[np.float64]:
    """Add up the values of every particle's pixels.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, else a number up to `count`.
    values : ndarray, shape (rows, cols)
    count : int

    Returns
    -------
    ndarray of float64, shape (count + 1,)
        Of the background first.
    """
    sums = np.zeros(count + 1)
    for band in iterate_bands(labels.shape):
        sums += np.bincount(labels[band].ravel(), values[band].ravel(), count + 1)
    return sums


def renumber(labels: Labels, numbers: npt.NDArray[np.int32]) -> npt.NDArray[np.int32]:
    """Give every particle another number.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
    numbers : ndarray of int32, shape (n + 1,)
        The new number of each label 0..n.

    Returns
    -------
    ndarray of int32, shape (rows, cols)
    """
    renumbered = np.empty(labels.shape, np.int32)
    for band in iterate_bands(labels.shape):
        renumbered[band] = numbers[labels[band]]
    return renumbered


def find_at_edges(labels: Labels, count: int) -> npt.NDArray[np.bool_]:
    """Find the particles that reach the edge of an image.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, else a number up to `count`.
    count : int

    Returns
    -------
    ndarray of bool, shape (count + 1,)
        Of the background first, which is at no edge.
    """
    found = np.zeros(count + 1, bool)
    for edge in (labels[0], labels[-1], labels[:, 0], labels[:, -1]):
        found[edge] = True
    found[0] = False
    return found


def find_boxes(labels: Labels, count: int) -> npt.NDArray[np.int64]:
    """Find the bounding boxes of particles.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, else a number up to `count`.
    count : int

    Returns
    -------
    ndarray of int, shape (count, 4)
        First row, first col, last row + 1, last col + 1; all 0 for a number without pixels.
    """
    first = np.full((2, count + 1), max(labels.shape), np.int64)
    last = np.zeros((2, count + 1), np.int64)
    for band in iterate_bands(labels.shape):
        for axis, part, start in ((0, labels[band], band.start), (1, labels[band].T, 0)):
            lines, places = np.nonzero(part)
            numbers = part[lines, places]
            # Pixels come line by line: the first one written last is on the first line, and so on.
            seen = np.full(count + 1, max(labels.shape), np.int64)
            seen[numbers[::-1]] = lines[::-1] + start
            np.minimum(first[axis], seen, out=first[axis])
            seen = np.zeros(count + 1, np.int64)
            seen[numbers] = lines + start + 1
            np.maximum(last[axis], seen, out=last[axis])
    first = np.minimum(first, last)
    return np.concatenate([first, last])[:, 1:].T
