"""X. Han et al., AI & Materials 2026: NSYOLO and its ablations on images of spheres, rods and cubes."""

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import numpy.typing as npt
from scipy.ndimage import distance_transform_edt

from nanocaliper.training.curves import read_curves
from nanocaliper.training.networks.counts import count_gflops, count_parameters
from nanocaliper.training.sample_sets import HeldOut
from papers.pictures import draw_curves, draw_grid, draw_matrices, heat, outline
from papers.running import Item, Page, Run, Variant, describe, mean_of, pool_matrix, show, train, warn
from papers.setup import Setup, find_simulated
from papers.using import Heatmaps, find_heatmaps, load, look_at
from result_tables import Table, percent

__all__ = ["ITEMS", "OURS", "ablation", "heatmaps", "near_outlines", "state_data", "train_schemes"]


def _scheme(name: str, label: str, neck: str, attention: str) -> Variant:
    return Variant(name, label, {"name": "nsyolo", "neck": neck, "attention": attention})


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
#: A particle whose mask is shown.
_CONFIDENCE = 0.25
#: Boundary response so near a true outline counts as there, px of the input.
_NEAR_PX = 2.0


def train_schemes(setup: Setup, variants: Sequence[Variant]) -> dict[str, list[Run]]:
    """Train NSYOLO or its ablations on one split into training, validation and test."""
    if setup.quick:
        variants = [replace(one, changes={**one.changes, **_QUICK}) for one in variants]
    return train(setup, "nsyolo", "nsyolo", find_simulated(setup), variants)


def state_data(setup: Setup, runs: dict[str, list[Run]]) -> str:
    """What differs from the paper, in all tables and figures."""
    run = next(iter(runs.values()))[0]
    training, parts = run.planned.experiment.training, run.planned.parts
    what = "simulated micrographs" if setup.data is None else "other images"
    text = (
        "The paper: 721 published micrographs of cubes, rods and spheres, 8:1:1, 4226 images after "
        f"augmentation, training settings in a supplement. Here: {what}, {len(parts['train'])} to train on "
        f"and {len(run.held_out)} to test on, varied anew in each of {training.epochs} epochs, settings as "
        "YOLO11 is published with, weights from chance."
    )
    return text + warn(setup)


def ablation(variants: Sequence[Variant], printed: bool, remark: str) -> Callable[[Setup], Page]:
    """A table of networks; with the paper's scores where they are `printed`."""

    def make(setup: Setup) -> Page:
        runs = train_schemes(setup, variants)
        heads = [head for name, _ in _SCORES for head in (name, f"{name}, paper")]
        rows, figures = [], {}
        for one in variants:
            of = runs[one.name]
            theirs = TABLE_1.get(one.name) if printed else None
            cells: list[str] = []
            for k, (_, key) in enumerate(_SCORES):
                cells += [show(mean_of(of, key).mean), "" if theirs is None else f"{theirs[k]:.3f}"]
            network = load(of[0])
            count, work = count_parameters(network), count_gflops(network)
            rows.append([one.label, *cells, f"{count:,}", "", f"{work:.2f}", ""])
            scores = {key: mean_of(of, key).mean for _, key in _SCORES}
            figures[one.name] = scores | {"parameters": count, "gflops_640_px": work}
        heads += ["parameters", "parameters, paper", "GFLOPs at 640 px", "GFLOPs, paper"]
        note = (
            f"{state_data(setup, runs)} Precision, recall and F1 are of masks at IoU 0.5 and confidence "
            f"{of[0].planned.experiment.training.confidence:g}, all particles together and whatever their "
            f"class; mAP is COCO's. {remark}"
        )
        table = Table(["network", *heads], rows)
        return Page(describe(setup, runs), {"test images": table}, note, figures)

    return make


def classes(setup: Setup) -> Page:
    """Scores of each class, of the four schemes."""
    runs = train_schemes(setup, SCHEMES)
    names = runs[OURS.name][0].planned.images.classes
    keys = ("precision", "recall", "f1", "ap_50", "ap_50_95")
    rows = [
        [one.label, name, *(show(mean_of(runs[one.name], f"{key} {name}").mean) for key in keys)]
        for one in SCHEMES
        for name in names
    ]
    heads = ["precision", "recall", "F1", "AP@0.5", "AP@0.5:0.95"]
    note = (
        f"{state_data(setup, runs)} The paper prints no scores of single classes; by its text all schemes "
        "know cubes well, and the baseline spheres and rods less than NSYOLO. A particle of a wrong class "
        "counts as wrong here."
    )
    return Page(describe(setup, runs), {"classes": Table(["network", "class", *heads], rows)}, note)


def fig6(setup: Setup) -> Page:
    """Fig. 6: the four parts of the loss, baseline and NSYOLO."""
    runs = train_schemes(setup, (BASELINE, OURS))
    parts = {"boxes": "box", "masks": "mask", "classes": "class", "distributions": "distribution"}
    curves = {one.label: read_curves(runs[one.name][0].folder) for one in (BASELINE, OURS)}
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
    note = (
        f"{state_data(setup, runs)} Losses of training images at the last epoch; the paper shows curves only."
    )
    table = Table(["part of the loss", *curves], rows)
    return Page(
        describe(setup, runs), {"last epoch": table}, note, {}, {"losses": draw_curves(panels, "epoch")}
    )


