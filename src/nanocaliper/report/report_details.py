"""What the laboratory itself says in a report: who, for whom, which sample, which instrument."""

import os
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from nanocaliper.errors import ReadError, UsageError

__all__ = ["DETAIL_FIELDS", "ReportDetails", "make_details", "read_details"]

#: Fields by group, and how each is written in the report.
DETAIL_FIELDS: Final[Mapping[str, Mapping[str, str]]] = MappingProxyType(
    {
        "report": {
            "title": "Title",
            "number": "Report number",
            "date": "Date of the report",
            "laboratory": "Laboratory",
            "address": "Address",
            "customer": "Customer",
            "order": "Order",
            "operator": "Measured by",
            "approved_by": "Approved by",
            "remarks": "Remarks",
        },
        "sample": {
            "material": "Material",
            "identification": "Identification (batch, lot)",
            "supplier": "Supplier",
            "received": "Received",
            "storage": "Storage",
            "preparation": "Preparation of the specimen",
            "operator": "Specimen prepared or measured by",
            "instrument": "Instrument",
            "comment": "Comment",
        },
        "instrument": {
            "maker": "Maker",
            "model": "Model",
            "serial_number": "Serial number",
            "voltage": "Accelerating voltage",
            "magnification": "Magnification",
            "detector": "Detector, imaging mode",
            "working_distance": "Working distance",
            "calibration_standard": "Calibration standard (certified reference material)",
            "calibration_certificate": "Certificate of the standard",
            "calibration_date": "Date of the magnification calibration",
            "resolution": "Image resolution, how it was checked",
        },
        "method": {
            "procedure": "Procedure (standard, SOP)",
            "fields": "How the fields of view were chosen",
            "deviations": "Deviations from the procedure",
            "validation": "Validation of the procedure",
        },
    }
)

_LONGEST = 5000


@dataclass(frozen=True)
class ReportDetails:
    """What the laboratory says; every field may be absent, and is then marked in the report to be filled in.

    Parameters
    ----------
    report, sample, instrument, method : mapping of str to str
        Fields of `DETAIL_FIELDS`.
    samples : mapping of str to mapping of str to str
        Fields of the group ``sample`` for one sample, by its name; they go before those of `sample`.
    """

    report: Mapping[str, str] = field(default_factory=dict)
    sample: Mapping[str, str] = field(default_factory=dict)
    instrument: Mapping[str, str] = field(default_factory=dict)
    method: Mapping[str, str] = field(default_factory=dict)
    samples: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def find_sample(self, name: str) -> dict[str, str]:
        """Fields of one sample.

        Parameters
        ----------
        name : str

        Returns
        -------
        dict of str to str
        """
        return {**self.sample, **self.samples.get(name, {})}


def read_details(path: str | os.PathLike[str]) -> ReportDetails:
    """Read details from a TOML file with the tables of `DETAIL_FIELDS` and ``[samples.NAME]``.

    Parameters
    ----------
    path : path

    Returns
    -------
    ReportDetails

    Raises
    ------
    ReadError
        If the file is missing or not TOML.
    UsageError
        If it holds what `make_details` does not know.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ReadError(f"Cannot read the details '{path}': {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReadError(f"The details '{path}' are not a TOML file: {error}.") from None
    return make_details(content)


def make_details(content: Mapping[str, Any]) -> ReportDetails:
    """Make details of plain values, and refuse what no report has a place for.

    Parameters
    ----------
    content : mapping
        Tables as `read_details` reads them.

    Returns
    -------
    ReportDetails

    Raises
    ------
    UsageError
        If a table or field is unknown, or a value is no text, number or date.
    """
    groups: dict[str, dict[str, str]] = {}
    samples: dict[str, dict[str, str]] = {}
    for name, table in content.items():
        if not isinstance(table, Mapping) or (name not in DETAIL_FIELDS and name != "samples"):
            raise UsageError(
                f"The details have '{name}'; expected the tables {', '.join(DETAIL_FIELDS)} and "
                "samples.NAME, such as "
                "[report]."
            )
        if name != "samples":
            groups[name] = _read_table(name, table)
            continue
        for sample, fields in table.items():
            if not isinstance(fields, Mapping):
                raise UsageError(f"samples.{sample} in the details is no table; expected fields below it.")
            samples[str(sample)] = _read_table("sample", fields)
    return ReportDetails(**groups, samples=samples)


def _read_table(group: str, table: Mapping[str, Any]) -> dict[str, str]:
    known = DETAIL_FIELDS[group]
    found = {}
    for name, value in table.items():
        if name not in known:
            raise UsageError(f"The details have '{name}' in {group}; expected one of {', '.join(known)}.")
        if isinstance(value, bool) or not isinstance(value, str | int | float | date):
            raise UsageError(f"'{name}' in the details is {value!r}; expected a text, a number or a date.")
        text = str(value).strip()
        if len(text) > _LONGEST:
            raise UsageError(
                f"'{name}' in the details has {len(text):,} characters; expected at most {_LONGEST:,}."
            )
        if text:
            found[name] = text
    return found
