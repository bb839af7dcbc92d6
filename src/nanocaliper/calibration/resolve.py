"""Which scale the measurement uses: the user's, the file's or the printed bar's, and when they conflict."""

import math
from dataclasses import replace
from pathlib import Path

from nanocaliper.calibration.calibration import Calibration, ScaleBar
from nanocaliper.calibration.scale_bar import ScaleBarSearch, search_scale_bar
from nanocaliper.errors import CalibrationError
from nanocaliper.micrograph.micrograph import Micrograph

__all__ = ["calibrate", "choose_scale"]

# Metadata and bar are rarely nearer: the bar is drawn on whole pixels and its label is rounded.
_AGREEMENT = 0.03


def calibrate(
    micrograph: Micrograph, nm_per_px: float | None = None, relative_uncertainty: float | None = None
) -> Calibration:
    """Find the scale of a micrograph.

    The user's value wins; then the file's metadata, then the printed scale bar. Metadata and bar that
    disagree give no scale at all: nothing tells which of them is wrong, and a wrong scale is worse than none.

    Parameters
    ----------
    micrograph : Micrograph
        The micrograph.
    nm_per_px : float, optional
        Scale given by the user, nm.
    relative_uncertainty : float, optional
        Relative standard uncertainty of the user's scale.

    Returns
    -------
    Calibration
        With `nm_per_px` None and a reason where there is no scale.

    Raises
    ------
    CalibrationError
        If the user's scale is not a finite number above 0, or its uncertainty is negative or not finite.
    """
    _check_user_values(nm_per_px, relative_uncertainty)
    return choose_scale(micrograph, search_scale_bar(micrograph), nm_per_px, relative_uncertainty)


def choose_scale(
    micrograph: Micrograph,
    search: ScaleBarSearch,
    nm_per_px: float | None = None,
    relative_uncertainty: float | None = None,
) -> Calibration:
    """Choose between the scales that are known.

    Two scales agree when they differ by no more than 3 % or, for a short bar, two standard uncertainties of
    its length.

    Parameters
    ----------
    micrograph : Micrograph
        For its metadata and its name.
    search : ScaleBarSearch
        What was found of a printed bar.
    nm_per_px, relative_uncertainty : float, optional
        The user's scale (nm) and its relative standard uncertainty.

    Returns
    -------
    Calibration

    Raises
    ------
    CalibrationError
        As in `calibrate`.
    """
    _check_user_values(nm_per_px, relative_uncertainty)
    bar, name = search.scale_bar, Path(micrograph.source).name
    empty = Calibration(None, None, None, scale_bar=bar, annotations=search.annotations)
    from_file = micrograph.nm_per_px
    if nm_per_px is not None:
        others = [("the file's metadata", from_file, 0.0)] if from_file is not None else []
        if bar is not None:
            others.append((_describe(bar), bar.nm_per_px, _uncertainty(bar)))
        warnings = tuple(
            f"The scale given for '{name}', {nm_per_px:.6g} nm per pixel, is used although {what} says "
            f"{value:.6g} nm per pixel; check it."
            for what, value, uncertainty in others
            if not _agree(nm_per_px, value, math.hypot(uncertainty, relative_uncertainty or 0.0))
        )
        return replace(
            empty,
            nm_per_px=nm_per_px,
            relative_uncertainty=relative_uncertainty,
            source="user",
            warnings=warnings,
        )
    if from_file is not None and bar is not None and not _agree(from_file, bar.nm_per_px, _uncertainty(bar)):
        reason = (
            f"Two scales that disagree in '{name}': {from_file:.6g} nm per pixel in the file's metadata, "
            f"{bar.nm_per_px:.6g} nm per pixel from {_describe(bar)}. Pass the right one with --nm-per-px."
        )
        return replace(empty, reason=reason, warnings=(reason,))
    if from_file is not None:
        return replace(empty, nm_per_px=from_file, source="metadata")
    if bar is not None:
        return replace(
            empty, nm_per_px=bar.nm_per_px, relative_uncertainty=_uncertainty(bar), source="scale_bar"
        )
    reason = (
        f"No scale in the metadata of '{name}', and no scale bar in the image can be read surely: found "
        f"{search.reason}. Pass --nm-per-px, or mark the bar in the web page."
    )
    return replace(empty, reason=reason)


def _check_user_values(nm_per_px: float | None, relative_uncertainty: float | None) -> None:
    if nm_per_px is not None and not (math.isfinite(nm_per_px) and nm_per_px > 0):
        raise CalibrationError(
            f"The scale must be a finite number of nm per pixel above 0, but it is {nm_per_px}; "
            f"pass for example --nm-per-px 1.25."
        )
    if relative_uncertainty is not None and not (
        math.isfinite(relative_uncertainty) and relative_uncertainty >= 0
    ):
        raise CalibrationError(
            f"The relative uncertainty of the scale must be a finite number of 0 or more, but it is "
            f"{relative_uncertainty}; pass for example 0.01 for one per cent."
        )


def _uncertainty(bar: ScaleBar) -> float:
    """Relative standard uncertainty of a bar's scale: that of its length in px, the label being exact."""
    return bar.length_uncertainty_px / bar.length_px


def _agree(a: float, b: float, relative_uncertainty: float) -> bool:
    return abs(a / b - 1) <= max(_AGREEMENT, 2 * relative_uncertainty)


def _describe(bar: ScaleBar) -> str:
    return f"the scale bar '{bar.text}' ({bar.length_px:.1f} px)"
