"""What an analysis is asked for."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from nanocaliper.errors import StatisticsError
from nanocaliper.particles.shapes import CLASSES
from nanocaliper.statistics.shares import check_level
from nanocaliper.statistics.uncertainty import MAGNIFICATION_LIMIT
from nanocaliper.statistics.weighting import POWERS

__all__ = ["AnalysisOptions"]


@dataclass(frozen=True)
class AnalysisOptions:
    """Settings of an analysis.

    Parameters
    ----------
    measurand : str
        A length, one of `nanocaliper.statistics.image_particles.MEASURANDS`, with ``_nm`` or ``_px``, or without.
    basis : str
        What intervals, histogram, precision and budget count: ``'number'``, ``'area'`` or ``'volume'``.
    level : float
        Confidence level.
    precision : float
        Half-width of the interval over the value that is wanted.
    repeatability : float, optional
        Relative standard deviation of the result when all is repeated, for the budget.
    edits : mapping
        Changes to the budget, see `nanocaliper.statistics.uncertainty_edits.edit_budget`.
    include_border : bool
        Count particles that the border cuts; then nothing is corrected for them and there is no verdict.
    shape : str, optional
        Only particles of this class.
    detection_limit : float, optional
        Smallest size that is seen, in the unit of the measurand: smaller particles are left out, and fits are
        truncated there.
    seed : int, optional
        Of the resampling; made from the sizes if absent.
    replicates : int
        Bootstrap replicates of the full analysis.
    magnification_limit : float
        As for `nanocaliper.statistics.uncertainty.build_budget`.
    outline_uncertainty_px : float, optional
        Likewise; by default that of each particle, where the network says it.

    Raises
    ------
    StatisticsError
        If a setting is impossible or unknown.
    """

    measurand: str = "diameter_equivalent"
    basis: str = "number"
    level: float = 0.95
    precision: float = 0.05
    repeatability: float | None = None
    edits: Mapping[str, Mapping[str, Any]] = field(default_factory=lambda: MappingProxyType({}))
    include_border: bool = False
    shape: str | None = None
    detection_limit: float | None = None
    seed: int | None = None
    replicates: int = 2000
    magnification_limit: float = MAGNIFICATION_LIMIT
    outline_uncertainty_px: float | None = None

    def __post_init__(self) -> None:
        check_level(self.level)
        if self.basis not in POWERS:
            raise StatisticsError(f"Basis '{self.basis}' is unknown; expected one of {', '.join(POWERS)}.")
        if self.shape is not None and self.shape not in CLASSES:
            raise StatisticsError(f"Shape '{self.shape}' is unknown; expected one of {', '.join(CLASSES)}.")
        for name, value in (("precision", self.precision), ("detection limit", self.detection_limit)):
            if value is not None and not (math.isfinite(value) and value > 0):
                raise StatisticsError(f"The {name} {value:g} is impossible; expected a positive number.")
        if self.repeatability is not None and not (
            math.isfinite(self.repeatability) and self.repeatability >= 0
        ):
            raise StatisticsError(
                f"The repeatability {self.repeatability:g} is impossible; expected a relative standard "
                "deviation, for example 0.02."
            )
        if self.seed is not None and not 0 <= self.seed < 2**48:
            raise StatisticsError(f"The seed {self.seed} is impossible; expected 0 to 2^48 - 1.")
        if self.replicates < 100:
            raise StatisticsError(f"{self.replicates} replicates are too few; expected at least 100.")
