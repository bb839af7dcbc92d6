"""Fig. 7 of NSYOLO's paper: networks of pixels and of particles on the same images."""

from collections.abc import Sequence
from typing import Any

from nanocaliper.errors import ModelError
from nanocaliper.evaluation.folds import FoldSummary
from nanocaliper.training.networks.catalogue import build
from papers.nsyolo import BASELINE, OURS, state_data, take_schemes
from papers.obtaining import obtain
from papers.running import Item, Page, Run, Variant, describe, mean_of, show
from papers.setup import Setup, find_simulated
from papers.tao import DEEPLAB, UNET
from result_tables import Table

__all__ = ["ITEMS", "SEMANTIC", "take_rivals"]

_SCORES = {"precision": "precision", "recall": "recall", "F1": "f1", "IoU of pixels": "semantic_iou"}
SEMANTIC = (UNET, DEEPLAB)
#: Its gradients and rates are those of its authors, K. He et al., ICCV 2017, for batches of 16 images.
MASK_RCNN = Variant(
    "mask_rcnn",
    "Mask R-CNN",
    {"name": "mask_rcnn"},
    changes={"training.loss": "mask_rcnn", "training.optimiser": "sgd", "training.rate": 0.02},
)


def take_rivals(
    setup: Setup, semantic: Sequence[Variant], schemes: Sequence[Variant]
) -> dict[str, list[Run]]:
    """Networks of pixels, trained by the protocol of Tao et al., then those of particles, on the same images."""
    if setup.models:
        return obtain(setup, "nsyolo", "nsyolo", lambda: find_simulated(setup), (*semantic, *schemes))
    runs = take_schemes(setup, schemes)
    side = next(iter(runs.values()))[0].planned.experiment.data.side

    def find_same() -> dict[str, Any]:
        return find_simulated(setup) | {"side": side, "ratio": "8:1:1"}

    return obtain(setup, "nsyolo", "tao2025", find_same, semantic) | runs


def _find_mask_rcnn(setup: Setup) -> tuple[Variant, ...]:
    """Mask R-CNN, where torchvision is installed."""
    try:
        build("mask_rcnn")
    except ModelError:
        setup.tell("Mask R-CNN is left out: torchvision is not installed")
        return ()
    return (MASK_RCNN,)


def fig7(setup: Setup) -> Page:
    """U-Net, DeepLabv3+, Mask R-CNN, YOLO11 and NSYOLO: precision, recall, F1, IoU."""
    runs = take_rivals(setup, SEMANTIC, (*_find_mask_rcnn(setup), BASELINE, OURS))
    found: dict[str, dict[str, FoldSummary]] = {
        name: {what: mean_of(of, key) for what, key in _SCORES.items()} for name, of in runs.items()
    }
    rows = [[runs[name][0].variant.label] + [show(s.mean) for s in found[name].values()] for name in runs]
    note = (
        f"{state_data(setup, runs)} Networks of pixels are trained by the protocol "
        "of Tao et al.; their particles are connected parts, so that touching ones count as missed. The "
        "paper's Fig. 7 shows bars and prints no numbers, but that NSYOLO's precision is about 6 points "
        "above YOLO11's."
    )
    if not setup.models and MASK_RCNN.name not in runs:
        note += " Mask R-CNN, which the figure has too, is left out: torchvision is not installed."
    figures = {name: {what: s.mean for what, s in scores.items()} for name, scores in found.items()}
    return Page(describe(setup, runs), {"test images": Table(["network", *_SCORES], rows)}, note, figures)


ITEMS = {"fig7": Item("Fig. 7: networks of pixels and of particles", fig7)}
