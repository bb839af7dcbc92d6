"""Scoring a method on EMPS: which images, what is compared, and the table of scores."""

import csv
import statistics
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from nanocaliper.errors import ReadError, SegmentationError, UsageError
from nanocaliper.evaluation.segmentation_scores import ScoreSum, count_scores
from nanocaliper.evaluation.size_scores import ImageSizes, SizeScores, compare_sizes, score_sizes

Labels = npt.NDArray[np.int32]
#: From the path of an image to its labels.
Method = Callable[[Path], Labels]


@dataclass(frozen=True)
class ImageResult:
    """One image: its scores, its sizes, the seconds for reading and segmentation, and an error or ''."""

    name: str
    fold: int
    counts: ScoreSum
    sizes: ImageSizes
    seconds: float
    error: str


def network(model: str, confidence: float | None) -> Method:
    """The program's own way from a file to labels."""
    from nanocaliper.micrograph.read import read
    from nanocaliper.particles.filters import ParticleLimits, keep_particles
    from nanocaliper.segmentation.segment import segment

    def run(path: Path) -> Labels:
        candidates = segment(read(path), (), model=model)
        return keep_particles(candidates, ParticleLimits(confidence)).labels

    return run


def read_truth(path: Path) -> Labels:
    """Labels of an annotated image."""
    try:
        with Image.open(path) as image:
            return np.array(image, dtype=np.int32)
    except OSError as error:
        raise ReadError(f"No labels can be read from '{path}': {error}. Expected a 16-bit PNG.") from error


def choose(data: Path, fold: int | None, names: Path | None, limit: int | None) -> list[tuple[str, int]]:
    """Name and fold of the images to score, in the order of ``folds.csv``."""
    table = data / "folds.csv"
    if not table.is_file():
        raise UsageError(
            f"No folds.csv in '{data}'. Expected a folder with images/, instances/ and folds.csv."
        )
    with table.open(newline="", encoding="utf-8") as stream:
        rows = [(row["name"], int(row["fold"])) for row in csv.DictReader(stream)]
    if names is not None:
        wanted = set(names.read_text(encoding="utf-8").split())
        unknown = sorted(wanted - {name for name, _ in rows})
        if unknown:
            raise UsageError(
                f"{len(unknown)} names of '{names}' are not in folds.csv, such as {unknown[0]!r}."
            )
        rows = [row for row in rows if row[0] in wanted]
    if fold is not None:
        known = sorted({number for _, number in rows})
        if fold not in known:
            raise UsageError(f"No fold {fold} in '{table}'; it has {known}.")
        rows = [row for row in rows if row[1] == fold]
    if limit is not None and limit < 1:
        raise UsageError(f"The limit is {limit} images; expected at least 1.")
    return rows if limit is None else rows[:limit]


def score_image(data: Path, name: str, fold: int, method: Method) -> ImageResult:
    """Segment and compare one image."""
    truth = read_truth(data / "instances" / f"{name}.png")
    began, error = time.perf_counter(), ""
    try:
        found = method(data / "images" / f"{name}.png")
    except (ReadError, SegmentationError) as failure:  # a model that cannot run at all ends the benchmark
        found, error = np.zeros(truth.shape, np.int32), str(failure)
    seconds = time.perf_counter() - began
    if found.shape != truth.shape:
        raise ReadError(
            f"The image '{name}' has {found.shape} pixels and its labels {truth.shape}; expected the same. "
            "Check that images/ and instances/ belong together."
        )
    return ImageResult(name, fold, count_scores(truth, found), compare_sizes(truth, found), seconds, error)


def tabulate(results: list[ImageResult]) -> list[tuple[str, str, float | None]]:
    """Rows of the table: what, in which unit, how much."""
    pooled: ScoreSum = sum((result.counts for result in results), ScoreSum())
    sizes: SizeScores = score_sizes([result.sizes for result in results])
    per_image = [result.counts.scores() for result in results]

    def mean(name: str) -> float:
        return statistics.fmean(scores[name] for scores in per_image)

    return [
        ("images", "", len(results)),
        ("images that failed (scored as nothing found)", "", sum(bool(r.error) for r in results)),
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
        ("reading and segmentation, median", "s", statistics.median(r.seconds for r in results)),
    ]


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def show(unit: str, value: float | None) -> str:
    """A value as the tables print it."""
    if value is None:
        return "none"
    if isinstance(value, int):
        return str(value)
    return f"{value:.2f} {unit}" if unit in ("%", "s") else f"{value:.4f}"


def write_images(results: list[ImageResult], path: Path) -> None:
    """A row an image, the worst panoptic quality first."""
    ordered = sorted(results, key=lambda result: (result.counts.panoptic_quality, result.name))
    with path.open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream)
        for index, result in enumerate(ordered):
            sizes = asdict(result.sizes) | {
                "diameter_error": result.sizes.diameter_error,
                "count_error": result.sizes.count_error,
            }
            row = {"name": result.name, "fold": result.fold, **sizes, **result.counts.scores()}
            row |= {"seconds": result.seconds, "error": result.error}
            if index == 0:
                writer.writerow(row)
            writer.writerow(
                ["" if v is None else f"{v:.5g}" if isinstance(v, float) else v for v in row.values()]
            )
