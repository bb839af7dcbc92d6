"""A bar and its label put together."""

from dataclasses import dataclass, replace

import numpy as np

from nanocaliper.synthesis.bar_drawings import BarShape, draw_bar
from nanocaliper.synthesis.bar_looks import BarLook
from nanocaliper.synthesis.canvas import Stencil
from nanocaliper.synthesis.typefaces import Lettering, Line, draw_line

__all__ = ["Block", "compose_block", "keep_label", "letters_of"]


@dataclass(frozen=True)
class Block:
    """A bar and its label, in px of their common rectangle.

    Parameters
    ----------
    rows, cols : int
        Size.
    bar, other, label : Stencil
        Ink of the bar, of its fields in the other colour, and of the label.
    between : Stencil or None
        Text between bar and label that belongs to neither.
    label_inside : bool
        The label is carved out of the bar, in the other colour.
    ends : ((float, float), (float, float))
        Ends of the bar as (row, col).
    thickness_px, digit_px : float
        Of the bar's lines; of the label's digits.
    """

    rows: int
    cols: int
    bar: Stencil
    other: Stencil
    label: Stencil
    between: Stencil | None
    label_inside: bool
    ends: tuple[tuple[float, float], tuple[float, float]]
    thickness_px: float
    digit_px: float


def letters_of(look: BarLook, digit_px: float) -> Line:
    """Draw a look's label so that its digits come out near a height.

    Parameters
    ----------
    look : BarLook
        The look.
    digit_px : float
        Height to aim at, px.

    Returns
    -------
    Line
    """
    # Digits are some 0.72 of the font's height; once drawn, the true ratio is known.
    size = max(4, round(digit_px / 0.72))
    line = draw_line(look.label.text, Lettering(look.face, size, look.stretch, look.smooth))
    if abs(line.digit_px - digit_px) > 0.6:
        size = max(4, round(size * digit_px / line.digit_px))
        line = draw_line(look.label.text, Lettering(look.face, size, look.stretch, look.smooth))
    return line


