"""Exported networks in the place of trained ones: the same calls, run by ONNX Runtime."""

import torch
from torch import Tensor, nn

from nanocaliper.errors import UsageError
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.inference.session import open_network
from nanocaliper.training.networks.yolo_head import Detections

__all__ = ["ExportedNsyolo", "ExportedSemantic", "find_square", "open_exported"]

#: By the decoder of its card.
_KINDS = {"semantic": "a network of pixels", "prototypes": "NSYOLO"}


class ExportedSemantic(nn.Module):
    """A network that gives a probability of particle for each pixel.

    Parameters
    ----------
    card : ModelCard
    """

    def __init__(self, card: ModelCard) -> None:
        super().__init__()
        self._network = open_network(card)

    def forward(self, grey: Tensor) -> Tensor:
        """Logits, shape (n, 1, side, side)."""
        found = [torch.from_numpy(self._network(one[0].numpy())) for one in grey]
        return torch.logit(torch.stack(found), eps=1e-7)

    def probability(self, logits: Tensor) -> Tensor:
        """Probability of particle from logits."""
        return logits.sigmoid()


class ExportedNsyolo(nn.Module):
    """NSYOLO, whose detections come decoded.

    Parameters
    ----------
    card : ModelCard
    """

    def __init__(self, card: ModelCard) -> None:
        super().__init__()
        self._network = open_network(card)

    def forward(self, grey: Tensor) -> Detections:
        """One detection an anchor."""
        found = [self._network.run_named(one[0].numpy()) for one in grey]
        stacked = (torch.stack([torch.from_numpy(one[name]) for one in found]) for name in Detections._fields)
        return Detections(*stacked)

    def decode(self, found: Detections) -> Detections:
        """Nothing is left to be done."""
        return found


def open_exported(card: ModelCard) -> nn.Module:
    """Open the network of a model's folder, in evaluation."""
    kind = ExportedNsyolo if card.decoder["name"] == "prototypes" else ExportedSemantic
    return kind(card).eval()


def find_square(card: ModelCard, wanted: str) -> tuple[int, str]:
    """Side of a model's square input, px, and how an image is brought to it.

    Parameters
    ----------
    card : ModelCard
    wanted : {'semantic', 'prototypes'}
        Kind of network that a table needs.

    Raises
    ------
    UsageError
        If the model is of another kind, or sees images at no fixed size.
    """
    decoder = card.decoder.get("name")
    if decoder != wanted:
        raise UsageError(
            f"The model '{card.name}' is read as {decoder!r}; expected {_KINDS[wanted]}, read as {wanted!r}."
        )
    for entry, fit in (("long_side_px", "letterbox"), ("short_side_px", "stretch")):
        side = card.input.get(entry)
        if isinstance(side, int):
            multiple = int(card.input["multiple"])
            return -(-side // multiple) * multiple, fit
    raise UsageError(
        f"The card of '{card.name}' gives images no size of their own; expected input.long_side_px or "
        "input.short_side_px."
    )
