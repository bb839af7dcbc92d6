"""Grey values as text and bar finding want them, whatever depth the micrograph was recorded with."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

__all__ = ["chroma", "equalise_locally", "stretch", "to_bytes"]


def stretch(
    pixels: npt.NDArray[Any], percentiles: tuple[float, float] = (0.1, 99.9)
) -> npt.NDArray[np.float32]:
    """Scale grey values linearly so that the chosen percentiles become 0 and 255; nothing is clipped.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
        Grey values of any real type, finite.
    percentiles : tuple of float
        Which percentiles become 0 and 255.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        8-bit images come back unchanged but for the type, so that a bar's own grey stays what it is.
    """
    if pixels.dtype == np.uint8:
        return pixels.astype(np.float32)
    low, high = (float(v) for v in np.percentile(pixels, percentiles))
    if high <= low:
        low, high = float(pixels.min()), float(pixels.max())
    scale = 255.0 / (high - low) if high > low else 0.0
    stretched: npt.NDArray[np.float32] = ((pixels.astype(np.float64) - low) * scale).astype(np.float32)
    return stretched


def chroma(colour: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    """How colourful each pixel is: its largest channel less its smallest, 0 for grey.

    On it, coloured print stands on a black ground, whatever the micrograph under it shows.

    Parameters
    ----------
    colour : ndarray of uint8, shape (rows, cols, 3)
        RGB.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        0 to 255.
    """
    channels = colour.astype(np.int16)
    spread: npt.NDArray[np.float32] = (channels.max(axis=2) - channels.min(axis=2)).astype(np.float32)
    return spread


def to_bytes(grey: npt.NDArray[np.float32]) -> npt.NDArray[np.uint8]:
    """Clip and round grey values on the 0 to 255 scale to 8 bit.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        Values as `stretch` gives them.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
    """
    levels: npt.NDArray[np.uint8] = np.clip(np.rint(grey), 0, 255).astype(np.uint8)
    return levels


def equalise_locally(image: npt.NDArray[np.uint8], tiles: int = 8) -> npt.NDArray[np.uint8]:
    """Raise faint text out of its surroundings (CLAHE).

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The image.
    tiles : int
        Into how many parts each side is divided.

    Returns
    -------
    ndarray of uint8, shape (rows, cols)
    """
    equalised = cv2.createCLAHE(clipLimit=4.0, tileGridSize=(tiles, tiles)).apply(image)
    return np.asarray(equalised, dtype=np.uint8)
