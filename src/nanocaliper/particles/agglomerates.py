"""Which particles hang together."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nanocaliper.particles.nearest import Gaps

__all__ = ["TOUCHING_PX", "Agglomerates", "join_touching"]

#: Outlines with a smaller or equal gap touch: a wider gap holds a pixel that belongs to neither.
TOUCHING_PX = 1.5


class Agglomerates(NamedTuple):
    """Membership of every particle, shape (n,).

    Parameters
    ----------
    number : ndarray of int
        Agglomerates are numbered from 1 in the order of their first particles; a particle that touches none is
        one by itself.
    members : ndarray of int
        How many particles the agglomerate has.
    """

    number: npt.NDArray[np.int64]
    members: npt.NDArray[np.int64]


def join_touching(gaps: Gaps, count: int) -> Agglomerates:
    """Join particles that touch, directly or through others.

    Parameters
    ----------
    gaps : Gaps
    count : int
        How many particles there are.

    Returns
    -------
    Agglomerates
    """
    touch = gaps.gap <= TOUCHING_PX
    one, other = gaps.first[touch], gaps.second[touch]
    root = np.arange(count)
    while True:
        # Every particle points to the smallest number known of its agglomerate; jumps double the reach.
        lowest = np.minimum(root[one], root[other])
        following = root.copy()
        np.minimum.at(following, root[one], lowest)
        np.minimum.at(following, root[other], lowest)
        following = following[following]
        if np.array_equal(following, root):
            break
        root = following
    _, number, members = np.unique(root, return_inverse=True, return_counts=True)
    return Agglomerates(number.astype(np.int64) + 1, members[number].astype(np.int64))
