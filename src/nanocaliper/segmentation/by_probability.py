"""Particles by a network that gives the probability of particle for each pixel."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.inference.card_entries import CardEntries
from nanocaliper.inference.grey import stretch
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.inference.session import open_network
from nanocaliper.inference.tiling import TileOptions, plan_tiles, resample, run_tiled
from nanocaliper.segmentation.candidates import Candidates
from nanocaliper.segmentation.card_decoder import describe_decoder, read_outline_uncertainty, read_score_map
from nanocaliper.segmentation.decoders.partings import PARTINGS, fill_specks
from nanocaliper.segmentation.glimpses import Glimpsed
from nanocaliper.segmentation.label_bands import count_pixels, find_at_edges
from nanocaliper.segmentation.parting import PartingOptions
from nanocaliper.segmentation.score_map import ScoreMap
from nanocaliper.segmentation.segmentation import BOUNDARY_LEVEL
from nanocaliper.segmentation.upsample import upsample_level
from nanocaliper.segmentation.working_scale import WorkingScale, look_closer, warn_of_reduction

__all__ = ["SemanticOptions", "find_by_probability"]

#: Networks of full resolution take some 3 kB a px: larger images are looked at in tiles of this size at most.
_CORE_PX, _MARGIN_PX, _WHOLE_PX = 512, 256, 1024**2


@dataclass(frozen=True)
class SemanticOptions:
    """What the card says of feeding and reading the network; see ``docs/models.md``."""

    scale: WorkingScale
    boundary: float
    parting: str
    diameter_min_px: float
    tiles: TileOptions
    reach_px: int | None = None
    score_map: ScoreMap | None = None
    outline_uncertainty: float | None = None

    @classmethod
    def from_card(cls, card: ModelCard, parting: str | None = None) -> "SemanticOptions":
        """Take the entries from a card.

        Parameters
        ----------
        card : ModelCard
        parting : str or None
            One of `PARTINGS`; None: as the card says.

        Raises
        ------
        ModelError
            If an entry is missing or impossible.
        """
        entries = CardEntries(card)
        stride = entries.whole("output.stride")
        tiles = TileOptions(
            multiple=entries.whole("input.multiple", stride, _MARGIN_PX),
            stride=stride,
            channels=len(entries.names("output.channels")),
            core=_CORE_PX,
            margin=_MARGIN_PX,
            whole_px=_WHOLE_PX,
        )
        return cls(
            scale=WorkingScale.from_card(entries),
            boundary=entries.number("decoder.boundary", 1e-3, 1 - 1e-3),
            parting=parting or entries.choice("decoder.parting", tuple(PARTINGS)),
            diameter_min_px=entries.number("decoder.diameter_min_px", 0),
            tiles=tiles,
            reach_px=entries.whole("input.reach_px") if entries.has("input.reach_px") else None,
            score_map=read_score_map(entries),
            outline_uncertainty=read_outline_uncertainty(entries),
        )


def find_by_probability(pixels: npt.NDArray[Any], card: ModelCard, asked: PartingOptions) -> Candidates:
    """Find particles with a network that tells particle from background.

    The probability is brought to the image's own pixels before it is cut at the boundary, so that outlines do not
    follow the network's grid.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
    card : ModelCard
    asked : PartingOptions
        Its `parting` is used.

    Returns
    -------
    Candidates
        With a warning where the image had to be looked at in tiles by a network that sees further than they reach.

    Raises
    ------
    ModelError
        If weights or card are damaged.
    SegmentationError
        If the image is too large for the scale the network wants.
    """
    options = SemanticOptions.from_card(card, asked.parting)
    network = open_network(card)
    shape = pixels.shape[0], pixels.shape[1]
    grey = stretch(pixels)

    def measure(scale: float, part: tuple[slice, slice]) -> Glimpsed:
        seen = run_tiled(resample(np.ascontiguousarray(grey[part]), scale), network, options.tiles)[0]
        labels = PARTINGS[options.parting](seen >= options.boundary)
        count = int(labels.max(initial=0))
        diameters = np.sqrt(4 * count_pixels(labels, count) / np.pi) * options.tiles.stride
        counts = (diameters >= options.diameter_min_px) & (np.arange(count + 1) > 0)
        return Glimpsed(diameters[counts] / scale, find_at_edges(labels, count)[counts])

    scale = look_closer(options.scale.find(shape), shape, measure)
    working = resample(grey, scale)
    tiles = len(plan_tiles((working.shape[0], working.shape[1]), options.tiles))
    probability = run_tiled(working, network, options.tiles)[0]
    down, across = (w / s / options.tiles.stride for w, s in zip(working.shape, shape, strict=True))
    level = upsample_level(probability, shape, (down, across), options.boundary)
    diameter_min_px = options.diameter_min_px / scale
    inside = fill_specks(level > BOUNDARY_LEVEL, np.pi / 4 * diameter_min_px**2)
    level[inside & (level <= BOUNDARY_LEVEL)] = np.ceil(BOUNDARY_LEVEL)
    settings = {
        "working_scale": round(scale, 4),
        "parting": options.parting,
        "tiles": tiles,
        "decoder": describe_decoder(card),
    }
    return Candidates(
        PARTINGS[options.parting](inside),
        level,
        diameter_min_px,
        settings,
        network.sha256,
        warnings=(*warn_of_reduction(scale), *_warn_of_tiles(tiles, options.reach_px)),
        score_map=options.score_map,
        outline_uncertainty=options.outline_uncertainty,
    )


def _warn_of_tiles(tiles: int, reach_px: int | None) -> tuple[str, ...]:
    if tiles == 1 or (reach_px is not None and reach_px <= _MARGIN_PX):
        return ()
    return (
        f"The image was looked at in {tiles} tiles, for it is too large to be looked at in one piece; the network "
        "takes in more than a tile shows, so the result may differ a little from that of the whole image.",
    )
