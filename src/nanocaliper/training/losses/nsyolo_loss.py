"""Loss of NSYOLO: classes, boxes, their distributions and masks.

X. Han et al., AI & Materials 2026, doi 10.55092/aimat20260006, eq. (22) to (26).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional as f

from nanocaliper.segmentation.label_bands import find_boxes, renumber
from nanocaliper.training.losses.box_overlap import complete_iou
from nanocaliper.training.losses.task_assigner import Assignment, assign
from nanocaliper.training.networks.yolo_head import (
    PROTOTYPE_STRIDE,
    STEPS,
    RawDetections,
    decode,
    flatten_levels,
    place_anchors,
)

__all__ = ["ImageTargets", "LossWeights", "distribution_loss", "mask_loss", "nsyolo_loss", "targets_of"]


@dataclass(frozen=True)
class ImageTargets:
    """True particles of one image.

    Parameters
    ----------
    boxes : Tensor, shape (particles, 4)
        (row_min, col_min, row_max, col_max) in input px, from the corner of the image.
    classes : Tensor of int64, shape (particles,)
    labels : Tensor of int, shape (rows, cols) of the input, or of the prototypes
        0 background; particle i of `boxes` has label i + 1.
    """

    boxes: Tensor
    classes: Tensor
    labels: Tensor

    def to(self, device: torch.device | str) -> "ImageTargets":
        """Move to a device."""
        return ImageTargets(self.boxes.to(device), self.classes.to(device), self.labels.to(device))


@dataclass(frozen=True)
class LossWeights:
    """Shares of the parts in the loss; those published for YOLO11 by default."""

    box: float = 7.5
    classes: float = 0.5
    distribution: float = 1.5
    mask: float = 7.5


def targets_of(labels: npt.NDArray[np.int32], class_of: npt.NDArray[np.integer]) -> ImageTargets:
    """Targets of a labelled image of the network's input size.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)
        0 background, else 1..n; numbers without pixels are left out.
    class_of : ndarray of int, shape (n + 1,)
        Class of each label; the first entry is not used.

    Returns
    -------
    ImageTargets
    """
    boxes = find_boxes(labels, len(class_of) - 1)
    seen = boxes[:, 2] > boxes[:, 0]
    numbers = np.zeros(len(class_of), np.int32)
    numbers[1:][seen] = np.arange(1, seen.sum() + 1)
    return ImageTargets(
        torch.from_numpy(boxes[seen].astype(np.float32)),
        torch.from_numpy(np.asarray(class_of)[1:][seen].astype(np.int64)),
        torch.from_numpy(renumber(labels, numbers)),
    )


def distribution_loss(logits: Tensor, distances: Tensor) -> Tensor:
    """Distribution focal loss, eq. (26).

    Parameters
    ----------
    logits : Tensor, shape (k, 4 * 16)
    distances : Tensor, shape (k, 4)
        True ones, in strides; greater ones than the last step are taken as just under it.

    Returns
    -------
    Tensor, shape (k,)
        Mean over the four sides.
    """
    distances = distances.clamp(0, STEPS - 1 - 0.01)
    left = distances.long()
    beyond = distances - left
    log_shares = logits.reshape(-1, 4, STEPS).log_softmax(dim=-1)
    at_left = log_shares.gather(2, left[..., None])[..., 0]
    at_right = log_shares.gather(2, left[..., None] + 1)[..., 0]
    return -((1 - beyond) * at_left + beyond * at_right).mean(dim=1)


def _pixels_of(boxes: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Number of the box, row and col of every pixel in boxes (k, 4) of whole pixels, box by box."""
    high, wide = (boxes[:, 2:] - boxes[:, :2]).unbind(dim=1)
    areas = high * wide
    which = torch.repeat_interleave(areas)
    place = torch.arange(len(which), device=boxes.device) - (areas.cumsum(0) - areas)[which]
    return which, boxes[which, 0] + place // wide[which], boxes[which, 1] + place % wide[which]


