"""The rows of ``summary.csv`` and ``particles.csv``.

Both are UTF-8 without a byte-order mark, comma-separated, with a header, and end every row with a line feed.
Numbers have six significant digits and a point; a cell without a value is empty.
"""

import csv
import io
import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from types import MappingProxyType
from typing import Any

import pandas as pd

from nanocaliper.particles.particles import COLUMNS, Column

__all__ = [
    "PARTICLE_COLUMNS",
    "SUMMARY_COLUMNS",
    "encode_rows",
    "format_cell",
    "format_name",
    "iterate_particle_rows",
    "summarise_failure",
    "summarise_result",
]

_IMAGE = Column("", "The image: its path below the folder that all images of the run share.")

#: Every column of ``summary.csv``, in order.
SUMMARY_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "image": _IMAGE,
        "status": Column("", "'ok' or 'failed'."),
        "error": Column("", "Why a failed image could not be measured, and what to do; empty for 'ok'."),
        "nm_per_px": Column("nm/px", "Scale; empty where there is no calibration."),
        "calibration_source": Column("", "'metadata', 'scale_bar' or 'user'; empty without a calibration."),
        "particles": Column("", "Whole particles: the number that enters the mean, SD and quantiles."),
        "diameter_mean_nm": Column("nm", "Mean of diameter_equivalent_nm over the whole particles."),
        "diameter_sd_nm": Column("nm", "Standard deviation (n - 1) of the same; empty for one particle."),
        "d10_nm": Column("nm", "Diameter below which 10 % of the particles by number lie, ISO 9276-2."),
        "d50_nm": Column("nm", "Median diameter, by number."),
        "d90_nm": Column("nm", "Diameter below which 90 % of the particles by number lie."),
        "seconds": Column("s", "Time the measurement took."),
        "diameter_mean_px": Column("px", "Mean of diameter_equivalent_px over the whole particles."),
        "diameter_sd_px": Column("px", "Standard deviation (n - 1) of the same."),
        "d10_px": Column("px", "As d10_nm, in px."),
        "d50_px": Column("px", "As d50_nm, in px."),
        "d90_px": Column("px", "As d90_nm, in px."),
        "particles_found": Column("", "Particles outlined: the whole ones and those that touch the border."),
        "left_out": Column("", "How many candidates are not in the statistics, by reason: 'reason=n; ...'."),
        "relative_uncertainty": Column("1", "Standard uncertainty of nm_per_px over nm_per_px."),
        "scale_conflict": Column(
            "", "'open' where metadata and scale bar disagree, 'settled' where the user decided; else empty."
        ),
        "rows": Column("px", "Rows of the image."),
        "cols": Column("px", "Columns of the image."),
        "model": Column("", "'threshold' or the name of the network."),
        "folder": Column("", "Folder of the image's results, below the output folder."),
        "warnings": Column("", "What a person should know first, and why there is no scale."),
    }
)

#: Columns of ``particles.csv`` that stand first, in this order; the others follow as in `COLUMNS`.
_LEADING = (
    "particle",
    "row",
    "col",
    "touches_border",
    "score",
    "shape",
    "area_px",
    "diameter_equivalent_px",
    "diameter_equivalent_nm",
    "feret_max_nm",
    "feret_min_nm",
    "aspect_ratio",
)

#: Every column of ``particles.csv``, in order.
PARTICLE_COLUMNS: Mapping[str, Column] = MappingProxyType(
    {
        "image": _IMAGE,
        **{name: COLUMNS[name] for name in _LEADING},
        **{name: column for name, column in COLUMNS.items() if name not in _LEADING},
    }
)

# Spreadsheets run a cell that starts with one of these as a formula (CWE-1236).
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def format_cell(value: object) -> str:
    """Write one value as the text of a cell.

    Parameters
    ----------
    value : object
        A number, a truth value, a text, or None.

    Returns
    -------
    str
        Floats with six significant digits, NaN and None empty, ``True`` or ``False``; text on one line, with
        an apostrophe before it where a spreadsheet would take it for a formula.
    """
    if value is None or (isinstance(value, float) and math.isnan(value)):
        return ""
    if isinstance(value, bool | int):
        return str(value)
    if isinstance(value, float):
        return f"{value:.6g}"
    text = " ".join(str(value).split())
    return "'" + text if text.startswith(_FORMULA_STARTS) else text


