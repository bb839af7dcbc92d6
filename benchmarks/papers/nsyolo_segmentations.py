"""Fig. 8, 9, S3 and S4 of NSYOLO's paper: what networks, and programs without one, find in the same images."""

from collections.abc import Callable, Mapping, Sequence

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.evaluation.image_scores import ImageScores, score_image
from nanocaliper.evaluation.score_table import pool_scores
from nanocaliper.micrograph.read import read
from nanocaliper.particles.filters import keep_particles
from nanocaliper.segmentation.segment import segment
from nanocaliper.segmentation.threshold import otsu
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.sample_sets import HeldOut
from papers.nsyolo import BASELINE, OURS, state_data, take_schemes
from papers.nsyolo_rivals import SEMANTIC, take_rivals
from papers.pictures import Tile, draw_grid, outline
from papers.running import Item, Page, Run, describe, show
from papers.setup import NSYOLO_CLASSES, Setup
from papers.using import find_particles, load, look_at
from result_tables import Table

__all__ = ["ITEMS", "by_otsu", "choose_crowded"]

Labels = npt.NDArray[np.int32]

_SCORES = {"precision": "precision", "recall": "recall", "F1": "f1", "IoU of pixels": "semantic_iou"}
_TRUE = (86, 190, 250)


def choose_crowded(images: Sequence[HeldOut], wanted: Sequence[str]) -> dict[str, HeldOut]:
    """The image with the most particles of each class; of any, where the images know none of the classes."""

    def count(image: HeldOut, name: str) -> int:
        whole = image.whole
        return int(np.count_nonzero(whole.class_of[1:] == whole.classes.index(name)))

    known = [name for name in wanted if name in images[0].whole.classes]
    if not known:
        return {"all": max(images, key=lambda image: image.whole.count)}
    return {name: max(images, key=lambda image: count(image, name)) for name in known}


def fig8(setup: Setup) -> Page:
    """U-Net, DeepLabv3+, YOLO11 and NSYOLO on the most crowded image of each class."""
    runs = take_rivals(setup, SEMANTIC, (BASELINE, OURS))
    first = next(iter(runs.values()))[0]
    chosen = choose_crowded(look_at(first, first.held_out), NSYOLO_CLASSES)
    found: dict[str, dict[str, Labels]] = {what: {} for what in chosen}
    for run, *_ in runs.values():
        network = load(run)
        for what, one in chosen.items():
            (image,) = look_at(run, [one.whole.name])
            found[what][run.variant.label] = find_particles(network, run, image)
    rows = [
        [what, label, *_show_scores([_score(chosen[what].whole, labels)])]
        for what, of in found.items()
        for label, labels in of.items()
    ]
    note = (
        f"{state_data(setup, runs)} Of the test images those "
        f"with the most particles of each class: {_name(chosen)}; scores of these alone. Particles of networks of "
        "pixels are connected parts. The paper shows an image of carbon nanospheres, its Fig. S3 and S4 cubes and "
        "rods: by the text the networks of pixels join touching particles, YOLO11 misses some, and NSYOLO parts "
        "them."
    )
    picture = draw_grid(["image", "annotated", *next(iter(found.values()))], _draw(chosen, found))
    heads = ["image", "network", *_SCORES]
    return Page(describe(setup, runs), {"images": Table(heads, rows)}, note, {}, {"segmentations": picture})


def by_otsu(pixels: npt.NDArray[np.integer], truth: npt.NDArray[np.bool_]) -> Labels:
    """Connected parts by Otsu's threshold as ImageJ has it, dark or bright as they are by the truth."""
    grey = pixels.astype(np.float32)
    bright = grey > otsu(grey)
    inside = bright if (bright == truth).mean() >= 0.5 else ~bright
    return np.asarray(cv2.connectedComponents(inside.astype(np.uint8))[1], np.int32)


def _by_threshold(pixels: npt.NDArray[np.integer]) -> Labels:
    return keep_particles(segment(read(pixels), (), model="threshold")).labels


def _list_methods(run: Run) -> dict[str, Callable[[HeldOut], Labels]]:
    """Ways from an image to labels: two without a network, and the network."""
    network = load(run)
    return {
        "Otsu": lambda image: by_otsu(image.whole.pixels, image.whole.labels > 0),
        "threshold": lambda image: _by_threshold(image.whole.pixels),
        run.variant.label: lambda image: find_particles(network, run, image),
    }


def fig9(setup: Setup) -> Page:
    """Otsu's threshold, the program's `threshold` and NSYOLO."""
    runs = take_schemes(setup, (OURS,))
    run = runs[OURS.name][0]
    every = look_at(run, run.held_out)
    chosen = choose_crowded(every, NSYOLO_CLASSES)
    found: dict[str, dict[str, Labels]] = {what: {} for what in chosen}
    rows, figures = [], {}
    for label, labels_of in _list_methods(run).items():
        scores = []
        for image in every:
            labels = labels_of(image)
            scores.append(_score(image.whole, labels))
            for what, one in chosen.items():
                if one is image:
                    found[what][label] = labels
        pooled = pool_scores(scores)
        figures[label] = {name: pooled[key] for name, key in _SCORES.items()}
        rows.append([label, *_show_scores(scores)])
    note = (
        f"{state_data(setup, runs)} Pictures: of the test images those with the most particles of each class, "
        f"{_name(chosen)}; scores: all {len(every)} test images. Otsu: connected parts by its threshold as in "
        "ImageJ, dark or bright as the annotation says. `threshold`: that of this program, with an even "
        "background and a watershed; it stands where the paper has ImageDataExtractor, which is not at hand "
        "here. The paper shows one image each of spheres, rods and cubes, and prints no numbers: by the text "
        "Otsu makes particles too thin, ImageDataExtractor joins some and makes them too large."
    )
    picture = draw_grid(["image", "annotated", *next(iter(found.values()))], _draw(chosen, found))
    table = Table(["method", *_SCORES], rows)
    return Page(describe(setup, runs), {"test images": table}, note, figures, {"segmentations": picture})


def _score(truth: LabelledMicrograph, labels: Labels) -> ImageScores:
    return score_image(truth.name, truth.labels, labels)


def _show_scores(images: Sequence[ImageScores]) -> list[str]:
    pooled = pool_scores(images)
    return [show(pooled[key]) for key in _SCORES.values()]


def _name(chosen: Mapping[str, HeldOut]) -> str:
    return ", ".join(f"{what} {one.whole.name}" for what, one in chosen.items())


def _draw(chosen: Mapping[str, HeldOut], found: Mapping[str, Mapping[str, Labels]]) -> dict[str, list[Tile]]:
    """A row an image: as it is, as annotated, and as each method finds it."""
    rows = {}
    for what, one in chosen.items():
        pixels = one.whole.pixels
        shown = [outline(pixels), outline(pixels, one.whole.labels, _TRUE)]
        rows[what] = [*shown, *(outline(pixels, labels) for labels in found[what].values())]
    return rows


ITEMS = {
    "fig8": Item("Fig. 8, S3 and S4: segmentations of four networks, of each class", fig8),
    "fig9": Item("Fig. 9: segmentations by Otsu's threshold, a classical program and NSYOLO", fig9),
}
