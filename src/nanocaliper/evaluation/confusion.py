"""Which class was taken for which: confusion matrices of pixels and of particles, and what follows from them."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.evaluation.matching import Matching
from nanocaliper.evaluation.segmentation_scores import ScoreSum

__all__ = ["BACKGROUND", "ClassScores", "ConfusionMatrix", "confuse_particles", "confuse_pixels"]

#: Name of what is no particle.
BACKGROUND = "background"

Counts = npt.NDArray[np.int64]


@dataclass(frozen=True)
class ClassScores:
    """One line of a classification report.

    Parameters
    ----------
    name : str
        Class, ``'macro average'`` (classes weigh alike) or ``'weighted average'`` (by support).
    precision, recall, f1 : float or None
        0 where the formula is 0/0; None where the class is on neither side: nothing was asked.
    support : int
        True members of the class, or all.
    """

    name: str
    precision: float | None
    recall: float | None
    f1: float | None
    support: int


@dataclass(frozen=True)
class ConfusionMatrix:
    """Counts by true class (row) and found class (column); adding two pools them.

    Parameters
    ----------
    classes : tuple of str
    counts : ndarray of int64, shape (classes, classes)

    Raises
    ------
    ValueError
        If the shape does not fit the classes.
    """

    classes: tuple[str, ...]
    counts: Counts

    def __post_init__(self) -> None:
        if self.counts.shape != (len(self.classes),) * 2:
            raise ValueError(
                f"Counts of shape {self.counts.shape} for {len(self.classes)} classes; expected a row and a column "
                "each."
            )

    def __add__(self, other: "ConfusionMatrix") -> "ConfusionMatrix":
        """Pool both, which must be of the same classes."""
        if not isinstance(other, ConfusionMatrix):
            return NotImplemented
        if other.classes != self.classes:
            raise ValueError(f"Classes {self.classes} and {other.classes}; expected the same twice.")
        return ConfusionMatrix(self.classes, self.counts + other.counts)

    @property
    def accuracy(self) -> float:
        """Share of members whose class is right; 1 where there is none."""
        return _share(int(np.trace(self.counts)), int(self.counts.sum()))

    def precision(self, name: str) -> float | None:
        """TP / (TP + FP) of a class; of this and the next three, 0 for 0/0, None where it is on neither side."""
        _, found, both = self._of(name)
        return self._score(name, both, found)

    def recall(self, name: str) -> float | None:
        """TP / (TP + FN) of a class."""
        true, _, both = self._of(name)
        return self._score(name, both, true)

    def f1(self, name: str) -> float | None:
        """2 TP / (2 TP + FP + FN) of a class, the Dice coefficient."""
        true, found, both = self._of(name)
        return self._score(name, 2 * both, true + found)

    def iou(self, name: str) -> float | None:
        """TP / (TP + FP + FN) of a class."""
        true, found, both = self._of(name)
        return self._score(name, both, true + found - both)

    def specificity(self, name: str) -> float:
        """TN / (TN + FP) of a class: share of all others that are not taken for it; 1 where there are none."""
        true, found, both = self._of(name)
        others = int(self.counts.sum()) - true
        return _share(others - (found - both), others)

    def report(self, without: str | None = None) -> tuple[ClassScores, ...]:
        """Scores of every class, and their averages over the classes that are there (true or found).

        Parameters
        ----------
        without : str, optional
            A class that is left out: among particles the background has no right answers.
        """
        lines = [
            ClassScores(
                name, self.precision(name), self.recall(name), self.f1(name), int(self.counts[k].sum())
            )
            for k, name in enumerate(self.classes)
            if name != without
        ]
        there = [line for line in lines if line.f1 is not None]  # a class on neither side says nothing
        total = sum(line.support for line in there)
        alike = [1 / len(there)] * len(there) if there else []
        by_support = [line.support / total for line in there] if total else alike
        for name, weights in (("macro average", alike), ("weighted average", by_support)):
            values = [
                sum(w * getattr(line, score) for w, line in zip(weights, there, strict=True))
                if there
                else None
                for score in ("precision", "recall", "f1")
            ]
            lines.append(ClassScores(name, values[0], values[1], values[2], total))
        return tuple(lines)

    def shares(self) -> npt.NDArray[np.float64]:
        """Share of each true class that was taken for each class, shape (classes, classes); NaN in empty rows."""
        totals = self.counts.sum(axis=1, keepdims=True)
        return np.where(totals > 0, self.counts / np.maximum(totals, 1), np.nan)

    def _of(self, name: str) -> tuple[int, int, int]:
        """True, found, and rightly found members of a class."""
        if name not in self.classes:
            raise ValueError(f"No class {name!r}; expected one of {self.classes}.")
        k = self.classes.index(name)
        return int(self.counts[k].sum()), int(self.counts[:, k].sum()), int(self.counts[k, k])

    def _score(self, name: str, part: int, whole: int) -> float | None:
        if whole:
            return part / whole
        return 0.0 if any(self._of(name)) else None


def _share(part: int, whole: int) -> float:
    return part / whole if whole else 1.0


def confuse_pixels(scores: ScoreSum) -> ConfusionMatrix:
    """Find the confusion matrix of pixels, background and particle, from counts that are known already.

    Parameters
    ----------
    scores : ScoreSum
        Of one image or of many.

    Returns
    -------
    ConfusionMatrix
        Of the classes ``'background'`` and ``'particle'``.
    """
    both, truth, found = scores.pixels_both, scores.pixels_truth, scores.pixels_found
    counts = [[scores.pixels - truth - found + both, found - both], [truth - both, both]]
    return ConfusionMatrix((BACKGROUND, "particle"), np.array(counts, dtype=np.int64))


def confuse_particles(
    matching: Matching,
    classes: Sequence[str],
    truth_class_of: npt.NDArray[np.integer],
    found_class_of: npt.NDArray[np.integer],
    threshold: float = 0.5,
) -> ConfusionMatrix:
    """Find the confusion matrix of classes over matched particles, with a row and a column for the background.

    Particles are matched by overlap alone, whatever their classes. A true particle without a match is in the
    column of the background, a found one in its row, as in Fig. 10 of X. Han et al., AI Mater. 2026.

    Parameters
    ----------
    matching : Matching
    classes : sequence of str
    truth_class_of, found_class_of : ndarray of int, shape (max label + 1,)
        Index into `classes` by label number; entry 0 is not used.
    threshold : float
        Least IoU of a match.

    Returns
    -------
    ConfusionMatrix
        Of `classes` and, last, ``'background'``.

    Raises
    ------
    ValueError
        If an index is no class.
    """
    truth = np.asarray(truth_class_of, np.int64)[matching.truth_numbers]
    found = np.asarray(found_class_of, np.int64)[matching.found_numbers]
    for side in (truth, found):
        if side.size and not (side.min() >= 0 and side.max() < len(classes)):
            raise ValueError(f"Class indices {side.min()} to {side.max()}; expected 0 to {len(classes) - 1}.")
    last = len(classes)
    pairs = matching.at(threshold)
    partner_of_truth, partner_of_found = np.full(len(truth), last), np.full(len(found), last)
    partner_of_truth[pairs.truth] = found[pairs.found]
    partner_of_found[pairs.found] = truth[pairs.truth]
    counts = np.zeros((last + 1, last + 1), np.int64)
    np.add.at(counts, (truth, partner_of_truth), 1)
    alone = partner_of_found == last
    np.add.at(counts, (np.full(int(alone.sum()), last), found[alone]), 1)
    return ConfusionMatrix((*classes, BACKGROUND), counts)
