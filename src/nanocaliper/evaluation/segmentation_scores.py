"""Scores of a segmentation against the truth, per image or pooled over many.

A score whose formula is 0/0 is 1 where neither side has anything (nothing to find, nothing found) and 0
otherwise. See docs/scores.md.
"""

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from nanocaliper.evaluation.matching import Matching, match

__all__ = ["IOU_THRESHOLDS", "ScoreSum", "count_scores", "count_scores_of"]

#: 0.5, 0.55, ..., 0.95 (COCO's).
IOU_THRESHOLDS: tuple[float, ...] = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))


@dataclass(frozen=True)
class ScoreSum:
    """Counts from which all scores follow; adding two pools their images.

    The scores of one image are those of its own `ScoreSum`; ``sum(many, ScoreSum())`` gives pooled scores, in
    which every particle (or pixel) of all images weighs the same.

    Parameters
    ----------
    images : int
        Images counted.
    truths, founds : int
        True and found particles.
    matched : tuple of int, one for each of `IOU_THRESHOLDS`
        One-to-one matches of at least that IoU.
    matched_strictly : int
        Matches of an IoU above 0.5, as panoptic quality wants.
    iou_sum : float
        Sum of the IoU of those.
    jaccard_overlap, jaccard_union : int
        Sums C and U of the aggregated Jaccard index, px.
    pixels_both, pixels_truth, pixels_found, pixels : int
        Pixels in a particle on both sides, in a true one, in a found one, and of the images.
    """

    images: int = 0
    truths: int = 0
    founds: int = 0
    matched: tuple[int, ...] = (0,) * len(IOU_THRESHOLDS)
    matched_strictly: int = 0
    iou_sum: float = 0.0
    jaccard_overlap: int = 0
    jaccard_union: int = 0
    pixels_both: int = 0
    pixels_truth: int = 0
    pixels_found: int = 0
    pixels: int = 0

    def __add__(self, other: "ScoreSum") -> "ScoreSum":
        """Pool the images of both."""
        if not isinstance(other, ScoreSum):
            return NotImplemented
        plain = {
            f.name: getattr(self, f.name) + getattr(other, f.name)
            for f in fields(self)
            if f.name != "matched"
        }
        matched = tuple(a + b for a, b in zip(self.matched, other.matched, strict=True))
        return ScoreSum(matched=matched, **plain)

    def average_precision(self, threshold: float = 0.5) -> float:
        """TP / (TP + FP + FN) of particles matched at one of `IOU_THRESHOLDS`.

        The Data Science Bowl 2018 score (J. C. Caicedo et al., Nat. Methods 2019, 16, 1247), called average
        precision by StarDist and Cellpose; it is not the area under a precision-recall curve (COCO's AP).

        Raises
        ------
        ValueError
            If the threshold is none of `IOU_THRESHOLDS`.
        """
        if threshold not in IOU_THRESHOLDS:
            raise ValueError(f"IoU threshold {threshold}; expected one of {IOU_THRESHOLDS}.")
        matched = self.matched[IOU_THRESHOLDS.index(threshold)]
        return self._share(matched, self.truths + self.founds - matched)

    @property
    def mean_average_precision(self) -> float:
        """Mean of `average_precision` over `IOU_THRESHOLDS`."""
        return float(np.mean([self.average_precision(t) for t in IOU_THRESHOLDS]))

    @property
    def precision(self) -> float:
        """TP / (TP + FP) of particles, IoU at least 0.5."""
        return self._share(self.matched[0], self.founds)

    @property
    def recall(self) -> float:
        """TP / (TP + FN) of particles, IoU at least 0.5."""
        return self._share(self.matched[0], self.truths)

    @property
    def f1(self) -> float:
        """2 TP / (2 TP + FP + FN) of particles, IoU at least 0.5."""
        return self._share(2 * self.matched[0], self.truths + self.founds)

    @property
    def segmentation_quality(self) -> float:
        """Mean IoU of matches with an IoU above 0.5: SQ of A. Kirillov et al., CVPR 2019, eq. (2)."""
        return self._share(self.iou_sum, self.matched_strictly)

    @property
    def recognition_quality(self) -> float:
        """TP / (TP + FP/2 + FN/2), IoU above 0.5: RQ of A. Kirillov et al., CVPR 2019, eq. (2)."""
        return self._share(2 * self.matched_strictly, self.truths + self.founds)

    @property
    def panoptic_quality(self) -> float:
        """Σ IoU / (TP + FP/2 + FN/2): PQ of A. Kirillov et al., CVPR 2019, eq. (1)."""
        return self._share(2 * self.iou_sum, self.truths + self.founds)

    @property
    def aggregated_jaccard(self) -> float:
        """AJI of N. Kumar et al., IEEE Trans. Med. Imaging 2017, 36, 1550, algorithm 1."""
        return self._share(self.jaccard_overlap, self.jaccard_union)

    @property
    def semantic_iou(self) -> float:
        """TP / (TP + FP + FN) of pixels, particle against background."""
        return self._share(self.pixels_both, self.pixels_truth + self.pixels_found - self.pixels_both)

    @property
    def semantic_f1(self) -> float:
        """2 TP / (2 TP + FP + FN) of pixels, the Dice coefficient."""
        return self._share(2 * self.pixels_both, self.pixels_truth + self.pixels_found)

    @property
    def pixel_precision(self) -> float:
        """TP / (TP + FP) of pixels."""
        return self._share(self.pixels_both, self.pixels_found)

    @property
    def pixel_recall(self) -> float:
        """TP / (TP + FN) of pixels."""
        return self._share(self.pixels_both, self.pixels_truth)

    @property
    def pixel_accuracy(self) -> float:
        """(TP + TN) / all pixels."""
        wrong = self.pixels_truth + self.pixels_found - 2 * self.pixels_both
        return self._share(self.pixels - wrong, self.pixels)

    @property
    def pixel_specificity(self) -> float:
        """TN / (TN + FP) of pixels; 1 for an image without background."""
        background = self.pixels - self.pixels_truth
        return (background - self.pixels_found + self.pixels_both) / background if background else 1.0

    def scores(self) -> dict[str, float]:
        """All scores by name."""
        return {
            "average_precision_50": self.average_precision(0.5),
            "average_precision_75": self.average_precision(0.75),
            "mean_average_precision": self.mean_average_precision,
            "precision": self.precision,
            "recall": self.recall,
            "f1": self.f1,
            "panoptic_quality": self.panoptic_quality,
            "segmentation_quality": self.segmentation_quality,
            "recognition_quality": self.recognition_quality,
            "aggregated_jaccard": self.aggregated_jaccard,
            "semantic_iou": self.semantic_iou,
            "semantic_f1": self.semantic_f1,
            "pixel_precision": self.pixel_precision,
            "pixel_recall": self.pixel_recall,
            "pixel_accuracy": self.pixel_accuracy,
            "pixel_specificity": self.pixel_specificity,
        }

    def _share(self, part: float, whole: float) -> float:
        if whole == 0:
            return 1.0 if self.truths == 0 and self.founds == 0 else 0.0
        return part / whole


