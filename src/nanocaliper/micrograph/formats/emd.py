"""EMD: Thermo Fisher Velox, and the layout of the same name from Berkeley (NCEM); both are HDF5 files."""

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from nanocaliper.errors import NanocaliperError, ReadError, UnsupportedImageError
from nanocaliper.micrograph.acquisition import Acquisition, make_acquisition
from nanocaliper.micrograph.formats import hdf5
from nanocaliper.micrograph.formats.axis_scale import settle_axes
from nanocaliper.micrograph.formats.decoded import DecodedImage, check_page, describe_pages, to_plain
from nanocaliper.micrograph.formats.pixel_size import quote
from nanocaliper.micrograph.formats.sidecars.texts import read_number

__all__ = ["EXTENSIONS", "matches", "read"]

EXTENSIONS = (".emd",)

_MAGIC = b"\x89HDF\r\n\x1a\n"
_LONGEST_TEXT = 2**22
_DEEPEST = 4
_MOST_GROUPS = 10_000
_LONGEST_AXIS = 1_000_000
# Steps along an axis that differ by more than this are no pixel size.
_UNEVEN = 1e-3
# A whole number may be too large for a float.
_LARGEST = 1e300


class _Stack(NamedTuple):
    """One data set of images of the file."""

    layout: str
    group: Any
    data: Any
    pages: int


def matches(head: bytes, path: Path) -> bool:
    """Whether a file that starts with these bytes is an HDF5 file."""
    del path
    return head.startswith(_MAGIC)


def read(stream: BinaryIO, page: int, path: Path) -> DecodedImage:
    """Decode one page of an EMD file.

    Parameters
    ----------
    stream : binary file
        The open file.
    page : int
        Which page, from 0: the frames of the file's images, one image after the other.
    path : Path
        Where the file lies; not used.

    Returns
    -------
    DecodedImage

    Raises
    ------
    ReadError
        If there is no such page or image, the file is damaged, or its data lie in other files.
    UnsupportedImageError
        If its pixels are complex, too many, or packed by a filter that is not read.
    """
    del path
    import h5py

    # Through the open file: HDF5 then cannot look for other files beside it.
    with h5py.File(stream, "r") as file:
        stacks, refusals = [], []
        for layout, group, data in _list_data(file):
            try:
                stacks.append(_describe_data(layout, group, data))
            except UnsupportedImageError as error:
                refusals.append(str(error))
        if not stacks:
            raise UnsupportedImageError(
                refusals[0]
                if refusals
                else "it is an HDF5 file without images in the layout of Velox or of Berkeley's EMD; export them "
                "as TIFF"
            )
        pages = sum(stack.pages for stack in stacks)
        check_page(page, pages)
        warnings = list(describe_pages(page, pages))
        if refusals:
            warnings.append(
                f"{len(refusals)} data set(s) of the file were left out: {refusals[0].split(';')[0]}."
            )
        frame = page
        for stack in stacks:
            if frame < stack.pages:
                break
            frame -= stack.pages
        read_stack = _read_velox if stack.layout == "Velox" else _read_berkeley
        decoded = read_stack(stack, frame)
    return DecodedImage(
        values=decoded.values,
        format=decoded.format,
        page=page,
        pages=pages,
        nm_per_px=decoded.nm_per_px,
        metadata=decoded.metadata,
        acquisition=decoded.acquisition,
        warnings=(*warnings, *decoded.warnings),
    )


def _list_data(file: Any) -> Iterator[tuple[str, Any, Any]]:
    """Layout, group and data set of each image or stack of images."""
    import h5py

    data = hdf5.open_member(file, "Data")
    images = hdf5.open_member(data, "Image") if isinstance(data, h5py.Group) else None
    if isinstance(images, h5py.Group):
        for _, group in hdf5.list_members(images):
            pixels = hdf5.open_member(group, "Data") if isinstance(group, h5py.Group) else None
            if isinstance(pixels, h5py.Dataset):
                yield "Velox", group, pixels
        return
    # Groups may contain each other, so both how deep and how many are limited.
    found, depths = [file], [0]
    for group, depth in zip(found, depths, strict=False):
        if hdf5.read_attribute(group, "emd_group_type") in (1, "array"):
            pixels = hdf5.open_member(group, "data")
            if isinstance(pixels, h5py.Dataset):
                yield "Berkeley", group, pixels
            continue
        for _, part in hdf5.list_members(group) if depth < _DEEPEST else ():
            if isinstance(part, h5py.Group):
                found.append(part)
                depths.append(depth + 1)
        if len(found) > _MOST_GROUPS:
            raise ReadError(f"it has more than {_MOST_GROUPS:,} groups; export the image as TIFF")


def _describe_data(layout: str, group: Any, data: Any) -> _Stack:
    if data.dtype.kind == "c" or data.dtype.names:
        raise UnsupportedImageError(
            "its pixels are complex numbers or colours, as of a Fourier transform; save the image itself"
        )
    if data.dtype.kind not in "iufb":
        raise UnsupportedImageError(
            f"its pixels are of the type {data.dtype}, expected numbers; export it as TIFF"
        )
    if data.ndim not in (2, 3):
        raise UnsupportedImageError(
            f"it has {data.ndim} dimension(s), as of a spectrum or a scan of diffraction patterns; expected an "
            "image or a stack of images"
        )
    pages = 1 if data.ndim == 2 else data.shape[2 if layout == "Velox" else 0]
    if pages == 0:
        raise UnsupportedImageError("one of its stacks has no image; pass another file")
    return _Stack(layout, group, data, pages)


