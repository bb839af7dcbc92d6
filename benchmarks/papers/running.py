"""Trainings that tables and figures share: made from a paper's protocol, resumed, and not made twice."""

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
from nanocaliper.training.experiment import list_tables, make_experiment, read_experiment
from nanocaliper.training.experiment_settings import Experiment
from nanocaliper.training.protocols import PlannedRun, plan_runs, train_runs
from nanocaliper.training.run_folder import check_resumable
from papers.setup import Setup

__all__ = [
    "Item",
    "Page",
    "Run",
    "Variant",
    "describe",
    "make_variant",
    "mean_of",
    "pool_matrix",
    "show",
    "train",
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
    """

    name: str
    label: str
    network: Mapping[str, Any]
    weights: str = ""
    changes: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))


@dataclass(frozen=True)
class Run:
    """A training that is finished, of one variant and fold."""

    variant: Variant
    planned: PlannedRun
    folder: Path

    @cached_property
    def evaluation(self) -> dict[str, Any]:
        """What ``evaluation/scores.json`` holds."""
        content: dict[str, Any] = json.loads(
            (self.folder / "evaluation" / "scores.json").read_text(encoding="utf-8")
        )
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

    @property
    def weights(self) -> str:
        """What the encoder started from."""
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


def train(
    setup: Setup,
    paper: str,
    protocol: str,
    data: Mapping[str, Any],
    variants: Sequence[Variant],
    fold: str | None = None,
) -> dict[str, list[Run]]:
    """Train what is not trained yet.

    Parameters
    ----------
    setup : Setup
    paper : str
        Name of the folder of its runs, which all its tables share.
    protocol, data
        As of `make_variant`.
    variants : sequence of Variant
    fold : str, optional
        Only this fold of the data, or ``'all'``; the user's choice wins.

    Returns
    -------
    dict of str to list of Run
        By name of the variant, a run a fold.
    """
    chosen = setup.fold or fold
    planned = {
        variant.name: plan_runs(
            make_variant(setup, protocol, data, variant), None if chosen in (None, "all") else chosen
        )
        for variant in variants
    }
    above = setup.folder / "runs" / paper
    runs = {
        variant.name: [Run(variant, one, above / variant.name / one.name) for one in planned[variant.name]]
        for variant in variants
    }
    for variant in variants:
        for run in runs[variant.name]:
            if not _is_finished(run):
                setup.tell(f"{paper}, {variant.label} {run.planned.name}".rstrip())
                train_runs([run.planned], above / variant.name, _report, resume=True, tell=setup.tell)
    return runs


def _report(images: Any, out: Path, title: str, roc: Any) -> Mapping[str, float | None]:
    return write_evaluation(images, out, title, {}, roc)


def _is_finished(run: Run) -> bool:
    """Whether a run is there with its scores, of the same settings and images."""
    planned = run.planned
    check_resumable(run.folder, planned.experiment, planned.parts, planned.images.folder, resume=True)
    return (run.folder / "evaluation" / "scores.json").is_file()


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


def warn(setup: Setup) -> str:
    """What the quick variant's pages say at last."""
    return " Quick variant: it shows that everything works, not how good a network is." if setup.quick else ""


def describe(setup: Setup, runs: Mapping[str, Sequence[Run]]) -> dict[str, Any]:
    """Settings that a page states: what was trained on, for how long, at which size."""
    first = next(iter(runs.values()))
    data, training = first[0].planned.experiment.data, first[0].planned.experiment.training
    counts = {
        part: [len(run.planned.parts[part]) for run in first] for part in ("train", "validation", "test")
    }
    return {
        "variant": "quick" if setup.quick else "full",
        "folds": [run.planned.fold for run in first if run.planned.fold] or None,
        **{
            f"{part}_images": numbers[0] if len(numbers) == 1 else numbers for part, numbers in counts.items()
        },
        "side_px": data.side,
        "epochs": training.epochs,
        "batch": training.batch,
        "seed": training.seed,
        "changed": dict(setup.changes) or None,
    }
