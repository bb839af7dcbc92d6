"""Which particles of which images enter statistics, and their columns side by side."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from types import MappingProxyType

import numpy as np
import numpy.typing as npt
import pandas as pd

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.image_particles import ImageParticles

__all__ = ["Selection", "find_seed", "select_particles"]

Array = npt.NDArray[np.float64]

_NEEDED = (
    "touches_border", "shape", "diameter_equivalent_px", "feret_min_px", "feret_max_px", "feret_horizontal_px",
    "feret_vertical_px", "aspect_ratio", "agglomerate", "outline_uncertainty_px",
)  # fmt: skip


@dataclass(frozen=True)
class Selection:
    """Particles that enter statistics; arrays have shape (n,), lengths are in `unit` where no other is named.

    Parameters
    ----------
    measurand, unit : str
        Name without suffix, and ``'nm'`` or ``'px'``.
    sizes : ndarray
    image : ndarray of int
        Place of the image of each particle in `names`.
    names : tuple of str
        All images, those without a particle too.
    scale : ndarray
        Size of a pixel in `unit`.
    diameter_px, feret_min_px, feret_max_px : ndarray
    feret_horizontal, feret_vertical, field_width, field_height : ndarray
    aspect_ratio : ndarray
    outline_uncertainty : ndarray
        Standard uncertainty of the place of each outline; NaN where not known.
    shape : ndarray of str
    agglomerate : ndarray of int
        Number of the agglomerate of every outlined particle, those at the border and left out included.
    left_out : mapping of str to int
        Outlined particles that do not enter, by reason.
    """

    measurand: str
    unit: str
    sizes: Array
    image: npt.NDArray[np.intp]
    names: tuple[str, ...]
    scale: Array
    diameter_px: Array
    feret_min_px: Array
    feret_max_px: Array
    feret_horizontal: Array
    feret_vertical: Array
    field_width: Array
    field_height: Array
    aspect_ratio: Array
    outline_uncertainty: Array
    shape: npt.NDArray[np.str_]
    agglomerate: npt.NDArray[np.int64]
    left_out: Mapping[str, int]

    @property
    def column(self) -> str:
        """Name of the column of the table that the sizes are."""
        return f"{self.measurand}_{self.unit}"


def select_particles(
    images: Sequence[ImageParticles],
    measurand: str,
    unit: str,
    *,
    include_border: bool = False,
    shape: str | None = None,
    detection_limit: float | None = None,
) -> Selection:
    """Choose the particles that enter statistics.

    Parameters
    ----------
    images : sequence of ImageParticles
        At least one.
    measurand, unit : str
        As `resolve_measurand` gives them.
    include_border : bool
        Take particles that the border cuts as well, also of images whose rule is to leave them out.
    shape : str, optional
        Only particles of this class.
    detection_limit : float, optional
        Only particles of this size or larger, in `unit`.

    Returns
    -------
    Selection

    Raises
    ------
    StatisticsError
        If images cannot be put together: one has no calibration and nm are wanted, or px of images with different
        pixel sizes; if a table lacks a column, or there is no image.
    """
    if not images:
        raise StatisticsError("There is no image to make statistics of; expected at least one.")
    _check_scales(images, unit)
    parts, scales, fields, borders = [], [], [], []
    for image in images:
        needed = dict.fromkeys((*_NEEDED, f"{measurand}_px"))
        missing = [name for name in needed if name not in image.table.columns]
        if missing:
            raise StatisticsError(
                f"The table of '{image.image}' has no column {', '.join(missing)}: it was written by another "
                "version. Measure the image again."
            )
        parts.append(image.table[list(needed)])
        scales.append(1.0 if unit == "px" or image.nm_per_px is None else image.nm_per_px)
        fields.append((image.field_cols, image.field_rows))
        borders.append(include_border or image.border == "count")
    counts = [len(part) for part in parts]
    table = pd.concat(parts, ignore_index=True)
    place = np.repeat(np.arange(len(images)), counts)
    scale = np.repeat(np.array(scales, dtype=np.float64), counts)
    counted_borders = np.repeat(np.array(borders, dtype=np.bool_), counts)
    field = np.repeat(np.array(fields, dtype=np.float64).reshape(-1, 2), counts, axis=0)
    # Every image numbers its agglomerates from 1.
    last = [int(part["agglomerate"].max()) if len(part) else 0 for part in parts]
    agglomerate = table["agglomerate"].to_numpy(np.int64) + np.repeat(
        np.cumsum([0, *last[:-1]]), counts
    ).astype(np.int64)
    sizes = table[f"{measurand}_px"].to_numpy(np.float64) * scale
    shapes = table["shape"].fillna("").astype(str).to_numpy(dtype=np.str_)
    left_out: dict[str, int] = {}
    keep = np.ones(len(table), dtype=np.bool_)
    rules = {
        "touches_border": table["touches_border"].to_numpy(np.bool_) & ~counted_borders,
        "no_value": np.isnan(sizes),
        "other_shape": np.zeros(len(table), np.bool_) if shape is None else shapes != shape,
        "below_detection_limit": sizes < (0.0 if detection_limit is None else detection_limit),
    }
    for reason, wrong in rules.items():
        if number := int(np.count_nonzero(keep & wrong)):
            left_out[reason] = number
        keep &= ~wrong

    def take(name: str) -> Array:
        return table[name].to_numpy(np.float64)[keep]

    return Selection(
        measurand=measurand,
        unit=unit,
        sizes=sizes[keep],
        image=place[keep],
        names=tuple(image.image for image in images),
        scale=scale[keep],
        diameter_px=take("diameter_equivalent_px"),
        feret_min_px=take("feret_min_px"),
        feret_max_px=take("feret_max_px"),
        feret_horizontal=take("feret_horizontal_px") * scale[keep],
        feret_vertical=take("feret_vertical_px") * scale[keep],
        field_width=field[keep, 0] * scale[keep],
        field_height=field[keep, 1] * scale[keep],
        aspect_ratio=take("aspect_ratio"),
        outline_uncertainty=take("outline_uncertainty_px") * scale[keep],
        shape=shapes[keep],
        agglomerate=agglomerate,
        left_out=MappingProxyType(left_out),
    )


def _check_scales(images: Sequence[ImageParticles], unit: str) -> None:
    bare = [image.image for image in images if image.nm_per_px is None]
    if unit == "nm" and bare:
        raise StatisticsError(
            f"{len(bare)} of {len(images)} images have no calibration ('{bare[0]}' is one), so their sizes in "
            "nm are not known. Leave them out, or measure them again with --nm-per-px."
        )
    known = [image.nm_per_px for image in images if image.nm_per_px is not None]
    if unit == "px" and known and max(known) > min(known) * (1 + 1e-3):
        raise StatisticsError(
            f"The images have different pixel sizes, {min(known):.4g} to {max(known):.4g} nm: their sizes in px "
            "cannot be put together. Use nm."
        )


def find_seed(selection: Selection, *settings: object) -> int:
    """Make a seed from what is analysed, so that the same particles give the same result.

    Parameters
    ----------
    selection : Selection
    *settings : object
        What else the analysis depends on.

    Returns
    -------
    int
        48 bits, which JSON keeps exactly. Sizes count with six significant digits, as in ``particles.csv``.
    """
    digest = sha256(repr((selection.column, *settings)).encode())
    sizes = selection.sizes
    power = np.zeros(sizes.size, dtype=np.int64)
    positive = sizes > 0
    power[positive] = 5 - np.floor(np.log10(sizes[positive])).astype(np.int64)
    digest.update(np.round(sizes * 10.0**power).astype("<i8").tobytes() + power.astype("<i8").tobytes())
    digest.update(selection.image.astype("<i8").tobytes())
    return int.from_bytes(digest.digest()[:6])
