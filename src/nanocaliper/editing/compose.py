"""Labels and level of the particles that are left in, drawn outlines included."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from nanocaliper.editing.corrected import Corrected, MadeParticle
from nanocaliper.editing.drawn import FAR_LEVEL
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.neighbourhood import grow
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL

__all__ = ["compose"]

Labels = npt.NDArray[np.int32]
Level = npt.NDArray[np.uint8]

#: Pixels around its own whose level an outline looks at.
_REACH_PX = 2


def compose(state: Corrected, numbers: Sequence[int], part: Box | None = None) -> tuple[Labels, Level | None]:
    """Put particles on the image.

    Parameters
    ----------
    state : Corrected
    numbers : sequence of int
        The particles that are left in.
    part : Box, optional
        Only this part of the image, in which all of the particles lie.

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
    window = (slice(None), slice(None)) if part is None else part.slices()
    origin = (0, 0) if part is None else (part.row_start, part.col_start)
    labels = kept[base.labels[window]]
    for particle in sorted(made, key=lambda particle: particle.rank):
        pixels, number = particle.pixels.move(origin), particle.number
        crop = labels[pixels.window]
        weaker = ranks[crop] < particle.rank
        weaker |= (ranks[crop] == particle.rank) & (crop > number)
        crop[pixels.mask & (weaker | (crop == 0))] = number
    drawn = [particle for particle in made if particle.drawn]
    if base.level is None or not drawn:
        return labels, None if base.level is None else base.level[window]
    level = base.level[window].copy()
    for particle in drawn:
        _write_level(level, labels, particle, origin)
    return labels, level


def _write_level(level: Level, labels: Labels, particle: MadeParticle, origin: tuple[int, int]) -> None:
    """Write the level of the drawn lines where an outline looks at it."""
    rows, cols = labels.shape
    height, width = particle.pixels.mask.shape
    top, left = particle.pixels.row - origin[0], particle.pixels.col - origin[1]
    window = (
        slice(max(top - _REACH_PX, 0), min(top + height + _REACH_PX, rows)),
        slice(max(left - _REACH_PX, 0), min(left + width + _REACH_PX, cols)),
    )
    crop, field = labels[window], level[window]
    own = crop == particle.number
    made = np.full(crop.shape, FAR_LEVEL, np.uint8)
    for drawn in particle.drawn:
        row, col = drawn.row - origin[0] - window[0].start, drawn.col - origin[1] - window[1].start
        here, there = _overlap(row, drawn.level.shape[0], crop.shape[0])
        across, over = _overlap(col, drawn.level.shape[1], crop.shape[1])
        made[here, across] = np.maximum(made[here, across], drawn.level[there, over])
    inside = own & (made > BOUNDARY_LEVEL)
    field[inside] = made[inside]
    # Only the nearest background has a say; what belongs to another particle keeps its level.
    around = grow(own) & (crop == 0) & (made < BOUNDARY_LEVEL) & (made > FAR_LEVEL)
    shared = around & grow((crop != 0) & ~own)
    # Between two particles the nearer outline decides.
    mirrored = np.minimum(field, 255 - field)
    field[around] = np.where(shared, np.maximum(made, mirrored), made)[around]


def _overlap(start: int, size: int, room: int) -> tuple[slice, slice]:
    """Where a piece that begins at `start` lies in the room, and which part of it that is."""
    first, stop = max(start, 0), max(min(start + size, room), max(start, 0))
    return slice(first, stop), slice(first - start, stop - start)
