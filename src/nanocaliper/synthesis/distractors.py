"""Print that is no scale bar: panel letters, names, settings, measured particles, arrows."""

import numpy as np

from nanocaliper.synthesis.bar_looks import COLOURS, Colour, draw_face
from nanocaliper.synthesis.canvas import Canvas, Region, Stencil
from nanocaliper.synthesis.coverage import cover_polygon
from nanocaliper.synthesis.instrument_texts import draw_sample_name, draw_settings
from nanocaliper.synthesis.typefaces import Lettering, draw_line

__all__ = ["print_distractors", "print_measurement", "print_panel_letter", "print_text"]


def _ink_on(canvas: Canvas, region: Region, rng: np.random.Generator) -> Colour:
    if canvas.pixels.ndim == 3 and rng.random() < 0.4:
        return COLOURS[str(rng.choice(["red", "yellow", "green", "cyan", "magenta"]))]
    part = canvas.grey(region)
    return (0.0, 0.0, 0.0) if part.size and float(part.mean()) > 0.5 else (1.0, 1.0, 1.0)


def print_text(
    canvas: Canvas, panel: Region, text: str, digit_px: float, rng: np.random.Generator, boxed: float = 0.15
) -> bool:
    """Print a text at a free place.

    Parameters
    ----------
    canvas : Canvas
        Changed in place.
    panel : Region
        Where.
    text : str
        What.
    digit_px : float
        Height of its digits, roughly.
    rng : numpy.random.Generator
        Source of chance.
    boxed : float
        Chance of a white box behind it.

    Returns
    -------
    bool
        Whether there was room.
    """
    ink = draw_line(text, Lettering(draw_face(rng, text), max(5, round(digit_px / 0.72)))).ink
    pad = max(2, round(0.3 * digit_px))
    rows, cols = ink.shape[0] + 2 * pad, ink.shape[1] + 2 * pad
    place = canvas.find_place(rows, cols, panel, rng)
    if place is None:
        return False
    region = Region(*place, place[0] + rows, place[1] + cols)
    colour = _ink_on(canvas, region, rng)
    if rng.random() < boxed:
        canvas.fill(region, (1.0, 1.0, 1.0))
        colour = (0.0, 0.0, 0.0)
    canvas.paint(Stencil(ink, place[0] + pad, place[1] + pad), colour)
    canvas.taken.append(region)
    return True


