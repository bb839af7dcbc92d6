"""What tables and figures are made of: variants of a network by a paper's protocol, and their runs with scores."""

import hashlib
import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from types import MappingProxyType
from typing import Any, NamedTuple

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.evaluation.confusion import ConfusionMatrix
from nanocaliper.evaluation.folds import FoldSummary, summarise_folds
from nanocaliper.report.evaluation_folder import write_evaluation
from nanocaliper.training.curves import read_curves
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.experiment import list_tables, make_experiment, read_experiment
from nanocaliper.training.experiment_settings import Experiment
from nanocaliper.training.protocols import PlannedRun
from papers.setup import Setup
from papers.using import find_checkpoint, score_on

__all__ = [
    "Item",
    "Page",
    "Run",
    "Variant",
    "describe",
    "make_variant",
    "mean_of",
    "need_curves",
    "pool_matrix",
    "show",
    "speaking",
    "state_weights",
    "warn",
]

_EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "training"


@dataclass(frozen=True)
class Variant:
    """One network of a table.

    Parameters
    ----------
    name : str
        Of its folder.
    label : str
        As the table calls it.
    network : mapping
        Name and switches.
    weights : str
        File of published weights for its encoder; empty where there are none.
    changes : mapping
        Other settings, by table and key.
    own : bool
        Whether it is the paper's own network.
    """

    name: str
    label: str
    network: Mapping[str, Any]
    weights: str = ""
    changes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    own: bool = False


@dataclass(frozen=True)
class Run:
    """A network that is trained, of one variant and fold.

    Parameters
    ----------
    variant : Variant
    planned : PlannedRun
        With the images that it held out.
    folder : Path
        Of the run, or of the model.
    evaluated : Path
        Where its scores are, or will be.
    given : str
        Which weights these are, and how they were trained; empty where they were trained for this table.
    """

    variant: Variant
    planned: PlannedRun
    folder: Path
    evaluated: Path
    given: str = ""

    def evaluate(self) -> Path:
        """Folder with ``scores.json`` and ``scores.csv``, which are made now where they are not there."""
        if not self.given or self.evaluated.parent == self.folder:
            return self.evaluated
        names = "\n".join([str(self.planned.images.folder.folder), *self.held_out])
        settings = {
            "given": self.given,
            "weights_sha256": hashlib.sha256(find_checkpoint(self).read_bytes()).hexdigest(),
            "images_sha256": hashlib.sha256(names.encode()).hexdigest(),
        }
        path = self.evaluated / "scores.json"
        if not path.is_file() or json.loads(path.read_text(encoding="utf-8"))["settings"] != settings:
            images, roc = score_on(self, self.planned.images.choose(self.held_out))
            write_evaluation(images, self.evaluated, self.variant.label, settings, roc)
        return self.evaluated

    @cached_property
    def evaluation(self) -> dict[str, Any]:
        """What ``scores.json`` holds."""
        content: dict[str, Any] = json.loads((self.evaluate() / "scores.json").read_text(encoding="utf-8"))
        return content

    @property
    def scores(self) -> dict[str, float | None]:
        """Pooled scores of the held-out images."""
        scores: dict[str, float | None] = self.evaluation["scores"]
        return scores

    @property
    def held_out(self) -> list[str]:
        """Names of the images that are scored."""
        return self.planned.parts["test"] or self.planned.parts["validation"]

    def read(self, names: Sequence[str]) -> list[LabelledMicrograph]:
        """Labelled images by name, in the order of the data."""
        chosen = self.planned.images.choose(names)
        return [chosen[place] for place in range(len(chosen))]

    @property
    def weights(self) -> str:
        """What the encoder started from."""
        if self.given:
            return "see below"
        network = self.planned.experiment.network
        return "ImageNet" if network.encoder_weights or network.fetch_encoder_weights else "random"

    def matrix(self, of: str) -> ConfusionMatrix:
        """Confusion matrix of ``'pixels'`` or ``'particles'``."""

        stored = self.evaluation["confusion"][of]
        return ConfusionMatrix(tuple(stored["classes"]), np.array(stored["counts"], np.int64))


@dataclass(frozen=True)
class Page:
    """A table or figure that was made: what `result_tables.write_run` takes, and pictures by name."""

    settings: Mapping[str, Any]
    tables: Mapping[str, Any]
    note: str
    figures: Mapping[str, Any] = field(default_factory=dict)
    pictures: Mapping[str, Any] = field(default_factory=dict)