def count_scores(truth_labels: npt.NDArray[np.integer], found_labels: npt.NDArray[np.integer]) -> ScoreSum:
    """Compare found with true labels of one image.

    Parameters
    ----------
    truth_labels, found_labels : ndarray of int, shape (rows, cols)
        0 background; numbers need not be consecutive.

    Returns
    -------
    ScoreSum

    Raises
    ------
    ValueError
        If the shapes differ or a label is negative.
    """
    return count_scores_of(match(truth_labels, found_labels))


def count_scores_of(matching: Matching) -> ScoreSum:
    """Compare as `count_scores` does, from overlaps that are known already."""
    at_half = matching.at(IOU_THRESHOLDS[0])
    strict = at_half.iou[at_half.iou > 0.5]
    overlap, union = _jaccard_sums(matching)
    return ScoreSum(
        images=1,
        truths=len(matching.truth_numbers),
        founds=len(matching.found_numbers),
        # From 0.5 on, the matches of a higher threshold are those of 0.5 that reach it.
        matched=tuple(int(np.count_nonzero(at_half.iou >= threshold)) for threshold in IOU_THRESHOLDS),
        matched_strictly=len(strict),
        iou_sum=float(strict.sum()),
        jaccard_overlap=overlap,
        jaccard_union=union,
        pixels_both=int(matching.overlap.sum()),
        pixels_truth=int(matching.truth_areas.sum()),
        pixels_found=int(matching.found_areas.sum()),
        pixels=matching.pixels,
    )


def _jaccard_sums(matching: Matching) -> tuple[int, int]:
    """C and U of the aggregated Jaccard index.

    Every true particle takes the found one of largest IoU (of equal ones, the one that comes first in reading
    order), which may serve several; found particles that serve none are added to U.
    """
    order = np.lexsort((matching.found_index, -matching.iou, matching.truth_index))
    owners = matching.truth_index[order]
    best = order[np.flatnonzero(np.diff(owners, prepend=-1))]
    overlap = int(matching.overlap[best].sum())
    union = int(matching.union[best].sum())
    alone_truth = np.ones(len(matching.truth_numbers), bool)
    alone_truth[matching.truth_index] = False
    unused = np.ones(len(matching.found_numbers), bool)
    unused[matching.found_index[best]] = False
    union += int(matching.truth_areas[alone_truth].sum()) + int(matching.found_areas[unused].sum())
    return overlap, union
