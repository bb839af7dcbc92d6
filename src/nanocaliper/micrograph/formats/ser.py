"""FEI TIA (ES Vision): image series ``.ser`` and the ``.emi`` file that describes them.

Layout as described by C. Boothroyd, "TIA (Emispec) file format"; little endian. TIA counts rows from the bottom,
and its lengths are in metres.
"""

import hashlib
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np

from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.acquisition import Acquisition, make_acquisition
from nanocaliper.micrograph.formats.axis_scale import settle_axes
from nanocaliper.micrograph.formats.bounded import BoundedFile
from nanocaliper.micrograph.formats.decoded import DecodedImage, check_page, describe_pages, to_plain
from nanocaliper.micrograph.formats.emi import MAGIC, EmiRecord, find_companion, list_series, read_record

__all__ = ["EXTENSIONS", "matches", "read"]

EXTENSIONS = (".ser", ".emi")

_MAGIC = b"II\x97\x01"
_LONG_OFFSETS = 0x0220  # from this version on
_SPECTRA, _IMAGES = 0x4120, 0x4122
_TAGGED = (0x4152, 0x4142)
_NUMBERS = {1: "u1", 2: "<u2", 3: "<u4", 4: "i1", 5: "<i2", 6: "<i4", 7: "<f4", 8: "<f8"}
_COMPLEX = (9, 10)
_ELEMENT = "<ddiddihii"


class _Header(NamedTuple):
    pages: int
    total: int
    offsets_at: int
    long_offsets: bool


def matches(head: bytes, path: Path) -> bool:
    """Whether a file that starts with these bytes is a ``.ser`` file of images or spectra, or an ``.emi`` file."""
    return head.startswith((_MAGIC, MAGIC)) or path.suffix.lower() == ".emi"


def read(stream: BinaryIO, page: int, path: Path) -> DecodedImage:
    """Decode one page of a ``.ser`` file; of an ``.emi`` file, of the first ``.ser`` file beside it.

    Parameters
    ----------
    stream : binary file
        The open file.
    page : int
        Which page, from 0.
    path : Path
        Where the file lies; its ``.emi`` or ``.ser`` file is looked for beside it.

    Returns
    -------
    DecodedImage

    Raises
    ------
    ReadError
        If there is no such page, the file is damaged, or an ``.emi`` file has no ``.ser`` file beside it.
    UnsupportedImageError
        If it holds spectra or complex numbers.
    """
    stream.seek(0)
    if stream.read(len(_MAGIC)) == _MAGIC:
        companion = find_companion(path)
        if companion is None:
            return _read_series(stream, page, None, {})
        try:
            with companion[0].open("rb") as beside:
                record = read_record(beside, companion[1])
        except OSError as error:
            record = EmiRecord(warnings=(f"The .emi file was not used: it cannot be opened ({error}).",))
        return _read_series(stream, page, record, {"emi": companion[0].name})
    return _read_first_series(stream, page, path)


def _read_first_series(stream: BinaryIO, page: int, path: Path) -> DecodedImage:
    series = list_series(path)
    if not series:
        raise ReadError(
            f"an .emi file only describes images, which stand in files named {path.stem}_1.ser and so on, and "
            "there is none beside it; copy them into the same folder"
        )
    first = series[0]
    record = read_record(stream, int(first.stem.rpartition("_")[2]))
    with first.open("rb") as beside:
        if beside.read(len(_MAGIC)) != _MAGIC:
            raise ReadError(
                f"the image of an .emi file stands in {first.name!r}, which is no .ser file; copy it again"
            )
        beside.seek(0)
        digest = hashlib.file_digest(beside, "sha256").hexdigest()
        others = f"; {len(series) - 1} more stand beside it: pass them by name" if len(series) > 1 else ""
        record = EmiRecord(
            record.fields, (f"The image was read from {first.name!r}{others}.", *record.warnings)
        )
        return _read_series(beside, page, record, {"ser": first.name, "ser_sha256": digest})


