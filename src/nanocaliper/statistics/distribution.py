"""The size distribution of one micrograph in numbers."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Distribution", "describe"]


@dataclass(frozen=True)
class Distribution:
    """Number-weighted distribution of a size.

    Parameters
    ----------
    count : int
        Particles measured.
    mean, sd : float or None
        Arithmetic mean and standard deviation (n - 1); None where there are too few particles.
    d10, d50, d90 : float or None
        Sizes below which 10, 50 and 90 % of the particles by number lie: x10,0, x50,0 and x90,0 in the
        notation of ISO 9276-1.
    """

    count: int
    mean: float | None
    sd: float | None
    d10: float | None
    d50: float | None
    d90: float | None


def describe(sizes: npt.ArrayLike) -> Distribution:
    """Describe a set of sizes.

    Quantiles interpolate linearly between order statistics (definition 7 of Hyndman and Fan, Am. Stat. 1996,
    50, 361).

    Parameters
    ----------
    sizes : array_like, shape (n,)
        Sizes of any one unit; NaN (not calibrated) values are not allowed.

    Returns
    -------
    Distribution
        In the unit of `sizes`; with no size everything but the count is None, with one the SD is None.

    Raises
    ------
    ValueError
        If a size is NaN, infinite or negative.
    """
    values = np.asarray(sizes, dtype=np.float64).ravel()
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        raise ValueError(
            f"{np.count_nonzero(wrong)} of {values.size} sizes are impossible, such as {values[wrong][0]}; "
            "expected finite sizes that are not negative."
        )
    if not values.size:
        return Distribution(0, None, None, None, None, None)
    d10, d50, d90 = (float(q) for q in np.quantile(values, (0.1, 0.5, 0.9)))
    sd = float(values.std(ddof=1)) if values.size > 1 else None
    return Distribution(values.size, float(values.mean()), sd, d10, d50, d90)
