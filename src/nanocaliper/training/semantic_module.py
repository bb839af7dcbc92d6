"""Training of networks that say particle or background for each pixel."""

from typing import Any, Final

import cv2
import numpy as np
import numpy.typing as npt
from torch import Tensor

from nanocaliper.evaluation.average_precision import set_of_labels
from nanocaliper.evaluation.image_scores import ImageScores, score_image
from nanocaliper.evaluation.roc import RocCounts, count_roc
from nanocaliper.training.losses.segmentation_losses import cross_entropy_loss, dice_loss
from nanocaliper.training.network_module import Batch, NetworkModule
from nanocaliper.training.sample_sets import HeldOut, SquareSample

__all__ = ["SemanticModule", "split_particles"]

_LOSSES: Final = {"cross_entropy": cross_entropy_loss, "dice": dice_loss}


def split_particles(
    probability: npt.NDArray[np.floating], confidence: float
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.float64]]:
    """Make particles of the connected parts of what is particle.

    With eight neighbours, as section 2.3.2 of T. Tao et al., RSC Adv. 2025 (``cv2.connectedComponents``).

    Parameters
    ----------
    probability : ndarray, shape (rows, cols)
    confidence : float
        Least probability of a particle's pixel.

    Returns
    -------
    labels : ndarray of int32, shape (rows, cols)
    scores : ndarray, shape (n + 1,)
        Mean probability of each, by label; 0 for the background.
    """
    count, labels = cv2.connectedComponents((probability >= confidence).astype(np.uint8))
    areas = np.bincount(labels.ravel(), minlength=count)
    sums = np.bincount(labels.ravel(), weights=probability.ravel(), minlength=count)
    scores = sums / np.maximum(areas, 1)
    scores[0] = 0
    return labels.astype(np.int32), scores


class SemanticModule(NetworkModule):
    """A semantic network with cross-entropy or Dice loss."""

    logged = {  # noqa: RUF012 - read only
        "val_iou": "semantic_iou",
        "val_f1": "semantic_f1",
        "val_precision": "pixel_precision",
        "val_recall": "pixel_recall",
        "val_accuracy": "pixel_accuracy",
        "val_auc": "auc_roc",
        "val_particle_f1": "f1",
    }

    def find_loss(self, output: Tensor, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Loss over the pixels of the images, not over the padding."""
        loss = _LOSSES[self.settings.loss](output.float(), _targets(batch.squares, output), batch.weight)
        return loss, {}

    def score(self, output: Tensor, batch: Batch) -> list[ImageScores]:
        """Compare probabilities, brought back to the image, and the particles in them with the truth."""
        probability: Any = self.network.probability(output.float())  # type: ignore[operator]
        found = probability[:, 0].cpu().numpy()
        return [self._score_one(one, found[k]) for k, one in enumerate(batch.held_out)]

    def _score_one(self, one: HeldOut, square: npt.NDArray[np.float32]) -> ImageScores:
        truth = one.whole
        probability = np.clip(one.box.take_values(square), 0, 1)
        self.roc = (self.roc or RocCounts()) + count_roc(truth.labels > 0, probability)
        labels, scores = split_particles(probability, self.settings.confidence)
        kinds = np.zeros(len(scores), np.int64)
        return score_image(
            truth.name,
            truth.labels,
            labels,
            classes=self.classes,
            truth_class_of=np.zeros(len(truth.class_of), np.int64),
            found_class_of=kinds,
            truth=set_of_labels(truth.labels, np.zeros(len(truth.class_of), np.int64)),
            found=set_of_labels(labels, kinds, scores),
        )


def _targets(squares: "tuple[SquareSample, ...] | Any", output: Tensor) -> Tensor:
    inside = np.stack([one.sample.labels > 0 for one in squares])[:, None]
    return output.new_tensor(inside).long()
