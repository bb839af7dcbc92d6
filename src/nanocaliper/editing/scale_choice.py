"""Which scale a person wants for an image, and the calibration that follows."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, Literal

from nanocaliper.calibration.calibration import Calibration
from nanocaliper.calibration.marked_bar import MarkedBar
from nanocaliper.calibration.options import check_scale_options
from nanocaliper.calibration.resolve import choose_scale
from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.errors import CalibrationError
from nanocaliper.micrograph.micrograph import Micrograph

__all__ = ["ScaleChoice", "calibrate_by_choice", "describe_scale_choice", "read_scale_choice"]

_SOURCES: Final = ("auto", "metadata", "bar", "user")


@dataclass(frozen=True)
class ScaleChoice:
    """Where the scale of an image shall come from.

    Parameters
    ----------
    source : {'auto', 'metadata', 'bar', 'user'}
        ``'auto'``, ``'metadata'`` and ``'bar'`` as in `nanocaliper.calibration.resolve.calibrate`.
    nm_per_px : float or None
        With ``'user'``: the scale, nm.
    relative_uncertainty : float or None
        Of that scale; None where not known.
    marked_bar : MarkedBar or None
        With ``'user'``, in place of a number: the bar whose ends were marked.
    """

    source: Literal["auto", "metadata", "bar", "user"] = "auto"
    nm_per_px: float | None = None
    relative_uncertainty: float | None = None
    marked_bar: MarkedBar | None = None

    def __post_init__(self) -> None:
        if self.source not in _SOURCES:
            raise CalibrationError(
                f"The scale's source is {self.source!r}; expected one of {', '.join(_SOURCES)}."
            )
        given = (self.nm_per_px is not None) + (self.marked_bar is not None)
        if self.source == "user" and given != 1:
            raise CalibrationError(
                "A scale of the user's is either a number of nm per pixel or a marked bar."
            )
        if self.source != "user" and (given or self.relative_uncertainty is not None):
            raise CalibrationError(
                f"The scale's source is '{self.source}', but a scale is given as well; choose the source 'user'."
            )
        if self.marked_bar is not None and self.relative_uncertainty is not None:
            raise CalibrationError("A marked bar brings its own uncertainty; leave relative_uncertainty out.")
        check_scale_options(self.used_nm_per_px, self.used_uncertainty)

    @property
    def used_nm_per_px(self) -> float | None:
        """The user's scale, as given or from the marked bar."""
        return self.nm_per_px if self.marked_bar is None else self.marked_bar.nm_per_px

    @property
    def used_uncertainty(self) -> float | None:
        """Relative standard uncertainty of the user's scale."""
        if self.marked_bar is None:
            return self.relative_uncertainty
        return self.marked_bar.relative_uncertainty


def read_scale_choice(given: object) -> ScaleChoice:
    """Read a choice from plain JSON values.

    Parameters
    ----------
    given : mapping
        ``source``, and for 'user' either ``nm_per_px`` (and ``relative_uncertainty``) or ``bar`` with ``start``,
        ``stop`` (points [row, col]), ``value`` and ``unit``.

    Returns
    -------
    ScaleChoice

    Raises
    ------
    CalibrationError
        If a key is unknown, a value is no number, or they do not belong together.
    """
    keys = ("source", "nm_per_px", "relative_uncertainty", "bar")
    content = _check_object(given, "scale", keys)
    bar = content.get("bar")
    marked = None
    if bar is not None:
        names = ("start", "stop", "value", "unit")
        ends = _check_object(bar, "marked scale bar", names)
        missing = [name for name in names if name not in ends]
        if missing:
            raise CalibrationError(f"The marked scale bar lacks '{missing[0]}'; give {', '.join(names)}.")
        value = _read_number("length of the marked scale bar", ends["value"])
        marked = MarkedBar(
            _read_end(ends["start"]), _read_end(ends["stop"]), float("nan") if value is None else value,
            str(ends["unit"]),
        )  # fmt: skip
    return ScaleChoice(
        content.get("source", "auto"),
        _read_number("scale", content.get("nm_per_px")),
        _read_number("relative uncertainty of the scale", content.get("relative_uncertainty")),
        marked,
    )


def describe_scale_choice(choice: ScaleChoice) -> dict[str, Any]:
    """Write a choice as plain JSON values, from which `read_scale_choice` makes the same choice.

    Parameters
    ----------
    choice : ScaleChoice

    Returns
    -------
    dict
    """
    bar = choice.marked_bar
    return {
        "source": choice.source,
        "nm_per_px": choice.nm_per_px,
        "relative_uncertainty": choice.relative_uncertainty,
        "bar": None
        if bar is None
        else {"start": list(bar.start), "stop": list(bar.stop), "value": bar.value, "unit": bar.unit},
    }


def calibrate_by_choice(micrograph: Micrograph, search: ScaleBarSearch, choice: ScaleChoice) -> Calibration:
    """Find the scale by the same rules as `nanocaliper.calibration.resolve.calibrate`.

    Parameters
    ----------
    micrograph : Micrograph
    search : ScaleBarSearch
        What was found of a printed bar.
    choice : ScaleChoice

    Returns
    -------
    Calibration
    """
    source = "auto" if choice.source == "user" else choice.source
    chosen = choose_scale(micrograph, search, choice.used_nm_per_px, choice.used_uncertainty, source)
    return replace(chosen, marked_bar=choice.marked_bar)


def _check_object(given: object, what: str, keys: tuple[str, ...]) -> Mapping[str, Any]:
    if not isinstance(given, Mapping):
        raise CalibrationError(f"The {what} is {given!r:.40}; expected an object with {', '.join(keys)}.")
    unknown = [str(key) for key in given if key not in keys]
    if unknown:
        raise CalibrationError(f"The {what} has the key {unknown[0]!r:.40}; expected {', '.join(keys)}.")
    return given


def _read_number(what: str, value: object) -> float | None:
    if value is None:
        return None
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise CalibrationError(f"The {what} is {value!r:.40}; expected a number.")
    return float(value)


def _read_end(value: object) -> tuple[float, float]:
    if isinstance(value, list | tuple) and len(value) == 2:
        numbers = [_read_number("end of the marked scale bar", x) for x in value]
        if numbers[0] is not None and numbers[1] is not None:
            return numbers[0], numbers[1]
    raise CalibrationError(f"An end of the marked scale bar is {value!r:.40}; expected [row, col].")
