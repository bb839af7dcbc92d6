"""Shapes of particles: outline with exact area and Feret diameters, and relief for the contrast.

An outline is a polygon of (row, col) corners, in px, around the centroid of its area at (0, 0). A curved
outline has so many corners, and is scaled so, that the polygon has exactly the area of the curve.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.polygons import (
    measure_area,
    measure_centroid,
    measure_feret,
    measure_orientation_deg,
)

__all__ = [
    "ParticleShape",
    "Relief",
    "make_bent_rod",
    "make_ellipsoid",
    "make_rod",
    "make_sphere",
    "pack_relief",
]

Field = NDArray[np.float32]
_CORNERS = 144


class Relief(NamedTuple):
    """The solid behind an outline, at given pixels.

    Parameters
    ----------
    top : ndarray of float32
        Height of the upper surface over the plane through the middle, px; 0 or less outside.
    thickness : ndarray of float32
        Length of the way of an electron through the particle, px; 0 outside.
    slope_row, slope_col : ndarray of float32
        Derivatives of `top` along rows and columns.
    """

    top: Field
    thickness: Field
    slope_row: Field
    slope_col: Field


@dataclass(frozen=True)
class ParticleShape:
    """One particle before it is placed, with its exact measures.

    Parameters
    ----------
    kind : str
        One of `nanocaliper.synthesis.scene.PARTICLE_KINDS`.
    outline : ndarray, shape (n, 2)
        Corners as (row, col) around the centroid at (0, 0), px.
    area_px : float
        Exact area inside the outline, px².
    feret_max_px, feret_min_px : float
        Largest and smallest Feret diameter, px.
    orientation_deg : float
        Direction of the long axis; see `measure_orientation_deg`.
    relief : callable
        ``relief(rows, cols)`` gives the `Relief` at float32 coordinates from the centroid.
    """

    kind: str
    outline: NDArray[np.float64]
    area_px: float
    feret_max_px: float
    feret_min_px: float
    orientation_deg: float
    relief: Callable[[Field, Field], Relief]

    @property
    def diameter_equivalent_px(self) -> float:
        """Diameter of the disc of the same area, 2 sqrt(A / pi) (ISO 9276-6:2008, 8.1)."""
        return float(2.0 * np.sqrt(self.area_px / np.pi))

    @property
    def reach_px(self) -> float:
        """Radius of the circle around the centroid that holds the outline."""
        return float(np.sqrt(np.max(np.sum(self.outline**2, axis=1))))


def make_sphere(diameter_px: float) -> ParticleShape:
    """Sphere; its outline is a disc.

    Parameters
    ----------
    diameter_px : float
        Diameter, px.

    Returns
    -------
    ParticleShape
        With area pi d² / 4 and both Feret diameters d.
    """
    return make_ellipsoid(diameter_px, 1.0, 0.0, kind="sphere")


def make_ellipsoid(diameter_px: float, aspect: float, angle: float, kind: str = "ellipsoid") -> ParticleShape:
    """Spheroid lying flat; its outline is an ellipse.

    Parameters
    ----------
    diameter_px : float
        Diameter of the disc of equal area, px: the square root of the product of the axes.
    aspect : float
        Long axis over short axis, >= 1.
    angle : float
        Direction of the long axis, radians, from the columns towards the rows.
    kind : str
        Name to give it.

    Returns
    -------
    ParticleShape
        With area pi a b.
    """
    a, b = 0.5 * diameter_px * np.sqrt(aspect), 0.5 * diameter_px / np.sqrt(aspect)
    turn = np.linspace(0.0, 2 * np.pi, _CORNERS, endpoint=False)
    outline = _rotate(b * np.sin(turn), a * np.cos(turn), angle)
    outline *= np.sqrt(np.pi * a * b / abs(measure_area(outline)))
    cos, sin = float(np.cos(angle)), float(np.sin(angle))

    def relief(rows: Field, cols: Field) -> Relief:
        along, across = cols * cos + rows * sin, rows * cos - cols * sin
        left = np.maximum(1.0 - (along / a) ** 2 - (across / b) ** 2, 0.0)
        root = np.sqrt(left)
        steep = -b / np.maximum(root, 0.08)
        s_along, s_across = steep * along / (a * a), steep * across / (b * b)
        return pack_relief(
            b * root, 2 * b * root, s_along * sin + s_across * cos, s_along * cos - s_across * sin
        )

    return ParticleShape(kind, outline, np.pi * a * b, 2 * a, 2 * b, _screen_deg(angle), relief)


def make_rod(diameter_px: float, aspect: float, angle: float) -> ParticleShape:
    """Cylinder with round ends lying flat; its outline is a stadium.

    Parameters
    ----------
    diameter_px : float
        Diameter of the disc of equal area, px.
    aspect : float
        Whole length over width, >= 1.
    angle : float
        Direction of the long axis, radians, from the columns towards the rows.

    Returns
    -------
    ParticleShape
        With area w² (pi / 4 + aspect - 1) for width w.
    """
    return make_bent_rod(diameter_px, aspect, angle, 0.0, kind="rod")


def make_bent_rod(
    diameter_px: float, aspect: float, angle: float, bend: float, kind: str = "bent_rod"
) -> ParticleShape:
    """Round-ended cylinder whose axis is an arc of a circle, as bacteria and soft rods.

    Parameters
    ----------
    diameter_px : float
        Diameter of the disc of equal area, px.
    aspect : float
        Length along the axis, ends included, over width, >= 1.
    angle : float
        Direction of the axis at its middle, radians.
    bend : float
        Angle that the axis turns through from end to end, radians, 0 to about 1.5.
    kind : str
        Name to give it.

    Returns
    -------
    ParticleShape
        The area is width times length of the axis plus the two half discs (Pappus's theorem, exact while the
        width is less than twice the radius of the bend).
    """
    area = np.pi * diameter_px**2 / 4
    radius = 0.5 * float(np.sqrt(area / (np.pi / 4 + aspect - 1.0)))
    axis_px = 2 * radius * (aspect - 1.0)
    bend = max(bend, 1e-4)
    arc = max(axis_px, 1e-6) / bend
    # The axis lies on a circle of radius `arc` around (row = arc, col = 0) and passes through (0, 0).
    half = bend / 2
    sweep = np.linspace(-half, half, 40)
    outer = np.stack([arc - (arc + radius) * np.cos(sweep), (arc + radius) * np.sin(sweep)], axis=1)
    inner = np.stack([arc - (arc - radius) * np.cos(sweep), (arc - radius) * np.sin(sweep)], axis=1)[::-1]
    cap = np.linspace(0.0, np.pi, 33)[1:-1]
    right = _cap(arc, radius, half, cap)
    left = _cap(arc, radius, -half, cap + np.pi)
    raw = np.concatenate([outer, right, inner, left])
    middle = measure_centroid(raw)
    cos, sin = float(np.cos(angle)), float(np.sin(angle))
    outline = _rotate(raw[:, 0] - middle[0], raw[:, 1] - middle[1], angle)
    outline *= np.sqrt(area / abs(measure_area(outline)))

    def relief(rows: Field, cols: Field) -> Relief:
        along = cols * cos + rows * sin + middle[1]
        across = rows * cos - cols * sin + middle[0]
        turn = np.clip(np.arctan2(along, arc - across), -half, half)
        d_row, d_col = across - (arc - arc * np.cos(turn)), along - arc * np.sin(turn)
        root = np.sqrt(np.maximum(radius**2 - d_row * d_row - d_col * d_col, 0.0))
        steep = -1.0 / np.maximum(root, 0.08 * radius)
        s_row, s_col = steep * d_row, steep * d_col
        return pack_relief(root, 2 * root, s_row * cos + s_col * sin, s_col * cos - s_row * sin)

    if kind == "rod":
        feret, turned = (axis_px + 2 * radius, 2 * radius), _screen_deg(angle)
    else:
        feret, turned = measure_feret(outline), measure_orientation_deg(outline)
    return ParticleShape(kind, outline, float(area), *feret, turned, relief)


def _cap(arc: float, radius: float, at: float, turns: NDArray[np.float64]) -> NDArray[np.float64]:
    """Half a circle around the end of the arc at angle `at`, from the outer to the inner side."""
    centre = np.array([arc - arc * np.cos(at), arc * np.sin(at)])
    way = np.stack([-np.cos(at + turns), np.sin(at + turns)], axis=1)
    return np.asarray(centre + radius * way)


def _rotate(rows: NDArray[np.float64], cols: NDArray[np.float64], angle: float) -> NDArray[np.float64]:
    cos, sin = np.cos(angle), np.sin(angle)
    return np.stack([rows * cos + cols * sin, cols * cos - rows * sin], axis=1)


def _screen_deg(angle: float) -> float:
    """Angle from columns towards rows, turned into degrees counter-clockwise on the screen, in (-90, 90]."""
    turned = -float(np.degrees(angle)) % 180.0
    return turned - 180.0 if turned > 90.0 else turned


def pack_relief(
    top: NDArray[Any], thickness: NDArray[Any], slope_row: NDArray[Any], slope_col: NDArray[Any]
) -> Relief:
    """Make a `Relief` of single precision.

    Parameters
    ----------
    top, thickness, slope_row, slope_col : ndarray
        Its fields.

    Returns
    -------
    Relief
        The same in float32.
    """
    return Relief(
        np.asarray(top, np.float32),
        np.asarray(thickness, np.float32),
        np.asarray(slope_row, np.float32),
        np.asarray(slope_col, np.float32),
    )
