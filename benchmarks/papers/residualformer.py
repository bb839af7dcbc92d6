"""R. Divya, S. Ranushika and C. Sneka, ResidualFormer, 2026: five folds on real micrographs, and their data."""

import csv
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from PIL import Image

from nanocaliper.training.data.annotated_folder import open_folder
from papers.obtaining import obtain
from papers.pictures import draw_curves, draw_grid, draw_matrices, outline
from papers.running import (
    Item,
    Page,
    Run,
    Variant,
    describe,
    mean_of,
    need_curves,
    pool_matrix,
    state_weights,
    warn,
)
from papers.setup import Setup, find_real
from papers.using import find_particles, load, look_at
from result_tables import Table

__all__ = ["ITEMS"]

OURS = Variant("residualformer", "ResidualFormer", {"name": "residualformer"}, own=True)

#: Section 5: mean and, where it is printed, standard deviation over five folds; section 3.4: run 1.
FOLDS: dict[str, tuple[str, float, float | None, float]] = {
    "Dice": ("semantic_f1", 0.9540, 0.00126, 0.953),
    "IoU": ("semantic_iou", 0.9121, 0.002329, 0.911),
    "AUC-ROC": ("auc_roc", 0.9655, None, 0.963),
    "recall": ("pixel_recall", 0.9682, None, 0.972),
    "precision": ("pixel_precision", 0.9405, None, 0.935),
    "accuracy": ("pixel_accuracy", 0.9894, None, 0.989),
}
#: Table 2 and Fig. 17, pixels.
MATRIX = ((6_371_805, 176_820), (13_730, 495_053))
REPORT: dict[str, tuple[str, str, str]] = {
    "background": ("1.00", "0.97", "0.99"),
    "particle": ("0.74", "0.97", "0.84"),
    "macro average": ("0.87", "0.97", "0.91"),
    "weighted average": ("0.98", "0.97", "0.97"),
}
#: Table 6: epochs, and ranges of training and validation accuracy, training and validation loss.
CURVES = (
    ((0, 10), "0.65–0.78", "0.64–0.75", "1.20–0.65", "1.15–0.70"),
    ((11, 25), "0.78–0.88", "0.75–0.85", "0.65–0.40", "0.70–0.45"),
    ((26, 40), "0.88–0.93", "0.85–0.90", "0.40–0.20", "0.45–0.25"),
    ((41, 50), "0.93–0.95", "0.90–0.93", "0.20–0.05", "0.25–0.08"),
)
#: Tables 3 and 5, and Fig. 15: what the images are like.
DATA = {
    "share of pixels that are particle": ("particle_share", "0.02–0.14"),
    "mean grey value": ("grey_mean", "0.485–0.515"),
    "standard deviation of grey values": ("grey_contrast", "0.282–0.294"),
}
PIXELS = "0.5 and 6.5 million"
#: Table 3: share of pixels that are particle, and about how many images.
DENSITIES = ((0.02, "190"), (0.06, "170"), (0.08, "160"), (0.10, "90"), (0.12, "60"), (0.14, "40"))
_HALF_BIN = 0.01
#: Table 4: places of images in the data, and range of that share.
TREND = (
    ((0, 50), "0.02–0.08"),
    ((51, 100), "0.04–0.12"),
    ((101, 150), "0.03–0.10"),
    ((151, 200), "0.05–0.15"),
)


def _train(setup: Setup) -> list[Run]:
    def find_data() -> dict[str, Any]:
        # Quick: as many folds as the quick experiment has.
        return find_real(setup) | {"validation_share": 0.1} | ({"split": ""} if setup.quick else {})

    return obtain(setup, "residualformer", "residualformer", find_data, (OURS,), fold="all")[OURS.name]


def _note(setup: Setup, runs: list[Run]) -> str:
    training = runs[0].planned.experiment.training
    text = (
        "Columns *paper*: SEM images of TiO2 particles, enlarged in number by augmentation; the paper "
        "does not say whether copies of an image fell into several folds. "
    )
    if weights := state_weights({OURS.name: runs}):
        return f"{text}Here: other images.{weights}{warn(setup)}"
    text += (
        f"Here: other images, folds by article, {training.epochs} epochs (paper: 200 in its algorithm, 50 in "
        "its Fig. 14); a tenth of the images outside a fold chose the best epoch, the fold itself had no "
        "say. Weights start from chance here and there."
    )
    return text + warn(setup)


