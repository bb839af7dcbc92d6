"""From whatever numbers an image holds to the grey values that are measured."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import UnsupportedImageError

__all__ = ["orient", "to_grey"]

# ITU-R BT.601, the luma of JPEG, in thousandths; the choice only matters for coloured images.
_RED, _GREEN, _BLUE = 299, 587, 114
# A grey image saved as colour JPEG has channels that differ by a few levels.
_COLOUR_STEP = 16
_ROWS_AT_ONCE = 512  # keeps the memory for large images bounded


def to_grey(
    values: npt.NDArray[Any],
) -> tuple[npt.NDArray[Any], npt.NDArray[np.uint8] | None, tuple[str, ...]]:
    """Bring image values to one grey channel of a data type that a `Micrograph` holds.

    Parameters
    ----------
    values : ndarray, shape (rows, cols) or (rows, cols, 3)
        Grey or RGB values of any data type.

    Returns
    -------
    pixels : ndarray, shape (rows, cols)
        uint8, uint16, uint32, int16, int32 or float32, finite. Colours become their luminance (ITU-R
        BT.601) in the same data type; three equal channels stay exactly what they are.
    colour : ndarray, shape (rows, cols, 3), uint8, or None
        The RGB image where it has colour in it: any pixel whose channels differ by more than 16 of 255.
    warnings : tuple of str
        What was changed.

    Raises
    ------
    UnsupportedImageError
        If the data type has no order (complex, text), its values do not fit, or no pixel is finite.
    """
    values = _settle_dtype(values)
    colour = None
    if values.ndim == 3:
        colour = _keep_colour(values)
        values = _take_luminance(values)
    pixels, warnings = _fill_not_finite(values)
    return np.ascontiguousarray(pixels), colour, warnings


def orient(values: npt.NDArray[Any], orientation: int) -> npt.NDArray[Any]:
    """Turn an image upright.

    Parameters
    ----------
    values : ndarray, shape (rows, cols) or (rows, cols, channels)
        The image as stored.
    orientation : int
        EXIF or TIFF orientation, 1 to 8 (TIFF 6.0, tag 274); anything else leaves the image as it is.

    Returns
    -------
    ndarray
    """
    if orientation in (5, 6, 7, 8):
        values = values.swapaxes(0, 1)
    if orientation in (2, 3, 6, 7):
        values = values[:, ::-1]
    if orientation in (3, 4, 7, 8):
        values = values[::-1]
    return values


def _settle_dtype(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    kind, size = values.dtype.kind, values.dtype.itemsize
    if kind == "b":
        return values.astype(np.uint8) * np.uint8(255)
    if kind not in "iuf":
        named = "complex numbers" if kind == "c" else f"values of type {values.dtype}"
        raise UnsupportedImageError(
            f"the image holds {named}, expected whole or decimal numbers; pass its real part, magnitude or "
            "grey values"
        )
    if kind == "f":
        return _to_float32(values)
    if size == 8:
        narrow = np.dtype(np.uint32 if kind == "u" else np.int32)
        low, high = int(values.min()), int(values.max())
        if low < np.iinfo(narrow).min or high > np.iinfo(narrow).max:
            raise UnsupportedImageError(
                f"the image holds whole numbers from {low} to {high}, which do not fit 32 bits; scale them "
                "down"
            )
        return values.astype(narrow)
    if kind == "i" and size == 1:
        return values.astype(np.int16)
    return values.astype(values.dtype.newbyteorder("="), copy=False)


def _to_float32(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    if values.dtype.itemsize > 4:
        finite = values[np.isfinite(values)]
        largest = np.abs(finite).max(initial=0)
        if largest > np.finfo(np.float32).max:
            raise UnsupportedImageError(
                f"the image holds numbers up to {largest:.3g}, which do not fit 32-bit floats; scale them "
                "down"
            )
        smallest = np.ptp(finite) if finite.size else 0
        if smallest > 0 and np.ptp(finite.astype(np.float32)) == 0:
            raise UnsupportedImageError(
                f"the image's values differ by {smallest:.3g} around {finite[0]:.6g}, which 32-bit floats "
                "cannot tell apart; subtract their mean"
            )
    return values.astype(np.float32, copy=False)


def _keep_colour(values: npt.NDArray[Any]) -> npt.NDArray[np.uint8] | None:
    if values.dtype == np.uint8:
        eight = values
    elif values.dtype == np.uint16:
        eight = ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    else:
        return None  # the range that stands for white is not known
    if np.any(eight.max(axis=2) - eight.min(axis=2) > _COLOUR_STEP):
        return np.ascontiguousarray(eight)
    return None


def _take_luminance(values: npt.NDArray[Any]) -> npt.NDArray[Any]:
    grey = np.empty(values.shape[:2], values.dtype)
    for start in range(0, len(values), _ROWS_AT_ONCE):
        part = values[start : start + _ROWS_AT_ONCE]
        red, green, blue = part[..., 0], part[..., 1], part[..., 2]
        if np.array_equal(red, green) and np.array_equal(red, blue):
            grey[start : start + _ROWS_AT_ONCE] = red
            continue
        wide = np.int64 if values.dtype.kind in "iu" else np.float64
        thousandfold = _RED * red.astype(wide) + _GREEN * green.astype(wide) + _BLUE * blue.astype(wide)
        luminance = (thousandfold + 500) // 1000 if wide is np.int64 else thousandfold / 1000
        grey[start : start + _ROWS_AT_ONCE] = luminance.astype(values.dtype)
    return grey


def _fill_not_finite(values: npt.NDArray[Any]) -> tuple[npt.NDArray[Any], tuple[str, ...]]:
    if values.dtype.kind != "f":
        return values, ()
    finite = np.isfinite(values)
    missing = int(values.size - np.count_nonzero(finite))
    if missing == 0:
        return values, ()
    if missing == values.size:
        raise UnsupportedImageError(
            "no pixel of the image is a finite number; pass the image as it was recorded"
        )
    median = np.median(values[finite])
    return np.where(finite, values, median).astype(np.float32), (
        f"{missing} of {values.size} pixels are not finite numbers; they got the median of the others.",
    )
