"""Rulers of equally spaced ticks, as Hitachi's instruments print them: the label is the length of the whole."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box

__all__ = ["Ticks", "propose_ticks"]

Floats = npt.NDArray[np.float64]

# Hitachi's ruler: 11 ticks, 10 intervals, the label is the length of all ten; 21 ticks are read alike. Fewer
# happen by chance, or are the long ticks of a ruler whose short ones are lost.
_NUMBERS = (11, 21)
_CONTRAST = 20
_TALLEST = 0.08
_SHORTEST_PX = 2
_STEP_PX = 4.0
# Thin ticks are paler than bold characters once an image is scaled down.
_SAME_INK = 130
# Ruler and letters in one row have fewer marks; texture has more.
_MOST_MARKS = 120


@dataclass(frozen=True)
class Ticks:
    """A ruler of ticks, or a line of dots, at equal steps.

    Parameters
    ----------
    number : int
        How many ticks.
    row : float
        Middle of the ticks, px.
    col_first, col_last : float
        Centres of the first and the last tick, px.
    height : int
        Rows the shorter ticks are high, px.
    residual_px : float
        Root mean square distance of the ticks from equal spacing.
    contrast : float
        Grey difference of the weakest tick to what lies beside it.
    level : float
        Grey value of the ticks.
    """

    number: int
    row: float
    col_first: float
    col_last: float
    height: int
    residual_px: float
    contrast: float
    level: float


@dataclass(frozen=True)
class _Marks:
    """Narrow upright strokes: centre column, width, first and last row, contrast and grey value of each."""

    col: Floats
    wide: Floats
    top: Floats
    bottom: Floats
    contrast: Floats
    level: Floats


def propose_ticks(image: npt.NDArray[np.uint8], band: Box, ink: float = float("nan")) -> tuple[Ticks, ...]:
    """Find rulers of 11 or 21 equally spaced ticks, or as many dots, bright or dark.

    What is narrower than a small window and stands out of it is lifted (top-hat and black-hat transform); upright
    strokes of that, which share their upper or their lower ends and follow one another at equal steps, are
    a ruler. A base line is wider than the window and so falls away.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    band : Box
        Where to look.
    ink : float
        Grey value of the label's characters, which the ticks share; NaN where it is not known.

    Returns
    -------
    tuple of Ticks
        In px of the whole micrograph.
    """
    part = np.ascontiguousarray(image[band.slices()])
    width = max(9, 2 * (image.shape[1] // 160) + 1)
    kernel = np.ones((1, width), np.uint8)
    # Noise joins marks that stand close; where the ink is known, what is much fainter than it is no mark.
    threshold = _CONTRAST if np.isnan(ink) else max(_CONTRAST, 0.3 * abs(ink - float(np.median(part))))
    found: list[Ticks] = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        lifted = np.asarray(cv2.morphologyEx(part, operation, kernel), np.uint8)
        marks = _find_marks(part, lifted, width, _TALLEST * image.shape[0], threshold)
        if not np.isnan(ink):
            same = (np.abs(marks.level - ink) < _SAME_INK) | (marks.contrast > 100)
            marks = _Marks(
                *(
                    values[same]
                    for values in (
                        marks.col,
                        marks.wide,
                        marks.top,
                        marks.bottom,
                        marks.contrast,
                        marks.level,
                    )
                )
            )
        found += _rulers_of(marks, band)
    return tuple(found)


def _find_marks(
    part: npt.NDArray[np.uint8], lifted: npt.NDArray[np.uint8], width: int, tallest: float, threshold: float
) -> _Marks:
    mask = (lifted >= threshold).astype(np.uint8)
    # Strokes only: whatever is not upright over some rows is texture.
    mask = np.asarray(cv2.morphologyEx(mask, cv2.MORPH_OPEN, np.ones((_SHORTEST_PX, 1), np.uint8)), np.uint8)
    count, parts, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
    wide, high = stats[:, cv2.CC_STAT_WIDTH], stats[:, cv2.CC_STAT_HEIGHT]
    rows, cols = np.nonzero(mask)
    of, weight = parts[rows, cols], lifted[rows, cols].astype(np.float64)
    total = np.maximum(np.bincount(of, weight, count), 1)
    centre = np.bincount(of, weight * cols, count) / total
    # Means weighted by contrast: the core of a stroke counts, not its blurred sides.
    contrast = np.bincount(of, weight * weight, count) / total
    level = np.bincount(of, weight * part[rows, cols], count) / total
    chosen = np.flatnonzero((wide < width) & (high <= tallest) & (2 * high >= wide))
    chosen = chosen[chosen > 0]
    chosen = chosen[np.argsort(centre[chosen], kind="stable")]
    top = stats[chosen, cv2.CC_STAT_TOP].astype(np.float64)
    return _Marks(
        centre[chosen],
        wide[chosen].astype(np.float64),
        top,
        top + high[chosen] - 1,
        contrast[chosen],
        level[chosen],
    )


def _rulers_of(marks: _Marks, band: Box) -> list[Ticks]:
    """Rulers among marks that end in the same row, above or below."""
    found: list[Ticks] = []
    for ends in (marks.bottom, marks.top):
        taken = np.zeros(ends.size, bool)
        for row in np.unique(ends):
            near = np.flatnonzero((np.abs(ends - row) <= 1) & ~taken)
            # Ticks are drawn in one ink: what is much fainter than the strongest marks of a row is texture.
            if near.size >= min(_NUMBERS):
                near = near[marks.contrast[near] >= 0.35 * marks.contrast[near].max()]
            for number in _NUMBERS:
                if not number <= near.size <= _MOST_MARKS:
                    continue
                chosen = _find_in_step(marks.col[near], marks.contrast[near], number)
                if chosen is None:
                    continue
                ruler = _fit(marks, near[chosen], band)
                if ruler is not None and not any(_same(ruler, other) for other in found):
                    taken[near[chosen]] = True
                    found.append(ruler)
                    break
    return found


def _same(a: Ticks, b: Ticks) -> bool:
    """Whether two rulers share ticks, as the long ticks of a ruler alone are a ruler of fewer."""
    both = min(a.col_last, b.col_last) - max(a.col_first, b.col_first)
    return both > 0 and abs(a.row - b.row) < a.height + b.height


def _fit(marks: _Marks, of: npt.NDArray[np.intp], band: Box) -> Ticks | None:
    cols = marks.col[of]
    numbers = np.arange(of.size)
    step, offset = np.polyfit(numbers, cols, 1)
    residual = float(np.sqrt(np.mean((cols - offset - step * numbers) ** 2)))
    heights = marks.bottom[of] - marks.top[of] + 1
    level = marks.level[of]
    # Drawn ticks have one grey and, but for longer ones at ends and middle, one height.
    if residual > 0.05 * step + 0.3 or np.ptp(level) > 90 or heights.max() > 4 * heights.min():
        return None
    # Marks nearly as wide as the gaps are dashes, which are measured over all, not between centres.
    wide = float(np.median(marks.wide[of]))
    if wide > max(3.0, 0.35 * step) and float(np.median(heights)) < 1.5 * wide:
        return None
    return Ticks(
        of.size,
        float(np.median((marks.top[of] + marks.bottom[of]) / 2)) + band.row_start,
        float(offset) + band.col_start,
        float(offset + step * (of.size - 1)) + band.col_start,
        int(np.median(heights)),
        residual,
        float(marks.contrast[of].min()),
        float(np.median(level)),
    )


def _find_in_step(cols: Floats, contrast: Floats, number: int) -> npt.NDArray[np.intp] | None:
    """Indices of so many marks at equal steps with no mark before, after or between; None where there are none."""
    first, last = np.triu_indices(cols.size, number - 1)
    step = (cols[last] - cols[first]) / (number - 1)
    keep = step >= _STEP_PX
    first, last, step = first[keep], last[keep], step[keep]
    # Far from both ends first: there chance fits least.
    for k in sorted(range(1, number - 1), key=lambda k: abs(k - number // 2)):
        expected = cols[first] + k * step
        fits = np.abs(cols[_nearest(cols, expected)] - expected) <= 0.12 * step + 0.5
        first, last, step = first[fits], last[fits], step[fits]
        if not first.size:
            return None
    chosen = _nearest(cols, cols[first][:, None] + step[:, None] * np.arange(number))
    tolerance = 0.12 * step + 0.5
    before, after = cols[first] - step, cols[last] + step
    goes_on = np.zeros(first.size, bool)
    # Two steps on as well: one tick may be lost on a particle of the same grey.
    for steps in (0, 1):
        for beyond in (before - steps * step, after + steps * step):
            goes_on |= np.abs(cols[_nearest(cols, beyond)] - beyond) <= tolerance
    # A further mark at the same step, or marks between, are texture, print, or a ruler of another number of ticks.
    alone = (np.diff(chosen, axis=1) > 0).all(axis=1) & ~goes_on & (last - first + 1 - number <= 1)
    if not alone.any():
        return None
    chosen = chosen[alone]
    best = int(contrast[chosen].min(axis=1).argmax())
    return np.asarray(chosen[best], np.intp)


def _nearest(cols: Floats, positions: Floats) -> npt.NDArray[np.intp]:
    """Index of the mark nearest to each position."""
    after = np.clip(np.searchsorted(cols, positions), 1, cols.size - 1)
    return np.where(positions - cols[after - 1] < cols[after] - positions, after - 1, after)