def folds(setup: Setup) -> Page:
    """Five folds: Dice, IoU, AUC-ROC and pixel scores, mean ± SD (section 5)."""
    runs = _train(setup)
    rows = []
    for name, (key, mean, sd, first) in FOLDS.items():
        by_fold = [run.scores.get(key) for run in runs]
        rows.append(
            [
                name,
                *("–" if value is None else f"{value:.4f}" for value in by_fold),
                str(mean_of(runs, key)),
                f"{mean:.4f}" + (f" ± {sd:.4f}" if sd is not None else ""),
                f"{first:.3f}",
            ]
        )
    heads = [f"fold {run.planned.fold}" for run in runs]
    table = Table(
        ["score", *heads, f"mean ± SD of {len(runs)}", "paper, mean ± SD of 5", "paper, run 1"], rows
    )
    figures = {key: [run.scores.get(key) for run in runs] for key, *_ in FOLDS.values()}
    note = f"{_note(setup, runs)} Scores of pixels, pooled within a fold; SD with n − 1."
    return Page(describe(setup, {OURS.name: runs}), {"folds": table}, note, figures)


def report(setup: Setup) -> Page:
    """Fig. 10, 17 and Table 2: confusion matrix of pixels and classification report, all folds together."""
    runs = _train(setup)
    matrix = pool_matrix(runs, "pixels")
    counts = Table(
        ["true", "found background", "found particle", "found background, paper", "found particle, paper"],
        [
            [name, *(f"{n:,}" for n in own), *(f"{n:,}" for n in theirs)]
            for name, own, theirs in zip(matrix.classes, matrix.counts.tolist(), MATRIX, strict=True)
        ],
    )
    heads = ["precision", "recall", "F1"]
    lines = Table(
        ["class", *heads, "support", *(f"{head}, paper" for head in heads)],
        [
            [
                one.name,
                *("none" if v is None else f"{v:.2f}" for v in (one.precision, one.recall, one.f1)),
                f"{one.support:,}",
                *REPORT[one.name],
            ]
            for one in matrix.report()
        ]
        + [["accuracy", "", "", f"{matrix.accuracy:.2f}", f"{int(matrix.counts.sum()):,}", "", "", "0.97"]],
    )
    note = (
        f"{_note(setup, runs)} The paper's own matrix gives a precision of 0.74 for particles and a Dice "
        "score of 0.84, its text 0.94 and 0.95; it does not say which images the matrix is of."
    )
    pictures = {"confusion_pixels": draw_matrices({"pixels of all folds": matrix})}
    settings = describe(setup, {OURS.name: runs})
    figures = {"counts": matrix.counts.tolist()}
    return Page(settings, {"confusion matrix": counts, "report": lines}, note, figures, pictures)


def data(setup: Setup) -> Page:
    """Fig. 2, 11, 12, 13, 15 and Tables 3, 4, 5: what the images are like."""
    from nanocaliper.cli.dataset import statistics

    described = setup.folder / "residualformer_data"
    folder = Path(find_real(setup)["folder"])
    statistics(folder, described)
    with (described / "images.csv").open(newline="", encoding="utf-8") as stream:
        images = list(csv.DictReader(stream))
    ours: dict[str, Any] = {}
    rows = []
    for name, (column, theirs) in DATA.items():
        low, high = np.percentile([float(image[column]) for image in images], [5, 95])
        ours[column] = [float(low), float(high)]
        rows.append([name, f"{low:.3f}–{high:.3f}", theirs])
    shares = np.array([float(image["particle_share"]) for image in images])
    sizes = np.array([int(image["rows"]) * int(image["cols"]) for image in images])
    inside, every = float(shares @ sizes), int(sizes.sum())
    balance = f"{inside / 1e6:.1f} and {(every - inside) / 1e6:.1f} million"
    rows.append(["pixels of particles and of background", balance, PIXELS])
    tables = {
        "images": Table(["", "ours", "paper"], rows),
        "density distribution": _count_densities(shares),
        "density by image": _list_trend(shares),
    }
    drawn = ("density_distribution", "density_by_image", "grey_features", "pixel_balance")
    note = (
        "Other images than the paper's, which are of TiO2 alone. Ours: range of the middle nine tenths of "
        "the images, in the order of their names; paper: Tables 3 to 5, read off its figures. Its third "
        "feature, *maximum response* (0.00–0.14), is not explained; ours is the mean gradient. All figures and "
        "numbers: statistics.md, as `nanocaliper dataset statistics` writes it."
    )
    settings = {"variant": "quick" if setup.quick else "full", "images": len(images)}
    pictures: dict[str, Image.Image] = {stem: Image.open(described / f"{stem}.png") for stem in drawn}
    for picture in pictures.values():
        picture.load()
    pictures["samples"] = _draw_samples(folder)
    return Page(settings, tables, note, ours, pictures)


