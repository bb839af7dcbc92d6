"""The scale in words: the same on every picture."""

import math

from nanocaliper.calibration.calibration import Calibration, ScaleBar
from nanocaliper.report.caption import CaptionLine
from nanocaliper.report.particle_colours import WARNING_COLOUR

__all__ = ["describe_bar", "describe_scale", "format_confidence", "name_source"]

_SOURCES = {"metadata": "the file's metadata", "scale_bar": "the printed scale bar", "user": "the user"}


def name_source(source: str | None) -> str:
    """Name a source of the scale for people.

    Parameters
    ----------
    source : {'metadata', 'scale_bar', 'user'} or None

    Returns
    -------
    str
    """
    return _SOURCES.get(str(source), str(source))


def describe_scale(calibration: Calibration, consequence: str = "") -> CaptionLine:
    """Say the scale and its source, or why there is none.

    Parameters
    ----------
    calibration : Calibration
    consequence : str
        What follows where there is no scale, for example ``'sizes are in pixels. '``.

    Returns
    -------
    CaptionLine
        Red without a scale; a banner where two scales disagree.
    """
    if calibration.nm_per_px is None:
        headline = "TWO SCALES DISAGREE" if calibration.in_conflict else "NO SCALE"
        text = f"{headline}: {consequence}{calibration.reason or ''}".rstrip()
        return CaptionLine(text, ink=WARNING_COLOUR, banner=calibration.in_conflict)
    text = f"Scale: {calibration.nm_per_px:.5g} nm/px from {name_source(calibration.source)}"
    if calibration.source == "metadata":
        text += ", as stated there"
    elif calibration.relative_uncertainty is not None:
        text += f", standard uncertainty {100 * calibration.relative_uncertainty:.2g} %"
    return CaptionLine(text)


def describe_bar(calibration: Calibration) -> list[CaptionLine]:
    """Say what the printed bar was read as, and what part it plays.

    Parameters
    ----------
    calibration : Calibration

    Returns
    -------
    list of CaptionLine
        One line, or none where there is neither a bar nor a guess.
    """
    bar, guess = calibration.scale_bar, calibration.best_guess
    if bar is None:
        if guess is None:
            return []
        return [CaptionLine(f"best guess, NOT used: {_say(guess)}{format_confidence(guess)}", "guess")]
    if calibration.in_conflict:
        return [CaptionLine(f"scale bar, {_say(bar)}, contradicts the metadata", "conflict")]
    part = ""
    if (
        calibration.source == "metadata"
        and calibration.conflict is None
        and calibration.nm_per_px is not None
    ):
        difference = abs(bar.nm_per_px / calibration.nm_per_px - 1)
        part = f", agrees with the metadata to {100 * difference:.2g} %"
    elif calibration.source != "scale_bar":
        part = ", not used for the scale"
    return [CaptionLine(f"scale bar, {_say(bar)}{part}", "bar")]


def format_confidence(bar: ScaleBar) -> str:
    """Say how sure a reading is, as the end of a sentence.

    Parameters
    ----------
    bar : ScaleBar

    Returns
    -------
    str
        Empty where the method gives no confidence.
    """
    return "" if math.isnan(bar.confidence) else f", confidence {bar.confidence:.2f}"


def _say(bar: ScaleBar) -> str:
    return f"read as “{bar.text}”, {bar.length_px:.1f} px"
