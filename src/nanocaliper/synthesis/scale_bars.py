"""Scale bars: their round values, their looks, and exactly where they end."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.annotation_options import BarOptions
from nanocaliper.synthesis.lettering import draw_text
from nanocaliper.synthesis.truth import ScaleBarTruth
from nanocaliper.units import to_nm

__all__ = ["BarBlock", "choose_value", "compose_bar", "paint", "print_bar"]

Field = NDArray[np.float32]
_STEPS = (1.0, 2.0, 5.0)


class BarBlock(NamedTuple):
    """Bar and label as ink, before they are put somewhere.

    Parameters
    ----------
    ink : ndarray of float32
        Ink of both, 0 to 1.
    carve : ndarray of float32
        Where the other colour is printed over the ink (a label inside a bar).
    row, col_start, col_end : float
        Centre line and ends of the bar in the block, px.
    label_box : (int, int, int, int)
        Label in the block.
    value : float
        Number on the label.
    unit : str
        Unit on the label, as in `nanocaliper.units`.
    text : str
        The label.
    """

    ink: Field
    carve: Field
    row: float
    col_start: float
    col_end: float
    label_box: tuple[int, int, int, int]
    value: float
    unit: str
    text: str


def choose_value(aim_nm: float, unit: str = "auto") -> tuple[float, str]:
    """Round value nearest to a length (1, 2 or 5 times a power of ten).

    Parameters
    ----------
    aim_nm : float
        Length to come near to, nm.
    unit : {'auto', 'nm', 'um'}
        Unit to write it in.

    Returns
    -------
    (float, str)
        Value and unit.
    """
    power = np.floor(np.log10(aim_nm))
    candidates = [step * 10.0 ** (power + k) for k in (-1, 0, 1) for step in _STEPS]
    length_nm = min(candidates, key=lambda x: abs(np.log(x / aim_nm)))
    if unit == "auto":
        unit = "nm" if length_nm < 999 else "um" if length_nm < 999e3 else "mm"
    return float(f"{length_nm / to_nm(1.0, unit):.6g}"), unit


def compose_bar(options: BarOptions, nm_per_px: float, width_px: int, decimals: bool = False) -> BarBlock:
    """Draw a bar with its label.

    Parameters
    ----------
    options : BarOptions
        Its look.
    nm_per_px : float
        Scale.
    width_px : int
        Width of the image, for the length to aim at.
    decimals : bool
        Write three figures always ("1.00um"), as some makers do.

    Returns
    -------
    BarBlock
        The drawing and its truth.
    """
    value, unit = choose_value(options.width_share * width_px * nm_per_px, options.unit)
    length = to_nm(value, unit) / nm_per_px
    number = (f"{value:.2f}" if value < 10 else f"{value:.1f}") if decimals and unit != "nm" else f"{value:g}"
    sign = {"um": "µm" if options.micro == "µ" else "um"}.get(unit, unit)
    text = number + (" " if options.space else "") + sign
    label = draw_text(text, options.text_px, options.face, options.bold)
    bar, carve = _draw_bar(options, length, label)
    if options.style == "box":
        top, left = (bar.shape[0] - label.shape[0]) // 2, (bar.shape[1] - label.shape[1]) // 2
        box = (top, left, top + label.shape[0], left + label.shape[1])
        return BarBlock(bar, carve, (bar.shape[0] - 1) / 2, 0.5, 0.5 + length, box, value, unit, text)
    # A ruler's ends are the centres of its outer ticks.
    inset = 0.5 + (0.5 * _tick_px(options) if options.style == "ruler" else 0.0)
    gap = max(3, round(0.3 * options.text_px))
    (h_bar, w_bar), (h_label, w_label) = bar.shape, label.shape
    if options.label_side in ("above", "below"):
        height, width = h_bar + gap + h_label, max(w_bar, w_label)
        bar_at = (h_label + gap if options.label_side == "above" else 0, (width - w_bar) // 2)
        label_at = (0 if options.label_side == "above" else h_bar + gap, (width - w_label) // 2)
    else:
        height, width = max(h_bar, h_label), w_bar + 2 * gap + w_label
        bar_at = ((height - h_bar) // 2, 0 if options.label_side == "right" else w_label + 2 * gap)
        label_at = ((height - h_label) // 2, w_bar + 2 * gap if options.label_side == "right" else 0)
    ink = np.zeros((height, width), np.float32)
    ink[bar_at[0] : bar_at[0] + h_bar, bar_at[1] : bar_at[1] + w_bar] = bar
    ink[label_at[0] : label_at[0] + h_label, label_at[1] : label_at[1] + w_label] = label
    start = bar_at[1] + inset
    box = (label_at[0], label_at[1], label_at[0] + h_label, label_at[1] + w_label)
    row = bar_at[0] + (h_bar - 1) / 2
    return BarBlock(ink, np.zeros_like(ink), row, start, start + length, box, value, unit, text)


def _tick_px(options: BarOptions) -> int:
    return max(1, round(options.thickness_px / 3))


def _span(count: int, start: float, stop: float) -> Field:
    """Coverage of pixels 0 to count - 1 by the stretch from start to stop."""
    at = np.arange(count)
    share = np.minimum(at + 0.5, stop) - np.maximum(at - 0.5, start)
    return np.asarray(np.clip(share, 0.0, 1.0), dtype=np.float32)


def _draw_bar(options: BarOptions, length: float, label: Field) -> tuple[Field, Field]:
    """Ink of the bar alone, which starts at column 0.5, and what is printed on it in the other colour."""
    thick, style = options.thickness_px, options.style
    line = max(1, round(thick / 3))
    cols = int(np.ceil(length)) + 2 + (_tick_px(options) if style == "ruler" else 0)
    whole = _span(cols, 0.5, 0.5 + length)
    if style == "solid":
        bar = np.tile(whole, (thick, 1))
    elif style == "box":
        if label.shape[1] + 4 > length:
            raise UsageError(
                f"The label is {label.shape[1]} px wide and the bar {length:.0f} px; "
                "expected a label that fits inside. Take a smaller text_px or a larger width_share."
            )
        bar = np.tile(whole, (label.shape[0] + 6, 1))
        carve = np.zeros_like(bar)
        left = (bar.shape[1] - label.shape[1]) // 2
        carve[3 : 3 + label.shape[0], left : left + label.shape[1]] = label
        return bar, carve
    elif style == "outlined":
        height = max(thick, 3 * line)
        inner = _span(cols, 0.5 + line, 0.5 + length - line)
        bar = np.tile(whole, (height, 1))
        bar[line : height - line] -= inner
    elif style == "bracket":
        height = max(3 * line, round(0.6 * options.text_px)) // 2 * 2 + line % 2
        ends = whole - _span(cols, 0.5 + line, 0.5 + length - line)
        bar = np.tile(ends, (height, 1))
        middle = (height - line) // 2
        bar[middle : middle + line] = whole
    elif style == "dotted":
        count = 2 * max(2, round(length / (6 * max(2, line)))) + 1
        step = length / count
        dashes = sum(
            (_span(cols, 0.5 + k * step, 0.5 + (k + 1) * step) for k in range(0, count, 2)), np.zeros(cols)
        )
        bar = np.tile(np.asarray(dashes, np.float32), (max(2, line), 1))
    else:
        tick = _tick_px(options)
        tall, short = max(4, round(0.6 * options.text_px)), max(2, round(0.3 * options.text_px))
        bar = np.zeros((tall, cols), np.float32)
        for k in range(11):
            centre = 0.5 + 0.5 * tick + k * length / 10
            mark = _span(cols, centre - 0.5 * tick, centre + 0.5 * tick)
            bar[tall - (tall if k in (0, 10) else short) :] += mark
        np.clip(bar, 0.0, 1.0, out=bar)
    return bar, np.zeros_like(bar)


def paint(grey: Field, ink: Field, top: int, left: int, level: float) -> None:
    """Print ink on an image, in place.

    Parameters
    ----------
    grey : ndarray of float32
        The image.
    ink : ndarray of float32
        0 to 1.
    top, left : int
        Where the ink's first pixel goes; all of it must lie inside.
    level : float
        Grey value of the ink.
    """
    view = grey[top : top + ink.shape[0], left : left + ink.shape[1]]
    view += ink * (np.float32(level) - view)


def print_bar(
    grey: Field, block: BarBlock, options: BarOptions, top: int, left: int, ink_level: float
) -> ScaleBarTruth:
    """Print a bar and its label at a place.

    Parameters
    ----------
    grey : ndarray of float32
        The image, changed in place.
    block : BarBlock
        Bar and label.
    options : BarOptions
        Their look.
    top, left : int
        Place of the block's first pixel.
    ink_level : float
        Grey value of the ink.

    Returns
    -------
    ScaleBarTruth
        In coordinates of the image.

    Raises
    ------
    UsageError
        If the block does not fit.
    """
    rows, cols = block.ink.shape
    if top < 0 or left < 0 or top + rows > grey.shape[0] or left + cols > grey.shape[1]:
        raise UsageError(
            f"Scale bar and label take {rows} x {cols} px at ({top}, {left}), but the image has "
            f"{grey.shape[0]} x {grey.shape[1]} px; take a smaller text_px or width_share, or a larger image."
        )
    paint(grey, block.ink, top, left, ink_level)
    paint(grey, block.carve, top, left, 1.0 - ink_level)
    box = block.label_box
    return ScaleBarTruth(
        value=block.value,
        unit=block.unit,
        length_px=block.col_end - block.col_start,
        row=block.row + top,
        col_start=block.col_start + left,
        col_end=block.col_end + left,
        style=options.style,
        text=block.text,
        label_box=(box[0] + top, box[1] + left, box[2] + top, box[3] + left),
    )
