"""From outlines to numbers: the particle table."""

from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from nanocaliper.errors import CalibrationError
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.agglomerates import join_touching
from nanocaliper.particles.calipers import find_hulls, measure_calipers
from nanocaliper.particles.circles import measure_enclosing_circles, measure_inscribed_circles
from nanocaliper.particles.columns import COLUMNS
from nanocaliper.particles.grey_values import measure_grey
from nanocaliper.particles.harmonics import LEAST_PERIMETER_PX, measure_harmonics
from nanocaliper.particles.inner_points import find_inner_points
from nanocaliper.particles.moments import measure_moments, measure_rods
from nanocaliper.particles.nearest import Gaps, NearestPixels, find_nearest_centres, map_nearest, measure_gaps
from nanocaliper.particles.outlines import trace_parts
from nanocaliper.particles.packing import PackedOutlines, pack_outlines
from nanocaliper.particles.particles import Particles
from nanocaliper.particles.shapes import classify_shapes, take_given_shapes
from nanocaliper.segmentation.segmentation import Segmentation

__all__ = ["measure_outlines", "measure_particles"]

Floats = npt.NDArray[np.float64]
Values = dict[str, npt.NDArray[Any]]


def measure_particles(
    segmentation: Segmentation,
    field: Box,
    nm_per_px: float | None,
    grey: npt.NDArray[Any] | None = None,
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
    labels = segmentation.labels
    if grey is not None and grey.shape != labels.shape:
        raise ValueError(f"Labels have the shape {labels.shape} and grey {grey.shape}; expected the same.")
    traced = trace_parts(labels, segmentation.level)
    count = len(traced.points)
    if len(segmentation.scores) != count:
        raise ValueError(f"{count} particles but {len(segmentation.scores)} scores; expected one for each.")
    touches = _touching(labels, field, count)
    packed = pack_outlines(traced.points)
    values: Values = {
        "particle": np.arange(1, count + 1, dtype=np.int64),
        "touches_border": touches,
        "score": np.asarray(segmentation.scores, dtype=np.float64),
    }
    values |= measure_outlines(packed, find_inner_points(labels, traced))
    values |= _measure_surroundings(labels, packed, values, field, grey)
    scale = np.nan if nm_per_px is None else float(nm_per_px)
    for name, column in COLUMNS.items():
        if column.power:
            stem = name.removesuffix("_px")
            twin = stem + ("_nm" if column.power == 1 else "_nm2")
            values[twin] = np.asarray(values[name], dtype=np.float64) * scale**column.power
    shapes = take_given_shapes(segmentation, count)
    if shapes is None:
        shapes = classify_shapes(values)
    values["shape_probability"] = shapes.probability
    values["shape"] = np.array(shapes.name, dtype=object)
    table = pd.DataFrame({name: values[name] for name in COLUMNS})
    table["shape"] = table["shape"].astype("str")
    left_out = dict(segmentation.left_out)
    left_out["touches_border"] = left_out.get("touches_border", 0) + int(touches.sum())
    detached = int(np.sum(traced.parts - 1))
    if detached:
        left_out["detached_part"] = left_out.get("detached_part", 0) + detached
    return Particles(table=table, outlines=traced.points, left_out=MappingProxyType(left_out))


def measure_outlines(packed: PackedOutlines, inner: Floats) -> Values:
    """Measure outlines, without labels, image or scale.

    Parameters
    ----------
    packed : PackedOutlines
        Outlines that turn from the row axis to the column axis, n of them.
    inner : ndarray, shape (n, 2)
        A point inside each (row, col), px; see `find_inner_points`.

    Returns
    -------
    dict of str to ndarray, each of shape (n,)
        The columns that follow from outlines alone, and ``fold_2`` to ``fold_6``, see `Harmonics.folds`.
    """
    moments = measure_moments(packed)
    rods = measure_rods(packed, moments.direction)
    hulls = find_hulls(packed)
    calipers = measure_calipers(hulls)
    harmonics = measure_harmonics(packed, moments.perimeter)
    enclosing = measure_enclosing_circles(hulls)
    inscribed = measure_inscribed_circles(packed, inner, moments.centroid)
    area, perimeter = moments.area, moments.perimeter
    diameter = np.sqrt(4 * area / np.pi)
    # The fibre's sides are the roots of x² - P/2 x + A.
    root = np.sqrt(np.where(perimeter**2 >= 16 * area, perimeter**2 - 16 * area, np.nan))
    form_factor = 4 * np.pi * area / perimeter**2
    roundness = 4 * area / (np.pi * calipers.feret_max**2)
    return {
        "row": moments.centroid[:, 0],
        "col": moments.centroid[:, 1],
        "area_px": area,
        "diameter_equivalent_px": diameter,
        "feret_max_px": calipers.feret_max,
        "feret_min_px": calipers.feret_min,
        "perimeter_px": perimeter,
        "diameter_perimeter_px": perimeter / np.pi,
        "feret_orthogonal_px": calipers.feret_orthogonal,
        "feret_horizontal_px": calipers.feret_horizontal,
        "feret_vertical_px": calipers.feret_vertical,
        "feret_mean_px": calipers.hull_perimeter / np.pi,
        "diameter_inscribed_px": inscribed,
        "diameter_enclosing_px": enclosing,
        "ellipse_major_px": moments.major,
        "ellipse_minor_px": moments.minor,
        "rectangle_length_px": calipers.rectangle_length,
        "rectangle_width_px": calipers.rectangle_width,
        "rod_length_px": rods.length,
        "rod_width_px": rods.width,
        "geodesic_length_px": (perimeter + root) / 4,
        "geodesic_thickness_px": (perimeter - root) / 4,
        "cube_edge_px": np.sqrt(area),
        "aspect_ratio": calipers.feret_max / calipers.feret_min,
        "ellipse_aspect_ratio": moments.major / moments.minor,
        "elongation": 1 - calipers.rectangle_width / calipers.rectangle_length,
        "circularity": np.sqrt(form_factor),
        "form_factor": form_factor,
        "roundness": roundness,
        "compactness": np.sqrt(roundness),
        "solidity": area / calipers.hull_area,
        "convexity": calipers.hull_perimeter / perimeter,
        "extent": area / (calipers.feret_max * calipers.feret_min),
        "box_ratio": area / (calipers.rectangle_length * calipers.rectangle_width),
        "irregularity": inscribed / enclosing,
        "blaschke_coefficient": calipers.hull_area / calipers.symmetric_area,
        "roughness": np.where(perimeter >= LEAST_PERIMETER_PX, harmonics.deviation / diameter, np.nan),
        "orientation_deg": moments.orientation_deg,
        **{f"fold_{fold}": harmonics.folds[:, fold] for fold in range(2, 7)},
    }


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
