"""Steps by which a picture with scale bars is printed."""

from dataclasses import replace

import numpy as np

from nanocaliper.synthesis.bar_blocks import Block, compose_block, keep_label, letters_of
from nanocaliper.synthesis.bar_drafts import BarScene, Draft, NoRoomError
from nanocaliper.synthesis.bar_labels import BarLabel, draw_label
from nanocaliper.synthesis.bar_looks import BarLook, draw_face, draw_look
from nanocaliper.synthesis.bar_placing import print_in_box, print_on_micrograph, print_on_strip
from nanocaliper.synthesis.bar_printing import PrintedBar
from nanocaliper.synthesis.canvas import Canvas, Region
from nanocaliper.synthesis.distractors import print_distractors
from nanocaliper.synthesis.grounds import GroundPool
from nanocaliper.synthesis.reproduction import Reproduction, draw_reproduction

__all__ = [
    "choose_digit_px",
    "compose_on",
    "draw_shape",
    "finish",
    "label_for",
    "print_bar_on",
    "second_look",
    "set_up",
]


def draw_shape(rng: np.random.Generator, largest_px: int = 4096) -> tuple[int, int]:
    """Draw the size of a picture: short side even on a logarithmic scale from 512 px on.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    largest_px : int
        Longest side there may be.

    Returns
    -------
    (int, int)
        Rows and columns, both 512 to `largest_px`.
    """
    short = float(np.exp(rng.uniform(np.log(512), np.log(largest_px))))
    aspect = float(rng.choice([1.0, 4 / 3, 1.5, rng.uniform(1, 1.7)], p=[0.25, 0.4, 0.1, 0.25]))
    long = min(float(largest_px), short * aspect)
    sides = (round(short), round(long))
    return sides if rng.random() < 0.88 else (sides[1], sides[0])


def set_up(rng: np.random.Generator, pool: GroundPool, style: str | None) -> BarScene:
    """Draw a ground, the look of a bar, and how the picture is reproduced.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    pool : GroundPool
        Micrographs to print on.
    style : str or None
        Style of the bar; None: drawn.

    Returns
    -------
    BarScene
    """
    shape = draw_shape(rng, pool.largest_px)
    ground = pool.draw(rng, shape)
    look = draw_look(rng, ground.kind, style)
    coloured = look.colour is not None or rng.random() < 0.05
    how = draw_reproduction(rng, shape, coloured)
    return BarScene(Canvas(ground.grey, coloured), ground.kind, look, how)


def choose_digit_px(rng: np.random.Generator, look: BarLook, panel: Region, scale: float) -> float:
    """Height of digits: a share of the picture, or (as programs with fixed letters print) a few px.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    look : BarLook
        Says the share.
    panel : Region
        What is printed on.
    scale : float
        Of the rescaling after printing; digits end at 9.4 px or more.

    Returns
    -------
    float
        Height, px of the canvas.
    """
    if rng.random() < 0.1:
        return float(rng.uniform(9.4, 16.0)) / scale
    least = float(rng.uniform(9.4, 12.5)) / scale
    return max(look.digit_share * min(panel.rows, panel.cols), least)


def compose_on(
    rng: np.random.Generator,
    panel: Region,
    look: BarLook,
    scale: float,
    nm_per_px: float | None = None,
    digit_px: float | None = None,
) -> tuple[Block, float]:
    """Put a bar and its label together so that they fit a panel.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    panel : Region
        What is printed on.
    look : BarLook
        Their look.
    scale : float
        Of the rescaling after printing; bars end 24 px long or longer.
    nm_per_px : float or None
        True scale; None: what the look's length and label mean.
    digit_px : float or None
        Height of the digits; None: `choose_digit_px`.

    Returns
    -------
    block : Block
        Bar and label.
    nm_per_px : float
        The scale.

    Raises
    ------
    NoRoomError
        If they do not fit.
    """
    digit = digit_px or choose_digit_px(rng, look, panel, scale)
    along = panel.rows if look.vertical else panel.cols
    letters = letters_of(look, digit).ink.shape[1]
    if nm_per_px is None:
        length = max(look.length_share * along, (28.0 if look.style != "dots" else 70.0) / scale)
        if look.side == "inside":
            # A filled box must be seen to be a bar, and no mere paper of its label.
            room = 1.5 * letters if look.style == "box" else letters
            length = max(length, room + digit * float(rng.uniform(2.5, 6)))
        nm_per_px = look.label.length_nm / length
    length = look.label.length_nm / nm_per_px
    if look.side == "inside" and length < letters + 2.2 * digit:
        raise NoRoomError("The label does not fit into the bar; take other ones.")
    if look.style in ("ruler", "dots") and length / (look.parts - 1) < 4 / scale:
        look = replace(look, parts=6)
    if not 24 / scale <= length <= 0.7 * along:
        raise NoRoomError("The bar is too short or too long for its panel; take another one.")
    between = ""
    if look.ground == "strip" and look.side in ("left", "right") and look.gap > 4:
        between = str(rng.choice(["15.0kV", "x20k", "X5,000", "SEI", "SE(M)", "10kV"]))
    block = compose_block(look, length, digit, rng, between)
    if block.cols > 0.97 * panel.cols or block.rows > (0.9 if look.vertical else 0.33) * panel.rows:
        raise NoRoomError("Bar and label do not fit on their panel; take smaller ones.")
    return block, nm_per_px


