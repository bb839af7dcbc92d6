"""Where a bar with its label is printed: on the micrograph, in a box, or on a data strip, and in which inks."""

from dataclasses import replace

import numpy as np

from nanocaliper.synthesis.bar_blocks import Block
from nanocaliper.synthesis.bar_looks import COLOURS, BarLook, Colour, draw_face
from nanocaliper.synthesis.bar_printing import Inks, PrintedBar, print_block
from nanocaliper.synthesis.canvas import Canvas, Region, Stencil
from nanocaliper.synthesis.instrument_texts import draw_settings, setting_lines, setting_pairs
from nanocaliper.synthesis.typefaces import Lettering, draw_line

__all__ = ["print_in_box", "print_on_micrograph", "print_on_strip", "strip_rows", "write_strip"]

_BLACK, _WHITE = (0.0, 0.0, 0.0), (1.0, 1.0, 1.0)
_LOWEST_CONTRAST = 25 / 255


def _grey(level: float) -> Colour:
    return (level, level, level)


def _choose_inks(rng: np.random.Generator, ground: float, look: BarLook, grey: float = 0.25) -> Inks:
    """Colours that stand out from a ground of a mean brightness."""
    dark = ground > 0.5 if rng.random() < 0.88 or abs(ground - 0.5) > 0.2 else ground <= 0.5
    if look.colour is not None:
        bar = COLOURS[look.colour]
        label = COLOURS[look.label_colour] if look.label_colour is not None else (_BLACK if dark else _WHITE)
        return Inks(bar, label, _WHITE if dark else _BLACK, look.colour, look.contour)
    ink, name = (_BLACK, "black") if dark else (_WHITE, "white")
    if rng.random() < grey:
        room = ground if dark else 1 - ground
        step = float(np.exp(rng.uniform(np.log(_LOWEST_CONTRAST), np.log(max(room, 1.3 * _LOWEST_CONTRAST)))))
        ink, name = _grey(float(np.clip(ground - step if dark else ground + step, 0, 1))), "grey"
    other = _WHITE if dark else _BLACK
    return Inks(ink, ink, other, name, look.contour if name != "grey" else "none")


def _corner(rng: np.random.Generator, panel: Region, rows: int, cols: int, margin: int) -> tuple[int, int]:
    """First row and column of something in a corner or, now and then, along an edge."""
    top = panel.bottom - margin - rows if rng.random() < 0.9 else panel.top + margin
    place = rng.choice(["right", "left", "anywhere"], p=[0.55, 0.33, 0.12])
    left = panel.right - margin - cols if place == "right" else panel.left + margin
    if place == "anywhere":
        left = panel.left + margin + int(rng.integers(0, max(1, panel.cols - 2 * margin - cols)))
    return max(top, panel.top), max(left, panel.left)


def print_on_micrograph(
    canvas: Canvas,
    panel: Region,
    block: Block,
    look: BarLook,
    nm_per_px: float,
    rng: np.random.Generator,
    place: tuple[int, int] | None = None,
    without: str = "",
) -> PrintedBar:
    """Print straight on the micrograph.

    Parameters
    ----------
    canvas : Canvas
        Changed in place.
    panel : Region
        The micrograph's part of the canvas.
    block : Block
        Bar and label.
    look : BarLook
        Their look.
    nm_per_px : float
        True scale.
    rng : numpy.random.Generator
        Source of chance.
    place : (int, int) or None
        First row and column; None: near a corner, seldom elsewhere.
    without : {'', 'bar', 'label'}
        What is left out.

    Returns
    -------
    PrintedBar
    """
    margin = int(rng.integers(2, max(4, round(0.05 * min(panel.rows, panel.cols)))))
    top, left = place or _corner(rng, panel, block.rows, block.cols, margin)
    under = canvas.grey(Region(top, left, top + block.rows, left + block.cols))
    inks = _choose_inks(rng, float(under.mean()) if under.size else 0.5, look)
    return print_block(canvas, block, look, inks, top, left, nm_per_px, without)


def print_in_box(
    canvas: Canvas,
    panel: Region,
    block: Block,
    look: BarLook,
    nm_per_px: float,
    rng: np.random.Generator,
    without: str = "",
) -> PrintedBar:
    """Print in a box, opaque or half transparent.

    Parameters
    ----------
    canvas, panel, block, look, nm_per_px, rng, without
        As of `print_on_micrograph`.

    Returns
    -------
    PrintedBar
    """
    pad = max(2, round(float(rng.uniform(0.15, 0.9 if without != "bar" else 0.4)) * block.digit_px))
    margin = pad if rng.random() < 0.4 else pad + int(rng.integers(0, max(2, round(0.04 * panel.rows))))
    top, left = _corner(rng, panel, block.rows, block.cols, margin)
    box = Region(
        max(top - pad, panel.top),
        max(left - pad, panel.left),
        min(top + block.rows + pad, panel.bottom),
        min(left + block.cols + pad, panel.right),
    )
    opacity = 1.0 if look.ground == "box" else float(rng.uniform(0.35, 0.75))
    colour = _WHITE if rng.random() < 0.65 else _BLACK
    canvas.fill(box, colour, opacity)
    if opacity == 1 and rng.random() < 0.15:
        frame = _BLACK if colour == _WHITE else _WHITE
        line = max(1, round(0.05 * block.digit_px))
        canvas.fill(box, frame)
        canvas.fill(Region(box.top + line, box.left + line, box.bottom - line, box.right - line), colour)
    ground = float(canvas.grey(box).mean()) if opacity < 1 else colour[0]
    canvas.taken.append(box)
    inks = _choose_inks(rng, ground, look, grey=0.1 if opacity == 1 else 0.0)
    return print_block(canvas, block, look, inks, top, left, nm_per_px, without)


