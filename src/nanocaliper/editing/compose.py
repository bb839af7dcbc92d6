"""Labels and level of the particles that are left in, drawn outlines included."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nanocaliper.editing.corrected import Corrected, MadeParticle
from nanocaliper.editing.polygons import Patch, measure_distance, rasterise
from nanocaliper.particles.neighbourhood import grow
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL

__all__ = ["compose"]

Labels = npt.NDArray[np.int32]
Level = npt.NDArray[np.uint8]

#: Level per px of distance from a drawn line: 1/120 px is the most that rounding shifts it.
_SLOPE = 60.0
_REACH_PX = 2.0


def compose(state: Corrected, numbers: Sequence[int]) -> tuple[Labels, Level | None]:
    """Put particles on the image.

    Parameters
    ----------
    state : Corrected
    numbers : sequence of int
        The particles that are left in.

    Returns
    -------
    labels : ndarray of int32, shape (rows, cols)
        0 background, else the number of the particle that is seen there. A particle that others cover wholly has
        no pixel.
    level : ndarray of uint8, shape (rows, cols), or None
        That of the candidates, and around drawn outlines one that crosses `BOUNDARY_LEVEL` on the drawn line.
    """
    base = state.candidates.segmentation
    made = [state.made[number] for number in numbers if number in state.made]
    kept = np.zeros(len(base.scores) + 1, np.int32)
    ranks = np.zeros(state.largest + 1, np.int64)
    for number in numbers:
        ranks[number] = state.find_rank(number)
        if number not in state.made:
            kept[number] = number
    labels = kept[base.labels]
    for particle in sorted(made, key=lambda particle: particle.rank):
        window, number = labels[particle.pixels.window], particle.number
        weaker = ranks[window] < particle.rank
        weaker |= (ranks[window] == particle.rank) & (window > number)
        window[particle.pixels.mask & (weaker | (window == 0))] = number
    drawn = [particle for particle in made if particle.outlines]
    if base.level is None or not drawn:
        return labels, base.level
    level = base.level.copy()
    for particle in drawn:
        _write_level(level, labels, particle)
    return labels, level


def _write_level(level: Level, labels: Labels, particle: MadeParticle) -> None:
    """Write the distance from the drawn lines into the level, where an outline looks at it."""
    rows, cols = labels.shape
    height, width = particle.pixels.mask.shape
    top, left = max(particle.pixels.row - 2, 0), max(particle.pixels.col - 2, 0)
    bottom, right = (
        min(particle.pixels.row + height + 2, rows),
        min(particle.pixels.col + width + 2, cols),
    )
    window = slice(top, bottom), slice(left, right)
    crop, field = labels[window], level[window]
    own = crop == particle.number
    signed = np.full(crop.shape, -_REACH_PX, np.float32)
    for outline in particle.outlines:
        distance = measure_distance(outline, top, left, crop.shape, _REACH_PX)
        inside = np.zeros(crop.shape, np.bool_)
        pixels = rasterise(outline, labels.shape)
        if pixels is not None:
            pixels.paint(inside, Patch(top, left, inside))
        signed = np.maximum(signed, np.where(inside, distance, -distance))
    made = np.rint(np.clip(BOUNDARY_LEVEL + _SLOPE * signed, 0, 255)).astype(np.uint8)
    field[own & (signed > 0)] = np.maximum(made[own & (signed > 0)], 128)
    # Only the nearest background has a say; what belongs to another particle keeps its level.
    around = grow(own) & (crop == 0) & (signed < 0) & (signed > -_REACH_PX)
    shared = around & grow((crop != 0) & ~own)
    made = np.minimum(made, 127)
    # Between two particles the nearer outline decides.
    mirrored = np.minimum(field, 255 - field)
    field[around] = np.where(shared, np.maximum(made, mirrored), made)[around]
