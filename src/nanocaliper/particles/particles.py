"""The record of measured particles."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nanocaliper.particles.columns import COLUMNS, Column

__all__ = ["COLUMNS", "Column", "Particles"]


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
    border : {'leave_out', 'count'}
        Whether particles that touch the border enter the statistics.
    """

    table: pd.DataFrame
    outlines: tuple[npt.NDArray[np.float64], ...]
    left_out: Mapping[str, int]
    border: Literal["leave_out", "count"] = "leave_out"

    @property
    def measured(self) -> pd.DataFrame:
        """The rows that enter the statistics: whole particles, and those at the border where they count."""
        if self.border == "count":
            return self.table
        return self.table[~self.table["touches_border"]]

    def by_shape(self) -> dict[str, pd.DataFrame]:
        """Group the rows that enter the statistics by their class.

        Returns
        -------
        dict of str to DataFrame
            Rows of `measured` by the value of ``shape``, in the order of the alphabet; the key ``''`` holds the
            particles whose class is not decided. Classes without a particle are not in it.
        """
        return {str(shape): rows for shape, rows in self.measured.groupby("shape", sort=True)}
