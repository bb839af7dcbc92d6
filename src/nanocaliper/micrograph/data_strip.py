"""Where the image ends and the instrument's data strip begins.

A data strip is drawn, not recorded: its background is one grey value without noise, it spans the full
width, it touches the top or the bottom of the image, and it ends in a horizontal edge one row sharp. A dark,
saturated or out-of-focus part of the sample may share some of these marks, but not all; all are asked.
"""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box

__all__ = ["find_data_strips"]

Levels = npt.NDArray[np.uint8]

# All grey values below are of 255. The figures were chosen on 366 published micrographs, 39 of them with a
# data strip; docs/formats.md says what they find there.
_SMALLEST_SIDE_PX = 64  # below this a strip could not hold readable text
_MOST_COLUMNS = 1536  # a strip spans the width, so wide images are looked at through every n-th column
_LARGEST_SHARE = 0.3  # of the image's rows, for the strips of one side together
_SEGMENTS = 32  # parts of the width that are judged one by one
_TOLERANCE = 4  # a pixel this near the strip's background is background (JPEG leaves about 3)
_EDGE_ROWS = 8  # rows above a strip that must look unlike it
_BLURRED_ROWS = 3  # rows that rescaling a picture may smear an edge over
_LAYERS = 6  # a strip may be drawn in layers: a frame, a text field, a dividing line, a text field


@dataclass(frozen=True)
class _Band:
    height: int
    has_text: bool


def find_data_strips(pixels: npt.NDArray[np.generic]) -> tuple[Box, ...]:
    """Find the bands that the instrument drew above and below the image.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
        Grey values of any real data type; values that are not finite count as background.

    Returns
    -------
    tuple of Box
        At most two, the top one first; each spans the full width and touches the top or the bottom. Besides
        strips with text these are blank bands (a scan that was stopped early) and the uniform border rows
        that cutting a figure leaves. Rows in which a rescaled picture mixes strip and image are included.
        Empty where there is none, and for images under 64 px in either direction.
    """
    rows, cols = pixels.shape
    if min(rows, cols) < _SMALLEST_SIDE_PX:
        return ()
    levels = _to_levels(pixels)
    limit = int(_LARGEST_SHARE * rows)
    bottom = _measure_strip(levels, limit)
    top = _measure_strip(levels[: rows - bottom][::-1], limit)
    strips = []
    if top:
        strips.append(Box(0, 0, top, cols))
    if bottom:
        strips.append(Box(rows - bottom, 0, rows, cols))
    return tuple(strips)


