"""From a trained network to a model folder: ``weights.onnx`` and a card, checked against torch."""

import hashlib
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from nanocaliper.errors import ModelError, OutputError, UsageError
from nanocaliper.inference.catalogue import DEFAULT_MODEL, find_model
from nanocaliper.inference.model_card import read_card
from nanocaliper.inference.session import open_network
from nanocaliper.training import export_nsyolo, export_particle_unet, export_semantic
from nanocaliper.training.networks.nsyolo import NSYOLO
from nanocaliper.training.networks.semantic_network import SemanticNetwork
from nanocaliper.training.networks.yolo_head import PROTOTYPE_STRIDE
from nanocaliper.training.toml_value import write_value
from nanocaliper.training.trained_run import TrainedRun, load_state, read_run

__all__ = ["PARITY_MAX", "export_model"]

#: Largest difference between the exported network and torch, as a share of the largest value (at least of 1).
PARITY_MAX = 1e-4
#: Sizes at which they are compared, px.
_PARITY_SIZES = ((64, 96), (160, 224), (320, 256))
_MULTIPLE = 32
#: Surroundings that tiles have in use, px.
_REACH_PX = 256
_DIAMETER_MIN_PX = 4.0
_NMS_IOU = 0.7

#: Input of a side: letterboxed images have it as their long side; stretched ones have no scale of their own.
_SIDES = {"letterbox": "long_side_px", "stretch": "short_side_px"}


def export_model(source: Path, folder: Path, name: str | None = None) -> float:
    """Write the model folder of a trained network.

    Parameters
    ----------
    source : Path
        Folder of a run, or a checkpoint; see `nanocaliper.training.trained_run.read_run`. A checkpoint of
        `nanocaliper.training.train_particle_unet` gets the decoder of the shipped network.
    folder : Path
        Made where it is missing.
    name : str, optional
        Of the model; by default that of the folder.

    Returns
    -------
    float
        Largest difference to torch.

    Raises
    ------
    UsageError
        If there is nothing to export, the folder holds a model already, or the network is of a kind that cannot be
        used for measuring.
    ModelError
        If the checkpoint is damaged or of another network, or the exported network gives other numbers than torch.
    OutputError
        If the folder cannot be written.
    """
    if (folder / "card.toml").exists():
        raise UsageError(f"There is a model in '{folder}' already; choose another folder.")
    called = re.sub(r"[^A-Za-z0-9_.-]", "_", name or folder.resolve().name)
    part = folder.with_name(folder.name + ".part")
    try:
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir(parents=True)
        try:
            parity = _write_model(source, part, called)
            folder.mkdir(exist_ok=True)
            for file in ("weights.onnx", "card.toml"):
                (part / file).replace(folder / file)
        finally:
            shutil.rmtree(part, ignore_errors=True)
    except OSError as error:
        raise OutputError(
            f"Cannot write the model to '{folder}' ({error.strerror or error}); choose another folder."
        ) from error
    return parity


def _write_model(source: Path, folder: Path, name: str) -> float:
    module: nn.Module
    if source.is_file() and {"average", "step"} <= load_state(source).keys():
        export_particle_unet.write_model(source, folder, find_model(DEFAULT_MODEL), name=name)
        module = export_particle_unet.Activated(export_particle_unet.load_average(source))
    else:
        module = _write_run(read_run(source), folder, name)
    parity = _check_parity(folder, module.eval())
    sizes = ", ".join(f"{rows} x {cols}" for rows, cols in _PARITY_SIZES)
    scores = {
        "onnx_parity": parity,
        "onnx_parity_protocol": "largest difference to torch, as a share of the largest value of an output (at "
        f"least of 1), on noise of {sizes} px",
    }
    # The table of scores is the card's last, and empty until now.
    with (folder / "card.toml").open("a", encoding="utf-8") as card:
        card.write("\n".join(_write_table(scores)) + "\n")
    return parity


