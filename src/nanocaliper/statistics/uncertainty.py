"""The uncertainty budget of a size, after the GUM (JCGM 100:2008)."""

import math
from typing import Final

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.bootstrap import Intervals
from nanocaliper.statistics.distribution import describe
from nanocaliper.statistics.uncertainty_budget import (
    COVERAGE_FACTOR,
    DIVISORS,
    UncertaintyBudget,
    UncertaintyRow,
    combine_rows,
)
from nanocaliper.statistics.weighting import check_sizes

__all__ = [
    "COVERAGE_FACTOR",
    "DIVISORS",
    "LENGTHS",
    "MAGNIFICATION_LIMIT",
    "OUTLINE_UNCERTAINTY_PX",
    "UncertaintyBudget",
    "UncertaintyRow",
    "build_budget",
    "combine_rows",
]

#: Limits of the instrument's magnification error where none is given: ASTM E766-14(2019) expects 5 % or better
#: of a calibrated microscope.
MAGNIFICATION_LIMIT: Final = 0.05

#: Standard uncertainty of the outline's place, px, where none is given.
OUTLINE_UNCERTAINTY_PX: Final = 0.5

#: Statistics of a distribution that are lengths and can have a budget.
LENGTHS: Final = (
    "mean", "sd", "d10", "d50", "d90", "mode", "geometric_mean", "d_1_0", "d_2_1", "d_3_2", "d_4_3",
)  # fmt: skip


def build_budget(
    measurand: str,
    diameters_px: npt.ArrayLike,
    nm_per_px: float | None,
    *,
    weights: npt.ArrayLike | None = None,
    basis: str = "number",
    sampling: Intervals | None = None,
    relative_calibration_uncertainty: float | None = None,
    magnification_limit: float = MAGNIFICATION_LIMIT,
    outline_uncertainty_px: npt.ArrayLike | None = None,
    repeatability: float | None = None,
    repeatability_degrees: float | None = None,
) -> UncertaintyBudget:
    """Make the uncertainty budget of one statistic of the diameters of one image or one magnification.

    Rows: *calibration*, the reading of nm per pixel; *magnification*, what the instrument's own scale is off,
    rectangular; *pixel_size*, the pixel grid, ±½ px at both ends of a diameter (triangular, 1/√6 px),
    different for each particle, so divided by √n; *outline*, the place of the boundary, off the same way for all
    particles, which changes every diameter by twice as much; *sampling*, from `sampling`; and
    *repeatability*, given by the user.

    Parameters
    ----------
    measurand : str
        One of `LENGTHS`.
    diameters_px : array_like, shape (n,)
        Diameters, px, at least one.
    nm_per_px : float or None
        Scale; without one the budget is in px and lacks what belongs to the scale.
    weights : array_like, shape (n,), optional
        As for `describe`.
    basis : str
    sampling : Intervals, optional
        Of the same particles, in px or nm: its relative standard error is used.
    relative_calibration_uncertainty : float, optional
        Standard uncertainty of nm_per_px over nm_per_px.
    magnification_limit : float
        Limit X of the instrument's relative error, ±X with equal chances between; 0 for a scale that is
        traceable, with its uncertainty in `relative_calibration_uncertainty`.
    outline_uncertainty_px : float or array_like, shape (n,), optional
        Standard uncertainty of the boundary's place, px, positive outwards, of all particles or of each; NaN
        where it is not known, which takes the mean of the others. By default, and where none is known,
        `OUTLINE_UNCERTAINTY_PX`.
    repeatability : float, optional
        Relative standard deviation of the result when all is repeated.
    repeatability_degrees : float, optional
        Degrees of freedom of that.

    Returns
    -------
    UncertaintyBudget

    Raises
    ------
    StatisticsError
        If a number is impossible, the measurand unknown, or it does not exist for these diameters.
    """
    if measurand not in LENGTHS:
        raise StatisticsError(f"No budget for {measurand!r}; expected one of {', '.join(LENGTHS)}.")
    for name, number in (
        ("relative calibration uncertainty", relative_calibration_uncertainty),
        ("magnification limit", magnification_limit),
        ("repeatability", repeatability),
    ):
        if number is not None and not (math.isfinite(number) and number >= 0):
            raise StatisticsError(
                f"The {name} {number} is impossible; expected a number that is not negative."
            )
    if nm_per_px is not None and not (math.isfinite(nm_per_px) and nm_per_px > 0):
        raise StatisticsError(f"The scale {nm_per_px} nm/px is impossible; expected a positive number.")
    x = check_sizes(diameters_px)
    doubts, whence = _read_outline_uncertainty(outline_uncertainty_px, x.size)
    found = describe(x, weights, basis=basis)
    in_px = getattr(found, measurand)
    if in_px is None:
        raise StatisticsError(
            f"The {measurand} of {x.size} particles does not exist, so it has no budget. Measure more particles."
        )
    doubt = float(doubts.mean())
    scale, unit = (1.0, "px") if nm_per_px is None else (nm_per_px, "nm")
    y = in_px * scale
    rows: list[UncertaintyRow] = []
    warnings: list[str] = []

    def add(
        name: str, kind: str, shape: str, value: float, of: str, u: float, c: float, degrees: float | None,
        source: str,
    ) -> None:  # fmt: skip
        rows.append(UncertaintyRow(name, kind, shape, value, of, u, c, abs(c) * u, degrees, source))

    if nm_per_px is None:
        warnings.append("There is no calibration: the budget is in px and knows nothing of the scale.")
    else:
        if relative_calibration_uncertainty is None:
            warnings.append(
                "The scale came without an uncertainty: the budget lacks that of its reading. Give it, or "
                "replace the row 'calibration'."
            )
        known = relative_calibration_uncertainty or 0.0
        reading = (
            "Reading of the scale (bar and label, metadata, or as the user gave it)."
            if relative_calibration_uncertainty is not None
            else "Not known: counted as zero."
        )
        add("calibration", "B", "normal", scale, "nm/px", scale * known, y / scale, None, reading)
        assumed = "Assumed" if magnification_limit == MAGNIFICATION_LIMIT else "Given"
        add(
            "magnification", "B", "rectangular", 1.0, "1", magnification_limit / math.sqrt(3), y, None,
            f"{assumed}: the instrument's own scale is right within ±{magnification_limit:.2%}"
            + ("; ASTM E766 expects that of a calibrated microscope." if assumed == "Assumed" else "."),
        )  # fmt: skip
    n = found.effective_count
    add(
        "pixel_size", "B", "triangular", 0.0, "px", 1 / math.sqrt(6 * n), scale, None,
        f"Pixel grid: both ends of a diameter are known to ±½ px; mean over {n:.0f} particles.",
    )  # fmt: skip
    slope = _follow_outline(x, weights, basis, measurand, doubts)
    if bool((x <= 2 * doubts).any()):
        smallest = int(np.argmin(x - 2 * doubts))
        warnings.append(
            f"A particle of {x[smallest]:.3g} px is not larger than twice the uncertainty of its outline, "
            f"{doubts[smallest]:.2g} px."
        )
    add(
        "outline", "B", "normal", 0.0, "px", doubt, slope * scale, None,
        f"{whence}: the boundary found lies within {doubt:.2g} px (1 SD) of the particle's own, "
        "on all particles alike; a diameter changes by twice that.",
    )  # fmt: skip
    row = None if sampling is None else _sampling_row(measurand, y, unit, sampling)
    if row is None:
        warnings.append("The uncertainty from sampling is not known, and not in the budget.")
    else:
        rows.append(row)
    if repeatability is not None:
        add(
            "repeatability", "A", "normal", y, unit, repeatability * y, 1.0, repeatability_degrees,
            "Given: standard deviation of the result when preparation and imaging are repeated.",
        )  # fmt: skip
    else:
        warnings.append("Repeatability was not given, and is not in the budget.")
    return combine_rows(measurand, y, unit, rows, warnings)


