"""T. Tao, H. Ji and B. Liu, RSC Adv. 2025, 15, 20211: CRCRA-U-Net on real micrographs, a fold held out."""

from collections.abc import Callable, Sequence

import numpy as np

from nanocaliper.evaluation.labels import particle_sizes
from nanocaliper.training.curves import read_curves
from nanocaliper.training.networks.counts import count_parameters
from nanocaliper.training.sample_sets import HeldOut
from papers.obtaining import obtain
from papers.pictures import draw_grid, outline
from papers.running import Item, Page, Run, Variant, describe, mean_of, state_weights, warn
from papers.setup import Setup, find_real
from papers.using import find_particles, load, look_at
from result_tables import Table, percent

__all__ = ["ITEMS", "OURS", "choose_images", "compare", "side_by_side", "state_data", "take_networks"]

_RESNET, _VGG = "resnet50-0676ba61.pth", "vgg16-397923af.pth"


def _unet(name: str, label: str, encoder: str, crcra: bool, weights: str = "", own: bool = False) -> Variant:
    return Variant(name, label, {"name": "crcra_unet", "encoder": encoder, "crcra": crcra}, weights, own=own)


UNET = _unet("unet", "U-Net", "none", False)
VGG = _unet("unet_vgg16", "U-Net, VGG16", "vgg16", False, _VGG)
RESNET = _unet("unet_resnet50", "U-Net, ResNet50", "resnet50", False, _RESNET)
CRCRA = _unet("unet_crcra", "U-Net, CRCRA", "none", True)
OURS = _unet("ours", "U-Net, ResNet50, CRCRA", "resnet50", True, _RESNET, own=True)
PSPNET = Variant("pspnet", "PSPNet", {"name": "pspnet"}, _RESNET)
DEEPLAB = Variant("deeplab_v3_plus", "DeepLabv3+", {"name": "deeplab_v3_plus"}, _RESNET)
HRNET = Variant("hrnet_v2", "HRNetV2", {"name": "hrnet_v2"}, "hrnet_w32.bin")
SEGFORMER = Variant("segformer", "SegFormer", {"name": "segformer"}, "mit_b0.bin")

#: Scores of the paper's tables: heading, ours by name, and what is printed, in per cent, in this order.
_SCORES = (
    ("IoU", "semantic_iou"),
    ("recall", "pixel_recall"),
    ("precision", "pixel_precision"),
    ("F1", "semantic_f1"),
)
Printed = tuple[float, float, float, float]
#: Part, its name, images and particles as printed.
TABLE_1 = {
    "train": ("training", "298", "some 5494 with validation"),
    "validation": ("validation", "75", ""),
    "test": ("test", "42", "some 1211"),
}
TABLE_2: dict[str, Printed] = {
    "validation": (95.92, 98.77, 97.08, 97.9),
    "test": (87.79, 91.79, 95.27, 93.50),
}
TABLE_3: dict[str, Printed] = {
    "unet": (77.85, 84.26, 91.10, 87.54),
    "unet_vgg16": (84.39, 87.68, 95.74, 91.53),
    "unet_resnet50": (86.37, 89.68, 95.90, 92.69),
    "ours": (87.79, 91.79, 95.27, 93.50),
}
TABLE_4: dict[str, Printed] = {
    "pspnet": (34.30, 34.61, 97.43, 54.12),
    "deeplab_v3_plus": (62.30, 63.71, 96.57, 76.69),
    "hrnet_v2": (75.60, 78.99, 94.63, 86.09),
    "segformer": (78.02, 81.45, 94.87, 87.65),
    "ours": (87.79, 91.79, 95.27, 93.50),
}
_SLIP = " The paper prints an F1 of 54.12 % for PSPNet; its recall and precision make 51.08 %."
TABLE_5: dict[str, Printed] = {
    "unet": (77.85, 84.26, 91.10, 87.54),
    "unet_resnet50": (86.37, 89.68, 95.90, 92.69),
    "unet_crcra": (78.89, 81.41, 96.08, 88.11),
    "ours": (87.79, 91.79, 95.27, 93.50),
}


