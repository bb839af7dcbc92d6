"""Images of labels, and binary masks, as they lie in data sets."""

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.exports.export_format import Expected, check_size
from nanocaliper.exports.label_tiff import read_labels
from nanocaliper.micrograph.grey import orient
from nanocaliper.micrograph.read import decode_image

__all__ = ["read_label_image", "read_label_values", "read_mask"]


def _read(path: Path, what: str) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReadError(f"{what} cannot be read ({error}); check its permissions and the drive.") from None


def read_label_values(path: Path, what: str) -> npt.NDArray[Any]:
    """Read the values of an image file as they are stored; equal channels become one.

    Parameters
    ----------
    path : Path
    what : str
        The file, to begin a sentence.

    Returns
    -------
    ndarray, shape (rows, cols), or (rows, cols, channels) where the channels differ

    Raises
    ------
    ReadError
        If it is no image.
    """
    try:
        decoded = decode_image(_read(path, what))
    except ReadError as error:
        raise ReadError(f"{what} cannot be read: {error}.") from None
    values = orient(decoded.values, decoded.orientation)
    if values.ndim == 3 and (values[..., :3] == values[..., :1]).all():
        values = values[..., 0]
    return values


def read_label_image(path: Path, expected: Expected) -> npt.NDArray[np.int32]:
    """Read a label image.

    Parameters
    ----------
    path : Path
    expected : Expected
        Size of its micrograph.

    Returns
    -------
    ndarray of int32, shape (rows, cols)
        0 background, else numbers of particles, with gaps as in the file.

    Raises
    ------
    ReadError
        If it is none, or of another size.
    """
    values, _ = read_labels(_read(path, expected.what), 0, expected)
    low, high = int(values.min(initial=0)), int(values.max(initial=0))
    if low < 0 or high > np.iinfo(np.int32).max:
        raise ReadError(
            f"{expected.what} has the label {low if low < 0 else high}; expected 0 for background, and 1, 2, ..."
        )
    return values.astype(np.int32)


def read_mask(path: Path, expected: Expected) -> npt.NDArray[np.int32]:
    """Read a binary mask and number its connected parts (8 neighbours).

    Parameters
    ----------
    path : Path
        Brighter than half of its largest value is particle.
    expected : Expected
        Size of its micrograph.

    Returns
    -------
    ndarray of int32, shape (rows, cols)

    Raises
    ------
    ReadError
        If it is none, or of another size.
    """
    values = read_label_values(path, expected.what)
    check_size(values.shape[0], values.shape[1], expected)
    if values.ndim != 2:
        raise ReadError(f"{expected.what} is in colours; expected a mask of black and white.")
    inside = values > values.max(initial=0) / 2
    _, labels = cv2.connectedComponents(inside.astype(np.uint8), connectivity=8)
    return np.asarray(labels, np.int32)
