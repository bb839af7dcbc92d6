"""Score a model on EMPS: real micrographs with hand-made labels.

``python benchmarks/emps.py DATA_FOLDER --model NAME_OR_FOLDER [--fold N | --names FILE] [--limit N] -o OUT``

``DATA_FOLDER`` has ``images/NAME.png``, ``instances/NAME.png`` (16-bit labels) and ``folds.csv``
(name,fold,doi). Every image goes through the program as a user's would, but for the calibration. ``OUT`` gets
``images.csv`` (a row an image, worst first by panoptic quality), ``scores.md`` and ``scores.json``. The scores
are defined in docs/scores.md. An image that fails is scored as one in which nothing was found, and counted;
the exit status is 1 then, 2 for wrong use, 0 otherwise.
"""

import argparse
import csv
import json
import platform
import statistics
import sys
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import Image
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from nanocaliper import __version__
from nanocaliper.errors import NanocaliperError, ReadError, SegmentationError, UsageError
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
        (f"mean diameter, logR-Acc of {sizes.log_r_images} images", "1", sizes.log_r_accuracy),
        ("count, median relative error", "%", _percent(sizes.count_error_median)),
        ("count, mean relative error", "%", _percent(sizes.count_error_mean)),
        ("reading and segmentation, median", "s", statistics.median(r.seconds for r in results)),
    ]


def _percent(value: float | None) -> float | None:
    return None if value is None else 100 * value


def _show(unit: str, value: float | None) -> str:
    if value is None:
        return "none"
    if isinstance(value, int):
        return str(value)
    return f"{value:.2f} {unit}" if unit in ("%", "s") else f"{value:.4f}"


def markdown(rows: list[tuple[str, str, float | None]], heading: str) -> str:
    """The table as a Markdown page."""
    lines = [f"# {heading}", "", "| score | value |", "|---|---:|"]
    lines += [f"| {what} | {_show(unit, value)} |" for what, unit, value in rows]
    return "\n".join(lines) + "\n"


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


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with images/, instances/ and folds.csv")
    parser.add_argument(
        "--model", required=True, help="name of a shipped model, a model's folder, or threshold"
    )
    parser.add_argument("--confidence", type=float, help="leave out particles of a lower score")
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--fold", type=int, help="only the images of this fold")
    which.add_argument("--names", type=Path, help="only the images named in this text file")
    parser.add_argument("--limit", type=int, help="only so many images, from the start of the list")
    parser.add_argument("--save-labels", action="store_true", help="keep the labels as OUT/labels/NAME.tif")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the results")
    arguments = parser.parse_args()
    console = Console()
    try:
        chosen = choose(arguments.data, arguments.fold, arguments.names, arguments.limit)
        if not chosen:
            raise UsageError("No image is left to score. Check the names and the fold.")
        method = network(arguments.model, arguments.confidence)
        arguments.out.mkdir(parents=True, exist_ok=True)
        if arguments.save_labels:
            method = keeping(method, arguments.out / "labels")
        results = []
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeRemainingColumn(),
        )
        with Progress(*columns, console=console) as progress:
            for name, fold in progress.track(chosen, description=arguments.model):
                results.append(score_image(arguments.data, name, fold, method))
    except NanocaliperError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    rows = tabulate(results)
    part = f"fold {arguments.fold}" if arguments.fold is not None else str(arguments.names or "all folds")
    heading = f"EMPS, {part}: {arguments.model} (nanocaliper {__version__}, {platform.machine()})"
    page = markdown(rows, heading)
    (arguments.out / "scores.md").write_text(page, encoding="utf-8")
    settings = {key: None if value is None else str(value) for key, value in vars(arguments).items()}
    scores = {what: value for what, _, value in rows}
    (arguments.out / "scores.json").write_text(
        json.dumps({"version": __version__, "settings": settings, "scores": scores}, indent=2),
        encoding="utf-8",
    )
    write_images(results, arguments.out / "images.csv")
    console.print(page, markup=False)
    failed = [result for result in results if result.error]
    for result in failed[:10]:
        console.print(f"{result.name}: {result.error}", markup=False)
    if len(failed) > 10:
        console.print(f"and {len(failed) - 10} more, see {arguments.out / 'images.csv'}", markup=False)
    return 1 if failed else 0


def keeping(method: Method, folder: Path) -> Method:
    """The same method, writing the labels of every image into a folder."""
    folder.mkdir(parents=True, exist_ok=True)

    def run(path: Path) -> Labels:
        labels = method(path)
        depth = np.uint16 if labels.max(initial=0) < 2**16 else np.uint32
        tifffile.imwrite(folder / f"{path.stem}.tif", labels.astype(depth), compression="zlib")
        return labels

    return run


if __name__ == "__main__":
    sys.exit(main())
