"""From a mask of all particles to particles: connected pieces, or basins of the distance to the background."""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.decoders.basins import climb, find_borders, merge_basins

__all__ = ["PARTINGS", "PROMINENCE", "fill_specks", "part_by_components", "part_by_watershed"]

#: Two maxima of the distance are two particles where the pass between them is at least this share lower.
PROMINENCE = 0.15


def part_by_components(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Make each connected piece of a mask a particle; pixels are connected at sides and corners.

    Parameters
    ----------
    inside : ndarray of bool, shape (rows, cols)

    Returns
    -------
    ndarray of int32, shape (rows, cols)
        Particles 1..n.
    """
    return np.asarray(cv2.connectedComponents(inside.astype(np.uint8))[1], np.int32)


def part_by_watershed(inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Part a mask by the watershed of the distance to the background.

    Basins between which the pass is less than `PROMINENCE` lower than the lower of their peaks are one particle.

    Parameters
    ----------
    inside : ndarray of bool, shape (rows, cols)

    Returns
    -------
    ndarray of int32, shape (rows, cols)
        Particles 1..n.
    """
    # The image edge is no particle boundary.
    padded = cv2.copyMakeBorder(inside.astype(np.uint8), 1, 1, 1, 1, cv2.BORDER_REPLICATE)
    depth = cv2.distanceTransform(padded, cv2.DIST_L2, cv2.DIST_MASK_PRECISE)[1:-1, 1:-1]
    height = np.asarray(cv2.GaussianBlur(np.minimum(depth, 1e4), (0, 0), 1.0), np.float32)
    basins = climb(height, inside)
    return merge_basins(basins, height, find_borders(basins, height), _depth_of_pass, PROMINENCE)


#: Ways to part a mask, by name.
PARTINGS: Mapping[str, Callable[[npt.NDArray[np.bool_]], npt.NDArray[np.int32]]] = MappingProxyType(
    {"components": part_by_components, "watershed": part_by_watershed}
)


def fill_specks(inside: npt.NDArray[np.bool_], area_min: float) -> npt.NDArray[np.bool_]:
    """Fill holes of a mask that are smaller than any particle, around which the watershed would part.

    Parameters
    ----------
    inside : ndarray of bool, shape (rows, cols)
    area_min : float
        Larger holes stay, px².

    Returns
    -------
    ndarray of bool, shape (rows, cols)
    """
    _, holes, measured, _ = cv2.connectedComponentsWithStats((~inside).astype(np.uint8), connectivity=4)
    small = measured[:, cv2.CC_STAT_AREA] < area_min
    # The first is the mask; what the image edge cuts may go on beyond it.
    small[0] = False
    small[np.concatenate([holes[0], holes[-1], holes[:, 0], holes[:, -1]])] = False
    return np.asarray(inside | small[holes], bool)


def _depth_of_pass(
    evidence: tuple[float, ...], saddle: float, smaller: float, larger: float, length: float
) -> float:
    del evidence, smaller, larger, length
    return 1 - saddle
