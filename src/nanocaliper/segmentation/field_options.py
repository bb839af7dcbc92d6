"""What the card of a network of five fields says of feeding and reading it."""

from dataclasses import dataclass, replace

import numpy as np

from nanocaliper.inference.card_entries import CardEntries
from nanocaliper.inference.model_card import ModelCard
from nanocaliper.inference.tiling import TileOptions
from nanocaliper.segmentation.card_decoder import read_outline_uncertainty, read_score_map
from nanocaliper.segmentation.decoders.fields import BoundaryJudge
from nanocaliper.segmentation.score_map import ScoreMap

__all__ = ["FieldOptions", "LookOptions"]

#: Particles of this score have a say in the scale: small ones are sure only when they are looked at closely.
_SEEN_SCORE = 0.2


@dataclass(frozen=True)
class LookOptions:
    """How the looks of several scales share the particles of one image.

    Parameters
    ----------
    step : float
        A finer or coarser look shows the image so many times larger or smaller.
    small_px : float
        Particles under this diameter, working px, are hardly seen: a finer look takes them over. What it shows
        under half of it does not count.
    small_fewest : int
        So many particles that are hardly seen ask for a finer look,
    small_share : float
        if they are this share of the sure ones or more.
    small_sure : float
        Of the small particles that a finer look shows, at least this share has to be sure.
    large_px : float
        Particles from this diameter on, working px, may fall apart: a coarser look holds them together.
    """

    step: float
    small_px: float
    small_fewest: int
    small_share: float
    small_sure: float
    large_px: float


@dataclass(frozen=True)
class FieldOptions:
    """What the card says of feeding and reading the network; see ``docs/models.md``."""

    diameter_px: float
    first_look_px: float
    scale_max: float
    foreground: float
    boundary: float
    smoothing_px: float
    diameter_min_px: float
    confidence: float
    judge: BoundaryJudge
    tiles: TileOptions
    score_map: ScoreMap | None = None
    outline_uncertainty: float | None = None
    looks: LookOptions | None = None

    @property
    def foreground_mean(self) -> float:
        """Mean foreground probability of a particle's pixels from which on it has a say in the working scale."""
        if self.score_map is None:
            return self.confidence
        # Scores are of levels, which are linear in the probability on either side of the boundary.
        mean = self.score_map.invert(np.array(min(self.confidence, _SEEN_SCORE)))
        return float(np.interp(mean, (0, 0.5, 1), (0, self.boundary, 1)))

    @classmethod
    def from_card(cls, card: ModelCard, split: float = 0.0) -> "FieldOptions":
        """Take the entries from a card.

        Parameters
        ----------
        card : ModelCard
        split : float
            Added to the bias of the judge: log odds by which boundaries are readier taken for real.

        Raises
        ------
        ModelError
            If an entry is missing or impossible.
        """
        entries = CardEntries(card)
        entries.choice("decoder.name", ("fields",))
        judge = BoundaryJudge(
            **{name: entries.number(f"decoder.judge.{name}") for name in BoundaryJudge.__annotations__}
        )
        return cls(
            diameter_px=entries.number("input.diameter_px", 1),
            first_look_px=entries.number("input.first_look_px", 1),
            scale_max=entries.number("input.scale_max", 1e-3),
            foreground=entries.number("decoder.foreground", 0, 1),
            boundary=entries.number("decoder.boundary", 0, 1),
            smoothing_px=entries.number("decoder.smoothing_px", 0),
            diameter_min_px=entries.number("decoder.diameter_min_px", 0),
            confidence=entries.number("decoder.confidence", 0, 1),
            judge=replace(judge, bias=judge.bias + split),
            tiles=TileOptions(
                multiple=entries.whole("input.multiple"),
                stride=entries.whole("output.stride"),
                channels=len(entries.names("output.channels")),
            ),
            score_map=read_score_map(entries),
            outline_uncertainty=read_outline_uncertainty(entries),
            looks=_read_looks(entries),
        )


def _read_looks(entries: CardEntries) -> LookOptions | None:
    """None where the card says nothing of several looks: then there is one."""
    if not entries.has("decoder.looks"):
        return None
    return LookOptions(
        step=entries.number("decoder.looks.step", 1.5, 10),
        small_px=entries.number("decoder.looks.small_px", 2),
        small_fewest=entries.whole("decoder.looks.small_fewest", 1),
        small_share=entries.number("decoder.looks.small_share", 0),
        small_sure=entries.number("decoder.looks.small_sure", 0, 1),
        large_px=entries.number("decoder.looks.large_px", 2),
    )