def format_name(name: str) -> str:
    """Write a path as the text of a cell.

    A path that a spreadsheet would take for a formula is written with ``./`` before it: still a path of the
    same file. A line break or another control character becomes its escape, so that a row stays a line.
    """
    line = "".join(char if char.isprintable() or char == " " else _escape(char) for char in name)
    return "./" + line if line.startswith(_FORMULA_STARTS) else line


def _escape(char: str) -> str:
    # What is not ASCII and does not print (a soft hyphen) is part of a name all the same.
    return char if ord(char) > 0x9F else repr(char)[1:-1]


def summarise_result(image: str, folder: str, result: Mapping[str, Any]) -> dict[str, str]:
    """Make the row of ``summary.csv`` of a measured image.

    Parameters
    ----------
    image : str
        The image, see `SUMMARY_COLUMNS`.
    folder : str
        Its results below the output folder.
    result : mapping
        Content of its ``result.json``.

    Returns
    -------
    dict of str to str
        Cells by column.
    """
    calibration = result["calibration"] or {}
    px = result["statistics"]["diameter_px"]
    nm = result["statistics"]["diameter_nm"] or {}
    cells = {
        "status": "ok",
        "nm_per_px": calibration.get("nm_per_px"),
        "calibration_source": calibration.get("source"),
        "particles": result["counts"]["measured"],
        "seconds": result["provenance"]["seconds"]["total"],
        "particles_found": result["counts"]["found"],
        "left_out": "; ".join(f"{reason}={n}" for reason, n in result["counts"]["left_out"].items()),
        "relative_uncertainty": calibration.get("relative_uncertainty"),
        "scale_conflict": _name_conflict(result["conflict"]),
        "rows": result["image"]["rows"],
        "cols": result["image"]["cols"],
        "model": result["segmentation"]["method"],
        "warnings": " ".join(dict.fromkeys([*filter(None, [result["reason"]]), *result["warnings"]])),
    }
    for unit, distribution in (("nm", nm), ("px", px)):
        cells[f"diameter_mean_{unit}"] = distribution.get("mean")
        cells[f"diameter_sd_{unit}"] = distribution.get("sd")
        for quantile in ("d10", "d50", "d90"):
            cells[f"{quantile}_{unit}"] = distribution.get(quantile)
    return _fill_summary(image, folder, cells)


def _name_conflict(conflict: Mapping[str, Any] | None) -> str:
    if conflict is None:
        return ""
    return "open" if conflict["settled_by"] is None else "settled"


def summarise_failure(image: str, folder: str, error: str, seconds: float) -> dict[str, str]:
    """Make the row of ``summary.csv`` of an image that could not be measured.

    Parameters
    ----------
    image, folder : str
        As in `summarise_result`.
    error : str
        Why, and what to do.
    seconds : float
        Time until it failed.

    Returns
    -------
    dict of str to str
        Cells by column.
    """
    return _fill_summary(image, folder, {"status": "failed", "error": error, "seconds": seconds})


def _fill_summary(image: str, folder: str, cells: Mapping[str, object]) -> dict[str, str]:
    named = {"image": format_name(image), "folder": format_name(folder)}
    return {name: named[name] if name in named else format_cell(cells.get(name)) for name in SUMMARY_COLUMNS}


def iterate_particle_rows(image: str, table: pd.DataFrame) -> Iterator[list[str]]:
    """Make the rows of ``particles.csv`` of one image.

    Parameters
    ----------
    image : str
        The image, see `PARTICLE_COLUMNS`.
    table : DataFrame
        Its particles, columns as in `nanocaliper.particles.particles.COLUMNS`.

    Yields
    ------
    list of str
        Cells in the order of `PARTICLE_COLUMNS`.
    """
    name = format_name(image)
    # tolist() turns numpy scalars into Python's own, which format_cell knows.
    columns = [table[column].tolist() for column in PARTICLE_COLUMNS if column != "image"]
    for values in zip(*columns, strict=True):
        yield [name, *(format_cell(value) for value in values)]


def encode_rows(rows: Iterable[Sequence[str]]) -> bytes:
    """Write rows as the bytes of a CSV file.

    Parameters
    ----------
    rows : iterable of sequences of str

    Returns
    -------
    bytes
        UTF-8; what a file name holds that is no valid text is written as a backslash escape.
    """
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator="\n").writerows(rows)
    return text.getvalue().encode("utf-8", "backslashreplace")
