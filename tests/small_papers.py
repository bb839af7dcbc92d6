"""The papers' networks and images, so small that they train within a second."""

from dataclasses import replace
from pathlib import Path
from typing import Any

from data_sets import write_folds
from tiny_training import make_sample

#: Everything small: one epoch of 32 px.
TINY = {
    "training.epochs": 1,
    "training.workers": 0,
    "training.batch": 2,
    "training.accelerator": "cpu",
    "data.side": 32,
}


def write_data(folder: Path) -> Path:
    """A folder as that of EMPS: three folds, each image of an article of its own."""
    samples = [make_sample(k) for k in range(9)]
    return write_folds(
        folder, [(one.pixels, one.labels, k % 3, f"10.1/{k}") for k, one in enumerate(samples)]
    )


def set_up(out: Path, **changes: Any) -> Any:
    """The quick variant, smaller still."""
    from papers.setup import Setup

    return replace(Setup(out, quick=True, changes=TINY), **changes)


def small_semantic(name: str, label: str, own: bool = False) -> Any:
    """A network of pixels."""
    from papers.running import Variant

    network = {"name": "residualformer", "common_width": 4}
    return Variant(name, label, network, changes={"training.loss": "dice"}, own=own)


def small_nsyolo(variant: Any) -> Any:
    """NSYOLO or one of its ablations, narrow."""
    return replace(variant, network={**variant.network, "width": 0.05, "depth": 0.25})


def never(*_: object, **__: object) -> None:
    """In the place of what must not be called."""
    raise AssertionError("trained again")
