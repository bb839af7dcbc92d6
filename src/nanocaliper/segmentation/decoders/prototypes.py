"""Decoder of networks that predict boxes, classes and masks as sums of prototypes."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.decoders.suppression import suppress
from nanocaliper.segmentation.label_bands import count_pixels, renumber
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL
from nanocaliper.segmentation.upsample import interpolate_window

__all__ = ["DetectedParticles", "decode_prototypes"]

Floats = npt.NDArray[np.float32]

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
) -> DetectedParticles:
    """Turn the network's output into particles.

    Detections whose greatest class probability is `confidence` or more are freed of doubles by their boxes,
    whatever their class and however many there are. The logits of a mask are interpolated linearly to the image's
    pixels inside the box, so that its outline does not follow the prototypes' coarse grid; the largest connected
    piece above probability 1/2 is the particle's. A pixel of several particles belongs to the one whose mask is
    most probable there.

    Parameters
    ----------
    boxes : ndarray of float32, shape (anchors, 4)
        (row_min, col_min, row_max, col_max) in the network's input px.
    class_probabilities : ndarray of float32, shape (anchors, classes)
    coefficients : ndarray of float32, shape (anchors, k)
    prototypes : ndarray of float32, shape (k, input rows / stride, input cols / stride)
    shape : (int, int)
        Rows and columns of the image; it lies at the network's first row and column, and what is beyond it in the
        input is padding.
    ratio : (float, float)
        Input px per image px along rows and columns.
    stride : int
        Input px per px of a prototype.
    confidence : float
    iou_max : float
        Of two boxes that overlap more than this, the one of less probable class is left out.

    Returns
    -------
    DetectedParticles
    """
    scores = class_probabilities.max(axis=1)
    sure = np.flatnonzero(scores >= confidence)
    chosen = sure[suppress(boxes[sure], scores[sure], iou_max)]
    coarse_ratio = (ratio[0] / stride, ratio[1] / stride)
    labels = np.zeros(shape, np.int32)
    best = np.full(shape, -np.inf, np.float32)
    for number, anchor in enumerate(chosen.tolist(), start=1):
        window = _image_window(boxes[anchor], ratio, shape)
        if window is None:
            continue
        logits = _mask_logits(coefficients[anchor], prototypes, window, coarse_ratio)
        part = (slice(window[0], window[2]), slice(window[1], window[3]))
        mask = _largest_piece(logits > 0)
        # What is no part of the particle must not be above the boundary in the level either.
        logits = np.where(mask, logits, -np.abs(logits))
        wins = mask & (logits > best[part])
        labels[part][wins] = number
        best[part] = np.maximum(best[part], logits)
    return _gather(labels, best, class_probabilities[chosen])


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


def _mask_logits(
    coefficients: Floats, prototypes: Floats, window: tuple[int, int, int, int], ratio: tuple[float, float]
) -> Floats:
    """Logits of one mask on a window of the image."""
    # One coarse pixel more on each side, as far as linear interpolation reaches.
    rows, cols = (
        slice(max(int(start * r) - 1, 0), int(np.ceil(stop * r)) + 1)
        for start, stop, r in ((window[0], window[2], ratio[0]), (window[1], window[3], ratio[1]))
    )
    coarse = np.tensordot(coefficients, prototypes[:, rows, cols], axes=1).astype(np.float32)
    return interpolate_window(coarse, ratio, window, (rows.start, cols.start))


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
