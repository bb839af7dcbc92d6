"""Running a network over an image of any size, at any working scale, with bounded memory."""

from collections.abc import Callable
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["Run", "Tile", "TileOptions", "plan_tiles", "resample", "run_tiled"]

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
    whole_px : int
        Images of up to so many working px are looked at in one piece.
    """

    multiple: int = 32
    stride: int = 2
    channels: int = 5
    core: int = 1024
    margin: int = 384
    whole_px: int = 2_000_000

    @property
    def tile_px(self) -> int:
        """Working px of the largest tile."""
        return (self.core + 2 * self.margin) ** 2


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
    stride = options.stride
    out_rows, out_cols = -(-rows // stride), -(-cols // stride)
    tiles = plan_tiles((rows, cols), options)
    if len(tiles) == 1:
        return run(tiles[0].cut(grey))[:, :out_rows, :out_cols]
    output = np.empty((options.channels, out_rows, out_cols), np.float32)
    for tile in tiles:
        given = run(tile.cut(grey))
        top, bottom, left, right = (side // stride for side in tile.core)
        target = output[:, top:bottom, left:right]
        row, col = top - tile.seen[0] // stride, left - tile.seen[2] // stride
        target[:] = given[:, row : row + target.shape[1], col : col + target.shape[2]]
    return output


@dataclass(frozen=True)
class Tile:
    """A part of an image, in working px; both may reach beyond the last row and column.

    Parameters
    ----------
    core : (int, int, int, int)
        First row, last row + 1, first col, last col + 1 of the part whose output is kept; cores do not overlap.
    seen : (int, int, int, int)
        The same of what the network is given.
    """

    core: tuple[int, int, int, int]
    seen: tuple[int, int, int, int]

    def cut(self, grey: npt.NDArray[np.float32], fill: float | None = None) -> npt.NDArray[np.float32]:
        """Cut what is seen out of an image.

        Parameters
        ----------
        grey : ndarray of float32, shape (rows, cols)
        fill : float, optional
            Grey beyond the image's last row and column; by default the image is mirrored there.

        Returns
        -------
        ndarray of float32
        """
        top, bottom, left, right = self.seen
        tile = grey[top:bottom, left:right]
        missing = ((0, bottom - top - tile.shape[0]), (0, right - left - tile.shape[1]))
        if not np.any(missing):
            return np.ascontiguousarray(tile)
        if fill is not None:
            return np.pad(tile, missing, constant_values=fill)
        # Mirrored, not zero: a grey edge would look like a particle's.
        return np.ascontiguousarray(np.pad(tile, missing, mode="symmetric"))


def plan_tiles(shape: tuple[int, int], options: TileOptions) -> list[Tile]:
    """Cut an image into tiles: one where it is small enough to be looked at in one piece.

    Parameters
    ----------
    shape : (int, int)
        Working px.
    options : TileOptions

    Returns
    -------
    list of Tile
        Row by row.
    """
    height, width = (side + -side % options.multiple for side in shape)
    if height * width <= options.whole_px:
        return [Tile((0, height, 0, width), (0, height, 0, width))]
    margin = options.margin
    return [
        Tile(
            (top, bottom, left, right),
            (
                *(top - min(top, margin), min(height, bottom + margin)),
                *(left - min(left, margin), min(width, right + margin)),
            ),
        )
        for top, bottom in _part(height, options)
        for left, right in _part(width, options)
    ]


def _part(side: int, options: TileOptions) -> list[tuple[int, int]]:
    """Cut a side into equal parts of at most `core`, multiples of `multiple` but for the last."""
    parts = -(-side // options.core)
    step = -(-side // (parts * options.multiple)) * options.multiple
    return [(start, min(start + step, side)) for start in range(0, side, step)]
