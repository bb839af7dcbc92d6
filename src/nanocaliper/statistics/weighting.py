"""Sizes and weights that statistics accept, and the weighted quantile."""

from collections.abc import Sequence
from types import MappingProxyType
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError

__all__ = ["POWERS", "are_equal", "check_sizes", "check_weights", "count_effectively", "quantiles"]

#: Power r of the size that a particle weighs with in Q_r of ISO 9276-1, by the name of the basis.
POWERS: Final = MappingProxyType({"number": 0, "area": 2, "volume": 3})


def are_equal(sizes: npt.NDArray[np.float64]) -> bool:
    """Tell whether sizes differ by no more than rounding does, one part in 10⁹.

    Parameters
    ----------
    sizes : ndarray of float64, shape (n,)
        n >= 1.

    Returns
    -------
    bool
    """
    return bool(np.ptp(sizes) <= 1e-9 * np.abs(sizes).max())


def check_sizes(sizes: npt.ArrayLike, *, positive: bool = False) -> npt.NDArray[np.float64]:
    """Take sizes as a flat array, refusing impossible ones.

    Parameters
    ----------
    sizes : array_like, shape (n,)
    positive : bool
        Refuse zero too.

    Returns
    -------
    ndarray, shape (n,)

    Raises
    ------
    StatisticsError
        If a size is NaN, infinite or negative (or zero with `positive`).
    """
    try:
        values = np.asarray(sizes, dtype=np.float64).ravel()
    except (TypeError, ValueError) as error:
        raise StatisticsError(f"Sizes are not all numbers ({error}); expected a list of numbers.") from None
    unknown = np.isnan(values)
    if unknown.any() and not unknown.all():
        raise StatisticsError(
            f"{np.count_nonzero(unknown)} of {values.size} sizes are impossible, such as nan: they are not "
            "known, as those in nm of an image without calibration. Calibrate every image, leave those without "
            "a scale out, or use the sizes in px of one image."
        )
    wrong = ~(np.isfinite(values) & ((values > 0) if positive else (values >= 0)))
    if wrong.any():
        expected = "positive" if positive else "not negative"
        raise StatisticsError(
            f"{np.count_nonzero(wrong)} of {values.size} sizes are impossible, such as {values[wrong][0]}; "
            f"expected finite sizes that are {expected}."
        )
    return values


def check_weights(weights: npt.ArrayLike | None, count: int) -> npt.NDArray[np.float64] | None:
    """Take weights as a flat array, refusing impossible ones.

    Parameters
    ----------
    weights : array_like, shape (count,), or None
    count : int
        Number of particles they belong to.

    Returns
    -------
    ndarray, shape (count,), or None

    Raises
    ------
    StatisticsError
        If the number differs, a weight is NaN, infinite or negative, or all are zero.
    """
    if weights is None:
        return None
    values = np.asarray(weights, dtype=np.float64).ravel()
    if values.size != count:
        raise StatisticsError(f"There are {values.size} weights for {count} sizes; expected one each.")
    wrong = ~(np.isfinite(values) & (values >= 0))
    if wrong.any():
        raise StatisticsError(
            f"{np.count_nonzero(wrong)} of {count} weights are impossible, such as {values[wrong][0]}; "
            "expected finite weights that are not negative."
        )
    if count and not values.any():
        raise StatisticsError("All weights are zero; expected at least one particle that counts.")
    return values


def count_effectively(weights: npt.NDArray[np.float64] | None, count: int) -> float:
    """Kish's effective number of particles (Σw)²/Σw², L. Kish, Survey Sampling, Wiley 1965."""
    if weights is None or not count:
        return float(count)
    scaled = weights / weights.max()
    return float(scaled.sum() ** 2 / (scaled @ scaled))


def quantiles(
    sizes: npt.NDArray[np.float64],
    shares: Sequence[float],
    weights: npt.NDArray[np.float64] | None = None,
) -> npt.NDArray[np.float64]:
    """Quantiles of weighted sizes that are definition 7 of Hyndman and Fan where all weights are equal.

    With F⁻¹ the step-wise inverse of the weighted distribution function and n = (Σw)²/Σw²::

        Q(p) = n ∫ F⁻¹(t) dt  from t = (n - 1) p / n  to  ((n - 1) p + 1) / n

    (A. Akinshin, Weighted quantile estimators, arXiv:2304.07265). A particle of weight zero changes nothing.

    Parameters
    ----------
    sizes : ndarray, shape (n,)
        At least one.
    shares : sequence of float
        Each 0 to 1.
    weights : ndarray, shape (n,), optional

    Returns
    -------
    ndarray, shape (len(shares),)
    """
    if weights is None:
        return np.asarray(np.quantile(sizes, shares))
    order = np.argsort(sizes, kind="stable")
    x, w = sizes[order], weights[order]
    total = np.concatenate([[0.0], np.cumsum(w)])
    share = total / total[-1]
    area = np.concatenate([[0.0], np.cumsum(w / total[-1] * x)])
    n = count_effectively(weights, sizes.size)
    start = (n - 1) * np.asarray(shares) / n
    stop = np.minimum(start + 1 / n, 1.0)
    found = (np.interp(stop, share, area) - np.interp(start, share, area)) / (stop - start)
    return np.asarray(np.clip(found, x[0], x[-1]), dtype=np.float64)
