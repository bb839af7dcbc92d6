"""Where something like a bar stands: solid bars and bracket lines by grey or edges, and tick rulers."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box

__all__ = ["Strip", "Ticks", "propose_by_edges", "propose_by_grey", "propose_ticks"]

Bytes = npt.NDArray[np.uint8]

_HALF_WINDOW = 24
_MAX_SLOPE = 0.03
_MIN_ASPECT = 2.0
_MAX_THICKNESS = 0.08
# Hitachi's ruler: 11 ticks, 10 intervals, the label is the length of all ten.
_TICKS = 11


@dataclass(frozen=True)
class Strip:
    """A long, narrow, nearly horizontal patch that may be a bar.

    Parameters
    ----------
    row : float
        Centre line at the middle column, px.
    slope : float
        Rows the centre line falls per column.
    col_start, col_stop : int
        Rough ends, half open, px.
    thickness : int
        Rows, px.
    """

    row: float
    slope: float
    col_start: int
    col_stop: int
    thickness: int


@dataclass(frozen=True)
class Ticks:
    """A ruler of eleven equal steps.

    Parameters
    ----------
    row : float
        Middle of the ticks, px.
    col_first, col_last : float
        Centres of the first and the last tick, px.
    height : int
        Rows the ticks are high, px.
    residual_px : float
        Root mean square distance of the ticks from equal spacing.
    contrast : float
        Grey difference of the ticks to what lies between them.
    """

    row: float
    col_first: float
    col_last: float
    height: int
    residual_px: float
    contrast: float


def propose_by_grey(image: Bytes, band: Box) -> tuple[Strip, ...]:
    """Find strips of nearly constant grey value, whatever that value is.

    Each of eleven overlapping grey windows gives a mask; opening it with a horizontal line leaves what is
    long, and of that the narrow pieces are kept.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    band : Box
        Where to look.

    Returns
    -------
    tuple of Strip
        In px of the whole micrograph.
    """
    part = np.ascontiguousarray(image[band.slices()])
    line = np.ones((1, _shortest(image)), np.uint8)
    found = []
    for level in range(0, 256, _HALF_WINDOW):
        mask = cv2.inRange(part, max(0, level - _HALF_WINDOW), min(255, level + _HALF_WINDOW))
        long = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, line), dtype=np.uint8)
        if long.any():
            found += _strips_of(long, band, image.shape[0])
    return tuple(found)


def _shortest(image: Bytes) -> int:
    return max(10, int(0.025 * image.shape[1]))


def _strips_of(mask: Bytes, band: Box, rows: int) -> list[Strip]:
    """Keep the narrow, nearly straight and nearly horizontal parts of a mask."""
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    found = []
    for part in range(1, count):
        left, top, width, height, area = (int(v) for v in stats[part])
        if height > _MAX_THICKNESS * rows + _MAX_SLOPE * width or width < _MIN_ASPECT * area / width:
            continue
        inside = parts[top : top + height, left : left + width] == part
        thickness = inside.sum(axis=0)
        centre = (inside * np.arange(top, top + height)[:, None]).sum(axis=0) / np.maximum(thickness, 1)
        cols = np.flatnonzero(thickness)
        slope, offset = (
            np.polyfit(cols - (width - 1) / 2, centre[cols], 1) if cols.size > 2 else (0.0, centre[0])
        )
        typical = round(float(np.median(thickness[cols])))
        if abs(slope) > _MAX_SLOPE or abs(slope) * width < 0.8:
            # Less than a pixel over the whole length is the roughness of the mask.
            slope, offset = 0.0, np.median(centre[cols])
        residual = np.abs(centre[cols] - offset - slope * (cols - (width - 1) / 2))
        if np.median(residual) > 0.25 * typical + 0.5 or typical < 1:
            continue
        found.append(
            Strip(
                float(offset) + band.row_start,
                float(slope),
                left + band.col_start,
                left + width + band.col_start,
                typical,
            )
        )
    return found


def propose_by_edges(image: Bytes, band: Box) -> tuple[Strip, ...]:
    """Find strips between two horizontal edges: Canny and the probabilistic Hough transform.

    After Tao, Ji and Liu, RSC Adv. 2025, 15, 20211, section 2.3.1. Slower than constant grey and misled by
    texture, but it does not mind a bar whose grey changes along its length.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    band : Box
        Where to look.

    Returns
    -------
    tuple of Strip
        In px of the whole micrograph.
    """
    part = np.ascontiguousarray(image[band.slices()])
    shortest = _shortest(image)
    lines = cv2.HoughLinesP(
        cv2.Canny(part, 60, 180), 1, np.pi / 360, threshold=shortest, minLineLength=shortest, maxLineGap=3
    )
    if lines is None:
        return ()
    edges = []
    for x0, y0, x1, y1 in np.asarray(lines).reshape(-1, 4):
        if abs(int(y1) - int(y0)) <= _MAX_SLOPE * abs(int(x1) - int(x0)) + 0.5:
            edges.append((min(x0, x1), max(x0, x1), (y0 + y1) / 2))
    found = []
    for left, right, row in edges:
        for other_left, other_right, other_row in edges:
            thickness = other_row - row
            if not 1 <= thickness <= _MAX_THICKNESS * image.shape[0]:
                continue
            both = min(right, other_right) - max(left, other_left)
            either = max(right, other_right) - min(left, other_left)
            if both > 0.8 * either and either > _MIN_ASPECT * thickness:
                found.append(
                    Strip(
                        (row + other_row) / 2 + band.row_start,
                        0.0,
                        int(min(left, other_left)) + band.col_start,
                        int(max(right, other_right)) + 1 + band.col_start,
                        max(1, round(thickness) - 1),
                    )
                )
    return tuple(found)


def propose_ticks(image: Bytes, band: Box) -> tuple[Ticks, ...]:
    """Find rulers of exactly eleven equally spaced ticks, bright or dark.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    band : Box
        Where to look.

    Returns
    -------
    tuple of Ticks
        In px of the whole micrograph.
    """
    part = np.ascontiguousarray(image[band.slices()])
    width = max(9, 2 * (image.shape[1] // 160) + 1)
    kernel = np.ones((1, width), np.uint8)
    found: list[Ticks] = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        lifted = np.asarray(cv2.morphologyEx(part, operation, kernel), dtype=np.float64)
        rulers = [(row, ruler) for row in range(len(lifted)) if (ruler := _ruler_in(lifted[row])) is not None]
        found += _stack_rulers(rulers, band)
    return tuple(found)


def _ruler_in(signal: npt.NDArray[np.float64]) -> tuple[npt.NDArray[np.float64], float] | None:
    """Find eleven equally spaced peaks in one row; their centres and the weakest one's height."""
    threshold = max(20.0, 0.35 * float(signal.max()))
    above = np.concatenate([[0], (signal > threshold).astype(np.int8), [0]])
    edges = np.flatnonzero(np.diff(above))
    starts, stops = edges[::2], edges[1::2]
    if starts.size < _TICKS:
        return None
    centres = np.array(
        [np.average(np.arange(a, b), weights=signal[a:b]) for a, b in zip(starts, stops, strict=True)]
    )
    heights = np.array([signal[a:b].max() for a, b in zip(starts, stops, strict=True)])
    for first, second in _promising_pairs(centres):
        chosen = _follow_steps(centres, first, second)
        if chosen is not None:
            return centres[chosen], float(heights[chosen].min())
    return None


