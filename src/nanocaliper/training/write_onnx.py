"""Write a network as ONNX: what all exports have in common."""

import warnings
from collections.abc import Mapping
from pathlib import Path

import torch
from torch import nn

__all__ = ["write_onnx"]


def write_onnx(
    module: nn.Module, path: Path, traced_px: tuple[int, int], outputs: Mapping[str, Mapping[int, str]]
) -> None:
    """Write a network that takes one grey image of any size.

    Parameters
    ----------
    module : nn.Module
        What is written, brought into evaluation mode; takes (1, 1, rows, cols), the input ``grey``.
    path : Path
        Of the ``.onnx`` file.
    traced_px : (int, int)
        Rows and columns of the image it is traced with.
    outputs : mapping of str to mapping of int to str
        Names of the outputs in their order, with the names of those of their axes that follow the image.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the exporter warns of its own deprecation and of traced shapes
        torch.onnx.export(
            module.eval(),
            (torch.zeros(1, 1, *traced_px),),
            str(path),
            input_names=["grey"],
            output_names=list(outputs),
            dynamic_axes={
                "grey": {2: "rows", 3: "cols"},
                **{name: dict(axes) for name, axes in outputs.items()},
            },
            opset_version=17,
            dynamo=False,
        )
