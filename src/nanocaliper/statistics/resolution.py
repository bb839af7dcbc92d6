"""The smallest particle that can be measured at this pixel size."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.weighting import check_sizes

__all__ = ["SMALLEST_DIAMETER_PX", "Resolution", "check_resolution"]

#: Fewest pixels across a particle for its size to be trusted.
SMALLEST_DIAMETER_PX: Final = 10.0

_SOME = 0.05


@dataclass(frozen=True)
class Resolution:
    """Whether the particles are large enough in pixels.

    Parameters
    ----------
    smallest_px : float
        The limit, px.
    smallest_nm : float or None
        The same in nm; None without a calibration.
    count, below : int
        Particles, and those whose diameter is below the limit.
    share_below : float or None
        below / count; None without particles.
    median_px : float or None
        Median diameter, px.
    digitisation_px : float
        Standard uncertainty of one diameter from the pixel grid, px: both ends are known to ±½ px with equal
        chances, which makes a triangular distribution of ±1 px, 1/√6.
    warnings : tuple of str
    """

    smallest_px: float
    smallest_nm: float | None
    count: int
    below: int
    share_below: float | None
    median_px: float | None
    digitisation_px: float
    warnings: tuple[str, ...]


def check_resolution(
    diameters_px: npt.ArrayLike,
    nm_per_px: float | None = None,
    *,
    smallest_px: float = SMALLEST_DIAMETER_PX,
) -> Resolution:
    """Compare diameters with the smallest that the pixel size allows.

    An end of a diameter is known to half a pixel, so a diameter of 10 px has a standard uncertainty of
    1/√6 px = 4 % from the pixel grid alone, and its area is made of fewer than 80 pixels. ISO 13322-1:2014 asks
    that the smallest particles of interest be resolved by enough pixels for the wanted accuracy; the limit of
    10 px is this project's choice.

    Parameters
    ----------
    diameters_px : array_like, shape (n,)
        Equivalent or smallest Feret diameters, px.
    nm_per_px : float, optional
        Scale.
    smallest_px : float
        The limit, px.

    Returns
    -------
    Resolution

    Raises
    ------
    StatisticsError
        If a diameter, the scale or the limit is impossible.
    """
    x = check_sizes(diameters_px)
    for name, value in (("scale", nm_per_px), ("limit", smallest_px)):
        if value is not None and not (math.isfinite(value) and value > 0):
            raise StatisticsError(f"The {name} {value} is impossible; expected a positive number.")
    below = int(np.count_nonzero(x < smallest_px))
    smallest_nm = None if nm_per_px is None else smallest_px * nm_per_px
    share = below / x.size if x.size else None
    median = float(np.median(x)) if x.size else None
    verb = "is" if below == 1 else "are"
    limit = f"{smallest_px:.3g} px" + ("" if smallest_nm is None else f" ({smallest_nm:.3g} nm)")
    warnings = []
    if share is not None and share > 0:
        how = "Their sizes are" if share > _SOME else "These few sizes are"
        warnings.append(
            f"{below} of {x.size} particles ({share:.1%}) {verb} less than {limit} across. {how} uncertain by "
            f"more than {1 / math.sqrt(6) / smallest_px:.0%} each from the pixel grid alone, and smaller "
            "particles may be missing; use a higher magnification."
        )
    if median is not None and median < smallest_px:
        warnings.append(
            f"The median diameter, {median:.3g} px, is below the smallest measurable size of {limit}: the "
            "image does not resolve most of its particles."
        )
    return Resolution(
        smallest_px, smallest_nm, x.size, below, share, median, 1 / math.sqrt(6), tuple(warnings)
    )
