"""What a format module hands back, and the limits every format keeps."""

import enum
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.acquisition import Acquisition

__all__ = [
    "DEEPEST",
    "LONGEST_METADATA",
    "LONGEST_TEXT",
    "MAX_PIXELS",
    "MOST_VALUES",
    "DecodedImage",
    "check_limit",
    "check_page",
    "describe_pages",
    "limit_metadata",
    "to_plain",
]

#: Largest image that is read, px (1 gigapixel: about 31 600 x 31 600).
MAX_PIXELS = 1_000_000_000
#: Longest text that is kept of a file's metadata, characters.
LONGEST_TEXT = 100_000
#: Most values, characters and levels that are kept of what one maker wrote; the largest of real files have some
#: thousand values and 100 000 characters.
MOST_VALUES, LONGEST_METADATA, DEEPEST = 100_000, 2_000_000, 64


@dataclass(frozen=True)
class DecodedImage:
    """One image as its file holds it.

    Parameters
    ----------
    values : ndarray, shape (rows, cols) or (rows, cols, 3)
        Grey or RGB values at the depth of the file; alpha already taken off.
    format : str
        Name of the format for people.
    page, pages : int
        The page that was read, from 0, and how many there are.
    nm_per_px : float or None
        Pixel size that the file gives, nm.
    metadata : mapping
        What else the file says, plain JSON values.
    acquisition : Acquisition or None
        How the image was taken, where the file says so.
    orientation : int
        EXIF orientation (1 to 8) that is still to be applied.
    warnings : tuple of str
        Sentences for the user.
    relative_uncertainty : float
        Relative standard uncertainty of `nm_per_px` as it is written; 0 where it stands with all its digits.
    """

    values: npt.NDArray[Any]
    format: str
    page: int = 0
    pages: int = 1
    nm_per_px: float | None = None
    metadata: Mapping[str, Any] = field(default_factory=dict)
    acquisition: Acquisition | None = None
    orientation: int = 1
    warnings: tuple[str, ...] = ()
    relative_uncertainty: float = 0.0


def check_limit(rows: int, cols: int) -> None:
    """Refuse an image too large to hold, before it is decoded.

    Raises
    ------
    UnsupportedImageError
        If the image has more than `MAX_PIXELS`.
    """
    if rows * cols > MAX_PIXELS:
        raise UnsupportedImageError(
            f"the image is {cols} x {rows} px, more than the {MAX_PIXELS:,} px that can be read; "
            "cut it into parts"
        )


def check_page(page: int, pages: int) -> None:
    """Refuse a page that the file does not have.

    Raises
    ------
    ReadError
        If `page` is not among the `pages` of the file.
    """
    if page >= pages:
        holds = "one page, page 0" if pages == 1 else f"{pages} pages, 0 to {pages - 1}"
        raise ReadError(f"page {page} was asked for, but the file holds {holds}; choose one of those")


def describe_pages(page: int, pages: int) -> tuple[str, ...]:
    """Say that other pages of the file were not read; nothing where there is only one."""
    if pages == 1:
        return ()
    return (f"The file has {pages} pages; only page {page} (counted from 0) was read.",)


def limit_metadata(metadata: Mapping[str, Any]) -> dict[str, Any]:
    """Cut endless texts in metadata and leave out what is far too large, and say so in its place.

    Parameters
    ----------
    metadata : mapping
        Plain JSON values as of `to_plain`, by maker or by name.

    Returns
    -------
    dict
        Every text of more than `LONGEST_TEXT` characters is cut there; a value of more than `MOST_VALUES` values
        or texts of more than `LONGEST_METADATA` characters in all, or nested more than `DEEPEST` deep, is a text
        that says so.
    """
    return {key: _find_excess(value) or _shorten_texts(value) for key, value in metadata.items()}


def _find_excess(value: Any) -> str | None:
    """Why a value is too large to be kept; looked at without recursion, for it may be nested without end."""
    level, depth, count, characters = [value], 0, 0, 0
    while level:
        below: list[Any] = []
        for one in level:
            count += 1
            if isinstance(one, str):
                characters += min(len(one), LONGEST_TEXT)
            elif isinstance(one, Mapping):
                characters += sum(len(key) for key in one)
                below += one.values()
            elif isinstance(one, list | tuple):
                below += one
        if count > MOST_VALUES or characters > LONGEST_METADATA:
            return f"[left out: more than {MOST_VALUES:,} values or {LONGEST_METADATA:,} characters]"
        if depth > DEEPEST:
            return f"[left out: nested more than {DEEPEST} deep]"
        level, depth = below, depth + 1
    return None


def _shorten_texts(value: Any) -> Any:
    if isinstance(value, str) and len(value) > LONGEST_TEXT:
        return f"{value[:LONGEST_TEXT]} ... [cut here: {len(value):,} characters in all]"
    if isinstance(value, Mapping):
        return {key: _shorten_texts(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_shorten_texts(item) for item in value]
    return value


def to_plain(value: object) -> Any:
    """Turn what a decoder found in a file into plain JSON values.

    Parameters
    ----------
    value : object
        Anything; unknown types become their text, numbers that are not finite become text too.

    Returns
    -------
    None, bool, int, float, str, list or dict
    """
    if isinstance(value, enum.Enum):
        return to_plain(value.value)
    if value is None or isinstance(value, bool | int | str):
        return value
    if isinstance(value, np.generic):
        return to_plain(value.item())
    if isinstance(value, float):
        return value if math.isfinite(value) else str(value)
    if isinstance(value, bytes):
        return value.decode("latin-1")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Mapping):
        return {str(key): to_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [to_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return to_plain(value.tolist())
    return str(value)
