"""Networks that are there already: folders of runs, and models that ship or were exported."""

import csv
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.inference.catalogue import find_model
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.training.data.splits import SPLIT_NAMES, read_splits
from nanocaliper.training.experiment import change_paths, make_experiment
from nanocaliper.training.experiment_settings import Experiment
from nanocaliper.training.preparation import ImagesOf, open_data
from nanocaliper.training.protocols import PlannedRun
from nanocaliper.training.run_folder import BEST, LAST, check_resumable
from papers.exported import find_square
from papers.running import Run, Variant, make_variant
from papers.setup import Setup

__all__ = ["FindData", "find_given"]

#: Settings of ``[data]``, found only where they are needed.
FindData = Callable[[], Mapping[str, Any]]


def find_given(
    setup: Setup, paper: str, protocol: str, find_data: FindData, variants: Sequence[Variant]
) -> dict[str, list[Run]]:
    """Take the networks that the user gave.

    Parameters
    ----------
    setup : Setup
    paper : str
        Name of the folder of what is made of them.
    protocol, find_data
        As of `papers.obtaining.obtain`.
    variants : sequence of Variant
        Those that a table shows; of these, the ones that were given.

    Returns
    -------
    dict of str to list of Run
        By name of the variant; empty where none of them was given.

    Raises
    ------
    UsageError
        If there is no such network, it is of another kind, or saw the images in training.
    """
    runs = {}
    for variant in variants:
        place = setup.models.get(variant.name, setup.models.get("") if variant.own else None)
        if place is None:
            continue
        above = setup.folder / "given" / paper
        if folders := _find_run_folders(Path(place)):
            opened = [_open_run(setup, variant, folder, above) for folder in folders]
            runs[variant.name] = _choose_fold(opened, setup.fold)
        else:
            runs[variant.name] = [_open_model(setup, protocol, find_data(), variant, place, above)]
    _check_same_images(runs)
    return runs


def _choose_fold(runs: list[Run], fold: str | None) -> list[Run]:
    """Runs of the fold that was asked for, or all."""
    chosen = [run for run in runs if fold in (None, "all", run.planned.fold)]
    if not chosen:
        known = ", ".join(run.planned.fold or "none" for run in runs)
        raise UsageError(f"--fold is {fold}; the runs that --model gives held out {known}.")
    return chosen


def _check_same_images(runs: Mapping[str, Sequence[Run]]) -> None:
    """Refuse to compare networks that held out other images, or the same names in another folder."""
    known = {
        name: {(run.planned.images.folder.folder.resolve(), one) for run in of for one in run.held_out}
        for name, of in runs.items()
    }
    first, *others = known or {"": set()}
    for other in others:
        if known[other] != known[first]:
            raise UsageError(
                f"The networks given for '{first}' and '{other}' are to be compared, and held out other images; "
                "expected the same ones, in the folder that --data names."
            )


def _find_run_folders(place: Path) -> list[Path]:
    """The run, or those of the folds below it."""
    candidates = [place, *sorted(place.glob("fold*"))]
    found = [one for one in candidates if any((one / name).is_file() for name in (BEST, LAST))]
    return found[:1] if found[:1] == [place] else found


def _open_run(setup: Setup, variant: Variant, folder: Path, above: Path) -> Run:
    try:
        content = json.loads((folder / "settings.json").read_text(encoding="utf-8"))
        # As written, paths are relative to the run's folder.
        experiment = make_experiment(change_paths(content["settings"], lambda path: str(folder / path)))
        with (folder / "split.csv").open(newline="", encoding="utf-8") as stream:
            rows = [(row["name"], row["part"]) for row in csv.DictReader(stream)]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ReadError(
            f"'{folder}' is no run that can be used ({error}); expected settings.json and split.csv beside the "
            "checkpoints, as 'nanocaliper train' writes them."
        ) from None
    wanted = variant.network["name"]
    if experiment.network.name != wanted:
        raise UsageError(
            f"The run in '{folder}' is of the network '{experiment.network.name}'; expected '{wanted}' for "
            f"{variant.label}."
        )
    data = replace(experiment.data, folder=setup.data) if setup.data else experiment.data
    images = open_data(data, not experiment.training.knows_classes)
    images = ImagesOf(images.folder, tuple(content.get("classes") or images.classes))
    parts = {part: [name for name, of in rows if of == part] for part in SPLIT_NAMES}
    missing = sorted({name for name, _ in rows} - set(images.folder.names))
    if missing:
        raise UsageError(
            f"'{data.folder}' has no image '{missing[0]}', which the run in '{folder}' is of; give its images as "
            "--data."
        )
    # What it was trained on, under another name, would count as held out.
    check_resumable(folder, experiment, parts, images.folder, resume=True)
    fold = content.get("fold") or (match[1] if (match := re.fullmatch(r"fold(\w+)", folder.name)) else "")
    planned = PlannedRun("", fold, replace(experiment, data=data), images, parts)
    if not (parts["test"] or parts["validation"]):
        raise UsageError(f"The run in '{folder}' held out no images that it could be scored on.")
    own = folder / "evaluation"
    made = above / variant.name / folder.name
    evaluated = own if (own / "scores.json").is_file() else made
    return Run(variant, planned, folder, evaluated, _describe_run(folder, planned))


