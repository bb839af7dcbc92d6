"""The user's changes to an uncertainty budget, from a TOML file or a mapping."""

import math
import os
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

from nanocaliper.errors import ReadError, StatisticsError
from nanocaliper.statistics.uncertainty import DIVISORS, UncertaintyBudget, UncertaintyRow, combine_rows

__all__ = ["EDITABLE", "edit_budget", "read_edits"]

#: What an edit may set, and its meaning.
EDITABLE: Final[Mapping[str, str]] = {
    "standard_uncertainty": "u of the row's quantity, in the row's unit; of a new row in the result's unit.",
    "relative_standard_uncertainty": "u over the row's value; of a new row over the result.",
    "half_width": "Limit a of a distribution, in the row's unit; u = a over the distribution's divisor.",
    "distribution": "normal, rectangular, triangular or u-shaped.",
    "kind": "A or B.",
    "degrees_of_freedom": "Positive number, or inf.",
    "source": "Where the number comes from, a sentence; required.",
}

_AMOUNTS = ("standard_uncertainty", "relative_standard_uncertainty", "half_width")


def read_edits(path: str | os.PathLike[str]) -> dict[str, dict[str, Any]]:
    """Read edits from a TOML file: a table a row, its keys as in `EDITABLE`.

    Parameters
    ----------
    path : path

    Returns
    -------
    dict of str to dict

    Raises
    ------
    ReadError
        If the file is missing or not TOML.
    StatisticsError
        If something else than tables stands at the top level.
    """
    try:
        content = tomllib.loads(Path(path).read_text(encoding="utf-8-sig"))
    except OSError as error:
        raise ReadError(f"Cannot read the uncertainty edits '{path}': {error.strerror}.") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReadError(f"The uncertainty edits '{path}' are not a TOML file: {error}.") from None
    for name, value in content.items():
        if not isinstance(value, dict):
            raise StatisticsError(
                f"'{name}' in '{path}' is not a table; expected one table a row, such as [magnification]."
            )
    return content


def edit_budget(budget: UncertaintyBudget, edits: Mapping[str, Mapping[str, Any]]) -> UncertaintyBudget:
    """Replace or add rows of a budget and combine it again.

    Parameters
    ----------
    budget : UncertaintyBudget
    edits : mapping of str to mapping
        By name of the row. An edit of a row that exists changes only what it sets; another name adds a row with
        a sensitivity of 1. Each needs a `source`, and a new row one amount of uncertainty.

    Returns
    -------
    UncertaintyBudget
        Warnings of the rows that were edited are replaced by a note that they were.

    Raises
    ------
    StatisticsError
        If a key is unknown, an amount is impossible, two amounts are given, or the source is missing.
    """
    rows = {row.name: row for row in budget.rows}
    for name, edit in edits.items():
        rows[name] = _edit_row(name, edit, rows.get(name), budget)
    warnings = [text for text in budget.warnings if not _answers(text, set(edits))]
    if edits:
        warnings.append(f"Rows given by the user: {', '.join(edits)}.")
    return combine_rows(
        budget.measurand,
        budget.value,
        budget.unit,
        list(rows.values()),
        warnings,
        coverage_factor=budget.coverage_factor,
    )


def _edit_row(
    name: str, edit: Mapping[str, Any], row: UncertaintyRow | None, budget: UncertaintyBudget
) -> UncertaintyRow:
    unknown = sorted(set(edit) - set(EDITABLE))
    if unknown:
        raise StatisticsError(
            f"Row '{name}' sets {', '.join(unknown)}, which is unknown; expected some of {', '.join(EDITABLE)}."
        )
    source = edit.get("source")
    if not isinstance(source, str) or not source.strip():
        raise StatisticsError(f"Row '{name}' has no source; say in a sentence where its number comes from.")
    given = [key for key in _AMOUNTS if key in edit]
    if len(given) > 1:
        raise StatisticsError(f"Row '{name}' sets {' and '.join(given)}; expected one of them.")
    if row is None:
        if not given:
            raise StatisticsError(
                f"The new row '{name}' has no uncertainty; set one of {', '.join(_AMOUNTS)}."
            )
        kind = "A" if "degrees_of_freedom" in edit else "B"
        row = UncertaintyRow(name, kind, "normal", budget.value, budget.unit, 0.0, 1.0, 0.0, None, source)
    shape = edit.get("distribution", row.distribution)
    if shape not in DIVISORS:
        raise StatisticsError(
            f"Distribution {shape!r} of row '{name}' is unknown; expected one of {', '.join(DIVISORS)}."
        )
    kind = edit.get("kind", row.kind)
    if kind not in ("A", "B"):
        raise StatisticsError(f"Kind {kind!r} of row '{name}' is unknown; expected 'A' or 'B'.")
    u = row.standard_uncertainty
    if given:
        amount = _number(name, given[0], edit[given[0]])
        if given[0] == "relative_standard_uncertainty":
            if not row.value:
                raise StatisticsError(
                    f"Row '{name}' has the value 0, so nothing can be relative to it; set standard_uncertainty."
                )
            amount *= abs(row.value)
        u = amount / DIVISORS[shape] if given[0] == "half_width" else amount
    degrees = row.degrees_of_freedom
    if "degrees_of_freedom" in edit:
        value = edit["degrees_of_freedom"]
        unlimited = isinstance(value, float) and math.isinf(value) and value > 0
        degrees = None if unlimited else _number(name, "degrees_of_freedom", value)
        if degrees == 0:
            raise StatisticsError(
                f"Row '{name}' has 0 degrees of freedom; expected a positive number or inf."
            )
    return replace(
        row,
        kind=kind,
        distribution=shape,
        standard_uncertainty=u,
        contribution=abs(row.sensitivity) * u,
        degrees_of_freedom=degrees,
        source=source,
    )


def _number(name: str, key: str, value: object) -> float:
    if isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value) or value < 0:
        raise StatisticsError(
            f"{key} = {value!r} of row '{name}' is impossible; expected a number that is not negative."
        )
    return float(value)


def _answers(warning: str, names: set[str]) -> bool:
    """Whether a warning of a missing row is answered by an edit of that row."""
    return (
        ("'calibration'" in warning and "calibration" in names)
        or ("from sampling" in warning and "sampling" in names)
        or (warning.startswith("Repeatability") and "repeatability" in names)
        or ("k = " in warning)
    )
