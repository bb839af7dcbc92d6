"""The arrays of a file of candidates: what each must be is checked before it is unpacked."""

import math
import tokenize
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from types import TracebackType
from typing import IO, Any, Final, Self

import numpy as np
import numpy.typing as npt

__all__ = ["CandidateArrays"]

#: Dtypes and dimensions of every array that such a file may hold.
_KNOWN: Final[Mapping[str, tuple[frozenset[str], int]]] = {
    "described": (frozenset({"|u1"}), 1),
    "labels": (frozenset({"<i4"}), 2),
    "level": (frozenset({"|u1"}), 2),
    "scores": (frozenset({"<f4", "<f8"}), 1),
    "shape_probabilities": (frozenset({"<f4", "<f8"}), 1),
    "boxes": (frozenset({"<i8"}), 2),
    "parts": (frozenset({"<i8"}), 1),
    "counts": (frozenset({"<i8"}), 1),
    "points": (frozenset({"<f8"}), 2),
    "columns": (frozenset({"<f8"}), 2),
}
_OPTIONAL: Final = frozenset({"level", "shape_probabilities"})
#: Bytes that all arrays may have: some for any image, and for each of its pixels; a field full of particles of five
#: pixels' diameter has some 30 for each.
_BYTES, _BYTES_A_PIXEL, _MOST_BYTES = 2**20, 256, 8 * 2**30
#: Longest description, bytes; ten for each of six million particles.
_LONGEST_DESCRIPTION = 64 * 2**20
_COMPRESSIONS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


@dataclass(frozen=True)
class _Header:
    member: zipfile.ZipInfo
    shape: tuple[int, ...]


class CandidateArrays:
    """An open file of candidates; only heads of its arrays are read until one is asked for.

    Parameters
    ----------
    file : binary file

    Raises
    ------
    ValueError, zipfile.BadZipFile
        If it holds other arrays than candidates have, or more than fits an image of its size.
    """

    def __init__(self, file: IO[bytes]) -> None:
        self._archive = zipfile.ZipFile(file)
        try:
            self._headers = self._read_headers()
        except BaseException:
            self._archive.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._archive.close()

    @property
    def shape(self) -> tuple[int, ...]:
        """Rows and columns of the labels, which are not unpacked for it."""
        return self._headers["labels"].shape

    def read(self, name: str) -> npt.NDArray[Any]:
        """Unpack an array."""
        with self._archive.open(self._headers[name].member) as stream:
            array: npt.NDArray[Any] = np.lib.format.read_array(stream, allow_pickle=False)
        return array

    def read_all(self) -> dict[str, npt.NDArray[Any]]:
        """Unpack every array but the description."""
        return {name: self.read(name) for name in self._headers if name != "described"}

    def _read_headers(self) -> dict[str, _Header]:
        members = self._archive.infolist()
        names = [member.filename.removesuffix(".npy") for member in members]
        # A long directory is a bomb of its own.
        if len(members) > len(_KNOWN) or not set(names) <= set(_KNOWN) or len(set(names)) < len(names):
            raise ValueError("it holds something that no candidates have")
        missing = set(_KNOWN) - _OPTIONAL - set(names)
        if missing:
            raise ValueError(f"it has no {', '.join(sorted(missing))}")
        headers = {name: self._read_header(name, member) for name, member in zip(names, members, strict=True)}
        if headers["described"].member.file_size > _LONGEST_DESCRIPTION:
            raise ValueError("its description is too long")
        total = sum(member.file_size for member in members) - headers["described"].member.file_size
        most = min(_BYTES + _BYTES_A_PIXEL * math.prod(headers["labels"].shape), _MOST_BYTES)
        if total > most:
            raise ValueError(f"it unpacks to {total} bytes, more than {most}")
        return headers

    def _read_header(self, name: str, member: zipfile.ZipInfo) -> _Header:
        if member.compress_type not in _COMPRESSIONS or member.flag_bits & 1:
            raise ValueError(f"{name} is packed in an unknown way")
        with self._archive.open(member) as stream:
            if np.lib.format.read_magic(stream) != (1, 0):
                raise ValueError(f"{name} is no array of the expected version")
            try:
                shape, _, dtype = np.lib.format.read_array_header_1_0(stream)
            except (tokenize.TokenError, RecursionError, MemoryError) as error:
                raise ValueError(f"the head of {name} cannot be read ({error})") from None
            start = stream.tell()
        dtypes, dimensions = _KNOWN[name]
        if dtype.str not in dtypes or len(shape) != dimensions or min(shape, default=0) < 0:
            raise ValueError(f"{name} is of {dtype} and shape {shape}")
        # What it says of itself is what is made room for; what the directory says is what is unpacked at most.
        if start + math.prod(shape) * dtype.itemsize != member.file_size:
            raise ValueError(f"{name} has not the size that its shape says")
        return _Header(member, shape)
