"""Write a trained ``particle_unet`` as ONNX, activations included."""

import warnings
from pathlib import Path

import onnx
import torch
from torch import Tensor, nn

from nanocaliper.training.networks.particle_unet import ParticleUNet, activate

__all__ = ["export_onnx", "load_average"]


class _Exported(nn.Module):
    def __init__(self, network: ParticleUNet) -> None:
        super().__init__()
        self.network = network

    def forward(self, grey: Tensor) -> Tensor:
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
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecation and of traced shapes
        torch.onnx.export(
            _Exported(network).eval(),
            (torch.zeros(1, 1, 256, 320),),
            str(path),
            input_names=["grey"],
            output_names=["particles"],
            dynamic_axes={"grey": {2: "rows", 3: "cols"}, "particles": {2: "half_rows", 3: "half_cols"}},
            opset_version=17,
            dynamo=False,
        )
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
