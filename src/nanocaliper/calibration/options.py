"""The options that decide on the scale, and the ways to read a printed bar; imports nothing heavy."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import TYPE_CHECKING

from nanocaliper.errors import CalibrationError, UsageError
from nanocaliper.micrograph.pixel_limits import LARGEST_PIXEL_NM, SMALLEST_PIXEL_NM

if TYPE_CHECKING:
    from nanocaliper.calibration.scale_bar import ScaleBarSearch
    from nanocaliper.micrograph.micrograph import Micrograph

__all__ = [
    "DEFAULT_SCALE_METHOD",
    "SCALE_METHODS",
    "SCALE_SOURCES",
    "ScaleMethod",
    "check_scale_options",
]

#: What `scale_source` may be, and what each means.
SCALE_SOURCES: Mapping[str, str] = MappingProxyType(
    {
        "auto": "metadata, else the printed bar; none where they disagree",
        "metadata": "only the file's metadata",
        "bar": "only the printed bar",
    }
)


@dataclass(frozen=True)
class ScaleMethod:
    """A way to read the printed scale bar.

    Parameters
    ----------
    summary : str
        What it is, in a line.
    search : callable
        Takes a `Micrograph`, returns a `ScaleBarSearch`.
    """

    summary: str
    search: "Callable[[Micrograph], ScaleBarSearch]"


def _search_nanocaliper(micrograph: "Micrograph") -> "ScaleBarSearch":
    from nanocaliper.calibration.scale_bar import search_scale_bar

    return search_scale_bar(micrograph)


def _search_tao2025(micrograph: "Micrograph") -> "ScaleBarSearch":
    from nanocaliper.calibration.tao2025 import search_white_stripe

    return search_white_stripe(micrograph)


#: Every way to read a printed scale bar, by the name that ``--scale-method`` takes.
SCALE_METHODS: Mapping[str, ScaleMethod] = MappingProxyType(
    {
        "nanocaliper": ScaleMethod("bars of any style, with a confidence", _search_nanocaliper),
        "tao2025": ScaleMethod(
            "the published method for white data strips, to compare with", _search_tao2025
        ),
    }
)

DEFAULT_SCALE_METHOD = "nanocaliper"


def check_scale_options(
    nm_per_px: float | None = None,
    relative_uncertainty: float | None = None,
    scale_source: str = "auto",
    scale_method: str = DEFAULT_SCALE_METHOD,
) -> None:
    """Refuse options that make no sense, before an image is read.

    Parameters
    ----------
    nm_per_px, relative_uncertainty : float, optional
        The user's scale (nm) and its relative standard uncertainty.
    scale_source : str
        One of `SCALE_SOURCES`.
    scale_method : str
        One of `SCALE_METHODS`.

    Raises
    ------
    CalibrationError
        If the scale is not a number from 0.00001 nm to 1 mm, or its uncertainty is not one from 0 to below 1.
    UsageError
        If a name is unknown, or two options contradict each other.
    """
    if nm_per_px is not None and not (math.isfinite(nm_per_px) and nm_per_px > 0):
        raise CalibrationError(
            f"The scale must be a finite number of nm per pixel above 0, but it is {nm_per_px}; "
            f"pass for example --nm-per-px 1.25."
        )
    if nm_per_px is not None and not SMALLEST_PIXEL_NM <= nm_per_px <= LARGEST_PIXEL_NM:
        raise CalibrationError(
            f"The scale is {nm_per_px:g} nm per pixel, which no microscope has; expected "
            f"{SMALLEST_PIXEL_NM:.5f} nm to 1 mm, so check the unit of --nm-per-px."
        )
    if relative_uncertainty is not None and not (
        math.isfinite(relative_uncertainty) and relative_uncertainty >= 0
    ):
        raise CalibrationError(
            f"The relative uncertainty of the scale must be a finite number of 0 or more, but it is "
            f"{relative_uncertainty}; pass for example --scale-uncertainty 0.01 for one per cent."
        )
    if relative_uncertainty is not None and relative_uncertainty >= 1:
        raise CalibrationError(
            f"The relative uncertainty of the scale is {relative_uncertainty:g}, which is "
            f"{100 * relative_uncertainty:.4g} %; expected less than 1, for example 0.01 for one per cent."
        )
    if scale_source not in SCALE_SOURCES:
        raise UsageError(f"--scale-source is '{scale_source}'; expected one of {', '.join(SCALE_SOURCES)}.")
    if scale_method not in SCALE_METHODS:
        raise UsageError(f"--scale-method is '{scale_method}'; expected one of {', '.join(SCALE_METHODS)}.")
    if relative_uncertainty is not None and nm_per_px is None:
        raise UsageError(
            f"--scale-uncertainty {relative_uncertainty:g} belongs to a scale given with --nm-per-px, and none "
            "was given; a scale read from the file or the bar brings its own uncertainty."
        )
    if nm_per_px is not None and scale_source != "auto":
        raise UsageError(
            f"--nm-per-px {nm_per_px:g} and --scale-source {scale_source} ask for two different scales; "
            "give only one of them."
        )