def _read_velox(stack: _Stack, frame: int) -> DecodedImage:
    window = (slice(None), slice(None), frame)[: stack.data.ndim]
    values = hdf5.read_window(stack.data, window)
    about, notes = _read_velox_metadata(stack.group, frame)
    result = _get(about, "BinaryResult")
    scales = [_number(_get(result, "PixelSize", side)) for side in ("width", "height")]
    units = [_get(result, f"PixelUnit{axis}") for axis in "XY"]
    nm_per_px, warnings = settle_axes(scales, units)
    recorded = [_number(_get(result, "ImageSize", side)) for side in ("height", "width")]
    if None not in recorded and recorded != list(values.shape):
        notes = (
            *notes,
            f"The metadata are of an image of {quote(recorded[1])} x {quote(recorded[0])} px, this one has "
            f"{values.shape[1]} x {values.shape[0]} px: it was cut, or the scale is wrong; "
            "compare with the original.",
        )
    return DecodedImage(
        values=values,
        format="Velox EMD",
        nm_per_px=nm_per_px,
        metadata={"velox": about},
        acquisition=_find_acquisition(about),
        warnings=(*notes, *warnings),
    )


def _read_velox_metadata(group: Any, frame: int) -> tuple[dict[str, Any], tuple[str, ...]]:
    """The JSON text of a frame: a column of bytes, filled up with zeros."""
    missing = "The file's metadata could not be read"
    try:
        texts = hdf5.open_member(group, "Metadata")
        shape = getattr(texts, "shape", None)
        if shape is None or texts.dtype != np.uint8 or len(shape) != 2 or not 0 < shape[0] <= _LONGEST_TEXT:
            return {}, (f"{missing}: there is no text of at most {_LONGEST_TEXT:,} bytes.",)
        if frame >= shape[1]:
            return {}, (f"{missing}: it is there for {shape[1]} frame(s), not for frame {frame}.",)
        text = hdf5.read_window(texts, (slice(None), frame)).tobytes().partition(b"\0")[0]
        about = to_plain(json.loads(text))
    except (NanocaliperError, OSError, ValueError, KeyError, RuntimeError, RecursionError) as error:
        return {}, (f"{missing}: {' '.join(str(error).split())[:200].rstrip('.')}.",)
    return (about, ()) if isinstance(about, dict) else ({}, (f"{missing}: it is a {type(about).__name__}.",))


def _read_berkeley(stack: _Stack, frame: int) -> DecodedImage:
    window = (
        (frame, slice(None), slice(None))[-stack.data.ndim :] if stack.data.ndim == 3 else (slice(None),) * 2
    )
    values = hdf5.read_window(stack.data, window)
    # The last two axes are rows and columns; axes are numbered from 1, in version 1 of the layout from 0.
    last = stack.data.ndim - (1 if "dim0" in stack.group else 0)
    axes = [_read_axis(stack, number) for number in (last, last - 1)]
    nm_per_px, warnings = settle_axes([step for step, _ in axes], [unit for _, unit in axes])
    return DecodedImage(
        values=values,
        format="EMD",
        nm_per_px=nm_per_px,
        metadata={
            "emd": to_plain({"steps": [step for step, _ in axes], "units": [unit for _, unit in axes]})
        },
        warnings=warnings,
    )


def _read_axis(stack: _Stack, number: int) -> tuple[float | None, str | None]:
    """Step and unit of an axis; no step where its positions are not evenly spaced."""
    axis = hdf5.open_member(stack.group, f"dim{number}")
    if axis is None or not hasattr(axis, "shape"):
        return None, None
    # Units are written as 'nm', '[nm]' and '[n_m]'.
    given = hdf5.read_attribute(axis, "units")
    unit = given.strip("[] ").replace("_", "") if isinstance(given, str) else None
    positions = hdf5.read_vector(axis, _LONGEST_AXIS)
    if positions is None or len(positions) < 2:
        return None, unit
    steps = np.diff(positions.astype(np.float64))
    step = float((float(positions[-1]) - float(positions[0])) / len(steps))
    if not np.all(np.abs(steps - step) <= _UNEVEN * abs(step)):
        return None, unit
    return step, unit


def _get(tree: object, *names: str) -> Any:
    for name in names:
        tree = tree.get(name) if isinstance(tree, Mapping) else None
    return tree


def _number(value: object) -> object:
    """A number that is written as text, in plain digits; anything else as it is."""
    number = read_number(value)
    return value if number is None else number


def _find_acquisition(about: Mapping[str, Any]) -> Acquisition | None:
    volts = _number(_get(about, "Optics", "AccelerationVoltage"))
    return make_acquisition(
        "Thermo Fisher",
        instrument=_get(about, "Instrument", "InstrumentModel")
        or _get(about, "Instrument", "InstrumentClass"),
        voltage_kv=volts / 1000 if isinstance(volts, int | float) and abs(volts) < _LARGEST else None,
        magnification=_number(_get(about, "Optics", "NominalMagnification")),
        detector=_get(about, "BinaryResult", "Detector"),
        acquired_at=_find_date(_get(about, "Acquisition", "AcquisitionStartDatetime", "DateTime")),
    )


def _find_date(seconds: object) -> str | None:
    number = _number(seconds)
    if not isinstance(number, int | float) or not 0 < number < 4e9:
        return None
    return datetime.fromtimestamp(number, UTC).isoformat(timespec="seconds")
