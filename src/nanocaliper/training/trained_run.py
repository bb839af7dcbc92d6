"""What a training left behind: its network with the weights that count, and how it was fed."""

import json
import pickle
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from nanocaliper.errors import ModelError, UsageError
from nanocaliper.training.networks.catalogue import build
from nanocaliper.training.run_folder import BEST, LAST, find_weights

__all__ = ["TrainedRun", "load_state", "read_run", "start_from"]

#: What a run writes down of its settings, or the file it was started with.
_DESCRIPTIONS = ("settings.json", "experiment.toml")
#: In the table of the network, but no switches of it.
_NOT_OPTIONS = ("name", "encoder_weights", "fetch_encoder_weights", "start")
#: Weights of a network inside those of what trained it.
_PREFIX = "network."
#: Of a network's weights that must be in those it starts from.
_LEAST_SHARE = 0.5


@dataclass(frozen=True)
class TrainedRun:
    """A trained network.

    Parameters
    ----------
    checkpoint : Path
    network : nn.Module
        With the weights of the checkpoint, in evaluation mode.
    name : str
        Of the network, as in `nanocaliper.training.networks.catalogue.NETWORKS`.
    options : mapping
        Its switches as they were given.
    side : int
        Of the square it was trained on, px.
    fit : {'letterbox', 'stretch'}
        How images were brought to that square.
    classes : tuple of str
        Names of the classes it tells apart.
    confidence : float
        Least score of a particle, or least probability of a pixel, in validation.
    epochs : int or None
        After how many the weights were kept; None where the file does not say.
    fold : str
        The one that training did not see; empty where there was none.
    """

    checkpoint: Path
    network: nn.Module
    name: str
    options: Mapping[str, Any]
    side: int
    fit: str
    classes: tuple[str, ...]
    confidence: float
    epochs: int | None
    fold: str


def load_state(checkpoint: Path) -> Mapping[str, Any]:
    """Read a checkpoint; nothing in it is executed.

    Parameters
    ----------
    checkpoint : Path

    Returns
    -------
    mapping

    Raises
    ------
    UsageError
        If there is no such file.
    ModelError
        If it is no checkpoint.
    """
    if not checkpoint.is_file():
        raise UsageError(
            f"There is no '{checkpoint}'; expected a run's folder, or a checkpoint of its training."
        )
    try:
        state = torch.load(checkpoint, weights_only=True, map_location="cpu")
    except (
        OSError,
        EOFError,
        RuntimeError,
        ValueError,
        KeyError,
        IndexError,
        pickle.UnpicklingError,
    ) as error:
        raise ModelError(
            f"'{checkpoint}' is no checkpoint, or damaged ({type(error).__name__}); train anew, or take another."
        ) from error
    if not isinstance(state, Mapping):
        raise ModelError(f"'{checkpoint}' holds no weights by name; expected a checkpoint of a training.")
    return state


def read_run(path: Path) -> TrainedRun:
    """Read a run's folder, or one checkpoint of it.

    Parameters
    ----------
    path : Path
        A folder with ``best.ckpt`` or ``last.ckpt``, or a file of weights. What was trained is taken from
        ``settings.json`` or ``experiment.toml`` there, one folder up, or from a TOML file of the weights' name.

    Returns
    -------
    TrainedRun

    Raises
    ------
    UsageError
        If there is no checkpoint or no description of what was trained, or that names no known network.
    ModelError
        If the checkpoint is damaged, or of another network.
    """
    checkpoint = _find_checkpoint(path)
    state = load_state(checkpoint)
    tables, source = _read_description(checkpoint)
    described = _take_table(tables, "network", source)
    data, training = (_take_table(tables, name, source, needed=False) for name in ("data", "training"))
    name = described.get("name")
    if not isinstance(name, str):
        raise UsageError(f"'{source}' names no network; expected name in [network].")
    options = {key: value for key, value in described.items() if key not in _NOT_OPTIONS}
    side, fit = data.get("side", 512), data.get("fit", "letterbox")
    if not isinstance(side, int) or side < 32 or fit not in ("letterbox", "stretch"):
        raise UsageError(
            f"'{source}' has side = {side!r} and fit = {fit!r} in [data]; expected what was trained."
        )
    weights = _take_weights(state, checkpoint)
    classes = tuple(tables.get("classes") or data.get("classes") or options.get("classes") or ())
    if name == "nsyolo":
        options["classes"] = classes = _find_classes(classes, weights, source)
    elif name == "mask_rcnn" and classes:
        options["classes"] = classes
    network = build(name, options).eval()
    try:
        network.load_state_dict(dict(weights))
    except RuntimeError as error:
        first = str(error).splitlines()[1:2] or [str(error)]
        raise ModelError(
            f"The weights in '{checkpoint}' are not those of the network {name!r} with the options of '{source}' "
            f"({first[0].strip()[:160]}): take the checkpoint of that run."
        ) from error
    confidence = training.get("confidence", 0.5)
    epoch = state.get("epoch")
    return TrainedRun(
        checkpoint=checkpoint,
        network=network,
        name=name,
        options=options,
        side=side,
        fit=fit,
        classes=classes or ("particle",),
        confidence=float(confidence) if isinstance(confidence, int | float) and 0 < confidence < 1 else 0.5,
        epochs=epoch + 1 if isinstance(epoch, int) else None,
        fold=str(tables.get("fold", "")),
    )


