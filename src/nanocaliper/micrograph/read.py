"""Reading an image file or an array into a `Micrograph`."""

import contextlib
import hashlib
import io
import logging
import os
import warnings as python_warnings
from collections.abc import Iterator
from pathlib import Path
from types import MappingProxyType
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import NanocaliperError, ReadError, UnsupportedImageError, UsageError
from nanocaliper.micrograph.data_strip import find_data_strips
from nanocaliper.micrograph.formats import FORMATS, HEAD_BYTES, DecodedImage, Format
from nanocaliper.micrograph.formats.decoded import check_limit, check_page, limit_metadata
from nanocaliper.micrograph.formats.sidecars.beside import add_sidecar
from nanocaliper.micrograph.grey import orient, to_grey
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.recorded_size import check_recorded_size

__all__ = ["decode_image", "read"]


def read(
    source: str | os.PathLike[str] | npt.NDArray[Any], page: int = 0, *, renamed: bool = False
) -> Micrograph:
    """Read an image.

    Parameters
    ----------
    source : str, path or ndarray
        A file of one of the formats in ``docs/formats.md``, told by its content; or an array of shape
        (rows, cols), or (rows, cols, 3 or 4) for RGB with or without alpha.
    page : int, default 0
        Which page of a file that has several, from 0.
    renamed : bool
        Whether the file and its instrument's text file no longer have the names that the instrument gave them:
        the image that the text names then says nothing.

    Returns
    -------
    Micrograph
        With its data strips found. What was left out or changed stands in its ``warnings``.

    Raises
    ------
    ReadError
        If the file is missing, unreadable, damaged, empty, not an image, or has no such page.
    UnsupportedImageError
        If the image cannot be measured: over a gigapixel, without a finite
        pixel, or of numbers or a shape that are not grey or RGB values.
    UsageError
        If `source` is neither a path nor an array, or `page` is not a whole number from 0.
    """
    if isinstance(page, bool) or not isinstance(page, int | np.integer) or page < 0:
        raise UsageError(f"The page is {page!r}, expected a whole number from 0.")
    if isinstance(source, np.ndarray):
        return _read_array(source, int(page))
    if not isinstance(source, str | os.PathLike):
        raise UsageError(f"The source is a {type(source).__name__}, expected a path or a numpy array.")
    path = Path(source)
    try:
        decoded, digest = _read_file(path, int(page), renamed)
        return _finish(decoded, str(path), digest)
    except UnsupportedImageError as error:
        raise UnsupportedImageError(f"Cannot use {str(path)!r}: {error}.") from error
    except ReadError as error:
        raise ReadError(f"Cannot read {str(path)!r}: {error}.") from error


def _read_file(path: Path, page: int, renamed: bool) -> tuple[DecodedImage, str]:
    try:
        if path.is_dir():
            raise ReadError("it is a folder, expected an image file; name a file in it")
        # Opening a pipe waits for somebody to write into it, and a device may never end.
        if path.exists() and not path.is_file():
            raise ReadError("it is a pipe or a device, expected a file; save the image to a file first")
        stream = path.open("rb")
    except FileNotFoundError as error:
        raise ReadError("there is no such file; check the name and the folder") from error
    except PermissionError as error:
        raise ReadError("the system does not allow reading it; change its permissions or copy it") from error
    except (OSError, ValueError) as error:
        raise ReadError(f"the system cannot open it ({error}); check the name and the drive") from error
    with stream:
        try:
            head = stream.read(HEAD_BYTES)
            stream.seek(0)
            if not head:
                raise ReadError("it is empty; copy or export it again")
            image_format = _choose_format(head, path)
            digest = hashlib.file_digest(stream, "sha256").hexdigest()
            return add_sidecar(path, _decode(image_format, stream, page, path), renamed=renamed), digest
        except OSError as error:
            raise ReadError(f"the system cannot read it to its end ({error}); copy it again") from error


def decode_image(content: bytes, page: int = 0) -> DecodedImage:
    """Decode an image that lies in memory as it is: numbers that are no grey values, such as labels.

    Parameters
    ----------
    content : bytes
        A file of a format that `read` knows.
    page : int, default 0
        Which page, from 0.

    Returns
    -------
    DecodedImage

    Raises
    ------
    ReadError
        As `read` does; the message is the end of a sentence, without a full stop.
    """
    name = Path()
    return _decode(_choose_format(content[:HEAD_BYTES], name), io.BytesIO(content), page, name)