def _count_densities(shares: npt.NDArray[np.float64]) -> Table:
    """Table 3: how many images have about such a share of particles."""
    rows, counted = [], 0
    for middle, theirs in DENSITIES:
        count = int(((shares >= middle - _HALF_BIN) & (shares < middle + _HALF_BIN)).sum())
        counted += count
        rows.append([f"{middle:.2f} ± {_HALF_BIN:g}", str(count), theirs])
    rows.append(["others", str(len(shares) - counted), ""])
    return Table(["share of pixels that are particle", "images", "images, paper (about)"], rows)


def _list_trend(shares: npt.NDArray[np.float64]) -> Table:
    """Table 4: the share of particles from image to image."""
    rows = []
    for (first, last), theirs in TREND:
        part = shares[first : last + 1]
        span = "–".join(f"{value:.2f}" for value in np.percentile(part, [5, 95])) if part.size else "–"
        rows.append([f"{first}–{last}", span, theirs])
    return Table(["images", "share of pixels that are particle", "paper (about)"], rows)


def _draw_samples(folder: Path) -> Image.Image:
    """Fig. 2: a sparse and a crowded image with what is particle."""
    opened = open_folder(folder)
    samples = sorted((opened[k] for k in range(min(len(opened), 40))), key=lambda one: one.count)
    shown = {
        one.name: [outline(one.pixels), outline((255 * (one.labels > 0)).astype(np.uint8))]
        for one in (samples[len(samples) // 4], samples[-1])
    }
    return draw_grid(["image", "annotated"], shown)


def fig14(setup: Setup) -> Page:
    """Fig. 14 and Table 6: training and validation curves, first fold."""
    runs = _train(setup)
    rows = need_curves(runs[0])
    wanted = {"loss": ("train_loss", "val_loss"), "accuracy": ("val_accuracy",), "Dice": ("val_f1",)}
    panels = {
        quantity: {
            name: ([row["epoch"] for row in rows if name in row], [row[name] for row in rows if name in row])
            for name in names
        }
        for quantity, names in wanted.items()
    }

    def span(name: str, first: int, last: int) -> str:
        known = [row[name] for row in rows if name in row and first <= row["epoch"] <= last]
        return f"{known[0]:.2f}–{known[-1]:.2f}" if known else "–"

    lines = [
        [
            *(f"{first}–{last}", span("val_accuracy", first, last), of_validation, of_training),
            *(span("train_loss", first, last), train_loss, span("val_loss", first, last), val_loss),
        ]
        for (first, last), of_training, of_validation, train_loss, val_loss in CURVES
    ]
    heads = ["epochs", "validation accuracy", "paper", "training accuracy, paper"]
    heads += ["training loss", "paper", "validation loss", "paper"]
    note = (
        f"{_note(setup, runs)} First and last value of each span. Accuracy of training images is not "
        "recorded here. A Dice loss lies between 0 and 1; the paper's losses above 1 are of another loss."
    )
    pictures = {"curves": draw_curves(panels, "epoch")}
    return Page(describe(setup, {OURS.name: runs}), {"curves": Table(heads, lines)}, note, {}, pictures)


def fig16(setup: Setup) -> Page:
    """Fig. 16: image, annotation and prediction side by side."""
    run = _train(setup)[0]
    names = run.held_out
    chosen = [names[k] for k in np.unique(np.linspace(0, len(names) - 1, 4).round().astype(int))]
    network, shown = load(run), {}
    for image in look_at(run, chosen):
        found = find_particles(network, run, image)
        shown[image.whole.name] = [
            outline(image.whole.pixels),
            outline((255 * (image.whole.labels > 0)).astype(np.uint8)),
            outline((255 * (found > 0)).astype(np.uint8)),
        ]
    picture = draw_grid(["image", "annotated", "found"], shown)
    table = Table(["image", "fold"], [[name, run.planned.fold] for name in shown])
    note = f"{_note(setup, [run])} Four images spread over the first fold; the paper shows one of its own."
    return Page(describe(setup, {OURS.name: [run]}), {"images": table}, note, {}, {"comparison": picture})


ITEMS = {
    "folds": Item("Section 5: Dice, IoU, AUC-ROC and pixel scores of five folds, mean ± SD", folds),
    "report": Item("Fig. 10, 17 and Table 2: confusion matrix of pixels, classification report", report),
    "data": Item("Fig. 2, 11, 12, 13, 15 and Tables 3, 4, 5: what the images are like", data),
    "fig14": Item("Fig. 14 and Table 6: training and validation curves", fig14),
    "fig16": Item("Fig. 16: image, annotation and prediction side by side", fig16),
}
