"""Whether a person can read a printed bar: contrast and noise around its exact ink, and the size of its label.

No reader is asked. In windows along the label and at the ends of the bar the final image is fitted as
``ground + contrast * ink (+ contrast of what is beside it)`` with the exact coverage of the ink; the fitted
contrast and the standard deviation of what the fit leaves over say how well the ink stands out. Labels with
digits over 24 px are looked at reduced to 24 px, as a person would.
"""

from dataclasses import replace
from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.bar_printing import PrintedBar
from nanocaliper.synthesis.bar_truth import BarTruth
from nanocaliper.synthesis.canvas import LUMINANCE, Stencil

__all__ = ["CONTRAST_MIN", "DIGIT_MIN_PX", "NOISE_MAX", "Move", "follow_bar", "why_unreadable"]

Field = NDArray[np.float32]
#: A readable label has digits of this height, px.
DIGIT_MIN_PX = 9.0
#: Letters and bar ends stand out by this many grey levels of 255.
CONTRAST_MIN = 20.0
#: What the fit leaves over is at most this share of the contrast.
NOISE_MAX = 0.36
_LOOK_AT_PX = 24.0


class Move(NamedTuple):
    """How px of the canvas became px of the final image.

    Parameters
    ----------
    row_scale, col_scale : float
        Final size over size of the canvas.
    blur_px : float
        Standard deviation of the blur before rescaling, px of the canvas.
    """

    row_scale: float = 1.0
    col_scale: float = 1.0
    blur_px: float = 0.0

    def row(self, at: float) -> float:
        """Where a row of the canvas went."""
        return (at + 0.5) * self.row_scale - 0.5

    def col(self, at: float) -> float:
        """Where a column of the canvas went."""
        return (at + 0.5) * self.col_scale - 0.5


def follow_bar(
    printed: PrintedBar, move: Move, pixels: NDArray[np.generic], full_scale: int = 255
) -> BarTruth:
    """Bring a bar's truth to px of the final image and measure how well it stands out there.

    Parameters
    ----------
    printed : PrintedBar
        Bar and ink on the canvas.
    move : Move
        From canvas to image.
    pixels : ndarray of uint8 or uint16
        The final image.
    full_scale : int
        Its value of white.

    Returns
    -------
    BarTruth
    """
    old = printed.truth
    box = old.label_box
    truth = replace(
        old,
        row_start=move.row(old.row_start),
        col_start=move.col(old.col_start),
        row_end=move.row(old.row_end),
        col_end=move.col(old.col_end),
        thickness_px=old.thickness_px * move.row_scale,
        digit_px=old.digit_px * move.row_scale,
        label_box=(move.row(box[0]), move.col(box[1]), move.row(box[2]), move.col(box[3])),
        nm_per_px=old.nm_per_px / move.col_scale,
    )
    ends = _measure(pixels, full_scale, printed.bar, printed.beside_bar, move, truth, letters=False)
    letters = _measure(pixels, full_scale, printed.label, printed.beside_label, move, truth, letters=True)
    return replace(truth, contrast=ends[0], noise=ends[1], label_contrast=letters[0], label_noise=letters[1])


def why_unreadable(bar: BarTruth) -> str:
    """Say why a person could not be sure to read a bar.

    Parameters
    ----------
    bar : BarTruth
        From `follow_bar`.

    Returns
    -------
    str
        Empty where it is readable.
    """
    reasons = []
    if bar.digit_px < DIGIT_MIN_PX:
        reasons.append("small label")
    if not (bar.label_contrast >= CONTRAST_MIN and bar.contrast >= CONTRAST_MIN):
        reasons.append("low contrast")
    if not (bar.label_noise <= NOISE_MAX and bar.noise <= NOISE_MAX):
        reasons.append("busy ground")
    return ", ".join(reasons)


def _measure(
    pixels: NDArray[np.generic],
    full_scale: int,
    stencil: Stencil,
    beside: Stencil | None,
    move: Move,
    truth: BarTruth,
    letters: bool,
) -> tuple[float, float]:
    """Weakest contrast and worst noise share over windows, in the channel where they are best."""
    printed_size = stencil.ink.shape
    margin = 6 + round(0.5 * truth.digit_px)
    region = _final_region(stencil, move, pixels.shape, margin)
    if region is None or _leaves(stencil, move, pixels.shape):
        return 0.0, float("inf")
    rows, cols = region
    ink = _resample(stencil, move, rows, cols)
    side = None if beside is None else _resample(beside, move, rows, cols)
    part = pixels[rows[0] : rows[1], cols[0] : cols[1]].astype(np.float32)
    part *= np.float32(255 / full_scale)
    channels = (
        [part] if part.ndim == 2 else [*np.moveaxis(part, 2, 0), part @ np.array(LUMINANCE, np.float32)]
    )
    reduce = min(1.0, _LOOK_AT_PX / max(truth.digit_px, 1.0))
    if reduce < 0.8:
        ink, channels = _shrink(ink, reduce), [_shrink(channel, reduce) for channel in channels]
        side = None if side is None else _shrink(side, reduce)
    else:
        reduce = 1.0
    digit = truth.digit_px * reduce
    if letters:
        windows = _letter_windows(ink, digit)
    else:
        at = [((r - rows[0]) * reduce, (c - cols[0]) * reduce) for r, c in
              ((truth.row_start, truth.col_start), (truth.row_end, truth.col_end))]  # fmt: skip
        across = min(printed_size) * move.row_scale * reduce
        windows = _end_windows(ink, at, digit, across)
    results = [
        [_fit(channel[w], ink[w], None if side is None else side[w]) for w in windows] for channel in channels
    ]
    scored = [
        (min((c for c, _ in found), default=0.0), max((n for _, n in found), default=float("inf")))
        for found in ([item for item in result if item is not None] for result in results)
    ]
    return max(scored, key=lambda item: (item[0] >= CONTRAST_MIN, -item[1]))