def _promising_pairs(centres: npt.NDArray[np.float64]) -> list[tuple[int, int]]:
    """First and second tick of every pair of peaks that may be first and last: all between are in their places."""
    first, last = np.triu_indices(centres.size, _TICKS - 1)
    for number in (5, 3, 7, 1, 2, 4, 6, 8, 9):  # far from both ends first: there chance fits least
        step = (centres[last] - centres[first]) / (_TICKS - 1)
        expected = centres[first] + number * step
        nearest = _nearest(centres, expected)
        fits = (np.abs(centres[nearest] - expected) <= 0.12 * step + 0.5) & (step >= 4)
        first, last = first[fits], last[fits]
        if not first.size:
            return []
    second = _nearest(centres, centres[first] + (centres[last] - centres[first]) / (_TICKS - 1))
    return list(zip(first.tolist(), second.tolist(), strict=True))


def _nearest(centres: npt.NDArray[np.float64], positions: npt.NDArray[np.float64]) -> npt.NDArray[np.intp]:
    """Index of the peak nearest to each position."""
    after = np.clip(np.searchsorted(centres, positions), 1, centres.size - 1)
    return np.where(positions - centres[after - 1] < centres[after] - positions, after - 1, after)


def _follow_steps(centres: npt.NDArray[np.float64], first: int, second: int) -> list[int] | None:
    """Go on from two peaks at equal steps; the eleven peaks met, or None where there are fewer or more."""
    chosen = [first, second]
    while True:
        step = float(centres[chosen[-1]] - centres[first]) / (len(chosen) - 1)
        tolerance = 0.12 * step + 0.5
        expected = centres[chosen[-1]] + step
        nearest = int(np.abs(centres - expected).argmin())
        if abs(centres[nearest] - expected) > tolerance:
            break
        chosen.append(nearest)
        if step < 4 or len(chosen) > _TICKS:
            return None
    # A tick before the first, or peaks between the ticks, is texture or print, not the ruler.
    before = np.abs(centres - (centres[first] - step)).min() > tolerance
    between = chosen[-1] - chosen[0] + 1 - _TICKS
    return chosen if len(chosen) == _TICKS and before and between <= 1 else None


def _stack_rulers(rulers: list[tuple[int, tuple[npt.NDArray[np.float64], float]]], band: Box) -> list[Ticks]:
    """Join rows that show the same ruler and measure it on all of them."""
    found: list[Ticks] = []
    start = 0
    for k in range(1, len(rulers) + 1):
        if k < len(rulers) and rulers[k][0] <= rulers[k - 1][0] + 2:
            shift = np.abs(rulers[k][1][0] - rulers[k - 1][1][0]).max()
            if shift < 2:
                continue
        group = rulers[start:k]
        start = k
        if len(group) < 2:
            continue
        centres = np.median([ruler[0] for _, ruler in group], axis=0) + band.col_start
        numbers = np.arange(_TICKS)
        step, offset = np.polyfit(numbers, centres, 1)
        residual = float(np.sqrt(np.mean((centres - offset - step * numbers) ** 2)))
        if residual > 0.05 * step + 0.3:
            continue
        rows = [row for row, _ in group]
        found.append(
            Ticks(
                (rows[0] + rows[-1]) / 2 + band.row_start,
                float(offset),
                float(offset + step * (_TICKS - 1)),
                rows[-1] - rows[0] + 1,
                residual,
                float(np.median([ruler[1] for _, ruler in group])),
            )
        )
    return found
