"""Training of NSYOLO: boxes, classes and masks from one look at an image."""

from torch import Tensor

from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.segmentation.decoders.prototypes import decode_prototypes
from nanocaliper.training.losses.nsyolo_loss import nsyolo_loss, targets_of
from nanocaliper.training.network_module import Batch
from nanocaliper.training.networks.yolo_head import Detections, RawDetections
from nanocaliper.training.particle_module import ParticleModule

__all__ = ["DetectionModule"]


class DetectionModule(ParticleModule):
    """NSYOLO with its loss of four parts."""

    def find_loss(self, output: RawDetections, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Loss and its parts: boxes, classes, distributions, masks."""
        device = output.prototypes.device
        targets = [targets_of(one.sample.labels, one.sample.class_of).to(device) for one in batch.squares]
        return nsyolo_loss(output, targets)

    def score(self, output: RawDetections, batch: Batch) -> list[ImageScores]:
        """Decode as in use, bring the particles back to the image, and compare them with the truth."""
        found: Detections = self.network.decode(output)  # type: ignore[operator]
        arrays = [part.float().cpu().numpy() for part in found]
        scores = []
        for k, one in enumerate(batch.held_out):
            boxes, probabilities, coefficients, prototypes = (array[k] for array in arrays)
            square = decode_prototypes(
                boxes,
                probabilities,
                coefficients,
                prototypes,
                (one.box.side, one.box.side),
                confidence=self.least_score,
                sure=self.settings.confidence,
            )
            scores.append(self.compare(one, square.labels, square.scores, square.classes))
        return scores
