"""What the cards of all decoders may have in common."""

from collections.abc import Mapping
from typing import Any

from nanocaliper.inference.card_entries import CardEntries
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.segmentation.score_map import ScoreMap

__all__ = ["describe_decoder", "read_outline_uncertainty", "read_score_map"]


def read_score_map(entries: CardEntries) -> ScoreMap | None:
    """Read ``decoder.score``, the map from what the network says of a particle to its score.

    Parameters
    ----------
    entries : CardEntries

    Returns
    -------
    ScoreMap or None
        None where the card has none.

    Raises
    ------
    ModelError
        If it is incomplete or falls.
    """
    if not entries.has("decoder.score"):
        return None
    slope = entries.number("decoder.score.slope", 1e-6)
    return ScoreMap(bias=entries.number("decoder.score.bias"), slope=slope)


def read_outline_uncertainty(entries: CardEntries) -> float | None:
    """Read ``decoder.outline_uncertainty``, see `Segmentation`; None where the card has none.

    Raises
    ------
    ModelError
        If it is no number, or negative.
    """
    if not entries.has("decoder.outline_uncertainty"):
        return None
    return entries.number("decoder.outline_uncertainty", 0)


def describe_decoder(card: ModelCard) -> dict[str, Any]:
    """Write the decoder's entries down as plain JSON values."""
    return {k: dict(v) if isinstance(v, Mapping) else v for k, v in card.decoder.items()}
