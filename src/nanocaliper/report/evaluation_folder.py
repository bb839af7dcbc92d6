"""What an evaluation writes: scores by image and pooled, a page to read, and confusion matrices as pictures.

::

    OUT/scores.csv                a row an image, the worst panoptic quality first
    OUT/scores.json               version, settings, all pooled scores, those of the folds, confusion matrices, ...
    OUT/report.md                 the same to read
    OUT/confusion_pixels.png      particle against background
    OUT/confusion_particles.png   classes of matched particles, with the background
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from nanocaliper import __version__
from nanocaliper.evaluation.confusion import BACKGROUND, ConfusionMatrix, confuse_pixels
from nanocaliper.evaluation.folds import summarise_folds, write_folds_table
from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.evaluation.roc import RocCounts
from nanocaliper.evaluation.score_table import pool_confusion, pool_scores, show, tabulate, write_images
from nanocaliper.evaluation.segmentation_scores import ScoreSum
from nanocaliper.report.figures.confusion import draw_confusion
from nanocaliper.report.figures.files import write_drawing
from nanocaliper.report.figures.style import apply_style
from nanocaliper.report.result_folder import report_output_errors

__all__ = ["write_evaluation"]

Scores = Mapping[str, float | None]


def write_evaluation(
    images: Sequence[ImageScores],
    out: Path,
    title: str,
    settings: Mapping[str, Any],
    roc: RocCounts | None = None,
    *,
    folds: Mapping[str, Scores] | None = None,
    warnings: Sequence[str] = (),
    unscored: Mapping[str, str] | None = None,
) -> dict[str, float | None]:
    """Write all of an evaluation into a folder.

    Parameters
    ----------
    images : sequence of ImageScores
        At least one.
    out : Path
        Made where it does not exist; files of the same name are replaced.
    title : str
        Of the page.
    settings : mapping
        What was evaluated, plain JSON values.
    roc : RocCounts, optional
        Pixels of all images by probability.
    folds : mapping of str to mapping, optional
        Pooled scores of each fold by name; of two or more, mean and standard deviation are written.
    warnings : sequence of str
        What one who reads the scores should know.
    unscored : mapping of str to str, optional
        Images that could not be scored at all, and why.

    Returns
    -------
    dict of str to float or None
        The pooled scores.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    scores = pool_scores(images, roc)
    matrices = {"pixels": confuse_pixels(sum((image.counts for image in images), ScoreSum()))}
    particles = pool_confusion(images)
    if particles is not None:
        matrices["particles"] = particles
    content = {
        "version": __version__,
        "title": title,
        "settings": dict(settings),
        "warnings": list(warnings),
        "scores": scores,
        "folds": _describe_folds(folds) if folds and len(folds) > 1 else None,
        "unscored": dict(unscored or {}),
        "confusion": {
            name: {
                "classes": list(matrix.classes),
                "counts": matrix.counts.tolist(),
                "report": [asdict(line) for line in matrix.report(_left_out(name))],
            }
            for name, matrix in matrices.items()
        },
    }
    with report_output_errors(out):
        out.mkdir(parents=True, exist_ok=True)
        write_images(images, out / "scores.csv")
        text = json.dumps(content, indent=1, ensure_ascii=False, allow_nan=False)
        (out / "scores.json").write_text(text + "\n", encoding="utf-8")
        page = _write_page(images, title, settings, scores, matrices, folds or {}, warnings, unscored or {})
        (out / "report.md").write_text(page, encoding="utf-8")
    with apply_style():
        for name, matrix in matrices.items():
            write_drawing(draw_confusion(matrix, f"confusion_{name}", name), out, ("png",))
    return scores


def _describe_folds(folds: Mapping[str, Scores]) -> dict[str, Any]:
    summary = summarise_folds(list(folds.values()))
    return {"scores": folds, "summary": {name: asdict(score) for name, score in summary.items()}}


def _left_out(name: str) -> str | None:
    """Class without a line in the report: nobody finds background particles."""
    return BACKGROUND if name == "particles" else None


def _write_page(
    images: Sequence[ImageScores],
    title: str,
    settings: Mapping[str, Any],
    scores: Scores,
    matrices: Mapping[str, ConfusionMatrix],
    folds: Mapping[str, Scores],
    warnings: Sequence[str],
    unscored: Mapping[str, str],
) -> str:
    stated = [f"- {name}: {value}" for name, value in settings.items() if value is not None]
    lines = [f"# {title}", "", f"- nanocaliper {__version__}", *stated, ""]
    lines += [line for warning in warnings for line in (f"**{warning}**", "")]
    lines += ["## Scores", ""]
    lines += ["| score | value |", "|---|---:|"]
    lines += [f"| {what} | {show(unit, value)} |" for what, unit, value in tabulate(images)]
    shown = {
        "auc_roc": "AUC-ROC of pixels",
        "auc_roc_error": "AUC-ROC of pixels, largest error by rounding",
        "map_50": "mAP@0.5 (COCO)",
        "map_50_95": "mAP@0.5:0.95 (COCO)",
    }
    lines += [f"| {name} | {show('1', scores[key])} |" for key, name in shown.items() if key in scores]
    lines += [f"| {key} | {show('1', value)} |" for key, value in scores.items() if key.startswith("ap_50")]
    if len(folds) > 1:
        table = write_folds_table({f"fold {name}": scores for name, scores in folds.items()})
        lines += ["", "## Folds", "", *table.splitlines()]
    for name, matrix in matrices.items():
        lines += ["", f"## Confusion matrix of {name}", ""]
        lines += [
            f"| true \\ found | {' | '.join(matrix.classes)} |",
            "|---|" + "---:|" * len(matrix.classes),
        ]
        for true, counts in zip(matrix.classes, matrix.counts.tolist(), strict=True):
            lines.append(f"| {true} | {' | '.join(map(str, counts))} |")
        lines += ["", f"![Confusion matrix of {name}](confusion_{name}.png)", ""]
        lines += ["| class | precision | recall | F1 | support |", "|---|---:|---:|---:|---:|"]
        for line in matrix.report(_left_out(name)):
            cells = [show("1", score) for score in (line.precision, line.recall, line.f1)]
            lines.append(f"| {line.name} | {' | '.join(cells)} | {line.support} |")
        if name == "pixels":
            lines.append(f"| accuracy | | | {matrix.accuracy:.4f} | {int(matrix.counts.sum())} |")
    failed = [f"- {image.name}: {image.error}" for image in images if image.error]
    if failed:
        lines += ["", "## Images that failed", "", *failed]
    if unscored:
        lines += ["", "## Images without a score", ""]
        lines += [f"- {name}: {reason}" for name, reason in unscored.items()]
    lines += ["", "Definitions: docs/scores.md. One row an image: scores.csv.", ""]
    return "\n".join(lines)
