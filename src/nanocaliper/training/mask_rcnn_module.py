"""Training of Mask R-CNN, which brings losses of its own."""

from typing import Any

import numpy as np
import torch
from torch import Tensor

from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.training.losses.nsyolo_loss import targets_of
from nanocaliper.training.network_module import Batch
from nanocaliper.training.particle_module import ParticleModule

__all__ = ["MaskRcnnModule"]

#: From this probability on, a pixel belongs to a particle.
_INSIDE = 0.5


class MaskRcnnModule(ParticleModule):
    """Mask R-CNN with the five parts of its loss, each of weight 1 as published."""

    # torchvision's network gives losses in training only.
    validates_loss = False

    def look(self, batch: Batch) -> Any:
        """Give the losses in training, else the particles of each image."""
        if not self.training:
            return self.network(batch.grey)
        targets = []
        for one in batch.squares:
            true = targets_of(one.sample.labels, one.sample.class_of)
            numbers = torch.arange(1, len(true.classes) + 1)
            targets.append(
                {
                    # torchvision has (col, row).
                    "boxes": true.boxes[:, [1, 0, 3, 2]].to(batch.grey.device),
                    "labels": (true.classes + 1).to(batch.grey.device),
                    "masks": (true.labels == numbers[:, None, None]).to(batch.grey.device, torch.uint8),
                }
            )
        return self.network(batch.grey, targets)

    def find_loss(self, output: dict[str, Tensor], batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Sum of the parts: proposals and their boxes, classes, boxes, masks."""
        del batch
        parts = {name.removeprefix("loss_"): float(value.detach()) for name, value in output.items()}
        return torch.stack(list(output.values())).sum(), parts

    def score(self, output: list[dict[str, Tensor]], batch: Batch) -> list[ImageScores]:
        """Draw the particles, the surest on top, and compare them with the truth."""
        scores = []
        for found, one in zip(output, batch.held_out, strict=True):
            kept = found["scores"] >= self.least_score
            # torchvision gives the surest first.
            sureness, kinds = found["scores"][kept].cpu().numpy(), found["labels"][kept].cpu().numpy() - 1
            masks = (found["masks"][kept, 0] >= _INSIDE).cpu().numpy()
            labels = np.zeros((one.box.side, one.box.side), np.int32)
            for number in range(len(masks), 0, -1):
                labels[masks[number - 1]] = number
            scores.append(self.compare(one, labels, sureness, kinds))
        return scores
