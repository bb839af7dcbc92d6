"""A moving average of the weights, which is what is validated and kept."""

import math

import torch
from pytorch_lightning.callbacks import WeightAveraging
from torch import Tensor

__all__ = ["MovingAverage"]

#: Steps over which the decay rises, as in the YOLO programs: the first steps say little.
_RISE = 2000


class MovingAverage(WeightAveraging):
    """Exponential moving average whose decay rises from 0.

    Parameters
    ----------
    decay : float
        In the end; after n steps ``decay * (1 - exp(-n / 2000))``.
    """

    def __init__(self, decay: float) -> None:
        self._decay = decay
        super().__init__(avg_fn=self._average)

    def _average(self, averaged: Tensor, current: Tensor, steps: Tensor | int) -> Tensor:
        decay = self._decay * (1 - math.exp(-(float(steps) + 1) / _RISE))
        if not torch.is_floating_point(averaged):  # counters
            return current
        return averaged + (current - averaged) * (1 - decay)
