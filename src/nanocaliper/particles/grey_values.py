"""How bright particles are, and what is around them."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.nearest import NearestPixels
from nanocaliper.segmentation.label_bands import iterate_bands

__all__ = ["LEAST_RING_PIXELS", "RING_PX", "GreyValues", "measure_grey"]

#: The ring around a particle: background between these distances from its outermost pixels. The blur of the
#: edge lies before it.
RING_PX = (2.0, 6.0)
#: With fewer free pixels around a particle its surroundings are not known.
LEAST_RING_PIXELS = 10


class GreyValues(NamedTuple):
    """Grey values of particles, shape (n,), as the micrograph holds them; NaN where not known."""

    mean: npt.NDArray[np.float64]
    background: npt.NDArray[np.float64]


def measure_grey(
    labels: npt.NDArray[np.integer],
    grey: npt.NDArray[Any] | None,
    nearest: NearestPixels | None,
    field: Box,
    count: int,
) -> GreyValues:
    """Average the grey values of particles and of the rings around them.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        Particles 1 to `count`.
    grey : ndarray, shape (rows, cols), or None
        The micrograph; without it everything is NaN.
    nearest : NearestPixels or None
        Nearest particle of every pixel; a background pixel belongs to the ring of that one only.
    field : Box
        Where the sample is; data strips do not count as surroundings.
    count : int
        How many particles there are.

    Returns
    -------
    GreyValues
        `background` is NaN where the ring has fewer than `LEAST_RING_PIXELS` pixels.
    """
    unknown = np.full(count, np.nan)
    if grey is None or nearest is None:
        return GreyValues(unknown, unknown)
    window = field.slices()
    shown, inside, near, distance = (
        array[window] for array in (grey, labels, nearest.label, nearest.distance)
    )
    # Relative to one value, so that large offsets cost no digits.
    offset = float(shown.flat[0]) if shown.size else 0.0
    pixels, sums = np.zeros((2, count + 1), np.int64), np.zeros((2, count + 1))
    for band in iterate_bands(shown.shape):
        values = shown[band].astype(np.float64) - offset
        ring = (distance[band] >= RING_PX[0]) & (distance[band] <= RING_PX[1])
        parts = ((inside[band].ravel(), values.ravel()), (near[band][ring], values[ring]))
        for row, (numbers, weights) in enumerate(parts):
            pixels[row] += np.bincount(numbers, minlength=count + 1)
            sums[row] += np.bincount(numbers, weights, count + 1)
    least = np.array([[1], [LEAST_RING_PIXELS]])
    means = np.where(pixels >= least, sums / np.maximum(pixels, 1) + offset, np.nan)[:, 1:]
    return GreyValues(means[0], means[1])
