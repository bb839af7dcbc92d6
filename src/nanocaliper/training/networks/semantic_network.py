"""What all networks share that say particle or background for each pixel."""

from collections.abc import Callable
from pathlib import Path
from typing import Self

import torch
from torch import Tensor, nn

from nanocaliper.training.networks.encoders import load_encoder_weights

__all__ = ["SemanticNetwork"]


class SemanticNetwork(nn.Module):
    """From grey in [-1, 1] to logits of the same size.

    ``forward(x)`` takes (n, 1, rows, cols), rows and cols at least 32, and returns logits (n, `classes`, rows,
    cols): of background and particle where `classes` is 2, of particle where it is 1. A subclass has the part
    that may be pretrained in `encoder`.
    """

    classes: int = 2
    encoder: nn.Module

    def __init__(self) -> None:
        super().__init__()
        self._frozen = False

    def probability(self, logits: Tensor) -> Tensor:
        """Return the probability of particle, (n, 1, rows, cols)."""
        return logits.sigmoid() if self.classes == 1 else torch.softmax(logits, dim=1)[:, 1:2]

    def freeze_encoder(self, frozen: bool) -> None:
        """Hold the encoder still, or let it learn again.

        A frozen encoder gets no gradients, and its batch normalisation works with the statistics it has and does
        not move them, whatever `train` is called with.
        """
        self._frozen = frozen
        self.encoder.requires_grad_(not frozen)
        self.train(self.training)

    def train(self, mode: bool = True) -> Self:
        """Switch between training and evaluation; a frozen encoder stays in evaluation."""
        super().train(mode)
        if self._frozen:
            self.encoder.eval()
        return self

    def load_encoder_weights(
        self, file: Path | None = None, online: bool = False, images: Callable[[], Tensor] | None = None
    ) -> None:
        """Start the encoder from published ImageNet weights.

        Parameters
        ----------
        file : Path, optional
            Of the weights; preferred where given.
        online : bool
            Without a file, fetch the weights from their usual address.
        images : callable, optional
            Reads some images, a Tensor (n, 1, rows, cols) of grey in [-1, 1]. Asked by MobileNetV2 alone, which
            needs them to put its batch normalisation back.

        Raises
        ------
        ModelError
            If there are no weights to be had, or if they are of another network.
        """
        load_encoder_weights(self.encoder, file, online, images)
