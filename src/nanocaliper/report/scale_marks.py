"""Marks on a picture that show which bar and which label were read."""

from itertools import pairwise

import numpy as np
import numpy.typing as npt
from PIL import ImageDraw

from nanocaliper.calibration.calibration import ScaleBar
from nanocaliper.report.lettering import load_font, write_text
from nanocaliper.report.particle_colours import MARK_COLOUR
from nanocaliper.report.picture_view import PictureView
from nanocaliper.units import format_length_nm

__all__ = ["cut_dashes", "mark_ends", "mark_label", "mark_scale_bar"]

Floats = npt.NDArray[np.float64]
Colour = tuple[int, int, int]


def mark_scale_bar(
    pen: ImageDraw.ImageDraw,
    bar: ScaleBar,
    view: PictureView,
    *,
    colour: Colour = MARK_COLOUR,
    dashed: bool = False,
    note: str = "",
    with_text: bool = True,
) -> None:
    """Mark a bar's ends, and write what was read beside it.

    Parameters
    ----------
    pen : ImageDraw
    bar : ScaleBar
    view : PictureView
    colour : (int, int, int)
        RGB.
    dashed : bool
        For a reading that is not used.
    note : str
        Written before what was read.
    with_text : bool
        Whether to write what was read.
    """
    (row, left), (_, right) = view.place(np.array([(bar.row, bar.col_start), (bar.row, bar.col_stop)]))
    reach = 1.2 * view.text_px
    width = view.line_px
    for end in (left, right):
        ends = ((end, row - reach), (end, row + reach))
        _draw_line(pen, *ends, "black", width + 2, dashed)
        _draw_line(pen, *ends, colour, width, dashed)
    _draw_line(pen, (left, row), (right, row), colour, max(1, width // 2), dashed)
    if with_text:
        text = f"{note}{format_length_nm(bar.length_nm)} = {bar.length_px:.1f} px"
        _write_beside(pen, text, bar, view, colour)


def mark_ends(
    pen: ImageDraw.ImageDraw, bar: ScaleBar, view: PictureView, *, colour: Colour = MARK_COLOUR
) -> None:
    """Draw a thin dashed line through each end of a bar, from edge to edge of the picture.

    Parameters
    ----------
    pen : ImageDraw
    bar : ScaleBar
    view : PictureView
    colour : (int, int, int)
        RGB.
    """
    for end in view.place(np.array([bar.col_start, bar.col_stop])).tolist():
        # The gaps show the very pixels that the line stands on.
        _draw_line(pen, (end, 0.0), (end, view.shape[0] - 1.0), colour, view.line_px, True)


def mark_label(
    pen: ImageDraw.ImageDraw,
    bar: ScaleBar,
    view: PictureView,
    *,
    colour: Colour = MARK_COLOUR,
    dashed: bool = False,
) -> None:
    """Draw a frame around the label that was read.

    Parameters
    ----------
    pen : ImageDraw
    bar : ScaleBar
    view : PictureView
    colour : (int, int, int)
        RGB.
    dashed : bool
        For a reading that is not used.
    """
    box, width = bar.label_box, view.line_px
    edges = np.array([(box.row_start - 0.5, box.col_start - 0.5), (box.row_stop - 0.5, box.col_stop - 0.5)])
    # A little away, so that the frame hides no letter.
    room = 2 * width
    (top, left), (bottom, right) = view.place(edges) + np.array([[-room], [room]])
    corners = [(left, top), (right, top), (right, bottom), (left, bottom), (left, top)]
    for layer, wide in (("black", width + 2), (colour, width)):
        for start, stop in pairwise(corners):
            _draw_line(pen, start, stop, layer, wide, dashed)


def _write_beside(
    pen: ImageDraw.ImageDraw, text: str, bar: ScaleBar, view: PictureView, colour: Colour
) -> None:
    """Write below, above, right or left of the bar: the first place that is inside and not on the label."""
    font = load_font(view.text_px)
    (row, start), (_, stop) = view.place(np.array([(bar.row, bar.col_start), (bar.row, bar.col_stop)]))
    box = bar.label_box
    edges = np.array([(box.row_start - 0.5, box.col_start - 0.5), (box.row_stop - 0.5, box.col_stop - 0.5)])
    (top, left), (bottom, right) = view.place(edges)
    half_width, half_height = pen.textlength(text, font=font) / 2 + 4, 0.7 * view.text_px
    middle = float(min(max((start + stop) / 2, half_width), view.shape[1] - half_width))
    away = 2.2 * view.text_px
    places = [
        (middle, row + away),
        (middle, row - away),
        (max(stop, right) + half_width + view.text_px, row),
        (min(start, left) - half_width - view.text_px, row),
    ]

    def is_free(place: tuple[float, float]) -> bool:
        col, at = place
        inside = half_width <= col <= view.shape[1] - half_width
        inside = inside and half_height <= at <= view.shape[0] - half_height
        beside = abs(col - (left + right) / 2) >= half_width + (right - left) / 2
        return bool(inside and (beside or abs(at - (top + bottom) / 2) >= half_height + (bottom - top) / 2))

    place = next((one for one in places if is_free(one)), places[1])
    write_text(pen, place, text, font, colour, centred=True, stroke_px=3, stroke_fill="white")


def cut_dashes(points: Floats, dash_px: float, gap_px: float) -> list[Floats]:
    """Cut a line into dashes.

    Parameters
    ----------
    points : ndarray, shape (n, 2)
        The line.
    dash_px, gap_px : float
        Length of a dash and of the gap after it, in the unit of `points`.

    Returns
    -------
    list of ndarray, each of shape (m, 2)
    """
    steps = np.linalg.norm(np.diff(points, axis=0), axis=1)
    along = np.concatenate(([0.0], np.cumsum(steps)))
    dashes: list[Floats] = []
    for start in np.arange(0.0, along[-1], dash_px + gap_px):
        stop = min(start + dash_px, along[-1])
        inner = along[(along > start) & (along < stop)]
        at = np.concatenate(([start], inner, [stop]))
        dashes.append(np.stack([np.interp(at, along, points[:, axis]) for axis in (0, 1)], axis=1))
    return dashes


def _draw_line(
    pen: ImageDraw.ImageDraw,
    start: tuple[float, float],
    stop: tuple[float, float],
    colour: Colour | str,
    width: int,
    dashed: bool,
) -> None:
    """Draw a straight line between two places (column, row)."""
    line = np.array((start, stop), dtype=np.float64)
    # Dashes keep their place whatever the width, so that a dark edge drawn below shows as one.
    for dash in cut_dashes(line, 8, 6) if dashed else [line]:
        pen.line([(float(col), float(row)) for col, row in dash], fill=colour, width=width)
