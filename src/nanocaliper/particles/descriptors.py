"""From outlines to numbers: the particle table."""

from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nanocaliper.errors import CalibrationError
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.agglomerates import join_touching
from nanocaliper.particles.columns import COLUMNS
from nanocaliper.particles.grey_values import measure_grey
from nanocaliper.particles.nearest import Gaps, NearestPixels, find_nearest_centres, map_nearest, measure_gaps
from nanocaliper.particles.outlined import Outlined, close_gaps, outline_particles
from nanocaliper.particles.packing import PackedOutlines, pack_outlines
from nanocaliper.particles.particles import Particles
from nanocaliper.particles.shapes import classify_shapes, take_given_shapes
from nanocaliper.segmentation.segmentation import Segmentation

__all__ = ["add_nm", "measure_particles"]

Floats = npt.NDArray[np.float64]
Values = dict[str, npt.NDArray[Any]]


def measure_particles(
    segmentation: Segmentation,
    field: Box,
    nm_per_px: float | None,
    grey: npt.NDArray[Any] | None = None,
    *,
    border: Literal["leave_out", "count"] = "leave_out",
    outlined: Outlined | None = None,
) -> Particles:
    """Measure every particle of a segmentation.

    All sizes are taken from the sub-pixel outlines (see `nanocaliper.particles.outlines.trace_outlines`);
    definitions, formulas and sources are in `COLUMNS`.

    Parameters
    ----------
    segmentation : Segmentation
        What was found.
    field : Box
        The part of the image that shows the sample; particles that reach its edge are marked.
    nm_per_px : float or None
        Pixel size, nm; None where there is no calibration.
    grey : ndarray, shape (rows, cols), optional
        Grey values of the micrograph; without them the columns of grey values are NaN.
    border : {'leave_out', 'count'}
        Whether particles that touch the border enter the statistics.
    outlined : Outlined, optional
        The outlines, where they are drawn already.

    Returns
    -------
    Particles
        With the counts of what the segmentation left out, ``touches_border``, and ``detached_part`` where
        labels consist of several pieces: each piece but the largest is not measured and counts one.

    Raises
    ------
    CalibrationError
        If `nm_per_px` is not a positive number.
    ValueError
        If labels, level, scores, classes and grey values do not fit together.
    """
    if nm_per_px is not None and not (np.isfinite(nm_per_px) and nm_per_px > 0):
        raise CalibrationError(f"The scale is {nm_per_px} nm/px; expected a positive number.")
    labels: npt.NDArray[np.integer] = segmentation.labels
    if grey is not None and grey.shape != labels.shape:
        raise ValueError(f"Labels have the shape {labels.shape} and grey {grey.shape}; expected the same.")
    numbers = segmentation.particle_numbers
    if outlined is None:
        outlined = outline_particles(labels, segmentation.level, numbers)
    traced, count = outlined.traced, len(numbers)
    labels = close_gaps(labels, numbers)
    touches = _touching(labels, field, count)
    packed = pack_outlines(traced.points)
    values: Values = {
        "particle": numbers,
        "edited": np.array(segmentation.edited or [""] * count, dtype=object),
        "touches_border": touches,
        "score": np.asarray(segmentation.scores, dtype=np.float64),
    }
    values |= outlined.values
    values["outline_uncertainty_px"] = _doubt_outlines(segmentation, outlined.values["softness_px"])
    values |= _measure_surroundings(labels, packed, values, field, grey)
    values = add_nm(values, nm_per_px)
    shapes = take_given_shapes(segmentation, count)
    if shapes is None:
        shapes = classify_shapes(values)
    values["shape_probability"] = shapes.probability
    values["shape"] = np.array(shapes.name, dtype=object)
    table = pd.DataFrame({name: values[name] for name in COLUMNS})
    for name in ("shape", "edited"):
        table[name] = table[name].astype("str")
    left_out = dict(segmentation.left_out)
    if border == "leave_out":
        left_out["touches_border"] = left_out.get("touches_border", 0) + int(touches.sum())
    detached = int(np.sum(traced.parts - 1))
    if detached:
        left_out["detached_part"] = left_out.get("detached_part", 0) + detached
    return Particles(table=table, outlines=traced.points, left_out=MappingProxyType(left_out), border=border)


def _doubt_outlines(segmentation: Segmentation, softness_px: Floats) -> Floats:
    """Standard uncertainties of the outlines' places, px; NaN where not known."""
    share = segmentation.outline_uncertainty
    # The level around a line that a person drew is the line's own.
    by_hand = np.isin(segmentation.edited or [""] * len(softness_px), ("drawn", "repainted"))
    return np.where(by_hand, np.nan, softness_px * (np.nan if share is None else share))


def add_nm(values: Values, nm_per_px: float | None) -> Values:
    """Add the columns in nm to those in px.

    Parameters
    ----------
    values : dict of str to ndarray, each of shape (n,)
        Columns by name.
    nm_per_px : float or None
        The scale; without it the columns are NaN.

    Returns
    -------
    dict of str to ndarray
    """
    scale = np.nan if nm_per_px is None else float(nm_per_px)
    added = dict(values)
    for name, column in COLUMNS.items():
        if column.power and name in values:
            twin = name.removesuffix("_px") + ("_nm" if column.power == 1 else "_nm2")
            added[twin] = np.asarray(values[name], dtype=np.float64) * scale**column.power
    return added


def _measure_surroundings(
    labels: npt.NDArray[np.integer],
    packed: PackedOutlines,
    values: Values,
    field: Box,
    grey: npt.NDArray[Any] | None,
) -> Values:
    """Columns that follow from what is around the particles, and from grey values."""
    count = len(packed.counts)
    nearest: NearestPixels | None = map_nearest(labels) if count else None
    none = np.zeros(0, np.intp)
    gaps = Gaps(none, none, np.zeros(0)) if nearest is None else measure_gaps(nearest, packed)
    greys = measure_grey(labels, grey, nearest, field, count)
    agglomerates = join_touching(gaps, count)
    return {
        "grey_mean": greys.mean,
        "grey_background": greys.background,
        "contrast": greys.mean - greys.background,
        "neighbour_distance_px": find_nearest_centres(np.stack([values["row"], values["col"]], axis=1)),
        "neighbour_gap_px": gaps.smallest(count),
        "agglomerate": agglomerates.number,
        "agglomerate_members": agglomerates.members,
    }


def _touching(labels: npt.NDArray[np.integer], field: Box, count: int) -> npt.NDArray[np.bool_]:
    """Which particles have a pixel on the outermost rows or columns of the field, or outside of it."""
    touches = np.zeros(count + 1, bool)
    outer = (
        labels[: field.row_start + 1],
        labels[max(field.row_stop - 1, 0) :],
        labels[:, : field.col_start + 1],
        labels[:, max(field.col_stop - 1, 0) :],
    )
    for edge in outer:
        touches[np.unique(edge)] = True
    return touches[1:]
