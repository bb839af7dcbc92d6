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
    head = 'name = "stand_in"\nsummary = "bright is particle"\ntask = "particles"\nlicence = "Apache-2.0"\n'
    head += f'sha256 = "{digest}"\n'
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


PROTOTYPES_CARD = """
[input]
multiple = 32
{scale}

[output]
classes = {classes}
stride = 4

[decoder]
name = "prototypes"
boundary = 0.5
nms_iou = 0.6
diameter_min_px = 4.0
confidence = 0.5
{more}
"""

#: Radius of the discs that the network of `write_prototypes` detects, working px.
DISC_PX = 20


def write_prototypes(folder, scale="scale = 1.0", more="", classes='["sphere", "rod"]'):
    """Detects discs of radius `DISC_PX` on a grid of 8 px; they are rods where they are darker in their middle."""
    side = 2 * DISC_PX + 14
    away = np.hypot(*(np.indices((side, side)) - (side - 1) / 2))
    disc, ring = away < DISC_PX - 2, (away > DISC_PX + 2) & (away < DISC_PX + 6)
    contrast = (disc / disc.sum() - ring / ring.sum()).astype(np.float32)
    middle = ((away < 5) / (away < 5).sum()).astype(np.float32)
    pads = [(side - 8) // 2] * 4
    kernels = np.stack([contrast, middle])[:, None]
    scalar = {
        "offset": [[[[1.3]], [[0.7]]]], "steep": [[[[6.0]], [[20.0]]]], "one": 1.0, "half": 0.5, "step": 8.0,
        "reach": [[[-1.0, -1.0, 1.0, 1.0]]], "reach_px": DISC_PX + 8.0, "four": 4.0,
    }  # fmt: skip
    whole = {
        "rows": 2,
        "cols": 3,
        "split": [1, 1],
        "line": [1, 1, -1],
        "flat": [1, 1, -1],
        "classes_last": [1, 2, -1],
    }
    node = helper.make_node
    nodes = [
        node("Conv", ["grey", "kernels"], ["seen"], strides=[8, 8], pads=pads),
        node("Sub", ["seen", "offset"], ["over"]),
        node("Mul", ["over", "steep"], ["logits"]),
        node("Sigmoid", ["logits"], ["odds"]),
        node("Split", ["odds", "split"], ["found", "plain"], axis=1),
        node("Sub", ["one", "plain"], ["dark"]),
        node("Mul", ["found", "plain"], ["first"]),
        node("Mul", ["found", "dark"], ["second"]),
        node("Concat", ["first", "second"], ["both"], axis=1),
        node("Reshape", ["both", "classes_last"], ["both_flat"]),
        node("Transpose", ["both_flat"], ["classes"], perm=[0, 2, 1]),
        # Middles of the grid's squares.
        node("Sub", ["found", "found"], ["zero"]),
        node("Add", ["zero", "one"], ["ones"]),
        node("CumSum", ["ones", "rows"], ["row_count"]),
        node("CumSum", ["ones", "cols"], ["col_count"]),
        node("Concat", ["row_count", "col_count", "row_count", "col_count"], ["counts"], axis=1),
        node("Sub", ["counts", "half"], ["middles"]),
        node("Mul", ["middles", "step"], ["places"]),
        node("Reshape", ["places", "four_last"], ["places_flat"]),
        node("Transpose", ["places_flat"], ["centres"], perm=[0, 2, 1]),
        node("Mul", ["reach", "reach_px"], ["sides"]),
        node("Add", ["centres", "sides"], ["boxes"]),
        node("Reshape", ["ones", "flat"], ["ones_flat"]),
        node("Transpose", ["ones_flat"], ["coefficients"], perm=[0, 2, 1]),
        node("AveragePool", ["grey"], ["mean"], kernel_shape=[4, 4], strides=[4, 4]),
        node("Mul", ["mean", "four"], ["prototypes"]),
    ]
    constants = [("kernels", kernels), ("four_last", np.array([1, 4, -1], np.int64))]
    constants += [(name, np.array(value, np.float32)) for name, value in scalar.items()]
    constants += [(name, np.array(value, np.int64)) for name, value in whole.items()]
    outputs = [("boxes", 3), ("classes", 3), ("coefficients", 3), ("prototypes", 4)]
    card = PROTOTYPES_CARD.format(scale=scale, more=more, classes=classes)
    return write_network(folder, nodes, outputs, constants, card)


def draw_discs(shape, discs, dark=60, bright=200):
    """Image of discs (row, col, radius) whose edge pixels have the grey of the share that the disc covers."""
    rows, cols = np.indices(shape)
    cover = np.zeros(shape)
    for row, col, radius in discs:
        cover = np.maximum(cover, np.clip(radius - np.hypot(rows - row, cols - col) + 0.5, 0, 1))
    return np.rint(dark + (bright - dark) * cover).astype(np.uint8)
