"""What moves the weights, and how fast at which step."""

import math
from typing import Any

import torch
from torch import nn

from nanocaliper.training.experiment_settings import TrainingSettings

__all__ = ["Pace", "make_optimiser"]

#: From so many steps on, 'auto' is SGD.
_MANY_STEPS = 10_000
#: Momentum at the start of the warm-up, as the YOLO programs have it.
_FIRST_MOMENTUM = 0.8


def make_optimiser(
    network: nn.Module, settings: TrainingSettings, steps: int, classes: int
) -> torch.optim.Optimizer:
    """Make the optimiser.

    Parameters
    ----------
    network : nn.Module
    settings : TrainingSettings
    steps : int
        Of the whole training.
    classes : int

    Returns
    -------
    torch.optim.Optimizer
        Each group has the highest rate as ``peak`` and its momentum as ``momentum_end``.
    """
    name, rate = settings.optimiser, settings.rate
    if name == "auto":
        # Both rates are those of the YOLO programs: 0.01, and 0.002 * 5 / (4 + classes).
        name, rate = ("sgd", 0.01) if steps > _MANY_STEPS else ("adamw", round(0.002 * 5 / (4 + classes), 6))
    decayed: list[nn.Parameter] = []
    plain: list[nn.Parameter] = []
    for parameter in network.parameters():
        # Matrices and kernels; biases and the scales of normalisation have one dimension.
        (decayed if parameter.ndim > 1 else plain).append(parameter)
    groups: list[dict[str, Any]] = [
        {"params": decayed, "weight_decay": settings.weight_decay},
        {"params": plain, "weight_decay": 0.0},
    ]
    groups = [
        group | {"peak": rate, "momentum_end": settings.momentum} for group in groups if group["params"]
    ]
    if name == "sgd":
        return torch.optim.SGD(groups, lr=rate, momentum=settings.momentum, nesterov=settings.momentum > 0)
    kind = torch.optim.Adam if name == "adam" else torch.optim.AdamW
    return kind(groups, lr=rate, betas=(settings.momentum, 0.999))


class Pace:
    """Rate and momentum at each step: a function of the step alone.

    Parameters
    ----------
    settings : TrainingSettings
    steps_per_epoch : int
    """

    def __init__(self, settings: TrainingSettings, steps_per_epoch: int) -> None:
        self._settings = settings
        self._steps = settings.epochs * steps_per_epoch
        self._warm = round(settings.warmup_epochs * steps_per_epoch)

    def factor(self, step: int) -> float:
        """Rate as a share of the highest.

        Cosine annealing is that of I. Loshchilov and F. Hutter, ICLR 2017, eq. (5), without restarts.

        Parameters
        ----------
        step : int
            From 0.

        Returns
        -------
        float
        """
        end = self._settings.rate_end
        done = min(step / max(self._steps - 1, 1), 1.0)
        if self._settings.schedule == "cosine":
            planned = end + (1 - end) * 0.5 * (1 + math.cos(math.pi * done))
        elif self._settings.schedule == "linear":
            planned = 1 + (end - 1) * done
        else:
            planned = 1.0
        return planned * min(1.0, (step + 1) / self._warm) if self._warm else planned

    def set(self, optimiser: torch.optim.Optimizer, step: int) -> None:
        """Set rate and momentum for a step."""
        for group in optimiser.param_groups:
            group["lr"] = group["peak"] * self.factor(step)
            momentum = group["momentum_end"]
            if step < self._warm:
                momentum = (
                    min(momentum, _FIRST_MOMENTUM) + max(momentum - _FIRST_MOMENTUM, 0) * step / self._warm
                )
            if "betas" in group:
                group["betas"] = (momentum, group["betas"][1])
            else:
                group["momentum"] = momentum