class Item(NamedTuple):
    """A table or figure: what it shows, and how it is made."""

    title: str
    make: Callable[[Setup], Page]


def make_variant(setup: Setup, protocol: str, data: Mapping[str, Any], variant: Variant) -> Experiment:
    """Make the experiment of a variant: the paper's protocol, its network, then what the user changes.

    Parameters
    ----------
    setup : Setup
    protocol : str
        Name of the file in ``examples/training``, without ``_quick``.
    data : mapping
        Settings of ``[data]``.
    variant : Variant

    Raises
    ------
    UsageError
        If a change names no setting.
    """
    path = _EXAMPLES / f"{protocol}{'_quick' if setup.quick else ''}.toml"
    tables = list_tables(read_experiment(path))
    tables["data"] |= data
    file = setup.weights / variant.weights if setup.weights and variant.weights else None
    found = file if file is not None and file.is_file() else None
    fetched = found is None and bool(variant.weights) and setup.fetch_weights
    tables["network"] = {
        **variant.network,
        "encoder_weights": "" if found is None else str(found),
        "fetch_encoder_weights": fetched,
    }
    # Tables want the best epoch alone; large networks would fill disks.
    changes = {"training.checkpoint_every": 1_000_000, **variant.changes}
    if found is None and not fetched:
        # Random weights are not worth holding still.
        changes["training.frozen_epochs"] = 0
    for name, value in (changes | dict(setup.changes)).items():
        table, _, key = name.partition(".")
        if table not in tables or table == "network" or not key:
            raise UsageError(
                f"There is no setting {name!r} to change; expected one of [data], [training] or [augmentation], "
                "such as training.epochs: the table says which networks."
            )
        tables[table][key] = value
    return make_experiment(tables)


def mean_of(runs: Sequence[Run], name: str) -> FoldSummary:
    """Mean and standard deviation (n - 1) of a score over folds."""
    return summarise_folds([{name: run.scores.get(name)} for run in runs])[name]


def pool_matrix(runs: Sequence[Run], of: str) -> ConfusionMatrix:
    """Sum of the confusion matrices of folds."""
    first, *others = (run.matrix(of) for run in runs)
    return sum(others, first)


def show(value: float | None) -> str:
    """A score with three digits."""
    return "–" if value is None else f"{value:.3f}"


def state_weights(runs: Mapping[str, Sequence[Run]]) -> str:
    """Say which weights were given, and how they were trained; nothing where all were trained for the table."""
    given = [f"{run.variant.label}: {run.given}." for of in runs.values() for run in of if run.given]
    return f" Weights that were there before. {' '.join(given)}" if given else ""


def speaking(runs: Mapping[str, Sequence[Run]]) -> Sequence[Run]:
    """Runs whose settings a page states: those of the paper's own network, where it is among them."""
    return next((of for of in runs.values() if of[0].variant.own), next(iter(runs.values())))


def need_curves(run: Run) -> list[dict[str, float]]:
    """Curves of a training, a row an epoch.

    Raises
    ------
    UsageError
        If there are none, as of an exported model.
    """
    rows = read_curves(run.folder)
    if not rows:
        raise UsageError(
            f"There is no curves.csv in '{run.folder}', and this shows a training; give --model the folder of "
            "a run."
        )
    return rows


def warn(setup: Setup) -> str:
    """What the quick variant's pages say at last."""
    return " Quick variant: it shows that everything works, not how good a network is." if setup.quick else ""


def describe(setup: Setup, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """Settings that a page states: what was trained on, for how long, at which size."""
    first = speaking(runs)
    data, training = first[0].planned.experiment.data, first[0].planned.experiment.training
    counts = {
        part: [len(run.planned.parts[part]) for run in first] for part in ("train", "validation", "test")
    }
    trained = any(counts["train"])
    return {
        "variant": "quick" if setup.quick else "full",
        "weights": ", ".join(dict.fromkeys(Path(place).name for place in setup.models.values())) or None,
        "folds": [run.planned.fold for run in first if run.planned.fold] or None,
        **{
            f"{part}_images": numbers[0] if len(numbers) == 1 else numbers
            for part, numbers in counts.items()
            if trained or any(numbers)
        },
        "side_px": data.side,
        "epochs": training.epochs if trained else None,
        "batch": training.batch if trained else None,
        "seed": training.seed if trained else None,
        "changed": dict(setup.changes) or None,
    }