def _choose_format(head: bytes, path: Path) -> Format:
    for image_format in FORMATS:
        if image_format.matches(head, path):
            return image_format
    names = ", ".join(image_format.name for image_format in FORMATS)
    raise ReadError(
        f"it starts with {head[:8]!r}, which is no image format that is read, whatever its name says; "
        f"expected {names}, so export it as one of these"
    )


def _decode(image_format: Format, stream: BinaryIO, page: int, path: Path) -> DecodedImage:
    with _silence_decoders():
        try:
            return image_format.read(stream, page, path)
        except NanocaliperError:
            raise
        except MemoryError as error:
            raise ReadError(
                "it does not fit into memory; close other programs or cut it into parts"
            ) from error
        except Exception as error:
            # Decoders meet damaged files with errors of every kind, from SyntaxError to struct.error.
            reason = " ".join(str(error).split()).rstrip(".") or type(error).__name__
            raise ReadError(
                f"it is damaged, cut short or of a kind that is not read ({reason}); copy or export it again"
            ) from error


@contextlib.contextmanager
def _silence_decoders() -> Iterator[None]:
    """Keep the decoders' own warnings and log lines from the user; what matters is in ours."""

    def drop(record: logging.LogRecord) -> bool:
        del record
        return False

    logger = logging.getLogger("tifffile")
    logger.addFilter(drop)
    try:
        with python_warnings.catch_warnings():
            python_warnings.simplefilter("ignore")
            yield
    finally:
        logger.removeFilter(drop)


def _read_array(array: npt.NDArray[Any], page: int) -> Micrograph:
    try:
        check_page(page, 1)
        values = np.asarray(array)
        notes: tuple[str, ...] = ()
        if values.size == 0:
            raise UnsupportedImageError(
                f"it is empty, of shape {values.shape}; expected rows and columns of pixels"
            )
        if values.ndim == 3 and values.shape[2] == 1:
            values = values[..., 0]
        elif values.ndim == 3 and values.shape[2] == 4:
            if np.any(values[..., 3] != values[0, 0, 3]):
                notes = ("The transparency of the image was ignored; the values under it were read.",)
            values = values[..., :3]
        if values.ndim != 2 and not (values.ndim == 3 and values.shape[2] == 3):
            raise UnsupportedImageError(
                f"it has the shape {values.shape}, expected (rows, cols) or (rows, cols, 3 or 4); pass one "
                "image"
            )
        check_limit(*values.shape[:2])
        decoded = DecodedImage(values=values, format="array", warnings=notes)
        digest = (
            hashlib.sha256(np.ascontiguousarray(array).tobytes()).hexdigest() if _has_bytes(array) else ""
        )
        return _finish(decoded, "array", digest)
    except UnsupportedImageError as error:
        raise UnsupportedImageError(f"Cannot use the array: {error}.") from error
    except ReadError as error:
        raise ReadError(f"Cannot read the array: {error}.") from error


def _has_bytes(array: npt.NDArray[Any]) -> bool:
    return not array.dtype.hasobject


def _finish(decoded: DecodedImage, source: str, digest: str) -> Micrograph:
    notes = list(decoded.warnings)
    values = decoded.values
    if values.size == 0:
        raise UnsupportedImageError(
            f"it is empty, of shape {values.shape}; expected rows and columns of pixels"
        )
    if decoded.orientation in range(2, 9):
        values = orient(values, decoded.orientation)
        notes.append(
            f"The file says that its image is turned (orientation {decoded.orientation}); it was set upright."
        )
    pixels, colour, changes = to_grey(values)
    notes += changes
    if pixels is decoded.values or np.shares_memory(pixels, decoded.values):
        pixels = pixels.copy()
    pixels.setflags(write=False)
    if colour is not None:
        colour = colour.copy() if np.shares_memory(colour, decoded.values) else colour
        colour.setflags(write=False)
    strips = find_data_strips(pixels)
    # Metadata speak of the image before it is set upright; strips of a turned one are not at its top or bottom.
    strip_rows = [strip.height for strip in strips] if decoded.orientation == 1 else []
    rows, cols = decoded.values.shape[:2]
    nm_per_px, doubts = check_recorded_size(decoded.nm_per_px, decoded.acquisition, rows, cols, strip_rows)
    return Micrograph(
        pixels=pixels,
        colour=colour,
        source=source,
        format=decoded.format,
        sha256=digest,
        page=decoded.page,
        pages=decoded.pages,
        nm_per_px=nm_per_px,
        metadata=MappingProxyType(limit_metadata(decoded.metadata)),
        acquisition=decoded.acquisition,
        data_strips=strips,
        warnings=(*notes, *doubts),
        nm_per_px_relative_uncertainty=decoded.relative_uncertainty if nm_per_px is not None else 0.0,
    )