def take_networks(setup: Setup, variants: Sequence[Variant]) -> dict[str, list[Run]]:
    """Networks with a fold held out, trained or given."""
    return obtain(setup, "tao", "tao2025", lambda: find_real(setup), variants, fold="0")


def state_data(setup: Setup, runs: dict[str, list[Run]]) -> str:
    """What differs from the paper, in all tables and figures."""
    settings = [of[0].planned.experiment.training for of in runs.values()]
    epochs, frozen = settings[0].epochs, max(one.frozen_epochs for one in settings)
    random = [
        of[0].variant.label for of in runs.values() if of[0].variant.weights and of[0].weights == "random"
    ]
    text = (
        "Columns *paper*: 298 training, 75 validation and 42 test images of another set of SEM images, "
        "chosen without agglomeration, 100 epochs, encoders from ImageNet. "
    )
    if weights := state_weights(runs):
        return f"{text}Here: other images.{weights}{warn(setup)}"
    text += (
        f"Here: other images, split by article, {epochs} epochs, {frozen} of them with the encoder held still; "
        "rate, batch and input size, which the paper does not print, are ours."
    )
    if random:
        text += f" Without published weights at hand, these started from random ones: {'; '.join(random)}."
    return text + warn(setup)


def _cells(runs: Sequence[Run], printed: Printed) -> list[str]:
    """Ours and theirs in turn."""
    cells = []
    for (_, name), theirs in zip(_SCORES, printed, strict=True):
        found = mean_of(runs, name)
        spread = f" ± {percent(found.sd)}" if found.sd is not None else ""
        cells += [f"{percent(found.mean, 2)}{spread}", f"{theirs:.2f} %"]
    return cells


def compare(
    variants: Sequence[Variant], printed: dict[str, Printed], remark: str = ""
) -> Callable[[Setup], Page]:
    """A table of networks, the paper's scores beside ours."""

    def make(setup: Setup) -> Page:
        runs = take_networks(setup, variants)
        heads = [head for name, _ in _SCORES for head in (name, f"{name}, paper")]
        rows = [[of[0].variant.label, of[0].weights, *_cells(of, printed[name])] for name, of in runs.items()]
        table = Table(["network", "encoder from", *heads], rows)
        figures = {name: {key: mean_of(of, key).mean for _, key in _SCORES} for name, of in runs.items()}
        return Page(describe(setup, runs), {"test images": table}, state_data(setup, runs) + remark, figures)

    return make


def table1(setup: Setup) -> Page:
    """Table 1: images and particles of the parts."""
    runs = take_networks(setup, (OURS,))
    run = runs["ours"][0]
    rows, figures = [], {}
    for part, (label, images, particles) in TABLE_1.items():
        names = run.planned.parts[part]
        count = sum(one.count for one in run.read(names)) if names else 0
        figures[part] = {"images": len(names), "particles": count}
        # What a model was trained on, only its card knows.
        ours = [str(len(names)), str(count)] if names else ["–", "–"]
        rows.append([label, ours[0], images, ours[1], particles])
    heads = ["images of", "images", "images, paper", "particles", "particles, paper"]
    note = f"{state_data(setup, runs)} The paper counts the particles of training and validation together."
    return Page(describe(setup, runs), {"parts": Table(heads, rows)}, note, figures)


def table2(setup: Setup) -> Page:
    """Table 2: CRCRA-U-Net on validation and test images."""
    runs = take_networks(setup, (OURS,))
    by_part = {
        "validation": [_best_epoch(run) for run in runs["ours"]],
        "test": [r.scores for r in runs["ours"]],
    }
    rows = []
    for part, scores in by_part.items():
        shown: list[str] = [part]
        for (_, name), theirs in zip(_SCORES, TABLE_2[part], strict=True):
            known = [value for one in scores if (value := one.get(name)) is not None]
            shown += [percent(float(np.mean(known)) if known else None, 2), f"{theirs:.2f} %"]
        rows.append(shown)
    heads = [head for name, _ in _SCORES for head in (name, f"{name}, paper")]
    note = (
        f"{state_data(setup, runs)} The best epoch was chosen by the IoU of the validation images, so that "
        "their scores are too good; the test images had no say."
    )
    return Page(
        describe(setup, runs),
        {"parts": Table(["images", *heads], rows)},
        note,
        by_part,
    )


