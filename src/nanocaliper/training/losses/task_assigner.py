"""Which anchor answers for which particle: task-aligned assignment.

C. Feng, Y. Zhong, Y. Gao, M. Scott, W. Huang: TOOD: task-aligned one-stage object detection, ICCV 2021.
"""

from typing import NamedTuple

import torch
from torch import Tensor

from nanocaliper.training.losses.box_overlap import iou

__all__ = ["ALPHA", "BETA", "CANDIDATES", "Assignment", "assign"]

#: Alignment = probability ** ALPHA * IoU ** BETA, with the exponents YOLO11 is trained with.
ALPHA, BETA = 0.5, 6.0
#: Anchors that a particle may take.
CANDIDATES = 10


class Assignment(NamedTuple):
    """What the anchors of one image are trained towards.

    Parameters
    ----------
    particle : Tensor of int64, shape (anchors,)
        Index of the particle that an anchor answers for, -1 for none.
    target : Tensor, shape (anchors,)
        Probability of the particle's class to be learned; 0 where there is no particle.
    """

    particle: Tensor
    target: Tensor


@torch.no_grad()
def assign(
    probabilities: Tensor, boxes: Tensor, anchors: Tensor, true_boxes: Tensor, true_classes: Tensor
) -> Assignment:
    """Give every particle the anchors in its box that are best at class and place together.

    Candidates of a particle are the anchors strictly inside its box; it takes the `CANDIDATES` of greatest
    alignment. An anchor taken by several particles goes to that of them whose box overlaps most with the anchor's.
    The targets of a particle are its alignments, scaled so that the greatest equals the greatest IoU among its
    anchors.

    A particle so small that no anchor lies in its box gets none, and is not learned.

    Parameters
    ----------
    probabilities : Tensor, shape (anchors, classes)
        Predicted.
    boxes : Tensor, shape (anchors, 4)
        Predicted, (row_min, col_min, row_max, col_max) in input px.
    anchors : Tensor, shape (anchors, 2)
        (row, col) in input px.
    true_boxes : Tensor, shape (particles, 4)
    true_classes : Tensor of int64, shape (particles,)

    Returns
    -------
    Assignment
    """
    if not len(true_boxes):
        none = torch.full(anchors.shape[:1], -1, dtype=torch.int64, device=anchors.device)
        return Assignment(none, torch.zeros_like(none, dtype=boxes.dtype))
    from_low, to_high = anchors - true_boxes[:, None, :2], true_boxes[:, None, 2:] - anchors
    inside = torch.minimum(from_low, to_high).amin(dim=-1) > 0
    overlap = iou(true_boxes[:, None], boxes[None])
    alignment = probabilities.T[true_classes] ** ALPHA * overlap**BETA

    best = alignment.masked_fill(~inside, -1).topk(min(CANDIDATES, len(anchors)), dim=1)
    taken = torch.zeros_like(inside).scatter_(1, best.indices, best.values >= 0)
    owner = overlap.masked_fill(~taken, -1).argmax(dim=0)
    answers = taken.any(dim=0)

    owned = torch.zeros_like(taken).scatter_(0, owner[None], answers[None])
    greatest = torch.where(owned, alignment, 0).amax(dim=1)
    greatest_overlap = torch.where(owned, overlap, 0).amax(dim=1)
    # A tiny particle's IoU with the first broad boxes, to the power of 6, is far below any usual epsilon.
    scale = greatest_overlap / greatest.clamp_min(torch.finfo(greatest.dtype).tiny)
    target = alignment.gather(0, owner[None])[0] * scale[owner]
    return Assignment(torch.where(answers, owner, -1), torch.where(answers, target, 0))
