"""Correction for particles that were left out because the border of the image cuts them."""

import math
from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.distribution import Distribution, describe
from nanocaliper.statistics.weighting import check_sizes, count_effectively

__all__ = ["SMALLEST_PROBABILITY", "EdgeCorrection", "correct_edges", "weigh_edges"]

#: Below this probability of lying wholly inside the field a particle's weight is called exploding.
SMALLEST_PROBABILITY: Final = 0.2


@dataclass(frozen=True)
class EdgeCorrection:
    """Sizes with and without Miles-Lantuéjoul weights.

    Parameters
    ----------
    probability : ndarray, shape (n,)
        P of each particle; 0 for a particle as large as the field.
    weights : ndarray, shape (n,)
        1/P; 0 where P is 0, because no finite weight exists.
    unweighted, weighted : Distribution
        Without the correction and with it. Particles as large as the field are in the first alone.
    smallest_probability : float
        The limit below which weights count as exploding.
    exploding : int
        Particles with 0 < P < limit.
    too_large : int
        Particles that are as large as the field in some direction.
    largest_share : float
        Largest share that one particle has of all weight.
    effective_count : float
        Kish's (Σw)²/Σw².
    warnings : tuple of str
    """

    probability: npt.NDArray[np.float64]
    weights: npt.NDArray[np.float64]
    unweighted: Distribution
    weighted: Distribution
    smallest_probability: float
    exploding: int
    too_large: int
    largest_share: float
    effective_count: float
    warnings: tuple[str, ...]


def weigh_edges(
    feret_horizontal: npt.ArrayLike,
    feret_vertical: npt.ArrayLike,
    field_width: npt.ArrayLike,
    field_height: npt.ArrayLike,
    *,
    margin: float = 0.0,
) -> npt.NDArray[np.float64]:
    """Probability of each particle to lie wholly inside the field.

    P = (Z1 - xF1)(Z2 - xF2)/(Z1 Z2), with the horizontal and vertical Feret diameters xF1, xF2 and the
    field's sides Z1, Z2 (R. E. Miles, in Stochastic Geometry, Wiley 1974; C. Lantuéjoul, Microscope 1980, 28,
    33; ISO 13322-1:2014, annex on particle edge effects). The weight of a whole particle is 1/P.

    Parameters
    ----------
    feret_horizontal, feret_vertical : array_like, shape (n,)
        Along columns and along rows, in the unit of the field.
    field_width, field_height : float or array_like, shape (n,)
        Sides of the field; one value each, or one a particle where they come from several images.
    margin : float
        Width of a frame inside the field in which a particle already counts as cut.

    Returns
    -------
    ndarray, shape (n,)
        0 for particles as large as the field.

    Raises
    ------
    StatisticsError
        If a Feret diameter or a side is impossible, or the numbers differ.
    """
    horizontal, vertical = check_sizes(feret_horizontal), check_sizes(feret_vertical)
    if horizontal.size != vertical.size:
        raise StatisticsError(
            f"There are {horizontal.size} horizontal and {vertical.size} vertical Feret diameters; expected "
            "one pair a particle."
        )
    if not (math.isfinite(margin) and margin >= 0):
        raise StatisticsError(
            f"Margin {margin} is impossible; expected a finite length that is not negative."
        )
    product = np.ones(horizontal.size)
    for name, feret, side in (("width", horizontal, field_width), ("height", vertical, field_height)):
        sides = np.asarray(side, dtype=np.float64)
        if sides.size not in (1, feret.size):
            raise StatisticsError(f"There are {sides.size} field {name}s for {feret.size} particles.")
        inner = np.broadcast_to(sides.ravel() - 2 * margin, feret.shape)
        if not (np.isfinite(inner) & (inner > 0)).all():
            raise StatisticsError(f"The field's {name} less the margin is not positive and finite.")
        product = product * np.clip((inner - feret) / inner, 0.0, 1.0)
    return product


def correct_edges(
    sizes: npt.ArrayLike,
    feret_horizontal: npt.ArrayLike,
    feret_vertical: npt.ArrayLike,
    field_width: npt.ArrayLike,
    field_height: npt.ArrayLike,
    *,
    basis: str = "number",
    margin: float = 0.0,
    smallest_probability: float = SMALLEST_PROBABILITY,
) -> EdgeCorrection:
    """Describe whole particles with and without weights for those that the border cut.

    Parameters
    ----------
    sizes : array_like, shape (n,)
        Any size of the whole particles (those cut by the border left out), any unit.
    feret_horizontal, feret_vertical, field_width, field_height, margin
        As for `weigh_edges`, in one unit.
    basis : str
        ``'number'``, ``'area'`` or ``'volume'``.
    smallest_probability : float
        Particles with a smaller P are warned of: a weight over 1/P = 5 makes one particle stand for five, and
        its own Feret diameter decides how many.

    Returns
    -------
    EdgeCorrection

    Raises
    ------
    StatisticsError
        If a number is impossible or lengths differ.
    """
    if not 0 <= smallest_probability < 1:
        raise StatisticsError(
            f"The smallest probability {smallest_probability} is impossible; expected at least 0 and below 1."
        )
    x = check_sizes(sizes)
    p = weigh_edges(feret_horizontal, feret_vertical, field_width, field_height, margin=margin)
    if p.size != x.size:
        raise StatisticsError(f"There are Feret diameters of {p.size} particles for {x.size} sizes.")
    inside = p > 0
    weights = np.where(inside, 1 / np.where(inside, p, 1.0), 0.0)
    exploding = int(np.count_nonzero(inside & (p < smallest_probability)))
    too_large = int(np.count_nonzero(~inside))
    share = float(weights.max() / weights.sum()) if inside.any() else 0.0
    effective = count_effectively(weights[inside], int(inside.sum())) if inside.any() else 0.0
    warnings = []
    if too_large:
        warnings.append(
            f"{too_large} of {x.size} particles are as large as the field in some direction: no weight can "
            "stand for those that were cut. They are left out of the weighted values; use a lower magnification."
        )
    if exploding:
        warnings.append(
            f"{exploding} of {x.size} particles had a chance below {smallest_probability:.0%} to lie wholly in "
            f"the field; their edge weights reach {weights.max():.3g} and the weighted values hang on few "
            "particles. Use a lower magnification, or larger images."
        )
    if inside.any() and effective < 0.5 * np.count_nonzero(inside):
        warnings.append(
            f"The edge weights are so uneven that {np.count_nonzero(inside)} particles tell no more than "
            f"{effective:.0f} of equal weight would."
        )
    weighted = (
        describe(x[inside], weights[inside], basis=basis) if inside.any() else describe([], basis=basis)
    )
    return EdgeCorrection(
        probability=p,
        weights=weights,
        unweighted=describe(x, basis=basis),
        weighted=weighted,
        smallest_probability=smallest_probability,
        exploding=exploding,
        too_large=too_large,
        largest_share=share,
        effective_count=effective,
        warnings=tuple(warnings),
    )
