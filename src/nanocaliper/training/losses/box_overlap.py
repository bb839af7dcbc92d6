"""Overlap of boxes: intersection over union, and its complete form."""

from math import pi

import torch
from torch import Tensor

__all__ = ["complete_iou", "iou"]

_TINY = 1e-9


def _sides(boxes: Tensor) -> Tensor:
    return (boxes[..., 2:] - boxes[..., :2]).clamp_min(0)


def iou(a: Tensor, b: Tensor) -> Tensor:
    """Intersection over union of boxes.

    Parameters
    ----------
    a, b : Tensor, shape (..., 4)
        (row_min, col_min, row_max, col_max); leading axes are broadcast.

    Returns
    -------
    Tensor, shape (...)
        0 to 1; 0 where both boxes are empty.
    """
    low, high = torch.maximum(a[..., :2], b[..., :2]), torch.minimum(a[..., 2:], b[..., 2:])
    both = (high - low).clamp_min(0).prod(dim=-1)
    return both / (_sides(a).prod(dim=-1) + _sides(b).prod(dim=-1) - both).clamp_min(_TINY)


def complete_iou(found: Tensor, true: Tensor) -> Tensor:
    """Complete intersection over union: 1 less the loss of the paper's eq. (25).

    IoU - ρ² / c² - α v, where ρ is the distance of the middles, c the diagonal of the smallest box around both,
    v = 4 / π² (atan(w_true / h_true) - atan(w / h))² and α = v / (1 - IoU + v), through which no gradient passes
    (Z. Zheng et al., IEEE Trans. Cybern. 2021, 52, 8574).

    Parameters
    ----------
    found, true : Tensor, shape (..., 4)
        (row_min, col_min, row_max, col_max).

    Returns
    -------
    Tensor, shape (...)
        Above -1.5, up to 1 for equal boxes.
    """
    overlap = iou(found, true)
    around = torch.maximum(found[..., 2:], true[..., 2:]) - torch.minimum(found[..., :2], true[..., :2])
    apart = (found[..., :2] + found[..., 2:] - true[..., :2] - true[..., 2:]) / 2
    distance = apart.square().sum(dim=-1) / around.square().sum(dim=-1).clamp_min(_TINY)
    high, wide = _sides(found).unbind(dim=-1)
    true_high, true_wide = _sides(true).unbind(dim=-1)
    turned = torch.atan2(true_wide, true_high) - torch.atan2(wide, high.clamp_min(_TINY))
    shape = 4 / pi**2 * turned.square()
    with torch.no_grad():
        share = shape / (1 - overlap + shape).clamp_min(_TINY)
    return overlap - distance - share * shape
