"""The record of measured particles, and the meaning of every column of its table."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

__all__ = ["COLUMNS", "Column", "Particles"]


@dataclass(frozen=True)
class Column:
    """One column of the particle table.

    Parameters
    ----------
    unit : str
        ``'px'``, ``'px²'``, ``'nm'``, ``'nm²'``, ``'1'`` for a pure number or ``''`` for no number.
    meaning : str
        Definition in a sentence, with formula and source.
    power : int
        Power of nm/px that turns the ``_px`` column into its ``_nm`` twin; 0 where there is none.
    """

    unit: str
    meaning: str
    power: int = 0


#: Columns that are measured in pixels or without unit; those with a power have a twin in nm or nm².
_MEASURED: dict[str, Column] = {
    "particle": Column("", "Number of the particle, as in labels.tif."),
    "row": Column(
        "px", "Row of the centroid of the outline; pixel centres are whole numbers, the first is 0."
    ),
    "col": Column("px", "Column of the centroid of the outline."),
    "touches_border": Column("", "True where the particle reaches the edge of the image or of a data strip."),
    "score": Column("1", "How sure the segmentation is of the particle, 0 to 1."),
    "shape": Column("", "Class given by a network that knows classes; empty otherwise."),
    "area_px": Column(
        "px²", "Area A inside the sub-pixel outline, holes filled, by the shoelace formula.", 2
    ),
    "diameter_equivalent_px": Column("px", "Area-equivalent diameter √(4A/π), ISO 9276-6:2008.", 1),
    "feret_max_px": Column(
        "px", "Largest distance of two parallel tangents to the outline, ISO 9276-6:2008.", 1
    ),
    "feret_min_px": Column(
        "px", "Smallest distance of two parallel tangents to the outline, ISO 9276-6:2008.", 1
    ),
    "perimeter_px": Column("px", "Length P of the sub-pixel outline.", 1),
    "aspect_ratio": Column(
        "1", "feret_max / feret_min, at least 1; the inverse of the aspect ratio of ISO 9276-6:2008."
    ),
    "circularity": Column("1", "√(4πA/P²), ISO 9276-6:2008; 1 for a disc."),
    "solidity": Column("1", "A divided by the area of the convex hull, ISO 9276-6:2008."),
}


def _with_nm(columns: Mapping[str, Column]) -> dict[str, Column]:
    table: dict[str, Column] = {}
    for name, column in columns.items():
        table[name] = column
        if column.power:
            unit = "nm" if column.power == 1 else "nm²"
            nm_name = name.removesuffix("_px") + ("_nm" if column.power == 1 else "_nm2")
            table[nm_name] = Column(unit, f"{name} in {unit}; empty where there is no calibration.")
    return table


#: Every column of `Particles.table`, in order.
COLUMNS: Mapping[str, Column] = MappingProxyType(_with_nm(_MEASURED))


@dataclass(frozen=True)
class Particles:
    """Measured particles of one micrograph.

    Parameters
    ----------
    table : DataFrame
        A row a particle, columns as in `COLUMNS`; the ``_nm`` columns are NaN without a calibration.
    outlines : tuple of ndarray, each of shape (points, 2)
        Sub-pixel outline (row, col) of each row of the table, px, closed (last point = first point).
    left_out : mapping of str to int
        How many particles are not part of the statistics, by reason; those marked ``touches_border`` are in
        the table, the others are not.
    """

    table: pd.DataFrame
    outlines: tuple[npt.NDArray[np.float64], ...]
    left_out: Mapping[str, int]

    @property
    def measured(self) -> pd.DataFrame:
        """The rows that enter the statistics: whole particles, not cut by the border."""
        return self.table[~self.table["touches_border"]]
