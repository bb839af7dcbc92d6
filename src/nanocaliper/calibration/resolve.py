"""Which scale the measurement uses: the user's, the file's or the printed bar's, and when they conflict."""

import math
from dataclasses import replace
from pathlib import Path

from nanocaliper.calibration.calibration import Calibration, ScaleBar, ScaleConflict, Source
from nanocaliper.calibration.options import DEFAULT_SCALE_METHOD, SCALE_METHODS, check_scale_options
from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.inference.memory import release_freed_memory
from nanocaliper.micrograph.micrograph import Micrograph

__all__ = ["calibrate", "choose_scale", "search_scale"]

# Metadata and bar are rarely nearer: the bar is drawn on whole pixels and its label is rounded.
_AGREEMENT = 0.03


def calibrate(
    micrograph: Micrograph,
    nm_per_px: float | None = None,
    relative_uncertainty: float | None = None,
    *,
    scale_source: str = "auto",
    scale_method: str = DEFAULT_SCALE_METHOD,
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
    scale_source : {'auto', 'metadata', 'bar'}
        Use this source and no other; settles a conflict.
    scale_method : str
        How the printed bar is read, one of `nanocaliper.calibration.options.SCALE_METHODS`.

    Returns
    -------
    Calibration
        With `nm_per_px` None and a reason where there is no scale. The annotations are the same whatever the
        scale method, and more where it found more, so that it never changes which text is taken for particles.

    Raises
    ------
    CalibrationError
        If the user's scale is not a finite number above 0, or its uncertainty is negative or not finite.
    UsageError
        If `scale_source` or `scale_method` is unknown, or options contradict each other.
    """
    check_scale_options(nm_per_px, relative_uncertainty, scale_source, scale_method)
    search = search_scale(micrograph, scale_method)
    return choose_scale(micrograph, search, nm_per_px, relative_uncertainty, scale_source)


def search_scale(micrograph: Micrograph, scale_method: str = DEFAULT_SCALE_METHOD) -> ScaleBarSearch:
    """Look for a printed scale bar and all that is burned in.

    Parameters
    ----------
    micrograph : Micrograph
    scale_method : str
        As in `calibrate`.

    Returns
    -------
    ScaleBarSearch
        With the annotations of the default method too, whatever the method.
    """
    search = SCALE_METHODS[scale_method].search(micrograph)
    if scale_method != DEFAULT_SCALE_METHOD:
        others = SCALE_METHODS[DEFAULT_SCALE_METHOD].search(micrograph).annotations
        search = replace(search, annotations=tuple(dict.fromkeys((*others, *search.annotations))))
    release_freed_memory()
    return search


def choose_scale(
    micrograph: Micrograph,
    search: ScaleBarSearch,
    nm_per_px: float | None = None,
    relative_uncertainty: float | None = None,
    scale_source: str = "auto",
) -> Calibration:
    """Choose between the scales that are known.

    Two scales agree when they differ by no more than 3 % or, for a short bar, two standard uncertainties of
    its length. Where metadata and bar agree the metadata are used, being finer, and the bar is their witness.

    Parameters
    ----------
    micrograph : Micrograph
        For its metadata and its name.
    search : ScaleBarSearch
        What was found of a printed bar.
    nm_per_px, relative_uncertainty : float, optional
        The user's scale (nm) and its relative standard uncertainty.
    scale_source : {'auto', 'metadata', 'bar'}
        As in `calibrate`.

    Returns
    -------
    Calibration

    Raises
    ------
    CalibrationError, UsageError
        As in `calibrate`.
    """
    check_scale_options(nm_per_px, relative_uncertainty, scale_source)
    bar, from_file, name = search.scale_bar, micrograph.nm_per_px, Path(micrograph.source).name
    # A number in the file is taken as it stands there; what the magnification is off by, no file tells.
    file_uncertainty = micrograph.nm_per_px_relative_uncertainty
    conflict = _find_conflict(from_file, file_uncertainty, bar)
    guess = search.best_guess if bar is None else None
    found = Calibration(
        None, None, None, scale_bar=bar, annotations=search.annotations, conflict=conflict, best_guess=guess
    )
    if nm_per_px is not None:
        warnings = _compare_with_user(name, nm_per_px, relative_uncertainty, from_file, file_uncertainty, bar)
        return _use(found, nm_per_px, relative_uncertainty, "user", warnings)
    if scale_source == "metadata":
        if from_file is not None:
            return _settle(found, from_file, file_uncertainty, "metadata", name)
        other = (
            "the printed scale bar is not asked for"
            if bar is None
            else f"{_describe(bar)}, which says {bar.nm_per_px:.6g} nm per pixel, is not used"
        )
        reason = (
            f"The metadata of '{name}' hold no pixel size, and --scale-source metadata allows no other source: "
            f"{other}. Leave --scale-source out, or pass --nm-per-px."
        )
        return replace(found, reason=reason)
    if scale_source == "bar":
        if bar is not None:
            return _settle(found, bar.nm_per_px, bar.relative_uncertainty, "scale_bar", name)
        other = (
            ""
            if from_file is None
            else f": the {from_file:.6g} nm per pixel of the file's metadata are not used"
        )
        reason = (
            f"No scale bar in '{name}' can be read surely, and --scale-source bar allows no other source{other}. "
            f"Found {search.reason}.{_show_guess(guess)} Leave --scale-source out, or pass --nm-per-px."
        )
        return replace(found, reason=reason)
    if conflict is not None and bar is not None:
        reason = (
            f"Two scales that disagree in '{name}': {conflict.metadata_nm_per_px:.6g} nm per pixel in the file's "
            f"metadata, {bar.nm_per_px:.6g} nm per pixel from {_describe(bar)}. Settle it with --scale-source "
            "metadata or --scale-source bar, or pass the right scale with --nm-per-px."
        )
        return replace(found, reason=reason, warnings=(reason,))
    if from_file is not None:
        return _use(found, from_file, file_uncertainty, "metadata")
    if bar is not None:
        return _use(found, bar.nm_per_px, bar.relative_uncertainty, "scale_bar")
    reason = (
        f"No scale in the metadata of '{name}', and no scale bar in the image can be read surely: found "
        f"{search.reason}.{_show_guess(guess)} Pass --nm-per-px, or mark the bar in the web page."
    )
    return replace(found, reason=reason)


def _find_conflict(
    from_file: float | None, file_uncertainty: float, bar: ScaleBar | None
) -> ScaleConflict | None:
    if from_file is None or bar is None:
        return None
    uncertainty = math.hypot(bar.relative_uncertainty, file_uncertainty)
    if _agree(bar.nm_per_px, from_file, uncertainty):
        return None
    return ScaleConflict(from_file, bar.nm_per_px, bar.relative_uncertainty, _limit(uncertainty))


def _use(
    found: Calibration,
    nm_per_px: float,
    relative_uncertainty: float | None,
    source: Source,
    warnings: tuple[str, ...] = (),
) -> Calibration:
    """Use a scale; a conflict it decides counts as settled."""
    conflict = None if found.conflict is None else replace(found.conflict, settled_by=source)
    return replace(
        found,
        nm_per_px=nm_per_px,
        relative_uncertainty=relative_uncertainty,
        source=source,
        warnings=warnings,
        conflict=conflict,
    )


def _settle(
    found: Calibration, nm_per_px: float, relative_uncertainty: float, source: Source, name: str
) -> Calibration:
    """Use the one source that the user allows, and say so where the other disagrees."""
    warnings: tuple[str, ...] = ()
    if found.conflict is not None and found.scale_bar is not None:
        chosen = "the metadata are" if source == "metadata" else "the scale bar is"
        warnings = (
            f"Two scales that disagree in '{name}', settled by the user: "
            f"{found.conflict.metadata_nm_per_px:.6g} nm per pixel in the file's metadata, "
            f"{found.conflict.scale_bar_nm_per_px:.6g} nm per pixel from {_describe(found.scale_bar)}; "
            f"{chosen} used.",
        )
    return _use(found, nm_per_px, relative_uncertainty, source, warnings)


def _compare_with_user(
    name: str,
    nm_per_px: float,
    relative_uncertainty: float | None,
    from_file: float | None,
    file_uncertainty: float,
    bar: ScaleBar | None,
) -> tuple[str, ...]:
    """Warn of every source that says something else than the user."""
    others = [] if from_file is None else [("the file's metadata", from_file, file_uncertainty)]
    if bar is not None:
        others.append((_describe(bar), bar.nm_per_px, bar.relative_uncertainty))
    return tuple(
        f"The scale given for '{name}', {nm_per_px:.6g} nm per pixel, is used, but according to {what} it is "
        f"{value:.6g} nm per pixel; check it."
        for what, value, uncertainty in others
        if not _agree(nm_per_px, value, math.hypot(uncertainty, relative_uncertainty or 0.0))
    )


def _agree(a: float, b: float, relative_uncertainty: float) -> bool:
    return abs(a / b - 1) <= _limit(relative_uncertainty)


def _limit(relative_uncertainty: float) -> float:
    return max(_AGREEMENT, 2 * relative_uncertainty)


def _describe(bar: ScaleBar) -> str:
    return f"the scale bar '{bar.text}' ({bar.length_px:.1f} px)"


def _show_guess(guess: ScaleBar | None) -> str:
    """Say what the doubtful reading would mean."""
    if guess is None:
        return ""
    return f" That best guess would be {guess.nm_per_px:.4g} nm per pixel; it is not used."
