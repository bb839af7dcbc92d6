"""The scores of one image: what was found there against what is there."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.evaluation.average_precision import ParticleSet
from nanocaliper.evaluation.confusion import ConfusionMatrix, confuse_particles
from nanocaliper.evaluation.matching import match
from nanocaliper.evaluation.segmentation_scores import ScoreSum, count_scores_of
from nanocaliper.evaluation.size_scores import ImageSizes, compare_sizes

__all__ = ["ImageScores", "score_image"]

Labels = npt.NDArray[np.integer]
ClassOf = npt.NDArray[np.integer]


@dataclass(frozen=True)
class ImageScores:
    """One image: its scores, its sizes, and what pooled scores need of it.

    Parameters
    ----------
    name : str
    fold : int, str or None
    counts : ScoreSum
    sizes : ImageSizes
    seconds : float
        For reading and segmentation.
    error : str
        Why nothing was found, or empty.
    confusion : ConfusionMatrix or None
        Of classes over matched particles; None where a side has no classes.
    truth, found : ParticleSet or None
        For average precision; None where the method gives no scores.
    """

    name: str
    fold: int | str | None
    counts: ScoreSum
    sizes: ImageSizes
    seconds: float = 0.0
    error: str = ""
    confusion: ConfusionMatrix | None = None
    truth: ParticleSet | None = None
    found: ParticleSet | None = None


def score_image(
    name: str,
    truth_labels: Labels,
    found_labels: Labels,
    *,
    fold: int | str | None = None,
    classes: Sequence[str] = (),
    truth_class_of: ClassOf | None = None,
    found_class_of: ClassOf | None = None,
    truth: ParticleSet | None = None,
    found: ParticleSet | None = None,
    seconds: float = 0.0,
    error: str = "",
) -> ImageScores:
    """Compare found with true labels of one image.

    Parameters
    ----------
    name : str
    truth_labels, found_labels : ndarray of int, shape (rows, cols)
        0 background.
    fold : int or str, optional
    classes : sequence of str
    truth_class_of, found_class_of : ndarray of int, shape (max label + 1,), optional
        Index into `classes` by label number; with both, the classes of matched particles are compared.
    truth, found, seconds, error
        As in `ImageScores`.

    Returns
    -------
    ImageScores

    Raises
    ------
    ValueError
        If the shapes differ or a label is negative.
    """
    matching = match(truth_labels, found_labels)
    confusion = None
    if truth_class_of is not None and found_class_of is not None:
        confusion = confuse_particles(matching, classes, truth_class_of, found_class_of)
    return ImageScores(
        name=name,
        fold=fold,
        counts=count_scores_of(matching),
        sizes=compare_sizes(truth_labels, found_labels),
        seconds=seconds,
        error=error,
        confusion=confusion,
        truth=truth,
        found=found,
    )
