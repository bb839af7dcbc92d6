"""What a maker's tags say of one image, and when a pixel size is believed."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

__all__ = ["TagReading", "settle_pixel_size"]

# A TEM at its highest magnification samples some pm, a stereo camera in the chamber some 100 um.
_SMALLEST_NM, _LARGEST_NM = 1e-4, 1e6


@dataclass(frozen=True)
class TagReading:
    """What a maker's tags say.

    Parameters
    ----------
    nm_per_px : float or None
        Pixel size, nm; None where the tags give none that can be used.
    metadata : mapping
        Everything else, plain JSON values.
    warnings : tuple of str
        Sentences for the user.
    """

    nm_per_px: float | None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()


def settle_pixel_size(width_nm: object, height_nm: object) -> tuple[float | None, tuple[str, ...]]:
    """Decide whether a pixel's width and height make a pixel size.

    Parameters
    ----------
    width_nm, height_nm : object
        What the tags give, nm; anything but a positive number means that they give nothing.

    Returns
    -------
    nm_per_px : float or None
        The width, where both are plausible and differ by less than one part in a thousand.
    warnings : tuple of str
        Why there is no pixel size although the tags name one.
    """
    if not (_is_length(width_nm) and _is_length(height_nm)):
        return None, ()
    assert isinstance(width_nm, int | float)
    assert isinstance(height_nm, int | float)
    if abs(width_nm - height_nm) > 1e-3 * width_nm:
        return None, (
            f"The file gives pixels that are not square ({width_nm:.6g} nm wide, {height_nm:.6g} nm high); "
            "its pixel size was not used.",
        )
    if not _SMALLEST_NM <= width_nm <= _LARGEST_NM:
        return None, (f"The file gives an impossible pixel size ({width_nm:.6g} nm); it was not used.",)
    return float(width_nm), ()


def _is_length(value: object) -> bool:
    return (
        isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value) and value > 0
    )
