"""Compressed strips and tiles of a TIFF page that tifffile decodes only with a further package.

LZW, JPEG, fax compression and the floating-point predictor are decoded here with Pillow, whether or not that
package is installed, so that the same file gives the same pixels everywhere.
"""

import io
import math
import struct
from collections.abc import Sequence
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
import tifffile
from PIL import JpegImagePlugin, TiffImagePlugin

from nanocaliper.errors import ReadError, UnsupportedImageError

__all__ = ["check_segments", "decode_segments", "needs_segment_decoder"]

_NONE, _LZW, _JPEG, _DEFLATES, _FAXES = 1, 5, 7, (8, 32946), (2, 3, 4)
_FLOAT_PREDICTOR = 3
# DEFLATE shrinks at most 1032 times, LZW somewhat more with codes of 12 bits.
_MOST_SHRINKING = 3000
# Pillow refuses images over its own, global limit, so strips are unpacked in groups of about this many bytes.
_GROUP_BYTES = 32_000_000


def needs_segment_decoder(page: tifffile.TiffPage) -> bool:
    """Whether this module decodes a page, not tifffile."""
    if page.compression in (_LZW, _JPEG, *_FAXES):
        return True
    return page.predictor == _FLOAT_PREDICTOR and page.compression in (_NONE, *_DEFLATES)


def check_segments(page: tifffile.TiffPage, file_bytes: int) -> None:
    """Refuse a page whose strips or tiles are not all inside the file.

    tifffile reads missing ones as zeros, so that a file cut short would give an image half black.

    Parameters
    ----------
    page : TiffPage
        The page, not yet decoded.
    file_bytes : int
        Size of the file.

    Raises
    ------
    ReadError
        If strips or tiles are missing, lie outside the file or are too small for the page's size.
    """
    offsets, counts = page.dataoffsets, page.databytecounts
    expected = math.prod(_count_segments(page))
    whole = len(offsets) == 1 and len(counts) == 1  # tifffile joins strips that lie one after the other
    inside = all(
        offset > 0 and count > 0 and offset + count <= file_bytes
        for offset, count in zip(offsets, counts, strict=False)
    )
    stored = sum(counts)
    needed = page.nbytes if page.compression == _NONE else page.nbytes // _MOST_SHRINKING
    if page.bitspersample < 8:
        needed = needed * page.bitspersample // 8
    if (
        len(offsets) != len(counts)
        or (len(offsets) < expected and not whole)
        or not inside
        or stored < needed
    ):
        raise ReadError(
            f"part of its {page.imagewidth} x {page.imagelength} px image is missing; the file is damaged or "
            "was cut short while it was copied, so copy or export it again"
        )


def decode_segments(page: tifffile.TiffPage, stream: BinaryIO) -> npt.NDArray[Any]:
    """Decode a page strip by strip or tile by tile.

    Parameters
    ----------
    page : TiffPage
        A page for which `needs_segment_decoder` is true.
    stream : binary file
        The open file.

    Returns
    -------
    ndarray, shape (rows, cols, samples)
        In the page's data type and in the machine's byte order.

    Raises
    ------
    ReadError
        If a strip or tile is damaged.
    UnsupportedImageError
        If the samples are packed in another way than whole bytes.
    """
    planes, down, across = _count_segments(page)
    bits = page.bitspersample
    one_bit = bits == 1 and page.samplesperpixel == 1
    whole = one_bit or bits in (8, 16, 32, 64)
    if page.dtype is None or not whole or page.fillorder != 1 or page.imagedepth != 1:
        raise UnsupportedImageError(
            f"its pixels of {bits} bits are packed in a way that is not read; save it as 8 or 16 bits, "
            "uncompressed"
        )
    dtype = np.dtype(page.parent.byteorder + page.dtype.char)
    samples = page.samplesperpixel
    of_segment = samples if planes == 1 else 1
    height = page.tilelength if page.is_tiled else min(page.rowsperstrip, page.imagelength)
    width = page.tilewidth if page.is_tiled else page.imagewidth
    result = np.zeros((down * height, across * width, samples), dtype.newbyteorder("="))
    tables = page.jpegtables

    places = [
        (plane, row * height, col * width)
        for plane in range(planes)
        for row in range(down)
        for col in range(across)
    ]
    heights = [
        height if page.is_tiled else min(height, page.imagelength - row_start) for _, row_start, _ in places
    ]
    blocks = []
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=True):
        stream.seek(offset)
        blocks.append(stream.read(count))
    if one_bit:
        options = page.tags.get(292)
        unpacked = _unpack(blocks, heights, width, page.compression, 1, options.value if options else 0)
        arrays = [rows[..., np.newaxis] for rows in unpacked]
    elif page.compression == _JPEG:
        arrays = [
            _decode_jpeg(block, tables, page.photometric, rows, width, down * height * across * width)
            for block, rows in zip(blocks, heights, strict=True)
        ]
    else:
        unpacked = _unpack(blocks, heights, width * of_segment * dtype.itemsize, page.compression)
        arrays = [_undo_predictor(rows, dtype, of_segment, page.predictor) for rows in unpacked]
    for (plane, row, col), array in zip(places, arrays, strict=True):
        channels = slice(None) if planes == 1 else slice(plane, plane + 1)
        result[row : row + array.shape[0], col : col + width, channels] = array
    return result[: page.imagelength, : page.imagewidth]


