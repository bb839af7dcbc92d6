"""Tiny networks whose answer is known, written as model folders: bright is particle."""

import hashlib
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

OPSET = [helper.make_opsetid("", 17)]


def write_network(folder, nodes, outputs, constants=(), card=""):
    """Write a folder with a network of one input ``grey`` and the card's text behind its first entries."""
    graph = helper.make_graph(
        nodes,
        "stand_in",
        [helper.make_tensor_value_info("grey", TensorProto.FLOAT, [1, 1, "rows", "cols"])],
        [helper.make_tensor_value_info(name, TensorProto.FLOAT, [None] * rank) for name, rank in outputs],
        [numpy_helper.from_array(np.asarray(value), name) for name, value in constants],
    )
    folder = Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    model = helper.make_model(graph, opset_imports=OPSET, ir_version=8)
    onnx.save(model, folder / "weights.onnx")
    digest = hashlib.sha256((folder / "weights.onnx").read_bytes()).hexdigest()
    head = f'name = "stand_in"\nsummary = "bright is particle"\ntask = "particles"\nlicence = "Apache-2.0"\nsha256 = "{digest}"\n'
    (folder / "card.toml").write_text(head + card + "\n[training]\n\n[scores]\n", encoding="utf-8")
    return folder


SEMANTIC_CARD = """
[input]
multiple = 32
{scale}

[output]
channels = ["probability"]
stride = 1

[decoder]
name = "semantic"
parting = "components"
boundary = 0.5
diameter_min_px = 4.0
confidence = 0.5
{more}
"""


def write_semantic(folder, scale="scale = 1.0", more="", steepness=8.0):
    """Probability = 1 / (1 + exp(-steepness * grey)), smoothed over 3 x 3 px."""
    kernel = np.full((1, 1, 3, 3), 1 / 9, np.float32)
    return write_network(
        folder,
        [
            helper.make_node("Conv", ["grey", "kernel"], ["smooth"], pads=[1, 1, 1, 1]),
            helper.make_node("Mul", ["smooth", "steepness"], ["logit"]),
            helper.make_node("Sigmoid", ["logit"], ["probability"]),
        ],
        [("probability", 4)],
        [("kernel", kernel), ("steepness", np.float32(steepness))],
        SEMANTIC_CARD.format(scale=scale, more=more),
    )


def draw_discs(shape, discs, dark=60, bright=200):
    """Image of discs (row, col, radius) whose edge pixels have the grey of the share that the disc covers."""
    rows, cols = np.indices(shape)
    cover = np.zeros(shape)
    for row, col, radius in discs:
        cover = np.maximum(cover, np.clip(radius - np.hypot(rows - row, cols - col) + 0.5, 0, 1))
    return np.rint(dark + (bright - dark) * cover).astype(np.uint8)
