"""Particles by a network of five fields: the working scales are found from the image."""

from typing import Any

import numpy.typing as npt

from nanocaliper.inference.grey import stretch
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.inference.session import open_network
from nanocaliper.segmentation.all_sizes import find_all_sizes
from nanocaliper.segmentation.candidates import Candidates
from nanocaliper.segmentation.card_decoder import describe_decoder
from nanocaliper.segmentation.field_options import FieldOptions
from nanocaliper.segmentation.looks import Looker
from nanocaliper.segmentation.parting import PartingOptions

__all__ = ["find_by_fields"]


def find_by_fields(pixels: npt.NDArray[Any], card: ModelCard, asked: PartingOptions) -> Candidates:
    """Find particles with a network that says for each place how deep in a particle it lies, and where its borders.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
    card : ModelCard
    asked : PartingOptions
        Its `split` is used.

    Returns
    -------
    Candidates

    Raises
    ------
    ModelError
        If weights or card are damaged.
    SegmentationError
        If the image is too large for the scale its particles ask for.
    """
    options = FieldOptions.from_card(card, asked.split)
    network = open_network(card)
    looker = Looker(stretch(pixels), network, options)
    found = find_all_sizes(looker)
    settings = {
        "working_scale": round(found.scales[0], 4),
        "looks": [round(scale, 4) for scale in found.looks],
        "working_scales": [round(scale, 4) for scale in found.scales],
        "split": asked.split,
        "decoder": describe_decoder(card),
    }
    return Candidates(
        found.sight.labels,
        found.sight.level,
        options.diameter_min_px / found.finest,
        settings,
        network.sha256,
        score_map=options.score_map,
        outline_uncertainty=options.outline_uncertainty,
    )
