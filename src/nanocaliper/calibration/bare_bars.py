"""Bars without a readable label: no scale, but burned in, and so never particles."""

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.bar_ends import MeasuredBar, measure_strip
from nanocaliper.calibration.bar_shapes import propose_by_grey
from nanocaliper.micrograph.micrograph import Box

__all__ = ["find_bare_bars", "find_possible_bars"]

# All but the edges of a drawn bar has one grey value; JPEG leaves a few steps.
_FLATNESS = 4.0
_THINNEST_PX = 4
_MIN_ASPECT = 3.0
_LONGEST = 0.7
_SHORTEST = 0.03


def find_bare_bars(
    image: npt.NDArray[np.uint8], grey: npt.NDArray[np.float32], printed: tuple[Box, ...]
) -> tuple[MeasuredBar, ...]:
    """Find bars so flat, straight and sharp that they can only be drawn.

    Strict on purpose, since what is found is masked: rods and edges of particles are not flat, and thin or
    blurred bars are left alone.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph, 8 bit.
    grey : ndarray of float32, shape (rows, cols)
        The same, neither rounded nor clipped.
    printed : tuple of Box
        Where text stands, whose strokes are no bars.

    Returns
    -------
    tuple of MeasuredBar
        Longest first; none overlap.
    """
    rows, cols = image.shape
    found: list[MeasuredBar] = []
    for strip in propose_by_grey(image, Box(0, 0, rows, cols), _THINNEST_PX - 1):
        bar = measure_strip(grey, strip)
        if bar is None or strip.slope != 0 or not _is_drawn(image, bar):
            continue
        if _SHORTEST * cols <= bar.length_px <= _LONGEST * cols and not any(
            box.holds(bar.box) for box in printed
        ):
            found.append(bar)
    kept: list[MeasuredBar] = []
    for bar in sorted(found, key=lambda item: -item.length_px):
        if not any(
            abs(bar.row - k.row) < 4 and bar.col_start < k.col_stop and k.col_start < bar.col_stop
            for k in kept
        ):
            kept.append(bar)
    return tuple(kept)


def find_possible_bars(
    image: npt.NDArray[np.uint8], grey: npt.NDArray[np.float32], most: int = 3
) -> tuple[MeasuredBar, ...]:
    """Find what looks most like a bar, to look for a label beside it; edges of particles may be among it.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph, 8 bit.
    grey : ndarray of float32, shape (rows, cols)
        The same, neither rounded nor clipped.
    most : int
        How many at most.

    Returns
    -------
    tuple of MeasuredBar
        Best first; none overlap.
    """
    rows, cols = image.shape
    found: list[MeasuredBar] = []
    for strip in propose_by_grey(image, Box(0, 0, rows, cols), 2):
        bar = measure_strip(grey, strip)
        if (
            bar is not None
            and not bar.cut
            and _SHORTEST * cols <= bar.length_px <= _LONGEST * cols
            and bar.length_px >= _MIN_ASPECT * bar.thickness
            and bar.outline > 0.85
            and bar.end_contrast > 0.5
        ):
            found.append(bar)
    kept: list[MeasuredBar] = []
    for bar in sorted(found, key=_prominence, reverse=True):
        if len(kept) < most and not any(
            abs(bar.row - k.row) < 4 + k.thickness
            and bar.col_start < k.col_stop
            and k.col_start < bar.col_stop
            for k in kept
        ):
            kept.append(bar)
    return tuple(kept)


def _prominence(bar: MeasuredBar) -> float:
    return bar.contrast * bar.outline * (1 - min(bar.unevenness, 1)) * float(np.sqrt(bar.length_px))


def _is_drawn(image: npt.NDArray[np.uint8], bar: MeasuredBar) -> bool:
    """Whether a bar is flat, sharp at both ends and distinct all along."""
    box = bar.box
    inner = image[box.row_start + 1 : box.row_stop - 1, box.col_start + 2 : box.col_stop - 2]
    if (
        bar.cut
        or bar.thickness < _THINNEST_PX
        or bar.length_px < _MIN_ASPECT * bar.thickness
        or inner.size == 0
    ):
        return False
    deviation = float(np.percentile(np.abs(inner.astype(np.float64) - np.clip(bar.level, 0, 255)), 95))
    distinct = bar.outline > 0.97 and bar.end_contrast > 0.8 and bar.contrast > 30
    return distinct and deviation <= _FLATNESS and bar.uncertainty_px < 0.75
