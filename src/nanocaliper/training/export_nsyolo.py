"""Export NSYOLO to ONNX: boxes, probabilities, coefficients and prototypes, before any detection is left out."""

from pathlib import Path

from torch import Tensor, nn

from nanocaliper.training.networks.nsyolo import NSYOLO
from nanocaliper.training.networks.yolo_head import Detections
from nanocaliper.training.write_onnx import write_onnx

__all__ = ["Decoded", "export_onnx"]


class Decoded(nn.Module):
    """NSYOLO with its boxes, probabilities, coefficients and prototypes made of the raw maps."""

    def __init__(self, network: NSYOLO) -> None:
        super().__init__()
        self.network = network

    def forward(self, grey: Tensor) -> Detections:
        """Return what is exported."""
        return self.network.decode(self.network(grey))


def export_onnx(network: NSYOLO, path: Path) -> None:
    """Export with free image size.

    Parameters
    ----------
    network : NSYOLO
        Exported as in evaluation mode.
    path : Path
        Of the ``.onnx`` file. Input ``grey`` (1, 1, rows, cols) in [-1, 1], rows and cols multiples of 32; outputs
        ``boxes`` (1, anchors, 4) as (row_min, col_min, row_max, col_max) in input px, ``classes``
        (1, anchors, classes) as probabilities, ``coefficients`` (1, anchors, 32) and ``prototypes``
        (1, 32, rows / 4, cols / 4).
    """
    was_training = network.training
    outputs = {name: {1: "anchors"} for name in Detections._fields}
    outputs["prototypes"] = {2: "quarter_rows", 3: "quarter_cols"}
    write_onnx(Decoded(network), path, (256, 320), outputs)
    network.train(was_training)
