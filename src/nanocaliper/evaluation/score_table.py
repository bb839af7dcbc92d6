"""Scores of many images as tables: pooled ones by name, and a row an image."""

import csv
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path

import numpy as np

from nanocaliper.evaluation.average_precision import AveragePrecision, find_average_precision
from nanocaliper.evaluation.confusion import BACKGROUND, ConfusionMatrix
from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.evaluation.roc import RocCounts
from nanocaliper.evaluation.segmentation_scores import ScoreSum
from nanocaliper.evaluation.size_scores import SizeScores, score_sizes

__all__ = [
    "Row",
    "find_precision_of",
    "pool_by_fold",
    "pool_confusion",
    "pool_scores",
    "show",
    "tabulate",
    "write_images",
]

#: What, in which unit, how much.
Row = tuple[str, str, float | None]


def tabulate(images: Sequence[ImageScores]) -> list[Row]:
    """Put the scores of many images into a table, particles and sizes and pixels.

    Parameters
    ----------
    images : sequence of ImageScores
        At least one.

    Returns
    -------
    list of (str, str, float or None)
        What, unit (``''`` for counts, ``'1'``, ``'%'``, ``'s'``), value.
    """
    pooled = _sum(images)
    sizes: SizeScores = score_sizes([image.sizes for image in images])
    per_image = [image.counts.scores() for image in images]

    def mean(name: str) -> float:
        return statistics.fmean(scores[name] for scores in per_image)

    return [
        ("images", "", len(images)),
        ("images that failed (scored as nothing found)", "", sum(bool(image.error) for image in images)),
        ("particles, true", "", pooled.truths),
        ("particles, found", "", pooled.founds),
        ("AP50, pooled", "1", pooled.average_precision(0.5)),
        ("AP50, mean over images", "1", mean("average_precision_50")),
        ("AP50:95, pooled", "1", pooled.mean_average_precision),
        ("AP50:95, mean over images", "1", mean("mean_average_precision")),
        ("precision at IoU 0.5, pooled", "1", pooled.precision),
        ("recall at IoU 0.5, pooled", "1", pooled.recall),
        ("F1 at IoU 0.5, pooled", "1", pooled.f1),
        ("PQ, pooled", "1", pooled.panoptic_quality),
        ("PQ, mean over images", "1", mean("panoptic_quality")),
        ("AJI, pooled", "1", pooled.aggregated_jaccard),
        ("AJI, mean over images", "1", mean("aggregated_jaccard")),
        ("semantic IoU, pooled", "1", pooled.semantic_iou),
        ("semantic IoU, mean over images", "1", mean("semantic_iou")),
        ("semantic F1, pooled", "1", pooled.semantic_f1),
        ("pixel precision, pooled", "1", pooled.pixel_precision),
        ("pixel recall, pooled", "1", pooled.pixel_recall),
        ("pixel accuracy, pooled", "1", pooled.pixel_accuracy),
        ("mean diameter, images compared", "", sizes.compared),
        ("mean diameter, images with whole particles on the true side only", "", sizes.only_truth),
        ("mean diameter, images with whole particles on the found side only", "", sizes.only_found),
        ("mean diameter, images with no whole particle on either side", "", sizes.neither),
        ("mean diameter, median relative error", "%", _percent(sizes.diameter_error_median)),
        ("mean diameter, mean relative error", "%", _percent(sizes.diameter_error_mean)),
        ("mean diameter, median signed error", "%", _percent(sizes.diameter_bias_median)),
        ("mean diameter, Spearman", "1", sizes.spearman),
        ("mean diameter, logR-Acc", "1", sizes.log_r_accuracy),
        ("mean diameter, logR-Acc, images", "", sizes.log_r_images),
        ("count, median relative error", "%", _percent(sizes.count_error_median)),
        ("count, mean relative error", "%", _percent(sizes.count_error_mean)),
        ("reading and segmentation, median", "s", statistics.median(image.seconds for image in images)),
    ]


