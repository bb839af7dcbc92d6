"""The particles of one image, and what statistics need to know of the image."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

import pandas as pd

from nanocaliper.errors import StatisticsError
from nanocaliper.particles.columns import COLUMNS

__all__ = ["MEASURANDS", "ImageParticles", "resolve_measurand"]

#: Lengths of particles that statistics can be made of, without the suffix of their unit.
MEASURANDS: tuple[str, ...] = tuple(
    name.removesuffix("_px")
    for name, column in COLUMNS.items()
    if column.power == 1 and not name.startswith(("neighbour", "outline_uncertainty"))
)


@dataclass(frozen=True)
class ImageParticles:
    """The outlined particles of one image.

    Parameters
    ----------
    image : str
        Name of the image, unique within a sample.
    table : DataFrame
        A row a particle, columns as in `nanocaliper.particles.particles.COLUMNS`.
    field_rows, field_cols : int
        Size of the part of the image that shows the sample, px.
    nm_per_px : float or None
        Scale; None without a calibration.
    relative_uncertainty : float or None
        Relative standard uncertainty of the scale; None where not known.
    reason : str or None
        Why there is no calibration.
    sha256 : str or None
        Digest of the image, by which the same image given twice is found.
    page : int
        Page of the file.
    border : {'leave_out', 'count'}
        Whether particles that touch the border enter statistics.
    folder : str
        Which output folder of a measurement it comes from; empty where from none.
    """

    image: str
    table: pd.DataFrame = field(compare=False)
    field_rows: int
    field_cols: int
    nm_per_px: float | None
    relative_uncertainty: float | None = None
    reason: str | None = None
    sha256: str | None = None
    page: int = 0
    border: Literal["leave_out", "count"] = "leave_out"
    folder: str = ""


def resolve_measurand(name: str, images: Sequence[ImageParticles]) -> tuple[str, str]:
    """Find which length is meant, and in which unit.

    Parameters
    ----------
    name : str
        One of `MEASURANDS`, with ``_nm`` or ``_px``, or without: then nm where an image has a calibration.
    images : sequence of ImageParticles

    Returns
    -------
    measurand, unit : str
        Name without suffix, and ``'nm'`` or ``'px'``.

    Raises
    ------
    StatisticsError
        If the name is unknown, or nm are asked for and no image has a calibration.
    """
    unit = name[-2:] if name.endswith(("_nm", "_px")) else ""
    base = name[:-3] if unit else name
    if base not in MEASURANDS:
        raise StatisticsError(f"Measurand '{name}' is unknown; expected one of {', '.join(MEASURANDS)}.")
    calibrated = any(image.nm_per_px is not None for image in images)
    if unit == "nm" and not calibrated:
        raise StatisticsError(
            f"'{name}' needs nanometres, but none of the {len(images)} images has a calibration. Measure again "
            f"with --nm-per-px, or ask for '{base}_px'."
        )
    return base, unit or ("nm" if calibrated else "px")
