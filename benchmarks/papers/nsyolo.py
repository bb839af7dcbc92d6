"""X. Han et al., AI & Materials 2026: NSYOLO and its ablations on images of spheres, rods and cubes."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from nanocaliper.training.networks.counts import count_gflops, count_parameters
from papers.obtaining import obtain
from papers.pictures import draw_curves, draw_matrices
from papers.running import (
    Item,
    Page,
    Run,
    Variant,
    describe,
    mean_of,
    need_curves,
    pool_matrix,
    show,
    speaking,
    state_weights,
    warn,
)
from papers.setup import Setup, find_simulated
from papers.using import load
from result_tables import Table, percent

__all__ = [
    "BADSCONV",
    "BASELINE",
    "BRA",
    "DSCONV",
    "ITEMS",
    "OURS",
    "SCHEMES",
    "ablation",
    "losses",
    "state_data",
    "take_schemes",
]


def _scheme(name: str, label: str, neck: str, attention: str) -> Variant:
    return Variant(
        name, label, {"name": "nsyolo", "neck": neck, "attention": attention}, own=name == "nsyolo"
    )


BASELINE = _scheme("yolo11", "YOLO11 (scheme 1)", "plain", "psa")
DSCONV = _scheme("yolo11_dsconv", "with DSConv", "dsconv", "psa")
BADSCONV = _scheme("yolo11_badsconv", "with BADSConv (scheme 2)", "badsconv", "psa")
BRA = _scheme("yolo11_bra", "with BRA (scheme 3)", "plain", "bra")
OURS = _scheme("nsyolo", "NSYOLO (scheme 4)", "badsconv", "bra")
SCHEMES = (BASELINE, BADSCONV, BRA, OURS)

_SCORES = (("precision", "precision"), ("recall", "recall"), ("F1", "f1"), ("mAP@0.5", "map_50"))
#: Precision, recall, F1 and mAP@0.5.
TABLE_1: dict[str, tuple[float, float, float, float]] = {
    "yolo11": (0.885, 0.882, 0.881, 0.906),
    "yolo11_badsconv": (0.903, 0.890, 0.897, 0.920),
    "yolo11_bra": (0.894, 0.891, 0.893, 0.923),
    "nsyolo": (0.946, 0.927, 0.935, 0.957),
}
#: Normalisation learns from 3 % of each step: few steps would show nothing at all.
_QUICK = {"training.epochs": 30, "training.batch": 2}


def take_schemes(setup: Setup, variants: Sequence[Variant]) -> dict[str, list[Run]]:
    """NSYOLO or its ablations, trained on one split into training, validation and test, or given."""
    if setup.quick:
        variants = [replace(one, changes={**one.changes, **_QUICK}) for one in variants]
    return obtain(setup, "nsyolo", "nsyolo", lambda: find_simulated(setup), variants)


def state_data(setup: Setup, runs: dict[str, list[Run]]) -> str:
    """What differs from the paper, in all tables and figures."""
    run = speaking(runs)[0]
    training, parts = run.planned.experiment.training, run.planned.parts
    text = (
        "The paper: 721 published micrographs of cubes, rods and spheres, 8:1:1, 4226 images after "
        "augmentation, training settings in a supplement. "
    )
    what = "simulated micrographs" if setup.data is None else "other images"
    if weights := state_weights(runs):
        what = "the images of the run" if parts["train"] else what
        return f"{text}Here: {what}, {len(run.held_out)} to test on.{weights}{warn(setup)}"
    text += (
        f"Here: {what}, {len(parts['train'])} to train on "
        f"and {len(run.held_out)} to test on, varied anew in each of {training.epochs} epochs, settings as "
        "YOLO11 is published with, weights from chance."
    )
    return text + warn(setup)


def ablation(variants: Sequence[Variant], printed: bool, remark: str) -> Callable[[Setup], Page]:
    """A table of networks; with the paper's scores where they are `printed`."""

    def make(setup: Setup) -> Page:
        runs = take_schemes(setup, variants)
        heads = [head for name, _ in _SCORES for head in (name, f"{name}, paper")]
        rows, figures = [], {}
        for name, of in runs.items():
            theirs = TABLE_1.get(name) if printed else None
            cells: list[str] = []
            for k, (_, key) in enumerate(_SCORES):
                cells += [show(mean_of(of, key).mean), "" if theirs is None else f"{theirs[k]:.3f}"]
            network = load(of[0])
            count = count_parameters(network) or None
            work = count_gflops(network) if count else None
            size = ["–" if count is None else f"{count:,}", "", "–" if work is None else f"{work:.2f}", ""]
            rows.append([of[0].variant.label, *cells, *size])
            scores = {key: mean_of(of, key).mean for _, key in _SCORES}
            figures[name] = scores | {"parameters": count, "gflops_640_px": work}
        heads += ["parameters", "parameters, paper", "GFLOPs at 640 px", "GFLOPs, paper"]
        note = (
            f"{state_data(setup, runs)} Precision, recall and F1 are of masks at IoU 0.5 and confidence "
            f"{speaking(runs)[0].planned.experiment.training.confidence:g}, all particles together and whatever "
            f"their class; mAP is COCO's. {remark}"
        )
        table = Table(["network", *heads], rows)
        return Page(describe(setup, runs), {"test images": table}, note, figures)

    return make


