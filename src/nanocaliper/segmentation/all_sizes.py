"""Large and small particles of one image, from looks of several scales.

One working scale shows particles well from half the diameter that it was chosen for to four times as much. A
coarser look holds together what falls apart in it; finer ones show what is hardly seen.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nanocaliper.inference.tiling import plan_tiles
from nanocaliper.segmentation.field_options import LookOptions
from nanocaliper.segmentation.label_bands import find_at_edges, find_boxes, renumber
from nanocaliper.segmentation.looks import Look, Looker, look_closely
from nanocaliper.segmentation.sight import Sight, find_free, lay, lay_level, measure_sight, view

__all__ = ["AllSizes", "find_all_sizes"]

Window = tuple[slice, slice]

#: Two looks show the same particle where their masks overlap to this IoU; a piece lies on a particle to this share.
_SAME, _ON = 0.5, 0.5
#: Candidates of less score, or of fewer working px, do not ask for a finer look.
_HINT_SCORE, _HINT_PX = 0.1, 5.0
#: Scales that differ by no more than this factor show the same.
_ALIKE = 1.3
#: A finer look that shows the image less than so many times larger is not worth it.
_FINER = 1.5
#: A finer look is taken in parts: working px that are kept, and that are seen around them.
_CORE_PX, _MARGIN_PX = 1024, 192


@dataclass(frozen=True)
class AllSizes:
    """Particles of all looks.

    Parameters
    ----------
    sight : Sight
    scales : tuple of float
        Working px per image px of the looks that had a part in it; first the working scale of the image.
    looks : tuple of float
        Those of the looks that found the working scale.
    """

    sight: Sight
    scales: tuple[float, ...]
    looks: tuple[float, ...]

    @property
    def finest(self) -> float:
        """Largest of the scales."""
        return max(self.scales)


def find_all_sizes(looker: Looker) -> AllSizes:
    """Find the particles of an image, also those that are large or small for its working scale.

    Parameters
    ----------
    looker : Looker

    Returns
    -------
    AllSizes

    Raises
    ------
    SegmentationError
        If the image is too large for the scale its particles ask for.
    """
    options, looks = looker.options, looker.options.looks
    close = look_closely(looker)
    scale, specks_scale = close.look.scale, close.specks_scale
    found = AllSizes(view(close.look, looker.shape, options), (scale,), close.scales)
    coarser = close.first
    del close  # its fields are large
    if looks is None:
        return found
    # Often the first look is as coarse as a coarser one has to be.
    if not 1 / _ALIKE <= coarser.scale / (scale / looks.step) <= _ALIKE:
        coarser = looker.look(scale / looks.step)
    sight = add_large(found.sight, looker, scale, coarser, looks)
    if sight is not found.sight:
        found = replace(found, sight=sight, scales=(scale, coarser.scale))
    del coarser, sight
    while True:
        finer = min(found.finest * looks.step, options.scale_max)
        # Glimpses may have seen specks that are too small to be hinted at.
        hinted = found.finest < specks_scale or hints_at_more(
            found.sight, found.finest, looks, options.confidence
        )
        if not hinted or finer < _FINER * found.finest:
            return found
        sight = add_small(found.sight, looker, found.finest, finer, looks)
        if sight is found.sight:
            return found
        found = replace(found, sight=sight, scales=(*found.scales, finer))


def hints_at_more(sight: Sight, scale: float, looks: LookOptions, confidence: float) -> bool:
    """Tell whether there are candidates that a look hardly shows, and enough of them.

    Those at the edge of the image are no hint: they may be cut.

    Parameters
    ----------
    sight : Sight
    scale : float
        Finest working px per image px at which it was seen.
    looks : LookOptions
    confidence : float
        Score from which on a candidate is sure.

    Returns
    -------
    bool
    """
    sizes = sight.diameters_px * scale
    hints = (sizes >= _HINT_PX) & (sizes < looks.small_px) & (sight.scores >= _HINT_SCORE)
    hints &= ~find_at_edges(sight.labels, sight.count)
    sure = np.count_nonzero(sight.scores >= confidence)
    return bool(hints.sum() >= max(looks.small_fewest, looks.small_share * sure))


def add_large(sight: Sight, looker: Looker, scale: float, coarser: Look, looks: LookOptions) -> Sight:
    """Take over large particles that only a coarser look shows, or that it shows whole and surer than their pieces.

    Parameters
    ----------
    sight : Sight
    looker : Looker
    scale : float
        Working px per image px at which `sight` was seen.
    coarser : Look
        Of the whole image.
    looks : LookOptions

    Returns
    -------
    Sight
        The same one where there is none.
    """
    options = looker.options
    wanted = coarser.sizes_px() * scale >= looks.large_px
    if not wanted.any():
        return sight
    large = view(coarser, looker.shape, options, wanted)
    sure = sight.scores >= options.confidence
    kept, taken = np.ones(sight.count + 1, bool), np.zeros(large.count + 1, bool)
    for number, box in enumerate(find_boxes(large.labels, large.count).tolist(), start=1):
        if large.scores[number] < options.confidence:
            continue
        window = slice(box[0], box[2]), slice(box[1], box[3])
        under = sight.labels[window][large.labels[window] == number]
        within = np.bincount(under, minlength=sight.count + 1).astype(np.float64)
        same = within >= _SAME * (large.areas[number] + sight.areas - within)
        pieces = (within > 0) & (within >= _ON * sight.areas)
        same[0] = pieces[0] = False
        known = (
            np.average(sight.scores[pieces & sure], weights=within[pieces & sure])
            if np.any(pieces & sure)
            else 0
        )
        if not np.any(same & sure) and known <= large.scores[number]:
            taken[number] = True
            kept &= ~pieces
    if not taken.any():
        return sight
    labels = renumber(sight.labels, np.where(kept, np.arange(sight.count + 1), 0).astype(np.int32))
    level = sight.level.copy()
    shown = taken[large.labels] & (labels == 0)
    lay_level(level, large.level, shown, labels == 0)
    labels[shown] = large.labels[shown] + sight.count
    return measure_sight(labels, level, options.score_map)


def add_small(sight: Sight, looker: Looker, scale: float, finer: float, looks: LookOptions) -> Sight:
    """Take small particles from a finer look, where nothing lies that is well seen already.

    Sure ones of the finer look come before small ones of `sight`, and these before unsure ones of both. Enlarged
    texture shows many candidates of which few are sure: a look like that is not believed.

    Parameters
    ----------
    sight : Sight
    looker : Looker
    scale : float
        Finest working px per image px at which `sight` was seen.
    finer : float
        Working px per image px of the finer look.
    looks : LookOptions

    Returns
    -------
    Sight
        The same one where the finer look shows nothing new, or is not believed.
    """
    options = looker.options
    sure = sight.scores >= options.confidence
    seen = sure & (sight.diameters_px * scale >= looks.small_px)
    labels = renumber(sight.labels, np.where(seen, np.arange(sight.count + 1), 0).astype(np.int32))
    level, unsure = sight.level.copy(), np.zeros_like(labels)
    count, shown_count, certain_count = sight.count, 0, 0
    for part, core in _cut(looker, finer):
        look = looker.look(finer, part)
        sizes = look.sizes_px()
        wanted = (sizes * scale < looks.small_px) & (2 * sizes * finer >= looks.small_px)
        if not wanted.any():
            continue
        here = labels[part]
        small = view(look, (here.shape[0], here.shape[1]), options, wanted)
        own = _have_middle(small, core) & find_free(here, small)
        certain = own & (small.scores >= options.confidence)
        shown_count += int((own & (small.scores >= _HINT_SCORE)).sum())
        certain_count += int(certain.sum())
        free = here == 0
        shown = own[small.labels] & free
        lay(here, small, certain, count)
        lay(unsure[part], small, own & ~certain, count)
        lay_level(level[part], small.level, shown, free)
        count += small.count
    if not certain_count or certain_count < looks.small_sure * shown_count:
        return sight
    lay(labels, sight, sure & ~seen, count)
    lay(labels, sight, ~sure, count)
    count += sight.count
    rest = measure_sight(unsure, level, options.score_map)
    lay(labels, rest, np.ones(rest.count + 1, bool), count)
    return measure_sight(labels, level, options.score_map)


def _cut(looker: Looker, scale: float) -> Iterator[tuple[Window, Window]]:
    """Cut an image into what is seen at once and, in px of that, the part of it that is kept."""
    sides = looker.shape
    working = round(sides[0] * scale), round(sides[1] * scale)
    tiles = replace(looker.options.tiles, core=_CORE_PX, margin=_MARGIN_PX)
    for tile in plan_tiles(working, tiles):
        seen, core = [], []
        for axis, side in enumerate(sides):
            inner, outer = tile.core[2 * axis : 2 * axis + 2], tile.seen[2 * axis : 2 * axis + 2]
            first = int(outer[0] / scale)
            seen.append(slice(first, min(round(outer[1] / scale), side)))
            # Cores meet without a gap: each ends where the next begins, and the last with the image.
            start, stop = (min(round(edge / scale), side) for edge in inner)
            core.append(slice(start - first, (side if inner[1] >= working[axis] else stop) - first))
        yield (seen[0], seen[1]), (core[0], core[1])


def _have_middle(sight: Sight, core: Window) -> npt.NDArray[np.bool_]:
    """Whether the middle of each candidate's box lies in a window."""
    boxes = find_boxes(sight.labels, sight.count)
    rows, cols = (boxes[:, 0] + boxes[:, 2]) // 2, (boxes[:, 1] + boxes[:, 3]) // 2
    inside = (rows >= core[0].start) & (rows < core[0].stop) & (cols >= core[1].start) & (cols < core[1].stop)
    return np.concatenate([[False], inside & (boxes[:, 2] > 0)])