def compose_block(
    look: BarLook, length_px: float, digit_px: float, rng: np.random.Generator, between: str = ""
) -> Block:
    """Put a bar and its label together.

    Parameters
    ----------
    look : BarLook
        Its look.
    length_px : float
        Distance of the bar's ends.
    digit_px : float
        Height to aim at for the label's digits.
    rng : numpy.random.Generator
        Source of the fractions of a pixel by which the bar is off the grid.
    between : str
        Text to put between bar and label where they stand side by side.

    Returns
    -------
    Block

    Raises
    ------
    UsageError
        If the bar is too short for its style or label.
    """
    line = letters_of(look, digit_px)
    letters, digit = line.ink, line.digit_px
    thick = max(1.0, look.thickness_share * digit)
    thick = min(thick, length_px / 6)
    inside = look.style == "box"
    if look.style in ("bracket", "interrupted", "ruler", "end ticks", "dots"):
        # Some measure such bars from edge to edge; thin marks keep that within a few per cent of the centres.
        thick = min(thick, max(1.0, 0.03 * length_px))
    if look.style in ("ruler", "dots"):
        # Ticks and dots stand apart; dots that touch are a plain line to anybody.
        thick = min(thick, 0.45 * length_px / (look.parts - 1))
    cap = max(look.cap_share * digit, 3 * thick)
    if look.style in ("dashes", "dots"):
        cap = thick
    elif look.style in ("fields", "outlined"):
        cap = max(4.0, 0.5 * look.cap_share * digit)
    elif inside:
        cap = letters.shape[0] + max(4.0, 0.7 * digit)
    shape = BarShape(
        style=look.style,
        length_px=length_px,
        thickness_px=max(thick, 1.0),
        cap_px=cap,
        parts=look.parts,
        ticks=look.ticks,
        base_line=look.base_line,
        long_ticks=look.long_ticks,
        gap_px=letters.shape[1] + max(4.0, 0.8 * digit),
        whole_px=look.whole_px,
        offset=(float(rng.uniform(0, 1)), float(rng.uniform(0, 1))),
    )
    drawing = draw_bar(shape)
    bar, other = drawing.ink, drawing.other
    ends = ((drawing.row, drawing.col_start), (drawing.row, drawing.col_end))
    if look.vertical:
        bar, other = np.ascontiguousarray(bar.T), np.ascontiguousarray(other.T)
        ends = ((drawing.col_start, drawing.row), (drawing.col_end, drawing.row))
        if look.turned:
            letters = np.ascontiguousarray(np.rot90(letters))
    bar_at, label_at, middle = _arrange(look, bar.shape, letters.shape, digit)
    text = None
    if between and look.side in ("left", "right") and middle is not None:
        words = draw_line(
            between, Lettering(look.face, max(4, round(0.9 * digit / 0.72)), 1.0, look.smooth)
        ).ink
        if words.shape[1] + digit <= middle[1] - middle[0]:
            left = (middle[0] + middle[1] - words.shape[1]) // 2
            row = label_at[0] + (letters.shape[0] - words.shape[0]) // 2
            text = Stencil(words, max(row, 0), left)
    shapes = [(bar_at, bar.shape), (label_at, letters.shape)] + (
        [((text.top, text.left), text.ink.shape)] if text else []
    )
    rows = max(at[0] + size[0] for at, size in shapes)
    cols = max(at[1] + size[1] for at, size in shapes)
    (r0, c0), (r1, c1) = ends
    down, right = bar_at
    return Block(
        rows,
        cols,
        Stencil(bar, *bar_at),
        Stencil(other, *bar_at),
        Stencil(letters, *label_at),
        text,
        inside,
        ((r0 + down, c0 + right), (r1 + down, c1 + right)),
        float(round(shape.thickness_px)) if look.whole_px else shape.thickness_px,
        digit,
    )


def _arrange(
    look: BarLook, bar: tuple[int, ...], label: tuple[int, ...], digit: float
) -> tuple[tuple[int, int], tuple[int, int], tuple[int, int] | None]:
    """First pixels of bar and label, and the columns between them where they stand side by side."""
    # The drawing of a bar has two empty pixels on each side.
    gap = max(1, round(look.gap * digit) - 2)
    if look.side == "inside":
        rows, cols = max(bar[0], label[0]), max(bar[1], label[1])
        return (
            ((rows - bar[0]) // 2, (cols - bar[1]) // 2),
            ((rows - label[0]) // 2, (cols - label[1]) // 2),
            None,
        )
    if look.side in ("above", "below"):
        cols = max(bar[1], label[1])
        share = {"start": 0.0, "middle": 0.5, "end": 1.0}[look.align]
        bar_left, label_left = round(share * (cols - bar[1])), round(share * (cols - label[1]))
        if look.side == "above":
            return (label[0] + gap, bar_left), (0, label_left), None
        return (0, bar_left), (bar[0] + gap, label_left), None
    rows = max(bar[0], label[0])
    bar_top, label_top = (rows - bar[0]) // 2, (rows - label[0]) // 2
    if look.side == "right":
        return (bar_top, 0), (label_top, bar[1] + gap), (bar[1], bar[1] + gap)
    return (bar_top, label[1] + gap), (label_top, 0), (label[1], label[1] + gap)


def keep_label(block: Block) -> Block:
    """The label alone, without room for a bar.

    Parameters
    ----------
    block : Block
        Bar and label.

    Returns
    -------
    Block
    """
    rows, cols = block.label.ink.shape
    nothing = Stencil(np.zeros((1, 1), np.float32), 0, 0)
    return replace(
        block,
        rows=rows,
        cols=cols,
        bar=nothing,
        other=nothing,
        label=Stencil(block.label.ink, 0, 0),
        between=None,
        label_inside=False,
    )
