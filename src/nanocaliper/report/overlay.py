"""The overlay: the micrograph with everything that was measured drawn on it, for a person to judge."""

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from nanocaliper.report.lettering import load_font, write_text
from nanocaliper.report.measured import Measured
from nanocaliper.report.overlay_caption import draw_caption
from nanocaliper.report.particle_colours import (
    BORDER_COLOUR,
    CONFLICT_COLOUR,
    EDITED_CORE,
    MARK_COLOUR,
    WHOLE_COLOURS,
    assign_colours,
)
from nanocaliper.report.picture_view import PictureView, choose_view, shade, show_grey
from nanocaliper.report.scale_marks import cut_dashes, mark_label, mark_scale_bar

__all__ = ["draw_overlay"]

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

_FRACTION_BITS = 6  # of OpenCV's fixed-point coordinates


def draw_overlay(measured: Measured) -> Picture:
    """Draw what was measured on the micrograph, with a caption below it.

    Parameters
    ----------
    measured : Measured

    Returns
    -------
    ndarray of uint8, shape (rows, cols, 3)
        RGB. The image (grey values stretched from the 0.3 to the 99.7 % quantile) fills the width; it is
        enlarged or reduced as `nanocaliper.report.picture_view.choose_view` says.
    """
    view = choose_view(measured.micrograph.shape)
    canvas = show_grey(measured.micrograph, view)
    for box in (*measured.micrograph.data_strips, *measured.calibration.annotations):
        shade(canvas, box, view)
    _draw_outlines(canvas, measured, view)
    picture = Image.fromarray(canvas)
    pen = ImageDraw.Draw(picture)
    _number_particles(pen, measured, view)
    calibration = measured.calibration
    if calibration.scale_bar is not None:
        colour = CONFLICT_COLOUR if calibration.in_conflict else MARK_COLOUR
        mark_scale_bar(pen, calibration.scale_bar, view, colour=colour)
    elif calibration.best_guess is not None:
        mark_scale_bar(pen, calibration.best_guess, view, dashed=True, note="not used: ")
        mark_label(pen, calibration.best_guess, view, dashed=True)
    return np.concatenate((np.asarray(picture), draw_caption(measured, view.shape[1], view.scale)))


def _draw_outlines(canvas: Picture, measured: Measured, view: PictureView) -> None:
    colours = assign_colours(measured.segmentation.labels)
    table = measured.found.table
    for outline, particle, touches, feret_px, edited in zip(
        measured.found.outlines,
        table["particle"].tolist(),
        table["touches_border"].tolist(),
        table["feret_min_px"].tolist(),
        table["edited"].tolist(),
        strict=True,
    ):
        points = view.place(np.asarray(outline))
        width = view.line_px if feret_px * view.scale > 8 * view.line_px else max(1, view.line_px // 2)
        if touches:
            lines, colour = cut_dashes(points, 7 * view.line_px, 4 * view.line_px), BORDER_COLOUR
        else:
            lines, colour = [points], WHOLE_COLOURS[colours[particle]]
        _draw_lines(canvas, lines, colour, 3 * width if edited else width)
        if edited:
            # A dark line in the middle of a broad one: a doubled outline.
            _draw_lines(canvas, lines, EDITED_CORE, width)


def _draw_lines(canvas: Picture, lines: list[Floats], colour: tuple[int, int, int], width: int) -> None:
    fixed = [np.rint(line[:, ::-1] * 2**_FRACTION_BITS).astype(np.int32) for line in lines]
    cv2.polylines(canvas, fixed, False, colour, width, cv2.LINE_AA, _FRACTION_BITS)


def _number_particles(pen: ImageDraw.ImageDraw, measured: Measured, view: PictureView) -> None:
    """Write the numbers of those particles that have room for theirs."""
    font = load_font(view.text_px)
    table = measured.found.table
    places = view.place(table[["row", "col"]].to_numpy(dtype=np.float64))
    rooms = table["feret_min_px"].to_numpy(dtype=np.float64) * view.scale
    for particle, (row, col), room in zip(table["particle"].tolist(), places, rooms, strict=True):
        text = str(particle)
        if room > 1.5 * pen.textlength(text, font=font) and room > 2 * view.text_px:
            write_text(pen, (col, row), text, font, "white", centred=True, stroke_px=2)