def _final_region(
    stencil: Stencil, move: Move, shape: tuple[int, ...], margin: int
) -> tuple[tuple[int, int], tuple[int, int]] | None:
    rows, cols = stencil.ink.shape
    first_row = max(0, int(move.row(stencil.top)) - margin)
    last_row = min(shape[0], int(move.row(stencil.top + rows)) + margin)
    first_col = max(0, int(move.col(stencil.left)) - margin)
    last_col = min(shape[1], int(move.col(stencil.left + cols)) + margin)
    if last_row - first_row < 4 or last_col - first_col < 4:
        return None
    return (first_row, last_row), (first_col, last_col)


def _leaves(stencil: Stencil, move: Move, shape: tuple[int, ...]) -> bool:
    """Whether more than a trace of the ink lies beyond the image."""
    rows = np.array([move.row(stencil.top + r) for r in range(stencil.ink.shape[0])])
    cols = np.array([move.col(stencil.left + c) for c in range(stencil.ink.shape[1])])
    inside = np.outer((rows > -0.5) & (rows < shape[0] - 0.5), (cols > -0.5) & (cols < shape[1] - 0.5))
    return bool((stencil.ink * ~inside).sum() > 0.01 * stencil.ink.sum())


def _resample(stencil: Stencil, move: Move, rows: tuple[int, int], cols: tuple[int, int]) -> Field:
    """Ink in px of the final image: the share of each that it covers."""
    ink = stencil.ink
    top, left = stencil.top, stencil.left
    if move.blur_px > 0:
        pad = int(np.ceil(3 * move.blur_px))
        ink = np.asarray(cv2.GaussianBlur(np.pad(ink, pad), (0, 0), move.blur_px), dtype=np.float32)
        top, left = top - pad, left - pad
    down = _overlaps(rows, move.row_scale, top, ink.shape[0])
    across = _overlaps(cols, move.col_scale, left, ink.shape[1])
    return np.asarray(down @ ink @ across.T, dtype=np.float32)


def _overlaps(span: tuple[int, int], scale: float, first: int, count: int) -> Field:
    """Share of each final pixel (rows) that lies on each pixel of the ink (columns)."""
    edges = np.arange(span[0], span[1] + 1) / scale
    cells = first + np.arange(count + 1, dtype=np.float64)
    share = np.minimum(edges[1:, None], cells[None, 1:]) - np.maximum(edges[:-1, None], cells[None, :-1])
    return np.asarray(np.clip(share, 0, None) * scale, dtype=np.float32)


def _shrink(field: Field, factor: float) -> Field:
    size = (max(4, round(field.shape[1] * factor)), max(4, round(field.shape[0] * factor)))
    return np.asarray(cv2.resize(field, size, interpolation=cv2.INTER_AREA), dtype=np.float32)


def _letter_windows(ink: Field, digit: float) -> list[tuple[slice, slice]]:
    """Windows one digit high wide along the label's longer side."""
    inked = np.argwhere(ink > 0.1)
    if not len(inked):
        return []
    (r0, c0), (r1, c1) = inked.min(axis=0), inked.max(axis=0) + 1
    step = max(4, round(digit))
    rows = slice(max(0, r0 - 2), r1 + 2)
    cols = slice(max(0, c0 - 2), c1 + 2)
    if c1 - c0 >= r1 - r0:
        return [(rows, slice(max(0, c - 1), c + step + 1)) for c in range(c0, c1, step)]
    return [(slice(max(0, r - 1), r + step + 1), cols) for r in range(r0, r1, step)]


def _end_windows(
    ink: Field, ends: list[tuple[float, float]], digit: float, across: float
) -> list[tuple[slice, slice]]:
    """Windows around the two ends of the bar and between them, where they hold both ink and ground."""
    reach = max(5.0, 0.5 * digit, 0.7 * across)
    (r0, c0), (r1, c1) = ends
    places = [(r0 + (r1 - r0) * at, c0 + (c1 - c0) * at) for at in (0.0, 0.2, 0.8, 1.0)]
    windows = [
        (
            slice(max(0, int(r - reach)), min(ink.shape[0], int(r + reach) + 2)),
            slice(max(0, int(c - reach)), min(ink.shape[1], int(c + reach) + 2)),
        )
        for r, c in places
    ]
    kept = [w for w in windows[1:-1] if ink[w].size and float(np.ptp(ink[w])) > 0.3]
    return [windows[0], windows[-1], *kept]


def _fit(image: Field, ink: Field, beside: Field | None) -> tuple[float, float] | None:
    """Contrast of the ink in a window and what is left over as its share; None where there is hardly any ink."""
    if image.size == 0 or ink.max() < 0.3:
        return None
    near = np.asarray(cv2.dilate((ink > 0.05).astype(np.uint8), np.ones((5, 5), np.uint8))) > 0
    columns = [np.ones_like(ink), ink]
    if beside is not None and float(beside.max()) > 0.05:
        only = np.clip(beside - ink, 0, 1)
        # A contour or field of its own stands between ink and ground: what lies beyond it does not matter.
        near &= (ink > 0.05) | (only > 0.3)
    chosen = near.ravel()
    if chosen.sum() < 8:
        return None
    matrix = np.stack([column.ravel()[chosen] for column in columns], axis=1).astype(np.float64)
    values = image.ravel()[chosen].astype(np.float64)
    solution, *_ = np.linalg.lstsq(matrix, values, rcond=None)
    left = values - matrix @ solution
    contrast = abs(float(solution[1])) * float(ink.max())
    return contrast, float(left.std()) / max(contrast, 1e-6)
