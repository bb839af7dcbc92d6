"""Changing the geometry of an image and its labels in step, and its grey values.

Positions are (row, col); pixel centres are whole numbers. An affine map takes a position p of the sample to
``matrix @ p + shift`` of the result.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.letterbox import MID_GREY

__all__ = [
    "Affine",
    "change_grey",
    "compose",
    "draw_chance",
    "draw_factor",
    "flip_sample",
    "turn_sample",
    "warp",
]

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Affine:
    """An affine map of positions.

    Parameters
    ----------
    matrix : ndarray, shape (2, 2)
    shift : ndarray, shape (2,)
        Row and column, px.
    """

    matrix: Floats
    shift: Floats

    def map(self, points: Floats) -> Floats:
        """Map positions (row, col), shape (n, 2)."""
        return np.asarray(points @ self.matrix.T + self.shift)


def compose(
    shape: tuple[int, int],
    canvas: tuple[int, int],
    factors: tuple[float, float],
    angle: float = 0.0,
    flips: tuple[bool, bool] = (False, False),
    offset: tuple[float, float] = (0.0, 0.0),
) -> Affine:
    """Scale, flip and turn an image around its middle, and put that on a canvas.

    Parameters
    ----------
    shape, canvas : (int, int)
        Rows and columns of the image and of the canvas.
    factors : (float, float)
        Canvas px per image px along the image's rows and columns.
    angle : float
        Radians, from rows towards columns.
    flips : (bool, bool)
        Whether to swap up and down, left and right.
    offset : (float, float)
        Where the image's middle comes to, from the middle of the canvas, px.

    Returns
    -------
    Affine
    """
    scale = np.diag([factor * (-1.0 if flip else 1.0) for factor, flip in zip(factors, flips, strict=True)])
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ scale
    middle, target = (np.array(size) / 2 - 0.5 for size in (shape, canvas))
    return Affine(matrix, target + np.array(offset) - matrix @ middle)


def warp(
    sample: LabelledMicrograph, affine: Affine, canvas: tuple[int, int], fill: int = MID_GREY
) -> LabelledMicrograph:
    """Draw a sample under an affine map: grey values linearly, labels of the nearest pixel.

    Where the map reduces, grey values are smoothed before, so that no structure finer than a pixel is left.

    Parameters
    ----------
    sample : LabelledMicrograph
    affine : Affine
    canvas : (int, int)
        Rows and columns of the result.
    fill : int
        Grey outside the image, 0 to 255; labels are 0 there.

    Returns
    -------
    LabelledMicrograph
        Without the particles that are not on the canvas.
    """
    # OpenCV speaks of (x, y).
    matrix = np.hstack([affine.matrix[::-1, ::-1], affine.shift[::-1, None]])
    factor = np.sqrt(abs(np.linalg.det(affine.matrix)))
    pixels = sample.pixels
    if factor < 0.8:
        # Together with the pixel itself this is close to averaging over the area of a new pixel.
        pixels = cv2.GaussianBlur(pixels, (0, 0), float(0.4 * np.sqrt(1 / factor**2 - 1)))
    size = (canvas[1], canvas[0])
    # The border is repeated, so that the padding does not shine through at the image's rim.
    drawn = cv2.warpAffine(pixels, matrix, size, flags=cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE)
    # Whole numbers up to 2**24 are exact in single precision, and OpenCV warps no 32-bit integers. One more than
    # the label, for 0 is outside.
    shown = cv2.warpAffine(sample.labels.astype(np.float32) + 1, matrix, size, flags=cv2.INTER_NEAREST)
    drawn[shown == 0] = fill * (257 if pixels.dtype == np.uint16 else 1)
    return sample.with_image(drawn, np.maximum(shown - 1, 0).astype(np.int32))


def flip_sample(sample: LabelledMicrograph, *, rows: bool, cols: bool) -> LabelledMicrograph:
    """Swap up and down, left and right; exact."""
    part = (slice(None, None, -1 if rows else 1), slice(None, None, -1 if cols else 1))
    return sample.with_image(np.ascontiguousarray(sample.pixels[part]), sample.labels[part])


def turn_sample(sample: LabelledMicrograph, quarters: int) -> LabelledMicrograph:
    """Turn by quarters, counter-clockwise on the screen; exact."""
    pixels = np.ascontiguousarray(np.rot90(sample.pixels, quarters))
    return sample.with_image(pixels, np.rot90(sample.labels, quarters))


def change_grey(pixels: npt.NDArray[Any], contrast: float = 1.0, brightness: float = 0.0) -> npt.NDArray[Any]:
    """Change contrast around the mean, then add brightness.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16
    contrast : float
        Factor.
    brightness : float
        Share of the full range.

    Returns
    -------
    ndarray of the same type
        Cut off at black and white.
    """
    most = np.iinfo(pixels.dtype).max
    mean = np.float32(pixels.mean())
    grey = (pixels.astype(np.float32) - mean) * np.float32(contrast) + mean + np.float32(brightness * most)
    return np.asarray(np.clip(np.rint(grey), 0, most), pixels.dtype)


def draw_chance(rng: np.random.Generator, probability: float) -> bool:
    """Whether something of a probability happens."""
    return bool(rng.random() < probability)


def draw_factor(rng: np.random.Generator, low: float, high: float) -> float:
    """A factor between two, evenly on a logarithmic scale: as often twice as half."""
    return float(np.exp(rng.uniform(np.log(low), np.log(high))))