def classes(setup: Setup) -> Page:
    """Scores of each class, of the four schemes."""
    runs = take_schemes(setup, SCHEMES)
    keys = ("precision", "recall", "f1", "ap_50", "ap_50_95")
    rows = [
        [of[0].variant.label, name, *(show(mean_of(of, f"{key} {name}").mean) for key in keys)]
        for of in runs.values()
        for name in of[0].planned.images.classes
    ]
    heads = ["precision", "recall", "F1", "AP@0.5", "AP@0.5:0.95"]
    note = (
        f"{state_data(setup, runs)} The paper prints no scores of single classes; by its text all schemes "
        "know cubes well, and the baseline spheres and rods less than NSYOLO. A particle of a wrong class "
        "counts as wrong here."
    )
    return Page(describe(setup, runs), {"classes": Table(["network", "class", *heads], rows)}, note)


def losses(variants: Sequence[Variant], remark: str) -> Callable[[Setup], Page]:
    """The four parts of the loss by epoch."""
    parts = {"boxes": "box", "masks": "mask", "classes": "class", "distributions": "distribution"}

    def make(setup: Setup) -> Page:
        runs = take_schemes(setup, variants)
        curves = {of[0].variant.label: need_curves(of[0]) for of in runs.values()}
        known = {name for rows in curves.values() for row in rows for name in row}
        panels = {
            what: {
                label: (
                    [row["epoch"] for row in rows if column in row],
                    [row[column] for row in rows if column in row],
                )
                for label, rows in curves.items()
            }
            for what, start in parts.items()
            for column in sorted(known)
            if column.startswith(f"train_{start}")
        }
        rows = [
            [what, *(show(values[-1] if values else None) for _, values in lines.values())]
            for what, lines in panels.items()
        ]
        note = f"{state_data(setup, runs)} Losses of training images at the last epoch. {remark}"
        table = Table(["part of the loss", *curves], rows)
        pictures = {"losses": draw_curves(panels, "epoch")}
        return Page(describe(setup, runs), {"last epoch": table}, note, {}, pictures)

    return make


def fig10(setup: Setup) -> Page:
    """Fig. 10: confusion matrices of the four schemes."""
    runs = take_schemes(setup, SCHEMES)
    matrices = {of[0].variant.label: pool_matrix(of, "particles") for of in runs.values()}
    rows = [
        [label, *(percent(float(share)) for share in np.diag(matrix.shares())[:-1])]
        for label, matrix in matrices.items()
    ]
    names = next(iter(matrices.values())).classes[:-1]
    note = (
        f"{state_data(setup, runs)} Particles are matched at IoU 0.5; those without a match stand against "
        "the background. The numbers of the paper's figure are not in its text."
    )
    table = Table(["network", *(f"{name}, found as such" for name in names)], rows)
    figures = {label: matrix.counts.tolist() for label, matrix in matrices.items()}
    return Page(
        describe(setup, runs), {"shares": table}, note, figures, {"confusion": draw_matrices(matrices)}
    )


_NO_COUNTS = "The paper prints no numbers of parameters and GFLOPs."
_S1 = (
    "Table S1 is in a supplement that the text does not print: its columns are empty. By the text "
    "BADSConv is best in most scores, with a little more parameters and GFLOPs than DSConv."
)
_CURVES_ONLY = "The paper shows curves only."
_S2 = (
    "Fig. S2 is in a supplement that the text does not print; the text calls it a training loss analysis of "
    "the ablation of DSConv and BADSConv."
)
ITEMS = {
    "table1": Item(
        "Table 1: ablation, BADSConv and BRA; parameters, GFLOPs", ablation(SCHEMES, True, _NO_COUNTS)
    ),
    "table_s1": Item(
        "Table S1: baseline, DSConv and BADSConv", ablation((BASELINE, DSCONV, BADSCONV), False, _S1)
    ),
    "classes": Item("Scores of each class", classes),
    "fig6": Item("Fig. 6: the four parts of the loss", losses((BASELINE, OURS), _CURVES_ONLY)),
    "fig_s2": Item(
        "Fig. S2: the four parts of the loss, DSConv and BADSConv",
        losses((BASELINE, DSCONV, BADSCONV), _S2),
    ),
    "fig10": Item("Fig. 10: confusion matrices of the four schemes", fig10),
}