def _describe_run(folder: Path, planned: PlannedRun) -> str:
    experiment, training = planned.experiment, planned.experiment.training
    network = experiment.network
    named = folder.parent.name + "/" + folder.name if folder.name.startswith("fold") else folder.name
    switches = ", ".join(f"{key} {value}" for key, value in network.options.items())
    started = "from published encoder weights" if network.encoder_weights else "from chance"
    if network.start:
        started = "from another run's weights"
    simulated = f", {experiment.data.simulated_share:.0%} simulated" if experiment.data.simulated else ""
    return (
        f"the run {named}: {network.name}{f' ({switches})' if switches else ''}, {started}, {training.loss} loss, "
        f"{training.epochs} epochs of {len(planned.parts['train'])} images of {experiment.data.side} px{simulated}"
        f", batches of {training.batch}, seed {training.seed}; scored on the images that it held out"
    )


def _open_model(
    setup: Setup, protocol: str, data: Mapping[str, Any], variant: Variant, place: str, above: Path
) -> Run:
    card = find_model(place)
    detects = variant.network["name"] == "nsyolo"
    side, fit = find_square(card, "prototypes" if detects else "semantic")
    if not detects and protocol == "nsyolo":
        # In NSYOLO's paper too, networks of pixels are those of Tao et al.
        protocol = "tao2025"
    made = make_variant(setup, protocol, data, variant)
    experiment = Experiment(
        replace(made.data, side=side, fit=fit), made.network, replace(made.training, workers=0)
    )
    images = open_data(experiment.data, not detects)
    if detects:
        images = ImagesOf(images.folder, tuple(card.output["classes"]))
    fold, names = _find_unseen(card, images, setup.fold)
    if setup.images is not None and setup.images < len(names):
        spread = np.unique(np.linspace(0, len(names) - 1, setup.images).round().astype(int))
        names = [names[k] for k in spread]
    parts: dict[str, list[str]] = {"train": [], "validation": [], "test": names}
    planned = PlannedRun("", fold, experiment, images, parts)
    made_in = above / variant.name / f"{card.name}_{card.sha256[:12]}"
    return Run(variant, planned, card.folder, made_in, _describe_model(setup, card, fold, side, fit))


def _find_unseen(card: ModelCard, images: ImagesOf, asked: str | None) -> tuple[str, list[str]]:
    """The fold that a model's training did not see, and its images; all where there are no folds."""
    table = images.folder.folder / "folds.csv"
    if not table.is_file():
        return "", list(images.folder.names)
    held_out = card.training.get("held_out_fold")
    if held_out is None:
        raise UsageError(
            f"The card of '{card.name}' does not state training.held_out_fold: it may have seen these images. A "
            "network is scored only on images that it did not see."
        )
    fold = str(held_out)
    if asked not in (None, fold):
        raise UsageError(
            f"The model '{card.name}' saw fold {asked} in training; expected --fold {fold}, the one that its card "
            "states as training.held_out_fold."
        )
    fold_of = read_splits(table)
    names = [name for name in images.folder.names if fold_of.get(name) == fold]
    if not names:
        raise UsageError(f"'{table}' has no images of fold {fold}, which '{card.name}' did not see.")
    return fold, names


def _describe_model(setup: Setup, card: ModelCard, fold: str, side: int, fit: str) -> str:
    stated = [
        f"{what}: {card.training[key]}"
        for what, key in (("protocol", "protocol"), ("data", "data"), ("tuning", "tuning"))
        if card.training.get(key)
    ]
    unseen = f"; scored on fold {fold}, which it did not see" if fold else ""
    if not fold and setup.data is not None:
        unseen = "; whether it saw images of this folder in training, its card does not say"
    return (
        f"the model {card.name} (weights {card.sha256[:12]}), {card.summary}. Its card says, "
        f"{'; '.join(stated) or 'nothing of its training'}. Here it sees images as squares of {side} px "
        f"({fit}){unseen}"
    )
