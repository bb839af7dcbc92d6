"""``nanocaliper evaluate``: what a model or another program found, scored against labelled images."""

from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nanocaliper.cli.progress import ProgressView, show_name

if TYPE_CHECKING:
    from nanocaliper.cli.found_particles import Finder
    from nanocaliper.evaluation.image_scores import ImageScores
    from nanocaliper.training.data.annotated_folder import AnnotatedFolder
    from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph

__all__ = ["evaluate"]


def evaluate(
    truth: Annotated[
        Path,
        typer.Argument(metavar="TRUTH", help="Images with their annotations, in any format that is read."),
    ],
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME|FOLDER",
            help="Model to run on the images: a shipped one, or a folder.",
            show_default="none",
        ),
    ] = None,
    predictions: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER",
            help="Label images of another program by the images' names.",
            show_default="none",
        ),
    ] = None,
    names: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Text file of names: only these images.", show_default="all"),
    ] = None,
    fold: Annotated[
        str | None,
        typer.Option(
            metavar="K",
            help="Only the images of this fold or part of splits.csv or folds.csv.",
            show_default="all",
        ),
    ] = None,
    confidence: Annotated[
        float | None,
        typer.Option(metavar="C", help="Least score of a particle, 0 to 1.", show_default="the model's"),
    ] = None,
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Where to write.")] = Path(
        "evaluation"
    ),
) -> None:
    """Score a model, or label images of another program, against labelled images.

    Writes scores.csv (a row an image, the worst first), scores.json, report.md and confusion matrices. The scores
    are defined in docs/scores.md. An image that fails is scored as one in which nothing was found.

    \b
    Examples:
      nanocaliper evaluate my_particles --model particle_unet -o scores
      nanocaliper evaluate my_particles --predictions other/labels --fold 0

    Exit status: 0 all scored, 1 some images failed (they count as nothing found), 2 wrong use.
    """
    from nanocaliper.cli.found_particles import by_files, by_model
    from nanocaliper.errors import UsageError
    from nanocaliper.report.evaluation_folder import write_evaluation

    if (model is None) == (predictions is None):
        given = "neither --model nor --predictions" if model is None else "both --model and --predictions"
        raise UsageError(f"There is {given}; expected one of them: what is scored?")
    if predictions is not None and confidence is not None:
        raise UsageError("--confidence needs --model: label images have no scores.")
    if names is not None and fold is not None:
        raise UsageError("There are both --names and --fold; expected at most one of them.")
    if model is not None:
        has_library = find_spec("faster_coco_eval") is not None
        if not has_library:
            typer.echo(
                "mAP is left out: it needs the extra 'train' (pip install 'nanocaliper[train]').", err=True
            )
        finder, what = by_model(model, confidence, keep_candidates=has_library), model
    else:
        assert predictions is not None
        finder, what = by_files(predictions), str(predictions)
    folder, fold_of = _open(truth, names, fold)
    images: list[ImageScores] = []
    with ProgressView("Scoring") as progress:
        for number, sample in enumerate(folder, 1):
            path = folder.folder / folder.entries[number - 1].image
            images.append(_score(sample, path, fold_of.get(sample.name), finder))
            outcome = images[-1].error or f"PQ {images[-1].counts.panoptic_quality:.3f}"
            progress.show(number, len(folder), sample.name, outcome)
    settings = {
        "truth": str(truth),
        "model": model,
        "predictions": None if predictions is None else str(predictions),
        "names": None if names is None else str(names),
        "fold": fold,
        "confidence": confidence,
    }
    scores = write_evaluation(images, out, f"{Path(what).name} on {truth.resolve().name}", settings)
    for key, label in _SHOWN.items():
        if scores.get(key) is not None:
            typer.echo(f"{label:<28}{scores[key]:.4f}")
    failed = [image for image in images if image.error]
    for image in failed:
        typer.secho(f"{show_name(image.name)}: {image.error}", fg="red", bold=True)
    typer.echo(f"Written: {out / 'report.md'}")
    if failed:
        raise typer.Exit(1)


#: What is printed: the rest is in the report.
_SHOWN = {
    "precision": "precision at IoU 0.5",
    "recall": "recall at IoU 0.5",
    "f1": "F1 at IoU 0.5",
    "map_50": "mAP@0.5",
    "map_50_95": "mAP@0.5:0.95",
    "panoptic_quality": "PQ",
    "aggregated_jaccard": "AJI",
    "semantic_iou": "pixel IoU",
    "semantic_f1": "pixel F1 (Dice)",
    "diameter_error_mean": "mean diameter, mean error",
    "spearman": "mean diameter, Spearman",
    "log_r_accuracy": "mean diameter, logR-Acc",
}


def _open(truth: Path, names: Path | None, fold: str | None) -> "tuple[AnnotatedFolder, dict[str, str]]":
    """Open the images to score, and the fold of each where a list says it."""
    from nanocaliper.errors import UsageError
    from nanocaliper.training.data.annotated_folder import open_folder
    from nanocaliper.training.data.splits import read_splits

    folder = open_folder(truth)
    lists = [path for path in (truth / "splits.csv", truth / "folds.csv") if path.is_file()]
    fold_of = read_splits(lists[0]) if lists else {}
    if fold is not None:
        known = sorted(set(fold_of.values()))
        if fold not in known:
            parts = ", ".join(known) or "no splits.csv or folds.csv"
            raise UsageError(f"There is no fold {fold} in '{truth}'; it has {parts}.")
        folder = folder.choose([name for name in folder.names if fold_of.get(name) == fold])
    if names is not None:
        try:
            wanted = names.read_text(encoding="utf-8").split()
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"The list of names '{names}' cannot be read ({error}); expected a text file."
            ) from None
        folder = folder.choose(list(dict.fromkeys(wanted)))
    if names is None and fold is None:
        folder.require_complete()
    if not len(folder):
        raise UsageError("No image is left to score; check the names and the fold.")
    return folder, fold_of


def _score(sample: "LabelledMicrograph", path: Path, fold: str | None, finder: "Finder") -> "ImageScores":
    import time

    import numpy as np

    from nanocaliper.cli.found_particles import Found, compare
    from nanocaliper.errors import ReadError, SegmentationError

    began, error = time.perf_counter(), ""
    try:
        found = finder(sample.name, path)
    except (ReadError, SegmentationError) as failure:  # a model that cannot run at all ends the evaluation
        found, error = Found(np.zeros(sample.labels.shape, np.int32)), str(failure)
    seconds = time.perf_counter() - began
    return compare(sample.name, fold, sample.labels, sample.classes, sample.class_of, found, seconds, error)
