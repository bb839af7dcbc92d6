"""Write a trained ``particle_unet`` as a model folder, activations included.

``python -m nanocaliper.training.export_particle_unet CHECKPOINT -o FOLDER [--held-out-fold K]``

Input, output and decoder of the card are those of the shipped network (or of ``--like``): no threshold is tuned
here. The card has no scores; ``--held-out-fold`` states which fold of the labelled images training did not see.
"""

import argparse
import hashlib
import re
import sys
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from nanocaliper.errors import NanocaliperError, UsageError
from nanocaliper.inference.catalogue import DEFAULT_MODEL, find_model
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.training.networks.particle_unet import ParticleUNet, activate
from nanocaliper.training.write_onnx import write_onnx

__all__ = ["Activated", "export_onnx", "load_average", "write_model"]


class Activated(nn.Module):
    """The network with its activations."""

    def __init__(self, network: ParticleUNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, grey: Tensor) -> Tensor:
        """Return the five fields, (n, 5, rows / 2, cols / 2)."""
        return activate(self.network(grey))


def load_average(checkpoint: Path) -> ParticleUNet:
    """Load the averaged weights of a checkpoint, in evaluation mode."""
    state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    # The averaged model holds a copy of the network it is made from, not that network.
    average = torch.optim.swa_utils.AveragedModel(ParticleUNet())
    average.load_state_dict(state["average"])
    network = average.module
    assert isinstance(network, ParticleUNet)
    return network.eval()


def export_onnx(network: ParticleUNet, path: Path) -> None:
    """Export with free image size.

    Parameters
    ----------
    network : ParticleUNet
        In evaluation mode.
    path : Path
        Where ``weights.onnx`` goes. Input ``grey`` (1, 1, rows, cols) in [-1, 1], output ``particles``
        (1, 5, rows / 2, cols / 2): foreground, distance and contour as probabilities, flow in [-1, 1].
    """
    write_onnx(Activated(network), path, (256, 320), {"particles": {2: "half_rows", 3: "half_cols"}})
    model = onnx.load(path)
    _fold_padding(model.graph)
    onnx.save(model, path)


def _fold_padding(graph: onnx.GraphProto) -> None:
    """Let the convolutions of stride 2 pad by themselves, a row below and a column to the right.

    ONNX Runtime copies whole feature maps to pad them, twice: that takes a third of the network's memory.
    """
    made_by = {output: node for node in graph.node for output in node.output}
    for node in graph.node:
        before = made_by.get(node.input[0]) if node.op_type == "Conv" else None
        if before is not None and before.op_type == "Pad":
            node.input[0] = before.input[0]
            pads = next(attribute for attribute in node.attribute if attribute.name == "pads")
            pads.ints[:] = [0, 0, 1, 1]
    # The nodes that made the padding, last first: each may be what the one before was for.
    used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}
    while unused := [node for node in graph.node if not used.intersection(node.output)]:
        for node in unused:
            graph.node.remove(node)
        used = {name for node in graph.node for name in node.input} | {output.name for output in graph.output}


def write_model(
    checkpoint: Path,
    folder: Path,
    like: ModelCard,
    held_out_fold: int | None = None,
    name: str | None = None,
) -> None:
    """Write the folder of a model: weights, and a card with the decoder of another model.

    Parameters
    ----------
    checkpoint : Path
        As `nanocaliper.training.train_particle_unet` writes it.
    folder : Path
        Made where it is missing.
    like : ModelCard
        Card whose input, output and decoder are taken over as they stand.
    held_out_fold : int, optional
        Which fold training did not see.
    name : str, optional
        Of the model; by default that of the folder.

    Raises
    ------
    UsageError
        If there is no checkpoint.
    """
    if not checkpoint.is_file():
        raise UsageError(f"No checkpoint at '{checkpoint}'; expected the checkpoint.pt of a training run.")
    folder.mkdir(parents=True, exist_ok=True)
    export_onnx(load_average(checkpoint), folder / "weights.onnx")
    digest = hashlib.sha256((folder / "weights.onnx").read_bytes()).hexdigest()
    card = (like.folder / "card.toml").read_text(encoding="utf-8")
    taken = card[card.index("[input]") : card.index("[training]")]
    step = int(torch.load(checkpoint, weights_only=True, map_location="cpu")["step"])
    lines = [
        f'name = "{re.sub(r"[^A-Za-z0-9_.-]", "_", name or folder.resolve().name)}"',
        f'summary = "particle_unet after {step} steps of training"',
        f'task = "{like.task}"',
        f'licence = "{like.licence}"',
        f'sha256 = "{digest}"',
        "",
        f"{taken}[training]",
        f"steps = {step}",
        *([] if held_out_fold is None else [f"held_out_fold = {held_out_fold}"]),
        "",
        "[scores]",
    ]
    (folder / "card.toml").write_text("\n".join(lines) + "\n", encoding="utf-8")


def main() -> int:
    """Export one checkpoint."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("checkpoint", type=Path)
    parser.add_argument("--like", default=DEFAULT_MODEL, help="model whose input and decoder are taken over")
    parser.add_argument("--held-out-fold", type=int, help="the fold that training did not see")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder of the model")
    arguments = parser.parse_args()
    try:
        write_model(arguments.checkpoint, arguments.out, find_model(arguments.like), arguments.held_out_fold)
    except NanocaliperError as error:
        print(error, file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    sys.exit(main())
