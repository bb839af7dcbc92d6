"""How statistics are written for people: on the terminal, and in reports."""

from types import MappingProxyType
from typing import Final

__all__ = ["PURE_STATISTICS", "SHOWN_STATISTICS", "spell_statistic"]

#: Statistics that are shown, in this order, and how they are written.
SHOWN_STATISTICS: Final = MappingProxyType(
    {
        "mean": "mean",
        "sd": "SD",
        "d10": "D10",
        "d50": "D50 (median)",
        "d90": "D90",
        "geometric_mean": "geometric mean",
        "geometric_sd": "geometric SD",
        "cv": "CV",
        "span": "span",
        "d_3_2": "D[3,2]",
        "d_4_3": "D[4,3]",
    }
)

#: Those without a unit.
PURE_STATISTICS: Final = frozenset({"geometric_sd", "cv", "span"})


def spell_statistic(name: str) -> str:
    """Write a statistic in a word, for example ``'D50'``."""
    return SHOWN_STATISTICS.get(name, name).removesuffix(" (median)")
