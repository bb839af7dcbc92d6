"""Head of the YOLO11 segmentation networks: raw maps of three levels, prototypes, and what they mean.

Boxes are four distances from an anchor, each the mean of a distribution over 16 whole steps of the level's stride
(X. Li et al., Generalized focal loss, arXiv:2006.04388); masks are sums of prototypes (D. Bolya et al., YOLACT,
arXiv:1904.02689). Anchors are the middles of a level's pixels.
"""

from collections.abc import Sequence
from math import log
from typing import NamedTuple

import torch
from torch import Tensor, nn

from nanocaliper.training.networks.yolo_blocks import Conv, DWConv

__all__ = [
    "PROTOTYPES",
    "PROTOTYPE_STRIDE",
    "STEPS",
    "STRIDES",
    "Detections",
    "RawDetections",
    "SegmentHead",
    "decode",
    "expected_distances",
    "flatten_levels",
    "place_anchors",
    "span_boxes",
]

#: Input px per px of the three levels (P3, P4, P5).
STRIDES = (8, 16, 32)
#: Steps of the distribution of a distance: 0 to 15 strides.
STEPS = 16
#: Prototype masks, and coefficients of a detection.
PROTOTYPES = 32
#: Input px per px of a prototype.
PROTOTYPE_STRIDE = 4

_PUBLISHED_SIDE = 640


class RawDetections(NamedTuple):
    """What the head gives, without any activation.

    Parameters
    ----------
    boxes : tuple of Tensor, each (n, 4 * 16, rows, cols) of its level
        Logits of the distances to a box's row_min, col_min, row_max, col_max.
    classes : tuple of Tensor, each (n, classes, rows, cols)
        Logits.
    coefficients : tuple of Tensor, each (n, 32, rows, cols)
    prototypes : Tensor, shape (n, 32, rows / 4, cols / 4)
    """

    boxes: tuple[Tensor, ...]
    classes: tuple[Tensor, ...]
    coefficients: tuple[Tensor, ...]
    prototypes: Tensor


class Detections(NamedTuple):
    """What is exported: one detection an anchor, before any is left out.

    Parameters
    ----------
    boxes : Tensor, shape (n, anchors, 4)
        (row_min, col_min, row_max, col_max) in input px.
    classes : Tensor, shape (n, anchors, classes)
        Probabilities.
    coefficients : Tensor, shape (n, anchors, 32)
        The logit of a mask is the sum of the prototypes, each times its coefficient.
    prototypes : Tensor, shape (n, 32, rows / 4, cols / 4)
    """

    boxes: Tensor
    classes: Tensor
    coefficients: Tensor
    prototypes: Tensor


def flatten_levels(levels: Sequence[Tensor]) -> Tensor:
    """Join the maps of all levels, row by row, to (n, anchors, channels)."""
    return torch.cat([level.flatten(2) for level in levels], dim=2).transpose(1, 2)


def place_anchors(levels: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
    """Positions (anchors, 2), (row, col) in input px from its corner, and strides (anchors, 1) of the levels."""
    places, strides = [], []
    for level, stride in zip(levels, STRIDES, strict=True):
        rows, cols = level.shape[-2:]
        row = (torch.arange(rows, device=level.device, dtype=torch.float32) + 0.5) * stride
        col = (torch.arange(cols, device=level.device, dtype=torch.float32) + 0.5) * stride
        pair = torch.meshgrid(row, col, indexing="ij")
        place = torch.stack(pair, dim=-1).reshape(-1, 2)
        places.append(place)
        strides.append(torch.full_like(place[:, :1], float(stride)))
    return torch.cat(places), torch.cat(strides)


def expected_distances(logits: Tensor) -> Tensor:
    """Mean of the distributions: from (..., 4 * 16) to (..., 4), in strides."""
    shares = logits.reshape(*logits.shape[:-1], 4, STEPS).softmax(dim=-1)
    return shares @ torch.arange(STEPS, device=logits.device, dtype=shares.dtype)


def span_boxes(anchors: Tensor, distances: Tensor) -> Tensor:
    """Boxes (..., 4) from anchors (..., 2) and distances (..., 4) to the four sides, same unit."""
    return torch.cat([anchors - distances[..., :2], anchors + distances[..., 2:]], dim=-1)


def decode(raw: RawDetections) -> Detections:
    """Turn the head's maps into boxes, probabilities and coefficients, one of each for every anchor."""
    anchors, strides = place_anchors(raw.boxes)
    distances = expected_distances(flatten_levels(raw.boxes).float()) * strides
    return Detections(
        span_boxes(anchors, distances),
        flatten_levels(raw.classes).sigmoid(),
        flatten_levels(raw.coefficients),
        raw.prototypes,
    )


class _Prototypes(nn.Module):
    def __init__(self, inputs: int, hidden: int) -> None:
        super().__init__()
        self.before = Conv(inputs, hidden, 3)
        self.enlarge = nn.ConvTranspose2d(hidden, hidden, 2, stride=2)
        self.after = Conv(hidden, hidden, 3)
        self.join = Conv(hidden, PROTOTYPES)

    def forward(self, x: Tensor) -> Tensor:
        return self.join(self.after(self.enlarge(self.before(x))))  # type: ignore[no-any-return]


class SegmentHead(nn.Module):
    """Decoupled branches for boxes, classes and mask coefficients on every level, and the prototypes.

    The last layers start so that boxes are broad and probabilities those of a few particles in an image of
    640 x 640 px, as published.

    Parameters
    ----------
    channels : sequence of int
        Of the three levels, finest first.
    classes : int
    prototype_channels : int
        Inside the branch of the prototypes.
    """

    def __init__(self, channels: Sequence[int], classes: int, prototype_channels: int) -> None:
        super().__init__()
        first = channels[0]
        box = max(16, first // 4, 4 * STEPS)
        kind = max(first, min(classes, 100))
        mask = max(first // 4, PROTOTYPES)
        self.boxes = nn.ModuleList(
            nn.Sequential(Conv(c, box, 3), Conv(box, box, 3), nn.Conv2d(box, 4 * STEPS, 1)) for c in channels
        )
        self.classes = nn.ModuleList(
            nn.Sequential(
                *(DWConv(c), Conv(c, kind)),
                *(DWConv(kind), Conv(kind, kind)),
                nn.Conv2d(kind, classes, 1),
            )
            for c in channels
        )
        self.coefficients = nn.ModuleList(
            nn.Sequential(Conv(c, mask, 3), Conv(mask, mask, 3), nn.Conv2d(mask, PROTOTYPES, 1))
            for c in channels
        )
        self.prototypes = _Prototypes(first, prototype_channels)
        for level, stride in enumerate(STRIDES):
            nn.init.constant_(self.boxes[level][-1].bias, 1.0)  # type: ignore[index]
            few = log(5 / classes / (_PUBLISHED_SIDE / stride) ** 2)
            nn.init.constant_(self.classes[level][-1].bias, few)  # type: ignore[index]

    def forward(self, levels: Sequence[Tensor]) -> RawDetections:
        """Return the raw maps for feature maps at strides 8, 16 and 32."""

        def apply(branches: nn.ModuleList) -> tuple[Tensor, ...]:
            return tuple(branch(level) for branch, level in zip(branches, levels, strict=True))

        return RawDetections(
            apply(self.boxes), apply(self.classes), apply(self.coefficients), self.prototypes(levels[0])
        )