def print_panel_letter(canvas: Canvas, panel: Region, rng: np.random.Generator) -> bool:
    """Print a panel's letter in an upper corner, seldom a lower one.

    Parameters
    ----------
    canvas : Canvas
        Changed in place.
    panel : Region
        Where.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    bool
        Whether there was room.
    """
    letter = str(rng.choice(list("abcdefghABCDEFGH")))
    text = str(
        rng.choice([letter, f"({letter})", f"{letter})", f"[{letter}]", f"{letter}{int(rng.integers(1, 5))}"])
    )
    size = max(10, round(float(rng.uniform(0.035, 0.13)) * min(panel.rows, panel.cols)))
    ink = draw_line(text, Lettering(draw_face(rng, text), size)).ink
    boxed = rng.random() < 0.4
    pad = max(2, round(0.25 * size)) if boxed else 0
    margin = pad if boxed else int(rng.integers(2, 3 + size // 2))
    rows, cols = ink.shape[0] + 2 * pad, ink.shape[1] + 2 * pad
    top = panel.top + margin - pad if rng.random() < 0.92 else panel.bottom - margin - rows
    left = panel.left + margin - pad if rng.random() < 0.85 else panel.right - margin - cols
    region = Region(top, left, top + rows, left + cols)
    if not canvas.is_free(region) or not region.inside(panel):
        return False
    colour = _ink_on(canvas, region, rng)
    if boxed:
        paper, colour = (
            ((1.0, 1.0, 1.0), (0.0, 0.0, 0.0)) if rng.random() < 0.75 else ((0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
        )
        canvas.fill(region, paper)
    canvas.paint(Stencil(ink, top + pad, left + pad), colour)
    canvas.taken.append(region)
    return True


def print_measurement(
    canvas: Canvas,
    panel: Region,
    nm_per_px: float,
    digit_px: float,
    rng: np.random.Generator,
    oblique: bool = False,
) -> bool:
    """Draw a line across something with its length beside it, as measuring programs do.

    Parameters
    ----------
    canvas : Canvas
        Changed in place.
    panel : Region
        Where.
    nm_per_px : float
        True scale: the number is right.
    digit_px : float
        Height of its digits, roughly.
    rng : numpy.random.Generator
        Source of chance.
    oblique : bool
        Never horizontal or vertical.

    Returns
    -------
    bool
        Whether there was room.
    """
    length = float(np.exp(rng.uniform(np.log(0.03), np.log(0.2)))) * panel.cols
    angle = float(rng.uniform(0.2, 1.3) * rng.choice([-1, 1]))
    if not oblique and rng.random() < 0.3:
        angle = 0.0
    length_nm = length * nm_per_px
    text = f"{length_nm:.{1 if length_nm < 1000 else 0}f} nm"
    if length_nm >= 1000 and rng.random() < 0.8:
        text = f"{length_nm / 1000:.2f} µm"
    ink = draw_line(
        text, Lettering(draw_face(rng, text), max(5, round(digit_px * float(rng.uniform(0.6, 1)) / 0.72)))
    ).ink
    thick = max(1.0, 0.07 * digit_px)
    high, wide = abs(np.sin(angle)) * length, np.cos(angle) * length
    rows, cols = int(high + ink.shape[0] + 2 * digit_px), int(max(wide, ink.shape[1]) + digit_px)
    place = canvas.find_place(rows, cols, panel, rng)
    if place is None:
        return False
    region = Region(*place, place[0] + rows, place[1] + cols)
    colour = _ink_on(canvas, region, rng)
    middle = np.array([place[0] + ink.shape[0] + digit_px + high / 2, place[1] + cols / 2])
    along, across = np.array([np.sin(angle), np.cos(angle)]), np.array([np.cos(angle), -np.sin(angle)])
    start, end = middle - along * length / 2, middle + along * length / 2
    pieces = [(start, end)]
    if rng.random() < 0.6:
        cap = across * digit_px * 0.3
        pieces += [(start - cap, start + cap), (end - cap, end + cap)]
    for first, last in pieces:
        _draw_segment(canvas, first, last, thick, colour)
    canvas.paint(Stencil(ink, place[0] + 2, round(middle[1] - ink.shape[1] / 2)), colour)
    canvas.taken.append(region)
    return True


def _draw_segment(canvas: Canvas, start: np.ndarray, end: np.ndarray, thick: float, colour: Colour) -> None:
    along = (end - start) / max(float(np.hypot(*(end - start))), 1e-9)
    side = np.array([along[1], -along[0]]) * thick / 2
    patch = cover_polygon(np.array([start + side, end + side, end - side, start - side]))
    canvas.paint(Stencil(patch.values, patch.row, patch.col), colour)


def _print_arrow(canvas: Canvas, panel: Region, digit_px: float, rng: np.random.Generator) -> bool:
    length = float(rng.uniform(1.5, 6.0)) * digit_px
    size = int(np.ceil(length)) + 4
    place = canvas.find_place(size, size, panel, rng)
    if place is None:
        return False
    region = Region(*place, place[0] + size, place[1] + size)
    colour = _ink_on(canvas, region, rng)
    angle = float(rng.uniform(0, 2 * np.pi)) if rng.random() < 0.8 else float(rng.choice([0, np.pi]))
    along = np.array([np.sin(angle), np.cos(angle)])
    side = np.array([along[1], -along[0]])
    middle = np.array([place[0] + size / 2, place[1] + size / 2])
    tip, tail = middle + along * length / 2, middle - along * length / 2
    head = max(4.0, 0.35 * length)
    patch = cover_polygon(
        np.array([tip, tip - along * head + side * head / 2, tip - along * head - side * head / 2])
    )
    canvas.paint(Stencil(patch.values, patch.row, patch.col), colour)
    _draw_segment(canvas, tail, tip - along * 0.9 * head, max(1.0, 0.12 * digit_px), colour)
    canvas.taken.append(region)
    return True


def print_distractors(
    canvas: Canvas,
    panel: Region,
    nm_per_px: float,
    digit_px: float,
    rng: np.random.Generator,
    measured: bool = True,
) -> tuple[str, ...]:
    """Print what else stands on micrographs, where there is room.

    Parameters
    ----------
    canvas : Canvas
        Changed in place.
    panel : Region
        The micrograph.
    nm_per_px : float
        True scale.
    digit_px : float
        Height of the digits of the bar's label.
    rng : numpy.random.Generator
        Source of chance.
    measured : bool
        Whether measured particles may be among it.

    Returns
    -------
    tuple of str
        What was printed.
    """
    done = []
    size = digit_px * float(rng.uniform(0.7, 1.3))
    if rng.random() < 0.5 and print_panel_letter(canvas, panel, rng):
        done.append("panel letter")
    if rng.random() < 0.12 and print_text(canvas, panel, draw_sample_name(rng), size, rng):
        done.append("sample name")
    if rng.random() < 0.1:
        texts = draw_settings(rng, nm_per_px, panel.cols)
        words = [
            f"x{texts['mag']}",
            f"HV {texts['kv']} kV",
            f"WD {texts['wd']} mm",
            texts["date"],
            texts["time"],
            texts["detector"],
            f"HFW {texts['hfw']}",
            f"{texts['mag_k']} X",
            f"{texts['kv']}kV x{texts['mag_k']}",
        ]
        for _ in range(int(rng.integers(1, 4))):
            if print_text(canvas, panel, str(rng.choice(words)), size, rng):
                done.append("setting")
    if measured and rng.random() < 0.08:
        for _ in range(int(rng.integers(1, 5))):
            if print_measurement(canvas, panel, nm_per_px, size, rng):
                done.append("measurement")
    if rng.random() < 0.1:
        for _ in range(int(rng.integers(1, 4))):
            if _print_arrow(canvas, panel, size, rng):
                done.append("arrow")
    return tuple(done)
