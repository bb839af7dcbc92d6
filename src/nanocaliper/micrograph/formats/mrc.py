"""MRC: images, stacks and volumes of electron cryo-microscopy, tomography and Velox.

Cheng et al., "MRC2014: Extensions to the MRC format header for electron cryo-microscopy and tomography", J. Struct.
Biol. 192 (2015) 146-150; IMOD's "mrc_format.txt" for the turned rows and the signs of bytes.
"""

import struct
from pathlib import Path
from typing import Any, BinaryIO, Literal, NamedTuple

import numpy as np

from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.formats.axis_scale import settle_axes
from nanocaliper.micrograph.formats.bounded import BoundedFile
from nanocaliper.micrograph.formats.decoded import DecodedImage, check_page, describe_pages, to_plain
from nanocaliper.micrograph.formats.mrc_fei import FeiRecord, read_forerunner, read_record

__all__ = ["EXTENSIONS", "matches", "read"]

EXTENSIONS = (".mrc", ".mrcs")

_HEADER_BYTES = 1024
_ORDERS: tuple[Literal["<", ">"], ...] = ("<", ">")
_MODES = {0: "i1", 1: "i2", 2: "f4", 6: "u2", 12: "f2"}
_REFUSED = {3: "complex numbers", 4: "complex numbers", 16: "colours", 101: "numbers of 4 bits"}
_LARGEST_SIDE = 10_000_000
# Bytes of it that are looked at; FEI's own have some hundred bytes an image.
_LONGEST_EXTENSION = 2**26
_IMOD_STAMP, _IMOD_SIGNED = 1146047817, 1
# Two calibrations of one image that differ by more than this contradict each other.
_AGREEMENT = 1e-3


class _Header(NamedTuple):
    byte_order: Literal["<", ">"]
    cols: int
    rows: int
    pages: int
    mode: int
    grid: tuple[int, int, int]
    cell: tuple[float, float, float]
    axes: tuple[int, int, int]
    range: tuple[float, float]
    extension_bytes: int
    extension: bytes
    labels: tuple[str, ...]
    imod: int | None


def matches(head: bytes, path: Path) -> bool:
    """Whether a file that starts with these bytes is an MRC file.

    Files from before the year 2000 have no mark; of files named ``.mrc`` or ``.mrcs`` those are taken, too, whose
    whole header makes sense.
    """
    if head[208:212] in (b"MAP ", b"MAP\0"):
        return True
    if path.suffix.lower() not in EXTENSIONS or len(head) < _HEADER_BYTES:
        return False
    return any(_is_sound(_parse_header(head, order)) for order in _ORDERS)


def read(stream: BinaryIO, page: int, path: Path) -> DecodedImage:
    """Decode one section of an MRC file.

    Parameters
    ----------
    stream : binary file
        The open file.
    page : int
        Which section, from 0.
    path : Path
        Where the file lies; not used.

    Returns
    -------
    DecodedImage

    Raises
    ------
    ReadError
        If there is no such section or the file is damaged.
    UnsupportedImageError
        If its numbers are complex, colours or of 4 bits.
    """
    del path
    file = BoundedFile(stream)
    head = file.take(0, _HEADER_BYTES, "its header")
    header = _choose_byte_order(head)
    if header.mode in _REFUSED:
        raise UnsupportedImageError(
            f"its pixels are {_REFUSED[header.mode]}, which are not read; save it as grey values"
        )
    dtype, notes = _choose_dtype(header)
    nbytes = header.rows * header.cols * dtype.itemsize
    start = _HEADER_BYTES + header.extension_bytes
    file.check(
        start, nbytes * header.pages, f"its image of {header.cols} x {header.rows} x {header.pages} px"
    )
    check_page(page, header.pages)
    values = file.read_pixels(start + page * nbytes, (header.rows, header.cols), dtype)
    extension = file.take(
        _HEADER_BYTES, min(header.extension_bytes, _LONGEST_EXTENSION), "its extended header"
    )
    record = read_record(header.extension, extension, page, header.byte_order) or read_forerunner(
        head[224:304], extension, page, header.byte_order
    )
    nm_per_px, warnings = _settle_pixel_size(header, record)
    return DecodedImage(
        values=values if _is_top_down(header) else values[::-1],
        format="MRC",
        page=page,
        pages=header.pages,
        nm_per_px=nm_per_px,
        metadata={"mrc": _describe(header, record)},
        acquisition=record.acquisition if record is not None else None,
        warnings=(*describe_pages(page, header.pages), *notes, *warnings),
    )


