"""The record that all formats share: one image with the outlines of its particles."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import PurePath
from typing import Any, TypeVar

import numpy as np
import numpy.typing as npt

from nanocaliper.particles.shapes import CLASSES

__all__ = [
    "CATEGORIES",
    "EDITS",
    "STATES",
    "UNDECIDED",
    "AnnotatedImage",
    "annotate",
    "name_category",
    "number_particles",
    "take_particles",
]

T = TypeVar("T")

Floats = npt.NDArray[np.float64]

#: What a particle is called where its class is not decided: no format has room for an empty name.
UNDECIDED = "particle"
#: Names of classes in other programs, in the order of their numbers there.
CATEGORIES = (UNDECIDED, *CLASSES)
#: Whether a particle counts, or the reason why it does not.
STATES = ("counted", "touches_border", "low_score", "too_small", "excluded_region", "deleted")
#: What a person did to the particle.
EDITS = ("", "drawn", "merged", "split", "repainted", "class")


@dataclass(frozen=True, eq=False)
class AnnotatedImage:
    """One image with the outlines of its particles; `annotate` makes it from what is known.

    Parameters
    ----------
    name : str
        The image, with ``/`` between folders.
    rows, cols : int
        Its size, px.
    outlines : tuple of ndarray, each of shape (points, 2)
        Sub-pixel outlines (row, col), px, closed (last point = first point); pixel centres are whole numbers.
    ids : tuple of int
        Number of each particle, from 1, none twice.
    shapes : tuple of str
        Class of each, a name of `CLASSES`, or empty where it is not decided.
    scores : tuple of float
        0 to 1; NaN where unknown.
    states : tuple of str
        Names of `STATES`.
    edited : tuple of str
        Names of `EDITS`.
    labels : ndarray of int32, shape (rows, cols), or None
        0 background, else the number of the particle.
    nm_per_px : float or None
        Size of a pixel, nm.
    pixels : ndarray, shape (rows, cols), or None
        Grey values.
    page : int
        Which page of its file, from 0.
    covered : tuple of int
        Numbers of the particles of which a file had more pixels than `labels`, where they are of others.
    """

    name: str
    rows: int
    cols: int
    outlines: tuple[Floats, ...]
    ids: tuple[int, ...]
    shapes: tuple[str, ...]
    scores: tuple[float, ...]
    states: tuple[str, ...]
    edited: tuple[str, ...]
    labels: npt.NDArray[np.int32] | None = None
    nm_per_px: float | None = None
    pixels: npt.NDArray[Any] | None = None
    page: int = 0
    covered: tuple[int, ...] = ()

    def __post_init__(self) -> None:
        counts = {
            len(part)
            for part in (self.outlines, self.ids, self.shapes, self.scores, self.states, self.edited)
        }
        if len(counts) > 1 or len(set(self.ids)) < len(self.ids):
            raise ValueError(
                f"There are {sorted(counts)} outlines, ids, shapes, ...; expected one of each, ids once."
            )
        for array in (self.labels, self.pixels):
            if array is not None and array.shape != (self.rows, self.cols):
                raise ValueError(
                    f"An array has the shape {array.shape}; expected ({self.rows}, {self.cols})."
                )

    @property
    def file_name(self) -> str:
        """Name of the image's file without folders."""
        return PurePath(self.name).name


def annotate(
    name: str,
    rows: int,
    cols: int,
    outlines: Sequence[Floats],
    *,
    ids: Sequence[int] | None = None,
    shapes: Sequence[str] | None = None,
    scores: Sequence[float] | None = None,
    states: Sequence[str] | None = None,
    edited: Sequence[str] | None = None,
    labels: npt.NDArray[np.int32] | None = None,
    nm_per_px: float | None = None,
    pixels: npt.NDArray[Any] | None = None,
    page: int = 0,
    covered: Sequence[int] = (),
) -> AnnotatedImage:
    """Make an `AnnotatedImage`; what is not given is unknown.

    Parameters
    ----------
    name, rows, cols, outlines, labels, nm_per_px, pixels, page, covered
        As in `AnnotatedImage`.
    ids : sequence of int, optional
        By default, and where one is not positive or stands twice, 1..n.
    shapes, scores, states, edited : sequence, optional
        By default not decided, unknown, ``'counted'`` and not edited; so is what is no name of `STATES` or `EDITS`.

    Returns
    -------
    AnnotatedImage

    Raises
    ------
    ValueError
        If the lengths differ, or an array is of another size.
    """
    count = len(outlines)
    return AnnotatedImage(
        name=name,
        rows=rows,
        cols=cols,
        outlines=tuple(outlines),
        ids=tuple(range(1, count + 1)) if ids is None else number_particles(ids),
        shapes=tuple(shapes) if shapes is not None else ("",) * count,
        scores=tuple(map(float, scores)) if scores is not None else (float("nan"),) * count,
        states=tuple(one if one in STATES else STATES[0] for one in states or (STATES[0],) * count),
        edited=tuple(one if one in EDITS else "" for one in edited or ("",) * count),
        labels=labels,
        nm_per_px=nm_per_px,
        pixels=pixels,
        page=page,
        covered=tuple(covered),
    )


def take_particles(image: AnnotatedImage, kept: Sequence[bool]) -> AnnotatedImage:
    """Take only some particles of an image.

    Parameters
    ----------
    image : AnnotatedImage
    kept : sequence of bool
        Of each particle, in their order.

    Returns
    -------
    AnnotatedImage
    """
    if all(kept):
        return image

    def take(values: tuple[T, ...]) -> tuple[T, ...]:
        return tuple(value for value, keep in zip(values, kept, strict=True) if keep)

    ids, labels = take(image.ids), image.labels
    if labels is not None:
        labels = np.where(np.isin(labels, ids), labels, 0).astype(np.int32)
    return replace(
        image,
        outlines=take(image.outlines),
        ids=ids,
        shapes=take(image.shapes),
        scores=take(image.scores),
        states=take(image.states),
        edited=take(image.edited),
        labels=labels,
        covered=tuple(number for number in image.covered if number in ids),
    )


def number_particles(ids: Sequence[int]) -> tuple[int, ...]:
    """Give the numbers of particles as they are; 1..n where one is not positive or stands twice."""
    numbers = tuple(int(number) for number in ids)
    if len(set(numbers)) < len(numbers) or min(numbers, default=1) < 1:
        return tuple(range(1, len(numbers) + 1))
    return numbers


def name_category(shape: str) -> str:
    """Name a class as other programs see it."""
    return shape or UNDECIDED
