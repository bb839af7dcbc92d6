"""Tiles of a picture, cut from the arrays that another process wrote."""

import math
from pathlib import Path

import cv2
import numpy as np

from nanocaliper.errors import RequestError
from nanocaliper.web.jobs.pictures import TILE_PX

__all__ = ["cut_tile"]


def cut_tile(folder: Path, level: int, row: int, col: int, low: float, high: float) -> bytes:
    """Cut one tile as a grey PNG.

    Parameters
    ----------
    folder : Path
        Of the picture.
    level : int
        0 is the full size.
    row, col : int
        Of the tile.
    low, high : float
        Grey values that become black and white.

    Returns
    -------
    bytes

    Raises
    ------
    RequestError
        If there is no such tile, or the window is empty.
    """
    if not (math.isfinite(low) and math.isfinite(high) and high > low):
        raise RequestError(f"The window from {low:g} to {high:g} shows nothing; expected low < high.", 422)
    try:
        # Only the part that is shown is read; the file is closed with the last reference to it.
        whole = np.load(folder / f"{level}.npy", mmap_mode="r", allow_pickle=False)
    except OSError:
        raise RequestError(f"The picture has no level {level}.", 404) from None
    top, left = row * TILE_PX, col * TILE_PX
    if top >= whole.shape[0] or left >= whole.shape[1]:
        raise RequestError(f"The picture has no tile {row}, {col} at level {level}.", 404)
    part = np.asarray(whole[top : top + TILE_PX, left : left + TILE_PX], dtype=np.float32)
    with np.errstate(over="ignore", invalid="ignore"):
        shown = (part - np.float32(low)) * np.float32(255 / (high - low))
    grey = np.rint(np.clip(np.nan_to_num(shown, posinf=255.0, neginf=0.0), 0, 255)).astype(np.uint8)
    return bytes(cv2.imencode(".png", grey, [cv2.IMWRITE_PNG_COMPRESSION, 1])[1].tobytes())
