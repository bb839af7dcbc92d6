"""Training of NSYOLO: boxes, classes and masks from one look at an image."""

import numpy as np
from torch import Tensor

from nanocaliper.evaluation.average_precision import set_of_labels
from nanocaliper.evaluation.image_scores import ImageScores, score_image
from nanocaliper.segmentation.decoders.prototypes import decode_prototypes
from nanocaliper.training.losses.nsyolo_loss import nsyolo_loss, targets_of
from nanocaliper.training.network_module import Batch, NetworkModule
from nanocaliper.training.networks.yolo_head import Detections, RawDetections
from nanocaliper.training.sample_sets import HeldOut

__all__ = ["DetectionModule"]

#: Particles of a score under this do not enter average precision.
_LEAST_SCORE = 0.05


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
        return [self._score_one(one, [array[k] for array in arrays]) for k, one in enumerate(batch.held_out)]

    def _score_one(self, one: HeldOut, arrays: list[np.ndarray]) -> ImageScores:
        truth = one.whole
        boxes, probabilities, coefficients, prototypes = arrays
        least = min(_LEAST_SCORE, self.settings.confidence)
        square = decode_prototypes(
            boxes, probabilities, coefficients, prototypes, (one.box.side, one.box.side), confidence=least
        )
        labels = one.box.take_labels(square.labels)
        scores = np.concatenate([[0.0], square.scores])
        kinds = np.concatenate([[0], square.classes]).astype(np.int64)
        sure = np.where(scores >= self.settings.confidence, np.arange(len(scores)), 0)[labels]
        return score_image(
            truth.name,
            truth.labels,
            sure,
            classes=self.classes,
            truth_class_of=truth.class_of,
            found_class_of=kinds,
            truth=set_of_labels(truth.labels, truth.class_of),
            found=set_of_labels(labels, kinds, scores),
        )
