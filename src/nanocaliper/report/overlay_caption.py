"""The caption below an overlay: legend, counts, sizes, scale and what to beware of."""

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.calibration import Calibration
from nanocaliper.report.caption import FAINT_INK, CaptionLine, draw_caption_lines
from nanocaliper.report.measured import Measured, count_left_out
from nanocaliper.report.particle_colours import WARNING_COLOUR
from nanocaliper.report.scale_words import describe_bar, describe_scale
from nanocaliper.statistics.distribution import Distribution
from nanocaliper.units import format_length_nm

__all__ = ["describe_file", "describe_size", "draw_caption", "list_notes"]


def describe_size(diameter_px: Distribution, diameter_nm: Distribution | None) -> str:
    """Say the mean, SD and median diameter in one line, in nm where there is a calibration, else in px.

    Parameters
    ----------
    diameter_px, diameter_nm : Distribution
        The second is None without a calibration.

    Returns
    -------
    str
    """
    chosen = diameter_px if diameter_nm is None else diameter_nm
    if chosen.mean is None or chosen.d50 is None:
        return "Diameter: no whole particle was found"

    def show(value: float) -> str:
        digits = f"{value:.3g}" if value < 100 else f"{value:.1f}"
        return f"{digits} px" if diameter_nm is None else format_length_nm(value)

    spread = "" if chosen.sd is None else f" ± {show(chosen.sd)} (SD)"
    sizes = f"mean {show(chosen.mean)}{spread}, D50 {show(chosen.d50)}"
    return f"Area-equivalent diameter: {sizes}, n = {chosen.count}"


def draw_caption(measured: Measured, width_px: int, scale: float) -> npt.NDArray[np.uint8]:
    """Draw the caption.

    Parameters
    ----------
    measured : Measured
    width_px : int
        Width of the overlay.
    scale : float
        Overlay pixels per image pixel.

    Returns
    -------
    ndarray of uint8, shape (rows, width_px, 3)
        RGB.
    """
    return draw_caption_lines(_list_lines(measured, scale), width_px)


def _list_lines(measured: Measured, scale: float) -> list[CaptionLine]:
    calibration = measured.calibration
    table = measured.found.table
    cut = int(table["touches_border"].sum())
    whole = len(table) - cut
    edited = int((table["edited"] != "").sum())
    lines = [CaptionLine(describe_size(measured.diameter_px, measured.diameter_nm))]
    lines.append(describe_scale(calibration, "sizes are in pixels. "))
    lines.append(
        CaptionLine(f"{whole} whole {_plural(whole)}: measured (colours only tell neighbours apart)", "whole")
    )
    if cut:
        rule = "not in the sizes" if measured.found.border == "leave_out" else "in the sizes all the same"
        lines.append(CaptionLine(f"{cut} {_plural(cut)} cut by the border: outlined, {rule}", "border"))
    if measured.edits:
        done = f"{len(measured.edits)} correction{'s' if len(measured.edits) != 1 else ''} by hand"
        lines.append(CaptionLine(f"{done}: {edited} {_plural(edited)} with a doubled outline", "edited"))
    others = {reason: n for reason, n in count_left_out(measured).items() if reason != "touches_border"}
    if others:
        listed = ", ".join(f"{n} {reason.replace('_', ' ')}" for reason, n in others.items())
        lines.append(CaptionLine(f"Left out, not outlined: {listed}"))
    lines += describe_bar(calibration)
    if measured.micrograph.data_strips or calibration.annotations:
        lines.append(CaptionLine("data strip and printed marks: not measured", "shade"))
    lines += list_notes(measured.warnings, calibration)
    about = describe_file(measured.micrograph.source, measured.micrograph.shape, scale)
    made = f"nanocaliper {measured.version}, {measured.segmentation.method}"
    lines.append(CaptionLine(f"{about}; {made}", ink=FAINT_INK))
    return lines


def list_notes(warnings: tuple[str, ...], calibration: Calibration) -> list[CaptionLine]:
    """Make a line of every warning that the line of the scale does not say already.

    Parameters
    ----------
    warnings : tuple of str
    calibration : Calibration

    Returns
    -------
    list of CaptionLine
    """
    notes = [warning for warning in warnings if warning != calibration.reason]
    return [CaptionLine(f"Note: {warning}", ink=WARNING_COLOUR) for warning in notes]


def describe_file(source: str, shape: tuple[int, int], scale: float) -> str:
    """Say which file it is, and how large it is drawn.

    Parameters
    ----------
    source : str
        Path of the file.
    shape : (int, int)
        Rows and columns of the image, px.
    scale : float
        Pixels of the picture per image pixel.

    Returns
    -------
    str
    """
    shown = ""
    if scale > 1:
        shown = f", drawn at {scale:g} times its size"
    elif scale < 1:
        shown = f", drawn reduced to {100 * scale:.3g} % of its size"
    name = source.replace("\\", "/").rsplit("/", 1)[-1]
    return f"{name}: {shape[0]} rows, {shape[1]} columns{shown}"


def _plural(count: int) -> str:
    return "particle" if count == 1 else "particles"
