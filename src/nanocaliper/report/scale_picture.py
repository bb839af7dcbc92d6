"""The picture of a scale: the micrograph with bar, ends and label marked, and the bar enlarged below it."""

from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from nanocaliper.calibration.calibration import Calibration, ScaleBar
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.report.caption import FAINT_INK, CaptionLine, draw_caption_lines
from nanocaliper.report.overlay_caption import describe_file, list_notes
from nanocaliper.report.particle_colours import CONFLICT_COLOUR, MARK_COLOUR
from nanocaliper.report.picture_view import PictureView, choose_view, show_grey
from nanocaliper.report.scale_marks import mark_ends, mark_label, mark_scale_bar
from nanocaliper.report.scale_words import describe_bar, describe_scale

__all__ = ["draw_scale_picture"]

Picture = npt.NDArray[np.uint8]

_PAPER = 250
_MOST_ENLARGED = 16
# The enlarged part is at most so high, as a share of the picture's width.
_DETAIL_HEIGHT = 0.35


def draw_scale_picture(micrograph: Micrograph, calibration: Calibration, version: str) -> Picture:
    """Draw where the scale comes from, for a person to judge.

    Parameters
    ----------
    micrograph : Micrograph
    calibration : Calibration
    version : str
        Of the program, for the caption.

    Returns
    -------
    ndarray of uint8, shape (rows, cols, 3)
        RGB: the micrograph with the bar's ends and the label's frame marked (dashed for a best guess that is not
        used, red where bar and metadata disagree), bar and label enlarged with a line through each end, and a
        caption.
    """
    view = choose_view(micrograph.shape)
    canvas = show_grey(micrograph, view)
    bar = calibration.scale_bar or calibration.best_guess
    parts = [canvas]
    enlarged = 0
    if bar is not None:
        dashed = calibration.scale_bar is None
        colour = CONFLICT_COLOUR if calibration.in_conflict else MARK_COLOUR
        picture = Image.fromarray(canvas)
        pen = ImageDraw.Draw(picture)
        # What was read stands below: written here it would hide what else is printed on the strip.
        mark_scale_bar(pen, bar, view, colour=colour, dashed=dashed, with_text=False)
        mark_label(pen, bar, view, colour=colour, dashed=dashed)
        parts = [np.asarray(picture)]
        detail, enlarged = _enlarge_bar(micrograph, bar, view, colour)
        if enlarged:
            parts.append(detail)
    lines = [describe_scale(calibration), *describe_bar(calibration)]
    if bar is not None and micrograph.nm_per_px is None:
        lines.append(CaptionLine("The file's metadata give no pixel size."))
    elif micrograph.nm_per_px is not None and calibration.source != "metadata":
        lines.append(CaptionLine(f"The file's metadata give {micrograph.nm_per_px:.5g} nm/px."))
    lines += list_notes(micrograph.warnings + calibration.warnings, calibration)
    about = describe_file(micrograph.source, micrograph.shape, view.scale)
    below = f"; below it the bar, {enlarged} times, a line through each end" if enlarged else ""
    lines.append(CaptionLine(f"{about}{below}; nanocaliper {version}", ink=FAINT_INK))
    return np.concatenate((*parts, draw_caption_lines(lines, view.shape[1])))


def _enlarge_bar(
    micrograph: Micrograph, bar: ScaleBar, view: PictureView, colour: tuple[int, int, int]
) -> tuple[Picture, int]:
    """Draw bar and label pixel by pixel with their ends, and say how many times; 0 where it would not be larger."""
    part = _frame_bar(bar, micrograph.shape)
    if not part.height or not part.width:
        return np.empty((0, view.shape[1], 3), np.uint8), 0
    width = view.shape[1]
    times = min(width // part.width, int(_DETAIL_HEIGHT * width) // part.height, _MOST_ENLARGED)
    if times <= view.scale:
        return np.empty((0, width, 3), np.uint8), 0
    as_it_is = PictureView(1.0, micrograph.shape)
    grey = np.ascontiguousarray(show_grey(micrograph, as_it_is)[part.slices()])
    size = (part.width * times, part.height * times)
    picture = Image.fromarray(np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_NEAREST)))
    moved = replace(
        bar,
        row=bar.row - part.row_start,
        col_start=bar.col_start - part.col_start,
        col_stop=bar.col_stop - part.col_start,
    )
    mark_ends(ImageDraw.Draw(picture), moved, PictureView(float(times), (size[1], size[0])), colour=colour)
    detail = np.full((size[1] + 2 * view.line_px, width, 3), _PAPER, np.uint8)
    left = (width - size[0]) // 2
    detail[2 * view.line_px :, left : left + size[0]] = np.asarray(picture)
    return detail, times


def _frame_bar(bar: ScaleBar, shape: tuple[int, int]) -> Box:
    """The part of the image that shows bar and label with some room."""
    room = max(8, round(0.08 * bar.length_px))
    label = bar.label_box
    return Box(
        max(0, min(label.row_start, int(bar.row)) - room),
        max(0, min(label.col_start, int(bar.col_start)) - room),
        min(shape[0], max(label.row_stop, int(bar.row) + 1) + room),
        min(shape[1], max(label.col_stop, int(bar.col_stop) + 1) + room),
    )
