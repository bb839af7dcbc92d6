"""From outlines to numbers: the particle table."""

from types import MappingProxyType

import cv2
import numpy as np
import numpy.typing as npt
import pandas as pd

from nanocaliper.errors import CalibrationError
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.outlines import polygon_areas, trace_parts
from nanocaliper.particles.particles import COLUMNS, Particles
from nanocaliper.segmentation.segmentation import Segmentation

__all__ = ["feret_diameters", "measure_particles"]

Floats = npt.NDArray[np.float64]


def measure_particles(segmentation: Segmentation, field: Box, nm_per_px: float | None) -> Particles:
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
        If labels, level and scores do not fit together.
    """
    if nm_per_px is not None and not (np.isfinite(nm_per_px) and nm_per_px > 0):
        raise CalibrationError(f"The scale is {nm_per_px} nm/px; expected a positive number.")
    labels = segmentation.labels
    traced = trace_parts(labels, segmentation.level)
    count = len(traced.points)
    if len(segmentation.scores) != count:
        raise ValueError(f"{count} particles but {len(segmentation.scores)} scores; expected one for each.")
    touches = _touching(labels, field, count)
    values: dict[str, npt.NDArray[np.generic] | list[str]] = {
        "particle": np.arange(1, count + 1, dtype=np.int64),
        "touches_border": touches,
        "score": np.asarray(segmentation.scores, dtype=np.float64),
        "shape": [""] * count,
    }
    values |= _measure_outlines(traced.points)
    scale = np.nan if nm_per_px is None else float(nm_per_px)
    for name, column in COLUMNS.items():
        if column.power:
            stem = name.removesuffix("_px")
            twin = stem + ("_nm" if column.power == 1 else "_nm2")
            values[twin] = np.asarray(values[name], dtype=np.float64) * scale**column.power
    table = pd.DataFrame({name: values[name] for name in COLUMNS})
    table["shape"] = table["shape"].astype("str")
    left_out = dict(segmentation.left_out)
    left_out["touches_border"] = left_out.get("touches_border", 0) + int(touches.sum())
    detached = int(np.sum(traced.parts - 1))
    if detached:
        left_out["detached_part"] = left_out.get("detached_part", 0) + detached
    return Particles(table=table, outlines=traced.points, left_out=MappingProxyType(left_out))


def feret_diameters(outline: Floats) -> tuple[float, float, float]:
    """Largest and smallest distance of parallel tangents, and the area of the convex hull.

    Rotating calipers on the convex hull (M. I. Shamos, Computational Geometry, thesis, Yale 1978): the
    largest distance is that of two corners that parallel lines can touch together, the smallest is found with
    one line along an edge.

    Parameters
    ----------
    outline : ndarray, shape (points, 2)
        Polygon (row, col), px, with at least three corners that are not on one line.

    Returns
    -------
    feret_max, feret_min, hull_area : float
        px, px, px².
    """
    # OpenCV's hull takes single precision: near the origin that is good to 1e-7 of the particle's size.
    near = outline - outline.mean(axis=0)
    chosen = cv2.convexHull(near.astype(np.float32), returnPoints=False)[:, 0]
    hull = near[chosen]
    following = np.roll(hull, -1, axis=0)
    area = 0.5 * float(np.sum(hull[:, 0] * following[:, 1] - following[:, 0] * hull[:, 1]))
    if area < 0:
        hull = hull[::-1]
        following = np.roll(hull, -1, axis=0)
    edges = following - hull
    lengths = np.hypot(edges[:, 0], edges[:, 1])
    hull, following, edges = (part[lengths > 0] for part in (hull, following, edges))
    lengths = lengths[lengths > 0]
    count = len(hull)
    turned = np.arctan2(edges[:, 1], edges[:, 0])
    turned = np.maximum.accumulate(np.mod(turned - turned[0] + 1e-9, 2 * np.pi))
    # The corner opposite edge i is where the edges' direction passes that of edge i + half a turn.
    opposite = np.searchsorted(np.concatenate([turned, turned + 2 * np.pi]), turned + np.pi)
    # Neighbours too, so that rounding of nearly parallel edges cannot hide the pair.
    candidates = hull[(opposite[:, None] + np.array([-1, 0, 1])) % count]
    gaps = np.stack([candidates - hull[:, None], candidates - following[:, None]])
    feret_max = float(np.sqrt((gaps**2).sum(axis=-1).max()))
    normals = np.stack([-edges[:, 1], edges[:, 0]], axis=1) / lengths[:, None]
    widths = np.abs(np.einsum("ekx,ex->ek", candidates - hull[:, None], normals)).max(axis=1)
    return feret_max, float(widths.min()), abs(area)


def _measure_outlines(outlines: tuple[Floats, ...]) -> dict[str, npt.NDArray[np.generic] | list[str]]:
    """Columns that follow from the outlines alone."""
    counts = np.array([len(outline) for outline in outlines], dtype=np.intp)
    starts = np.cumsum(counts) - counts
    points = np.concatenate([*outlines, np.zeros((0, 2))])
    areas = polygon_areas(points, starts)
    feret = np.array([feret_diameters(outline) for outline in outlines], dtype=np.float64).reshape(-1, 3)
    perimeters, centroids = np.zeros(len(outlines)), np.zeros((len(outlines), 2))
    if len(outlines):
        near = points - np.repeat(points[starts], counts, axis=0)
        steps = np.diff(near, axis=0, append=near[:1])
        cross = near[:, 0] * np.roll(near[:, 1], -1) - np.roll(near[:, 0], -1) * near[:, 1]
        # No edge leads from one outline to the next.
        steps[starts + counts - 1] = 0
        cross[starts + counts - 1] = 0
        perimeters = np.add.reduceat(np.hypot(steps[:, 0], steps[:, 1]), starts)
        moments = np.add.reduceat((near + np.roll(near, -1, axis=0)) * cross[:, None], starts)
        centroids = points[starts] + moments / (6 * areas[:, None])
    areas = np.abs(areas)
    return {
        "row": centroids[:, 0],
        "col": centroids[:, 1],
        "area_px": areas,
        "diameter_equivalent_px": np.sqrt(4 * areas / np.pi),
        "feret_max_px": feret[:, 0],
        "feret_min_px": feret[:, 1],
        "perimeter_px": perimeters,
        "aspect_ratio": feret[:, 0] / feret[:, 1],
        "circularity": np.sqrt(4 * np.pi * areas) / perimeters,
        "solidity": areas / feret[:, 2],
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
