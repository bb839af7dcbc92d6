"""Between outlines and label images, for formats that hold only one of them."""

from collections.abc import Callable, Sequence
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import AnnotatedImage
from nanocaliper.particles.outlines import trace_outlines

__all__ = ["Drawn", "Pixels", "choose_depth", "find_inside", "labels_of", "outlines_of", "paint_particles"]

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]
#: Rows and columns of pixels.
Pixels = tuple[npt.NDArray[np.intp], npt.NDArray[np.intp]]
#: A particle of a file: its outline, or None where it is given as pixels, and how to find its pixels.
Drawn = tuple[Floats | None, Callable[[], Pixels]]


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
    for number, outline in zip(image.ids, image.outlines, strict=True):
        _paint(labels, number, find_inside(outline, *labels.shape))
    return labels


def find_inside(outline: Floats, rows: int, cols: int) -> Pixels:
    """Find the pixels of an image whose centre lies inside an outline.

    Parameters
    ----------
    outline : ndarray, shape (points, 2)
        (row, col), px, closed.
    rows, cols : int
        Size of the image, px.

    Returns
    -------
    Pixels
    """
    low = np.maximum(np.ceil(outline.min(axis=0)), 0).astype(int)
    high = np.minimum(np.floor(outline.max(axis=0)) + 1, (rows, cols)).astype(int)
    inside = _fill(outline - low, tuple(np.maximum(high - low, 0).tolist())).nonzero()
    return inside[0] + low[0], inside[1] + low[1]


def paint_particles(
    drawn: Sequence[Drawn],
    ids: Sequence[int],
    rows: int,
    cols: int,
    where: Sequence[str],
) -> tuple[Labels | None, tuple[Floats, ...], tuple[int, ...]]:
    """Draw the outlines of particles that are given as pixels, beside those that have an outline.

    Parameters
    ----------
    drawn : sequence of Drawn
    ids : sequence of int
        Numbers, each once, from 1.
    rows, cols : int
        Size of the image, px.
    where : sequence of str
        Which particle of which file, to begin a sentence.

    Returns
    -------
    labels : ndarray of int32, shape (rows, cols), or None
        A pixel of several particles is of the first. None where all have outlines: these say more.
    outlines : tuple of ndarray, each of shape (points, 2)
        Of each particle its own, else that of its pixels, of the largest part where there are several.
    covered : tuple of int
        Numbers of the particles given as pixels that lack some of these, which are of others.

    Raises
    ------
    ReadError
        If a particle given as pixels has none that no other covers.
    """
    own = [outline for outline, _ in drawn]
    if all(outline is not None for outline in own):
        return None, tuple(outline for outline in own if outline is not None), ()
    labels = np.zeros((rows, cols), np.int32)
    covered = []
    for number, (outline, find_pixels), place in zip(ids, drawn, where, strict=True):
        pixels = find_pixels()
        painted = _paint(labels, number, pixels)
        if outline is None and not painted:
            raise ReadError(f"{place} has an empty mask, or one that others cover; remove it.")
        if outline is None and painted < len(pixels[0]):
            covered.append(number)
    labels, found, traced = outlines_of(labels, where[0])
    of_number = dict(zip(found, traced, strict=True))
    return (
        labels,
        tuple(
            of_number[number] if outline is None else outline
            for number, outline in zip(ids, own, strict=True)
        ),
        tuple(covered),
    )


def _paint(labels: Labels, number: int, pixels: Pixels) -> int:
    """Give a particle its pixels as far as they are of no other; gives their number."""
    free = labels[pixels] == 0
    labels[pixels[0][free], pixels[1][free]] = number
    return int(np.count_nonzero(free))


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
