"""Pixel size from the scale and the unit of each axis of an image."""

import re
from collections.abc import Sequence

from nanocaliper.micrograph.formats.pixel_size import quote, read_unit, settle_pixel_size
from nanocaliper.units import NM_PER_UNIT

__all__ = ["settle_axes"]

# '1/nm', 'nm-1', 'nm^-1' and 'nm⁻¹', as DigitalMicrograph, Velox and the Berkeley layout write them.
_RECIPROCAL = re.compile(r"^\s*1\s*/|\^?-1\s*$|\u207b\u00b9\s*$")


def settle_axes(scales: Sequence[object], units: Sequence[object]) -> tuple[float | None, tuple[str, ...]]:
    """Decide whether the scales of the two axes of an image make a pixel size.

    Parameters
    ----------
    scales : sequence of two objects
        Length of a pixel along the columns (its width) and along the rows (its height), in `units`.
    units : sequence of two objects
        Their units; None or an empty text where the file names none.

    Returns
    -------
    nm_per_px : float or None
        As of `settle_pixel_size`; None for reciprocal lengths, unknown units and axes without a unit.
    warnings : tuple of str
        Why there is no pixel size although the file names scales: at most one sentence.
    """
    names = [unit.strip("\0 \t\r\n") if isinstance(unit, str) else unit for unit in units]
    if all(name is None or name == "" for name in names):
        # Programs write 0 or 1 for the scale of an image that nobody calibrated.
        if all(scale in (None, 0, 1) for scale in scales):
            return None, ()
        return None, (f"The file gives a scale without a unit ({quote(scales[0])}); it was not used.",)
    for name in names:
        if isinstance(name, str) and _RECIPROCAL.search(name):
            return None, (
                f"The scale of the file is in {quote(name)}, as of a diffraction pattern or a transform; "
                "it is not a pixel size.",
            )
    sizes: list[object] = []
    for scale, name in zip(scales, names, strict=True):
        unit = read_unit(name)
        if unit is None:
            return None, (
                f"The scale of the file is in {quote(name)}, expected a unit of length such as nm; "
                "it was not used.",
            )
        is_number = isinstance(scale, int | float) and not isinstance(scale, bool) and abs(scale) < 1e300
        sizes.append(scale * NM_PER_UNIT[unit] if is_number else scale)  # type: ignore[operator]
    return settle_pixel_size(*sizes)
