"""The picture that things are printed on: grey or RGB, and what is taken."""

from typing import NamedTuple

import cv2
import numpy as np
from numpy.typing import NDArray

__all__ = ["LUMINANCE", "Canvas", "Region", "Stencil", "grow"]

Field = NDArray[np.float32]
#: Weights of red, green and blue in brightness (ITU-R BT.601).
LUMINANCE = (0.299, 0.587, 0.114)


class Region(NamedTuple):
    """A rectangle of pixels, half open.

    Parameters
    ----------
    top, left, bottom, right : int
        Bounds, px.
    """

    top: int
    left: int
    bottom: int
    right: int

    @property
    def rows(self) -> int:
        """Height, px."""
        return self.bottom - self.top

    @property
    def cols(self) -> int:
        """Width, px."""
        return self.right - self.left

    def meets(self, other: "Region") -> bool:
        """Whether two rectangles share a pixel."""
        return (
            self.top < other.bottom
            and other.top < self.bottom
            and self.left < other.right
            and other.left < self.right
        )

    def inside(self, other: "Region") -> bool:
        """Whether it lies wholly in another."""
        return (
            other.top <= self.top
            and other.left <= self.left
            and self.bottom <= other.bottom
            and self.right <= other.right
        )


class Stencil(NamedTuple):
    """Ink at a place.

    Parameters
    ----------
    ink : ndarray of float32, shape (rows, cols)
        0 to 1.
    top, left : int
        Where its first pixel goes; parts outside of the canvas are cut off.
    """

    ink: Field
    top: int
    left: int

    def moved(self, rows: int, cols: int) -> "Stencil":
        """The same ink elsewhere."""
        return Stencil(self.ink, self.top + rows, self.left + cols)

    def without(self, other: "Stencil") -> "Stencil":
        """What is left where another lies wholly inside of it."""
        ink = self.ink.copy()
        top, left = other.top - self.top, other.left - self.left
        view = ink[top : top + other.ink.shape[0], left : left + other.ink.shape[1]]
        np.clip(view - other.ink, 0, 1, out=view)
        return Stencil(ink, self.top, self.left)


class Canvas:
    """A picture from 0 (black) to 1 (white), changed by what is printed on it.

    Parameters
    ----------
    pixels : ndarray of float32, shape (rows, cols)
        The grey picture; it is changed in place unless `coloured`.
    coloured : bool
        Whether colours are kept.
    """

    def __init__(self, pixels: Field, coloured: bool = False) -> None:
        self.pixels: Field = np.repeat(pixels[:, :, None], 3, axis=2) if coloured else pixels
        #: What later prints keep off.
        self.taken: list[Region] = []

    @property
    def region(self) -> Region:
        """All of it."""
        return Region(0, 0, self.pixels.shape[0], self.pixels.shape[1])

    def grey(self, region: Region) -> Field:
        """Brightness in a rectangle, cut to the canvas."""
        part = self.pixels[max(region.top, 0) : region.bottom, max(region.left, 0) : region.right]
        if part.ndim == 2:
            return part
        return np.asarray(part @ np.array(LUMINANCE, np.float32), dtype=np.float32)

    def paint(self, stencil: Stencil, colour: tuple[float, float, float], opacity: float = 1.0) -> None:
        """Print ink, in place; what lies outside is cut off."""
        rows, cols = stencil.ink.shape
        top, left = max(stencil.top, 0), max(stencil.left, 0)
        bottom = min(stencil.top + rows, self.pixels.shape[0])
        right = min(stencil.left + cols, self.pixels.shape[1])
        if bottom <= top or right <= left:
            return
        ink = stencil.ink[
            top - stencil.top : bottom - stencil.top, left - stencil.left : right - stencil.left
        ]
        ink = ink * np.float32(opacity)
        view = self.pixels[top:bottom, left:right]
        if view.ndim == 3:
            view += ink[:, :, None] * (np.array(colour, np.float32) - view)
        else:
            view += ink * (np.float32(np.dot(LUMINANCE, colour)) - view)

    def fill(self, region: Region, colour: tuple[float, float, float], opacity: float = 1.0) -> None:
        """Paint a rectangle."""
        ones = np.ones((max(region.rows, 0), max(region.cols, 0)), np.float32)
        self.paint(Stencil(ones, region.top, region.left), colour, opacity)

    def is_free(self, region: Region) -> bool:
        """Whether a rectangle meets nothing that was printed."""
        return not any(region.meets(other) for other in self.taken)

    def find_place(
        self, rows: int, cols: int, within: Region, rng: np.random.Generator, tries: int = 30
    ) -> tuple[int, int] | None:
        """Find a free place for something at random.

        Parameters
        ----------
        rows, cols : int
            Its size.
        within : Region
            Where to look.
        rng : numpy.random.Generator
            Source of chance.
        tries : int
            After how many taken places to give up.

        Returns
        -------
        (int, int) or None
            First row and column.
        """
        if rows > within.rows or cols > within.cols:
            return None
        for _ in range(tries):
            top = within.top + int(rng.integers(0, within.rows - rows + 1))
            left = within.left + int(rng.integers(0, within.cols - cols + 1))
            if self.is_free(Region(top, left, top + rows, left + cols)):
                return top, left
        return None


def grow(stencil: Stencil, radius: int) -> Stencil:
    """Ink that reaches further on all sides.

    Parameters
    ----------
    stencil : Stencil
        The ink.
    radius : int
        By how much, px.

    Returns
    -------
    Stencil
        Ink that covers the given one.
    """
    padded = np.pad(stencil.ink, radius)
    kernel = cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (2 * radius + 1, 2 * radius + 1))
    grown = np.asarray(cv2.dilate(padded, kernel), dtype=np.float32)
    return Stencil(grown, stencil.top - radius, stencil.left - radius)
