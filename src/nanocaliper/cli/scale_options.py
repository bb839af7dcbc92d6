"""The options of the scale, the same in every command that has them."""

import math
from typing import Annotated

import typer

from nanocaliper.calibration.options import SCALE_METHODS, SCALE_SOURCES, check_scale_options
from nanocaliper.errors import CalibrationError, UsageError

__all__ = ["NmPerPx", "ScaleMethod", "ScaleSource", "ScaleUncertainty", "check_page", "check_scale"]

NmPerPx = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        help="Size of a pixel in nm, for all images.",
        show_default="read from the file or its scale bar",
    ),
]
ScaleUncertainty = Annotated[
    float | None,
    typer.Option(
        metavar="U",
        help="Relative standard uncertainty of a size given so, for example 0.01 for 1 %.",
        show_default="not known",
    ),
]
ScaleSource = Annotated[
    str,
    typer.Option(
        metavar="|".join(SCALE_SOURCES),
        help="Where the scale may come from. "
        + "; ".join(f"{name}: {meaning}" for name, meaning in SCALE_SOURCES.items())
        + ".",
    ),
]
ScaleMethod = Annotated[
    str,
    typer.Option(
        metavar="|".join(SCALE_METHODS),
        help="How the printed bar is read. "
        + "; ".join(f"{name}: {method.summary}" for name, method in SCALE_METHODS.items())
        + ".",
    ),
]


def check_scale(
    nm_per_px: float | None, scale_uncertainty: float | None, scale_source: str, scale_method: str
) -> None:
    """Refuse options of the scale that make no sense.

    Parameters
    ----------
    nm_per_px, scale_uncertainty : float or None
    scale_source, scale_method : str

    Raises
    ------
    CalibrationError
        If a number is impossible.
    UsageError
        If a name is unknown, or options contradict each other.
    """
    if nm_per_px is not None and not (math.isfinite(nm_per_px) and nm_per_px > 0):
        raise CalibrationError(
            f"--nm-per-px is {nm_per_px:g}; expected a positive number of nanometres, for example 0.42."
        )
    if scale_uncertainty is not None and not (math.isfinite(scale_uncertainty) and scale_uncertainty >= 0):
        raise CalibrationError(
            f"--scale-uncertainty is {scale_uncertainty:g}; expected a number of 0 or more, for example 0.01."
        )
    check_scale_options(nm_per_px, scale_uncertainty, scale_source, scale_method)


def check_page(page: int) -> None:
    """Refuse a page before the first.

    Parameters
    ----------
    page : int

    Raises
    ------
    UsageError
        If it is negative.
    """
    if page < 0:
        raise UsageError(f"--page is {page}; expected 0 (the first page) or more.")
