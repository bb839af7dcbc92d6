"""Placing an image on a square without distortion, and the way back.

Pixel (r, c) covers r - 0.5 to r + 0.5; so row r of the image is row (r + 0.5) * rows_inside / rows - 0.5 + top
of the square. The image is scaled to whole rows and columns inside the square, so the factors of both directions
differ by less than half a pixel over the whole side.
"""

from dataclasses import dataclass
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.errors import UsageError
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph

__all__ = ["MID_GREY", "Letterbox", "fit_letterbox"]

Floats = npt.NDArray[np.float64]

#: What is outside the image is of this grey of 255, or as much of 65535.
MID_GREY = 128


@dataclass(frozen=True)
class Letterbox:
    """Where an image lies on a square; `fit_letterbox` makes it.

    Parameters
    ----------
    rows, cols : int
        Size of the image, px.
    side : int
        Side of the square, px.
    rows_inside, cols_inside : int
        Size of the image on the square, px.
    top, left : int
        First row and column of the image on the square.
    """

    rows: int
    cols: int
    side: int
    rows_inside: int
    cols_inside: int
    top: int
    left: int

    @property
    def inside(self) -> tuple[slice, slice]:
        """The part of the square that shows the image."""
        return (
            slice(self.top, self.top + self.rows_inside),
            slice(self.left, self.left + self.cols_inside),
        )

    def place_pixels(self, pixels: npt.NDArray[Any], fill: int = MID_GREY) -> npt.NDArray[Any]:
        """Place grey values: averaged where the image shrinks, linear where it grows.

        Parameters
        ----------
        pixels : ndarray of uint8 or uint16, shape (rows, cols)
        fill : int
            Grey outside the image, 0 to 255.

        Returns
        -------
        ndarray of the same type, shape (side, side)
        """
        self._check(pixels, (self.rows, self.cols))
        square = np.full(
            (self.side, self.side), fill * (257 if pixels.dtype == np.uint16 else 1), pixels.dtype
        )
        shrinks = self.rows_inside < self.rows or self.cols_inside < self.cols
        square[self.inside] = cv2.resize(
            pixels,
            (self.cols_inside, self.rows_inside),
            interpolation=cv2.INTER_AREA if shrinks else cv2.INTER_LINEAR,
        )
        return square

    def place_labels(self, labels: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
        """Place labels: that of the nearest pixel; 0 outside the image.

        Parameters
        ----------
        labels : ndarray of int, shape (rows, cols)

        Returns
        -------
        ndarray of int32, shape (side, side)
        """
        self._check(labels, (self.rows, self.cols))
        square = np.zeros((self.side, self.side), np.int32)
        square[self.inside] = _take_nearest(labels, self.rows_inside, self.cols_inside)
        return square

    def place_outline(self, outline: Floats) -> Floats:
        """Place an outline, (row, col) in px, shape (points, 2)."""
        return (outline + 0.5) * self._factors - 0.5 + (self.top, self.left)

    def take_labels(self, labels: npt.NDArray[np.integer]) -> npt.NDArray[np.int32]:
        """Bring labels of the square back to the image; those outside it are cut off.

        Parameters
        ----------
        labels : ndarray of int, shape (side, side)

        Returns
        -------
        ndarray of int32, shape (rows, cols)
        """
        self._check(labels, (self.side, self.side))
        return _take_nearest(labels[self.inside], self.rows, self.cols)

    def take_values(self, values: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
        """Bring numbers of the square, such as probabilities, back to the image, linearly.

        Parameters
        ----------
        values : ndarray, shape (side, side)

        Returns
        -------
        ndarray of float32, shape (rows, cols)
        """
        self._check(values, (self.side, self.side))
        part = np.ascontiguousarray(values[self.inside], np.float32)
        return np.asarray(
            cv2.resize(part, (self.cols, self.rows), interpolation=cv2.INTER_LINEAR), np.float32
        )

    def take_outline(self, outline: Floats) -> Floats:
        """Bring an outline of the square back to the image: the inverse of `place_outline`."""
        return (outline - (self.top, self.left) + 0.5) / self._factors - 0.5

    def place(self, sample: LabelledMicrograph, fill: int = MID_GREY) -> LabelledMicrograph:
        """Place image and labels; particles too small to be seen on the square are gone."""
        return sample.with_image(self.place_pixels(sample.pixels, fill), self.place_labels(sample.labels))

    @property
    def _factors(self) -> Floats:
        return np.array([self.rows_inside / self.rows, self.cols_inside / self.cols])

    @staticmethod
    def _check(array: npt.NDArray[Any], shape: tuple[int, int]) -> None:
        if array.shape != shape:
            raise ValueError(f"The array has the shape {array.shape}; expected {shape}.")


def fit_letterbox(rows: int, cols: int, side: int = 640) -> Letterbox:
    """Fit an image into a square, as large as it can be, in the middle.

    Parameters
    ----------
    rows, cols : int
        Size of the image, px.
    side : int
        Side of the square, px.

    Returns
    -------
    Letterbox

    Raises
    ------
    UsageError
        If a size is below one.
    """
    if min(rows, cols, side) < 1:
        raise UsageError(f"An image of {rows} x {cols} px for a square of {side} px; expected 1 or more.")
    longest = max(rows, cols)
    # Whole numbers throughout: the same on every machine.
    inside = [max(1, (2 * length * side + longest) // (2 * longest)) for length in (rows, cols)]
    top, left = ((side - length) // 2 for length in inside)
    return Letterbox(rows, cols, side, inside[0], inside[1], top, left)


def _take_nearest(labels: npt.NDArray[np.integer], rows: int, cols: int) -> npt.NDArray[np.int32]:
    """Scale labels: each pixel takes that in which its centre lies."""
    row, col = (
        (2 * np.arange(new) + 1) * old // (2 * new)
        for new, old in zip((rows, cols), labels.shape, strict=True)
    )
    return labels[np.ix_(row, col)].astype(np.int32)
