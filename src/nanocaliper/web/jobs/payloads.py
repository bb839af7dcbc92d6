"""What the page is told of particles and of an image."""

from collections.abc import Collection
from typing import Any

import numpy as np

from nanocaliper.editing.review import Reviewed
from nanocaliper.report.measured import count_left_out
from nanocaliper.report.plain_values import make_plain, round_number
from nanocaliper.report.result_json import describe_calibration

__all__ = ["describe_facts", "describe_particles"]

_DIGITS = 6


def describe_particles(
    reviewed: Reviewed, revision: int, numbers: Collection[int] | None = None
) -> dict[str, Any]:
    """Make what the page needs to draw and list particles.

    Parameters
    ----------
    reviewed : Reviewed
    revision : int
    numbers : collection of int, optional
        Only these particles.

    Returns
    -------
    dict
        Plain JSON values; lengths have six significant digits, outlines 1/100 px.
    """
    everything = reviewed.everything
    table = everything.table
    places = np.arange(len(table))
    if numbers is not None:
        places = places[np.isin(table["particle"].to_numpy(), list(numbers))]
    columns = [_make_plain_column(table[name].to_numpy()[places]) for name in table.columns]
    return {
        "revision": revision,
        "unit": "px" if reviewed.calibration.nm_per_px is None else "nm",
        "columns": list(table.columns),
        "rows": [list(row) for row in zip(*columns, strict=True)],
        "states": [everything.states[place] for place in places],
        "outlines": [np.round(everything.outlines[place], 2).ravel().tolist() for place in places],
        "regions": [
            {"region": number, "outline": np.round(outline, 2).tolist()}
            for number, outline in reviewed.regions.items()
        ],
        "counts": {"counted": len(reviewed.found.measured), "left_out": count_left_out(reviewed)},
    }


def _make_plain_column(values: np.typing.NDArray[Any]) -> list[Any]:
    if values.dtype.kind != "f":
        return list(make_plain(values.tolist()))
    with np.errstate(divide="ignore", invalid="ignore"):
        places = np.clip(_DIGITS - 1 - np.floor(np.log10(np.abs(values))), -12, 12)
    power = 10.0 ** np.where(np.isfinite(places), places, 0)
    return list(make_plain((np.rint(values * power) / power).tolist()))


def describe_facts(reviewed: Reviewed) -> dict[str, Any]:
    """Make what the light record of an image tells of its measurement."""
    micrograph = reviewed.micrograph
    rows, cols = micrograph.shape
    known = reviewed.diameter_nm or reviewed.diameter_px
    return {
        "rows": rows,
        "cols": cols,
        "bits": micrograph.pixels.dtype.itemsize * 8,
        "page": micrograph.page,
        "pages": micrograph.pages,
        "counted": len(reviewed.found.measured),
        "left_out": count_left_out(reviewed),
        "candidates": len(reviewed.reasons),
        "diameter_mean": round_number(make_plain(known.mean)),
        "diameter_sd": round_number(make_plain(known.sd)),
        "unit": "px" if reviewed.diameter_nm is None else "nm",
        "calibration": describe_calibration(reviewed.calibration),
        "warnings": list(dict.fromkeys(reviewed.warnings)),
        "seconds": round(sum(reviewed.seconds.values()), 2),
    }
