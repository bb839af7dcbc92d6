"""A picture that scale bars are printed on, before it is reproduced."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.bar_looks import BarLook
from nanocaliper.synthesis.bar_printing import PrintedBar
from nanocaliper.synthesis.canvas import Canvas
from nanocaliper.synthesis.grounds import GroundPool
from nanocaliper.synthesis.reproduction import Reproduction

__all__ = ["BarScene", "Draft", "Maker", "NoRoomError"]


class NoRoomError(UsageError):
    """What was drawn does not fit on its canvas."""


@dataclass(frozen=True)
class Draft:
    """A printed picture before it is reproduced.

    Parameters
    ----------
    canvas : Canvas
        The picture.
    bars : tuple of PrintedBar
        Its bars; the first is the one to read.
    kind : {'SEM', 'TEM'}
        Contrast of the (first) ground.
    reproduction : Reproduction
        What is to happen to it.
    reason : str
        Why there is no scale; empty where there is one.
    distractors : tuple of str
        What else was printed.
    """

    canvas: Canvas
    bars: tuple[PrintedBar, ...]
    kind: str
    reproduction: Reproduction
    reason: str = ""
    distractors: tuple[str, ...] = ()


#: Prints one picture.
Maker = Callable[[np.random.Generator, GroundPool, str | None], Draft]


@dataclass
class BarScene:
    """A canvas with its ground, and what is to come.

    Parameters
    ----------
    canvas : Canvas
        The picture.
    kind : {'SEM', 'TEM'}
        Contrast of the ground.
    look : BarLook
        Look of the first bar.
    how : Reproduction
        What happens to the picture after printing.
    """

    canvas: Canvas
    kind: str
    look: BarLook
    how: Reproduction
