"""How much the packed strips or tiles of a TIFF page unpack to, found out before they are unpacked at once.

Without the package `imagecodecs` tifffile unpacks a strip whole, whatever the page's size: a few kilobytes of
DEFLATE, LZMA or PackBits could then fill the memory.
"""

import lzma
import zlib
from collections.abc import Iterator
from typing import BinaryIO

import tifffile

from nanocaliper.errors import ReadError
from nanocaliper.micrograph.formats.decoded import check_limit

__all__ = ["check_expansion"]

_DEFLATES, _LZMA, _PACKBITS = (8, 32946), 34925, 32773
# The most bytes that one packed byte can stand for; of LZMA long runs shrink to next to nothing.
_MOST_SHRINKING = {8: 1032, 32946: 1032, _LZMA: 10_000, _PACKBITS: 64}
# What cannot unpack to more than this is harmless and not looked at.
_HARMLESS_BYTES = 2**27
_PIECE_BYTES, _LARGEST_PIECE = 2**16, 2**24
# Dictionary of the strongest setting of xz (64 MB) and what its decoder needs beside it.
_LZMA_MEMORY = 2**27


def check_expansion(page: tifffile.TiffPage, stream: BinaryIO, file_bytes: int) -> None:
    """Refuse a page whose packed strips or tiles hold far more than its pixels, or are all the same bytes.

    Parameters
    ----------
    page : TiffPage
        The page, not yet decoded; its strips or tiles lie inside the file.
    stream : binary file
        The open file.
    file_bytes : int
        Size of the file.

    Raises
    ------
    ReadError
        If a strip or tile unpacks to more than all pixels of the page, or the file has fewer bytes than
        its strips or tiles together.
    UnsupportedImageError
        If a tile is larger than an image may be.
    """
    pixel_bytes = max(1, page.samplesperpixel * page.bitspersample // 8)
    largest = page.imagelength * page.imagewidth * pixel_bytes
    if page.is_tiled:
        check_limit(page.tilelength, page.tilewidth)
        largest = max(largest, page.tilelength * page.tilewidth * pixel_bytes)
    compression = int(page.compression)
    if compression == 1:
        return
    stored = sum(page.databytecounts)
    if stored > file_bytes:
        raise ReadError(
            f"its {len(page.databytecounts):,} packed parts have {stored:,} bytes together, but the file has "
            f"{file_bytes:,}: several parts are the same bytes, so it is damaged or was made to fill the memory; "
            "export it again"
        )
    if compression not in _MOST_SHRINKING:
        return
    for offset, count in zip(page.dataoffsets, page.databytecounts, strict=False):
        if count * _MOST_SHRINKING[compression] <= _HARMLESS_BYTES:
            continue
        stream.seek(offset)
        unpacked = 0
        for piece in _unpack(stream, count, compression):
            unpacked += piece
            # Some writers fill the last strip up.
            if unpacked > 2 * largest + _PIECE_BYTES:
                raise ReadError(
                    f"a part of it has {count:,} bytes that unpack to more than the {page.imagewidth} x "
                    f"{page.imagelength} px that it announces; it is damaged or was made to fill the memory, "
                    "so export it again"
                )


def _unpack(stream: BinaryIO, count: int, compression: int) -> Iterator[int]:
    """Lengths that the pieces of a packed part unpack to; ends early where the part is damaged."""
    pieces = (stream.read(min(_PIECE_BYTES, count - start)) for start in range(0, count, _PIECE_BYTES))
    if compression == _PACKBITS:
        yield from _count_packbits(b"".join(pieces))
        return
    try:
        if compression in _DEFLATES:
            inflate = zlib.decompressobj()
            for piece in pieces:
                yield len(inflate.decompress(piece))
            return
        unpack = lzma.LZMADecompressor(memlimit=_LZMA_MEMORY)
        for piece in pieces:
            yield len(unpack.decompress(piece, _LARGEST_PIECE))
            while not (unpack.needs_input or unpack.eof):
                yield len(unpack.decompress(b"", _LARGEST_PIECE))
            if unpack.eof:
                return
    except zlib.error:
        return  # the decoder itself says what is wrong
    except lzma.LZMAError as error:
        raise ReadError(
            f"its LZMA-packed pixels cannot be unpacked in {_LZMA_MEMORY:,} bytes of memory or are damaged "
            f"({error}); export it again"
        ) from error


def _count_packbits(packed: bytes) -> Iterator[int]:
    """Lengths of the runs (TIFF 6.0, section 9)."""
    at = 0
    while at < len(packed):
        head = packed[at]
        if head < 128:
            yield head + 1
            at += head + 2
        else:
            if head > 128:
                yield 257 - head
            at += 2 if head > 128 else 1
