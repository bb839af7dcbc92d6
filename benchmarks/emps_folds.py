"""Score networks on EMPS, each on the fold that it did not see, and other methods on the same images.

``python benchmarks/emps_folds.py DATA --models FOLDER [--also NAME ...] [--limit N] [--kept-as NAME] -o OUT``

``DATA`` is as for ``emps.py``. ``FOLDER`` has model folders ``fold0``, ``fold1``, ...; a fold without one is left
out, and the tables say which were scored. The card of each must state its fold as ``training.held_out_fold``.
``threshold`` and every ``--also`` (a shipped model or a model's folder) are run on the same images; one whose card
states ``training.held_out_fold`` is refused on other folds; whether another saw them in training is for its card to
say.

``OUT`` gets ``scores.md`` and ``scores.json`` (pooled over all images, and by fold with mean and standard
deviation), ``images.csv`` (the networks of the folds, worst image first) and ``worst.png``: the ten images of
lowest panoptic quality with true (blue) and found (orange) outlines. ``--kept-as`` says under which name
``accuracy_page.py`` keeps the tables. Exit status as of ``emps.py``.
"""

import argparse
import statistics
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
from PIL import Image
from rich.console import Console
from rich.progress import track

from contact_sheet import Entry, draw_sheet
from emps_folder import choose_images, read_truth
from emps_scoring import Method, network, score_method
from nanocaliper.errors import NanocaliperError, UsageError
from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.evaluation.score_table import show, tabulate, write_images
from nanocaliper.evaluation.segmentation_scores import ScoreSum
from nanocaliper.evaluation.size_scores import score_sizes
from nanocaliper.inference.catalogue import find_model
from result_tables import Table, percent, write_run

FOLD_NETWORKS = "fold networks"
_WORST = 10
_SUMMARY = (
    "images",
    "particles, true",
    "particles, found",
    "AP50, pooled",
    "AP50:95, pooled",
    "PQ, pooled",
    "semantic IoU, pooled",
    "semantic F1, pooled",
    "mean diameter, median relative error",
    "mean diameter, mean relative error",
    "mean diameter, median signed error",
    "mean diameter, Spearman",
    "count, median relative error",
)
Results = list[ImageScores]


def _pooled(results: Results) -> ScoreSum:
    return sum((result.counts for result in results), ScoreSum())


#: Scores of the table by fold: heading, value of some images, whether it is printed in per cent.
_BY_FOLD: tuple[tuple[str, Callable[[Results], float | None], bool], ...] = (
    ("AP50", lambda r: _pooled(r).average_precision(0.5), False),
    ("AP50:95", lambda r: _pooled(r).mean_average_precision, False),
    ("PQ", lambda r: _pooled(r).panoptic_quality, False),
    ("semantic IoU", lambda r: _pooled(r).semantic_iou, False),
    ("diameter error, median", lambda r: score_sizes([x.sizes for x in r]).diameter_error_median, True),
    ("diameter error, mean", lambda r: score_sizes([x.sizes for x in r]).diameter_error_mean, True),
    ("count error, median", lambda r: score_sizes([x.sizes for x in r]).count_error_median, True),
)


def make_parser(description: str | None) -> argparse.ArgumentParser:
    """What every benchmark of networks by fold is given."""
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path, help="folder with images/, instances/ and folds.csv")
    parser.add_argument("--models", type=Path, required=True, help="folder with fold0, fold1, ...")
    parser.add_argument("--limit", type=int, help="only so many images of each fold")
    parser.add_argument("-o", "--out", type=Path, required=True, help="folder for the results")
    return parser


def find_fold_models(data: Path, folder: Path) -> tuple[list[int], dict[int, str]]:
    """Folds of the data, and model folders by fold; each must say in its card that it did not see the fold."""
    folds = sorted({fold for _, fold in choose_images(data, None, None, None)})
    models = {}
    for fold in folds:
        path = folder / f"fold{fold}"
        if not (path / "card.toml").is_file():
            continue
        stated = find_model(str(path)).training.get("held_out_fold")
        if stated != fold:
            raise UsageError(
                f"The card of '{path}' states {stated!r} as training.held_out_fold; expected {fold}. A network is "
                "scored only on images that it did not see."
            )
        models[fold] = str(path)
    if not models:
        raise UsageError(f"No model in '{folder}'; expected folders fold0, fold1, ... with a card.toml each.")
    return folds, models


def tabulate_pooled(results: dict[str, Results]) -> Table:
    """All scores of all methods, pooled over the folds."""
    columns = [tabulate(of_method) for of_method in results.values()]
    rows = [
        [cells[0][0], *(show(unit, value) for _, unit, value in cells)]
        for cells in zip(*columns, strict=True)
    ]
    return Table(["score", *results], rows)


def summarise(results: dict[str, Results]) -> Table:
    """Those of the pooled scores that matter most, for the page."""
    wanted = set(_SUMMARY)
    full = tabulate_pooled(results)
    return Table(full.columns, [row for row in full.rows if row[0] in wanted])


def _show_score(column: int, value: float | None) -> str:
    if value is None:
        return "–"
    return percent(value) if _BY_FOLD[column][2] else f"{value:.3f}"


