"""What figures show, and what drawing them gives."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.bootstrap import Intervals
from nanocaliper.statistics.fits import Fit
from nanocaliper.statistics.goodness import Goodness
from nanocaliper.statistics.modality import Modality
from nanocaliper.statistics.uncertainty import UncertaintyBudget
from nanocaliper.statistics.weighting import POWERS, check_sizes, check_weights

if TYPE_CHECKING:
    from matplotlib.figure import Figure

__all__ = ["UNITS", "Drawing", "DrawnFigure", "FigureData", "FigureSet"]

#: Units that sizes may come in.
UNITS = ("nm", "px")


@dataclass(frozen=True)
class FigureData:
    """What the figures of one sample show. Only sizes and unit are needed.

    Parameters
    ----------
    sizes : ndarray, shape (n,)
        In `unit`, at least one; no NaN.
    unit : str
        ``'nm'`` or ``'px'``.
    name : str
        Of the sample.
    quantity : str
        What `sizes` are, the label of the size axis.
    weights : ndarray, shape (n,), optional
        As for `nanocaliper.statistics.distribution.describe`.
    basis : str
        ``'number'``, ``'area'`` or ``'volume'``: what histogram and cumulative curve count.
    logarithmic : bool
        Logarithmic size axis, bins equally wide in ln x.
    intervals : Intervals, optional
        Of the same basis; mean and D50 are marked in the histogram, D10, D50 and D90 on the cumulative curve.
    fits : tuple of Fit
        Number distributions, the best by AIC first; converted to `basis` where they are drawn.
    goodness : mapping of str to Goodness
        By model: goes under the Q-Q plot.
    modality : Modality, optional
        Its components are drawn where there are more than one.
    shape_values : ndarray, shape (n,), optional
        Aspect ratio, circularity or the like, NaN where it does not exist.
    shape_quantity : str
        What `shape_values` are.
    shape_classes : sequence of str, length n, optional
        Class of shape of each particle, empty where not decided.
    images : sequence of str, length n, optional
        Image of each particle.
    flagged_images : collection of str
        Images that disagree with the others.
    budget : UncertaintyBudget, optional

    Raises
    ------
    StatisticsError
        If lengths, unit, basis, sizes or weights are impossible, or the intervals have another basis.
    """

    sizes: npt.NDArray[np.float64]
    unit: str
    name: str = ""
    quantity: str = "Area-equivalent diameter"
    weights: npt.NDArray[np.float64] | None = None
    basis: str = "number"
    logarithmic: bool = False
    intervals: Intervals | None = None
    fits: tuple[Fit, ...] = ()
    goodness: Mapping[str, Goodness] = field(default_factory=dict)
    modality: Modality | None = None
    shape_values: npt.NDArray[np.float64] | None = None
    shape_quantity: str = "Aspect ratio"
    shape_classes: Sequence[str] | None = None
    images: Sequence[str] | None = None
    flagged_images: Collection[str] = ()
    budget: UncertaintyBudget | None = None

    def __post_init__(self) -> None:
        if self.unit not in UNITS:
            raise StatisticsError(f"Unit {self.unit!r} of the sizes is unknown; expected 'nm' or 'px'.")
        if self.basis not in POWERS:
            raise StatisticsError(f"Basis {self.basis!r} is unknown; expected one of {', '.join(POWERS)}.")
        sizes = check_sizes(self.sizes)
        if not sizes.size:
            raise StatisticsError(
                "There are no particles to draw; expected at least one. Measure some first."
            )
        if self.logarithmic and sizes.min() <= 0:
            raise StatisticsError(
                "A logarithmic axis has no place for sizes of 0; leave them out or use a linear axis."
            )
        check_weights(self.weights, sizes.size)
        for what, values in (
            ("shape values", self.shape_values),
            ("shape classes", self.shape_classes),
            ("image names", self.images),
        ):
            if values is not None and len(values) != sizes.size:
                raise StatisticsError(
                    f"There are {len(values)} {what} for {sizes.size} sizes; expected one for each."
                )
        if self.intervals is not None and self.intervals.distribution.basis != self.basis:
            raise StatisticsError(
                f"The intervals are those of the {self.intervals.distribution.basis} distribution, but the figures "
                f"show the {self.basis} distribution; give both on one basis."
            )
        if self.images is not None and (strange := sorted(set(self.flagged_images) - set(self.images))):
            raise StatisticsError(
                f"No particle comes from the flagged image {strange[0]!r}; flag images that are there."
            )


@dataclass(frozen=True)
class Drawing:
    """One figure, not yet written.

    Parameters
    ----------
    name : str
        File name without suffix.
    figure : matplotlib.figure.Figure
    description : str
        One sentence that stands in for the figure (alternative text).
    """

    name: str
    figure: "Figure"
    description: str


@dataclass(frozen=True)
class DrawnFigure:
    """One figure, written.

    Parameters
    ----------
    name : str
        File name without suffix.
    paths : mapping of str to Path
        By format.
    description : str
        One sentence that stands in for the figure (alternative text).
    width_mm, height_mm : float
    """

    name: str
    paths: Mapping[str, Path]
    description: str
    width_mm: float
    height_mm: float


@dataclass(frozen=True)
class FigureSet:
    """All figures that were asked for.

    Parameters
    ----------
    drawn : tuple of DrawnFigure
    omitted : mapping of str to str
        Figures that were not drawn, with the reason.
    """

    drawn: tuple[DrawnFigure, ...]
    omitted: Mapping[str, str]
