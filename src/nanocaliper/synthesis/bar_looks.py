"""How a scale bar and its label look, drawn at random over everything seen in print."""

from dataclasses import dataclass

import numpy as np

from nanocaliper.synthesis.bar_labels import BarLabel, draw_label
from nanocaliper.synthesis.typefaces import can_write

__all__ = ["COLOURS", "BarLook", "Colour", "draw_face", "draw_look"]

Colour = tuple[float, float, float]

#: Inks by name, RGB from 0 to 1.
COLOURS: dict[str, Colour] = {
    "black": (0.0, 0.0, 0.0),
    "white": (1.0, 1.0, 1.0),
    "red": (0.93, 0.11, 0.14),
    "yellow": (1.0, 0.95, 0.0),
    "green": (0.0, 0.8, 0.2),
    "cyan": (0.0, 0.85, 0.95),
    "blue": (0.05, 0.15, 0.9),
    "magenta": (0.9, 0.0, 0.85),
}
_STYLES = {
    "solid": 0.38,
    "outlined": 0.04,
    "bracket": 0.1,
    "interrupted": 0.07,
    "plain interrupted": 0.03,
    "ruler": 0.1,
    "dashes": 0.04,
    "dots": 0.04,
    "box": 0.05,
    "fields": 0.05,
    "end ticks": 0.05,
    "arrows": 0.05,
}
_FACE_WEIGHTS = {
    "sans": 0.2,
    "sans_bold": 0.14,
    "dejavu_sans": 0.09,
    "dejavu_sans_bold": 0.09,
    "stix": 0.08,
    "stix_bold": 0.09,
    "plotter": 0.03,
    "plotter_bold": 0.02,
    "bitmap": 0.04,
    "dejavu_sans_italic": 0.02,
    "dejavu_mono": 0.02,
    "dejavu_mono_bold": 0.02,
    "dejavu_serif": 0.02,
    "dejavu_serif_bold": 0.02,
    "dejavu_serif_italic": 0.01,
    "stix_italic": 0.02,
    "stix_bold_italic": 0.01,
    "cm_roman": 0.02,
    "cm_bold": 0.02,
    "cm_sans": 0.02,
    "cm_mono": 0.01,
    "cm_italic": 0.01,
}
_INSIDE = ("box", "interrupted", "plain interrupted")


@dataclass(frozen=True)
class BarLook:
    """Everything about a bar and its label but where it stands.

    Parameters
    ----------
    style : str
        One of `nanocaliper.synthesis.bar_drawings.BAR_DRAWINGS`.
    label : BarLabel
        What it says.
    length_share : float
        Length aimed at, as a share of the panel's width (height for a vertical bar).
    thickness_share : float
        Thickness over the digits' height.
    cap_share : float
        Height of caps and ticks over the digits' height.
    parts : int
        Ticks, dots, dashes or fields.
    ticks : {'up', 'down'}
        Where they point.
    base_line : bool
        Line through the feet of ticks.
    long_ticks : str
        See `BarShape`.
    face : str
        Type face of the label.
    stretch : float
        Width of its letters over the face's own.
    smooth : bool
        Whether letters have half-tones.
    digit_share : float
        Height of the font over the panel's short side.
    side : {'above', 'below', 'left', 'right', 'inside'}
        Where the label stands.
    align : {'start', 'middle', 'end'}
        How label and bar line up.
    gap : float
        Between them, in heights of digits.
    vertical : bool
        The bar runs from top to bottom.
    turned : bool
        The label of a vertical bar runs along it.
    colour : str or None
        Name of the bar's colour where it is not black, white or grey.
    label_colour : str or None
        The same for the label.
    contour : {'none', 'halo', 'shadow'}
        Thin contour in the opposite colour.
    whole_px : bool
        Drawn on whole pixels.
    ground : {'micrograph', 'box', 'half box', 'strip'}
        What it stands on.
    """

    style: str
    label: BarLabel
    length_share: float
    thickness_share: float
    cap_share: float
    parts: int
    ticks: str
    base_line: bool
    long_ticks: str
    face: str
    stretch: float
    smooth: bool
    digit_share: float
    side: str
    align: str
    gap: float
    vertical: bool
    turned: bool
    colour: str | None
    label_colour: str | None
    contour: str
    whole_px: bool
    ground: str


def draw_face(rng: np.random.Generator, text: str) -> str:
    """Draw a type face that has all letters of a text.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    text : str
        The text.

    Returns
    -------
    str
        One of `nanocaliper.synthesis.typefaces.FACES`.
    """
    able = [name for name in _FACE_WEIGHTS if can_write(text, name)]
    weights = np.array([_FACE_WEIGHTS[name] for name in able])
    return str(rng.choice(able, p=weights / weights.sum()))


