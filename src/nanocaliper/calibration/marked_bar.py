"""A scale bar whose ends a person marked."""

import math
from dataclasses import dataclass

from nanocaliper.errors import CalibrationError
from nanocaliper.units import NM_PER_UNIT

__all__ = ["MarkedBar"]

#: Standard uncertainty of where a person puts an end, px.
_END_UNCERTAINTY_PX = 0.5
_SHORTEST_PX = 2.0


@dataclass(frozen=True)
class MarkedBar:
    """Two ends and the length between them.

    Parameters
    ----------
    start, stop : (float, float)
        The ends (row, col), px of the whole image.
    value : float
        The number on the label.
    unit : str
        Its unit, one of `nanocaliper.units.NM_PER_UNIT`.

    Raises
    ------
    CalibrationError
        If the ends are nearer than 2 px, a number is not finite, or the unit is unknown.
    """

    start: tuple[float, float]
    stop: tuple[float, float]
    value: float
    unit: str

    def __post_init__(self) -> None:
        if not all(math.isfinite(x) for x in (*self.start, *self.stop)):
            raise CalibrationError(
                "An end of the marked scale bar is no number; mark both ends in the image."
            )
        if self.length_px < _SHORTEST_PX:
            raise CalibrationError(
                f"The marked scale bar is {self.length_px:.2g} px long; expected at least {_SHORTEST_PX:g} px, so "
                "mark its two ends."
            )
        if self.unit not in NM_PER_UNIT:
            raise CalibrationError(
                f"The unit of the marked scale bar is {self.unit!r}; expected one of {', '.join(NM_PER_UNIT)}."
            )
        if not (math.isfinite(self.value) and self.value > 0):
            raise CalibrationError(
                f"The marked scale bar stands for {self.value} {self.unit}; expected a number above 0."
            )

    @property
    def length_px(self) -> float:
        """Distance of the ends, px."""
        return math.dist(self.start, self.stop)

    @property
    def nm_per_px(self) -> float:
        """The scale: length of the label over distance of the ends."""
        return self.value * NM_PER_UNIT[self.unit] / self.length_px

    @property
    def relative_uncertainty(self) -> float:
        """Relative standard uncertainty: half a pixel at each end, added in quadrature, over the length."""
        return math.hypot(_END_UNCERTAINTY_PX, _END_UNCERTAINTY_PX) / self.length_px
