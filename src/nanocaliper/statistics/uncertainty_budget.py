"""The record of an uncertainty budget, and how its rows combine (JCGM 100:2008)."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from nanocaliper.statistics.special_functions import student_quantile

__all__ = ["COVERAGE_FACTOR", "DIVISORS", "UncertaintyBudget", "UncertaintyRow", "combine_rows"]

#: k of the expanded uncertainty.
COVERAGE_FACTOR: Final = 2.0

#: Half-width over standard uncertainty of a distribution, JCGM 100 4.3.7 and 4.3.9.
DIVISORS: Final[Mapping[str, float]] = {
    "normal": 1.0,
    "rectangular": math.sqrt(3),
    "triangular": math.sqrt(6),
    "u-shaped": math.sqrt(2),
}


@dataclass(frozen=True)
class UncertaintyRow:
    """One source of uncertainty.

    Parameters
    ----------
    name : str
        ``'calibration'``, ``'magnification'``, ``'pixel_size'``, ``'outline'``, ``'sampling'``,
        ``'repeatability'``, or a name the user gave.
    kind : str
        ``'A'``, from repeated observations, or ``'B'``, from other knowledge (JCGM 100, 3.3.4).
    distribution : str
        A name of `DIVISORS`.
    value : float
        Estimate of the input quantity.
    unit : str
        Unit of `value` and `standard_uncertainty`.
    standard_uncertainty : float
        u(x) of the input quantity.
    sensitivity : float
        c = ∂y/∂x, change of the result with the input quantity.
    contribution : float
        |c| u(x), in the unit of the result.
    degrees_of_freedom : float or None
        None where the standard uncertainty counts as exactly known.
    source : str
        Where the number comes from, a sentence.
    """

    name: str
    kind: str
    distribution: str
    value: float
    unit: str
    standard_uncertainty: float
    sensitivity: float
    contribution: float
    degrees_of_freedom: float | None
    source: str


@dataclass(frozen=True)
class UncertaintyBudget:
    """All sources of uncertainty of one result.

    Parameters
    ----------
    measurand : str
        Name of the statistic, one of `LENGTHS`.
    value : float
        The result.
    unit : str
        ``'nm'``, or ``'px'`` without a calibration.
    rows : tuple of UncertaintyRow
    combined : float
        Combined standard uncertainty √Σ(c u)², JCGM 100 equation (10), inputs uncorrelated.
    effective_degrees : float or None
        Welch-Satterthwaite, JCGM 100 equation (G.2b); None for infinitely many.
    coverage_factor : float
        k.
    expanded : float
        k times combined.
    relative_expanded : float or None
        expanded / value.
    coverage_factor_95 : float
        Student's t for 95 % and the effective degrees of freedom, to compare k with.
    warnings : tuple of str
    """

    measurand: str
    value: float
    unit: str
    rows: tuple[UncertaintyRow, ...]
    combined: float
    effective_degrees: float | None
    coverage_factor: float
    expanded: float
    relative_expanded: float | None
    coverage_factor_95: float
    warnings: tuple[str, ...]

    def __getitem__(self, name: str) -> UncertaintyRow:
        return {row.name: row for row in self.rows}[name]


def combine_rows(
    measurand: str,
    value: float,
    unit: str,
    rows: Sequence[UncertaintyRow],
    warnings: Sequence[str] = (),
    *,
    coverage_factor: float = COVERAGE_FACTOR,
) -> UncertaintyBudget:
    """Combine rows to a budget: JCGM 100 equations (10) and (G.2b), and U = k u.

    Parameters
    ----------
    measurand, value, unit
        As in `UncertaintyBudget`.
    rows : sequence of UncertaintyRow
    warnings : sequence of str
    coverage_factor : float

    Returns
    -------
    UncertaintyBudget
    """
    combined = math.sqrt(math.fsum(row.contribution**2 for row in rows))
    spent = math.fsum(
        (row.contribution / combined) ** 4 / row.degrees_of_freedom
        for row in rows
        if row.degrees_of_freedom is not None and combined > 0
    )
    degrees = 1 / spent if spent > 0 else None
    wanted = student_quantile(0.975, math.inf if degrees is None else max(degrees, 1.0))
    notes = list(warnings)
    if wanted > 1.1 * coverage_factor:
        notes.append(
            f"{measurand}: with {degrees:.1f} effective degrees of freedom k = {coverage_factor:g} covers less "
            f"than 95 %; k = {wanted:.2f} would cover 95 %."
        )
    expanded = coverage_factor * combined
    relative = expanded / value if value else None
    return UncertaintyBudget(
        measurand, value, unit, tuple(rows), combined, degrees, coverage_factor, expanded, relative, wanted,
        tuple(notes),
    )  # fmt: skip
