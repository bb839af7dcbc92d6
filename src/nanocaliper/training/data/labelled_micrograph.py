"""One labelled sample: what training, augmentation and evaluation hand to each other."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import UNDECIDED

__all__ = ["ONE_CLASS", "LabelledMicrograph", "number_labels"]

Labels = npt.NDArray[np.int32]
Grey = npt.NDArray[np.uint8] | npt.NDArray[np.uint16]

#: The classes of data that tell only where particles are.
ONE_CLASS = (UNDECIDED,)


@dataclass(frozen=True, eq=False)
class LabelledMicrograph:
    """A micrograph with the label of every pixel and the class of every label.

    Parameters
    ----------
    name : str
        The image below its folder, with ``/``, without suffix.
    pixels : ndarray of uint8 or uint16, shape (rows, cols)
        Grey values.
    labels : ndarray of int32, shape (rows, cols)
        0 background, particles 1..n without gaps; a pixel has one label, so overlaps are decided.
    classes : tuple of str
        Names of the classes in the order of their indices.
    class_of : ndarray of int, shape (n + 1,)
        Index of the class of each label; entry 0 is not used and 0.
    group : str or None
        Sample or article that the image is from: images of a group stay together in splits.
    """

    name: str
    pixels: Grey
    labels: Labels
    classes: tuple[str, ...]
    class_of: npt.NDArray[np.int64]
    group: str | None = None

    def __post_init__(self) -> None:
        if self.pixels.shape != self.labels.shape or self.pixels.ndim != 2:
            raise ValueError(
                f"Pixels of shape {self.pixels.shape} and labels of shape {self.labels.shape}; expected one shape."
            )
        if self.pixels.dtype not in (np.uint8, np.uint16) or self.labels.dtype != np.int32:
            raise ValueError(
                f"Pixels are {self.pixels.dtype}, labels {self.labels.dtype}; expected uint8 or uint16, and int32."
            )
        if int(self.labels.max(initial=0)) != len(self.class_of) - 1 or self.labels.min(initial=0) < 0:
            raise ValueError(
                f"Labels up to {self.labels.max(initial=0)} and classes of {len(self.class_of) - 1} particles; "
                "expected labels 1..n."
            )
        if not ((self.class_of >= 0) & (self.class_of < max(len(self.classes), 1))).all():
            raise ValueError(f"A class index is none of 0 to {len(self.classes) - 1}.")

    @property
    def count(self) -> int:
        """Number of particles."""
        return len(self.class_of) - 1

    @property
    def areas_px(self) -> npt.NDArray[np.int64]:
        """Pixels of each particle, px, shape (n + 1,); entry 0 is the background."""
        return np.bincount(self.labels.ravel(), minlength=len(self.class_of))

    def with_image(self, pixels: npt.NDArray[Any], labels: npt.NDArray[np.integer]) -> "LabelledMicrograph":
        """Replace image and labels after a change of geometry; particles that are gone leave `class_of`.

        Parameters
        ----------
        pixels : ndarray, shape (rows, cols)
            Of the same data type.
        labels : ndarray of int, shape (rows, cols)
            Labels as they were numbered here, some perhaps gone.

        Returns
        -------
        LabelledMicrograph
        """
        numbered, class_of = number_labels(labels, self.class_of)
        return replace(self, pixels=pixels, labels=numbered, class_of=class_of)

    def in_classes(self, classes: Sequence[str]) -> "LabelledMicrograph":
        """Give the same classes by another list of names.

        Parameters
        ----------
        classes : sequence of str
            Names; with a single one, every particle is of it.

        Returns
        -------
        LabelledMicrograph

        Raises
        ------
        ReadError
            If a particle's class is not in the list.
        """
        if len(classes) == 1:
            return replace(self, classes=tuple(classes), class_of=np.zeros_like(self.class_of))
        used = {self.classes[index] for index in self.class_of[1:]}
        strangers = sorted(used - set(classes))
        if strangers:
            raise ReadError(
                f"'{self.name}' has particles of the class '{strangers[0]}'; expected one of {', '.join(classes)}: "
                "add it to the list of classes, or rename it."
            )
        place = np.array([classes.index(name) if name in used else 0 for name in self.classes], np.int64)
        class_of = np.zeros_like(self.class_of)
        class_of[1:] = place[self.class_of[1:]]
        return replace(self, classes=tuple(classes), class_of=class_of)


def number_labels(
    labels: npt.NDArray[np.integer], class_of: npt.NDArray[np.integer]
) -> tuple[Labels, npt.NDArray[np.int64]]:
    """Number the labels that are there 1..m, in the same order.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background.
    class_of : ndarray of int
        By label; longer than the largest label.

    Returns
    -------
    labels : ndarray of int32, shape (rows, cols)
    class_of : ndarray of int, shape (m + 1,)
        Entry 0 is 0.
    """
    present = np.bincount(labels.ravel(), minlength=len(class_of)) > 0
    present[0] = False
    new = np.zeros(len(present), np.int32)
    new[present] = np.arange(1, np.count_nonzero(present) + 1)
    return new[labels], np.concatenate([[0], np.asarray(class_of)[present]]).astype(np.int64)
