"""Decoder of networks that predict boxes, classes and masks as sums of prototypes."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.decoders.suppression import suppress
from nanocaliper.segmentation.label_bands import count_pixels, renumber
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL
from nanocaliper.segmentation.upsample import interpolate_window

__all__ = [
    "DetectedParticles",
    "Detections",
    "decode_prototypes",
    "join_detections",
    "paint_detections",
    "take_detections",
]

Floats = npt.NDArray[np.float32]

#: Of a detection that is not sure, at least this share must not be taken by sure ones.
_FREE_SHARE = 0.5
# Beyond this logit a mask's probability is 0 or 1 in float32.
_LOGIT_MAX = 30.0


@dataclass(frozen=True)
class DetectedParticles:
    """Particles of one image or tile.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)
        Particles 1..n, best first.
    level : ndarray of uint8, shape (rows, cols)
        Greatest mask probability, as in `nanocaliper.segmentation.segmentation.Segmentation`.
    scores : ndarray of float32, shape (n,)
        Probability of the class.
    classes : ndarray of int64, shape (n,)
        Index of the most probable class.
    class_probabilities : ndarray of float32, shape (n, classes)
    hidden : int
        Detections left out because no pixel was theirs: nothing of their mask reaches the threshold inside the
        box, or others are more probable everywhere.
    """

    labels: npt.NDArray[np.int32]
    level: npt.NDArray[np.uint8]
    scores: Floats
    classes: npt.NDArray[np.int64]
    class_probabilities: Floats
    hidden: int


def _largest_piece(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    count, pieces, measured, _ = cv2.connectedComponentsWithStats(mask.astype(np.uint8), connectivity=4)
    if count <= 2:
        return mask
    return np.asarray(pieces == 1 + np.argmax(measured[1:, cv2.CC_STAT_AREA]))


@dataclass(frozen=True)
class CoarseMask:
    """Logits of a detection's mask on the prototypes' grid, around its box.

    Parameters
    ----------
    logits : ndarray of float32, shape (rows, cols)
    row, col : int
        Where they begin on the grid of the whole image.
    """

    logits: Floats
    row: int
    col: int


@dataclass(frozen=True)
class Detections:
    """What a network sees in an image or a part of it.

    Parameters
    ----------
    boxes : ndarray of float32, shape (n, 4)
        (row_min, col_min, row_max, col_max) in working px of the whole image.
    class_probabilities : ndarray of float32, shape (n, classes)
    masks : sequence of CoarseMask, n
    """

    boxes: Floats
    class_probabilities: Floats
    masks: Sequence[CoarseMask]

    @property
    def scores(self) -> Floats:
        """Greatest class probability of each, shape (n,)."""
        return np.asarray(self.class_probabilities.max(axis=1, initial=0), np.float32)

    def choose(self, which: npt.NDArray[np.integer]) -> "Detections":
        """Take some, in the order given."""
        masks = [self.masks[index] for index in which.tolist()]
        return Detections(self.boxes[which], self.class_probabilities[which], masks)


def take_detections(
    boxes: Floats,
    class_probabilities: Floats,
    coefficients: Floats,
    prototypes: Floats,
    *,
    confidence: float,
    iou_max: float,
    stride: int = 4,
    origin: tuple[int, int] = (0, 0),
) -> Detections:
    """Choose the detections that count among what a network gives, and make their masks.

    Detections whose greatest class probability is `confidence` or more are freed of doubles by their boxes,
    whatever their class and however many there are.

    Parameters
    ----------
    boxes : ndarray of float32, shape (anchors, 4)
        (row_min, col_min, row_max, col_max) in px of the network's input.
    class_probabilities : ndarray of float32, shape (anchors, classes)
    coefficients : ndarray of float32, shape (anchors, k)
    prototypes : ndarray of float32, shape (k, input rows / stride, input cols / stride)
    confidence : float
    iou_max : float
        Of two boxes that overlap more than this, the one of less probable class is left out.
    stride : int
        Input px per px of a prototype.
    origin : (int, int)
        Where the input lies in the whole image, working px; multiples of `stride`.

    Returns
    -------
    Detections
        Best first.
    """
    scores = class_probabilities.max(axis=1)
    sure = np.flatnonzero((scores >= confidence) & np.isfinite(boxes).all(axis=1))
    chosen = sure[suppress(boxes[sure], scores[sure], iou_max)]
    masks = [
        _make_mask(coefficients[anchor], prototypes, boxes[anchor], stride, origin)
        for anchor in chosen.tolist()
    ]
    moved = boxes[chosen] + np.array(origin * 2, np.float32)
    return Detections(moved, class_probabilities[chosen], masks)


def _make_mask(
    coefficients: Floats, prototypes: Floats, box: Floats, stride: int, origin: tuple[int, int]
) -> CoarseMask:
    # One pixel more on each side, as far as linear interpolation reaches.
    (top, bottom), (left, right) = (
        (
            min(max(int(np.floor(box[axis] / stride)) - 1, 0), side - 1),
            max(int(np.ceil(box[axis + 2] / stride)) + 1, 1),
        )
        for axis, side in enumerate(prototypes.shape[1:])
    )
    logits = np.tensordot(coefficients, prototypes[:, top:bottom, left:right], axes=1)
    return CoarseMask(logits.astype(np.float32), top + origin[0] // stride, left + origin[1] // stride)


def join_detections(parts: Sequence[Detections], iou_max: float) -> Detections:
    """Put detections of several parts of an image together, each particle once.

    Parameters
    ----------
    parts : sequence of Detections
        One or more.
    iou_max : float
        As for `take_detections`.

    Returns
    -------
    Detections
        Best first.
    """
    every = Detections(
        np.concatenate([part.boxes for part in parts]),
        np.concatenate([part.class_probabilities for part in parts]),
        [mask for part in parts for mask in part.masks],
    )
    return every.choose(suppress(every.boxes, every.scores, iou_max))


def paint_detections(
    detections: Detections,
    shape: tuple[int, int],
    *,
    ratio: tuple[float, float] = (1.0, 1.0),
    stride: int = 4,
    boundary: float = 0.5,
    sure: float = 0.0,
) -> DetectedParticles:
    """Paint particles on the image's pixels.

    The logits of a mask are interpolated linearly to the image's pixels inside the box, so that its outline does
    not follow the prototypes' coarse grid; the largest connected piece above the boundary is the particle's. A
    pixel of several particles belongs to the one whose mask is most probable there.

    Parameters
    ----------
    detections : Detections
        Best first.
    shape : (int, int)
        Rows and columns of the image; what is beyond it is padding.
    ratio : (float, float)
        Working px per image px along rows and columns.
    stride : int
        Working px per px of a prototype.
    boundary : float
        Probability on a particle's outline.
    sure : float
        Detections of a lower score take no pixel from others, and are left out where others have most of theirs.

    Returns
    -------
    DetectedParticles
    """
    coarse_ratio = (ratio[0] / stride, ratio[1] / stride)
    on_outline = np.float32(np.log(boundary / (1 - boundary)))
    labels = np.zeros(shape, np.int32)
    best = np.full(shape, -np.inf, np.float32)
    sure_count = int((detections.scores >= sure).sum())
    for number, (box, coarse) in enumerate(zip(detections.boxes, detections.masks, strict=True), start=1):
        window = _image_window(box, ratio, shape)
        if window is None:
            continue
        logits = (
            interpolate_window(coarse.logits, coarse_ratio, window, (coarse.row, coarse.col)) - on_outline
        )
        part = (slice(window[0], window[2]), slice(window[1], window[3]))
        mask = _largest_piece(logits > 0)
        wins = mask & (logits > best[part])
        if number > sure_count:
            wins &= (labels[part] == 0) | (labels[part] > sure_count)
            if wins.sum() < _FREE_SHARE * mask.sum():
                continue
        # What is no part of the particle must not be above the boundary in the level either.
        logits = np.where(mask, logits, -np.abs(logits))
        labels[part][wins] = number
        best[part] = np.maximum(best[part], logits)
    return _gather(labels, best, detections.class_probabilities)


def decode_prototypes(
    boxes: Floats,
    class_probabilities: Floats,
    coefficients: Floats,
    prototypes: Floats,
    shape: tuple[int, int],
    *,
    ratio: tuple[float, float] = (1.0, 1.0),
    stride: int = 4,
    confidence: float = 0.25,
    iou_max: float = 0.7,
    sure: float = 0.0,
) -> DetectedParticles:
    """Turn the output of a network that saw an image in one piece into particles.

    Parameters
    ----------
    boxes, class_probabilities, coefficients, prototypes, stride, confidence, iou_max
        As for `take_detections`.
    shape : (int, int)
        Rows and columns of the image; it lies at the network's first row and column, and what is beyond it in the
        input is padding.
    ratio : (float, float)
        Input px per image px along rows and columns.
    sure : float
        As for `paint_detections`.

    Returns
    -------
    DetectedParticles
    """
    found = take_detections(
        *(boxes, class_probabilities, coefficients, prototypes),
        confidence=confidence,
        iou_max=iou_max,
        stride=stride,
    )
    return paint_detections(found, shape, ratio=ratio, stride=stride, sure=sure)


def _image_window(
    box: Floats, ratio: tuple[float, float], shape: tuple[int, int]
) -> tuple[int, int, int, int] | None:
    """Image pixels whose middle a box holds: first row, first col, last row + 1, last col + 1.

    Outside the boxes a network is not taught its masks, so that straight sides end where the box does: rounding
    outwards would make particles larger.
    """
    top, bottom = (float(box[i]) / ratio[0] for i in (0, 2))
    left, right = (float(box[i]) / ratio[1] for i in (1, 3))
    first = max(int(np.ceil(top - 0.5)), 0), max(int(np.ceil(left - 0.5)), 0)
    last = min(int(np.ceil(bottom - 0.5)), shape[0]), min(int(np.ceil(right - 0.5)), shape[1])
    return (*first, *last) if first[0] < last[0] and first[1] < last[1] else None


def _gather(labels: npt.NDArray[np.int32], best: Floats, probabilities: Floats) -> DetectedParticles:
    """Number the particles that have pixels without gaps, and turn logits into a level."""
    count = len(probabilities)
    seen = count_pixels(labels, count)[1:] > 0
    numbers = np.zeros(count + 1, np.int32)
    numbers[1:][seen] = np.arange(1, seen.sum() + 1)
    probability = 1 / (1 + np.exp(-best.clip(-_LOGIT_MAX, _LOGIT_MAX)))
    kept = probabilities[seen]
    return DetectedParticles(
        labels=renumber(labels, numbers),
        level=np.rint(2 * BOUNDARY_LEVEL * probability).astype(np.uint8),
        scores=kept.max(axis=1, initial=0),
        classes=kept.argmax(axis=1),
        class_probabilities=kept,
        hidden=int(count - seen.sum()),
    )
