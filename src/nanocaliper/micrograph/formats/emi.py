"""What FEI's TIA writes into the ``.emi`` file that stands for its ``.ser`` files: XML among binary data."""

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, BinaryIO

from nanocaliper.errors import ReadError
from nanocaliper.micrograph.formats.safe_xml import UnreadableXmlError, parse_xml

__all__ = ["MAGIC", "EmiRecord", "find_companion", "list_series", "read_record"]

MAGIC = b"JK\0\2"
_START, _STOP = b"<ObjectInfo>", b"</ObjectInfo>"
# A block has some ten kilobytes, a file some hundred of them and a copy of each image.
_LONGEST_BLOCK = 1_000_000
_LONGEST_FILE = 256 * 2**20
_SERIES = re.compile(r"(.+)_(\d{1,6})", re.DOTALL)
_MONTHS = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
_DATE = re.compile(r"[A-Z][a-z]{2} ([A-Z][a-z]{2}) +(\d{1,2}) (\d{2}:\d{2}:\d{2}) (\d{4})")


@dataclass(frozen=True)
class EmiRecord:
    """What an ``.emi`` file says of one of its series.

    Parameters
    ----------
    fields : dict
        Values by label, with their unit where there is one: ``{'High tension': '200 kV'}``.
    warnings : tuple of str
        Sentences for the user.
    """

    fields: dict[str, str] = field(default_factory=dict)
    warnings: tuple[str, ...] = ()

    def number(self, label: str, unit: str) -> float | None:
        """The value with this label, where it is a number in this unit."""
        value, _, given = self.fields.get(label, "").partition(" ")
        try:
            return float(value) if given == unit else None
        except ValueError:
            return None

    @property
    def acquired_at(self) -> str | None:
        """Date and time, ISO 8601 where it is written as TIA does, else as written."""
        text = self.fields.get("AcquireDate")
        match = _DATE.fullmatch(text.strip()) if text else None
        if match is None or match[1] not in _MONTHS:
            return text
        return f"{match[4]}-{_MONTHS.index(match[1]) + 1:02d}-{int(match[2]):02d}T{match[3]}"


def find_companion(path: Path) -> tuple[Path, int] | None:
    """Find the ``.emi`` file of ``NAME_1.ser``, ``NAME.emi`` beside it, and the number in the name, from 1."""
    match = _SERIES.fullmatch(path.stem)
    if match is None:
        return None
    for ending in (".emi", ".EMI", ".Emi"):
        companion = path.with_name(match[1] + ending)
        if companion.is_file():
            return companion, int(match[2])
    return None


def list_series(path: Path) -> list[Path]:
    """The ``.ser`` files beside an ``.emi`` file, by their number."""
    found = []
    for one in path.parent.iterdir():
        match = _SERIES.fullmatch(one.stem) if one.suffix.lower() == ".ser" else None
        if match is not None and match[1] == path.stem and one.is_file():
            found.append((int(match[2]), one))
    return [one for _, one in sorted(found)]


def read_record(stream: BinaryIO, series: int) -> EmiRecord:
    """Read what an ``.emi`` file says of its series number `series`, from 1.

    Parameters
    ----------
    stream : binary file
        The open ``.emi`` file.
    series : int
        The number in the name of the ``.ser`` file.

    Returns
    -------
    EmiRecord
        Empty, with a warning, where the file says nothing that can be read; the image does not depend on it.
    """
    try:
        return EmiRecord(_parse_block(_find_block(stream, series)))
    except ReadError as error:
        return EmiRecord(warnings=(f"The .emi file was not used: {error}.",))


def _find_block(stream: BinaryIO, series: int) -> bytes:
    size = stream.seek(0, 2)
    if size > _LONGEST_FILE:
        raise ReadError(
            f"it has {size:,} bytes, more than the {_LONGEST_FILE:,} that are searched for settings"
        )
    stream.seek(0)
    content = stream.read()
    stop = 0
    for _ in range(series):
        start = content.find(_START, stop)
        if start < 0:
            raise ReadError(f"it describes no series number {series}")
        stop = content.find(_STOP, start)
        if stop < 0:
            raise ReadError("it is damaged or cut short within its settings")
        stop += len(_STOP)
    if stop - start > _LONGEST_BLOCK:
        raise ReadError(f"its settings have {stop - start:,} bytes, expected at most {_LONGEST_BLOCK:,}")
    return content[start:stop]


def _parse_block(block: bytes) -> dict[str, str]:
    try:
        text = block.decode("utf-8")
    except UnicodeDecodeError:
        text = block.decode("latin-1")
    try:
        root = parse_xml(text)
    except UnreadableXmlError as error:
        raise ReadError(f"its XML {error}") from error
    fields: dict[str, str] = {}
    for path in (
        *("AcquireDate", "Manufacturer", "AcquireInfo/CameraNamePath"),
        "ExperimentalConditions/MicroscopeConditions/AcceleratingVoltage",
    ):
        _keep(fields, path.rpartition("/")[2], root.findtext(path), "")
    for data in root.iterfind("ExperimentalDescription/Root/Data"):
        _keep(fields, data.findtext("Label"), data.findtext("Value"), data.findtext("Unit") or "")
    return fields


def _keep(fields: dict[str, str], label: Any, value: str | None, unit: str) -> None:
    if isinstance(label, str) and label.strip() and value and value.strip():
        fields.setdefault(label.strip(), f"{value.strip()} {unit.strip()}".strip())
