"""The record every measurement starts from: one grey image and what its file says of it."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.acquisition import Acquisition

__all__ = ["Box", "Micrograph"]


@dataclass(frozen=True)
class Box:
    """A rectangle of pixels, half open: rows ``row_start`` to ``row_stop - 1``.

    Parameters
    ----------
    row_start, col_start, row_stop, col_stop : int
        Bounds in px of the whole input image.
    """

    row_start: int
    col_start: int
    row_stop: int
    col_stop: int

    @property
    def height(self) -> int:
        """Number of rows."""
        return self.row_stop - self.row_start

    @property
    def width(self) -> int:
        """Number of columns."""
        return self.col_stop - self.col_start

    def slices(self) -> tuple[slice, slice]:
        """Index that cuts the box out of an image."""
        return slice(self.row_start, self.row_stop), slice(self.col_start, self.col_stop)

    def shared_rows(self, other: "Box") -> int:
        """Number of rows that both boxes cover; below zero where rows lie between them."""
        return min(self.row_stop, other.row_stop) - max(self.row_start, other.row_start)

    def shared_cols(self, other: "Box") -> int:
        """Number of columns that both boxes cover; below zero where columns lie between them."""
        return min(self.col_stop, other.col_stop) - max(self.col_start, other.col_start)

    def overlaps(self, other: "Box") -> bool:
        """Whether the boxes have a pixel in common."""
        return self.shared_rows(other) > 0 and self.shared_cols(other) > 0

    def holds(self, other: "Box") -> bool:
        """Whether all of the other box lies inside this one."""
        rows = self.row_start <= other.row_start and other.row_stop <= self.row_stop
        return rows and self.col_start <= other.col_start and other.col_stop <= self.col_stop

    def shifted(self, rows: int, cols: int) -> "Box":
        """The box moved down and to the right, for example from px of a crop to px of the image."""
        return Box(self.row_start + rows, self.col_start + cols, self.row_stop + rows, self.col_stop + cols)


@dataclass(frozen=True)
class Micrograph:
    """One micrograph, grey, at the depth it was recorded with.

    Parameters
    ----------
    pixels : ndarray, shape (rows, cols)
        Grey values, uint8, uint16, uint32, int16, int32 or float32, finite, read only.
    colour : ndarray, shape (rows, cols, 3), or None
        The RGB image (uint8) where the file holds colour; for reading coloured scale bars only.
    source : str
        Path of the file, or ``'array'``.
    format : str
        Name of the file format, for example ``'TIFF'``, or ``'array'``.
    sha256 : str
        Digest of the file's bytes (of the array's bytes for an array), hexadecimal.
    page, pages : int
        The page that was read, from 0, and how many the file has.
    nm_per_px : float or None
        Pixel size from the file's metadata, nm; None where the file gives none that is plausible.
    metadata : mapping
        What else the instrument wrote, under its own names, plain JSON values.
    acquisition : Acquisition or None
        Voltage, magnification, detector, ... under common names; None where the file says nothing of them.
    data_strips : tuple of Box
        Bands that belong to the instrument, not to the sample; full width, at the top or the bottom.
    warnings : tuple of str
        What the reader noticed and a person should know (for example pages that were not read).
    nm_per_px_relative_uncertainty : float
        Relative standard uncertainty of `nm_per_px` as the file states it: 0 where it stands with all its
        digits, more where it follows from a bar of whole pixels (JEOL SEM).
    """

    pixels: npt.NDArray[Any]
    colour: npt.NDArray[np.uint8] | None = None
    source: str = "array"
    format: str = "array"
    sha256: str = ""
    page: int = 0
    pages: int = 1
    nm_per_px: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))
    acquisition: Acquisition | None = None
    data_strips: tuple[Box, ...] = ()
    warnings: tuple[str, ...] = ()
    nm_per_px_relative_uncertainty: float = 0.0

    @property
    def shape(self) -> tuple[int, int]:
        """Rows and columns of the whole input image, px."""
        return self.pixels.shape[0], self.pixels.shape[1]

    @property
    def field(self) -> Box:
        """The part of the image that shows the sample: everything between the data strips."""
        rows, cols = self.shape
        start = max((s.row_stop for s in self.data_strips if s.row_start == 0), default=0)
        stop = min((s.row_start for s in self.data_strips if s.row_start > 0), default=rows)
        return Box(start, 0, stop, cols)
