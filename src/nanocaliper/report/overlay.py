"""The overlay: the micrograph with everything that was measured drawn on it, for a person to judge."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from nanocaliper.calibration.calibration import ScaleBar
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.report.lettering import load_font, write_text
from nanocaliper.report.measured import Measured
from nanocaliper.report.overlay_caption import draw_caption
from nanocaliper.report.particle_colours import BORDER_COLOUR, MARK_COLOUR, WHOLE_COLOURS, assign_colours
from nanocaliper.units import format_length_nm

__all__ = ["LARGEST_SIDE_PX", "draw_overlay"]

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

#: A longer image is drawn reduced to this, and the caption says so.
LARGEST_SIDE_PX = 4000
# A smaller image is drawn enlarged by a whole number, so that outlines do not hide what they outline.
_SMALLEST_SIDE_PX = 1200
_MOST_ENLARGED = 16

_STRETCH_PERCENTILES = (0.3, 99.7)
_SHADE = np.array((40, 110, 255), dtype=np.float32)  # RGB of what is not measured
_SHADE_SHARE = 0.3
_FRACTION_BITS = 6  # of OpenCV's fixed-point coordinates


@dataclass(frozen=True)
class _View:
    """How image pixels become overlay pixels; the centre of the first pixel is 0 in both."""

    scale: float
    shape: tuple[int, int]

    @property
    def line_px(self) -> int:
        return max(2, round(max(self.shape) / 1000))

    @property
    def text_px(self) -> int:
        return int(np.clip(max(self.shape) / 85, 14, 40))

    def place(self, points: Floats) -> Floats:
        placed: Floats = (points + 0.5) * self.scale - 0.5
        return placed


def draw_overlay(measured: Measured) -> Picture:
    """Draw what was measured on the micrograph, with a caption below it.

    Parameters
    ----------
    measured : Measured

    Returns
    -------
    ndarray of uint8, shape (rows, cols, 3)
        RGB. The image (grey values stretched from the 0.3 to the 99.7 % quantile) fills the width; sides
        longer than `LARGEST_SIDE_PX` are reduced to it, images under 1200 px enlarged by a whole number.
    """
    view = _choose_view(measured.micrograph.shape)
    canvas = _show_grey(measured.micrograph, view)
    for box in (*measured.micrograph.data_strips, *measured.calibration.annotations):
        _shade(canvas, box, view)
    _draw_outlines(canvas, measured, view)
    picture = Image.fromarray(canvas)
    pen = ImageDraw.Draw(picture)
    _number_particles(pen, measured, view)
    if measured.calibration.scale_bar is not None:
        _mark_scale_bar(pen, measured.calibration.scale_bar, view)
    return np.concatenate((np.asarray(picture), draw_caption(measured, view.shape[1], view.scale)))


def _choose_view(shape: tuple[int, int]) -> _View:
    longest = max(shape)
    scale = 1.0
    if longest > LARGEST_SIDE_PX:
        scale = LARGEST_SIDE_PX / longest
    elif longest < _SMALLEST_SIDE_PX:
        scale = float(min(-(-_SMALLEST_SIDE_PX // longest), _MOST_ENLARGED))
    rows, cols = (max(1, round(side * scale)) for side in shape)
    return _View(scale, (rows, cols))


def _show_grey(micrograph: Micrograph, view: _View) -> Picture:
    """Stretch to 8 bit by the quantiles of the field (the strip is often pure black and white) and resize."""
    pixels = micrograph.pixels
    sample = pixels[micrograph.field.slices()]
    step = max(1, int(np.sqrt(sample.size / 4e6)))
    low, high = np.percentile(sample[::step, ::step], _STRETCH_PERCENTILES) if sample.size else (0, 0)
    span = max(float(high) - float(low), 1e-12)
    grey = np.empty(pixels.shape, dtype=np.uint8)
    # By bands of rows: the floating-point copy of a whole large image would be four times its size.
    for start in range(0, pixels.shape[0], 512):
        band = (pixels[start : start + 512].astype(np.float32) - np.float32(low)) * np.float32(255 / span)
        grey[start : start + 512] = np.clip(np.rint(band), 0, 255)
    size = (view.shape[1], view.shape[0])
    if view.scale != 1:
        way = cv2.INTER_AREA if view.scale < 1 else cv2.INTER_LINEAR
        grey = np.asarray(cv2.resize(grey, size, interpolation=way), dtype=np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def _shade(canvas: Picture, box: Box, view: _View) -> None:
    """Tint a part that is not measured and hatch it, so that it is seen without colour as well."""
    top, left, bottom, right = (
        round(edge * view.scale) for edge in (box.row_start, box.col_start, box.row_stop, box.col_stop)
    )
    part = canvas[max(top, 0) : bottom, max(left, 0) : right]
    if not part.size:
        return
    part[:] = np.rint(part * (1 - _SHADE_SHARE) + _SHADE * _SHADE_SHARE)
    rows, cols = np.ogrid[: part.shape[0], : part.shape[1]]
    period = 8 * view.line_px
    hatch = (rows + cols) % period < view.line_px / 2
    part[hatch] = np.rint(part[hatch] * 0.5 + _SHADE * 0.5)


def _draw_outlines(canvas: Picture, measured: Measured, view: _View) -> None:
    colours = assign_colours(measured.segmentation.labels)
    table = measured.found.table
    for outline, particle, touches, feret_px in zip(
        measured.found.outlines,
        table["particle"].tolist(),
        table["touches_border"].tolist(),
        table["feret_min_px"].tolist(),
        strict=True,
    ):
        points = view.place(np.asarray(outline))
        width = view.line_px if feret_px * view.scale > 8 * view.line_px else max(1, view.line_px // 2)
        if touches:
            _draw_lines(canvas, _cut_dashes(points, 7 * view.line_px, 4 * view.line_px), BORDER_COLOUR, width)
        else:
            _draw_lines(canvas, [points], WHOLE_COLOURS[colours[particle]], width)


def _draw_lines(canvas: Picture, lines: list[Floats], colour: tuple[int, int, int], width: int) -> None:
    fixed = [np.rint(line[:, ::-1] * 2**_FRACTION_BITS).astype(np.int32) for line in lines]
    cv2.polylines(canvas, fixed, False, colour, width, cv2.LINE_AA, _FRACTION_BITS)


def _cut_dashes(points: Floats, dash_px: float, gap_px: float) -> list[Floats]:
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


def _number_particles(pen: ImageDraw.ImageDraw, measured: Measured, view: _View) -> None:
    """Write the numbers of those particles that have room for theirs."""
    font = load_font(view.text_px)
    table = measured.found.table
    places = view.place(table[["row", "col"]].to_numpy(dtype=np.float64))
    rooms = table["feret_min_px"].to_numpy(dtype=np.float64) * view.scale
    for particle, (row, col), room in zip(table["particle"].tolist(), places, rooms, strict=True):
        text = str(particle)
        if room > 1.5 * pen.textlength(text, font=font) and room > 2 * view.text_px:
            write_text(pen, (col, row), text, font, "white", centred=True, stroke_px=2)


def _mark_scale_bar(pen: ImageDraw.ImageDraw, bar: ScaleBar, view: _View) -> None:
    """Mark the bar's ends, and write what was read beside it."""
    (row, left), (_, right) = view.place(np.array([(bar.row, bar.col_start), (bar.row, bar.col_stop)]))
    reach = 1.2 * view.text_px
    width = view.line_px
    for end in (left, right):
        pen.line((end, row - reach, end, row + reach), fill="black", width=width + 2)
        pen.line((end, row - reach, end, row + reach), fill=MARK_COLOUR, width=width)
    pen.line((left, row, right, row), fill=MARK_COLOUR, width=max(1, width // 2))
    font = load_font(view.text_px)
    text = f"{format_length_nm(bar.length_nm)} = {bar.length_px:.1f} px"
    half = pen.textlength(text, font=font) / 2 + 4
    col = min(max((left + right) / 2, half), view.shape[1] - half)
    # Where the printed label is not; on the other side where the image ends.
    above, below = row - reach - view.text_px, row + reach + view.text_px
    label_row = float(view.place(np.array([(bar.label_box.row_start + bar.label_box.row_stop) / 2]))[0])
    fits_above, fits_below = above > view.text_px, below < view.shape[0] - view.text_px
    place = below if fits_below and (label_row < row or not fits_above) else above
    write_text(pen, (col, place), text, font, MARK_COLOUR, centred=True, stroke_px=3, stroke_fill="white")
