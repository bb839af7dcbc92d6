"""Export a semantic network to ONNX: the probability of particle, activation included."""

from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional as f

from nanocaliper.training.networks.semantic_network import SemanticNetwork
from nanocaliper.training.write_onnx import write_onnx

__all__ = ["Probability", "export_onnx", "sees_no_further"]


#: Logits that differ less, as a share of the largest, are the same but for rounding.
_SAME = 1e-5


class Probability(nn.Module):
    """A network with its activation.

    Parameters
    ----------
    network : SemanticNetwork
    """

    def __init__(self, network: SemanticNetwork) -> None:
        super().__init__()
        self.network = network

    def forward(self, grey: Tensor) -> Tensor:
        """Return the probability of particle, (n, 1, rows, cols)."""
        return self.network.probability(self.network(grey))


def export_onnx(network: SemanticNetwork, path: Path) -> None:
    """Export with free image size.

    Parameters
    ----------
    network : SemanticNetwork
        Exported as in evaluation mode.
    path : Path
        Of the ``.onnx`` file. Input ``grey`` (1, 1, rows, cols) in [-1, 1]; output ``probability``, as large.
    """
    was_training = network.training
    write_onnx(Probability(network), path, (64, 96), {"probability": {2: "rows", 3: "cols"}})
    network.train(was_training)


def sees_no_further(network: SemanticNetwork, reach_px: int) -> bool:
    """Tell whether what is more than some px away makes no difference: tiles then give what the whole image gives.

    Parameters
    ----------
    network : SemanticNetwork
        In evaluation mode.
    reach_px : int
        A multiple of 32.

    Returns
    -------
    bool
    """
    side, frame = 2 * reach_px + 32, 32
    generator = torch.Generator().manual_seed(0)
    alone = torch.rand(1, 1, side, side, generator=generator) * 2 - 1
    # White all around: also what is pooled over the whole image differs.
    framed = f.pad(alone, (frame,) * 4, value=1.0)
    # The middle has its reach around it; beyond that is the network's own padding, or the frame.
    middle, inner = (slice(start, start + 32) for start in (reach_px, frame + reach_px))
    with torch.no_grad():
        logits = network(alone)[:, :, middle, middle]
        change = network(framed)[:, :, inner, inner] - logits
    return bool(change.abs().max() <= _SAME * logits.abs().max())