def _write_run(run: TrainedRun, folder: Path, name: str) -> nn.Module:
    """Write weights and card; gives the module that was exported."""
    weights = folder / "weights.onnx"
    module: nn.Module
    if isinstance(run.network, SemanticNetwork):
        export_semantic.export_onnx(run.network, weights)
        tables, module = _describe_semantic(run, run.network), export_semantic.Probability(run.network)
    elif isinstance(run.network, NSYOLO):
        export_nsyolo.export_onnx(run.network, weights)
        tables, module = _describe_nsyolo(run), export_nsyolo.Decoded(run.network)
    else:
        raise UsageError(
            f"The network '{run.name}' is a rival for comparisons and cannot be used for measuring; export another."
        )
    about = {
        "network": run.name,
        "checkpoint": run.checkpoint.name,
        **({} if run.epochs is None else {"epochs": run.epochs}),
        **({"held_out_fold": int(run.fold) if run.fold.isdecimal() else run.fold} if run.fold else {}),
        "side_px": run.side,
        "fit": run.fit,
        "options": dict(run.options),
    }
    content = {
        "name": name,
        "summary": f"{run.name}, trained on images of {run.side} px",
        "task": "particles",
        "licence": "not stated",
        "sha256": hashlib.sha256(weights.read_bytes()).hexdigest(),
        **tables,
        "training": about,
        "scores": {},
    }
    (folder / "card.toml").write_text("\n".join(_write_table(content)) + "\n", encoding="utf-8")
    return module


def _describe_semantic(run: TrainedRun, network: SemanticNetwork) -> dict[str, Any]:
    near = {"reach_px": _REACH_PX} if export_semantic.sees_no_further(network, _REACH_PX) else {}
    return {
        "input": {"multiple": _MULTIPLE, _SIDES[run.fit]: run.side, **near},
        "output": {"channels": ["probability"], "stride": 1},
        "decoder": {
            "name": "semantic",
            "parting": "components",
            "boundary": run.confidence,
            "diameter_min_px": _DIAMETER_MIN_PX,
            "confidence": 0.5,
        },
    }


def _describe_nsyolo(run: TrainedRun) -> dict[str, Any]:
    return {
        "input": {"multiple": _MULTIPLE, _SIDES[run.fit]: run.side},
        "output": {"classes": list(run.classes), "stride": PROTOTYPE_STRIDE},
        "decoder": {
            "name": "prototypes",
            "boundary": 0.5,
            "nms_iou": _NMS_IOU,
            "diameter_min_px": _DIAMETER_MIN_PX,
            "confidence": run.confidence,
        },
    }


def _check_parity(folder: Path, module: nn.Module) -> float:
    """Compare the exported network, run as in use, with torch."""
    network = open_network(read_card(folder))
    generator = torch.Generator().manual_seed(0)
    worst = 0.0
    for rows, cols in _PARITY_SIZES:
        grey = torch.rand(1, 1, rows, cols, generator=generator) * 2 - 1
        given = list(network.run_named(grey[0, 0].numpy()).values())
        with torch.no_grad():
            result = module(grey)
        expected = [result] if isinstance(result, Tensor) else list(result)
        for found, wanted in zip(given, (one[0].numpy() for one in expected), strict=True):
            if found.shape != wanted.shape:
                raise ModelError(
                    f"The exported network gives {found.shape} at {rows} x {cols} px, and torch {wanted.shape}: it "
                    "cannot be exported with free sizes."
                )
            if not (np.isfinite(found).all() and np.isfinite(wanted).all()):
                raise ModelError("The network gives values that are not finite; take another checkpoint.")
            difference = float(np.abs(found - wanted).max()) / max(1.0, float(np.abs(wanted).max()))
            worst = max(worst, difference)
    if worst > PARITY_MAX:
        raise ModelError(
            f"The exported network differs from torch by {worst:.2g}, and at most {PARITY_MAX:g} is allowed; take "
            "another checkpoint."
        )
    return float(f"{worst:.2g}")


def _write_table(content: Mapping[str, Any], path: str = "") -> list[str]:
    lines = [
        f"{key} = {write_value(value)}" for key, value in content.items() if not isinstance(value, Mapping)
    ]
    for key, value in content.items():
        if isinstance(value, Mapping):
            lines += ["", f"[{path}{key}]", *_write_table(value, f"{path}{key}.")]
    return lines