def print_bar_on(
    rng: np.random.Generator,
    scene: BarScene,
    panel: Region,
    look: BarLook,
    nm_per_px: float | None = None,
    digit_px: float | None = None,
    without: str = "",
) -> PrintedBar:
    """Print a bar with its label on a panel, on the ground that its look asks for.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    scene : BarScene
        Its canvas is changed.
    panel : Region
        Where.
    look : BarLook
        What.
    nm_per_px, digit_px
        As of `compose_on`.
    without : {'', 'bar', 'label'}
        What is left out.

    Returns
    -------
    PrintedBar

    Raises
    ------
    NoRoomError
        If it does not fit.
    """
    block, nm_per_px = compose_on(rng, panel, look, scene.how.scale, nm_per_px, digit_px)
    if without == "bar":
        block = keep_label(block)
    if look.ground == "strip":
        return print_on_strip(scene.canvas, panel, block, look, nm_per_px, rng, without)
    if look.ground == "micrograph":
        return print_on_micrograph(scene.canvas, panel, block, look, nm_per_px, rng, without=without)
    return print_in_box(scene.canvas, panel, block, look, nm_per_px, rng, without)


def finish(
    rng: np.random.Generator,
    scene: BarScene,
    bars: tuple[PrintedBar, ...],
    reason: str = "",
    how: Reproduction | None = None,
) -> Draft:
    """Add what else is printed on micrographs.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    scene : BarScene
        Its canvas is changed.
    bars : tuple of PrintedBar
        What was printed; at least one.
    reason : str
        Why there is no scale.
    how : Reproduction or None
        Other than the scene's.

    Returns
    -------
    Draft
    """
    first, whole = bars[0].truth, scene.canvas.region
    # A measured particle would be a scale of its own where there is none otherwise.
    done = print_distractors(scene.canvas, whole, first.nm_per_px, first.digit_px, rng, measured=not reason)
    return Draft(scene.canvas, bars, scene.kind, how or scene.how, reason, done)


def label_for(rng: np.random.Generator, kind: str, nm_per_px: float, along: int) -> BarLabel:
    """Draw a label whose bar has a usual length at a given scale.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    kind : {'SEM', 'TEM'}
        Kind of micrograph.
    nm_per_px : float
        The scale.
    along : int
        Size of the panel along the bar, px.

    Returns
    -------
    BarLabel

    Raises
    ------
    NoRoomError
        If none came in 300 draws.
    """
    for _ in range(300):
        label = draw_label(rng, kind)
        if 0.06 <= label.length_nm / nm_per_px / along <= 0.4:
            return label
    raise NoRoomError("No usual label has a bar of usual length at this scale; take another scale.")


def second_look(
    rng: np.random.Generator, first: BarLook, kind: str, label: BarLabel, style: str | None = None
) -> BarLook:
    """Draw the look of another bar on the same picture, horizontal and without colours of its own.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    first : BarLook
        Look of the first.
    kind : {'SEM', 'TEM'}
        Kind of micrograph.
    label : BarLabel
        What it says.
    style : str or None
        Its style; None: drawn.

    Returns
    -------
    BarLook
    """
    look = draw_look(rng, kind, style)
    ground = "micrograph" if first.ground == "strip" else str(rng.choice(["micrograph", "box"]))
    return replace(
        look,
        label=label,
        face=draw_face(rng, label.text),
        vertical=False,
        colour=None,
        label_colour=None,
        ground=ground,
    )
