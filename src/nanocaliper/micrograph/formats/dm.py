"""Gatan DigitalMicrograph: DM3 and DM4."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.acquisition import Acquisition, make_acquisition
from nanocaliper.micrograph.formats.axis_scale import settle_axes
from nanocaliper.micrograph.formats.bounded import BoundedFile
from nanocaliper.micrograph.formats.decoded import DecodedImage, check_page, describe_pages, to_plain
from nanocaliper.micrograph.formats.dm_tags import Array, read_tags
from nanocaliper.micrograph.formats.pixel_size import quote

__all__ = ["EXTENSIONS", "matches", "read"]

EXTENSIONS = (".dm3", ".dm4")

# DigitalMicrograph's own numbers of its kinds of pixels.
_NUMBERS = {
    **{1: "i2", 2: "f4", 6: "u1", 7: "i4", 9: "i1", 10: "u2", 11: "u4", 12: "f8"},
    **{14: "u1", 39: "i8", 40: "u8"},
}
_BINARY = 14
_COLOURS = (8, 23)
_COMPLEX = (3, 5, 13, 27, 28)
_MOST_ROWS = 2**31


class _Image(NamedTuple):
    """One image of the file whose pixels can be read."""

    tags: dict[str, Any]
    pages: int
    rows: int
    cols: int
    dtype: np.dtype[Any]
    start: int


def matches(head: bytes, path: Path) -> bool:
    """Whether a file that starts with these bytes is a DM3 or DM4."""
    del path
    for version, at in ((3, 8), (4, 12)):
        mark, order, flags = head[:4], head[at : at + 4], head[at + 4 : at + 6]
        if mark == bytes((0, 0, 0, version)) and order in (b"\0\0\0\0", b"\0\0\0\1"):
            # The root group's two flags follow: whether it is sorted, and whether it is open.
            return len(flags) == 2 and max(flags) <= 1
    return False


def read(stream: BinaryIO, page: int, path: Path) -> DecodedImage:
    """Decode one page of a DM3 or DM4 file.

    Parameters
    ----------
    stream : binary file
        The open file.
    page : int
        Which page, from 0: the images of the file one after the other, of stacks the slices along the last of
        DigitalMicrograph's axes. Thumbnails are not counted.
    path : Path
        Where the file lies; not used.

    Returns
    -------
    DecodedImage

    Raises
    ------
    ReadError
        If there is no such page or the file is damaged.
    UnsupportedImageError
        If it holds only spectra, profiles, complex numbers or stacks of stacks.
    """
    del path
    tree = read_tags(stream)
    images, refusals = [], []
    for tags in _list_images(tree.root):
        try:
            images.append(_describe_image(tags, tree.byte_order))
        except UnsupportedImageError as error:
            refusals.append(str(error))
    if not images:
        if refusals:
            raise UnsupportedImageError(refusals[0])
        raise ReadError("it holds no image; save the image itself from DigitalMicrograph")
    pages = sum(image.pages for image in images)
    check_page(page, pages)
    warnings = list(describe_pages(page, pages))
    if refusals:
        warnings.append(f"{len(refusals)} image(s) of the file were left out: {refusals[0].split(';')[0]}.")
    slice_index = page
    for image in images:
        if slice_index < image.pages:
            break
        slice_index -= image.pages
    values = _read_slice(BoundedFile(stream), image, slice_index, tree.byte_order)
    nm_per_px, notes = _find_pixel_size(image.tags)
    return DecodedImage(
        values=values,
        format=f"DigitalMicrograph {tree.version}",
        page=page,
        pages=pages,
        nm_per_px=nm_per_px,
        metadata={"digitalmicrograph": _to_json(_without_pixels(image.tags))},
        acquisition=_find_acquisition(image.tags),
        warnings=(*warnings, *notes, *_compare_sizes(image)),
    )


def _get(tags: object, *names: str) -> Any:
    """A value by its path of names, or None."""
    for name in names:
        tags = tags.get(name) if isinstance(tags, Mapping) else None
    return tags


def _text(tags: object, *names: str) -> str | None:
    value = _get(tags, *names)
    return value.text.strip() if isinstance(value, Array) and value.text is not None else None


def _list_images(root: dict[str, Any]) -> Iterator[dict[str, Any]]:
    images = _get(root, "ImageList")
    thumbnails = _get(root, "Thumbnails")
    indices = (
        {_get(one, "ImageIndex") for one in thumbnails.values()} if isinstance(thumbnails, Mapping) else set()
    )
    listed = list(images.values()) if isinstance(images, Mapping) else []
    for index, tags in enumerate(listed):
        if isinstance(tags, dict) and not (index in indices and len(listed) > 1):
            yield tags


def _describe_image(tags: dict[str, Any], byte_order: str) -> _Image:
    kind = _get(tags, "ImageData", "DataType")
    data = _get(tags, "ImageData", "Data")
    sides = _get(tags, "ImageData", "Dimensions")
    lengths = list(sides.values()) if isinstance(sides, Mapping) else []
    if not isinstance(data, Array) or not all(
        isinstance(length, int) and 0 < length < _MOST_ROWS for length in lengths
    ):
        raise ReadError("an image in it has no pixels or no size; it is damaged, so copy it again")
    if kind in _COMPLEX:
        raise UnsupportedImageError(
            "its pixels are complex numbers, as of a Fourier transform; save its real part or modulus"
        )
    if kind in _COLOURS:
        dtype = np.dtype(byte_order + "u4")
    elif kind in _NUMBERS:
        dtype = np.dtype(byte_order + _NUMBERS[kind])
    else:
        raise UnsupportedImageError(f"its pixels are of the kind {kind}, which is not read; save it as TIFF")
    if len(lengths) not in (2, 3):
        raise UnsupportedImageError(
            f"it has {len(lengths)} dimension(s), as of a spectrum, a profile or a scan of diffraction patterns; "
            "expected an image or a stack of images"
        )
    cols, rows, *rest = lengths
    pages = rest[0] if rest else 1
    if rows * cols * pages * dtype.itemsize != data.nbytes:
        raise ReadError(
            f"an image in it has {data.nbytes:,} bytes, which are not the {cols} x {rows} px"
            f"{f' in {pages} slices' if pages > 1 else ''} that it announces; it is damaged, so copy it again"
        )
    return _Image(tags, pages, rows, cols, dtype, data.start)


def _read_slice(file: BoundedFile, image: _Image, index: int, byte_order: str) -> npt.NDArray[Any]:
    start = image.start + index * image.rows * image.cols * image.dtype.itemsize
    values = file.read_pixels(start, (image.rows, image.cols), image.dtype)
    kind = _get(image.tags, "ImageData", "DataType")
    if kind == _BINARY:
        binary: npt.NDArray[Any] = values != 0
        return binary
    if kind not in _COLOURS:
        return values
    # A colour is one 32-bit number, 0xAARRGGBB.
    first = slice(2, None, -1) if byte_order == "<" else slice(1, 4)
    colours: npt.NDArray[Any] = values.view(np.uint8).reshape(image.rows, image.cols, 4)[..., first]
    return colours


def _find_pixel_size(tags: dict[str, Any]) -> tuple[float | None, tuple[str, ...]]:
    axes = [_get(tags, "ImageData", "Calibrations", "Dimension", axis) for axis in "01"]
    return settle_axes([_get(axis, "Scale") for axis in axes], [_text(axis, "Units") for axis in axes])


def _find_acquisition(tags: dict[str, Any]) -> Acquisition | None:
    about = _get(tags, "ImageTags")
    if not isinstance(about, Mapping):
        return None
    microscope = _get(about, "Microscope Info")
    volts = _get(microscope, "Voltage")
    when = [_text(about, "DataBar", f"Acquisition {part}") for part in ("Date", "Time")]
    return make_acquisition(
        "Gatan",
        instrument=_text(microscope, "Name") or _text(about, "Session Info", "Microscope"),
        voltage_kv=volts / 1000 if isinstance(volts, int | float) else None,
        magnification=_get(microscope, "Actual Magnification") or _get(microscope, "Indicated Magnification"),
        detector=_text(about, "DataBar", "Signal Name")
        or _text(about, "DataBar", "Device Name")
        or _text(about, "Acquisition", "Device", "Name"),
        # The order of day and month follows the computer's settings.
        acquired_at=" ".join(part for part in when if part),
    )


def _compare_sizes(image: _Image) -> tuple[str, ...]:
    """Say that an image is not the whole of what was scanned or exposed."""
    recorded = _find_recorded_size(_get(image.tags, "ImageTags"))
    if None in recorded or recorded == (image.rows, image.cols):
        return ()
    return (
        f"The image was taken with {quote(recorded[1])} x {quote(recorded[0])} px and has {image.cols} x "
        f"{image.rows} px: it was cut or resampled since; DigitalMicrograph keeps the scale right when it does so.",
    )


def _find_recorded_size(about: object) -> tuple[object, object]:
    """Rows and columns as they were scanned, or read from the camera."""
    scan = _get(about, "DigiScan")
    if scan is not None:
        return _get(scan, "Image Height"), _get(scan, "Image Width")
    settings = _get(about, "Acquisition", "Parameters", "High Level")
    area, binning = _get(settings, "CCD Read Area"), _get(settings, "Binning")
    if not isinstance(area, list) or not isinstance(binning, list) or len(area) != 4 or 0 in binning:
        return None, None
    top, left, bottom, right = area
    if len(binning) != 2 or not all(isinstance(number, int) for number in (*area, *binning)):
        return None, None
    return (bottom - top) // binning[1], (right - left) // binning[0]


def _without_pixels(tags: dict[str, Any]) -> dict[str, Any]:
    data = {name: value for name, value in _get(tags, "ImageData").items() if name != "Data"}
    return {**tags, "ImageData": data}


def _to_json(value: Any) -> Any:
    if isinstance(value, Array):
        return value.text if value.text is not None else f"({value.nbytes} bytes)"
    if isinstance(value, Mapping):
        return {str(name): _to_json(item) for name, item in value.items()}
    return to_plain(value)
