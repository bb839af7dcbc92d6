"""Bars without a readable label: no scale, but burned in, and so never particles."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.bar_ends import MeasuredBar, measure_strip
from nanocaliper.calibration.bar_shapes import Strip, has_usual_length, propose_by_grey
from nanocaliper.micrograph.micrograph import Box

__all__ = ["find_bare_bars", "find_possible_bars"]

# All but the edges of a drawn bar has one grey value; JPEG leaves a few steps.
_FLATNESS = 4.0
_THINNEST_PX = 4
_MIN_ASPECT = 3.0
_ROWS_APART = 4


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
    found = [
        bar
        for strip, bar in _measure_strips(image, grey, _THINNEST_PX - 1)
        if strip.slope == 0 and _is_drawn(image, bar) and not any(box.holds(bar.box) for box in printed)
    ]
    return tuple(_keep_apart(sorted(found, key=lambda bar: -bar.length_px), thick=False))


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
    found = [
        bar for _, bar in _measure_strips(image, grey, 2) if bar.outline > 0.85 and bar.end_contrast > 0.5
    ]
    return tuple(_keep_apart(sorted(found, key=_prominence, reverse=True), thick=True)[:most])


def _measure_strips(
    image: npt.NDArray[np.uint8], grey: npt.NDArray[np.float32], thinnest_px: int
) -> Iterator[tuple[Strip, MeasuredBar]]:
    """Whole strips of constant grey that have the length and the slenderness of a bar."""
    rows, cols = image.shape
    for strip in propose_by_grey(image, Box(0, 0, rows, cols), thinnest_px):
        bar = measure_strip(grey, strip)
        if (
            bar is not None
            and not bar.cut
            and has_usual_length(bar.length_px, cols)
            and bar.length_px >= _MIN_ASPECT * bar.thickness
        ):
            yield strip, bar


def _keep_apart(bars: list[MeasuredBar], *, thick: bool) -> list[MeasuredBar]:
    """Keep the first of the bars that share columns within four rows, or four and the kept one's thickness."""
    kept: list[MeasuredBar] = []
    for bar in bars:
        if not any(
            abs(bar.row - k.row) < _ROWS_APART + thick * k.thickness
            and bar.col_start < k.col_stop
            and k.col_start < bar.col_stop
            for k in kept
        ):
            kept.append(bar)
    return kept


def _prominence(bar: MeasuredBar) -> float:
    return bar.contrast * bar.outline * (1 - min(bar.unevenness, 1)) * float(np.sqrt(bar.length_px))


def _is_drawn(image: npt.NDArray[np.uint8], bar: MeasuredBar) -> bool:
    """Whether a bar is flat, sharp at both ends and distinct all along."""
    box = bar.box
    inner = image[box.row_start + 1 : box.row_stop - 1, box.col_start + 2 : box.col_stop - 2]
    if bar.thickness < _THINNEST_PX or inner.size == 0:
        return False
    deviation = float(np.percentile(np.abs(inner.astype(np.float64) - np.clip(bar.level, 0, 255)), 95))
    distinct = bar.outline > 0.97 and bar.end_contrast > 0.8 and bar.contrast > 30
    return distinct and deviation <= _FLATNESS and bar.uncertainty_px < 0.75
