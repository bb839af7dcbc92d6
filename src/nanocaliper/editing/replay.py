"""From the candidates and a list of edits to the particles that are there now."""

import math
from collections.abc import Sequence

import numpy as np

from nanocaliper.editing.candidates import ImageCandidates
from nanocaliper.editing.corrected import UNSURE, Corrected, MadeParticle
from nanocaliper.editing.cutting import count_pieces, cut_along, join_patches
from nanocaliper.editing.drawn import DrawnOutline, draw_outline
from nanocaliper.editing.edits import (
    Delete,
    Draw,
    Edit,
    ExcludeRegion,
    IncludeRegion,
    Merge,
    Points,
    Repaint,
    Restore,
    SetClass,
    Split,
)
from nanocaliper.editing.polygons import Patch
from nanocaliper.errors import EditError

__all__ = ["replay_edits"]


def replay_edits(
    candidates: ImageCandidates, edits: Sequence[Edit], before: Corrected | None = None
) -> Corrected:
    """Apply edits to the candidates, one after the other.

    Parameters
    ----------
    candidates : ImageCandidates
    edits : sequence of Edit
    before : Corrected, optional
        The same candidates after other edits; where those are the first of these, only the rest is applied.

    Returns
    -------
    Corrected
        The same for the same candidates and edits, whatever the settings.

    Raises
    ------
    EditError
        If an edit names a particle or region that is not there, or makes no sense where it is.
    """
    state = Corrected(candidates)
    if (
        before is not None
        and before.candidates is candidates
        and before.edits == list(edits[: len(before.edits)])
    ):
        state = before.copy()
    for place, edit in enumerate(edits[len(state.edits) :], len(state.edits) + 1):
        match edit:
            case Delete(particles):
                state.check(particles)
                state.deleted.update(particles)
            case Restore(particles):
                state.check(particles, deleted=True)
                state.deleted.difference_update(particles)
            case Draw():
                _draw(state, edit, place)
            case Merge(particles):
                _merge(state, particles, place)
            case Split():
                _split(state, edit, place)
            case Repaint():
                _repaint(state, edit, place)
            case SetClass(particles, shape):
                state.check(particles)
                state.shapes.update(dict.fromkeys(particles, shape))
            case ExcludeRegion(outline):
                _draw_outline(state, outline, "region")
                state.regions_made += 1
                state.regions[state.regions_made] = np.array(outline)
            case IncludeRegion(region):
                if region not in state.regions:
                    raise EditError(f"No region {region} is left out, so it cannot be taken back.")
                del state.regions[region]
        state.edits.append(edit)
    return state


def _draw_outline(state: Corrected, outline: Points, what: str = "outline") -> DrawnOutline:
    drawn = draw_outline(outline, state.candidates.micrograph.shape)
    if drawn is None:
        rows, cols = state.candidates.micrograph.shape
        raise EditError(
            f"No pixel of the image lies in the drawn {what}: it is too small, or outside of the image's {rows} "
            f"rows and {cols} columns; draw it around something."
        )
    return drawn


def _draw(state: Corrected, edit: Draw, place: int) -> None:
    drawn = _draw_outline(state, edit.outline)
    pixels = drawn.pixels
    if not (pixels.mask & ~state.find_above(pixels, -place)).any():
        raise EditError(
            "The drawn outline lies within particles that are there already, and takes no pixel of theirs; repaint "
            "or split those, or delete them first."
        )
    state.largest += 1
    state.made[state.largest] = MadeParticle(state.largest, pixels, -place, "drawn", math.nan, (drawn,))
    if edit.shape is not None:
        state.shapes[state.largest] = edit.shape


def _repaint(state: Corrected, edit: Repaint, place: int) -> None:
    number = edit.particle
    state.check((number,))
    drawn = _draw_outline(state, edit.outline)
    score = state.find_score(number)
    state.made[number] = MadeParticle(number, drawn.pixels, place, "repainted", score, (drawn,))


def _merge(state: Corrected, numbers: tuple[int, ...], place: int) -> None:
    state.check(numbers)
    parts = [state.find_pixels(number) for number in numbers]
    joined = join_patches(parts, state.candidates.micrograph.shape)
    if joined is None:
        listed = ", ".join(map(str, numbers))
        raise EditError(
            f"The particles {listed} are too far apart to be one; repaint one of them around all, and delete the "
            "others."
        )
    rank = _rank_of(state, numbers, place)
    union = np.zeros(joined.mask.shape, np.bool_)
    for part in parts:
        part.paint(union, joined)
    # What closing added belongs to nobody else.
    filled = joined.mask & ~union & ~state.find_above(joined, UNSURE, without=numbers)
    pixels = Patch(joined.row, joined.col, union | filled)
    if count_pieces(pixels) > 1:
        raise EditError("Between these particles lies another one; merge it as well, or delete it first.")
    areas = np.array([np.count_nonzero(part.mask) for part in parts], np.float64)
    scores = np.array([state.find_score(number) for number in numbers])
    known = ~np.isnan(scores)
    score = float(np.average(scores[known], weights=areas[known])) if known.any() else math.nan
    _replace(state, numbers, [pixels], rank, "merged", score)


def _split(state: Corrected, edit: Split, place: int) -> None:
    number = edit.particle
    state.check((number,))
    parts = cut_along(state.find_pixels(number), np.array(edit.line))
    if len(parts) < 2:
        raise EditError(
            f"The line does not divide particle {number}; draw it from one side of the particle to the other."
        )
    _replace(state, (number,), parts, _rank_of(state, (number,), place), "split", state.find_score(number))


def _rank_of(state: Corrected, numbers: tuple[int, ...], place: int) -> int:
    """The highest rank of the particles, and at least that of one drawn now."""
    return max(-place, *(state.find_rank(number) for number in numbers))


def _replace(
    state: Corrected, numbers: tuple[int, ...], parts: Sequence[Patch], rank: int, edited: str, score: float
) -> None:
    """Put new particles in the place of others."""
    drawn = tuple(line for number in numbers if number in state.made for line in state.made[number].drawn)
    for number in numbers:
        state.made.pop(number, None)
        state.shapes.pop(number, None)
        state.gone.add(number)
    for pixels in parts:
        state.largest += 1
        state.made[state.largest] = MadeParticle(state.largest, pixels, rank, edited, score, drawn)
