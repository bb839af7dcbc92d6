"""Glimpses: whether an image shows particles that are too small for a look at it as a whole."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Glimpsed", "Measure", "find_typical", "glimpse"]


@dataclass(frozen=True)
class Glimpsed:
    """Particles in a part of an image.

    Parameters
    ----------
    diameters_px : ndarray of float64, shape (n,)
        Image px.
    cut : ndarray of bool, shape (n,)
        Whether they reach the edge of the part, and may go on beyond it.
    """

    diameters_px: npt.NDArray[np.float64]
    cut: npt.NDArray[np.bool_]


#: From a working scale and a part of the image to what is seen there.
Measure = Callable[[float, tuple[slice, slice]], Glimpsed]

#: Particles under so many working px are hardly seen in a look, and nothing may be seen in their place.
_UNSEEN_PX = 8.0
#: Each glimpse is so much finer than the one before, and shows squares of so many working px.
_STEP, _SIDE_PX = 3.0, 192
#: So many particles that a look cannot have seen are no chance find.
_FEWEST = 5


def find_typical(diameters: npt.NDArray[np.float64]) -> float | None:
    """Median weighted by diameter, so that a few specks do not pull it away.

    Parameters
    ----------
    diameters : ndarray of float64, shape (n,)

    Returns
    -------
    float or None
        None without any.
    """
    if not diameters.size:
        return None
    sizes = np.sort(diameters)
    return float(sizes[np.searchsorted(np.cumsum(sizes), sizes.sum() / 2)])


def glimpse(
    shape: tuple[int, int], measure: Measure, coarse: float, finest: float
) -> tuple[npt.NDArray[np.float64], float]:
    """See, finer step by step, whether four places show particles that are too small for a look.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image.
    measure : callable
        Looks at a part of the image.
    coarse : float
        Working px per image px of the look.
    finest : float
        Working px per image px of the finest glimpse.

    Returns
    -------
    diameters : ndarray of float64
        Image px; none where what is too small is not most of what is there.
    scale : float
        At which particles that are too small were seen whole; 0: there are none.
    """
    scale = coarse
    middles = [(side // 3, 2 * side // 3) for side in shape]
    while scale < finest:
        scale = min(scale * _STEP, finest)
        half = round(_SIDE_PX / scale) // 2
        around = [[slice(max(middle - half, 0), middle + half) for middle in axis] for axis in middles]
        places = [(rows, cols) for rows in around[0] for cols in around[1]]
        seen = [measure(scale, place) for place in places]
        found = np.concatenate([part.diameters_px for part in seen])
        unseen = found * coarse < _UNSEEN_PX
        specks = np.count_nonzero(unseen & ~np.concatenate([part.cut for part in seen])) >= _FEWEST
        if np.count_nonzero(unseen) >= _FEWEST and 2 * np.sum(found[unseen] ** 2) > np.sum(found**2):
            return found, scale if specks else 0.0
        if not unseen.all():
            return np.zeros(0), scale if specks else 0.0
    return np.zeros(0), 0.0
