"""What follows from outlines alone, without labels, image or scale."""

from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.particles.calipers import find_hulls, measure_calipers
from nanocaliper.particles.circles import measure_enclosing_circles, measure_inscribed_circles
from nanocaliper.particles.harmonics import LEAST_PERIMETER_PX, measure_harmonics
from nanocaliper.particles.moments import measure_moments, measure_rods
from nanocaliper.particles.packing import PackedOutlines

__all__ = ["measure_outlines"]

Floats = npt.NDArray[np.float64]
Values = dict[str, npt.NDArray[Any]]


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
