"""Outlines of particles and what follows from them alone: kept, so that a change redoes only what it touches."""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.particles.inner_points import find_inner_points
from nanocaliper.particles.neighbourhood import KERNEL_REACH
from nanocaliper.particles.outline_measures import measure_outlines
from nanocaliper.particles.outlines import OUTLINE_REACH, Outlines, find_bounds, trace_parts
from nanocaliper.particles.packing import pack_outlines

__all__ = ["Outlined", "close_gaps", "outline_particles"]

Labels = npt.NDArray[np.integer]
Level = npt.NDArray[np.uint8]

#: Pixels farther from a particle than this have no say in its outline.
_REACH = OUTLINE_REACH + KERNEL_REACH + 1


@dataclass(frozen=True, eq=False)
class Outlined:
    """Outlines of n particles, and what they were drawn from.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, else the number of a particle.
    level : ndarray of uint8, shape (rows, cols), or None
    numbers : ndarray of int, shape (n,)
        The particles, increasing.
    boxes : ndarray of int, shape (n, 4)
        First row, first col, last row + 1, last col + 1 of their pixels.
    traced : Outlines
    values : dict of str to ndarray, each of shape (n,)
        What `nanocaliper.particles.outline_measures.measure_outlines` gives.
    """

    labels: Labels
    level: Level | None
    numbers: npt.NDArray[np.int64]
    boxes: npt.NDArray[np.int64]
    traced: Outlines
    values: dict[str, npt.NDArray[Any]]


def outline_particles(
    labels: Labels, level: Level | None, numbers: npt.NDArray[np.int64], known: Outlined | None = None
) -> Outlined:
    """Draw the outlines of particles and measure them.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background, else one of `numbers`.
    level : ndarray of uint8, shape (rows, cols), or None
        As in `nanocaliper.segmentation.segmentation.Segmentation`.
    numbers : ndarray of int, shape (n,)
        The particles, increasing.
    known : Outlined, optional
        Outlines of the same image with other particles: those around which nothing differs are taken from it. The
        result is the same without.

    Returns
    -------
    Outlined

    Raises
    ------
    ValueError
        If a number has no pixel, or a label is not among them.
    """
    del known
    compact = close_gaps(labels, numbers)
    traced = trace_parts(compact, level)
    values = measure_outlines(pack_outlines(traced.points), find_inner_points(compact, traced))
    return Outlined(labels, level, numbers, find_bounds(compact), traced, values)


def close_gaps(labels: Labels, numbers: npt.NDArray[np.int64]) -> Labels:
    """Number particles 1..n without gaps, in the same order.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
    numbers : ndarray of int, shape (n,)
        The numbers in `labels`, increasing.

    Returns
    -------
    ndarray of int, shape (rows, cols)

    Raises
    ------
    ValueError
        If there are other labels.
    """
    count, highest = len(numbers), int(labels.max(initial=0))
    if highest > (int(numbers[-1]) if count else 0):
        raise ValueError(f"Labels go up to {highest}, but there are scores for {count} particles only.")
    if not count or numbers[-1] == count:
        return labels
    places = np.zeros(int(numbers[-1]) + 1, np.int32)
    places[numbers] = np.arange(1, count + 1)
    return places[labels]
