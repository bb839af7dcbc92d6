"""Which candidates are particles that count, and why the others do not."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType
from typing import Final, Literal

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import UsageError
from nanocaliper.particles.moments import measure_moments
from nanocaliper.particles.outlines import trace_outlines
from nanocaliper.particles.packing import pack_outlines
from nanocaliper.segmentation.label_bands import renumber
from nanocaliper.segmentation.segmentation import Segmentation

__all__ = [
    "BORDER_RULES",
    "COUNTED",
    "REASONS",
    "BorderRule",
    "ParticleLimits",
    "find_reasons",
    "keep_particles",
    "leave_out",
    "read_border_rule",
]

Bools = npt.NDArray[np.bool_]
BorderRule = Literal["leave_out", "count"]

#: State of a particle that enters the statistics.
COUNTED: Final = "counted"
#: Why a particle does not, the first that holds. Particles that touch the border are outlined and in the table
#: all the same, the others are not.
REASONS: Final = ("deleted", "excluded_region", "too_small", "low_score", "touches_border")
#: What may become of particles that touch the border.
BORDER_RULES: Final[tuple[BorderRule, ...]] = ("leave_out", "count")


@dataclass(frozen=True)
class ParticleLimits:
    """What a particle must be like to count.

    Parameters
    ----------
    confidence : float or None
        Least score, 0 to 1; None for the segmentation's own.
    diameter_min_px, diameter_min_nm : float or None
        Least area-equivalent diameter; both must hold. The second means nothing without a scale.
    border : {'leave_out', 'count'}
        What becomes of particles that touch the border: they would look smaller than they are.

    Raises
    ------
    UsageError
        If a value makes no sense.
    """

    confidence: float | None = None
    diameter_min_px: float | None = None
    diameter_min_nm: float | None = None
    border: BorderRule = "leave_out"

    def __post_init__(self) -> None:
        if self.confidence is not None and not 0 <= self.confidence <= 1:
            raise UsageError(f"Confidence {self.confidence:g} is outside 0 to 1.")
        for unit, value in (("px", self.diameter_min_px), ("nm", self.diameter_min_nm)):
            if value is not None and not (math.isfinite(value) and value >= 0):
                raise UsageError(
                    f"The smallest diameter is {value:g} {unit}; expected a number of 0 or more."
                )
        read_border_rule(self.border)

    def find_least_px(self, nm_per_px: float | None) -> float:
        """Least area-equivalent diameter, px; 0 where there is no limit.

        Parameters
        ----------
        nm_per_px : float or None
            The scale; without it the limit in nm does not hold (see `warn`).
        """
        least = self.diameter_min_px or 0.0
        if self.diameter_min_nm is not None and nm_per_px is not None:
            least = max(least, self.diameter_min_nm / nm_per_px)
        return least

    def warn(self, nm_per_px: float | None) -> tuple[str, ...]:
        """Say which limit could not be used.

        Parameters
        ----------
        nm_per_px : float or None

        Returns
        -------
        tuple of str
        """
        if self.diameter_min_nm is None or nm_per_px is not None:
            return ()
        return (
            f"The smallest diameter of {self.diameter_min_nm:g} nm was not used, since there is no scale: "
            "particles of all sizes are counted. Give the scale, or a smallest diameter in px.",
        )


def read_border_rule(name: str) -> BorderRule:
    """Read the name of a rule.

    Parameters
    ----------
    name : str

    Returns
    -------
    {'leave_out', 'count'}

    Raises
    ------
    UsageError
        If there is no such rule.
    """
    for rule in BORDER_RULES:
        if rule == name:
            return rule
    raise UsageError(f"The rule for the border is '{name}'; expected {' or '.join(BORDER_RULES)}.")


def find_reasons(
    scores: npt.NDArray[np.floating],
    diameters_px: npt.NDArray[np.float64] | None,
    confidence: float,
    least_px: float,
    *,
    deleted: Bools | None = None,
    excluded: Bools | None = None,
    trusted: Bools | None = None,
) -> tuple[str, ...]:
    """Tell of each of n particles why it is left out, before the border is looked at.

    Parameters
    ----------
    scores : ndarray, shape (n,)
    diameters_px : ndarray, shape (n,), or None
        Area-equivalent diameters; may be None where `least_px` is 0.
    confidence : float
        Least score.
    least_px : float
        Least diameter.
    deleted, excluded : ndarray of bool, shape (n,), optional
        What a person left out, one by one and by regions.
    trusted : ndarray of bool, shape (n,), optional
        What a person drew or changed: neither too small nor of low score.

    Returns
    -------
    tuple of str
        The first of `REASONS` that holds; empty for a particle that is kept.
    """
    none = np.zeros(len(scores), np.bool_)
    judged = none if trusted is None else trusted
    small = none if diameters_px is None or not least_px else diameters_px < least_px
    holds = (
        none if deleted is None else deleted,
        none if excluded is None else excluded,
        small & ~judged,
        (scores < confidence) & ~judged,
    )
    names = np.select(holds, REASONS[: len(holds)], default="")
    return tuple(names.tolist())


def leave_out(segmentation: Segmentation, reasons: Sequence[str]) -> Segmentation:
    """Take particles out of a segmentation and count them by reason; the others keep their numbers.

    Parameters
    ----------
    segmentation : Segmentation
        Of n particles.
    reasons : sequence of str, n
        Why each is left out; empty for those that stay.

    Returns
    -------
    Segmentation
    """
    numbers = segmentation.particle_numbers
    kept = np.array([not reason for reason in reasons], np.bool_)
    left_out = dict(segmentation.left_out)
    for reason in reasons:
        if reason:
            left_out[reason] = left_out.get(reason, 0) + 1
    stays = np.zeros(int(numbers.max(initial=0)) + 1, np.int32)
    stays[numbers[kept]] = numbers[kept]

    def take(values: tuple[str, ...] | None) -> tuple[str, ...] | None:
        return None if values is None else tuple(v for v, k in zip(values, kept, strict=True) if k)

    odds = segmentation.shape_probabilities
    return replace(
        segmentation,
        labels=segmentation.labels if kept.all() else renumber(segmentation.labels, stays),
        scores=segmentation.scores[kept],
        left_out=MappingProxyType(left_out),
        shapes=take(segmentation.shapes),
        shape_probabilities=None if odds is None else odds[kept],
        numbers=numbers[kept],
        edited=take(segmentation.edited),
    )


def keep_particles(
    segmentation: Segmentation, limits: ParticleLimits | None = None, nm_per_px: float | None = None
) -> Segmentation:
    """Keep the candidates that are within limits and count the others by reason.

    Sizes are those of the outlines with all candidates in place, so that whether one counts does not depend on
    the others.

    Parameters
    ----------
    segmentation : Segmentation
        All candidates, as `nanocaliper.segmentation.segment.segment` gives them.
    limits : ParticleLimits, optional
    nm_per_px : float or None
        The scale.

    Returns
    -------
    Segmentation
    """
    limits = limits or ParticleLimits()
    confidence = segmentation.confidence if limits.confidence is None else limits.confidence
    least_px = limits.find_least_px(nm_per_px)
    diameters = None
    if least_px:
        outlines = trace_outlines(segmentation.labels, segmentation.level)
        diameters = np.sqrt(4 / np.pi * measure_moments(pack_outlines(outlines)).area)
    reasons = find_reasons(segmentation.scores, diameters, confidence, least_px)
    kept = leave_out(segmentation, reasons)
    return replace(kept, settings=MappingProxyType({**kept.settings, "confidence": confidence}))