def _to_levels(pixels: npt.NDArray[np.generic]) -> Levels:
    """Reduce an image to 8 bits, every column or every n-th."""
    step = 1 if pixels.shape[1] <= _MOST_COLUMNS else pixels.shape[1] * 2 // _MOST_COLUMNS
    thinned = pixels[:, ::step]
    if thinned.dtype == np.uint8:
        levels: Levels = np.ascontiguousarray(thinned, dtype=np.uint8)
        return levels
    # The range comes from the middle rows: text at the largest value of a 16-bit file must not
    # squeeze a 12-bit image into a handful of levels.
    rows = thinned.shape[0]
    # 64 bits: the range of 32-bit floats overflows them.
    values = np.asarray(thinned, dtype=np.float64)
    values = np.where(np.isfinite(values), values, 0) if values.dtype.kind == "f" else values
    low, high = np.percentile(values[rows * 3 // 10 : rows * 7 // 10 : 4], [1, 99])
    if high <= low:
        low, high = float(values.min()), float(values.max())
    if high <= low:
        return np.zeros(thinned.shape, np.uint8)
    scaled = (values - low) * (191 / (high - low))
    # Outside the range values crowd ever closer together instead of all becoming one flat black or white.
    below, above = np.minimum(scaled, 0), np.maximum(scaled - 191, 0)
    bounded = np.clip(scaled, 0, 191) + 32 - 32 * below / (below - 32) + 32 * above / (above + 32)
    stretched: Levels = np.rint(bounded).astype(np.uint8)
    return stretched


def _measure_strip(levels: Levels, limit: int) -> int:
    """Height in px of the strip at the bottom of an image, 0 for none."""
    rows = len(levels)
    height = 0
    below_has_text = False
    for _ in range(_LAYERS):
        band = _find_band(levels[: rows - height], limit - height, below_has_text)
        if band is None:
            break
        height += band.height
        below_has_text = below_has_text or band.has_text
    return height


def _list_background_levels(levels: Levels) -> list[int]:
    """Grey values that the bottom of an image may have for a background: modes of ever more rows."""
    found: list[int] = []
    for count in (1, 3, 10, 30):
        mode = int(np.bincount(levels[-count:].ravel(), minlength=256).argmax())
        if all(abs(mode - other) > 2 for other in found):
            found.append(mode)
    return found


def _find_band(levels: Levels, limit: int, below_has_text: bool) -> _Band | None:
    """Tallest band of one background at the bottom of an image."""
    searched = min(len(levels) - _EDGE_ROWS, limit)
    if searched < 1:
        return None
    part = levels[len(levels) - searched - _EDGE_ROWS :]
    bands = (
        _fit_band(part, levels, background, below_has_text) for background in _list_background_levels(levels)
    )
    return max((band for band in bands if band is not None), key=lambda band: band.height, default=None)


def _fit_band(part: Levels, levels: Levels, background: int, below_has_text: bool) -> _Band | None:
    """Band of the given background at the bottom of `part`, None where the marks of a strip are missing."""
    distance = np.asarray(cv2.absdiff(part, np.full_like(part, background)), np.uint8)
    like = distance <= _TOLERANCE
    edges = np.linspace(0, part.shape[1], _SEGMENTS + 1).astype(np.intp)
    like_of_segment = np.add.reduceat(like, edges[:-1], axis=1, dtype=np.int32) / np.diff(edges)
    like_of_row = like.mean(axis=1)
    topmost = _walk_up(like_of_row, max(9, len(levels) // 50))
    start = _choose_start(like_of_row, like_of_segment, topmost)
    if start is not None and _is_full_width(part, like, like_of_segment, start):
        image = levels[: len(levels) - (len(part) - start) : 2]
        shared = float(np.mean(image == background))
        contrast = float(np.median(distance[start - 7 : start - 1]))
        has_text = _has_text(part, distance, like, start)
        mean_like = float(like_of_row[start:].mean())
        is_blank = (
            mean_like >= (0.8 if below_has_text else 0.97)
            and _measure_noise(part[start:], like[start:]) < 0.5
            and (contrast >= 12 or below_has_text)
            and (shared <= 0.05 or len(part) - start <= 5)
        )
        # In a simulated image the background has one value too; rows of particles over it are no text.
        plain = shared <= 0.1 or _ends_in_one_row(like_of_row, like_of_segment, start)
        if contrast >= 8 and plain and (has_text or is_blank):
            return _Band(len(part) - _include_blurred_rows(distance, start), has_text)
    line = _find_drawn_line(part, levels, like_of_row, topmost)
    if line is not None and _has_text(part, distance, like, line[1]):
        return _Band(len(part) - line[0], True)
    return None


def _is_full_width(
    part: Levels, like: npt.NDArray[np.bool_], like_of_segment: npt.NDArray[np.float64], start: int
) -> bool:
    """Whether a band's edge and its background both reach from side to side."""
    # Text never fills a segment; a label box in a corner leaves segments without any of its background.
    if np.mean(like_of_segment[start:].mean(axis=0) >= 0.15) < 0.85:
        return False
    unlike_above = _share_unlike_above(like_of_segment, start)
    if unlike_above >= 0.9:
        return True
    # Parts of the image may be as black or white as the strip, if the strip is beyond doubt.
    quiet = _measure_noise(part[start:], like[start:]) <= 0.6
    return unlike_above >= 0.6 and quiet and bool(like[start : start + 3].mean() >= 0.85)


def _has_text(part: Levels, distance: Levels, like: npt.NDArray[np.bool_], start: int) -> bool:
    """Whether a band looks like text on a drawn background."""
    if len(part) - start < 6:
        return False
    noise = _measure_noise(part[start:], like[start:])
    ink = distance[start:] > 40
    return bool(
        np.mean(ink) >= 0.005
        and _measure_stroke(ink) <= max(8, part.shape[1] // 64)
        and np.mean(like[start:]) > 0.35
        and noise <= 1.4
        and (np.mean(like[start : start + 3]) >= 0.6 or (noise <= 0.8 and np.mean(like[start:]) >= 0.6))
    )


def _measure_stroke(ink: npt.NDArray[np.bool_]) -> float:
    """Median length of horizontal runs of ink, px: letters have thin strokes, unlike particles."""
    step = np.diff(np.pad(ink, ((0, 0), (1, 1))).astype(np.int8), axis=1)
    starts, stops = np.nonzero(step == 1)[1], np.nonzero(step == -1)[1]
    return float(np.median(stops - starts)) if len(starts) else 0.0


def _find_drawn_line(
    part: Levels, levels: Levels, like_of_row: npt.NDArray[np.float64], topmost: int
) -> tuple[int, int] | None:
    """First row of the line that frames a strip, and the row after it.

    Where the image is as black as the strip, the line is all that parts them.
    """
    drawn = [
        row
        for row in range(topmost, len(part) - 6)
        if like_of_row[row] < 0.1 and np.ptp(np.percentile(part[row], [5, 95])) <= 2 * _TOLERANCE
    ]
    if not drawn:
        return None
    stop = drawn[0] + 1
    while stop in drawn:
        stop += 1
    # Between two rows of particles lies a line of background, which is frequent in the image; a frame is not.
    ink = np.median(part[drawn[0]])
    above = levels[: len(levels) - (len(part) - drawn[0]) : 2].astype(np.int16)
    if stop - drawn[0] > _BLURRED_ROWS or np.mean(np.abs(above - ink) <= _TOLERANCE) > 0.05:
        return None
    return drawn[0], stop


def _walk_up(like_of_row: npt.NDArray[np.float64], longest_gap: int) -> int:
    """Topmost row that may belong to the band at the bottom: rows with enough of its background."""
    topmost = row = len(like_of_row)
    gap = 0
    # Rows of dense text, dividing lines and a frame below hold little background; a long run ends the band.
    while row > _EDGE_ROWS and gap <= longest_gap:
        row -= 1
        if like_of_row[row] >= 0.35:
            topmost, gap = row, 0
        else:
            gap += 1
    return topmost


def _choose_start(
    like_of_row: npt.NDArray[np.float64], like_of_segment: npt.NDArray[np.float64], topmost: int
) -> int | None:
    """Row at which a band most sharply begins."""
    scores = np.zeros(len(like_of_row))
    for start in range(topmost, len(like_of_row)):
        inside = like_of_row[start : start + 3].mean()
        if inside >= 0.45:
            scores[start] = inside * _share_unlike_above(like_of_segment, start)
    best = float(scores.max())
    # The rows below the edge score as well while most of the rows above them are still image.
    return int(np.argmax(scores >= 0.9 * best)) if best > 0 else None


def _share_unlike_above(like_of_segment: npt.NDArray[np.float64], start: int) -> float:
    """Share of the width that looks unlike a band in the rows just above it, but for one blurred row."""
    return float(np.mean(like_of_segment[start - 7 : start - 1].mean(axis=0) <= 0.5))


def _measure_noise(band: Levels, like: npt.NDArray[np.bool_]) -> float:
    """Mean step between neighbouring background pixels of a band, levels."""
    both = like[:, 1:] & like[:, :-1]
    count = int(both.sum())
    if count == 0:
        return float("inf")
    return float(cv2.absdiff(band[:, 1:], band[:, :-1])[both].sum(dtype=np.int64)) / count


def _ends_in_one_row(
    like_of_row: npt.NDArray[np.float64], like_of_segment: npt.NDArray[np.float64], start: int
) -> bool:
    """Whether the image goes on undiminished down to a band over the full width; rows of particles taper."""
    unlike = 1 - like_of_row[max(0, start - 12) : start]
    return bool(
        like_of_row[start] >= 0.9
        and _share_unlike_above(like_of_segment, start) >= 0.9
        and unlike[-1] >= 0.85 * unlike.max()
    )


def _include_blurred_rows(distance: Levels, start: int) -> int:
    """Move the start of a band up over rows that rescaling has mixed with the image."""
    # Column by column, so that the end of a particle or a scale bar just above is not taken for blur.
    above = np.median(distance[start - 8 : start - 3], axis=0)
    inside = np.median(distance[start : start + 3], axis=0)
    telling = above - inside >= 8
    if not telling.any():
        return start
    for _ in range(_BLURRED_ROWS):
        ratio = (distance[start - 1] - inside)[telling] / (above - inside)[telling]
        if np.median(ratio) >= 0.75:
            break
        start -= 1
    return start
