"""The scale that a person gives: a number, or a bar marked in the image."""

import math
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.micrograph.pixel_limits import LARGEST_PIXEL_NM, SMALLEST_PIXEL_NM
from nanocaliper.units import to_nm
from nanocaliper.web.inputs import Scale

__all__ = ["AUTOMATIC", "resolve_scale"]

#: The scale of an image nobody said anything about.
AUTOMATIC: dict[str, Any] = {"source": "auto", "nm_per_px": None, "relative_uncertainty": None, "bar": None}

#: Standard uncertainty of where a person puts each end of a bar, px.
_END_PX = 0.5


def resolve_scale(given: Scale) -> dict[str, Any]:
    """Turn what a person gave into the scale that is stored.

    The uncertainty of a marked bar is that of its two ends, half a pixel each, squares added; its label is exact.

    Raises
    ------
    RequestError
        If parts are missing or contradict each other, or the bar has no length.
    """
    if given.source != "user":
        if given.nm_per_px is not None or given.bar is not None or given.relative_uncertainty is not None:
            raise RequestError(
                f"The scale '{given.source}' takes no value; give it with the source 'user'.", 422
            )
        return AUTOMATIC | {"source": given.source}
    if (given.nm_per_px is None) == (given.bar is None):
        raise RequestError("The scale 'user' needs either 'nm_per_px' or 'bar'.", 422)
    if given.bar is None:
        return AUTOMATIC | {
            "source": "user",
            "nm_per_px": given.nm_per_px,
            "relative_uncertainty": given.relative_uncertainty,
        }
    if given.relative_uncertainty is not None:
        raise RequestError("A marked bar gives its own uncertainty; leave out 'relative_uncertainty'.", 422)
    bar = given.bar
    length_px = math.dist(bar.start, bar.stop)
    if length_px < 2:
        raise RequestError(f"The marked bar is {length_px:.2g} px long; mark its two ends.", 422)
    nm_per_px = to_nm(bar.value, bar.unit) / length_px
    if not SMALLEST_PIXEL_NM <= nm_per_px <= LARGEST_PIXEL_NM:
        raise RequestError(
            f"The marked bar gives {nm_per_px:.3g} nm per pixel; expected {SMALLEST_PIXEL_NM:g} to "
            f"{LARGEST_PIXEL_NM:g}. Check its value and unit.",
            422,
        )
    return {
        "source": "user",
        "nm_per_px": nm_per_px,
        "relative_uncertainty": math.hypot(_END_PX, _END_PX) / length_px,
        "bar": bar.model_dump(mode="json"),
    }