def _read_outline_uncertainty(given: npt.ArrayLike | None, count: int) -> tuple[npt.NDArray[np.float64], str]:
    """Standard uncertainty of the boundary's place of every particle, px, and where it is from."""
    if given is None:
        return np.full(count, OUTLINE_UNCERTAINTY_PX), "Assumed"
    each = np.array(given, np.float64)
    if each.ndim == 0:
        each = np.full(count, float(each))
        whence = "Given"
    else:
        known = np.isfinite(each)
        if not known.any():
            return np.full(count, OUTLINE_UNCERTAINTY_PX), "Assumed"
        each[~known] = each[known].mean()
        whence = "From how soft the edges are, mean of the particles"
    if each.shape != (count,) or not (np.isfinite(each) & (each >= 0)).all():
        raise StatisticsError(
            f"The outline uncertainty {given} is impossible; expected a number that is not negative, or one for "
            "each particle."
        )
    return each, whence


def _follow_outline(
    x: npt.NDArray[np.float64],
    weights: npt.ArrayLike | None,
    basis: str,
    measurand: str,
    doubts: npt.NDArray[np.float64],
) -> float:
    """Change of the statistic, px, for outlines one px further out in the mean, in proportion to their doubts.

    A diameter changes by 2 px per px. By a central difference over ± the doubts; where they are too large over what
    takes no diameter below half of itself, where they are zero over a hundredth of the smallest.
    """
    mean = float(doubts.mean())
    shares = doubts / mean if mean > 0 else np.ones_like(x)
    farthest = float((x / np.maximum(shares, 1e-9)).min())
    inwards = min(mean, farthest / 4) if mean > 0 else farthest / 100
    outwards = inwards if inwards > 0 else 1e-6
    up, down = (_statistic(x + 2 * way * shares, weights, basis, measurand) for way in (outwards, -inwards))
    return (up - down) / (outwards + inwards)


def _statistic(
    x: npt.NDArray[np.float64], weights: npt.ArrayLike | None, basis: str, measurand: str
) -> float:
    value: float = getattr(describe(x, weights, basis=basis), measurand)
    return value


def _sampling_row(measurand: str, y: float, unit: str, sampling: Intervals) -> UncertaintyRow | None:
    interval = sampling[measurand]
    if interval.standard_error is None or not interval.estimate:
        return None
    u = interval.standard_error / interval.estimate * y
    count = sampling.distribution.count
    degrees = float((count if sampling.images is None else sampling.images) - 1)
    among = "" if sampling.images is None else f" in {sampling.images} images"
    source = f"Which particles happened to be measured: {count}{among}; {interval.method}."
    return UncertaintyRow("sampling", "A", "normal", y, unit, u, 1.0, u, degrees, source)