def fig10(setup: Setup) -> Page:
    """Fig. 10: confusion matrices of the four schemes."""
    runs = train_schemes(setup, SCHEMES)
    matrices = {one.label: pool_matrix(runs[one.name], "particles") for one in SCHEMES}
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


def choose_crowded(images: Sequence[HeldOut], name: str | None) -> HeldOut:
    """The image with the most particles of a class, or of any."""

    def count(image: HeldOut) -> int:
        whole = image.whole
        wanted = whole.classes.index(name) if name in whole.classes else None
        return whole.count if wanted is None else int(np.count_nonzero(whole.class_of[1:] == wanted))

    return max(images, key=count)


def near_outlines(labels: npt.NDArray[np.integer], near_px: float = _NEAR_PX) -> npt.NDArray[np.bool_]:
    """Pixels no further than so many px from where a label ends."""
    ends = np.zeros(labels.shape, bool)
    across, down = labels[:, 1:] != labels[:, :-1], labels[1:] != labels[:-1]
    ends[:, 1:] |= across
    ends[:, :-1] |= across
    ends[1:] |= down
    ends[:-1] |= down
    if not ends.any():
        return ends
    return np.asarray(distance_transform_edt(~ends) <= near_px)


def _boundaries(image: HeldOut, maps: Heatmaps) -> list[str]:
    """Share of the boundary response that lies on true outlines, and its mean there."""
    near = near_outlines(image.square.sample.labels)
    total = float(maps.boundary.sum())
    share = float(maps.boundary[near].sum()) / total if total else None
    return [percent(share), show(float(maps.boundary[near].mean()) if near.any() else None)]


def heatmaps(
    variants: Sequence[Variant], wanted: str, shown: Sequence[str], remark: str
) -> Callable[[Setup], Page]:
    """What networks see in the most crowded test image of a class."""

    def make(setup: Setup) -> Page:
        runs = train_schemes(setup, variants)
        first = runs[variants[0].name][0]
        image = choose_crowded(look_at(first, first.held_out), wanted)
        square = image.square.sample
        maps = {one.label: find_heatmaps(load(runs[one.name][0]), image, _CONFIDENCE) for one in variants}
        # Outlines are narrow: the same scale for all, so that the strongest can be seen.
        top = max(float(np.quantile(m.boundary, 0.999)) for m in maps.values()) or 1.0
        tops = {"confidence": 1.0, "mask": 1.0, "boundary": top}
        tiles = {label: [heat(getattr(m, name), tops[name]) for name in shown] for label, m in maps.items()}
        annotated = outline(square.pixels, square.labels, (86, 190, 250))
        if len(shown) > 1:
            grid = draw_grid(["annotated", *shown], {k: [annotated, *row] for k, row in tiles.items()})
        else:
            flat = [outline(square.pixels), annotated, *(row[0] for row in tiles.values())]
            grid = draw_grid(["image", "annotated", *tiles], {shown[0]: flat})
        rows = [[label, *_boundaries(image, m)] for label, m in maps.items()]
        table = Table(["network", "boundary response on true outlines", "mean response there"], rows)
        note = (
            f"{state_data(setup, runs)} Image {image.whole.name}, of the test images that with the most "
            f"particles{f' of the class {wanted}' if wanted in image.whole.classes else ''}. Confidence: "
            "greatest class probability of an anchor; mask: greatest mask probability; boundary: steepest "
            f"fall of a particle's mask probability per px of the input, drawn up to {top:.2f}; on an "
            f"outline: within {_NEAR_PX:g} px. {remark}"
        )
        return Page(describe(setup, runs), {"boundaries": table}, note, {}, {"heatmaps": grid})

    return make


_NO_COUNTS = "The paper prints no numbers of parameters and GFLOPs."
_S1 = (
    "Table S1 is in a supplement that the text does not print: its columns are empty. By the text "
    "BADSConv is best in most scores, with a little more parameters and GFLOPs than DSConv."
)
_NO_FORMULA = "The paper gives pictures, and no formulas for them."
ITEMS = {
    "table1": Item(
        "Table 1: ablation, BADSConv and BRA; parameters, GFLOPs", ablation(SCHEMES, True, _NO_COUNTS)
    ),
    "table_s1": Item(
        "Table S1: baseline, DSConv and BADSConv", ablation((BASELINE, DSCONV, BADSCONV), False, _S1)
    ),
    "classes": Item("Scores of each class", classes),
    "fig6": Item("Fig. 6: the four parts of the loss", fig6),
    "fig10": Item("Fig. 10: confusion matrices of the four schemes", fig10),
    "fig11": Item(
        "Fig. 11: heatmaps of confidence, mask probability and boundary",
        heatmaps(SCHEMES, "cube", ("confidence", "mask", "boundary"), _NO_FORMULA),
    ),
    "fig12": Item(
        "Fig. 12: boundaries of crowded rods by five networks",
        heatmaps((BASELINE, DSCONV, BADSCONV, BRA, OURS), "rod", ("boundary",), _NO_FORMULA),
    ),
}
