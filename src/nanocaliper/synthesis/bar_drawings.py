"""Scale bars of every style as exact ink: coverage of each pixel, and where the ends are."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.coverage import cover_polygon

__all__ = ["BAR_DRAWINGS", "BarShape", "Drawing", "draw_bar"]

Field = NDArray[np.float32]

#: Styles of bars.
BAR_DRAWINGS = (
    "solid",
    "outlined",
    "bracket",
    "interrupted",
    "plain interrupted",
    "ruler",
    "dashes",
    "dots",
    "box",
    "fields",
    "end ticks",
    "arrows",
)
_PAD = 2


@dataclass(frozen=True)
class BarShape:
    """The shape of a bar.

    Parameters
    ----------
    style : str
        One of `BAR_DRAWINGS`.
    length_px : float
        Distance of its ends.
    thickness_px : float
        Of the bar or its lines.
    cap_px : float
        Height of caps, ticks and boxes across the bar.
    parts : int
        Ticks of a ruler, dots, dashes (odd) or fields.
    ticks : {'up', 'down'}
        Where ticks point.
    base_line : bool
        Whether a ruler has a line through the feet of its ticks.
    long_ticks : {'all', 'ends', 'ends and middle'}
        Which ticks of a ruler have the full height.
    gap_px : float
        Room for the label in interrupted styles.
    whole_px : bool
        Draw on whole pixels, as instruments do: the length is rounded.
    offset : (float, float)
        Fractions of a pixel, 0 to 1, by which the drawing is moved down and right (not with `whole_px`).
    """

    style: str = "solid"
    length_px: float = 100.0
    thickness_px: float = 4.0
    cap_px: float = 14.0
    parts: int = 11
    ticks: str = "up"
    base_line: bool = False
    long_ticks: str = "ends"
    gap_px: float = 0.0
    whole_px: bool = True
    offset: tuple[float, float] = (0.0, 0.0)

    def __post_init__(self) -> None:
        if self.style not in BAR_DRAWINGS:
            raise UsageError(f"Bar style is {self.style!r}; expected one of {', '.join(BAR_DRAWINGS)}.")
        if self.length_px < 4 * max(self.thickness_px, 1) or self.thickness_px < 0.5:
            raise UsageError(
                f"A bar {self.length_px:g} px long and {self.thickness_px:g} px thick; expected at least "
                "0.5 px thick and four times as long as thick."
            )
        if self.parts < 2:
            raise UsageError(f"A bar of {self.parts} parts; expected 2 or more.")


class Drawing(NamedTuple):
    """A bar as ink.

    Parameters
    ----------
    ink : ndarray of float32
        Coverage by the bar's colour.
    other : ndarray of float32
        Coverage by the other colour (every second field of a field ruler).
    row : float
        Centre line between the ends, px of the drawing.
    col_start, col_end : float
        The ends.
    """

    ink: Field
    other: Field
    row: float
    col_start: float
    col_end: float


class _Sheet:
    """A canvas on which rectangles and polygons add up their coverage."""

    def __init__(self, rows: float, cols: float) -> None:
        self.ink = np.zeros((int(np.ceil(rows)) + 2 * _PAD, int(np.ceil(cols)) + 2 * _PAD), np.float32)

    def rectangle(self, top: float, bottom: float, left: float, right: float, sign: float = 1.0) -> None:
        rows, cols = self.ink.shape
        self.ink += np.float32(sign) * np.outer(_span(rows, top, bottom), _span(cols, left, right))

    def polygon(self, vertices: NDArray[np.float64]) -> None:
        patch = cover_polygon(vertices)
        rows, cols = patch.values.shape
        self.ink[patch.row : patch.row + rows, patch.col : patch.col + cols] += patch.values


def _span(count: int, start: float, stop: float) -> Field:
    """Coverage of pixels 0 to count - 1 by the stretch from start to stop."""
    at = np.arange(count)
    share = np.minimum(at + 0.5, stop) - np.maximum(at - 0.5, start)
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float32)


def draw_bar(shape: BarShape) -> Drawing:
    """Draw a horizontal bar.

    Parameters
    ----------
    shape : BarShape
        What to draw.

    Returns
    -------
    Drawing
        With two empty pixels or more on each side.

    Raises
    ------
    UsageError
        If the label's room is longer than an interrupted bar, or a ruler's ticks would run together.
    """
    length, thick, cap = shape.length_px, shape.thickness_px, max(shape.cap_px, shape.thickness_px)
    down, right = shape.offset
    if shape.whole_px:
        length, thick, cap = float(round(length)), float(max(1, round(thick))), float(round(cap))
        down = right = 0.0
    inset = 0.0
    if shape.style in ("bracket", "interrupted", "ruler", "end ticks"):
        inset = 0.5 * thick
    elif shape.style == "dots":
        inset = 0.5 * max(thick, 2.0)
    height = {"solid": thick, "plain interrupted": thick, "dashes": thick, "dots": max(thick, 2.0)}.get(
        shape.style, cap
    )
    top, start = _PAD - 0.5 + down, _PAD - 0.5 + right + inset
    end = start + length
    sheet = _Sheet(height + 1, length + 2 * inset + 1)
    other = _Sheet(height + 1, length + 2 * inset + 1)
    middle = top + height / 2
    if shape.style in ("solid", "box"):
        sheet.rectangle(top, top + height, start, end)
    elif shape.style == "outlined":
        line = max(1.0, round(0.15 * height))
        sheet.rectangle(top, top + height, start, end)
        sheet.rectangle(top + line, top + height - line, start + line, end - line, -1.0)
    elif shape.style in ("bracket", "interrupted", "plain interrupted"):
        _draw_line(sheet, shape, (top, height, thick), start, end)
    elif shape.style == "end ticks":
        foot = top + (height - thick if shape.ticks == "up" else 0.0)
        sheet.rectangle(foot, foot + thick, start - inset, end + inset)
        rest = (top, foot) if shape.ticks == "up" else (foot + thick, top + height)
        for at in (start, end):
            sheet.rectangle(*rest, at - inset, at + inset)
        middle = foot + thick / 2
    elif shape.style == "dashes":
        step = length / shape.parts
        edges = start + step * np.arange(shape.parts + 1)
        if shape.whole_px:
            edges = np.rint(edges + 0.5) - 0.5
        for k in range(0, shape.parts, 2):
            sheet.rectangle(top, top + height, edges[k], edges[k + 1])
        end = float(edges[-1] if shape.parts % 2 else edges[-2])
    elif shape.style == "dots":
        _draw_dots(sheet, shape, start, end, middle, 0.5 * height)
    elif shape.style == "fields":
        _draw_fields(sheet, other, shape, (top, height), start, end)
    elif shape.style == "arrows":
        _draw_arrows(sheet, (middle, height, thick), start, end)
    else:
        middle = _draw_ruler(sheet, shape, (top, height, thick), start, end)
    return Drawing(np.clip(sheet.ink, 0, 1), np.clip(other.ink, 0, 1), middle, start, end)


def _draw_line(
    sheet: _Sheet, shape: BarShape, across: tuple[float, float, float], start: float, end: float
) -> None:
    """A line with caps, whole or with room for the label."""
    top, height, thick = across
    half = 0.5 * thick if shape.style != "plain interrupted" else 0.0
    lift = 0.5 * (height - thick)
    if shape.whole_px:
        lift = float(np.floor(lift))
    pieces = [(start + half, end - half)]
    if shape.style != "bracket":
        room = shape.gap_px if not shape.whole_px else float(2 * np.ceil(shape.gap_px / 2))
        if room + 4 > end - start:
            raise UsageError(
                f"The label takes {room:.0f} px of a bar of {end - start:.0f} px; take smaller letters."
            )
        middle = 0.5 * (start + end)
        if shape.whole_px:
            middle = float(np.floor(middle)) + 0.5
        pieces = [(start + half, middle - room / 2), (middle + room / 2, end - half)]
    for left, right in pieces:
        sheet.rectangle(top + lift, top + lift + thick, left, right)
    if half:
        for at in (start, end):
            sheet.rectangle(top, top + height, at - half, at + half)


def _draw_dots(
    sheet: _Sheet, shape: BarShape, start: float, end: float, middle: float, radius: float
) -> None:
    angles = np.arange(48) * (2 * np.pi / 48)
    # The polygon has the area of the circle.
    reach = radius * np.sqrt(2 * np.pi / (48 * np.sin(2 * np.pi / 48)))
    ring = np.stack([np.sin(angles), np.cos(angles)], axis=1) * reach
    for at in _spread(shape, start, end):
        if shape.whole_px:
            sheet.rectangle(middle - radius, middle + radius, at - radius, at + radius)
        else:
            sheet.polygon(ring + np.array([middle, at]))


def _spread(shape: BarShape, start: float, end: float) -> NDArray[np.float64]:
    """Centres of ticks or dots."""
    steps = (end - start) * np.arange(shape.parts) / (shape.parts - 1)
    return start + (np.rint(steps) if shape.whole_px else steps)


def _draw_fields(
    sheet: _Sheet, other: _Sheet, shape: BarShape, across: tuple[float, float], start: float, end: float
) -> None:
    top, height = across
    edges = start + (end - start) * np.arange(shape.parts + 1) / shape.parts
    if shape.whole_px:
        edges = np.rint(edges + 0.5) - 0.5
    line = max(1.0, round(height / 8))
    for k in range(shape.parts):
        sheet.rectangle(top, top + height, edges[k], edges[k + 1])
        if k % 2:
            # The outline runs around every field, so that the other colour ends at a line.
            inside = (
                top + line,
                top + height - line,
                edges[k],
                edges[k + 1] - (line if k + 1 == shape.parts else 0),
            )
            sheet.rectangle(*inside, -1.0)
            other.rectangle(*inside)


def _draw_arrows(sheet: _Sheet, across: tuple[float, float, float], start: float, end: float) -> None:
    middle, height, thick = across
    head = min(0.9 * height, 0.3 * (end - start))
    sheet.rectangle(middle - thick / 2, middle + thick / 2, start + 0.8 * head, end - 0.8 * head)
    for tip, sign in ((start, 1.0), (end, -1.0)):
        corners = [
            (middle, tip),
            (middle - height / 2, tip + sign * head),
            (middle + height / 2, tip + sign * head),
        ]
        sheet.polygon(np.array(corners))


def _draw_ruler(
    sheet: _Sheet, shape: BarShape, across: tuple[float, float, float], start: float, end: float
) -> float:
    """Ticks on a row; returns the middle of the outer ticks' common part with all others."""
    top, height, thick = across
    if (end - start) / (shape.parts - 1) < 1.8 * thick:
        raise UsageError(
            f"{shape.parts} ticks of {thick:g} px on {end - start:.0f} px run together; take fewer ticks."
        )
    short = float(max(1, round(0.55 * height))) if shape.long_ticks != "all" else height
    long_at = {0, shape.parts - 1} | (
        {(shape.parts - 1) // 2} if shape.long_ticks == "ends and middle" else set()
    )
    foot = top + height if shape.ticks == "up" else top
    for k, at in enumerate(_spread(shape, start, end)):
        tall = height if k in long_at else short
        first, last = (foot - tall, foot) if shape.ticks == "up" else (foot, foot + tall)
        sheet.rectangle(first, last, at - thick / 2, at + thick / 2)
    if shape.base_line:
        first = foot - thick if shape.ticks == "up" else foot
        before = sheet.ink.copy()
        line = _Sheet(0, 0)
        line.ink = np.zeros_like(before)
        line.rectangle(first, first + thick, start - thick / 2, end + thick / 2)
        np.maximum(before, line.ink, out=sheet.ink)
    return foot - short / 2 if shape.ticks == "up" else foot + short / 2
