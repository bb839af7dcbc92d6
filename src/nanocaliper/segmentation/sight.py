"""Particles of one look on the image's own pixels, and laying those of one look among those of another."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.field_options import FieldOptions
from nanocaliper.segmentation.label_bands import count_pixels, iterate_bands, renumber, sum_by_label
from nanocaliper.segmentation.looks import Look
from nanocaliper.segmentation.score_map import ScoreMap
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL
from nanocaliper.segmentation.upsample import upsample_labels, upsample_level

__all__ = ["Sight", "find_free", "lay", "lay_level", "measure_sight", "view"]

Bools = npt.NDArray[np.bool_]
Labels = npt.NDArray[np.int32]
Levels = npt.NDArray[np.uint8]

#: A particle is laid where at least this share of it is free of others.
_FREE = 0.7
#: The level around a particle is its own look's: a little further than its outline and softness are measured.
_AROUND_PX = 3


@dataclass(frozen=True)
class Sight:
    """Candidates on the pixels of the image, or of a part of it.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)
        Candidates up to n; some numbers may have no pixel.
    level : ndarray of uint8, shape (rows, cols)
        As in `Segmentation`.
    areas, scores : ndarray of float64, shape (n + 1,)
        Pixels and scores; 0 of the background, which comes first.
    """

    labels: Labels
    level: Levels
    areas: npt.NDArray[np.float64]
    scores: npt.NDArray[np.float64]

    @property
    def count(self) -> int:
        """Largest number a candidate may have."""
        return len(self.areas) - 1

    @property
    def diameters_px(self) -> npt.NDArray[np.float64]:
        """Area-equivalent diameters, image px, shape (n + 1,)."""
        return np.sqrt(4 * self.areas / np.pi)


def measure_sight(labels: Labels, level: Levels, score_map: ScoreMap | None) -> Sight:
    """Count the pixels of candidates, and score them as `place_candidates` does.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)
    level : ndarray of uint8, shape (rows, cols)
    score_map : ScoreMap or None

    Returns
    -------
    Sight
    """
    count = int(labels.max(initial=0))
    areas = count_pixels(labels, count).astype(np.float64)
    scores = sum_by_label(labels, level, count) / np.maximum(areas, 1) / 255
    if score_map is not None:
        scores = score_map(scores)
    scores = np.where(areas > 0, scores, 0.0)
    areas[0] = scores[0] = 0
    return Sight(labels, level, areas, scores)


def view(look: Look, shape: tuple[int, int], options: FieldOptions, wanted: Bools | None = None) -> Sight:
    """Bring a look to the image's own pixels.

    Parameters
    ----------
    look : Look
    shape : (int, int)
        Rows and columns of what it shows.
    options : FieldOptions
    wanted : ndarray of bool, shape (n + 1,), optional
        Only these of the look's particles, numbered anew.

    Returns
    -------
    Sight
    """
    labels = look.labels
    if wanted is not None:
        labels = renumber(labels, np.where(wanted, np.cumsum(wanted), 0).astype(np.int32))
    level = upsample_level(look.fields[0], shape, look.ratio, options.boundary)
    labels = upsample_labels(labels, level > BOUNDARY_LEVEL, look.ratio)
    return measure_sight(labels, level, options.score_map)


def find_free(target: Labels, sight: Sight) -> Bools:
    """Find the candidates that hardly lie on what a label image has already.

    Parameters
    ----------
    target : ndarray of int32, shape (rows, cols)
    sight : Sight
        Of the same pixels.

    Returns
    -------
    ndarray of bool, shape (n + 1,)
        True where at least seven tenths of a candidate's pixels are free.
    """
    free = np.zeros(sight.count + 1)
    for band in iterate_bands(target.shape):
        free += np.bincount(sight.labels[band][target[band] == 0], minlength=sight.count + 1)
    return np.asarray((sight.areas > 0) & (free >= _FREE * sight.areas))


def lay(target: Labels, sight: Sight, chosen: Bools, offset: int) -> None:
    """Lay candidates on the free pixels of a label image, in place; not one of which too little would be left.

    Parameters
    ----------
    target : ndarray of int32, shape (rows, cols)
    sight : Sight
        Of the same pixels.
    chosen : ndarray of bool, shape (n + 1,)
    offset : int
        Added to the numbers.
    """
    laid = chosen & find_free(target, sight)
    numbers = np.where(laid, np.arange(sight.count + 1) + offset, 0).astype(np.int32)
    for band in iterate_bands(target.shape):
        added = numbers[sight.labels[band]]
        np.copyto(target[band], added, where=(target[band] == 0) & (added > 0))


def lay_level(target: Levels, level: Levels, shown: Bools, free: Bools) -> None:
    """Take the level of another look for what it shows, and for a little around it, in place.

    Parameters
    ----------
    target, level : ndarray of uint8, shape (rows, cols)
    shown : ndarray of bool, shape (rows, cols)
        Pixels of the other look's particles.
    free : ndarray of bool, shape (rows, cols)
        Pixels that belong to no particle.
    """
    side = 2 * _AROUND_PX + 1
    around = cv2.dilate(shown.view(np.uint8), np.ones((side, side), np.uint8)).view(np.bool_)
    np.copyto(target, level, where=shown | (around & free))
