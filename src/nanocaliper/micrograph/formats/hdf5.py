"""Reading HDF5 files without following them out of the file, and without unpacking what is too large."""

import math
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.formats.decoded import MAX_PIXELS, check_limit
from nanocaliper.micrograph.formats.pixel_size import quote

__all__ = ["list_members", "open_member", "read_attribute", "read_vector", "read_window"]

# DEFLATE shrinks at most 1032 times; of the filters below none shrinks more.
_MOST_SHRINKING = 1032
_SHUFFLE, _CHECKSUM = 2, 3
_PACKERS = {1: "DEFLATE", 4: "SZIP", 5: "N-bit", 32000: "LZF"}
_MOST_MEMBERS = 10_000
_MOST_CHUNKS = 100_000
_LARGEST_CHUNK = 2**31
_BLOCK_BYTES = 2**25
_LONGEST_ATTRIBUTE = 10_000


def open_member(group: Any, name: str) -> Any:
    """Open a group or data set inside a group; None where there is none of this name.

    Raises
    ------
    ReadError
        If the name is a link to another file or to another place.
    """
    import h5py

    link = group.get(name, getlink=True)
    if link is None:
        return None
    _refuse_external(name, link)
    if not isinstance(link, h5py.HardLink):
        raise ReadError(
            f"its part {quote(name)} is a link to another place, which is not followed; save it again without"
        )
    return group[name]


def list_members(group: Any) -> Iterator[tuple[str, Any]]:
    """Name and content of each group and data set in a group; links within the file are passed over.

    Raises
    ------
    ReadError
        If there are more than 10 000, or one is a link to another file.
    """
    import h5py

    if len(group) > _MOST_MEMBERS:
        raise ReadError(
            f"a group in it has {len(group):,} members, expected at most {_MOST_MEMBERS:,}; copy it again"
        )
    for name in group:
        link = group.get(name, getlink=True)
        _refuse_external(name, link)
        # What a soft link points to stands elsewhere in the file under a name of its own.
        if isinstance(link, h5py.HardLink):
            yield name, group[name]


def _refuse_external(name: str, link: Any) -> None:
    import h5py

    if isinstance(link, h5py.ExternalLink):
        raise ReadError(
            f"its part {quote(name)} is a link to another file ({quote(link.filename)}), which is not followed; "
            "save the data into one file"
        )


def read_attribute(part: Any, name: str) -> Any:
    """A short attribute as a number or text; None where there is none, or a long one."""
    if name not in part.attrs:
        return None
    attribute = part.attrs.get_id(name)
    if attribute.get_storage_size() > _LONGEST_ATTRIBUTE or attribute.shape not in ((), (1,)):
        return None
    value = part.attrs[name]
    if isinstance(value, np.ndarray):
        value = value.reshape(-1)[0]
    if isinstance(value, bytes):
        return value[:_LONGEST_ATTRIBUTE].decode("utf-8", errors="replace")
    return value.item() if isinstance(value, np.generic) else value


def read_vector(data: Any, most: int) -> npt.NDArray[Any] | None:
    """A one-dimensional data set of at most `most` real numbers; None where it is none."""
    if data.ndim != 1 or not 0 < data.shape[0] <= most or data.dtype.kind not in "iuf":
        return None
    return read_window(data, (slice(None),))


def read_window(data: Any, window: tuple[slice | int, ...]) -> npt.NDArray[Any]:
    """Read a part of a data set, after its size, its storage and its filters have been checked.

    Parameters
    ----------
    data : h5py.Dataset
        Where to read from.
    window : tuple of slice or int
        What to read: along each axis everything, or one index.

    Returns
    -------
    ndarray

    Raises
    ------
    ReadError
        If the data lie in other files, were never written, or the file is too short to hold them.
    UnsupportedImageError
        If the data are too large, or packed by a filter that is not read.
    """
    if data.is_virtual or data.external:
        raise ReadError("its pixels lie in other files, which are not followed; save the data into one file")
    sides = [1 if isinstance(part, int) else data.shape[axis] for axis, part in enumerate(window)]
    count = int(np.prod(sides, dtype=object))
    check_limit(count, 1)
    is_packed = _check_filters(data)
    per_item = data.dtype.itemsize
    if data.chunks is None:
        stored, needed = data.id.get_storage_size(), data.size * per_item
        if stored < needed:
            raise ReadError(f"{needed - stored:,} bytes of its pixels are missing; copy or export it again")
    else:
        _check_chunks(data, window, per_item, _MOST_SHRINKING if is_packed else 1)
    if (
        data.chunks is None
        and isinstance(window[-1], int)
        and all(part == slice(None) for part in window[:-1])
    ):
        return _read_scattered(data, window[-1])
    values: npt.NDArray[Any] = np.asarray(data[window])
    return values


def _read_scattered(data: Any, last: int) -> npt.NDArray[Any]:
    """One index of the last axis of data in one piece; HDF5 itself would fetch number by number."""
    values = np.empty(data.shape[:-1], data.dtype)
    at_once = max(1, _BLOCK_BYTES // max(1, data.dtype.itemsize * math.prod(data.shape[1:])))
    for start in range(0, len(values), at_once):
        values[start : start + at_once] = data[start : start + at_once][..., last]
    return values


def _check_filters(data: Any) -> bool:
    """Whether the data are packed; refused where by a filter that is not known."""
    settings = data.id.get_create_plist()
    kinds = [settings.get_filter(index)[0] for index in range(settings.get_nfilters())]
    packers = [kind for kind in kinds if kind not in (_SHUFFLE, _CHECKSUM)]
    unknown = [kind for kind in packers if kind not in _PACKERS]
    # A second packer could unfold what the first has unfolded already.
    if unknown or len(packers) > 1:
        raise UnsupportedImageError(
            f"its pixels are packed by the HDF5 filters {kinds}, expected none or one of "
            f"{', '.join(_PACKERS.values())}; save it again with one of these"
        )
    return bool(packers)


def _check_chunks(data: Any, window: tuple[slice | int, ...], per_item: int, shrinking: int) -> None:
    """Refuse chunks that are missing, or that promise more than their bytes can hold."""
    chunk = int(np.prod(data.chunks, dtype=object))
    if chunk > MAX_PIXELS or chunk * per_item > _LARGEST_CHUNK:
        raise UnsupportedImageError(
            f"its chunks have {chunk:,} px ({chunk * per_item:,} bytes), more than can be read; "
            "save it with smaller ones"
        )
    places = [
        (part // length,) if isinstance(part, int) else range(-(-side // length))
        for part, side, length in zip(window, data.shape, data.chunks, strict=True)
    ]
    if int(np.prod([len(place) for place in places], dtype=object)) > _MOST_CHUNKS:
        raise ReadError(f"its pixels are in more than {_MOST_CHUNKS:,} chunks; save it with larger ones")
    for place in np.ndindex(*[len(place) for place in places]):
        corner = tuple(
            places[axis][index] * length
            for axis, (index, length) in enumerate(zip(place, data.chunks, strict=True))
        )
        found = data.id.get_chunk_info_by_coord(corner)
        if found.byte_offset is None:
            raise ReadError("a part of its pixels was never written; copy or export it again")
        if found.size * shrinking < chunk * per_item:
            raise ReadError(
                f"a part of it has {found.size:,} bytes, which cannot hold the {chunk:,} px that it announces; "
                "it is damaged, so copy it again"
            )
