"""Between outlines and label images, for formats that hold only one of them."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import AnnotatedImage
from nanocaliper.particles.outlines import trace_outlines

__all__ = ["choose_depth", "labels_of", "outlines_of"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]


def labels_of(image: AnnotatedImage) -> Labels:
    """Find which pixel belongs to which particle.

    Parameters
    ----------
    image : AnnotatedImage

    Returns
    -------
    ndarray of int32, shape (rows, cols)
        Its labels where it has them. Else every pixel whose centre lies inside an outline gets that particle's
        number; inside several, that of the first. A particle without a pixel centre of its own has none.
    """
    if image.labels is not None:
        return image.labels
    labels = np.zeros((image.rows, image.cols), np.int32)
    for number, outline in reversed(list(zip(image.ids, image.outlines, strict=True))):
        low = np.maximum(np.ceil(outline.min(axis=0)), 0).astype(int)
        high = np.minimum(np.floor(outline.max(axis=0)) + 1, labels.shape).astype(int)
        if (high > low).all():
            part = labels[low[0] : high[0], low[1] : high[1]]
            part[_fill(outline - low, part.shape)] = number
    return labels


def _fill(outline: Floats, shape: tuple[int, ...]) -> npt.NDArray[np.bool_]:
    """Pixels whose centre lies inside: an odd number of edges to its left or on it."""
    flips = np.zeros((shape[0], shape[1] + 1), np.int32)
    for (row, col), (next_row, next_col) in pairwise(outline):
        first, last = sorted((row, next_row))
        rows = np.arange(max(int(np.ceil(first)), 0), min(int(np.ceil(last)), shape[0]))
        if rows.size:
            cols = col + (rows - row) * ((next_col - col) / (next_row - row))
            np.add.at(flips, (rows, np.clip(np.ceil(cols), 0, shape[1]).astype(int)), 1)
    return np.asarray(np.cumsum(flips[:, :-1], axis=1) % 2 == 1)


def outlines_of(
    labels: npt.NDArray[np.integer], where: str
) -> tuple[Labels, tuple[int, ...], tuple[Floats, ...]]:
    """Draw the outlines of labels that other programs numbered as they like.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
    where : str
        Which file, to begin a sentence.

    Returns
    -------
    labels : ndarray of int32, shape (rows, cols)
    ids : tuple of int
        The numbers in use.
    outlines : tuple of ndarray, each of shape (points, 2)

    Raises
    ------
    ReadError
        If a number is negative or does not fit 31 bits.
    """
    low, high = int(labels.min(initial=0)), int(labels.max(initial=0))
    if low < 0 or high > np.iinfo(np.int32).max:
        raise ReadError(
            f"{where} has the label {low if low < 0 else high}; expected 0 for background, and 1, 2, ..."
        )
    numbers, places = np.unique(np.append(labels.ravel(), np.asarray(0, labels.dtype)), return_inverse=True)
    order = places[:-1].reshape(labels.shape).astype(np.int32)
    return labels.astype(np.int32), tuple(int(number) for number in numbers[1:]), trace_outlines(order, None)


def choose_depth(labels: Labels) -> type[np.uint16] | type[np.uint32]:
    """Choose the smallest depth that label images have and that holds these."""
    return np.uint16 if labels.max(initial=0) <= np.iinfo(np.uint16).max else np.uint32
