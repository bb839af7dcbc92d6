"""Particles by a network that gives boxes, classes and masks as sums of prototypes."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ModelError
from nanocaliper.inference.card_entries import CardEntries
from nanocaliper.inference.grey import stretch
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.inference.session import Network, open_network
from nanocaliper.inference.tiling import Tile, TileOptions, plan_tiles, resample
from nanocaliper.segmentation.candidates import Candidates
from nanocaliper.segmentation.card_decoder import describe_decoder, read_outline_uncertainty, read_score_map
from nanocaliper.segmentation.decoders.prototypes import (
    DetectedParticles,
    Detections,
    join_detections,
    paint_detections,
    take_detections,
)
from nanocaliper.segmentation.glimpses import Glimpsed
from nanocaliper.segmentation.parting import PartingOptions
from nanocaliper.segmentation.score_map import ScoreMap
from nanocaliper.segmentation.working_scale import WorkingScale, look_closer, warn_of_reduction

__all__ = ["DetectionOptions", "find_by_detections"]

#: How an image is cut; particles up to twice the margin, less twice the slack, are whole in some tile.
_TILES = {"core": 1024, "margin": 384, "whole_px": 2_000_000}
#: Grey beside the image, as in training.
_FILL = 0.0
#: Detections of a lower score than this are no candidates, whatever the user asks for.
_LEAST_SCORE = 0.05
#: A particle whose middle is so near the border of a tile's core is taken from both sides, and then kept once.
_SLACK_PX = 32
#: A box that ends so near the edge of a tile is cut by it.
_CUT_PX = 2.0


@dataclass(frozen=True)
class DetectionOptions:
    """What the card says of feeding and reading the network; see ``docs/models.md``."""

    scale: WorkingScale
    classes: tuple[str, ...]
    stride: int
    confidence: float
    nms_iou: float
    boundary: float
    diameter_min_px: float
    tiles: TileOptions
    score_map: ScoreMap | None = None
    outline_uncertainty: float | None = None

    @classmethod
    def from_card(cls, card: ModelCard) -> "DetectionOptions":
        """Take the entries from a card.

        Raises
        ------
        ModelError
            If an entry is missing or impossible.
        """
        entries = CardEntries(card)
        stride = entries.whole("output.stride", 1, 64)
        multiple = entries.whole("input.multiple", 1, 128)
        if multiple % stride:
            raise ModelError(
                f"The card of model '{card.name}' has input.multiple = {multiple}; expected a multiple of "
                f"output.stride, which is {stride}."
            )
        confidence = entries.number("decoder.confidence", 0.01, 1)
        score_map = read_score_map(entries)
        if score_map is not None:  # the card's value is one of the mapped scores
            confidence = float(score_map.invert(np.array(confidence)))
        return cls(
            scale=WorkingScale.from_card(entries),
            classes=entries.names("output.classes"),
            stride=stride,
            confidence=confidence,
            nms_iou=entries.number("decoder.nms_iou", 0, 1),
            boundary=entries.number("decoder.boundary", 1e-3, 1 - 1e-3),
            diameter_min_px=entries.number("decoder.diameter_min_px", 0),
            tiles=TileOptions(multiple=multiple, **_TILES),
            score_map=score_map,
            outline_uncertainty=read_outline_uncertainty(entries),
        )


def find_by_detections(pixels: npt.NDArray[Any], card: ModelCard, asked: PartingOptions) -> Candidates:
    """Find particles with a network that detects them one by one.

    A large image is looked at in tiles. Each particle is taken from the tile in whose core its middle lies, so that
    it is whole there; one that two tiles claim is kept once.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
    card : ModelCard
    asked : PartingOptions
        Not used: particles come out one by one.

    Returns
    -------
    Candidates
        With a warning where a particle is larger than the tiles' overlap.

    Raises
    ------
    ModelError
        If weights or card are damaged.
    SegmentationError
        If the image is too large for the scale the network wants.
    """
    del asked
    options = DetectionOptions.from_card(card)
    network = open_network(card)
    shape = pixels.shape[0], pixels.shape[1]
    grey = stretch(pixels)

    def measure(scale: float, part: tuple[slice, slice]) -> Glimpsed:
        seen = _detect(np.ascontiguousarray(grey[part]), scale, network, card.name, options)
        found = join_detections(seen.parts, options.nms_iou)
        boxes = found.boxes[found.scores >= options.confidence]
        sides = boxes[:, 2:] - boxes[:, :2]
        ends = np.array(seen.shape) - _CUT_PX
        cut = np.any((boxes[:, :2] <= _CUT_PX) | (boxes[:, 2:] >= ends), axis=1)
        return Glimpsed(np.asarray(np.sqrt(sides.prod(axis=1)) / scale, np.float64), np.asarray(cut))

    scale = look_closer(options.scale.find(shape), shape, measure)
    seen = _detect(grey, scale, network, card.name, options)
    found = paint_detections(
        join_detections(seen.parts, options.nms_iou),
        shape,
        ratio=(seen.shape[0] / shape[0], seen.shape[1] / shape[1]),
        stride=options.stride,
        boundary=options.boundary,
        sure=options.confidence,
    )
    settings = {"working_scale": round(scale, 4), "tiles": len(seen.parts), "decoder": describe_decoder(card)}
    return Candidates(
        found.labels,
        found.level,
        options.diameter_min_px / scale,
        settings,
        network.sha256,
        warnings=(*warn_of_reduction(scale), *_warn_of_cut(seen.cut)),
        score_map=options.score_map,
        outline_uncertainty=options.outline_uncertainty,
        scores=found.scores,
        **_name_classes(found, options.classes),
    )


@dataclass(frozen=True)
class _Seen:
    """Detections of an image, tile by tile."""

    parts: list[Detections]
    cut: int
    shape: tuple[int, int]


def _detect(
    grey: npt.NDArray[np.float32], scale: float, network: Network, name: str, options: DetectionOptions
) -> _Seen:
    """Look at an image, or a part of it, at a working scale."""
    working = resample(grey, scale)
    inner = working.shape[0], working.shape[1]
    parts, cut = [], 0
    for tile in plan_tiles(inner, options.tiles):
        given = network.run_named(tile.cut(working, _FILL))
        _check_outputs(name, given, len(options.classes), options.stride, tile)
        seen = _take_tile(given, options, tile, inner)
        parts.append(seen)
        cut += int((_is_cut(seen.boxes, tile, inner) & (seen.scores >= options.confidence)).sum())
    return _Seen(parts, cut, inner)


def _take_tile(
    given: Mapping[str, npt.NDArray[np.float32]],
    options: DetectionOptions,
    tile: Tile,
    shape: tuple[int, int],
) -> Detections:
    """Detections whose middle lies in the core of a tile, or hardly beside it."""
    found = take_detections(
        *(given[name] for name in ("boxes", "classes", "coefficients", "prototypes")),
        confidence=min(_LEAST_SCORE, options.confidence),
        iou_max=options.nms_iou,
        stride=options.stride,
        origin=(tile.seen[0], tile.seen[2]),
    )
    kept = np.ones(len(found.boxes), bool)
    for axis, side in enumerate(shape):
        middle = (found.boxes[:, axis] + found.boxes[:, axis + 2]) / 2
        start, stop = tile.core[2 * axis : 2 * axis + 2]
        kept &= (middle >= start - _SLACK_PX) | (start == 0)
        kept &= (middle < stop + _SLACK_PX) | (stop >= side)
    return found.choose(np.flatnonzero(kept))


def _is_cut(boxes: npt.NDArray[np.float32], tile: Tile, shape: tuple[int, int]) -> npt.NDArray[np.bool_]:
    """Whether boxes end at an edge of the tile that is none of the image."""
    cut = np.zeros(len(boxes), np.bool_)
    for axis, side in enumerate(shape):
        start, stop = tile.seen[2 * axis : 2 * axis + 2]
        cut |= (boxes[:, axis] <= start + _CUT_PX) & (start > 0)
        cut |= (boxes[:, axis + 2] >= stop - _CUT_PX) & (stop < side)
    return cut


def _warn_of_cut(cut: int) -> tuple[str, ...]:
    if not cut:
        return ()
    return (
        "The image was looked at in tiles, and some particles are larger than these overlap "
        f"({cut} detections end at the edge of a tile): they may be cut.",
    )


def _name_classes(found: DetectedParticles, classes: tuple[str, ...]) -> dict[str, Any]:
    """Classes and their probabilities; of a network that knows one class only, none."""
    if len(classes) == 1:
        return {}
    names = tuple(classes[index] for index in found.classes.tolist())
    return {"shapes": names, "shape_probabilities": found.scores}


def _check_outputs(
    name: str, given: Mapping[str, npt.NDArray[np.float32]], classes: int, stride: int, tile: Tile
) -> None:
    """Raise ModelError where a network gives something else than its card says."""
    sides = tuple((tile.seen[i + 1] - tile.seen[i]) // stride for i in (0, 2))
    shapes = {key: value.shape for key, value in given.items()}
    anchors = shapes.get("boxes", (0,))[0]
    masks = shapes.get("prototypes", (0,))[0]
    expected = {
        "boxes": (anchors, 4),
        "classes": (anchors, classes),
        "coefficients": (anchors, masks),
        "prototypes": (masks, *sides),
    }
    if shapes != expected:
        raise ModelError(
            f"The network of model '{name}' gives {shapes}; expected {expected} by its card: correct "
            "output.classes and output.stride, or export it anew."
        )