def _read_series(
    stream: BinaryIO, page: int, record: EmiRecord | None, about: dict[str, Any]
) -> DecodedImage:
    file = BoundedFile(stream)
    header = _read_header(file)
    check_page(page, header.pages)
    width = 8 if header.long_offsets else 4
    (start,) = file.unpack(
        "<q" if width == 8 else "<i", header.offsets_at + page * width, "its list of images"
    )
    # Behind the places of all images stand those of their tags.
    tag_at = header.offsets_at + (header.total + page) * width
    (tag,) = file.unpack("<q" if width == 8 else "<i", tag_at, "its list of images")
    origin_x, width_m, _, origin_y, height_m, _, kind, cols, rows = file.unpack(
        _ELEMENT, start, "an image's header"
    )
    if kind in _COMPLEX:
        raise UnsupportedImageError(
            "its pixels are complex numbers, as of a Fourier transform; save its modulus"
        )
    if kind not in _NUMBERS or rows < 1 or cols < 1:
        raise ReadError(
            f"its image of {cols} x {rows} px of the kind {kind} makes no sense; copy the file again"
        )
    values = file.read_pixels(start + 50, (rows, cols), np.dtype(_NUMBERS[kind]))[::-1]
    fields = record.fields if record is not None else {}
    mode = fields.get("Mode", "")
    if mode.startswith("TEM") and "Diffraction" in mode:
        nm_per_px, notes = settle_axes((width_m, height_m), ("1/m", "1/m"))
    else:
        nm_per_px, notes = settle_axes((width_m, height_m), ("m", "m"))
    seconds = _read_time(file, tag)
    about = {
        **about,
        "offset_m": [origin_x, origin_y],
        "pixel_size_m": [width_m, height_m],
        "seconds": seconds,
    }
    return DecodedImage(
        values=values,
        format="FEI TIA",
        page=page,
        pages=header.pages,
        nm_per_px=nm_per_px,
        metadata={"tia": to_plain({**about, **fields})},
        acquisition=_make_acquisition(record or EmiRecord(), seconds),
        warnings=(*describe_pages(page, header.pages), *(record.warnings if record else ()), *notes),
    )


def _read_header(file: BoundedFile) -> _Header:
    _, _, version, kind, _, total, valid = file.unpack("<hhhiiii", 0, "its header")
    long_offsets = version >= _LONG_OFFSETS
    (offsets_at,) = file.unpack("<q" if long_offsets else "<i", 22, "its header")
    if kind == _SPECTRA:
        raise UnsupportedImageError("it holds spectra, not images; pass the .ser file of the image")
    if kind != _IMAGES:
        raise ReadError(
            f"its header names data of the kind {kind:#x}, expected {_IMAGES:#x}; copy the file again"
        )
    if not 0 <= valid <= total:
        raise ReadError(
            f"its header names {valid} of {total} images, which makes no sense; copy the file again"
        )
    if valid == 0:
        raise ReadError("no image was recorded in it; pass another file of the series")
    file.check(offsets_at, 2 * total * (8 if long_offsets else 4), "its list of images")
    return _Header(valid, total, offsets_at, long_offsets)


def _read_time(file: BoundedFile, tag: int) -> int | None:
    """Seconds since 1970 in the tag of an image, where it has one."""
    if not 0 < tag <= file.size - 8:
        return None
    kind, _, seconds = file.unpack("<HHi", tag, "an image's tag")
    return int(seconds) if kind in _TAGGED and seconds > 0 else None


def _make_acquisition(record: EmiRecord, seconds: int | None) -> Acquisition | None:
    volts = record.number("AcceleratingVoltage", "")
    magnification = record.number("Magnification", "x")
    thousands = record.number("Magnification", "kx")
    recorded = datetime.fromtimestamp(seconds, UTC).isoformat() if seconds is not None else None
    return make_acquisition(
        "FEI",
        instrument=record.fields.get("Microscope"),
        voltage_kv=record.number("High tension", "kV") or (volts / 1000 if volts is not None else None),
        magnification=magnification if thousands is None else 1000 * thousands,
        detector=record.fields.get("CameraNamePath"),
        acquired_at=record.acquired_at or recorded,
    )