def _count_segments(page: tifffile.TiffPage) -> tuple[int, int, int]:
    """Planes, segments down and segments across."""
    planes = page.samplesperpixel if page.planarconfig == 2 else 1
    if page.is_tiled:
        return planes, -(-page.imagelength // page.tilelength), -(-page.imagewidth // page.tilewidth)
    return planes, -(-page.imagelength // max(1, page.rowsperstrip)), 1


def _unpack(
    blocks: Sequence[bytes],
    heights: Sequence[int],
    row_bytes: int,
    compression: int,
    bits: int = 8,
    fax_options: int = 0,
) -> list[npt.NDArray[Any]]:
    """Undo the compression of segments of equal row length; an array (rows, row_bytes) each.

    With `bits` 1 a row has `row_bytes` bits, and the arrays are boolean.
    """
    unpacked: list[npt.NDArray[Any]] = []
    if compression == _NONE:
        for block, rows in zip(blocks, heights, strict=True):
            unpacked.append(_shape_rows(np.frombuffer(block, np.uint8), rows, row_bytes))
        return unpacked
    start = 0
    while start < len(blocks):
        # Only the last strip of a wrapped file may be lower than the others.
        stop = start + 1
        while (
            stop < len(blocks)
            and heights[stop - 1] == heights[start]
            and heights[stop] <= heights[start]
            and sum(heights[start : stop + 1]) * row_bytes <= _GROUP_BYTES
        ):
            stop += 1
        group = _unpack_group(
            blocks[start:stop], heights[start:stop], row_bytes, compression, bits, fax_options
        )
        row = 0
        for rows in heights[start:stop]:
            unpacked.append(group[row : row + rows])
            row += rows
        start = stop
    return unpacked


def _unpack_group(
    blocks: Sequence[bytes],
    heights: Sequence[int],
    row_bytes: int,
    compression: int,
    bits: int,
    fax_options: int,
) -> npt.NDArray[Any]:
    """Unpack segments by presenting them to a decoder as the strips of a grey TIFF of bytes (or bits)."""
    rows = sum(heights)
    wrapped = _wrap_as_tiff(blocks, rows, heights[0], row_bytes, compression, bits, fax_options)
    if bits == 8 and rows * row_bytes > 2 * _GROUP_BYTES:
        import cv2

        decoded = cv2.imdecode(np.frombuffer(wrapped, np.uint8), cv2.IMREAD_UNCHANGED)
        if decoded is None:
            raise ReadError("its compressed pixels are damaged; copy or export the file again")
        return _shape_rows(np.asarray(decoded, np.uint8).reshape(-1), rows, row_bytes)
    with TiffImagePlugin.TiffImageFile(io.BytesIO(wrapped)) as image:
        image.load()
        return np.asarray(image, dtype=np.bool_ if bits == 1 else np.uint8)


def _shape_rows(data: npt.NDArray[np.uint8], rows: int, row_bytes: int) -> npt.NDArray[np.uint8]:
    if data.size < rows * row_bytes:
        raise ReadError("its pixels are incomplete; copy or export the file again")
    return data[: rows * row_bytes].reshape(rows, row_bytes)


def _wrap_as_tiff(
    blocks: Sequence[bytes],
    rows: int,
    rows_of_strip: int,
    cols: int,
    compression: int,
    bits: int,
    fax_options: int,
) -> bytes:
    """Write a classic little-endian TIFF around compressed strips (TIFF 6.0, sections 2 and 3)."""
    count = len(blocks)
    header_bytes = 8 + 2 + (11 if compression == 3 else 10) * 12 + 4
    arrays_bytes = 8 * count
    offsets, position = [], header_bytes + arrays_bytes
    for block in blocks:
        offsets.append(position)
        position += len(block)
    sizes = [len(block) for block in blocks]
    # A single value stands in the entry itself, several stand behind the directory.
    offsets_field = offsets[0] if count == 1 else header_bytes
    sizes_field = sizes[0] if count == 1 else header_bytes + 4 * count
    entries = [
        (256, 4, 1, cols),
        (257, 4, 1, rows),
        (258, 3, 1, bits),
        (259, 3, 1, compression),
        (262, 3, 1, 1),
        (273, 4, count, offsets_field),
        (277, 3, 1, 1),
        (278, 4, 1, rows_of_strip),
        (279, 4, count, sizes_field),
        (284, 3, 1, 1),
    ]
    if compression == 3:
        entries.append((292, 4, 1, fax_options))
    directory = b"".join(struct.pack("<HHII", *entry) for entry in entries)
    header = struct.pack("<2sHIH", b"II", 42, 8, len(entries)) + directory + struct.pack("<I", 0)
    arrays = struct.pack(f"<{2 * count}I", *offsets, *sizes)
    return header + arrays + b"".join(blocks)


def _undo_predictor(
    rows: npt.NDArray[np.uint8], dtype: np.dtype[Any], samples: int, predictor: int
) -> npt.NDArray[Any]:
    """Turn unpacked bytes into samples (rows, cols, samples), undoing the differences between neighbours."""
    if predictor == _FLOAT_PREDICTOR:
        # Adobe Photoshop TIFF Technical Note 3: bytes are sorted by significance, the highest first, and then
        # differenced along the row.
        summed = np.cumsum(rows.reshape(len(rows), -1, samples), axis=1, dtype=np.uint8)
        planes = summed.reshape(len(rows), dtype.itemsize, -1)
        joined = np.ascontiguousarray(planes.transpose(0, 2, 1)).view(dtype.newbyteorder(">"))
        return joined.reshape(len(rows), -1, samples)
    values = np.ascontiguousarray(rows).view(dtype).reshape(len(rows), -1, samples)
    if predictor == 2:
        native = values.astype(dtype.newbyteorder("="))
        unsigned = native.view(f"u{dtype.itemsize}")
        return np.cumsum(unsigned, axis=1, dtype=unsigned.dtype).view(native.dtype)
    return values


def _decode_jpeg(
    block: bytes, tables: bytes | None, photometric: int, rows: int, cols: int, most_px: int
) -> npt.NDArray[Any]:
    """Decode one JPEG strip or tile of at most `most_px`, with the tables that the page's strips share."""
    # Without a marker a decoder guesses the colour space, so it is told (Adobe's APP14: 0 as is, 1 YCbCr).
    marker = b"\xff\xee\x00\x0eAdobe\x00\x64\x00\x00\x00\x00" + (b"\x01" if photometric == 6 else b"\x00")
    shared = tables[2:-2] if tables else b""
    with JpegImagePlugin.JpegImageFile(io.BytesIO(b"\xff\xd8" + marker + shared + block[2:])) as image:
        if image.width * image.height > most_px:
            raise ReadError(
                f"a JPEG part of it has {image.width} x {image.height} px, more than the image; copy or export "
                "the file again"
            )
        image.load()
        decoded = np.asarray(image)
    decoded = decoded.reshape(decoded.shape[0], decoded.shape[1], -1)
    if decoded.shape[0] < rows or decoded.shape[1] < cols:
        raise ReadError("its JPEG parts are smaller than the image; copy or export the file again")
    return decoded[:rows, :cols]