def start_from(network: nn.Module, path: Path) -> None:
    """Give a network the weights of one that was trained, for a training on other images or classes.

    Layers of another size, such as that of other classes, stay as they are.

    Parameters
    ----------
    network : nn.Module
        Changed in place.
    path : Path
        As for `read_run`.

    Raises
    ------
    UsageError
        If there is no checkpoint.
    ModelError
        If it is damaged, or less than half of the network is in it.
    """
    checkpoint = _find_checkpoint(path)
    weights = _take_weights(load_state(checkpoint), checkpoint)
    own = network.state_dict()
    fitting = {key: value for key, value in weights.items() if key in own and value.shape == own[key].shape}
    share = sum(value.numel() for value in fitting.values()) / sum(value.numel() for value in own.values())
    if share < _LEAST_SHARE:
        raise ModelError(
            f"'{checkpoint}' holds {share:.0%} of this network; start from a run of the same kind of network."
        )
    network.load_state_dict(fitting, strict=False)


def _find_checkpoint(path: Path) -> Path:
    if not path.is_dir():
        return path
    below = sorted({found.parent.name for name in (BEST, LAST) for found in path.glob(f"*/{name}")})
    if below and not any((path / name).is_file() for name in (BEST, LAST)):
        raise UsageError(
            f"'{path}' holds the runs {', '.join(below)}; name one of them: '{path / below[0]}'."
        )
    return find_weights(path)


def _read_description(checkpoint: Path) -> tuple[Mapping[str, Any], Path]:
    folders = (checkpoint.parent, checkpoint.parent.parent)
    places = [
        checkpoint.with_suffix(".toml"),
        *(folder / name for folder in folders for name in _DESCRIPTIONS),
    ]
    for place in places:
        if place.is_file():
            break
    else:
        raise UsageError(
            f"Nothing says what network '{checkpoint}' is of; expected {' or '.join(_DESCRIPTIONS)} beside it, or "
            f"'{places[0].name}' with [network] and [data] as in training."
        )
    try:
        text = place.read_text(encoding="utf-8")
        if place.suffix == ".toml":
            return tomllib.loads(text), place
        content = json.loads(text)
        settings = dict(content["settings"])
        return settings | {name: content[name] for name in ("classes", "fold") if name in content}, place
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise UsageError(f"'{place}' is damaged ({error}); put it back, or give another run.") from error


def _take_table(tables: Mapping[str, Any], name: str, source: Path, needed: bool = True) -> Mapping[str, Any]:
    table = tables.get(name, None if needed else {})
    if not isinstance(table, Mapping):
        raise UsageError(f"'{source}' has no table [{name}]; expected what was trained.")
    return table


def _take_weights(state: Mapping[str, Any], checkpoint: Path) -> Mapping[str, Tensor]:
    weights = state.get("state_dict", state)
    if not isinstance(weights, Mapping):
        weights = {}
    inner = {key.removeprefix(_PREFIX): value for key, value in weights.items() if key.startswith(_PREFIX)}
    weights = inner or weights
    if not weights or not all(isinstance(value, Tensor) for value in weights.values()):
        raise ModelError(f"'{checkpoint}' holds no weights by name; expected a checkpoint of a training.")
    return weights


def _find_classes(named: tuple[Any, ...], weights: Mapping[str, Tensor], source: Path) -> tuple[str, ...]:
    """Names of the classes; a run that took them from its data may not have written them down."""
    last = "head.classes.0.4.bias"  # of the layer that gives the logits
    count = len(weights[last]) if last in weights else len(named)
    if not named and count == 1:
        return ("particle",)
    if len(named) != count:
        raise UsageError(
            f"The network tells {count} classes apart, and '{source}' names "
            f"{', '.join(map(str, named)) or 'none'}; write them into classes of [data] there, in their order."
        )
    return tuple(map(str, named))
