"""Published weights of an encoder: from a file, or from their usual address only when asked for."""

from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from nanocaliper.errors import ModelError

__all__ = ["load_published_weights"]


def load_published_weights(
    encoder: nn.Module,
    name: str,
    file: Path | None,
    address: str | None = None,
    ignored: tuple[str, ...] = (),
    prefix: str = "",
) -> None:
    """Fill an encoder with a state dict whose names are the encoder's own.

    Parameters
    ----------
    encoder : nn.Module
        Changed in place, and only if every weight fits.
    name : str
        Of the network, for messages.
    file : Path, optional
        State dict as ``.pth`` (any file of `torch.save`), or ``.npz`` with an array for each name.
    address : str, optional
        Where the weights are fetched from if there is no file; only given when the user asked for that.
    ignored : tuple of str
        Prefixes of names that belong to the classifier.
    prefix : str
        Of the encoder's names in the published weights.

    Raises
    ------
    ModelError
        If there is neither file nor address, if they cannot be read, or if they are of another network.
    """
    if file is not None:
        state, source = _read(file), f"'{file}'"
    elif address is not None:
        state, source = _fetch(address, name), address
    else:
        raise ModelError(
            f"No pretrained weights of {name} were given; name their file (.pth or .npz), or allow the download."
        )
    state = {key.removeprefix(prefix): value for key, value in state.items() if not key.startswith(ignored)}
    expected = encoder.state_dict()
    # Old files do not have the counters of batch normalisation, which nothing here depends on.
    needed = {key for key in expected if not key.endswith("num_batches_tracked")}
    if wrong := sorted(needed - state.keys()) or sorted(state.keys() - expected.keys()):
        lacks = "lacks" if wrong[0] in needed else "also has"
        raise ModelError(f"{source} is not of {name}: it {lacks} {wrong[0]!r}; give weights of {name}.")
    for key in sorted(needed):
        if state[key].shape != expected[key].shape:
            raise ModelError(
                f"{source} is not of {name}: {key!r} has shape {tuple(state[key].shape)}, "
                f"expected {tuple(expected[key].shape)}; give weights of {name}."
            )
    encoder.load_state_dict(state, strict=False)


def _read(file: Path) -> dict[str, Tensor]:
    try:
        if file.suffix == ".npz":
            with np.load(file) as arrays:
                return {key: torch.from_numpy(arrays[key]) for key in arrays.files}
        state = torch.load(file, weights_only=True, map_location="cpu")
    except Exception as error:  # a damaged pickle can raise any
        reason = "there is no such file" if not file.exists() else "it is damaged or of another kind"
        raise ModelError(
            f"Cannot read weights from '{file}': {reason}; expected a state dict (.pth or .npz)."
        ) from error
    if not isinstance(state, dict) or not all(isinstance(value, Tensor) for value in state.values()):
        raise ModelError(
            f"'{file}' holds no state dict; expected names with their weights, as state_dict() gives."
        )
    return state


def _fetch(address: str, name: str) -> dict[str, Tensor]:
    try:
        state: dict[str, Tensor] = torch.hub.load_state_dict_from_url(
            address, map_location="cpu", progress=False, weights_only=True
        )
    except Exception as error:  # the network's, the disk's, or what a damaged pickle raises
        raise ModelError(
            f"Cannot fetch weights of {name} from {address} ({error}); fetch them elsewhere and name the file."
        ) from error
    return state
