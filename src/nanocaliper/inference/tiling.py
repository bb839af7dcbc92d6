"""Running a network over an image of any size, at any working scale, with bounded memory."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Run", "TileOptions", "resample", "run_tiled"]

#: A network: grey (rows, cols) to output (channels, rows / stride, cols / stride).
Run = Callable[[npt.NDArray[np.float32]], npt.NDArray[np.float32]]


@dataclass(frozen=True)
class TileOptions:
    """How an image is cut.

    Parameters
    ----------
    multiple : int
        Sides given to the network are multiples of this (its largest stride).
    stride : int
        Working px per output px.
    channels : int
        Channels of the output.
    core : int
        Side of the part of a tile whose output is kept, working px; a multiple of `multiple`.
    margin : int
        What the network sees around the core; at least half its receptive field, so that the tiled result equals
        the untiled one; a multiple of `multiple`.
    """

    multiple: int = 32
    stride: int = 2
    channels: int = 5
    core: int = 1024
    margin: int = 384


def resample(grey: npt.NDArray[np.float32], scale: float) -> npt.NDArray[np.float32]:
    """Resample an image by a factor, pixel areas averaged where it shrinks.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
    scale : float
        Working px per image px. Working position x stands for image position (x + 0.5) / scale - 0.5, with the
        scale rounded for each axis so that the sides are whole.

    Returns
    -------
    ndarray of float32
    """
    rows, cols = (max(1, round(side * scale)) for side in grey.shape)
    if (rows, cols) == grey.shape:
        return grey
    method = cv2.INTER_AREA if scale < 1 else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(grey, (cols, rows), interpolation=method), np.float32)


def run_tiled(grey: npt.NDArray[np.float32], run: Run, options: TileOptions) -> npt.NDArray[np.float32]:
    """Run a network over an image, in one piece where that is small enough, else tile by tile.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        Network grey values.
    run : callable
        The network: (rows, cols) with sides that are multiples of ``options.multiple`` to
        (channels, rows / stride, cols / stride).
    options : TileOptions

    Returns
    -------
    ndarray of float32, shape (channels, ceil(rows / stride), ceil(cols / stride))
    """
    rows, cols = grey.shape
    # Mirrored, not zero: a grey edge would look like a particle's.
    bottom, right = -rows % options.multiple, -cols % options.multiple
    padded = np.pad(grey, ((0, bottom), (0, right)), mode="symmetric")
    stride = options.stride
    out_rows, out_cols = -(-rows // stride), -(-cols // stride)
    whole = options.core + 2 * options.margin
    if padded.size <= whole * whole:
        return run(padded)[:, :out_rows, :out_cols]
    output = np.empty((options.channels, padded.shape[0] // stride, padded.shape[1] // stride), np.float32)
    for row in range(0, padded.shape[0], options.core):
        for col in range(0, padded.shape[1], options.core):
            top, left = max(row - options.margin, 0), max(col - options.margin, 0)
            end_row = min(row + options.core, padded.shape[0])
            end_col = min(col + options.core, padded.shape[1])
            tile = padded[top : end_row + options.margin, left : end_col + options.margin]
            part = run(np.ascontiguousarray(tile))
            output[:, row // stride : end_row // stride, col // stride : end_col // stride] = part[
                :,
                (row - top) // stride : (end_row - top) // stride,
                (col - left) // stride : (end_col - left) // stride,
            ]
    return output[:, :out_rows, :out_cols]
