"""Training of NSYOLO: boxes, classes and masks from one look at an image."""

import numpy as np
import numpy.typing as npt
from torch import Tensor

from nanocaliper.evaluation.average_precision import set_of_labels
from nanocaliper.evaluation.image_scores import ImageScores, score_image
from nanocaliper.segmentation.decoders.prototypes import decode_prototypes
from nanocaliper.training.losses.nsyolo_loss import nsyolo_loss, targets_of
from nanocaliper.training.network_module import Batch, NetworkModule
from nanocaliper.training.networks.yolo_head import Detections, RawDetections
from nanocaliper.training.sample_sets import HeldOut

__all__ = ["LEAST_SCORE", "DetectionModule", "score_particles"]

#: Particles of a score under this do not enter average precision.
LEAST_SCORE = 0.05


class DetectionModule(NetworkModule):
    """NSYOLO with its loss of four parts."""

    logged = {  # noqa: RUF012 - read only
        "val_map_50_95": "map_50_95",
        "val_map_50": "map_50",
        "val_precision": "precision",
        "val_recall": "recall",
        "val_f1": "f1",
        "val_iou": "semantic_iou",
    }

    def find_loss(self, output: RawDetections, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Loss and its parts: boxes, classes, distributions, masks."""
        device = output.prototypes.device
        targets = [targets_of(one.sample.labels, one.sample.class_of).to(device) for one in batch.squares]
        return nsyolo_loss(output, targets)

    def score(self, output: RawDetections, batch: Batch) -> list[ImageScores]:
        """Decode as in use, bring the particles back to the image, and compare them with the truth."""
        found: Detections = self.network.decode(output)  # type: ignore[operator]
        arrays = [part.float().cpu().numpy() for part in found]
        least = min(LEAST_SCORE, self.settings.confidence)
        scores = []
        for k, one in enumerate(batch.held_out):
            boxes, probabilities, coefficients, prototypes = (array[k] for array in arrays)
            size = (one.box.side, one.box.side)
            square = decode_prototypes(
                *(boxes, probabilities, coefficients, prototypes, size),
                confidence=least,
                sure=self.settings.confidence,
            )
            scores.append(
                score_particles(
                    one, square.labels, square.scores, square.classes, self.classes, self.settings.confidence
                )
            )
        return scores


def score_particles(
    one: HeldOut,
    labels: npt.NDArray[np.int32],
    scores: npt.NDArray[np.floating],
    kinds: npt.NDArray[np.integer],
    classes: tuple[str, ...],
    confidence: float,
) -> ImageScores:
    """Bring particles back to the image, and compare them with the truth.

    Parameters
    ----------
    one : HeldOut
    labels : ndarray of int32, shape (side, side)
        0 background, 1..n; particles of any score from `LEAST_SCORE` on.
    scores : ndarray, shape (n,)
    kinds : ndarray of int, shape (n,)
        Index of the class.
    classes : tuple of str
    confidence : float
        Least score of a particle that counts as found; average precision takes all.

    Returns
    -------
    ImageScores
    """
    truth = one.whole
    whole = one.box.take_labels(labels)
    score_of = np.concatenate([[0.0], scores])
    class_of = np.concatenate([[0], kinds]).astype(np.int64)
    sure = np.where(score_of >= confidence, np.arange(len(score_of)), 0)[whole]
    return score_image(
        truth.name,
        truth.labels,
        sure,
        classes=classes,
        truth_class_of=truth.class_of,
        found_class_of=class_of,
        truth=set_of_labels(truth.labels, truth.class_of),
        found=set_of_labels(whole, class_of, score_of),
    )
