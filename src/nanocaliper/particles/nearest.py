"""Which particle every pixel is nearest to, and how far apart particles are."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.particles.packing import PackedOutlines
from nanocaliper.segmentation.label_bands import iterate_bands

__all__ = ["Gaps", "NearestPixels", "find_nearest_centres", "map_nearest", "measure_gaps"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

#: Neighbours nearer than this (between pixel centres) are always measured: outlines run within a pixel of them.
_CLOSE_PX = 5.0
#: OpenCV's distances with labels are good to 2 %.
_SLACK = 1.05
_MOST = 400_000
_WINDOW = np.arange(-3, 4)


class NearestPixels(NamedTuple):
    """For every pixel the nearest pixel of a particle.

    Parameters
    ----------
    distance : ndarray of float32, shape (rows, cols)
        Between pixel centres, px; 0 on particles.
    label : ndarray of int32, shape (rows, cols)
        Number of the nearest particle.
    pixel : ndarray of int, shape (rows, cols)
        Place of its nearest pixel in the flattened image.
    """

    distance: npt.NDArray[np.float32]
    label: npt.NDArray[np.int32]
    pixel: npt.NDArray[np.int32] | npt.NDArray[np.int64]


class Gaps(NamedTuple):
    """Particles that are neighbours, and the gaps between their outlines.

    Parameters
    ----------
    first, second : ndarray of int, shape (pairs,)
        Indices from 0, first < second.
    gap : ndarray, shape (pairs,)
        Smallest distance of their outlines, px.
    """

    first: Indices
    second: Indices
    gap: Floats

    def smallest(self, count: int) -> Floats:
        """Gap from each of `count` particles to its nearest neighbour, px; NaN for a single particle."""
        nearest = np.full(count, np.inf)
        np.minimum.at(nearest, self.first, self.gap)
        np.minimum.at(nearest, self.second, self.gap)
        return np.where(np.isfinite(nearest), nearest, np.nan)


def map_nearest(labels: npt.NDArray[np.integer]) -> NearestPixels:
    """Find the nearest particle of every pixel.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background; at least one particle.

    Returns
    -------
    NearestPixels
        Distances are good to 2 % (5 × 5 chamfer: G. Borgefors, Comput. Vis. Graph. Image Process. 34, 344, 1986).
    """
    background = (labels == 0).view(np.uint8)
    distance, sources = cv2.distanceTransformWithLabels(
        background, cv2.DIST_L2, cv2.DIST_MASK_5, labelType=cv2.DIST_LABEL_PIXEL
    )
    # Half the memory in all images that can be.
    pixel = sources if labels.size < 2**31 else np.empty(labels.shape, np.int64)
    places = np.zeros(int(sources.max(initial=0)) + 1, pixel.dtype)
    for band in iterate_bands(labels.shape):
        own = np.flatnonzero(labels[band])
        places[sources[band].ravel()[own]] = own + band.start * labels.shape[1]
    label = np.empty(labels.shape, np.int32)
    for band in iterate_bands(labels.shape):
        pixel[band] = places[sources[band]]
        label[band] = labels.ravel()[pixel[band]]
    return NearestPixels(np.asarray(distance, np.float32), label, pixel)


def measure_gaps(nearest: NearestPixels, packed: PackedOutlines) -> Gaps:
    """Measure the gaps to the nearest and to all close neighbours of every particle.

    The nearest neighbour of a particle is among those whose regions of nearest pixels border on its own; the
    place of the smallest gap is found there to a pixel, then between the outlines' corners and sides.

    Parameters
    ----------
    nearest : NearestPixels
    packed : PackedOutlines

    Returns
    -------
    Gaps
        Each pair once; all pairs with gaps under 3 px, and the nearest neighbour of every particle.
    """
    first, second, start, length = _list_pairs(nearest)
    count = len(packed.counts)
    closest = np.full(count, np.inf)
    np.minimum.at(closest, first, length)
    np.minimum.at(closest, second, length)
    limit = _SLACK * np.maximum(closest[first], closest[second]) + 3
    chosen = (length <= limit) | (length <= _CLOSE_PX)
    first, second, start = first[chosen], second[chosen], start[chosen]
    gap = np.zeros(len(first))
    longest = np.maximum(packed.counts[first], packed.counts[second])
    order = np.argsort(longest, kind="stable")
    done = 0
    while done < len(order):
        stop = done + 1
        # As many pairs as fit, judged by the longest of them.
        ahead = longest[order[done:]] * np.arange(1, len(order) - done + 1)
        stop = done + max(int(np.searchsorted(ahead, _MOST)), 1)
        part = order[done:stop]
        gap[part] = _close_in(packed, first[part], second[part], start[part])
        done = stop
    return Gaps(first, second, gap)


def _list_pairs(nearest: NearestPixels) -> tuple[Indices, Indices, Floats, Floats]:
    """Neighbours: indices, where the second is nearest to the first (row, col), and how far, in pixels."""
    cols = nearest.label.shape[1]
    label, pixel = nearest.label.ravel(), nearest.pixel.ravel()
    ones, others = [], []
    for here, there in (
        (np.s_[:, :-1], np.s_[:, 1:]),
        (np.s_[:-1, :], np.s_[1:, :]),
    ):
        border = np.flatnonzero((nearest.label[here] != nearest.label[there]).ravel())
        row, col = np.divmod(border, cols - 1 if here == np.s_[:, :-1] else cols)
        place = row * cols + col
        ones.append(place)
        others.append(place + (1 if here == np.s_[:, :-1] else cols))
    one, other = np.concatenate(ones), np.concatenate(others)
    swapped = label[one] > label[other]
    one, other = np.where(swapped, other, one), np.where(swapped, one, other)
    a, b = np.stack(np.divmod(pixel[one], cols), axis=1), np.stack(np.divmod(pixel[other], cols), axis=1)
    squares = ((a - b) ** 2).sum(axis=1)
    key = label[one].astype(np.int64) * (int(label.max(initial=0)) + 1) + label[other]
    order = np.lexsort((squares, key))
    _, leading = np.unique(key[order], return_index=True)
    best = order[leading]
    return (
        np.asarray(label[one[best]] - 1, np.intp),
        np.asarray(label[other[best]] - 1, np.intp),
        b[best].astype(np.float64),
        np.sqrt(squares[best]),
    )


def _close_in(packed: PackedOutlines, first: Indices, second: Indices, start: Floats) -> Floats:
    """Smallest distance between outlines, searched from a place near the second's end of it."""
    every = np.arange(len(first))
    outlines = []
    for chosen in (first, second):
        steps = np.arange(int(packed.counts[chosen].max()))
        places = packed.starts[chosen, None] + np.minimum(steps, packed.counts[chosen, None] - 1)
        outlines.append(packed.points[places] + packed.origins[chosen][:, None] - start[:, None])
    target = np.zeros((len(first), 2))
    corner = [np.zeros(len(first), np.intp), np.zeros(len(first), np.intp)]
    for _ in range(3):
        for side in (0, 1):
            corner[side] = ((outlines[side] - target[:, None]) ** 2).sum(axis=-1).argmin(axis=1)
            target = outlines[side][every, corner[side]]
    lines = []
    for side, chosen in enumerate((first, second)):
        sides = packed.counts[chosen] - 1
        around = (corner[side][:, None] + _WINDOW) % sides[:, None]
        lines.append(outlines[side][every[:, None], around])
    return np.minimum(_reach_lines(lines[0], lines[1]), _reach_lines(lines[1], lines[0]))


