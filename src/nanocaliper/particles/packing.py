"""Many outlines in few arrays, so that numpy measures all particles at once."""

from collections.abc import Iterator, Sequence
from typing import NamedTuple, TypeVar

import numpy as np
import numpy.typing as npt

__all__ = ["Batch", "PackedOutlines", "iterate_batches", "pack_outlines", "sum_edges"]

Floats = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]
Number = TypeVar("Number", np.float64, np.complex128)

#: A batch holds outlines whose numbers of points differ by up to this factor.
_LADDER = 1.3


class PackedOutlines(NamedTuple):
    """Closed outlines one after another.

    Parameters
    ----------
    points : ndarray, shape (points, 2)
        Corners (row, col), px, relative to the `origins`; the last point of each outline is its first.
    starts, counts : ndarray of int, shape (n,)
        First point and number of points of each outline.
    origins : ndarray, shape (n, 2)
        Place of each outline: the mean of its corners, so that digits are not lost far from the image's origin.
    """

    points: Floats
    starts: Indices
    counts: Indices
    origins: Floats


class Batch(NamedTuple):
    """Some outlines as one array.

    Parameters
    ----------
    chosen : ndarray of int, shape (k,)
        Which outlines.
    points : ndarray, shape (k, m, 2)
        Their corners; shorter outlines are filled up with their last point.
    """

    chosen: Indices
    points: Floats


def pack_outlines(outlines: Sequence[Floats]) -> PackedOutlines:
    """Put outlines one after another.

    Parameters
    ----------
    outlines : sequence of ndarray, each of shape (points, 2)
        Closed (last point = first point).

    Returns
    -------
    PackedOutlines
    """
    counts = np.array([len(outline) for outline in outlines], dtype=np.intp)
    starts = np.cumsum(counts) - counts
    points = np.concatenate([*outlines, np.zeros((0, 2))])
    if not len(counts):
        return PackedOutlines(points, starts, counts, np.zeros((0, 2)))
    origins = np.add.reduceat(points, starts, axis=0) / counts[:, None]
    return PackedOutlines(points - np.repeat(origins, counts, axis=0), starts, counts, origins)


def sum_edges(packed: PackedOutlines, values: npt.NDArray[Number]) -> npt.NDArray[Number]:
    """Add up what belongs to the edges of each outline.

    Parameters
    ----------
    packed : PackedOutlines
    values : ndarray, shape (points, ...)
        Value of the edge from each point to the next one. That of each outline's last point is set to 0 in this
        array, since no edge leads from one outline to the next.

    Returns
    -------
    ndarray, shape (n, ...)
    """
    if not len(packed.counts):
        return np.zeros((0, *values.shape[1:]), values.dtype)
    values[packed.starts + packed.counts - 1] = 0
    return np.asarray(np.add.reduceat(values, packed.starts, axis=0))


def iterate_batches(packed: PackedOutlines, most: int, squared: bool = False) -> Iterator[Batch]:
    """Cut outlines into batches of similar length.

    Parameters
    ----------
    packed : PackedOutlines
    most : int
        Most points in a batch, k · m (k · m² where `squared`); an outline that is longer makes its own batch.
    squared : bool
        Whether the memory grows with the square of an outline's length.

    Yields
    ------
    Batch
    """
    order = np.argsort(packed.counts, kind="stable")
    first = 0
    while first < len(order):
        shortest = int(packed.counts[order[first]])
        longest = max(int(shortest * _LADDER), shortest + 3)
        size = longest * longest if squared else longest
        fitting = int(np.searchsorted(packed.counts[order], longest, side="right"))
        stop = min(fitting, first + max(most // size, 1))
        chosen = order[first:stop]
        steps = np.arange(int(packed.counts[chosen].max()))
        places = packed.starts[chosen, None] + np.minimum(steps, packed.counts[chosen, None] - 1)
        yield Batch(chosen, packed.points[places])
        first = stop
