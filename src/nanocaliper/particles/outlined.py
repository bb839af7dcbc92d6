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
from nanocaliper.particles.softness import measure_softness
from nanocaliper.segmentation.label_bands import renumber

__all__ = ["OUTLINE_MARGIN", "Outlined", "close_gaps", "outline_particles"]

Labels = npt.NDArray[np.integer]
Level = npt.NDArray[np.uint8]

#: Pixels farther from a particle than this have no say in its outline.
OUTLINE_MARGIN = OUTLINE_REACH + KERNEL_REACH + 1


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
        What `nanocaliper.particles.outline_measures.measure_outlines` gives, and ``softness_px``, see
        `nanocaliper.particles.softness.measure_softness`.
    """

    labels: Labels
    level: Level | None
    numbers: npt.NDArray[np.int64]
    boxes: npt.NDArray[np.int64]
    traced: Outlines
    values: dict[str, npt.NDArray[Any]]


def outline_particles(
    labels: Labels,
    level: Level | None,
    numbers: npt.NDArray[np.int64],
    known: Outlined | None = None,
    *,
    origin: tuple[int, int] = (0, 0),
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
    origin : (int, int)
        Where the first pixel lies, for a part of an image in which all particles are `OUTLINE_MARGIN` px or more
        from the edge, but where that is the edge of the image. Not together with `known`.

    Returns
    -------
    Outlined

    Raises
    ------
    ValueError
        If a number has no pixel, or a label is not among them.
    """
    if known is None or known.labels.shape != labels.shape:
        return _outline_all(labels, level, numbers, origin)
    redone = np.union1d(_find_touched(labels, level, known), np.setdiff1d(numbers, known.numbers))
    part = _outline_some(labels, level, redone)
    # Where each particle is found: among those drawn anew, or else among the known ones.
    anew = np.isin(numbers, redone)
    place = np.where(anew, np.searchsorted(redone, numbers), np.searchsorted(known.numbers, numbers))
    sources = [part if new else known for new in anew.tolist()]
    lines = tuple(source.traced.points[k] for source, k in zip(sources, place.tolist(), strict=True))

    def choose(mine: npt.NDArray[Any], theirs: npt.NDArray[Any]) -> npt.NDArray[Any]:
        both = np.concatenate([mine, theirs])
        return np.asarray(both[np.where(anew, 0, len(mine)) + place])

    return Outlined(
        labels,
        level,
        numbers,
        choose(part.boxes, known.boxes),
        Outlines(lines, choose(part.traced.parts, known.traced.parts)),
        {name: choose(part.values[name], known.values[name]) for name in part.values},
    )


def _outline_all(
    labels: Labels, level: Level | None, numbers: npt.NDArray[np.int64], origin: tuple[int, int]
) -> Outlined:
    compact = close_gaps(labels, numbers)
    boxes = find_bounds(compact)
    if len(boxes) != len(numbers):
        raise ValueError(f"{len(boxes)} particles but {len(numbers)} scores; expected one for each.")
    traced, values = _trace(compact, level, boxes, origin)
    return Outlined(labels, level, numbers, boxes + np.array([*origin, *origin]), traced, values)


def _trace(
    compact: Labels, level: Level | None, boxes: npt.NDArray[np.int64], origin: tuple[int, int]
) -> tuple[Outlines, dict[str, npt.NDArray[Any]]]:
    """Draw and measure the outlines of labels 1..n, as many as there are boxes; higher ones are neighbours."""
    traced = trace_parts(compact, level, boxes, origin)
    values = measure_outlines(pack_outlines(traced.points), find_inner_points(compact, traced, origin))
    values["softness_px"] = measure_softness(compact, level, len(boxes))
    return traced, values


def _find_touched(labels: Labels, level: Level | None, known: Outlined) -> npt.NDArray[np.integer]:
    """Particles that have a pixel near one whose label or level differs."""
    differs = labels != known.labels
    if level is not known.level and level is not None and known.level is not None:
        differs |= level != known.level
    rows, cols = np.flatnonzero(differs.any(axis=1)), np.flatnonzero(differs.any(axis=0))
    if not rows.size:
        return np.zeros(0, labels.dtype)
    window = (
        slice(max(int(rows[0]) - OUTLINE_MARGIN, 0), int(rows[-1]) + OUTLINE_MARGIN + 1),
        slice(max(int(cols[0]) - OUTLINE_MARGIN, 0), int(cols[-1]) + OUTLINE_MARGIN + 1),
    )
    square = np.ones((2 * OUTLINE_MARGIN + 1, 2 * OUTLINE_MARGIN + 1), np.uint8)
    near = cv2.dilate(differs[window].view(np.uint8), square).view(np.bool_)
    found = np.unique(labels[window][near])
    return found[found > 0]


def _outline_some(labels: Labels, level: Level | None, numbers: npt.NDArray[np.integer]) -> Outlined:
    """Outline some of the particles, looking only at the part of the image they lie in."""
    order = np.full(int(labels.max(initial=0)) + 1, len(numbers) + 1, np.int32)
    order[0] = 0
    order[numbers] = np.arange(1, len(numbers) + 1)
    # All others are neighbours, whose numbers do not matter.
    renumbered = order[labels]
    wanted = (renumbered > 0) & (renumbered <= len(numbers))
    rows, cols = np.flatnonzero(wanted.any(axis=1)), np.flatnonzero(wanted.any(axis=0))
    top = max(int(rows[0]) - OUTLINE_MARGIN, 0) if rows.size else 0
    left = max(int(cols[0]) - OUTLINE_MARGIN, 0) if cols.size else 0
    bottom, right = (int(ends[-1]) + OUTLINE_MARGIN + 1 if ends.size else 0 for ends in (rows, cols))
    crop = np.ascontiguousarray(renumbered[top:bottom, left:right])
    boxes = find_bounds(crop)[: len(numbers)]
    crop_level = None if level is None else level[top:bottom, left:right]
    traced, values = _trace(crop, crop_level, boxes, (top, left))
    boxes = boxes + np.array([top, left, top, left])
    return Outlined(labels, level, numbers.astype(np.int64), boxes, traced, values)


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
        raise ValueError(
            f"Labels go up to {highest}, but {count} particles have scores; expected one for each."
        )
    if not count or numbers[-1] == count:
        return labels
    places = np.zeros(int(numbers[-1]) + 1, np.int32)
    places[numbers] = np.arange(1, count + 1)
    return renumber(labels, places)