def _reach_lines(points: Floats, line: Floats) -> Floats:
    """Smallest distance from points (k, p, 2) to the sides of open lines (k, q, 2)."""
    sides = np.diff(line, axis=1)[:, None]
    offset = points[:, :, None] - line[:, None, :-1]
    share = (offset * sides).sum(axis=-1) / np.maximum((sides**2).sum(axis=-1), 1e-24)
    offset = offset - np.clip(share, 0, 1)[..., None] * sides
    return np.asarray(np.sqrt((offset**2).sum(axis=-1).min(axis=(1, 2))))


def find_nearest_centres(centres: Floats) -> Floats:
    """Distance from every point to the nearest other point.

    Parameters
    ----------
    centres : ndarray, shape (n, 2)

    Returns
    -------
    ndarray, shape (n,)
        Distances; NaN for a single point.
    """
    count = len(centres)
    found = np.full(count, np.nan)
    if count < 2:
        return found
    # Square cells with two points each on average; rings of cells are searched until nothing nearer can follow.
    low, span = centres.min(axis=0), np.ptp(centres, axis=0)
    cell = max(float(np.sqrt(2 * span[0] * span[1] / count)), float(span.max()) / count, 1e-9)
    place = ((centres - low) / cell).astype(np.intp)
    shape = place.max(axis=0) + 1
    key = place[:, 0] * shape[1] + place[:, 1]
    order = np.argsort(key, kind="stable")
    starts = np.searchsorted(key[order], np.arange(shape[0] * shape[1] + 1))
    best = np.full(count, np.inf)
    waiting, ring = np.arange(count), 0
    while len(waiting):
        for down in range(-ring, ring + 1):
            step = 1 if abs(down) == ring else 2 * ring
            for right in range(-ring, ring + 1, step):
                _search_cell(centres, waiting, place[waiting] + (down, right), shape, starts, order, best)
        # Beyond this ring nothing is nearer than a ring of cells.
        waiting = waiting[best[waiting] > (ring * cell) ** 2]
        ring += 1
    return np.asarray(np.sqrt(best))


def _search_cell(
    centres: Floats,
    waiting: Indices,
    cells: Indices,
    shape: Indices,
    starts: Indices,
    order: Indices,
    best: Floats,
) -> None:
    """Compare points with those of one cell each, and keep the smaller squared distance in `best`."""
    inside = ((cells >= 0) & (cells < shape)).all(axis=1)
    asking, cells = waiting[inside], cells[inside]
    number = cells[:, 0] * shape[1] + cells[:, 1]
    first, stop = starts[number], starts[number + 1]
    for nth in range(int((stop - first).max(initial=0))):
        there = first + nth < stop
        one, other = asking[there], order[first[there] + nth]
        squares = ((centres[one] - centres[other]) ** 2).sum(axis=1)
        squares[one == other] = np.inf
        best[one] = np.minimum(best[one], squares)
