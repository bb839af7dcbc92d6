"""Trained networks on images: what they find, what they look at, and their scores on images of other kinds."""

import dataclasses
import math
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

import cv2
import numpy as np
import numpy.typing as npt
import torch
from torch import nn

from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.evaluation.roc import RocCounts
from nanocaliper.inference.model_card import read_card
from nanocaliper.segmentation.decoders.prototypes import decode_prototypes
from nanocaliper.segmentation.decoders.suppression import suppress
from nanocaliper.training.data.mixed_source import SampleSequence
from nanocaliper.training.engine import Job, make_module
from nanocaliper.training.network_module import collate_held_out
from nanocaliper.training.networks.yolo_head import STRIDES
from nanocaliper.training.run_folder import find_weights
from nanocaliper.training.sample_sets import HeldOut, HeldOutSet, TrainingSet
from nanocaliper.training.semantic_module import split_particles
from nanocaliper.training.trained_run import read_run
from papers.exported import open_exported

if TYPE_CHECKING:
    from papers.running import Run

__all__ = [
    "Heatmaps",
    "find_checkpoint",
    "find_heatmaps",
    "find_particles",
    "load",
    "look_at",
    "score_on",
]

Floats = npt.NDArray[np.float32]

#: Of two boxes that overlap more than this, the one of less probable class is left out.
_IOU_MAX = 0.7


class Heatmaps(NamedTuple):
    """What a detecting network sees, on the pixels of its square input, all from 0 to 1.

    Parameters
    ----------
    confidence : ndarray, shape (side, side)
        Greatest class probability of an anchor, of all levels.
    mask : ndarray
        Greatest mask probability of the particles.
    boundary : ndarray
        Steepest fall of a particle's mask probability: 1 where it goes from 1 to 0 within a px.
    """

    confidence: Floats
    mask: Floats
    boundary: Floats


def find_checkpoint(run: "Run") -> Path:
    """File of the weights of a run, or of a model."""
    exported = run.folder / "weights.onnx"
    return exported if exported.is_file() else find_weights(run.folder)


def load(run: "Run") -> nn.Module:
    """The network of a run with its best weights, or of a model, in evaluation."""
    if (run.folder / "card.toml").is_file():
        return open_exported(read_card(run.folder))
    return read_run(run.folder).network


def look_at(run: "Run", names: Sequence[str]) -> list[HeldOut]:
    """Images of a run as its network takes them."""
    data = run.planned.experiment.data
    return list(
        map(HeldOutSet(run.planned.images.choose(names), data.side, data.fit).__getitem__, range(len(names)))
    )


def find_particles(
    network: nn.Module, run: "Run", image: HeldOut, confidence: float | None = None
) -> npt.NDArray[np.int32]:
    """Label image of what a network finds, shape (rows, cols) of the image.

    Parameters
    ----------
    network : nn.Module
        Of pixels, or NSYOLO.
    run : Run
    image : HeldOut
    confidence : float, optional
        Least score of a particle or probability of a pixel, instead of that of the run.
    """
    least = run.planned.experiment.training.confidence if confidence is None else confidence
    with torch.inference_mode():
        given: Any = network(image.square.grey[None])
        if not run.planned.experiment.training.knows_classes:
            found: Any = network.probability(given.float())  # type: ignore[operator]
            probability = np.clip(image.box.take_values(found[0, 0].numpy()), 0, 1)
            return split_particles(probability, least)[0]
        decoded: Any = network.decode(given)  # type: ignore[operator]
    boxes, classes, coefficients, prototypes = (part[0].float().numpy() for part in decoded)
    square = (image.box.side, image.box.side)
    labels = decode_prototypes(boxes, classes, coefficients, prototypes, square, confidence=least).labels
    return image.box.take_labels(labels)


def find_heatmaps(network: nn.Module, image: HeldOut, confidence: float) -> Heatmaps:
    """Look into NSYOLO at an image.

    Parameters
    ----------
    network : nn.Module
    image : HeldOut
    confidence : float
        Least score of a particle whose mask is shown.
    """
    side = image.box.side
    with torch.inference_mode():
        decoded = network.decode(network(image.square.grey[None]))  # type: ignore[operator]
    boxes, classes, coefficients, prototypes = (part[0].float().numpy() for part in decoded)
    scores = classes.max(axis=1)
    sure = np.zeros((side, side), np.float32)
    levels = [(side // stride) ** 2 for stride in STRIDES]
    for level in np.split(scores, np.cumsum(levels)[:-1]):
        across = math.isqrt(len(level))
        best = level.reshape(across, across)
        sure = np.maximum(sure, cv2.resize(best, (side, side), interpolation=cv2.INTER_NEAREST))
    known = np.flatnonzero(scores >= confidence)
    mask, boundary = np.zeros((2, side, side), np.float32)
    for k in known[suppress(boxes[known], scores[known], _IOU_MAX)]:
        logits = np.tensordot(coefficients[k], prototypes, axes=1).astype(np.float32)
        probability = 1 / (1 + np.exp(-np.clip(cv2.resize(logits, (side, side)), -30, 30)))
        low, high = np.maximum(boxes[k, :2], 0).astype(int), np.maximum(np.ceil(boxes[k, 2:]), 0).astype(int)
        window = slice(low[0], high[0]), slice(low[1], high[1])
        part = probability[window]
        if min(part.shape) < 2:
            continue
        mask[window] = np.maximum(mask[window], part)
        boundary[window] = np.maximum(boundary[window], np.hypot(*np.gradient(part)))
    return Heatmaps(sure, mask, np.clip(boundary, 0, 1))


def score_on(
    run: "Run", samples: SampleSequence, confidence: float | None = None
) -> tuple[list[ImageScores], RocCounts | None]:
    """Score a run's network on images, in this process: workers would be started anew for each few images.

    Parameters
    ----------
    run : Run
    samples : SampleSequence
        Their classes are compared by their place in the list of the network's classes.
    confidence : float, optional
        Least score of a particle, instead of that of the run.

    Returns
    -------
    images : list of ImageScores
    roc : RocCounts or None
    """
    data, settings = run.planned.experiment.data, run.planned.experiment.training
    if confidence is not None:
        settings = dataclasses.replace(settings, confidence=confidence)
    held_out = HeldOutSet(samples, data.side, data.fit)
    classes = run.planned.images.classes
    module = make_module(
        Job(load(run), settings, classes, TrainingSet(samples, data.side, data.fit, 0), held_out)
    )
    images: list[ImageScores] = []
    with torch.inference_mode():
        for place in range(len(held_out)):
            batch = collate_held_out([held_out[place]])
            images += module.score(module.look(batch), batch)
    return images, module.roc