def draw_look(rng: np.random.Generator, kind: str, style: str | None = None) -> BarLook:
    """Draw the look of a bar.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    kind : {'SEM', 'TEM'}
        Kind of micrograph: decides which lengths and grounds are usual.
    style : str or None
        The style, where it is given.

    Returns
    -------
    BarLook
    """
    style = style or str(rng.choice(list(_STYLES), p=list(_STYLES.values())))
    label = draw_label(rng, kind)
    ground = str(rng.choice(["micrograph", "box", "half box", "strip"], p=_ground_weights(style, kind)))
    vertical = style not in _INSIDE and ground != "strip" and rng.random() < 0.045
    side, gap = _draw_side(rng, style, ground, vertical)
    colour = None
    if ground != "strip" and rng.random() < 0.1:
        colour = str(rng.choice(["red", "yellow", "green", "cyan", "blue", "magenta"]))
    label_colour = colour
    if colour is not None and rng.random() < 0.25:
        label_colour = str(rng.choice(["", "red", "yellow", "green", "cyan"])) or None
    whole = bool(rng.random() < (0.85 if ground == "strip" else 0.55))
    parts = {"ruler": [6, 11, 11, 11, 21], "dots": [6, 11, 11, 21], "dashes": [5, 7, 9, 11, 15]}.get(
        style, [2, 4, 4, 5, 6, 10]
    )
    return BarLook(
        style=style,
        label=label,
        length_share=float(np.exp(rng.uniform(np.log(0.05), np.log(0.42)))),
        thickness_share=_draw_thickness(rng, style),
        cap_share=float(rng.uniform(0.45, 1.4)),
        parts=int(rng.choice(parts)),
        ticks=str(rng.choice(["up", "down"])),
        base_line=bool(style == "ruler" and rng.random() < 0.35),
        long_ticks=str(rng.choice(["all", "ends", "ends and middle"])),
        face=draw_face(rng, label.text),
        stretch=float(rng.choice([1.0, rng.uniform(0.82, 1.2)], p=[0.7, 0.3])),
        smooth=bool(rng.random() < (0.75 if ground == "strip" else 0.9)),
        digit_share=float(np.exp(rng.uniform(np.log(0.014), np.log(0.055)))),
        side=side,
        align=str(rng.choice(["start", "middle", "end"], p=[0.2, 0.6, 0.2])),
        gap=gap,
        vertical=vertical,
        turned=bool(rng.random() < 0.4),
        colour=colour,
        label_colour=label_colour,
        contour=str(rng.choice(["none", "halo", "shadow"], p=[0.88, 0.08, 0.04])),
        whole_px=whole,
        ground=ground,
    )


def _ground_weights(style: str, kind: str) -> list[float]:
    if style == "ruler":
        return [0.4, 0.05, 0.02, 0.53]
    if style in ("bracket", "interrupted", "end ticks"):
        return [0.33, 0.14, 0.05, 0.48]
    if style == "box":
        # Nobody could tell a box in a box from a frame.
        return [1.0, 0.0, 0.0, 0.0]
    if style == "arrows":
        return [0.8, 0.15, 0.05, 0.0]
    return [0.55, 0.18, 0.05, 0.22] if kind == "SEM" else [0.66, 0.2, 0.06, 0.08]


def _draw_side(rng: np.random.Generator, style: str, ground: str, vertical: bool) -> tuple[str, float]:
    """Side of the label, and the gap in heights of digits."""
    near = float(rng.choice([rng.uniform(0.2, 0.7), rng.uniform(0.7, 1.6)], p=[0.8, 0.2]))
    if style in _INSIDE:
        return "inside", near
    if vertical:
        return str(rng.choice(["left", "right"])), near
    if ground == "strip":
        side = str(rng.choice(["above", "below", "left", "right"], p=[0.3, 0.15, 0.2, 0.35]))
    else:
        side = str(rng.choice(["above", "below", "left", "right"], p=[0.5, 0.3, 0.08, 0.12]))
    if side in ("left", "right"):
        return side, float(rng.choice([rng.uniform(0.4, 1.2), rng.uniform(1.2, 8.0)], p=[0.75, 0.25]))
    # Above or below it seldom stands far off.
    return side, float(rng.choice([near, rng.uniform(1.6, 3.0)], p=[0.95, 0.05]))


def _draw_thickness(rng: np.random.Generator, style: str) -> float:
    if style in ("solid", "dashes"):
        return float(np.exp(rng.uniform(np.log(0.06), np.log(0.7))))
    if style == "dots":
        return float(rng.uniform(0.15, 0.35))
    return float(np.exp(rng.uniform(np.log(0.05), np.log(0.22))))
