"""How an image was taken: the few settings that every maker writes, under common names."""

import math
import re
from dataclasses import dataclass, fields
from datetime import date, time

__all__ = ["Acquisition", "join_date_and_time", "make_acquisition"]

# A text longer than this is no name of an instrument or detector but a damaged or hostile field.
_LONGEST_TEXT = 200
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")


@dataclass(frozen=True)
class Acquisition:
    """What the instrument says of how the image was taken; None where it says nothing.

    Parameters
    ----------
    maker : str
        Maker of the instrument or software that wrote it, for example ``'Zeiss'``.
    instrument : str or None
        Model of the instrument.
    voltage_kv : float or None
        Accelerating voltage, kV.
    magnification : float or None
        Magnification as the instrument defines it (on its screen, on film, ...); never used for the scale.
    working_distance_mm : float or None
        Distance of the sample from the lens, mm.
    detector : str or None
        Detector or signal.
    acquired_at : str or None
        Local date and time, ISO 8601 where the file is unambiguous, else as written.
    rows, cols : int or None
        Size of the image when it was taken, px, as its metadata say, without a data bar added to it.
    data_bar_rows : int or None
        Height of the data bar that the instrument added to the image, px, where the metadata name it.
    """

    maker: str
    instrument: str | None = None
    voltage_kv: float | None = None
    magnification: float | None = None
    working_distance_mm: float | None = None
    detector: str | None = None
    acquired_at: str | None = None
    rows: int | None = None
    cols: int | None = None
    data_bar_rows: int | None = None


def make_acquisition(
    maker: str,
    *,
    instrument: object = None,
    voltage_kv: object = None,
    magnification: object = None,
    working_distance_mm: object = None,
    detector: object = None,
    acquired_at: object = None,
    rows: object = None,
    cols: object = None,
    data_bar_rows: object = None,
) -> Acquisition | None:
    """Make the record from raw fields of a file; what is no such value becomes None.

    Parameters
    ----------
    maker : str
        Maker, as in `Acquisition`.
    instrument, detector, acquired_at : object
        Texts; empty ones, ones longer than 200 characters and other types become None.
    voltage_kv, magnification, working_distance_mm : object
        Numbers, already in these units; other types, zero, negative and not finite ones become None.
    rows, cols, data_bar_rows : object
        Whole numbers above 0, likewise.

    Returns
    -------
    Acquisition or None
        None where not one of the fields is known.
    """
    acquisition = Acquisition(
        maker,
        instrument=_clean_text(instrument),
        voltage_kv=_clean_number(voltage_kv),
        magnification=_clean_number(magnification),
        working_distance_mm=_clean_number(working_distance_mm),
        detector=_clean_text(detector),
        acquired_at=_clean_text(acquired_at),
        rows=_clean_count(rows),
        cols=_clean_count(cols),
        data_bar_rows=_clean_count(data_bar_rows),
    )
    known = [getattr(acquisition, one.name) for one in fields(acquisition) if one.name != "maker"]
    return acquisition if any(value is not None for value in known) else None


def join_date_and_time(day: object, clock: object = None, *, day_first: bool = False) -> str | None:
    """Write a date and a time as ISO 8601, where they can mean one thing only.

    Parameters
    ----------
    day : object
        A text such as ``2019/03/12``, ``12 Mar 2019`` or ``13.06.2016``; other types give None.
    clock : object, optional
        A text such as ``8:20:42`` or ``05:06:40 PM``.
    day_first : bool
        Whether this writer puts the day before the month where both are numbers.

    Returns
    -------
    str or None
        For example ``'2019-03-12T08:20:42'``; the texts as they are where day and month cannot be told apart
        (``03/12/2019``) or are of another form.
    """
    day_text, clock_text = _clean_text(day), _clean_text(clock)
    if day_text is None:
        return None
    parsed_day = _parse_day(day_text, day_first)
    if parsed_day is None:
        return f"{day_text} {clock_text}" if clock_text else day_text
    parsed_clock = _parse_clock(clock_text) if clock_text else None
    if clock_text and parsed_clock is None:
        return f"{parsed_day.isoformat()} {clock_text}"
    return f"{parsed_day.isoformat()}T{parsed_clock}" if parsed_clock else parsed_day.isoformat()


def _parse_day(text: str, day_first: bool) -> date | None:
    if match := re.fullmatch(r"([12][0-9]{3})[-/. ]([0-9]{1,2})[-/. ]([0-9]{1,2})", text):
        year, month, day = (int(part) for part in match.groups())
    elif match := re.fullmatch(r"([0-9]{1,2})[-/. ]([a-zA-Z]{3,9})[-/. ,]+([12][0-9]{3})", text):
        name = match[2][:3].lower()
        if name not in _MONTHS:
            return None
        year, month, day = int(match[3]), _MONTHS.index(name) + 1, int(match[1])
    elif match := re.fullmatch(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([12][0-9]{3})", text):
        first, second, year = (int(part) for part in match.groups())
        if not day_first and first <= 12 and second <= 12 and first != second:
            return None
        day, month = (first, second) if day_first or first > 12 else (second, first)
    else:
        return None
    try:
        return date(year, month, day)
    except ValueError:
        return None


def _parse_clock(text: str) -> str | None:
    match = re.fullmatch(r"([0-9]{1,2}):([0-9]{2})(?::([0-9]{2})(?:[.,][0-9]+)?)?\s*([APap][Mm])?", text)
    if match is None:
        return None
    hour = int(match[1])
    if match[4]:
        if not 1 <= hour <= 12:
            return None
        hour = hour % 12 + (12 if match[4].lower() == "pm" else 0)
    try:
        return time(hour, int(match[2]), int(match[3] or 0)).isoformat()
    except ValueError:
        return None


def _clean_text(value: object) -> str | None:
    if not isinstance(value, str):
        return None
    text = " ".join("".join(c if c.isprintable() else " " for c in value[: 4 * _LONGEST_TEXT]).split())
    return text if 0 < len(text) <= _LONGEST_TEXT else None


def _clean_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    # Settings are shown and compared by people; twelve figures drop the noise of a conversion from metres.
    number = float(f"{float(value):.12g}") if abs(value) < 1e30 else math.inf
    return number if math.isfinite(number) and number > 0 else None


def _clean_count(value: object) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < 1e9:
        return None
    return int(value) if value == int(value) else None