def _best_epoch(run: Run) -> dict[str, float | None]:
    """Scores of the validation images at the best epoch."""
    rows = [row for row in read_curves(run.folder) if "val_iou" in row]
    if not rows:
        return {}
    best = max(rows, key=lambda row: row["val_iou"])
    shown = ("val_iou", "val_recall", "val_precision", "val_f1")
    return {name: best.get(key) for (_, name), key in zip(_SCORES, shown, strict=True)}


def choose_images(images: Sequence[HeldOut]) -> list[int]:
    """Four images as in Fig. 5: two of lowest contrast, the most crowded one, that of the smallest particles."""

    def contrast(image: HeldOut) -> float:
        inside = image.whole.labels > 0
        if inside.all() or not inside.any():
            return np.inf
        pixels = image.whole.pixels.astype(np.float64)
        return float(abs(pixels[inside].mean() - pixels[~inside].mean()) / max(pixels.std(), 1e-9))

    def size(image: HeldOut) -> float:
        sizes = particle_sizes(image.whole.labels)
        known = sizes[sizes > 0]
        return float(np.median(known)) if known.size else np.inf

    every = range(len(images))
    chosen = sorted(every, key=lambda k: contrast(images[k]))[:2]
    for order in (
        sorted(every, key=lambda k: -images[k].whole.count),
        sorted(every, key=lambda k: size(images[k])),
    ):
        chosen += [k for k in order if k not in chosen][:1]
    return chosen


def side_by_side(variants: Sequence[Variant]) -> Callable[[Setup], Page]:
    """Four test images with what each network finds."""

    def make(setup: Setup) -> Page:
        runs = take_networks(setup, variants)
        first = next(iter(runs.values()))[0]
        every = look_at(first, first.held_out)
        images = [every[k] for k in choose_images(every)]
        rows = {
            image.whole.name: [
                outline(image.whole.pixels),
                outline(image.whole.pixels, image.whole.labels, (86, 190, 250)),
            ]
            for image in images
        }
        counts = []
        for run, *_ in runs.values():
            network = load(run)
            count = count_parameters(network)
            counts.append([run.variant.label, f"{count / 1e6:.2f}" if count else "–"])
            for image in look_at(run, list(rows)):
                found = find_particles(network, run, image)
                rows[image.whole.name].append(outline(image.whole.pixels, found))
        picture = draw_grid(["image", "annotated", *(of[0].variant.label for of in runs.values())], rows)
        table = Table(["network", "million parameters"], counts)
        note = (
            f"{state_data(setup, runs)} The paper's images are not ours; here, of the test images, the two of "
            f"lowest contrast, the most crowded one, and that of the smallest particles."
        )
        return Page(describe(setup, runs), {"networks": table}, note, pictures={"segmentations": picture})

    return make


ITEMS = {
    "table1": Item("Table 1: images and particles of the parts", table1),
    "table2": Item("Table 2: CRCRA-U-Net on validation and test images", table2),
    "table3": Item("Table 3: encoders of the U-Net", compare((UNET, VGG, RESNET, OURS), TABLE_3)),
    "table4": Item(
        "Table 4: other networks", compare((PSPNET, DEEPLAB, HRNET, SEGFORMER, OURS), TABLE_4, _SLIP)
    ),
    "table5": Item("Table 5: ablation, ResNet50 and CRCRA", compare((UNET, RESNET, CRCRA, OURS), TABLE_5)),
    "fig4": Item("Fig. 4: segmentations with and without CRCRA", side_by_side((RESNET, OURS))),
    "fig5": Item(
        "Fig. 5: segmentations of several networks", side_by_side((PSPNET, DEEPLAB, SEGFORMER, UNET, OURS))
    ),
}
