"""TIFF and BigTIFF."""

from pathlib import Path
from typing import Any, BinaryIO, cast

import numpy as np
import numpy.typing as npt
import tifffile

from nanocaliper.errors import NanocaliperError, ReadError, UnsupportedImageError
from nanocaliper.micrograph.formats.decoded import DecodedImage, check_limit, check_page, to_plain
from nanocaliper.micrograph.formats.tiff_expansion import check_expansion
from nanocaliper.micrograph.formats.tiff_segments import (
    check_segments,
    decode_segments,
    needs_segment_decoder,
)
from nanocaliper.micrograph.formats.tiff_tags import olympus, read_makers_tags
from nanocaliper.micrograph.formats.tiff_tags.raw import LONGEST_TAG

__all__ = ["EXTENSIONS", "matches", "read"]

EXTENSIONS = (".tif", ".tiff", ".btf", ".tf8")

_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _PALETTE, _CMYK, _YCBCR = 0, 1, 2, 3, 5, 6
_REDUCED = 1  # bit of NewSubfileType: a smaller copy of another page
_TEXT_TAGS = {270: "description", 271: "make", 272: "model", 305: "software", 306: "date_time", 315: "artist"}


def matches(head: bytes, path: Path) -> bool:
    """Whether a file that starts with these bytes is a TIFF or BigTIFF."""
    del path
    return head[:4] in (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")


def read(stream: BinaryIO, page: int, path: Path) -> DecodedImage:
    """Decode one page of a TIFF file.

    Parameters
    ----------
    stream : binary file
        The open file.
    page : int
        Which page, from 0; previews and reduced copies of other pages are not counted.
    path : Path
        Where the file lies.

    Returns
    -------
    DecodedImage

    Raises
    ------
    ReadError
        If there is no such page or the file is damaged; tifffile raises errors of its own, too.
    UnsupportedImageError
        If the page's pixels are of a kind that is not read.
    """
    del path
    file_bytes = stream.seek(0, 2)
    stream.seek(0)
    with tifffile.TiffFile(stream) as tif:
        warnings: list[str] = []
        virtual = _count_virtual_pages(tif)
        if virtual > 1:
            check_page(page, virtual)
            chosen, pages = tif.pages.first, virtual
            check_limit(chosen.imagelength, chosen.imagewidth)
            values = _read_virtual_page(tif, stream, page, file_bytes)
        else:
            counted = _list_pages(tif)
            if not counted:
                raise ReadError(
                    "the list of its images is missing; it is damaged or cut short, so copy it again"
                )
            pages = len(counted)
            check_page(page, pages)
            if left_out := len(tif.pages) - pages:
                warnings.append(f"{left_out} preview page(s) of the file were left out.")
            chosen = cast(tifffile.TiffPage, tif.pages[counted[page]])
            check_limit(chosen.imagelength, chosen.imagewidth)
            check_segments(chosen, file_bytes)
            check_expansion(chosen, stream, file_bytes)
            values = _decode(chosen, stream)
        if pages > 1:
            warnings.append(f"The file has {pages} pages; only page {page} (counted from 0) was read.")
        values, notes = _interpret(values, chosen)
        warnings += notes

        metadata: dict[str, Any] = {
            name: to_plain(tag.value) for code, name in _TEXT_TAGS.items() if (tag := chosen.tags.get(code))
        }
        nm_per_px, acquisition, relative_uncertainty = None, None, 0.0
        reading = read_makers_tags(tif, chosen)
        if reading is not None:
            nm_per_px, acquisition = reading.nm_per_px, reading.acquisition
            relative_uncertainty = reading.relative_uncertainty
            metadata.update(reading.metadata)
            warnings += reading.warnings
        orientation = chosen.tags.get(274)
        return DecodedImage(
            values=values,
            format="BigTIFF" if tif.is_bigtiff else "TIFF",
            page=page,
            pages=pages,
            nm_per_px=nm_per_px,
            metadata=metadata,
            acquisition=acquisition,
            orientation=orientation.value
            if orientation is not None and orientation.value in range(1, 9)
            else 1,
            warnings=tuple(warnings),
            relative_uncertainty=relative_uncertainty,
        )


def _list_pages(tif: tifffile.TiffFile) -> list[int]:
    """Indices of the pages that hold an image of their own."""
    pages = [cast(tifffile.TiffPage, page) for page in tif.pages]
    with_data = [index for index, page in enumerate(pages) if olympus.TAG in page.tags]
    if with_data:
        return with_data
    whole = [index for index, page in enumerate(pages) if not page.subfiletype & _REDUCED]
    return whole or list(range(len(pages)))


def _count_virtual_pages(tif: tifffile.TiffFile) -> int:
    """Pages of an ImageJ stack that has one directory for all (ImageJ writes large stacks so)."""
    if len(tif.pages) > 1 or not tif.is_imagej:
        return 1
    description = tif.pages.first.tags.get(270)
    # Looking for series takes the description apart.
    if description is None or description.valuebytecount > LONGEST_TAG or not tif.series:
        return 1
    series = tif.series[0]
    if series.dataoffset is None or series.size % max(1, tif.pages.first.size):
        return 1
    return series.size // tif.pages.first.size


def _read_virtual_page(
    tif: tifffile.TiffFile, stream: BinaryIO, page: int, file_bytes: int
) -> npt.NDArray[Any]:
    first = tif.pages.first
    start = cast(int, tif.series[0].dataoffset) + page * first.nbytes
    if first.dtype is None or start + first.nbytes > file_bytes:
        raise ReadError("pages of its stack are missing; copy the file again")
    stream.seek(start)
    values = np.frombuffer(stream.read(first.nbytes), np.dtype(tif.byteorder + first.dtype.char))
    return values.reshape(first.shape)


def _decode(page: tifffile.TiffPage, stream: BinaryIO) -> npt.NDArray[Any]:
    """Samples of a page, shape (rows, cols) or (rows, cols, samples)."""
    if page.imagedepth != 1 or page.samplesperpixel > 5:
        raise UnsupportedImageError(
            f"it has {page.samplesperpixel} channels and a depth of {page.imagedepth}; save the grey image "
            "alone"
        )
    if needs_segment_decoder(page):
        values = decode_segments(page, stream)
    else:
        try:
            values = page.asarray()
        except NanocaliperError:
            raise
        except (ValueError, NotImplementedError) as error:
            if "imagecodecs" not in str(error) and "not supported" not in str(error):
                raise
            raise UnsupportedImageError(
                f"its compression ({getattr(page.compression, 'name', page.compression)}) is not read; save "
                "it without compression, or with LZW or Deflate"
            ) from error
        if page.planarconfig == 2 and page.samplesperpixel > 1:
            values = np.moveaxis(
                values.reshape(page.samplesperpixel, page.imagelength, page.imagewidth), 0, -1
            )
    return values.reshape(page.imagelength, page.imagewidth, -1)


def _interpret(values: npt.NDArray[Any], page: tifffile.TiffPage) -> tuple[npt.NDArray[Any], list[str]]:
    """Grey or RGB values from samples, by what the samples stand for, and what was left out."""
    warnings: list[str] = []
    photometric = int(page.photometric)
    values = values.reshape(page.imagelength, page.imagewidth, -1)
    channels = {_RGB: 3, _YCBCR: 3, _CMYK: 4}.get(photometric, 1)
    if photometric not in (_MIN_IS_WHITE, _MIN_IS_BLACK, _RGB, _PALETTE, _CMYK, _YCBCR):
        raise UnsupportedImageError(
            f"its colours are of the kind {getattr(page.photometric, 'name', photometric)}; save it as grey "
            "or RGB"
        )
    if values.shape[2] < channels:
        raise ReadError(
            f"it has {values.shape[2]} channel(s) where {channels} are announced; export it again"
        )
    if values.shape[2] > channels:
        extra = values[..., channels:]
        if page.extrasamples and all(kind in (1, 2) for kind in page.extrasamples):
            if np.any(extra != extra.max()):
                warnings.append("The transparency of the image was ignored; the values under it were read.")
        else:
            warnings.append(f"{extra.shape[2]} further channel(s) of the image were not read.")
        values = values[..., :channels]
    if photometric in (_MIN_IS_WHITE, _MIN_IS_BLACK):
        values = values[..., 0]
        if photometric == _MIN_IS_WHITE:
            values = _invert(values, page.bitspersample)
    elif photometric == _PALETTE:
        values = _look_up(values[..., 0], page)
    elif photometric == _CMYK:
        if values.dtype != np.uint8:
            raise UnsupportedImageError("its printing colours (CMYK) have more than 8 bits; save it as grey")
        ink = values.astype(np.float32) / 255
        values = np.rint(255 * (1 - ink[..., :3]) * (1 - ink[..., 3:])).astype(np.uint8)
        warnings.append("The image is in printing colours (CMYK) and was converted to grey.")
    return values, warnings


def _invert(values: npt.NDArray[Any], bits: int) -> npt.NDArray[Any]:
    """Make low values dark in an image stored with low values bright."""
    inverted: npt.NDArray[Any]
    if values.dtype.kind == "u":
        inverted = (2**bits - 1 - values).astype(values.dtype)
    elif values.dtype.kind == "f":
        inverted = -values
    else:
        inverted = np.invert(values)  # for signed numbers -1 - value, the mirror of their range in itself
    return inverted


def _look_up(indices: npt.NDArray[Any], page: tifffile.TiffPage) -> npt.NDArray[Any]:
    """Colours, 8 bits each, of palette indices; a grey palette gives grey."""
    palette = page.colormap
    if palette is None or indices.dtype.kind not in "ub" or palette.shape[1] <= int(indices.max(initial=0)):
        raise ReadError("its palette does not match its pixels; export it again")
    # A palette has 16 bits a colour; writers fill them from 8 bits either as v * 257 or as v * 256.
    table = (palette.T >> 8 if palette.max(initial=0) > 255 else palette.T).astype(np.uint8)
    looked_up: npt.NDArray[Any] = (table[:, 0] if np.all(table == table[:, :1]) else table)[indices]
    return looked_up
