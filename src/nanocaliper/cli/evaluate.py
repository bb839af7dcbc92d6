"""``nanocaliper evaluate``: what a model or another program found, scored against labelled images."""

from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nanocaliper.cli.progress import ProgressView, show_name

if TYPE_CHECKING:
    from nanocaliper.cli.found_particles import Finder
    from nanocaliper.cli.scored_images import TrueImages

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
            help="Model to run on the images: a shipped one, or a folder; or a folder of models fold0, fold1, ..., "
            "each for the fold that it did not see.",
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
            help="Only the images of this fold or part.",
            show_default="all",
        ),
    ] = None,
    folds: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.csv",
            help="Columns name and fold: scores also by fold, with mean and standard deviation.",
            show_default="splits.csv or folds.csv of TRUTH",
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
    are defined in docs/scores.md; of images in several folds, they are pooled and mean ± SD over the folds. An
    image that fails is scored as one in which nothing was found.

    \b
    Examples:
      nanocaliper evaluate my_particles --model particle_unet -o scores
      nanocaliper evaluate my_particles --predictions other/labels --fold 0
      nanocaliper evaluate my_particles --predictions other/labels --folds my_folds.csv

    Exit status: 0 all scored, 1 some images failed (they count as nothing found), 2 wrong use.
    """
    from nanocaliper.cli.found_particles import by_files
    from nanocaliper.cli.scored_images import open_truth, score_images
    from nanocaliper.cli.seen_images import describe_training, find_fold_models, warn_of_seen
    from nanocaliper.errors import UsageError
    from nanocaliper.evaluation.score_table import pool_by_fold
    from nanocaliper.report.evaluation_folder import write_evaluation

    if (model is None) == (predictions is None):
        given = "neither --model nor --predictions" if model is None else "both --model and --predictions"
        raise UsageError(f"There is {given}; expected one of them: what is scored?")
    if predictions is not None and confidence is not None:
        raise UsageError("--confidence needs --model: label images have no scores.")
    if names is not None and fold is not None:
        raise UsageError("There are both --names and --fold; expected at most one of them.")
    images = open_truth(truth, names, fold, folds)
    warnings = images.warn_of_folds(folds) if fold is None else ()
    training_data: str | None = None
    if model is not None:
        of_fold = find_fold_models(model, images)
        finder = _find_by_models(model, of_fold, confidence, images)
        if not of_fold:
            warnings += warn_of_seen(model, images)
            training_data = describe_training(model)
    else:
        assert predictions is not None
        finder = by_files(predictions)
    for warning in warnings:
        typer.secho(warning, fg="yellow", err=True)
    with ProgressView("Scoring") as progress:
        scored = score_images(images, finder, progress.show)
    settings = {
        "truth": str(truth),
        "model": model,
        "training_data": training_data,
        "predictions": None if predictions is None else str(predictions),
        "names": None if names is None else str(names),
        "fold": fold,
        "folds": None if folds is None else str(folds),
        "confidence": confidence,
    }
    of_folds = pool_by_fold(scored.images, scored.roc_of) if images.has_folds else {}
    scores = write_evaluation(
        scored.images,
        out,
        f"{Path(model or str(predictions)).name} on {truth.resolve().name}",
        settings,
        scored.roc,
        folds=of_folds,
        warnings=warnings,
        unscored=scored.unscored,
    )
    _show(scores, of_folds)
    failed = {image.name: image.error for image in scored.images if image.error}
    for name, reason in (failed | scored.unscored).items():
        typer.secho(f"{show_name(name)}: {reason}", fg="red", bold=True)
    typer.echo(f"Written: {out / 'report.md'}")
    if failed or scored.unscored:
        raise typer.Exit(1)


#: What is printed: the rest is in the report.
_SHOWN = {
    "precision": "precision at IoU 0.5",
    "recall": "recall at IoU 0.5",
    "f1": "F1 at IoU 0.5",
    "average_precision_50": "AP50",
    "map_50": "mAP@0.5",
    "map_50_95": "mAP@0.5:0.95",
    "panoptic_quality": "PQ",
    "aggregated_jaccard": "AJI",
    "semantic_iou": "pixel IoU",
    "semantic_f1": "pixel F1 (Dice)",
    "pixel_precision": "pixel precision",
    "pixel_recall": "pixel recall",
    "pixel_accuracy": "pixel accuracy",
    "auc_roc": "pixel AUC-ROC",
    "auc_roc_error": "pixel AUC-ROC, rounding",
    "diameter_error_mean": "mean diameter, mean error",
    "spearman": "mean diameter, Spearman",
    "log_r_accuracy": "mean diameter, logR-Acc",
}


def _show(scores: Mapping[str, float | None], folds: Mapping[str, Mapping[str, float | None]]) -> None:
    from nanocaliper.evaluation.folds import summarise_folds

    summaries = summarise_folds(list(folds.values()))
    if summaries:
        typer.echo(f"{'':<28}{'pooled':<10}mean ± SD of {len(folds)} folds")
    for key, label in _SHOWN.items():
        if scores.get(key) is not None:
            line = f"{label:<28}{scores[key]:.4f}"
            if key in summaries:
                some = f" ({summaries[key].folds} of them)" if summaries[key].folds < len(folds) else ""
                line = f"{line:<38}{summaries[key]}{some}"
            typer.echo(line)


def _find_by_models(
    model: str, of_fold: Mapping[str, str], confidence: float | None, images: "TrueImages"
) -> "Finder":
    """The way to run a model, or one for each fold."""
    from nanocaliper.cli.found_particles import by_fold, by_model

    has_library = find_spec("faster_coco_eval") is not None
    if not has_library:
        typer.echo(
            "mAP is left out: it needs the extra 'train' (pip install 'nanocaliper[train]').", err=True
        )
    if not of_fold:
        return by_model(model, confidence, keep_candidates=has_library)
    finders = {fold: by_model(one, confidence, keep_candidates=has_library) for fold, one in of_fold.items()}
    return by_fold(finders, images.fold_of)
