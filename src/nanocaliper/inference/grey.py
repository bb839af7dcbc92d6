"""Grey values as networks see them, whatever depth the camera had."""

from typing import Any

import numpy as np
import numpy.typing as npt

__all__ = ["PERCENTILES", "stretch"]

#: The grey values at these percentiles become -1 and 1.
PERCENTILES = (0.1, 99.9)


def stretch(pixels: npt.NDArray[Any]) -> npt.NDArray[np.float32]:
    """Map grey values linearly so that `PERCENTILES` come to -1 and 1, and clip.

    The same rule for 8-bit, 16-bit and float images, so that depth and display range change nothing. It uses no
    absolute grey value: an image and the same image with other brightness and contrast come out alike.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
        Grey values of any real type, finite.

    Returns
    -------
    ndarray of float32, shape (rows, cols)
        In [-1, 1]; all 0 where every pixel is the same.
    """
    # Percentiles of a regular sample: exact to far below the noise, and fast on very large images.
    step = max(1, int(np.sqrt(pixels.size / 4e6)))
    low, high = (float(q) for q in np.percentile(pixels[::step, ::step], PERCENTILES))
    if high <= low:  # a few bright pixels on an otherwise constant image
        low, high = float(pixels.min()), float(pixels.max())
    if high <= low:
        return np.zeros(pixels.shape, np.float32)
    scaled = pixels.astype(np.float32)
    scaled -= np.float32(low)
    scaled *= np.float32(2 / (high - low))
    scaled -= np.float32(1)
    return np.clip(scaled, -1, 1, out=scaled)
