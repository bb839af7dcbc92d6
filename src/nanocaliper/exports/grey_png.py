"""Grey images as PNG, for programs and networks that read nothing else."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.errors import UsageError
from nanocaliper.inference.grey import stretch

__all__ = ["encode_grey_png", "encode_label_png"]


def encode_grey_png(pixels: npt.NDArray[Any]) -> bytes:
    """Write an image as 8-bit PNG.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
        Grey values; 8 bits stay what they are, others are stretched as networks see them (`stretch`).

    Returns
    -------
    bytes

    Raises
    ------
    UsageError
        If the image is too large for a PNG.
    """
    if pixels.dtype == np.uint8:
        return _encode(pixels)
    return _encode(np.round((stretch(pixels) + 1) * 127.5).astype(np.uint8))


def encode_label_png(labels: npt.NDArray[np.int32]) -> bytes:
    """Write labels as 16-bit PNG.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)
        0 background, particles up to 65535.

    Returns
    -------
    bytes

    Raises
    ------
    UsageError
        If a number does not fit 16 bits, or the image is too large for a PNG.
    """
    if labels.max(initial=0) > np.iinfo(np.uint16).max:
        raise UsageError(
            "There are more than 65535 particles, too many for a PNG of 16 bits; use label-tiff."
        )
    return _encode(labels.astype(np.uint16))


def _encode(array: npt.NDArray[np.uint8] | npt.NDArray[np.uint16]) -> bytes:
    done, content = cv2.imencode(".png", array)
    if not done:
        raise UsageError(
            f"An image of {array.shape[0]} x {array.shape[1]} px is too large for a PNG; cut it."
        )
    return content.tobytes()
