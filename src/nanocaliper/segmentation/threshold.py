"""The method without a network: background-corrected Otsu threshold and distance-transform watershed."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.candidates import Candidates
from nanocaliper.segmentation.decoders.partings import PROMINENCE, part_by_watershed

__all__ = ["find_by_threshold", "otsu"]

_SMOOTHING_PX = 1.0
_ROUNDS = 3
_DIAMETER_MIN_PX = 5.0


def otsu(values: npt.NDArray[np.float32]) -> float:
    """Threshold that maximises the variance between two classes.

    N. Otsu, IEEE Trans. Syst. Man Cybern. 1979, 9, 62; on a histogram of 1024 bins between the extremes.

    Parameters
    ----------
    values : ndarray of float32

    Returns
    -------
    float
        The middle of the range of equally good thresholds; the value itself where all are the same.
    """
    low, high = float(values.min()), float(values.max())
    if high <= low:
        return low
    counts, edges = np.histogram(values, 1024, (low, high))
    centres = (edges[:-1] + edges[1:]) / 2
    below = np.cumsum(counts)[:-1].astype(np.float64)
    above = values.size - below
    first = np.cumsum(counts * centres)[:-1]
    total = float((counts * centres).sum())
    with np.errstate(divide="ignore", invalid="ignore"):
        between = below * above * (first / below - (total - first) / above) ** 2
    between[~np.isfinite(between)] = -1
    best = np.flatnonzero(between >= between.max() * (1 - 1e-9))
    return float(edges[1 + best].mean())


def _fit_background(
    grey: npt.NDArray[np.float32], background: npt.NDArray[np.bool_]
) -> npt.NDArray[np.float32]:
    """Least-squares quadratic surface through the background pixels."""
    rows, cols = grey.shape
    r = np.linspace(-1, 1, rows)[:, None] * np.ones((1, cols))
    c = np.linspace(-1, 1, cols)[None, :] * np.ones((rows, 1))
    step = max(1, int(np.sqrt(grey.size / 1e5)))
    terms = [np.ones_like(r), r, c, r * r, r * c, c * c]
    use = background[::step, ::step]
    design = np.stack([t[::step, ::step][use] for t in terms], 1)
    weights = np.linalg.lstsq(design, grey[::step, ::step][use], rcond=None)[0]
    surface = sum((w * t for w, t in zip(weights, terms, strict=True)), np.zeros((rows, cols)))
    return np.asarray(surface, np.float32)


def find_by_threshold(pixels: npt.NDArray[Any]) -> Candidates:
    """Find particles by grey value alone.

    The image is smoothed; a quadratic background surface is fitted to the class of Otsu's threshold that holds
    more of the image frame, and taken off; both are repeated. Holes are filled, and touching particles are parted
    by the watershed of the distance transform, basins with a shallow pass between them merged.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)

    Returns
    -------
    Candidates
    """
    grey = np.asarray(cv2.GaussianBlur(pixels.astype(np.float32), (0, 0), _SMOOTHING_PX), np.float32)
    flat = grey
    threshold, bright = 0.0, True
    for _ in range(_ROUNDS):
        threshold = otsu(flat)
        over = flat > threshold
        frame = np.concatenate([over[0], over[-1], over[:, 0], over[:, -1]])
        bright = bool(frame.mean() <= 0.5)  # the frame shows mostly background
        background = ~over if bright else over
        if background.sum() < 100:
            break
        flat = grey - _fit_background(grey, background)
    threshold = otsu(flat)
    signed = (flat - threshold) if bright else (threshold - flat)
    inside = _fill(signed > 0)
    contrast = float(np.abs(signed).mean())
    level = np.clip(127.5 + 127.5 * signed / (2 * contrast if contrast > 0 else 1.0), 0, 255)
    level[inside & (signed <= 0)] = 255  # filled holes belong to the particle
    labels = part_by_watershed(inside)
    settings = {
        "smoothing_px": _SMOOTHING_PX,
        "prominence": PROMINENCE,
        "threshold": threshold,
        "particles_are": "bright" if bright else "dark",
    }
    return Candidates(labels, np.asarray(np.rint(level), np.uint8), _DIAMETER_MIN_PX, settings)


def _fill(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.bool_]:
    outlines, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    return np.asarray(cv2.drawContours(mask.astype(np.uint8), outlines, -1, 1, cv2.FILLED), bool)
