"""Which particles lie in the regions that a person left out."""

import numpy as np

from nanocaliper.editing.corrected import Corrected
from nanocaliper.editing.polygons import rasterise

__all__ = ["find_excluded"]


def find_excluded(state: Corrected) -> set[int]:
    """Find the particles in regions that are left out.

    Parameters
    ----------
    state : Corrected

    Returns
    -------
    set of int
        Particles whose centroid, rounded to a pixel, or more than half of whose pixels lie in the regions; all
        regions count as one.
    """
    if not state.regions:
        return set()
    base = state.candidates.segmentation
    out = np.zeros(base.labels.shape, np.bool_)
    for outline in state.regions.values():
        pixels = rasterise(outline, base.labels.shape)
        if pixels is not None:
            out[pixels.window] |= pixels.mask
    numbers = set(np.unique(base.labels[out]).tolist()) | set(state.made)
    excluded = set()
    for number in numbers & set(state.list_numbers().tolist()):
        pixels = state.find_pixels(number)
        covered = out[pixels.window] & pixels.mask
        row, col = np.rint(np.argwhere(pixels.mask).mean(axis=0)).astype(int).tolist()
        centre = out[pixels.row + row, pixels.col + col]
        if centre or 2 * np.count_nonzero(covered) > np.count_nonzero(pixels.mask):
            excluded.add(number)
    return excluded
