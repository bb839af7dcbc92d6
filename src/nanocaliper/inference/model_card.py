"""The card of a network: what it is, how to feed it, how to read it, how good it was measured to be."""

import hashlib
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nanocaliper.errors import ModelError

__all__ = ["ModelCard", "read_card", "weights_sha256"]

_REQUIRED = (
    "name",
    "summary",
    "task",
    "licence",
    "sha256",
    "input",
    "output",
    "decoder",
    "training",
    "scores",
)
_TABLES = ("input", "output", "decoder", "training", "scores")


@dataclass(frozen=True)
class ModelCard:
    """A network as data: a folder with ``card.toml`` and ``weights.onnx``.

    Parameters
    ----------
    folder : Path
    name, summary, task, licence : str
        `task` is ``'particles'`` for networks that `nanocaliper.segmentation` can decode.
    sha256 : str
        Digest of ``weights.onnx``.
    input : mapping
        ``multiple``: what sides must be multiples of; how large the network wants to see an image.
    output : mapping
        What the network gives, in which order and at which resolution.
    decoder : mapping
        ``name`` of a decoder and its thresholds, tuned on validation images; ``docs/models.md`` lists the entries
        of each.
    training, scores : mapping
        Free-form: data, licence, protocol; scores and how they were measured.
    """

    folder: Path
    name: str
    summary: str
    task: str
    licence: str
    sha256: str
    input: Mapping[str, Any]
    output: Mapping[str, Any]
    decoder: Mapping[str, Any]
    training: Mapping[str, Any]
    scores: Mapping[str, Any]

    @property
    def weights(self) -> Path:
        """Path of the ONNX file."""
        return self.folder / "weights.onnx"


def read_card(folder: Path) -> ModelCard:
    """Read and check the card of a network.

    Parameters
    ----------
    folder : Path
        Folder with ``card.toml``.

    Returns
    -------
    ModelCard

    Raises
    ------
    ModelError
        If the card is missing, is no TOML or lacks an entry.
    """
    path = folder / "card.toml"
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ModelError(f"No model card at '{path}' ({error.strerror}); expected card.toml.") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ModelError(f"The model card '{path}' is not valid TOML: {error}.") from error
    missing = [key for key in _REQUIRED if key not in table]
    if missing:
        raise ModelError(f"The model card '{path}' lacks {', '.join(missing)}.")
    for key in _REQUIRED:
        kind, words = (dict, "a table") if key in _TABLES else (str, "a text")
        if not isinstance(table[key], kind):
            raise ModelError(f"The model card '{path}' has {key} = {table[key]!r}; expected {words}.")
    values: dict[str, Any] = {
        k: MappingProxyType(v) if isinstance(v, dict) else v for k, v in table.items() if k in _REQUIRED
    }
    return ModelCard(folder=folder, **values)


def weights_sha256(card: ModelCard) -> str:
    """Digest of the weights as they lie on disk.

    Raises
    ------
    ModelError
        If the weights are missing or are not those the card describes.
    """
    try:
        digest = hashlib.sha256(card.weights.read_bytes()).hexdigest()
    except OSError as error:
        raise ModelError(f"No weights at '{card.weights}' ({error.strerror}).") from error
    if digest != card.sha256:
        raise ModelError(
            f"The weights '{card.weights}' are not those of their card (sha256 {digest[:12]}…, expected "
            f"{card.sha256[:12]}…): install the model again."
        )
    return digest
