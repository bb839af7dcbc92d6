"""Particles by a network: which way of reading it its card asks for."""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import numpy.typing as npt

from nanocaliper.inference.card_entries import CardEntries
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.segmentation.by_detections import find_by_detections
from nanocaliper.segmentation.by_fields import find_by_fields
from nanocaliper.segmentation.by_probability import find_by_probability
from nanocaliper.segmentation.candidates import Candidates
from nanocaliper.segmentation.parting import PartingOptions

__all__ = ["FINDERS", "find_by_network", "gives_probability"]

#: From the field of a micrograph, a card and what the user asks for to candidates.
Finder = Callable[[npt.NDArray[Any], ModelCard, PartingOptions], Candidates]

#: By ``decoder.name`` of a card; a new way of reading networks is one line here.
FINDERS: Mapping[str, Finder] = MappingProxyType(
    {"fields": find_by_fields, "semantic": find_by_probability, "prototypes": find_by_detections}
)

#: Those whose `Segmentation.level` says of every pixel how probable particle is there. Of a detecting network it
#: tells only where the masks of its detections end, sure and unsure ones alike.
_PROBABLE = frozenset({"fields", "semantic"})


def gives_probability(card: ModelCard) -> bool:
    """Tell whether the `Segmentation.level` of a network grows with the probability of particle at a pixel.

    Parameters
    ----------
    card : ModelCard

    Returns
    -------
    bool

    Raises
    ------
    ModelError
        If the decoder is unknown.
    """
    return CardEntries(card).choice("decoder.name", tuple(FINDERS)) in _PROBABLE


def find_by_network(pixels: npt.NDArray[Any], card: ModelCard, asked: PartingOptions) -> Candidates:
    """Find particles with a network, read as its card says.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
    card : ModelCard
    asked : PartingOptions

    Returns
    -------
    Candidates

    Raises
    ------
    ModelError
        If weights or card are damaged, or the decoder is unknown.
    SegmentationError
        If the image is too large for the scale the network wants.
    """
    name = CardEntries(card).choice("decoder.name", tuple(FINDERS))
    return FINDERS[name](pixels, card, asked)
