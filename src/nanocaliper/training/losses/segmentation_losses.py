"""Losses of networks that say particle or background for each pixel.

All take logits as the network gives them, the class index of each pixel, and a weight that is 0 where a pixel
must not count (padding, regions that nobody labelled). One logit a pixel is that of particle against 0 for the
background, so that its sigmoid is the softmax of the two.
"""

import torch
from torch import Tensor
from torch.nn import functional as f

__all__ = ["cross_entropy_loss", "dice_loss"]


def cross_entropy_loss(logits: Tensor, target: Tensor, weight: Tensor) -> Tensor:
    """Mean over the pixels that count of -log(softmax probability of the true class).

    The loss of CRCRA-U-Net (Tao et al., RSC Advances 2025, section 2.2.3); binary cross-entropy for one logit.

    Parameters
    ----------
    logits : Tensor, shape (n, classes, rows, cols)
    target : Tensor, shape (n, 1, rows, cols)
        Class index, integer; what it is where `weight` is 0 does not matter.
    weight : Tensor, shape (n, 1, rows, cols)
        How much each pixel counts; 0 not at all.

    Returns
    -------
    Tensor
        Scalar; 0 if no pixel counts.
    """
    counted = weight[:, 0]
    index = target[:, 0].long().masked_fill(counted == 0, 0)
    both = torch.cat([torch.zeros_like(logits), logits], dim=1) if logits.shape[1] == 1 else logits
    entropy = f.cross_entropy(both, index, reduction="none")
    total = counted.sum()
    return (entropy * counted).sum() / total.where(total > 0, total.new_ones(()))


def dice_loss(logits: Tensor, target: Tensor, weight: Tensor, smoothing: float = 1.0) -> Tensor:
    """1 - (2 sum(p t) + s) / (sum(p) + sum(t) + s), with p the probability of particle and t the target.

    The loss of ResidualFormer (Divya et al. 2026, eq. 21 made soft). The paper does not say whether the sums go
    over an image or the batch: over the batch here, so that an image without particles does not decide alone.

    Parameters
    ----------
    logits : Tensor, shape (n, 1 or 2, rows, cols)
        Of particle, or of background and particle.
    target : Tensor, shape (n, 1, rows, cols)
        1 particle, 0 background.
    weight : Tensor, shape (n, 1, rows, cols)
        How much each pixel counts; 0 not at all.
    smoothing : float
        s; keeps the loss defined where there is no particle at all.

    Returns
    -------
    Tensor
        Scalar in [0, 1].
    """
    margin = logits if logits.shape[1] == 1 else logits[:, 1:] - logits[:, :1]
    probability = margin.sigmoid()
    truth = (target.to(logits.dtype) * weight).where(weight > 0, weight.new_zeros(()))
    shared = (probability * truth).sum()
    return 1 - (2 * shared + smoothing) / ((probability * weight).sum() + truth.sum() + smoothing)
