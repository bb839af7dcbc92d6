"""How bright particles are, and what is around them."""

from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.nearest import NearestPixels

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
    values = grey[window].astype(np.float64)
    # Relative to one value, so that large offsets cost no digits.
    offset = float(values.flat[0]) if values.size else 0.0
    values -= offset
    inside = labels[window]
    mean = _average(inside, values, count)
    distance = nearest.distance[window]
    ring = (distance >= RING_PX[0]) & (distance <= RING_PX[1])
    background = _average(nearest.label[window][ring], values[ring], count, LEAST_RING_PIXELS)
    return GreyValues(mean + offset, background + offset)


def _average(
    numbers: npt.NDArray[np.integer], values: npt.NDArray[np.float64], count: int, least: int = 1
) -> npt.NDArray[np.float64]:
    """Mean of values by particle number 1 to `count`; NaN with fewer than `least` values."""
    pixels = np.bincount(numbers.ravel(), minlength=count + 1)[1 : count + 1]
    sums = np.bincount(numbers.ravel(), values.ravel(), minlength=count + 1)[1 : count + 1]
    return np.where(pixels >= least, sums / np.maximum(pixels, 1), np.nan)
