"""The pixels of one particle: its exact coverage and the coordinates from its centre."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.coverage import Patch, cover_polygon, crop_to_frame
from nanocaliper.synthesis.packing import PlacedParticle

__all__ = ["Stamp", "iterate_stamps"]

Field = NDArray[np.float32]


class Stamp(NamedTuple):
    """One particle, cut to the frame.

    Parameters
    ----------
    number : int
        Number of the particle, from 1.
    particle : PlacedParticle
        The particle.
    area : (slice, slice)
        Where the stamp lies in the frame.
    cover : ndarray of float32
        Coverage of the pixels by the particle, 0 to 1.
    full : Patch
        The coverage with what lies outside the frame.
    rows, cols : ndarray of float32, shapes (n, 1) and (1, m)
        Coordinates of the pixels' centres from the particle's centroid.
    """

    number: int
    particle: PlacedParticle
    area: tuple[slice, slice]
    cover: Field
    full: Patch
    rows: Field
    cols: Field


def iterate_stamps(
    placed: list[PlacedParticle], frame: tuple[int, int], pad_share: float = 0.0
) -> Iterator[Stamp]:
    """Stamps of the particles that lie in the frame at all, from the lowest to the topmost.

    Parameters
    ----------
    placed : list of PlacedParticle
        The particles.
    frame : (int, int)
        Rows and columns of the frame.
    pad_share : float
        Empty margin around each, over its diameter_equivalent.

    Yields
    ------
    Stamp
        Numbered as in the list, from 1.
    """
    for number, particle in enumerate(placed, start=1):
        shape = particle.shape
        pad = int(np.ceil(pad_share * shape.diameter_equivalent_px)) + 2
        full = cover_polygon(shape.outline + np.array([particle.row, particle.col]), pad)
        crop = crop_to_frame(full, frame)
        if crop is None:
            continue
        area, inside = crop
        rows = np.arange(area[0].start, area[0].stop, dtype=np.float32) - np.float32(particle.row)
        cols = np.arange(area[1].start, area[1].stop, dtype=np.float32) - np.float32(particle.col)
        yield Stamp(number, particle, area, full.values[inside], full, rows[:, None], cols[None, :])
