"""Area, perimeter, centroid, ellipse of inertia and rod of every outline: sums over its edges."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from nanocaliper.particles.packing import PackedOutlines, sum_edges

__all__ = ["Moments", "Rods", "measure_moments", "measure_rods"]

Floats = npt.NDArray[np.float64]

#: Ellipses whose axes differ by less than this share have no direction.
_ROUND = 1e-6


class Moments(NamedTuple):
    """What integrals over the areas and along the outlines give, each of shape (n,), px, px², degrees.

    Parameters
    ----------
    area, perimeter : ndarray
    centroid : ndarray, shape (n, 2)
        Place in the image.
    major, minor : ndarray
        Axes of the ellipse with the same second moments.
    direction : ndarray, shape (n, 2)
        Unit vector (row, col) of the major axis.
    orientation_deg : ndarray
        Angle of the major axis; NaN where both axes are equal.
    """

    area: Floats
    perimeter: Floats
    centroid: Floats
    major: Floats
    minor: Floats
    direction: Floats
    orientation_deg: Floats


class Rods(NamedTuple):
    """Length and width of each particle as a rod, shape (n,), px."""

    length: Floats
    width: Floats


def measure_moments(packed: PackedOutlines) -> Moments:
    """Integrate over every outline, exactly (Green's theorem on the polygon).

    Area A = ½ Σ qᵢ with qᵢ = rᵢ cᵢ₊₁ - rᵢ₊₁ cᵢ; centroid r̄ = Σ (rᵢ + rᵢ₊₁) qᵢ / 6A; second moment
    M_rr = Σ (rᵢ² + rᵢ rᵢ₊₁ + rᵢ₊₁²) qᵢ / 12A - r̄², the others alike (C. Steger, "On the calculation of arbitrary
    moments of polygons", TU München, FGBV-96-05, 1996). The ellipse with the same moments has the axes
    4 √λ for the eigenvalues λ of M (Legendre ellipse of inertia, ISO 9276-6:2008).

    The orientation is the angle from the columns (to the right) to the major axis, counter-clockwise as seen
    on the screen, over -90 to 90 degrees: 0 lies flat, 90 stands, 45 rises to the right.

    Parameters
    ----------
    packed : PackedOutlines
        Outlines that turn from the row axis to the column axis.

    Returns
    -------
    Moments
    """
    points = packed.points
    following = np.roll(points, -1, axis=0)
    (row, col), (row_next, col_next) = points.T, following.T
    cross = row * col_next - row_next * col
    sums = sum_edges(
        packed,
        np.stack(
            [
                cross,
                np.hypot(row_next - row, col_next - col),
                (row + row_next) * cross,
                (col + col_next) * cross,
                (row * row + row * row_next + row_next * row_next) * cross,
                (col * col + col * col_next + col_next * col_next) * cross,
                (row * (2 * col + col_next) + row_next * (col + 2 * col_next)) * cross,
            ],
            axis=1,
        ),
    )
    area = sums[:, 0] / 2
    centre = sums[:, 2:4] / (6 * area[:, None])
    row_row = sums[:, 4] / (12 * area) - centre[:, 0] ** 2
    col_col = sums[:, 5] / (12 * area) - centre[:, 1] ** 2
    row_col = sums[:, 6] / (24 * area) - centre[:, 0] * centre[:, 1]
    mean, half = (row_row + col_col) / 2, np.hypot((col_col - row_row) / 2, row_col)
    angle = 0.5 * np.arctan2(2 * row_col, col_col - row_row)  # from columns towards rows: down on the screen
    turned = -np.degrees(angle)
    turned = np.where(turned <= -90, turned + 180, turned)
    return Moments(
        area=area,
        perimeter=sums[:, 1],
        centroid=packed.origins + centre,
        major=4 * np.sqrt(mean + half),
        minor=4 * np.sqrt(np.maximum(mean - half, 0)),
        direction=np.stack([np.sin(angle), np.cos(angle)], axis=1),
        orientation_deg=np.where(half < _ROUND * mean, np.nan, turned),
    )


def measure_rods(packed: PackedOutlines, direction: Floats) -> Rods:
    """Length along an axis, and mean width of the middle half of that length.

    The width is exact for rods with round and with flat ends alike (from twice as long as wide), rests on an
    area instead of single points, and does not depend on what the ends look like.

    Parameters
    ----------
    packed : PackedOutlines
    direction : ndarray, shape (n, 2)
        Unit vector (row, col) of each axis.

    Returns
    -------
    Rods
    """
    if not len(packed.counts):
        return Rods(np.zeros(0), np.zeros(0))
    axis = np.repeat(direction, packed.counts, axis=0)
    along = packed.points[:, 0] * axis[:, 0] + packed.points[:, 1] * axis[:, 1]
    across = packed.points[:, 1] * axis[:, 0] - packed.points[:, 0] * axis[:, 1]
    low, high = np.minimum.reduceat(along, packed.starts), np.maximum.reduceat(along, packed.starts)
    length = high - low
    start = np.repeat(low + length / 4, packed.counts)
    stop = np.repeat(high - length / 4, packed.counts)
    # The area of a band is ∫ across d(along) over the parts of the edges that lie in it: the cuts at its two
    # sides have d(along) = 0.
    step = np.roll(along, -1) - along
    slope = np.divide(np.roll(across, -1) - across, step, out=np.zeros_like(step), where=step != 0)
    first = np.clip(along, start, stop)
    last = np.clip(along + step, start, stop)
    middle = across + slope * ((first + last) / 2 - along)
    area = np.abs(sum_edges(packed, middle * (last - first)))
    return Rods(length, area / (length / 2))
