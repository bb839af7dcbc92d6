"""Shapes whose radius is a sum of cosines of the angle: stars, dumbbells, irregular particles."""

import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.polygons import (
    measure_area,
    measure_centroid,
    measure_feret,
    measure_orientation_deg,
)
from nanocaliper.synthesis.shapes import Field, ParticleShape, Relief, pack_relief

__all__ = ["make_dumbbell", "make_rough", "make_star"]


def make_star(diameter_px: float, arms: int, depth: float, angle: float, kind: str = "star") -> ParticleShape:
    """Star with rounded arms: r(t) = r0 (1 + depth cos(arms t)).

    Parameters
    ----------
    diameter_px : float
        Diameter of the disc of equal area, px.
    arms : int
        Number of arms.
    depth : float
        Depth of the arms, 0 to 0.6.
    angle : float
        Rotation, radians.
    kind : str
        Name to give it.

    Returns
    -------
    ParticleShape
        With area pi r0² (1 + depth² / 2).
    """
    return _make_polar(kind, diameter_px, np.array([arms]), np.array([depth]), np.array([arms * angle]))


def make_dumbbell(diameter_px: float, aspect: float, waist: float, angle: float) -> ParticleShape:
    """Rod with thick ends: r(t) = r0 (1 + a cos 2t + b cos 4t).

    Parameters
    ----------
    diameter_px : float
        Diameter of the disc of equal area, px.
    aspect : float
        About the length over the width, 1.2 to 2.4.
    waist : float
        0 none to 1 deep.
    angle : float
        Direction of the long axis, radians.

    Returns
    -------
    ParticleShape
        With area pi r0² (1 + a² / 2 + b² / 2).
    """
    a = (aspect - 1.0) / (aspect + 1.0)
    orders, amplitudes = np.array([2, 4]), np.array([a, 0.12 * waist])
    return _make_polar("dumbbell", diameter_px, orders, amplitudes, orders * angle)


def make_rough(diameter_px: float, roughness: float, rng: np.random.Generator) -> ParticleShape:
    """Irregular particle: a disc whose radius varies as a random sum of cosines.

    Parameters
    ----------
    diameter_px : float
        Diameter of the disc of equal area, px.
    roughness : float
        Standard deviation of the radius over its mean, 0 to about 0.2.
    rng : numpy.random.Generator
        Source of the amplitudes and phases.

    Returns
    -------
    ParticleShape
        With area pi r0² (1 + sum of squared amplitudes / 2).
    """
    orders = np.arange(2, 16)
    weights = rng.standard_normal(len(orders)) / orders ** rng.uniform(0.5, 1.6)
    amplitudes = roughness * np.sqrt(2.0) * weights / np.sqrt(np.sum(weights**2))
    return _make_polar("rough", diameter_px, orders, amplitudes, rng.uniform(0, 2 * np.pi, len(orders)))


def _make_polar(
    kind: str,
    diameter_px: float,
    orders: NDArray[np.int_],
    amplitudes: NDArray[np.float64],
    phases: NDArray[np.float64],
) -> ParticleShape:
    """Shape with the outline r(t) = r0 (1 + sum a_k cos(k t - p_k)), t from the columns towards the rows."""
    area = np.pi * diameter_px**2 / 4
    r0 = 0.5 * diameter_px / float(np.sqrt(1.0 + 0.5 * np.sum(amplitudes**2)))
    turn = np.linspace(0.0, 2 * np.pi, 240, endpoint=False)
    radius = r0 * (1.0 + np.cos(np.outer(turn, orders) - phases) @ amplitudes)
    raw = np.stack([radius * np.sin(turn), radius * np.cos(turn)], axis=1)
    raw *= np.sqrt(area / abs(measure_area(raw)))
    middle = measure_centroid(raw)
    outline = raw - middle
    table = np.append(radius, radius[0]).astype(np.float32)
    half_height = 0.5 * float(np.mean(radius))

    def relief(rows: Field, cols: Field) -> Relief:
        r, c = rows + middle[0], cols + middle[1]
        place = (np.arctan2(r, c) / (2 * np.pi) % 1.0) * 240
        index = np.minimum(place.astype(np.intp), 239)
        edge = table[index] + (place - index) * (table[index + 1] - table[index])
        part = np.hypot(r, c) / edge
        root = np.sqrt(np.maximum(1.0 - part * part, 0.0))
        top = 1.6 * half_height * root
        steep = -1.6 * half_height / (np.maximum(root, 0.08) * edge * edge)
        return pack_relief(top, 2 * top, steep * r, steep * c)

    return ParticleShape(
        kind, outline, float(area), *measure_feret(outline), measure_orientation_deg(outline), relief
    )
