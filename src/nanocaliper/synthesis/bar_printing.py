"""A bar and its label printed on a canvas, with the exact ink kept for a later look at its readability."""

from dataclasses import dataclass
from typing import NamedTuple

from nanocaliper.synthesis.bar_blocks import Block
from nanocaliper.synthesis.bar_looks import BarLook, Colour
from nanocaliper.synthesis.bar_truth import BarTruth
from nanocaliper.synthesis.canvas import Canvas, Region, Stencil, grow

__all__ = ["Inks", "PrintedBar", "print_block"]


class Inks(NamedTuple):
    """Colours of a block.

    Parameters
    ----------
    bar, label, other : (float, float, float)
        RGB, 0 to 1; `other` is that of contours, carved labels and odd fields.
    name : str
        For the truth.
    contour : str
        ``'none'``, ``'halo'`` or ``'shadow'``.
    """

    bar: Colour
    label: Colour
    other: Colour
    name: str
    contour: str = "none"


@dataclass(frozen=True)
class PrintedBar:
    """A printed bar and the exact ink that a later look at its readability needs.

    Parameters
    ----------
    truth : BarTruth
        In px of the canvas.
    bar, label : Stencil
        Ink at its place.
    beside_bar, beside_label : Stencil or None
        Ink of another colour next to it: contours, odd fields, the bar around a carved label.
    """

    truth: BarTruth
    bar: Stencil
    label: Stencil
    beside_bar: Stencil | None
    beside_label: Stencil | None


def print_block(
    canvas: Canvas,
    block: Block,
    look: BarLook,
    inks: Inks,
    top: int,
    left: int,
    nm_per_px: float,
    without: str = "",
) -> PrintedBar:
    """Print a bar and its label.

    Parameters
    ----------
    canvas : Canvas
        Changed in place; what lies outside is cut off.
    block : Block
        Bar and label.
    look : BarLook
        Their look.
    inks : Inks
        Their colours.
    top, left : int
        Place of the block's first pixel.
    nm_per_px : float
        True scale of the ground.
    without : {'', 'bar', 'label'}
        What is left out.

    Returns
    -------
    PrintedBar
    """
    bar, other = block.bar.moved(top, left), block.other.moved(top, left)
    label = block.label.moved(top, left)
    beside_bar, beside_label = (other if other.ink.any() else None), None
    digit = max(block.digit_px, 1.0)
    if inks.contour == "halo":
        radius = max(1, round(0.08 * digit))
        beside_bar, beside_label = grow(bar, radius), grow(label, radius)
        if block.label_inside:
            beside_label = None
    elif inks.contour == "shadow":
        shift = max(1, round(0.08 * digit))
        beside_bar, beside_label = bar.moved(shift, shift), label.moved(shift, shift)
        if block.label_inside:
            beside_label = None
    if beside_bar is not None and beside_bar is not other and without != "bar":
        canvas.paint(beside_bar, inks.other)
    if beside_label is not None and without != "label":
        canvas.paint(beside_label, inks.other)
    if without != "bar":
        canvas.paint(bar, inks.bar)
        canvas.paint(other, inks.other)
    if without != "label":
        canvas.paint(label, inks.other if block.label_inside and without != "bar" else inks.label)
    if block.between is not None:
        canvas.paint(block.between.moved(top, left), inks.label)
    canvas.taken.append(Region(top, left, top + block.rows, left + block.cols))
    (r0, c0), (r1, c1) = block.ends
    rows, cols = block.label.ink.shape
    truth = BarTruth(
        value=look.label.value,
        unit=look.label.unit,
        text=look.label.text,
        style=look.style,
        row_start=r0 + top,
        col_start=c0 + left,
        row_end=r1 + top,
        col_end=c1 + left,
        thickness_px=block.thickness_px,
        label_box=(label.top - 0.5, label.left - 0.5, label.top + rows - 0.5, label.left + cols - 0.5),
        digit_px=block.digit_px,
        label_side=look.side + (" far" if look.side in ("left", "right") and look.gap > 1.5 else ""),
        label_kind=look.label.kind,
        face=look.face,
        ground=look.ground,
        ink=inks.name,
        nm_per_px=nm_per_px,
        whole_px=look.whole_px,
    )
    if block.label_inside:
        bar = bar.without(label)
    return PrintedBar(truth, bar, label, beside_bar, beside_label)
