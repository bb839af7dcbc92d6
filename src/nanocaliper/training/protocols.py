"""Protocols: one training for each fold and each ablation, and what came out of all of them."""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from nanocaliper.errors import UsageError
from nanocaliper.evaluation.folds import summarise_folds, write_folds_table
from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.evaluation.roc import RocCounts
from nanocaliper.training.data.annotated_folder import open_folder
from nanocaliper.training.engine import Job, check_trainable, run_training, score_held_out
from nanocaliper.training.experiment import vary
from nanocaliper.training.experiment_settings import Experiment
from nanocaliper.training.preparation import (
    ImagesOf,
    build_network,
    find_parts,
    make_augmentation,
    open_data,
)
from nanocaliper.training.run_folder import check_resumable, record_protocol, record_run
from nanocaliper.training.sample_sets import HeldOutSet, TrainingSet

__all__ = ["FULL", "PlannedRun", "Report", "plan_runs", "train_runs", "write_summary"]

#: Name of the experiment itself beside its ablations.
FULL = "full"

Scores = Mapping[str, float | None]
#: Writes the scores of a run's held-out images into a folder and gives the pooled ones.
Report = Callable[[Sequence[ImageScores], Path, str, RocCounts | None], Scores]


@dataclass(frozen=True)
class PlannedRun:
    """One training of a protocol.

    Parameters
    ----------
    variant : str
        `FULL`, or the name of an ablation.
    fold : str
        Its number; empty where there are no folds.
    experiment : Experiment
    images : ImagesOf
    parts : mapping of str to list of str
        Names of the images of ``train``, ``validation`` and ``test``.
    simulated : ImagesOf or None
        A further source of training samples.
    """

    variant: str
    fold: str
    experiment: Experiment
    images: ImagesOf
    parts: Mapping[str, list[str]]
    simulated: ImagesOf | None = None

    @property
    def name(self) -> str:
        """Folder of the run, below that of all."""
        return "/".join(part for part in (self.variant, f"fold{self.fold}" if self.fold else "") if part)


def plan_runs(
    experiment: Experiment, fold: str | None = None, *, ablations: bool = False
) -> list[PlannedRun]:
    """List the trainings that an experiment asks for; everything that can be wrong with it is found here.

    Parameters
    ----------
    experiment : Experiment
    fold : str, optional
        Only this fold; by default all.
    ablations : bool
        Whether to train the ablations as well.

    Returns
    -------
    list of PlannedRun
        In the order in which they are trained: all folds of the experiment, then of each ablation.

    Raises
    ------
    UsageError
        If a setting makes no sense, or there is no such fold.
    ReadError
        If images or annotations are missing or damaged.
    """
    if ablations and not experiment.ablations:
        raise UsageError("The experiment has no [[ablation]]; add some, or leave out --ablations.")
    variants = {FULL if ablations else "": vary(experiment, {})}
    if ablations:
        for ablation in experiment.ablations:
            if ablation.name == FULL:
                raise UsageError(
                    f"An [[ablation]] is called '{FULL}', as the experiment itself; call it otherwise."
                )
            variants[ablation.name] = vary(experiment, ablation.changes)
    runs = []
    for variant, varied in variants.items():
        images = open_data(varied.data, not varied.training.knows_classes)
        make_augmentation(varied.augmentation, varied.data.side)
        build_network(varied, images)
        folds = find_parts(varied.data, images)
        if fold is not None and fold not in folds:
            known = ", ".join(folds) if "" not in folds else "none: set folds in [data]"
            raise UsageError(f"There is no fold {fold}; the experiment has {known}.")
        simulated = _open_simulated(varied, images)
        for name, parts in folds.items():
            if fold in (None, name):
                check_trainable(varied.training, len(parts["train"]))
                runs.append(PlannedRun(variant, name, varied, images, parts, simulated))
    return runs


def _open_simulated(experiment: Experiment, images: ImagesOf) -> ImagesOf | None:
    """The folder of simulated images, where the experiment has one."""
    if not experiment.data.simulated:
        return None
    folder = open_folder(Path(experiment.data.simulated))
    folder.require_complete()
    return ImagesOf(folder, images.classes)


