"""Score a model on EMPS: real micrographs with hand-made labels.

``python benchmarks/emps.py DATA_FOLDER --model NAME_OR_FOLDER [--fold N | --names FILE] [--limit N] -o OUT``

``DATA_FOLDER`` has ``images/NAME.png``, ``instances/NAME.png`` (16-bit labels) and ``folds.csv``
(name,fold,doi). Every image goes through the program as a user's would, but for the calibration. ``OUT`` gets
``images.csv`` (a row an image, worst first by panoptic quality), ``scores.md`` and ``scores.json``. The scores
are defined in docs/scores.md. An image that fails is scored as one in which nothing was found, and counted;
the exit status is 1 then, 2 for wrong use, 0 otherwise.
"""

import argparse
import json
import platform
import sys
from pathlib import Path

import numpy as np
import tifffile
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from emps_folder import choose_images
from emps_scoring import Labels, Method, network, score_method
from nanocaliper import __version__
from nanocaliper.errors import NanocaliperError, UsageError
from nanocaliper.evaluation.score_table import show, tabulate, write_images


def markdown(rows: list[tuple[str, str, float | None]], heading: str) -> str:
    """The table as a Markdown page."""
    lines = [f"# {heading}", "", "| score | value |", "|---|---:|"]
    lines += [f"| {what} | {show(unit, value)} |" for what, unit, value in rows]
    return "\n".join(lines) + "\n"


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
        chosen = choose_images(arguments.data, arguments.fold, arguments.names, arguments.limit)
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
                results.append(score_method(arguments.data, name, fold, method))
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
