"""``nanocaliper train``: a network from labelled images, as a TOML file says."""

from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nanocaliper.evaluation.image_scores import ImageScores
    from nanocaliper.evaluation.roc import RocCounts

__all__ = ["train"]


def train(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG", help="TOML file that says what is trained, and how.")
    ],
    run: Annotated[
        Path | None, typer.Option(metavar="FOLDER", help="Where to write.", show_default="runs/CONFIG")
    ] = None,
    fold: Annotated[str, typer.Option(metavar="K|all", help="Which fold of the data is held out.")] = "all",
    ablations: Annotated[
        bool, typer.Option("--ablations", help="Train the file's ablations as well.")
    ] = False,
    resume: Annotated[bool, typer.Option("--resume", help="Go on with a run that was stopped.")] = False,
) -> None:
    """Train a network on labelled images.

    Writes checkpoints, curves, the scores on the held-out images, and everything that is needed to repeat the run.
    With folds, one after another, and then mean and standard deviation. A run that was stopped, in whatever way,
    goes on with --resume and ends the same as if it had not been.

    \b
    Examples:
      nanocaliper train examples/training/tao2025_quick.toml --run runs/first
      nanocaliper train residualformer.toml --fold 0
      nanocaliper train nsyolo.toml --ablations --resume
      nanocaliper train runs/first/experiment.toml --run runs/again

    Exit status: 0 trained, 2 wrong use, 130 stopped by Ctrl-C.
    """
    from nanocaliper.errors import UsageError

    missing = [name for name in ("torch", "pytorch_lightning", "faster_coco_eval") if find_spec(name) is None]
    if missing:
        raise UsageError(
            f"Training needs {', '.join(missing)}, which the plain install leaves out; install it with: "
            "pip install 'nanocaliper[train]'"
        )
    from nanocaliper.training.experiment import read_experiment
    from nanocaliper.training.protocols import plan_runs, train_runs, write_summary

    experiment = read_experiment(config)
    runs = plan_runs(experiment, None if fold == "all" else fold, ablations=ablations)
    folder = Path("runs") / config.stem if run is None else run
    scores = train_runs(runs, folder, _report, resume=resume, experiment=experiment, tell=typer.echo)
    if scores:
        page = write_summary(scores, runs, folder)
        typer.echo(page)
    typer.echo(f"Written: {folder}")


def _report(
    images: "Sequence[ImageScores]", out: Path, title: str, roc: "RocCounts | None"
) -> Mapping[str, float | None]:
    from nanocaliper.report.evaluation_folder import write_evaluation

    return write_evaluation(images, out, title, {}, roc)