def train_runs(
    runs: Sequence[PlannedRun],
    folder: Path,
    report: Report,
    *,
    resume: bool = False,
    experiment: Experiment | None = None,
    tell: Callable[[str], None] = lambda _: None,
) -> dict[str, Scores]:
    """Train one run after another, and score each on its held-out images.

    Parameters
    ----------
    runs : sequence of PlannedRun
    folder : Path
        Each run has its own below it; a single one lies in it.
    report : callable
        Writes the scores.
    resume : bool
        Whether to go on with what was stopped; runs that were finished are not trained again.
    experiment : Experiment, optional
        What the runs were planned from, to be written down above them.
    tell : callable
        Is told what is done next.

    Returns
    -------
    dict of str to mapping
        Pooled scores by the name of the run.
    """
    for run in runs:
        check_resumable(folder / run.name, run.experiment, run.parts, run.images.folder, resume)
    if experiment is not None:
        _record_together(runs, folder, experiment)
    scores: dict[str, Scores] = {}
    for number, run in enumerate(runs, 1):
        below = folder / run.name
        counts = ", ".join(f"{len(names)} {part}" for part, names in run.parts.items())
        tell(f"[{number}/{len(runs)}] {run.name or run.experiment.network.name}: {counts}")
        record_run(below, run.experiment, run.parts, run.images.folder, run.images.classes, run.fold)
        job = _make_job(run)
        run_training(job, below, resume=resume)
        held_out = run.parts["test"] or run.parts["validation"]
        if held_out:
            data = run.experiment.data
            samples = HeldOutSet(run.images.choose(held_out), data.side, data.fit)
            images, roc = score_held_out(job, below, samples)
            what = "test" if run.parts["test"] else "validation"
            title = f"{run.experiment.network.name} {run.name}, {what} images".replace("  ", " ")
            scores[run.name] = report(images, below / "evaluation", title, roc)
    return scores


def _record_together(runs: Sequence[PlannedRun], folder: Path, experiment: Experiment) -> None:
    """Write down in the folder above several runs what makes all of them."""
    if all(run.name == "" for run in runs):
        return
    with_ablations = any(run.variant for run in runs)
    folds = {run.fold for run in runs}
    options = ["--ablations"] if with_ablations else []
    if len(folds) == 1 and folds != {""}:
        options.append(f"--fold {folds.pop()}")
    record_protocol(folder, experiment if with_ablations else vary(experiment, {}), " ".join(options))


def write_summary(scores: Mapping[str, Scores], runs: Sequence[PlannedRun], folder: Path) -> str:
    """Write ``summary.json`` and ``summary.md``: scores by fold, and mean ± standard deviation.

    Parameters
    ----------
    scores : mapping of str to mapping
        As `train_runs` gives them.
    runs : sequence of PlannedRun
    folder : Path

    Returns
    -------
    str
        The page.
    """
    variants: dict[str, dict[str, Scores]] = {}
    for run in runs:
        if run.name in scores:
            variants.setdefault(run.variant, {})[f"fold {run.fold}" if run.fold else "scores"] = scores[
                run.name
            ]
    page = ""
    content = {}
    for variant, folds in variants.items():
        heading = f"# {variant}\n\n" if variant else ""
        page += f"{heading}{write_folds_table(folds)}\n"
        summaries = summarise_folds(list(folds.values()))
        content[variant or FULL] = {
            "folds": folds,
            "summary": {
                name: {"mean": s.mean, "sd": s.sd, "folds": s.folds} for name, s in summaries.items()
            },
        }
    if len(variants) > 1:
        page += _compare(variants)
    (folder / "summary.md").write_text(page, encoding="utf-8")
    (folder / "summary.json").write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
    return page


#: Scores of the table that compares variants.
_COMPARED = (
    "semantic_iou",
    "pixel_precision",
    "pixel_recall",
    "semantic_f1",
    "precision",
    "recall",
    "f1",
    "map_50",
)


def _compare(variants: Mapping[str, Mapping[str, Scores]]) -> str:
    """A row a variant, a column a score."""
    lines = [f"# All\n\n| variant | {' | '.join(_COMPARED)} |", "|---|" + "---:|" * len(_COMPARED)]
    for variant, folds in variants.items():
        summaries = summarise_folds(list(folds.values()))
        cells = [str(summaries[name]) if name in summaries else "none" for name in _COMPARED]
        lines.append(f"| {variant} | {' | '.join(cells)} |")
    return "\n".join(lines) + "\n"


def _make_job(run: PlannedRun) -> Job:
    experiment, data, settings = run.experiment, run.experiment.data, run.experiment.training
    augmentation = make_augmentation(experiment.augmentation, data.side)
    training = run.images.choose(run.parts["train"])
    return Job(
        build_network(experiment, training),
        settings,
        run.images.classes,
        TrainingSet(
            training,
            data.side,
            data.fit,
            settings.seed,
            augmentation,
            run.simulated,
            data.simulated_share,
            augmentation.mixed if augmentation is not None else 0,
            augmentation.first if augmentation is not None else False,
        ),
        HeldOutSet(run.images.choose(run.parts["validation"]), data.side, data.fit),
    )
