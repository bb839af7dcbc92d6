"""Reading an open file without trusting the lengths and offsets that it names."""

import math
import struct
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.micrograph.formats.decoded import check_limit

__all__ = ["BoundedFile"]


class BoundedFile:
    """An open file that gives bytes only where it has them; nothing is reserved for bytes that are missing.

    Parameters
    ----------
    stream : binary file
        The open file.
    """

    def __init__(self, stream: BinaryIO) -> None:
        self._stream = stream
        #: Length of the file, bytes.
        self.size = stream.seek(0, 2)

    def check(self, start: int, count: int, what: str) -> None:
        """Refuse a part of the file that it does not have.

        Raises
        ------
        ReadError
            If `start` or `count` is negative or the part ends behind the end of the file.
        """
        if start < 0 or count < 0 or start + count > self.size:
            raise ReadError(
                f"{what} should be {_count(count)} from byte {_figure(start)} on, but the file has "
                f"{self.size:,} bytes; it is damaged or cut short, so copy it again"
            )

    def take(self, start: int, count: int, what: str) -> bytes:
        """Read `count` bytes from `start` on.

        Raises
        ------
        ReadError
            If the file does not have them.
        """
        self.check(start, count, what)
        self._stream.seek(start)
        content = self._stream.read(count)
        if len(content) != count:
            raise ReadError(f"{what} cannot be read to its end; copy the file again")
        return content

    def unpack(self, layout: str, start: int, what: str) -> tuple[Any, ...]:
        """Read numbers; `layout` is one of `struct`, with the byte order in front."""
        return struct.unpack(layout, self.take(start, struct.calcsize(layout), what))

    def read_pixels(self, start: int, shape: tuple[int, ...], dtype: np.dtype[Any]) -> npt.NDArray[Any]:
        """Read an image of shape (rows, cols) or (rows, cols, samples), in the byte order of `dtype`.

        Raises
        ------
        ReadError
            If the file does not have all its pixels.
        UnsupportedImageError
            If it has more pixels than can be held.
        """
        what = f"the image of {shape[1]} x {shape[0]} px"
        count = math.prod(shape) * dtype.itemsize
        self.check(start, count, what)
        check_limit(*shape[:2])
        return np.frombuffer(self.take(start, count, what), dtype).reshape(shape)


def _count(count: int) -> str:
    return f"{_figure(count)} byte" if count == 1 else f"{_figure(count)} bytes"


def _figure(number: int) -> str:
    return (
        f"{number:,}"
        if abs(number) < 10**15
        else f"{float(number):.3g}"
        if abs(number) < 10**300
        else "very many"
    )