def mask_loss(coefficients: Tensor, prototypes: Tensor, targets: ImageTargets, particles: Tensor) -> Tensor:
    """Cross-entropy of the masks of one image, inside the true boxes.

    The target of a prototype's pixel is the share of it that the particle covers. Only pixels of the boxes are
    computed, so that memory grows with the area of the particles and not with their number.

    Parameters
    ----------
    coefficients : Tensor, shape (k, 32)
    prototypes : Tensor, shape (32, rows, cols)
    targets : ImageTargets
    particles : Tensor of int64, shape (k,)
        Which particle each of the k detections answers for.

    Returns
    -------
    Tensor, shape (k,)
        Mean over the pixels of each box.
    """
    rows, cols = prototypes.shape[1:]
    cell = targets.labels.shape[0] // rows
    boxes = targets.boxes[particles] / PROTOTYPE_STRIDE
    size = torch.tensor([rows, cols], device=boxes.device)
    low = torch.minimum(boxes[:, :2].floor().long().clamp_min(0), size - 1)
    high = torch.minimum(torch.maximum(boxes[:, 2:].ceil().long(), low + 1), size)
    which, row, col = _pixels_of(torch.cat([low, high], dim=1))
    place = row * cols + col
    values = prototypes.flatten(1).T.index_select(0, place)
    logits = (values * coefficients.index_select(0, which)).sum(dim=-1)
    cells = targets.labels.reshape(rows, cell, cols, cell).permute(0, 2, 1, 3).reshape(-1, cell**2)
    covered = (cells.index_select(0, place) == particles[which, None] + 1).to(logits.dtype).mean(dim=-1)
    entropy = f.binary_cross_entropy_with_logits(logits, covered, reduction="none")
    sums = torch.zeros(len(boxes), dtype=entropy.dtype, device=boxes.device).index_add(0, which, entropy)
    return sums / (high - low).prod(dim=1)


def nsyolo_loss(
    raw: RawDetections, targets: Sequence[ImageTargets], weights: LossWeights | None = None
) -> tuple[Tensor, dict[str, float]]:
    """Sum of the four parts, each a mean.

    Classes: binary cross-entropy against the targets of `assign`, eq. (24). Boxes: 1 - CIoU, eq. (25), and their
    distributions, eq. (26), of the anchors that answer for a particle, weighted by their targets. These three are
    divided by the sum of all targets in the batch. Masks: `mask_loss`, averaged over those anchors.

    Parameters
    ----------
    raw : RawDetections
        Of n images.
    targets : sequence of ImageTargets
        One an image.
    weights : LossWeights, optional

    Returns
    -------
    loss : Tensor
        Scalar.
    parts : dict
        Weighted value of each part, for the log; and as ``unassigned`` the particles no anchor answers for.
    """
    weights = weights or LossWeights()
    anchors, strides = place_anchors(raw.boxes)
    logits, class_logits = flatten_levels(raw.boxes).float(), flatten_levels(raw.classes).float()
    coefficients, prototypes = flatten_levels(raw.coefficients).float(), raw.prototypes.float()
    found = decode(raw)
    assigned = [
        assign(p, b, anchors, t.boxes, t.classes)
        for p, b, t in zip(found.classes.float().detach(), found.boxes.detach(), targets, strict=True)
    ]
    total = torch.stack([a.target.sum() for a in assigned]).sum().clamp_min(1)
    answering = max(sum(int((a.particle >= 0).sum()) for a in assigned), 1)

    wanted = torch.zeros_like(class_logits)
    box, distribution, mask = (raw.prototypes.new_zeros((), dtype=torch.float32) for _ in range(3))
    for i, (assignment, true) in enumerate(zip(assigned, targets, strict=True)):
        chosen = assignment.particle >= 0
        particle, target = assignment.particle[chosen], assignment.target[chosen]
        wanted[i, chosen, true.classes[particle]] = target
        true_boxes = true.boxes[particle]
        box = box + ((1 - complete_iou(found.boxes[i, chosen], true_boxes)) * target).sum()
        reach = torch.cat([anchors[chosen] - true_boxes[:, :2], true_boxes[:, 2:] - anchors[chosen]], dim=1)
        distribution = (
            distribution + (distribution_loss(logits[i, chosen], reach / strides[chosen]) * target).sum()
        )
        mask = mask + mask_loss(coefficients[i, chosen], prototypes[i], true, particle).sum()

    entropy = f.binary_cross_entropy_with_logits(class_logits, wanted, reduction="sum")
    parts = {
        "box": weights.box * box / total,
        "classes": weights.classes * entropy / total,
        "distribution": weights.distribution * distribution / total,
        "mask": weights.mask * mask / answering,
    }
    loss = torch.stack(list(parts.values())).sum()
    values = {name: float(value.detach()) for name, value in parts.items()}
    return loss, values | {"unassigned": float(_count_unassigned(assigned, targets))}


def _count_unassigned(assigned: Sequence[Assignment], targets: Sequence[ImageTargets]) -> int:
    answered = [np.unique(a.particle[a.particle >= 0].cpu().numpy()).size for a in assigned]
    return sum(len(true.classes) for true in targets) - sum(answered)
