"""Greedy suppression of detections that overlap a better one, for any number of them."""

import numpy as np
import numpy.typing as npt

__all__ = ["suppress"]

_BLOCK = 256


def _overlapping(
    boxes: npt.NDArray[np.float64], iou_max: float
) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """All pairs (better, worse) of boxes, best first, whose IoU is greater than `iou_max`.

    Boxes are compared block by block from top to bottom, only with those that begin before the block ends: time
    and memory follow the number of boxes near each other and not the square of all.
    """
    order = np.argsort(boxes[:, 0], kind="stable")
    boxes = boxes[order]
    areas = (boxes[:, 2] - boxes[:, 0]).clip(0) * (boxes[:, 3] - boxes[:, 1]).clip(0)
    better, worse = [], []
    for start in range(0, len(boxes), _BLOCK):
        block = boxes[start : start + _BLOCK]
        stop = int(np.searchsorted(boxes[:, 0], block[:, 2].max()))
        others = boxes[start : max(stop, start)]
        high = np.minimum(block[:, None, 2], others[:, 2]) - np.maximum(block[:, None, 0], others[:, 0])
        wide = np.minimum(block[:, None, 3], others[:, 3]) - np.maximum(block[:, None, 1], others[:, 1])
        both = high.clip(0) * wide.clip(0)
        either = areas[start : start + len(block), None] + areas[start : start + len(others)] - both
        first, second = np.nonzero(both > iou_max * either)
        # Within the block each pair comes twice, and every box meets itself.
        once = first < second
        pair = order[start + first[once]], order[start + second[once]]
        better.append(np.minimum(*pair))
        worse.append(np.maximum(*pair))
    return np.concatenate([*better, np.zeros(0, np.int64)]), np.concatenate([*worse, np.zeros(0, np.int64)])


def suppress(
    boxes: npt.NDArray[np.floating], scores: npt.NDArray[np.floating], iou_max: float
) -> npt.NDArray[np.int64]:
    """Keep the best detection of each place, whatever its class.

    From the greatest score downwards, a detection is kept where its IoU with every one kept before is `iou_max` or
    less. All are decided at once, in as many rounds as the longest chain of overlaps asks for: a detection is kept
    when all better ones that overlap it are out, and out when one of them is kept.

    Parameters
    ----------
    boxes : ndarray of float, shape (n, 4)
        (row_min, col_min, row_max, col_max).
    scores : ndarray of float, shape (n,)
        Of equal ones the first comes first.
    iou_max : float

    Returns
    -------
    ndarray of int64, shape (kept,)
        Which are kept, best first.
    """
    order = np.argsort(-scores, kind="stable")
    better, worse = _overlapping(np.asarray(boxes, np.float64)[order], iou_max)
    kept = np.zeros(len(order), bool)
    out = np.zeros(len(order), bool)
    while not (kept | out).all():
        waits = np.zeros(len(order), bool)
        waits[worse[~out[better]]] = True
        kept |= ~waits & ~out
        out[worse[kept[better]]] = True
    return order[kept]