def pool_scores(images: Sequence[ImageScores], roc: RocCounts | None = None) -> dict[str, float | None]:
    """Find all pooled scores of many images by the names of ``docs/scores.md``.

    Parameters
    ----------
    images : sequence of ImageScores
    roc : RocCounts, optional
        Pixels of all images by probability.

    Returns
    -------
    dict of str to float or None
        Those of `ScoreSum` and `SizeScores`; ``auc_roc`` and ``auc_roc_error``, ``map_50`` and ``map_50_95``
        (and ``ap_50``, ``ap_50_95`` of each class where there are several) only where the method gives
        probabilities or scores.
    """
    pooled = _sum(images)
    scores: dict[str, float | None] = {
        "images": len(images),
        "truths": pooled.truths,
        "founds": pooled.founds,
    }
    scores |= pooled.scores()
    scores |= {
        name: value
        for name, value in asdict(score_sizes([image.sizes for image in images])).items()
        if name != "images"
    }
    if roc is not None:
        scores |= {"auc_roc": roc.auc, "auc_roc_error": roc.auc_error}
    precision = find_precision_of(images)
    if precision is not None:
        scores |= {"map_50": precision.map_50, "map_50_95": precision.map_50_95}
        if len(precision.classes) > 1:
            for k, name in enumerate(precision.classes):
                scores[f"ap_50 {name}"] = precision.ap_50[k]
                scores[f"ap_50_95 {name}"] = precision.ap_50_95[k]
    confusion = pool_confusion(images)
    if confusion is not None and len(confusion.classes) > 2:
        for line in confusion.report(BACKGROUND):
            if line.name in confusion.classes:
                scores |= {
                    f"precision {line.name}": line.precision,
                    f"recall {line.name}": line.recall,
                    f"f1 {line.name}": line.f1,
                }
    return scores


def pool_by_fold(
    images: Sequence[ImageScores], roc_of: Mapping[str, RocCounts] | None = None
) -> dict[str, dict[str, float | None]]:
    """Find the pooled scores of each fold.

    Parameters
    ----------
    images : sequence of ImageScores
        Those without a fold are passed over.
    roc_of : mapping of str to RocCounts, optional
        Pixels by probability, by fold.

    Returns
    -------
    dict of str to dict of str to float or None
        As `pool_scores` gives them, by fold: 0, 1, ..., 10.
    """
    folds = {str(image.fold) for image in images if image.fold is not None}
    return {
        fold: pool_scores([image for image in images if str(image.fold) == fold], (roc_of or {}).get(fold))
        for fold in sorted(folds, key=lambda name: (len(name), name))
    }


def find_precision_of(images: Sequence[ImageScores]) -> AveragePrecision | None:
    """Find COCO's average precision of images that carry their particles; None where none does.

    Raises
    ------
    UsageError
        If the library is not installed.
    """
    pairs = [(i.truth, i.found) for i in images if i.truth is not None and i.found is not None]
    if not pairs:
        return None
    confusion = pool_confusion(images)
    many = max((int(s.classes.max(initial=0)) for pair in pairs for s in pair), default=0)
    classes = (
        confusion.classes[:-1] if confusion is not None else tuple(f"class {k}" for k in range(many + 1))
    )
    return find_average_precision([truth for truth, _ in pairs], [found for _, found in pairs], classes)


def pool_confusion(images: Sequence[ImageScores]) -> ConfusionMatrix | None:
    """Sum the confusion matrices of particles; None where no image has one."""
    known = [image.confusion for image in images if image.confusion is not None]
    if not known:
        return None
    zero = ConfusionMatrix(known[0].classes, np.zeros_like(known[0].counts))
    return sum(known, zero)


def show(unit: str, value: float | None) -> str:
    """Write a value as the tables print it.

    Parameters
    ----------
    unit : str
        As in `tabulate`.
    value : float or None

    Returns
    -------
    str
    """
    if value is None:
        return "none"
    if isinstance(value, int):
        return str(value)
    return f"{value:.2f} {unit}" if unit in ("%", "s") else f"{value:.4f}"


def write_images(images: Sequence[ImageScores], path: Path) -> None:
    """Write a row an image, the worst panoptic quality first.

    Parameters
    ----------
    images : sequence of ImageScores
    path : Path
        CSV file to write.
    """
    ordered = sorted(images, key=lambda image: (image.counts.panoptic_quality, image.name))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        for index, image in enumerate(ordered):
            sizes = asdict(image.sizes) | {
                "diameter_error": image.sizes.diameter_error,
                "count_error": image.sizes.count_error,
            }
            row = {"name": image.name, "fold": image.fold, **sizes, **image.counts.scores()}
            row |= {"seconds": image.seconds, "error": image.error}
            if index == 0:
                writer.writerow(row)
            writer.writerow(
                ["" if v is None else f"{v:.5g}" if isinstance(v, float) else v for v in row.values()]
            )


def _sum(images: Sequence[ImageScores]) -> ScoreSum:
    return sum((image.counts for image in images), ScoreSum())


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value
