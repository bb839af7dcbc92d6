"""Average precision as COCO defines it: the area under the precision-recall curve, by class and threshold.

The library ``faster-coco-eval`` (Apache-2.0) does the counting: the same numbers as ``pycocotools``, many times as
fast where an image holds hundreds of particles, and kept up. It is part of the extra ``train``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import UsageError
from nanocaliper.evaluation.segmentation_scores import IOU_THRESHOLDS
from nanocaliper.particles.run_lengths import encode_runs, find_runs

__all__ = ["AveragePrecision", "ParticleSet", "find_average_precision", "set_of_labels", "set_of_masks"]

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class ParticleSet:
    """Particles of one image, true or found; found ones may overlap.

    Parameters
    ----------
    rows, cols : int
        Size of the image, px.
    runs : tuple of list of int
        Mask of each particle, as `nanocaliper.particles.run_lengths.encode_runs` gives it.
    boxes : ndarray, shape (n, 4)
        (row_min, col_min, row_max, col_max), px.
    classes : ndarray of int, shape (n,)
        Index of each particle's class.
    scores : ndarray, shape (n,), or None
        How sure the method is of each; None for true particles.
    """

    rows: int
    cols: int
    runs: tuple[list[int], ...]
    boxes: Floats
    classes: Ints
    scores: Floats | None = None

    def __len__(self) -> int:
        return len(self.runs)


@dataclass(frozen=True)
class AveragePrecision:
    """Average precision of each class and its means over the classes.

    Parameters
    ----------
    classes : tuple of str
    ap_50, ap_50_95 : tuple of float or None
        Of each class, at IoU 0.5 and mean over 0.5, 0.55, ..., 0.95; None where no particle is of the class.
    """

    classes: tuple[str, ...]
    ap_50: tuple[float | None, ...]
    ap_50_95: tuple[float | None, ...]

    @property
    def map_50(self) -> float | None:
        """mAP@0.5: mean over the classes that have true particles."""
        return _mean(self.ap_50)

    @property
    def map_50_95(self) -> float | None:
        """mAP@0.5:0.95: the same of `ap_50_95`."""
        return _mean(self.ap_50_95)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return float(np.mean(known)) if known else None


def set_of_labels(
    labels: npt.NDArray[np.integer],
    class_of: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating] | None = None,
) -> ParticleSet:
    """Take the particles of a label image.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        0 background.
    class_of : ndarray of int, shape (max label + 1,)
        Class by label number.
    scores : ndarray, shape (max label + 1,), optional
        Score by label number.

    Returns
    -------
    ParticleSet
    """
    rows, cols = labels.shape
    runs = find_runs(np.asarray(labels, np.int32))
    numbers = np.array(list(runs), dtype=np.int64)
    boxes = np.zeros((len(runs), 4))
    for k, part in enumerate(runs.values()):
        inside = part[:, 0] % rows, (part[:, 1] - 1) % rows
        # A run that goes on from one column into the next fills both ends.
        split = (part[:, 0] // rows != (part[:, 1] - 1) // rows).any()
        boxes[k] = (
            0 if split else inside[0].min(),
            part[0, 0] // rows,
            rows if split else inside[1].max() + 1,
            (part[-1, 1] - 1) // rows + 1,
        )
    return ParticleSet(
        rows,
        cols,
        tuple(encode_runs(part, rows * cols) for part in runs.values()),
        boxes,
        np.asarray(class_of, np.int64)[numbers],
        None if scores is None else np.asarray(scores, np.float64)[numbers],
    )


def set_of_masks(
    masks: npt.NDArray[np.bool_],
    classes: npt.NDArray[np.integer],
    scores: npt.NDArray[np.floating] | None = None,
    boxes: npt.NDArray[np.floating] | None = None,
) -> ParticleSet:
    """Take particles that may overlap, each with a mask of its own.

    Parameters
    ----------
    masks : ndarray of bool, shape (n, rows, cols)
    classes : ndarray of int, shape (n,)
    scores : ndarray, shape (n,), optional
    boxes : ndarray, shape (n, 4), optional
        (row_min, col_min, row_max, col_max), px; by default those of the masks.

    Returns
    -------
    ParticleSet
        Without those that have no pixel.
    """
    _, rows, cols = masks.shape
    keep = [k for k, mask in enumerate(masks) if mask.any()]
    none = np.array([0, 0])
    parts = [set_of_labels(masks[k].astype(np.int32), none) for k in keep]
    own = np.array([part.boxes[0] for part in parts]).reshape(-1, 4)
    return ParticleSet(
        rows,
        cols,
        tuple(part.runs[0] for part in parts),
        own if boxes is None else np.asarray(boxes, np.float64)[keep],
        np.asarray(classes, np.int64)[keep],
        None if scores is None else np.asarray(scores, np.float64)[keep],
    )


def find_average_precision(
    truth: Sequence[ParticleSet],
    found: Sequence[ParticleSet],
    classes: Sequence[str],
    by: Literal["mask", "box"] = "mask",
) -> AveragePrecision:
    """Find the average precision of every class over many images.

    Precision is made monotonous and read at 101 recalls (COCO, T.-Y. Lin et al., ECCV 2014; eq. (31) and (32) of
    X. Han et al., AI Mater. 2026). All found particles of an image count, not only the 100 surest, and particles of
    every size.

    Parameters
    ----------
    truth, found : sequence of ParticleSet
        Image by image, in the same order.
    classes : sequence of str
    by : {'mask', 'box'}
        Whether IoU is that of masks or of boxes.

    Returns
    -------
    AveragePrecision

    Raises
    ------
    UsageError
        If the library is not installed.
    ValueError
        If the numbers of images differ, or found particles have no scores.
    """
    try:
        from faster_coco_eval import COCO
        from faster_coco_eval.core.faster_eval_api import COCOeval_faster
    except ImportError as error:
        raise UsageError(
            "mAP needs the package faster-coco-eval, which is not installed: pip install 'nanocaliper[train]'."
        ) from error
    if len(truth) != len(found):
        raise ValueError(
            f"{len(truth)} images with true and {len(found)} with found particles; expected as many."
        )
    if not any(len(image) for image in truth):
        return AveragePrecision(tuple(classes), (None,) * len(classes), (None,) * len(classes))
    annotations = _annotate(truth)
    detections = _annotate(found)
    for detection, score in zip(detections, _scores(found), strict=True):
        detection["score"] = score
    head = {
        "images": [{"id": k, "height": image.rows, "width": image.cols} for k, image in enumerate(truth, 1)],
        "categories": [{"id": k, "name": name} for k, name in enumerate(classes, 1)],
    }
    reference = COCO(head | {"annotations": annotations})
    if not detections:
        there = np.bincount(np.concatenate([image.classes for image in truth]), minlength=len(classes))
        zero = tuple(0.0 if count else None for count in there)
        return AveragePrecision(tuple(classes), zero, zero)
    counting = COCOeval_faster(
        reference,
        COCO(head | {"annotations": detections}),
        "segm" if by == "mask" else "bbox",
        print_function=_hush,
    )
    counting.params.iouThrs = np.array(IOU_THRESHOLDS)
    counting.params.maxDets = [max(len(image) for image in found)]
    counting.params.areaRng, counting.params.areaRngLbl = [[0, 1e10]], ["all"]
    counting.evaluate()
    counting.accumulate()
    # Thresholds, recalls, classes, sizes, limits; -1 where no true particle is of the class.
    precision = np.asarray(counting.eval["precision"])[:, :, :, 0, 0]
    known = [None if precision[0, :, k].max() < 0 else precision[:, :, k] for k in range(len(classes))]
    return AveragePrecision(
        tuple(classes),
        tuple(None if values is None else float(values[0].mean()) for values in known),
        tuple(None if values is None else float(values.mean()) for values in known),
    )


def _hush(*_: object) -> None:
    """Print nothing of what the library tells."""


def _scores(images: Sequence[ParticleSet]) -> list[float]:
    scores: list[float] = []
    for image in images:
        if image.scores is None:
            raise ValueError("Found particles without scores; expected a score each.")
        scores += image.scores.tolist()
    return scores


def _annotate(images: Sequence[ParticleSet]) -> list[dict[str, Any]]:
    """Particles as COCO lists them; numbers from 1, for 0 means 'none' there."""
    annotations: list[dict[str, Any]] = []
    for number, image in enumerate(images, 1):
        for runs, box, kind in zip(image.runs, image.boxes.tolist(), image.classes.tolist(), strict=True):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": kind + 1,
                    "iscrowd": 0,
                    "area": sum(runs[1::2]),
                    "bbox": [box[1], box[0], box[3] - box[1], box[2] - box[0]],
                    "segmentation": {"counts": runs, "size": [image.rows, image.cols]},
                }
            )
    return annotations
