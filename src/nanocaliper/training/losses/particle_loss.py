"""Loss of the networks that predict foreground, distance, contour and flow."""

from torch import Tensor
from torch.nn import functional as f

__all__ = ["particle_loss"]


def particle_loss(raw: Tensor, target: Tensor, weight: Tensor) -> tuple[Tensor, dict[str, float]]:
    """Sum of the losses of the five output channels.

    Foreground: binary cross-entropy plus soft Dice over the batch; distance: cross-entropy against the soft target
    (its optimum is the mean, as for squared error, with steadier gradients near 0 and 1); contour:
    cross-entropy with contour pixels counted threefold; flow: smooth L1 inside particles.

    Parameters
    ----------
    raw : Tensor, shape (n, 5, rows, cols)
        Raw network output.
    target : Tensor, shape (n, 5, rows, cols)
    weight : Tensor, shape (n, 1, rows, cols)
        0 where a pixel must not count.

    Returns
    -------
    loss : Tensor
        Scalar.
    parts : dict
        Value of each part, for the log.
    """
    total = weight.sum().clamp_min(1.0)

    def mean(values: Tensor, by: Tensor = weight) -> Tensor:
        return (values * by).sum() / total

    foreground = target[:, :1]
    entropy = mean(f.binary_cross_entropy_with_logits(raw[:, :1], foreground, reduction="none"))
    probability = raw[:, :1].sigmoid() * weight
    both = (probability * foreground).sum()
    dice = 1 - (2 * both + 1) / (probability.sum() + (foreground * weight).sum() + 1)
    distance = mean(f.binary_cross_entropy_with_logits(raw[:, 1:2], target[:, 1:2], reduction="none"))
    contour = mean(
        f.binary_cross_entropy_with_logits(raw[:, 2:3], target[:, 2:3], reduction="none"),
        weight * (1 + 2 * target[:, 2:3]),
    )
    inside = weight * (foreground > 0.5)
    flow = (f.smooth_l1_loss(raw[:, 3:], target[:, 3:], reduction="none", beta=0.25) * inside).sum()
    flow = flow / inside.sum().clamp_min(1.0)
    loss = entropy + 0.5 * dice + distance + contour + flow
    parts = {"bce": entropy, "dice": dice, "distance": distance, "contour": contour, "flow": flow}
    return loss, {name: float(value.detach()) for name, value in parts.items()}
