"""Everything that parallel tangents give: Feret diameters, rectangle, convex hull, symmetry."""

from typing import NamedTuple

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.particles.packing import PackedOutlines, iterate_batches

__all__ = ["Calipers", "find_hulls", "measure_calipers"]

Floats = npt.NDArray[np.float64]

_MOST = 1_000_000  # numbers in the largest array of a batch: stays within a processor's cache or near it


class Calipers(NamedTuple):
    """Distances of parallel tangents and what follows from the convex hull, each of shape (n,), px or px².

    Parameters
    ----------
    feret_max, feret_min : ndarray
        Largest and smallest distance of parallel tangents.
    feret_orthogonal : ndarray
        Distance of the tangents that are parallel to the direction of `feret_max`.
    feret_horizontal, feret_vertical : ndarray
        Extent along the columns and along the rows.
    rectangle_length, rectangle_width : ndarray
        Sides of the rectangle of smallest area around the outline.
    hull_area, hull_perimeter : ndarray
    symmetric_area : ndarray
        Area of the convex hull made point-symmetric, ½(H ⊕ -H).
    """

    feret_max: Floats
    feret_min: Floats
    feret_orthogonal: Floats
    feret_horizontal: Floats
    feret_vertical: Floats
    rectangle_length: Floats
    rectangle_width: Floats
    hull_area: Floats
    hull_perimeter: Floats
    symmetric_area: Floats


def find_hulls(packed: PackedOutlines) -> PackedOutlines:
    """Convex hull of every outline, closed.

    Parameters
    ----------
    packed : PackedOutlines

    Returns
    -------
    PackedOutlines
        Corners are corners of the outlines, unchanged; same origins.
    """
    # OpenCV's hull takes single precision: near the origin that is good to 1e-7 of the particle's size.
    single = packed.points.astype(np.float32)
    chosen = []
    for start, count in zip(packed.starts.tolist(), packed.counts.tolist(), strict=True):
        corners = cv2.convexHull(single[start : start + count - 1], returnPoints=False)[:, 0]
        chosen.append(start + np.append(corners, corners[0]))
    counts = np.array([len(corners) for corners in chosen], dtype=np.intp)
    flat = np.concatenate([*chosen, np.zeros(0, np.intp)]).astype(np.intp)
    return PackedOutlines(packed.points[flat], np.cumsum(counts) - counts, counts, packed.origins)


def measure_calipers(hulls: PackedOutlines) -> Calipers:
    """Measure all hulls with parallel jaws.

    Exact on the polygon, no sampling of directions. The largest distance is that of two corners; the smallest,
    and the smallest rectangle, have a jaw along an edge of the hull (H. Freeman, R. Shapira, Commun. ACM 18,
    409, 1975). The area of the point-symmetric hull ½(H ⊕ -H) is ¼ Σ wᵢ lᵢ over edges of length lᵢ with wᵢ the
    distance of the tangents along that edge (from the mixed area V(H, -H) = ½ Σ h(-uᵢ) lᵢ).

    Parameters
    ----------
    hulls : PackedOutlines
        Closed convex outlines with at least three corners that are not on one line.

    Returns
    -------
    Calipers
    """
    found = np.zeros((len(Calipers._fields), len(hulls.counts)))
    for batch in iterate_batches(hulls, _MOST, squared=True):
        found[:, batch.chosen] = _measure_batch(batch.points)
    return Calipers(*found)


def _measure_batch(corners: Floats) -> Floats:
    """The numbers of `Calipers` of hulls, corners of shape (k, m, 2)."""
    edges = np.diff(corners, axis=1)
    lengths = np.hypot(edges[..., 0], edges[..., 1])
    filled = lengths == 0
    units = edges / np.where(filled, 1, lengths)[..., None]
    normals = np.stack([-units[..., 1], units[..., 0]], axis=-1)
    widths, extents = (_spread(ways @ corners.swapaxes(1, 2)) for ways in (normals, units))
    areas = np.where(filled, np.inf, widths * extents)
    box = np.argmin(areas, axis=1)[:, None]
    sides = np.concatenate([np.take_along_axis(side, box, 1) for side in (widths, extents)], axis=1)
    squares = (corners**2).sum(axis=-1)
    gaps = squares[:, :, None] + squares[:, None, :] - 2 * (corners @ corners.swapaxes(1, 2))
    one, other = np.unravel_index(gaps.reshape(len(gaps), -1).argmax(axis=1), gaps.shape[1:])
    every = np.arange(len(corners))
    chord = corners[every, one] - corners[every, other]
    longest = np.hypot(chord[:, 0], chord[:, 1])
    aside = np.stack([-chord[:, 1], chord[:, 0]], axis=1) / longest[:, None]
    cross = corners[:, :-1, 0] * corners[:, 1:, 1] - corners[:, 1:, 0] * corners[:, :-1, 1]
    box_extent = np.ptp(corners, axis=1)
    return np.stack(
        [
            longest,
            np.where(filled, np.inf, widths).min(axis=1),
            np.ptp((corners @ aside[:, :, None])[..., 0], axis=1),
            box_extent[:, 1],
            box_extent[:, 0],
            sides.max(axis=1),
            sides.min(axis=1),
            np.abs(_add(cross)) / 2,
            _add(lengths),
            _add(widths * lengths) / 4,
        ]
    )


def _spread(values: Floats) -> Floats:
    return np.asarray(values.max(axis=2) - values.min(axis=2))


def _add(values: Floats) -> Floats:
    """Sums over the columns, from left to right: what a batch is filled up with changes no digit."""
    return np.asarray(np.cumsum(values, axis=1)[:, -1])
