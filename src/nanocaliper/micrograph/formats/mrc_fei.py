"""The extended header that Thermo Fisher (FEI) programs put into MRC files: FEI1 and FEI2, and their forerunner.

The MRC2014 specification lists both types; Thermo Fisher's description of the fields is part of EPU's manual. There
is one record for each image, packed without gaps.
"""

import math
import struct
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from nanocaliper.micrograph.acquisition import Acquisition, make_acquisition

__all__ = ["FeiRecord", "read_forerunner", "read_record"]

_TYPES = (b"FEI1", b"FEI2")
_DAY_ZERO = datetime(1899, 12, 30)
_SHORTEST = 535
_TEM, _STEM = 1, 2
_DIFFRACTION = 1
# Without a type: 1024 records of 128 bytes in a header of exactly this size.
_FORERUNNER_BYTES, _FORERUNNER_RECORD = 131_072, 128


class FeiRecord(NamedTuple):
    """What the record of one image says.

    Parameters
    ----------
    pixel_m : tuple of two floats or None
        Width and height of a pixel, m; None where both are zero.
    diffraction : bool
        Whether the image is a diffraction pattern of the whole beam.
    acquisition : Acquisition or None
        How it was taken.
    """

    pixel_m: tuple[float, float] | None
    diffraction: bool
    acquisition: Acquisition | None


def read_record(kind: bytes, content: bytes, page: int, byte_order: str) -> FeiRecord | None:
    """Read the record of one image.

    Parameters
    ----------
    kind : bytes
        The extended header's type, four letters.
    content : bytes
        The extended header.
    page : int
        Which image, from 0.
    byte_order : {'<', '>'}
        Byte order of the file.

    Returns
    -------
    FeiRecord or None
        None where the header is not of these types or has no record of this image.
    """
    if kind not in _TYPES or len(content) < 4:
        return None

    def take(layout: str, at: int) -> Any:
        return struct.unpack_from(byte_order + layout, content, start + at)[0]

    start = 0
    length = take("i", 0)
    start = page * length
    if length < _SHORTEST or start + length > len(content):
        return None
    beam = take("i", 244)
    return FeiRecord(
        pixel_m=_settle_pair(take("d", 156), take("d", 164)),
        diffraction=beam == _TEM and take("i", 248) == _DIFFRACTION,
        acquisition=make_acquisition(
            "Thermo Fisher",
            instrument=_text(take("16s", 20)),
            voltage_kv=take("d", 84) / 1000,
            magnification=take("d", 289),
            detector=_text(take("16s", 519 if beam == _STEM else 435)),
            acquired_at=_date(take("d", 12)),
        ),
    )


def read_forerunner(label: bytes, content: bytes, page: int, byte_order: str) -> FeiRecord | None:
    """Read the record of one image as FEI's programs wrote it before the types were agreed; else None."""
    at = page * _FORERUNNER_RECORD
    if not label.lower().startswith(b"fei") or len(content) != _FORERUNNER_BYTES or at >= _FORERUNNER_BYTES:
        return None
    pixel_m, magnification, volts = struct.unpack_from(byte_order + "3f", content, at + 44)
    acquisition = make_acquisition("FEI", voltage_kv=volts / 1000, magnification=magnification)
    return FeiRecord(_settle_pair(pixel_m, pixel_m), False, acquisition)


def _settle_pair(width: float, height: float) -> tuple[float, float] | None:
    return (width, height) if width or height else None


def _text(value: bytes) -> str:
    return value.partition(b"\0")[0].decode("latin-1")


def _date(days: float) -> str | None:
    """Local date and time of days since 30 December 1899."""
    if not math.isfinite(days) or not 30_000 < days < 80_000:
        return None
    return (_DAY_ZERO + timedelta(seconds=round(days * 86_400))).isoformat()
