"""What a table or figure is made from: images, quick or full, what the user changes, and where all of it goes."""

import csv
import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Any

import numpy as np

from emps_folder import choose_images
from nanocaliper.errors import UsageError
from nanocaliper.training.data.simulated_samples import SimulatedOptions, SimulatedSamples
from nanocaliper.training.data.simulated_set import simulate_set

__all__ = ["NSYOLO_CLASSES", "Setup", "find_real", "find_simulated", "simulated_options"]

#: Classes of NSYOLO's own images.
NSYOLO_CLASSES = ("sphere", "rod", "cube")
#: Images of NSYOLO's data before augmentation, and of the quick variant.
_SIMULATED, _SIMULATED_QUICK = 721, 60
#: A tenth of them, simulated by a seed of their own, for networks that are trained already.
_UNSEEN, _UNSEEN_QUICK, _UNSEEN_SEED = 72, 6, 9157
#: Real images of the quick variant, spread over the folds, and side of the square they are put on, px.
_REAL_QUICK, _REAL_SIDE_QUICK = 40, 128
#: Side of simulated images and range of their mean diameters, px.
_SIDE, _DIAMETER = 640, (16.0, 130.0)
_SIDE_QUICK, _DIAMETER_QUICK = 192, (16.0, 50.0)


@dataclass(frozen=True)
class Setup:
    """How a table or figure is made.

    Parameters
    ----------
    out : Path
        Gets ``quick/`` or ``full/`` with data that were prepared, runs, and a folder for each table or figure.
    data : Path, optional
        Real images with ``folds.csv`` for the semantic networks; labelled images of several classes for NSYOLO,
        simulated where there are none.
    quick : bool
        Few small images and epochs, to see that everything works; its scores say nothing about a network.
    fold : str, optional
        Which fold is held out, or ``'all'``; by default as the paper.
    images : int, optional
        How many images the quick variant takes, or are simulated.
    weights : Path, optional
        Folder of published encoder weights.
    fetch_weights : bool
        Whether weights that are not there may be fetched from their publishers.
    models : mapping
        Networks that are trained already, by the name of a variant, or ``''`` for the paper's own: the folder of a
        run, of a model, or the name of one that ships.
    changes : mapping
        Settings by table and key, as ``{'training.epochs': 20}``; they win over the protocol.
    tell : callable
        Is told what is done.
    """

    out: Path
    data: Path | None = None
    quick: bool = False
    fold: str | None = None
    images: int | None = None
    weights: Path | None = None
    fetch_weights: bool = False
    models: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))
    changes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    tell: Callable[[str], None] = lambda _: None

    @property
    def folder(self) -> Path:
        """Where all of it goes."""
        return self.out / ("quick" if self.quick else "full")


def find_real(setup: Setup) -> dict[str, Any]:
    """Settings of ``[data]`` for the real images; the quick variant copies a few of them.

    Raises
    ------
    UsageError
        If there are none.
    """
    if setup.data is None:
        raise UsageError(
            "No images to train on; give --data, a folder with images/, instances/ and folds.csv, such as EMPS."
        )
    folder = _take_few(setup, setup.data) if setup.quick else setup.data
    small = {"side": _REAL_SIDE_QUICK} if setup.quick else {}
    return {"folder": str(folder), "split": "folds.csv", "validation_share": 0.2, **small}


def _take_few(setup: Setup, data: Path) -> Path:
    count = setup.images or _REAL_QUICK
    folder = setup.folder / "data" / f"real_{count}"
    table = folder / "folds.csv"
    if table.is_file():
        return folder
    known = choose_images(data)
    with (data / "folds.csv").open(newline="", encoding="utf-8") as stream:
        row_of = {row["name"]: row for row in csv.DictReader(stream)}
    by_fold = {fold: [name for name, of in known if of == fold] for fold in sorted({f for _, f in known})}
    each = max(1, count // len(by_fold))
    rows: list[dict[str, str]] = []
    for names in by_fold.values():
        spread = np.unique(np.linspace(0, len(names) - 1, min(each, len(names))).round().astype(int))
        rows += [row_of[names[k]] for k in spread]
    for part in ("images", "instances"):
        (folder / part).mkdir(parents=True, exist_ok=True)
        for row in rows:
            shutil.copyfile(data / part / f"{row['name']}.png", folder / part / f"{row['name']}.png")
    # Written last: a folder without it is not whole.
    with table.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.DictWriter(stream, list(rows[0]))
        writer.writeheader()
        writer.writerows(rows)
    return folder


def simulated_options(setup: Setup, classes: tuple[str, ...] = NSYOLO_CLASSES) -> SimulatedOptions:
    """What simulated images show."""
    side, diameter = (_SIDE_QUICK, _DIAMETER_QUICK) if setup.quick else (_SIDE, _DIAMETER)
    return SimulatedOptions(classes, (side, side), None, diameter)


def find_simulated(setup: Setup) -> dict[str, Any]:
    """Settings of ``[data]`` for NSYOLO: the folder that was given, or simulated images of its three classes."""
    options = simulated_options(setup)
    small = {"side": options.size[0]} if setup.quick else {}
    if setup.data is not None:
        return {"folder": str(setup.data), "classes": [], **small}
    few, many, seed, name = _SIMULATED_QUICK, _SIMULATED, 1, "simulated"
    if setup.models:
        few, many, seed, name = _UNSEEN_QUICK, _UNSEEN, _UNSEEN_SEED, "unseen"
    count = setup.images or (few if setup.quick else many)
    folder = setup.folder / "data" / f"{name}_{count}"
    # Written last: a folder without it is not whole.
    if not (folder / "dataset.toml").is_file():
        setup.tell(f"Simulating {count} images of {options.size[0]} px")
        for _, _, files in simulate_set(SimulatedSamples(options, count, seed)):
            for below, content in files.items():
                (folder / below).parent.mkdir(parents=True, exist_ok=True)
                (folder / below).write_bytes(content)
    return {"folder": str(folder), "classes": list(options.classes), **small}