def tabulate_methods(results: dict[str, Results]) -> Table:
    """The scores that matter most, a row a method."""
    rows = []
    for name, of in results.items():
        rank = score_sizes([result.sizes for result in of]).spearman
        cells = [_show_score(k, score(of)) for k, (_, score, _) in enumerate(_BY_FOLD)]
        rows.append([name, *cells, "–" if rank is None else f"{rank:.3f}"])
    return Table(["", *(name for name, _, _ in _BY_FOLD), "Spearman of mean diameters"], rows)


def tabulate_folds(results: Results) -> Table:
    """Scores fold by fold, and their mean and standard deviation (n - 1)."""
    folds = sorted({result.fold for result in results})
    groups = {fold: [result for result in results if result.fold == fold] for fold in folds}
    values = {fold: [score(group) for _, score, _ in _BY_FOLD] for fold, group in groups.items()}

    rows = [
        [f"fold {fold}", str(len(groups[fold])), str(_pooled(groups[fold]).truths)]
        + [_show_score(k, value) for k, value in enumerate(values[fold])]
        for fold in folds
    ]
    last = [f"mean ± SD of {len(folds)}", str(len(results)), str(_pooled(results).truths)]
    for k in range(len(_BY_FOLD)):
        known = [v for fold in folds if (v := values[fold][k]) is not None]
        mean = _show_score(k, statistics.fmean(known) if known else None)
        last.append(f"{mean} ± {_show_score(k, statistics.stdev(known))}" if len(known) > 1 else mean)
    return Table(["", "images", "particles", *(name for name, _, _ in _BY_FOLD)], [*rows, last])


def draw_worst(data: Path, results: Results, methods: dict[int, Method]) -> Image.Image:
    """The worst images by panoptic quality."""
    ordered = sorted(results, key=lambda result: (result.counts.panoptic_quality, result.name))
    entries = []
    for result in ordered[:_WORST]:
        path = data / "images" / f"{result.name}.png"
        with Image.open(path) as image:
            pixels = np.array(image.convert("L"))
        truth = read_truth(data / "instances" / f"{result.name}.png")
        found = np.zeros(truth.shape, np.int32) if result.error else methods[result.fold](path)
        counts, error = result.counts, result.sizes.diameter_error
        diameter = "none to compare" if error is None else percent(error, 0, signed=True)
        caption = (
            f"{result.name}, fold {result.fold}: PQ {counts.panoptic_quality:.2f}, AP50 "
            f"{counts.average_precision():.2f}; {counts.truths} true, {counts.founds} found; "
            f"mean diameter: {diameter}"
        )
        entries.append(Entry(pixels, truth, found, caption))
    return draw_sheet(entries)


def main() -> int:
    parser = make_parser(__doc__)
    parser.add_argument("--also", action="append", default=[], help="another model on the same images")
    parser.add_argument("--kept-as", default="emps_folds", metavar="NAME", help="name of the tables")
    arguments = parser.parse_args()
    console = Console()
    try:
        known, models = find_fold_models(arguments.data, arguments.models)
        own = {fold: network(model, None) for fold, model in models.items()}
        chosen = [
            image for fold in own for image in choose_images(arguments.data, fold, None, arguments.limit)
        ]
        for name in arguments.also:
            stated = find_model(name).training.get("held_out_fold")
            if stated is not None and set(own) != {stated}:
                raise UsageError(
                    f"The model '{name}' did not see fold {stated}, and folds {sorted(own)} are scored; give "
                    "--models a folder with that fold alone."
                )
        others = {Path(name).name: network(name, None) for name in ("threshold", *arguments.also)}
        results: dict[str, Results] = {FOLD_NETWORKS: [], **{name: [] for name in others}}
        for name, fold in track(chosen, "EMPS", console=console):
            results[FOLD_NETWORKS].append(score_method(arguments.data, name, fold, own[fold]))
            for other, method in others.items():
                results[other].append(score_method(arguments.data, name, fold, method))
        settings = {
            "folds": sorted(own),
            "of_folds": known,
            "limit": arguments.limit,
            "weights_sha256": {str(fold): find_model(model).sha256 for fold, model in models.items()},
        }
        tables = {
            "summary": summarise(results),
            "by_fold": tabulate_folds(results[FOLD_NETWORKS]),
            "methods": tabulate_methods(results),
            "pooled": tabulate_pooled(results),
        }
        figures = {name: {what: value for what, _, value in tabulate(r)} for name, r in results.items()}
        page = write_run(arguments.out, arguments.kept_as, settings, tables, figures)
        write_images(results[FOLD_NETWORKS], arguments.out / "images.csv")
        draw_worst(arguments.data, results[FOLD_NETWORKS], own).save(arguments.out / "worst.png")
    except NanocaliperError as error:
        console.print(str(error), style="red", markup=False)
        return 2
    console.print(page, markup=False)
    failed = [result for of_method in results.values() for result in of_method if result.error]
    for result in failed[:10]:
        console.print(f"{result.name}: {result.error}", markup=False)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