def _parse_header(head: bytes, byte_order: Literal["<", ">"]) -> _Header:
    words = struct.unpack(byte_order + "10i6f3i3f2i", head[:96])
    stamp, flags = struct.unpack(byte_order + "2i", head[152:160])
    (labels,) = struct.unpack(byte_order + "i", head[220:224])
    texts = [head[at : at + 80] for at in range(224, 224 + 80 * min(max(labels, 0), 10), 80)]
    return _Header(
        byte_order=byte_order,
        cols=words[0],
        rows=words[1],
        pages=words[2],
        mode=words[3],
        grid=words[7:10],
        cell=words[10:13],
        axes=words[16:19],
        range=words[19:21],
        extension_bytes=words[23],
        extension=head[104:108],
        labels=tuple(text.decode("latin-1").strip("\0 ") for text in texts),
        imod=flags if stamp == _IMOD_STAMP else None,
    )


def _is_sound(header: _Header) -> bool:
    """Whether the sizes, the mode and the axes of a header are such as programs write."""
    return (
        all(0 < side <= _LARGEST_SIDE for side in (header.cols, header.rows, header.pages))
        and (header.mode in _MODES or header.mode in _REFUSED)
        and sorted(map(abs, header.axes)) in ([0, 0, 0], [1, 2, 3])
        and header.extension_bytes >= 0
    )


def _choose_byte_order(head: bytes) -> _Header:
    # The machine stamp: 0x44 in little, 0x11 in big endian files; old programs left it out.
    orders = {0x44: _ORDERS[:1], 0x11: _ORDERS[1:]}.get(head[212], _ORDERS)
    headers = [_parse_header(head, order) for order in orders]
    for header in headers:
        if _is_sound(header):
            return header
    header = headers[0]
    raise ReadError(
        f"its header names {header.cols} x {header.rows} x {header.pages} px, mode {header.mode}, axes "
        f"{header.axes} and an extended header of {header.extension_bytes} bytes, which makes no sense; copy it "
        "again"
    )


def _choose_dtype(header: _Header) -> tuple[np.dtype[Any], tuple[str, ...]]:
    """Type of the pixels; of bytes the standard says that they have a sign, and many programs write none."""
    dtype = np.dtype(_MODES[header.mode]).newbyteorder(header.byte_order)
    if header.mode != 0:
        return dtype, ()
    lowest, highest = header.range
    if header.imod is not None:
        return np.dtype("i1" if header.imod & _IMOD_SIGNED else "u1"), ()
    if lowest < highest and (lowest < 0 or highest > 127):
        return np.dtype("i1" if lowest < 0 else "u1"), ()
    return dtype, (
        "The file does not say whether its bytes have a sign; they were read with one, as the MRC standard has it.",
    )


def _is_top_down(header: _Header) -> bool:
    """Whether the first row is the top one; the standard and IMOD start at the bottom, FEI at the top."""
    return header.axes[1] == -2 or (header.extension in (b"FEI1", b"FEI2") and header.imod is None)


def _settle_pixel_size(header: _Header, record: FeiRecord | None) -> tuple[float | None, tuple[str, ...]]:
    if record is not None and record.diffraction:
        return settle_axes((1.0, 1.0), ("1/m", "1/m"))
    extended = record.pixel_m if record is not None else None
    columns, rows = (
        (abs(axis) or default) - 1 for axis, default in zip(header.axes[:2], (1, 2), strict=True)
    )
    sides = [header.cell[axis] / header.grid[axis] if header.grid[axis] else 0.0 for axis in (columns, rows)]
    if sides == [0, 0]:
        return settle_axes(extended or (None, None), ("m", "m"))
    is_default = sides == [1, 1]
    if extended is None:
        if is_default:
            return None, (
                "The file gives exactly 1 \u00c5 for a pixel, as programs do that do not know the size; it was not "
                "used. Pass --nm-per-px 0.1 if it is right.",
            )
        return settle_axes(sides, ("A", "A"))
    differ = any(abs(a * 1e10 - b) > _AGREEMENT * abs(b) for a, b in zip(extended, sides, strict=True))
    if differ and not is_default:
        return None, (
            f"The header gives a pixel of {sides[0] / 10:.6g} nm, the extended header one of "
            f"{extended[0] * 1e9:.6g} nm; neither was used.",
        )
    return settle_axes(extended, ("m", "m")) if is_default else settle_axes(sides, ("A", "A"))


def _describe(header: _Header, record: FeiRecord | None) -> dict[str, Any]:
    described = {
        "mode": header.mode,
        "grid": header.grid,
        "cell_angstrom": header.cell,
        "axes": header.axes,
        "extended_header": header.extension.decode("latin-1").strip("\0 "),
        "labels": header.labels,
    }
    if record is not None:
        described["pixel_size_m"] = record.pixel_m
    plain: dict[str, Any] = to_plain(described)
    return plain
