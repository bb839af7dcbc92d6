"""What a segmentation method hands over, and how it becomes a segmentation of the whole image."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box
from nanocaliper.segmentation.label_bands import count_pixels, renumber, sum_by_label
from nanocaliper.segmentation.score_map import ScoreMap
from nanocaliper.segmentation.segmentation import Segmentation

__all__ = ["Candidates", "place_candidates"]


@dataclass(frozen=True)
class Candidates:
    """Particles as a method found them in the field of a micrograph.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)
        Candidates 1..n in the field.
    level : ndarray of uint8, shape (rows, cols)
        As in `Segmentation`.
    diameter_min_px : float
        Smaller candidates cannot be told from noise at the scale the method worked at.
    settings : mapping
        What the method used, plain JSON values.
    model_sha256 : str or None
    warnings : tuple of str
    score_map : ScoreMap or None
        From the mean of level / 255 over a candidate's pixels, or from `scores`, to its score; None: that is it.
    outline_uncertainty : float or None
        As in `Segmentation`.
    scores : ndarray of float32, shape (n,), or None
        What the method itself says of each candidate, 0 to 1; None: the mean of its level counts.
    shapes, shape_probabilities
        As in `Segmentation`.
    """

    labels: npt.NDArray[np.int32]
    level: npt.NDArray[np.uint8]
    diameter_min_px: float
    settings: Mapping[str, Any]
    model_sha256: str | None = None
    warnings: tuple[str, ...] = ()
    score_map: ScoreMap | None = None
    outline_uncertainty: float | None = None
    scores: npt.NDArray[np.float32] | None = None
    shapes: tuple[str, ...] | None = None
    shape_probabilities: npt.NDArray[np.float32] | None = None


def place_candidates(
    candidates: Candidates,
    shape: tuple[int, int],
    field: Box,
    annotations: Sequence[Box],
    method: str,
    confidence: float,
) -> Segmentation:
    """Number the candidates, count those that can be no particles by reason, and place all on the whole image.

    A candidate is left out as ``too_small`` where its area-equivalent diameter is under
    ``candidates.diameter_min_px``, and as ``annotation`` where half of its area or more lies under burned-in text
    or bars. The first reason that holds counts. Those with a score of `confidence` or more get the first numbers,
    so that they have no gaps where only they are kept (see `nanocaliper.particles.filters`).

    Parameters
    ----------
    candidates : Candidates
    shape : (int, int)
        Rows and columns of the whole image.
    field : Box
        Where the candidates' arrays lie in it.
    annotations : sequence of Box
        In px of the whole image.
    method : str
    confidence : float
        The method's own.

    Returns
    -------
    Segmentation
    """
    labels, level = candidates.labels, candidates.level
    count = int(labels.max(initial=0))
    area = count_pixels(labels, count).astype(np.float64)
    if candidates.scores is None:
        scores = sum_by_label(labels, level, count) / np.maximum(area, 1) / 255
    else:
        scores = np.concatenate([[0.0], candidates.scores])
    if candidates.score_map is not None:
        scores = candidates.score_map(scores)
    printed = np.zeros(count + 1)
    covered = np.zeros(labels.shape, bool)
    for box in annotations:
        rows = slice(max(box.row_start - field.row_start, 0), max(box.row_stop - field.row_start, 0))
        cols = slice(max(box.col_start - field.col_start, 0), max(box.col_stop - field.col_start, 0))
        covered[rows, cols] = True
    if annotations:
        printed = np.bincount(labels[covered], minlength=count + 1).astype(np.float64)
    reasons = (
        ("too_small", area < np.pi / 4 * candidates.diameter_min_px**2),
        ("annotation", printed >= 0.5 * area),
    )
    kept = area > 0
    kept[0] = False
    left_out = {}
    for reason, applies in reasons:
        out = kept & applies
        kept &= ~applies
        if out.any():
            left_out[reason] = int(out.sum())
    # Scores are compared as they are handed over.
    scores = scores.astype(np.float32)
    sure = scores >= confidence
    order = np.concatenate([np.flatnonzero(kept & sure), np.flatnonzero(kept & ~sure)])
    numbers = np.zeros(count + 1, np.int32)
    numbers[order] = np.arange(1, len(order) + 1)
    whole = np.zeros(shape, np.int32)
    whole[field.slices()] = renumber(labels, numbers)
    whole_level = np.zeros(shape, np.uint8)
    whole_level[field.slices()] = level
    shapes, odds = candidates.shapes, candidates.shape_probabilities
    settings = dict(candidates.settings) | {
        "diameter_min_px": round(candidates.diameter_min_px, 3),
    }
    return Segmentation(
        labels=whole,
        level=whole_level,
        scores=scores[order],
        method=method,
        left_out=MappingProxyType(left_out),
        model_sha256=candidates.model_sha256,
        settings=MappingProxyType(settings),
        warnings=candidates.warnings,
        shapes=None if shapes is None else tuple(shapes[number - 1] for number in order.tolist()),
        shape_probabilities=None if odds is None else odds[order - 1],
        confidence=confidence,
        outline_uncertainty=candidates.outline_uncertainty,
    )