def strip_rows(block_rows: int, digit_px: float, rng: np.random.Generator) -> int:
    """Height of a data strip that holds a block.

    Parameters
    ----------
    block_rows : int
        Height of the block.
    digit_px : float
        Height of its digits.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    int
        Rows.
    """
    return round(max(block_rows * float(rng.uniform(1.1, 1.7)) + 4, 2.2 * digit_px))


def print_on_strip(
    canvas: Canvas,
    panel: Region,
    block: Block,
    look: BarLook,
    nm_per_px: float,
    rng: np.random.Generator,
    without: str = "",
) -> PrintedBar:
    """Print on a data strip below (seldom above) the micrograph, with the instrument's settings beside it.

    Parameters
    ----------
    canvas, panel, block, look, nm_per_px, rng, without
        As of `print_on_micrograph`.

    Returns
    -------
    PrintedBar
    """
    rows = min(strip_rows(block.rows, block.digit_px, rng), panel.rows // 2)
    strip = Region(panel.bottom - rows, panel.left, panel.bottom, panel.right)
    if rng.random() < 0.04:
        strip = Region(panel.top, panel.left, panel.top + rows, panel.right)
    name = str(rng.choice(["black", "white", "grey", "overlay"], p=[0.53, 0.3, 0.05, 0.12]))
    if name != "overlay":
        paper = {"black": 0.0, "white": 1.0, "grey": float(rng.uniform(0.12, 0.3))}[name]
        canvas.fill(strip, _grey(paper))
        ink = _BLACK if paper > 0.5 else _WHITE
    else:
        ink = _BLACK if float(canvas.grey(strip).mean()) > 0.5 else _WHITE
    inks = Inks(
        ink, ink, _WHITE if ink == _BLACK else _BLACK, "black" if ink == _BLACK else "white",
        look.contour if name == "overlay" else "none",
    )  # fmt: skip
    margin = max(3, round(float(rng.uniform(0.3, 1.5)) * block.digit_px))
    place = str(rng.choice(["left", "middle", "right"], p=[0.28, 0.17, 0.55]))
    left = {
        "left": strip.left + margin,
        "middle": strip.left + (strip.cols - block.cols) // 2,
        "right": strip.right - margin - block.cols,
    }[place]
    top = strip.top + max(0, (strip.rows - block.rows) // 2)
    printed = print_block(canvas, block, look, inks, top, max(left, 0), nm_per_px, without)
    taken = Region(strip.top, max(left, 0), strip.bottom, max(left, 0) + block.cols)
    write_strip(canvas, strip, taken, ink, block.digit_px, nm_per_px, rng)
    canvas.taken.append(strip)
    return replace(printed, truth=replace(printed.truth, ground=f"{name} strip"))


def write_strip(
    canvas: Canvas,
    strip: Region,
    taken: Region | None,
    ink: Colour,
    digit_px: float,
    nm_per_px: float,
    rng: np.random.Generator,
) -> None:
    """Write an instrument's settings on a strip left and right of what is taken.

    Parameters
    ----------
    canvas : Canvas
        Changed in place.
    strip : Region
        The strip.
    taken : Region or None
        Where the bar stands.
    ink : (float, float, float)
        Colour.
    digit_px : float
        Height of the digits of the bar's label.
    nm_per_px : float
        True scale, for magnification and field width.
    rng : numpy.random.Generator
        Source of chance.
    """
    if rng.random() < 0.08:
        return
    texts = draw_settings(rng, nm_per_px, strip.cols)
    gap = max(4, round(float(rng.uniform(0.8, 1.8)) * digit_px))
    spans = [(strip.left + gap, strip.right - gap)]
    if taken is not None:
        spans = [(strip.left + gap, taken.left - gap), (taken.right + gap, strip.right - gap)]
    face = draw_face(rng, "µ")
    columns = strip.rows > 2.6 * digit_px or rng.random() < 0.3
    size = float(np.clip(digit_px * rng.uniform(0.7, 1.05), 6, (0.3 if columns else 0.55) * strip.rows))
    letters = Lettering(face, max(4, round(size / 0.72)), 1.0, bool(rng.random() < 0.8))
    rules = columns and rng.random() < 0.4
    cells: list[tuple[str, ...]] = (
        list(setting_pairs(rng, texts)) if columns else [(word,) for word in setting_lines(rng, texts)]
    )
    for start, stop in spans:
        at = start
        while cells:
            lines = [draw_line(text, letters).ink for text in cells[0]]
            width = max(line.shape[1] for line in lines)
            if at + width > stop:
                break
            for number, line in enumerate(lines):
                middle = strip.top + round(strip.rows * (number + 1) / (len(lines) + 1))
                canvas.paint(Stencil(line, middle - line.shape[0] // 2, at), ink)
            at += width + gap
            cells.pop(0)
            if rules and at < stop:
                line_px = max(1, round(0.05 * digit_px))
                canvas.fill(
                    Region(strip.top + 1, at - gap // 2, strip.bottom - 1, at - gap // 2 + line_px), ink
                )
