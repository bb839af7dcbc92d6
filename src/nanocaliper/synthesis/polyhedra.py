"""Convex faceted particles: cubes, octahedra, plates, rods with facets, irregular crystals.

A polyhedron is the set of points with n_i · x <= d_i. It may be rounded: made smaller by a radius, then
widened by a ball of that radius. The outline of the rounded body is the convex hull of the projected
corners widened by a disc, so its area A + P r + pi r² (Steiner's formula) and its Feret diameters F + 2 r
are exact.
"""

from functools import lru_cache
from itertools import combinations

import cv2
import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.polygons import (
    find_hull,
    measure_area,
    measure_centroid,
    measure_feret,
    measure_orientation_deg,
)
from nanocaliper.synthesis.shapes import Field, ParticleShape, Relief

__all__ = ["POLYHEDRON_KINDS", "make_polyhedron"]

Planes = tuple[tuple[float, float, float, float], ...]

POLYHEDRON_KINDS = (
    "bipyramid",
    "cube",
    "hexagonal_plate",
    "icosahedron",
    "octahedron",
    "pentagonal_plate",
    "polyhedron",
    "prism",
    "tetrahedron",
    "triangular_plate",
    "truncated_octahedron",
)


def make_polyhedron(
    kind: str,
    diameter_px: float,
    aspect: float,
    rounding: float,
    tilt: float,
    rng: np.random.Generator,
) -> ParticleShape:
    """Draw a faceted particle that lies on one of its natural sides, turned at random in the plane.

    Parameters
    ----------
    kind : str
        One of `POLYHEDRON_KINDS`.
    diameter_px : float
        Diameter of the disc with the area of the outline, px.
    aspect : float
        Length over width of prisms and bipyramids, width over thickness of plates, >= 1; not used by others.
    rounding : float
        Radius of edges and corners over the radius of the inscribed sphere, 0 sharp to 0.9.
    tilt : float
        Standard deviation of the tilt out of the natural position, radians.
    rng : numpy.random.Generator
        Source of the rotation, and of the facets of kind ``'polyhedron'``.

    Returns
    -------
    ParticleShape
        With exact area and Feret diameters.
    """
    planes = _draw_planes(rng) if kind == "polyhedron" else _list_planes(kind, round(aspect, 2))
    table = np.array(planes)
    radius = rounding * float(table[:, 3].min())
    corners = _find_corners(planes, round(radius, 3))
    radius = round(radius, 3)
    turn = _draw_rotation(kind, tilt, rng)
    normals, corners = table[:, :3] @ turn.T, corners @ turn.T
    flat = find_hull(corners[:, :2])
    outline, area, feret_max, feret_min = _widen(flat, radius)
    scale = diameter_px / float(2 * np.sqrt(area / np.pi))
    middle = measure_centroid(outline) * scale
    outline = outline * scale - middle
    # The widened arcs are polygons with a little less area than the arcs; keep the exact area.
    outline *= np.sqrt(area * scale**2 / abs(measure_area(outline)))
    distances, blur = table[:, 3] * scale, radius * scale

    def relief(rows: Field, cols: Field) -> Relief:
        return _cut_planes(
            normals, distances, blur, rows + np.float32(middle[0]), cols + np.float32(middle[1])
        )

    return ParticleShape(
        kind,
        outline,
        area * scale**2,
        feret_max * scale,
        feret_min * scale,
        measure_orientation_deg(outline),
        relief,
    )


def _cut_planes(
    normals: NDArray[np.float64], distances: NDArray[np.float64], blur: float, rows: Field, cols: Field
) -> Relief:
    """Upper surface, thickness and slopes of the (unrounded) polyhedron, smoothed over the rounding."""
    top, which = _reach(normals, distances, rows, cols)
    below, _ = _reach(normals * np.array([1, 1, -1]), distances, rows, cols)
    upper = normals[normals[:, 2] > 0.05]
    slope_row = (-upper[:, 0] / upper[:, 2]).astype(np.float32)[which]
    slope_col = (-upper[:, 1] / upper[:, 2]).astype(np.float32)[which]
    if blur > 1.0:
        sigma = 0.5 * blur
        slope_row = np.asarray(cv2.GaussianBlur(slope_row, (0, 0), sigma), dtype=np.float32)
        slope_col = np.asarray(cv2.GaussianBlur(slope_col, (0, 0), sigma), dtype=np.float32)
    return Relief(top, np.maximum(top + below, 0.0), slope_row, slope_col)


def _reach(
    normals: NDArray[np.float64], distances: NDArray[np.float64], rows: Field, cols: Field
) -> tuple[Field, NDArray[np.intp]]:
    """Height of the lowest of the planes that face upwards, and which one that is."""
    rows, cols = np.broadcast_arrays(rows, cols)
    best = np.full(rows.shape, np.inf, np.float32)
    which = np.zeros(rows.shape, np.intp)
    facing = normals[:, 2] > 0.05
    for i, (n, d) in enumerate(zip(normals[facing], distances[facing], strict=True)):
        height = np.float32(d / n[2]) - np.float32(n[0] / n[2]) * rows - np.float32(n[1] / n[2]) * cols
        lower = height < best
        best = np.where(lower, height, best)
        which[lower] = i
    return best, which


def _widen(flat: NDArray[np.float64], radius: float) -> tuple[NDArray[np.float64], float, float, float]:
    """Widen a convex polygon by a disc: outline, exact area, Feret maximum, Feret minimum."""
    area = abs(measure_area(flat))
    feret_max, feret_min = measure_feret(flat)
    if radius == 0:
        return flat, area, feret_max, feret_min
    edges = np.roll(flat, -1, axis=0) - flat
    round_about = float(np.sum(np.hypot(edges[:, 0], edges[:, 1])))
    turn = np.linspace(0.0, 2 * np.pi, 72, endpoint=False)
    disc = radius * np.stack([np.sin(turn), np.cos(turn)], axis=1)
    cloud = (flat[:, None, :] + disc[None, :, :]).reshape(-1, 2)
    outline = find_hull(cloud)
    return (
        outline,
        area + round_about * radius + np.pi * radius**2,
        feret_max + 2 * radius,
        feret_min + 2 * radius,
    )


@lru_cache(maxsize=512)
def _find_corners(planes: Planes, radius: float) -> NDArray[np.float64]:
    """Corners of the polyhedron after every plane has moved inwards by a radius."""
    table = np.array(planes)
    normals, distances = table[:, :3], table[:, 3] - radius
    triples = np.array(list(combinations(range(len(planes)), 3)))
    systems = normals[triples]
    solid = np.abs(np.linalg.det(systems)) > 1e-6
    points = np.linalg.solve(systems[solid], distances[triples[solid]][:, :, None])[:, :, 0]
    return np.asarray(points[np.all(points @ normals.T <= distances + 1e-7, axis=1)])


@lru_cache(maxsize=512)
def _list_planes(kind: str, aspect: float) -> Planes:
    golden = (1 + np.sqrt(5)) / 2
    signs = [(i, j, k) for i in (-1, 1) for j in (-1, 1) for k in (-1, 1)]
    rows: list[tuple[float, float, float, float]]
    cube: list[tuple[float, float, float, float]] = [
        (1, 0, 0, 1.0),
        (-1, 0, 0, 1.0),
        (0, 1, 0, 1.0),
        (0, -1, 0, 1.0),
        (0, 0, 1, 1.0),
        (0, 0, -1, 1.0),
    ]
    eight: list[tuple[float, float, float, float]] = [(i, j, k, 1.0) for i, j, k in signs]
    if kind == "cube":
        rows = cube
    elif kind == "octahedron":
        rows = eight
    elif kind == "truncated_octahedron":
        rows = eight + [(row[0], row[1], row[2], 1.25) for row in cube]
    elif kind == "tetrahedron":
        rows = [row for row in eight if row[0] * row[1] * row[2] > 0]
    elif kind == "icosahedron":
        turned = [
            p
            for i in (-1, 1)
            for j in (-1, 1)
            for p in ((0, i / golden, j * golden), (i / golden, j * golden, 0), (j * golden, 0, i / golden))
        ]
        rows = eight + [(x, y, z, 1.0) for x, y, z in turned]
    elif kind == "bipyramid":
        rows = [
            (np.cos(t), np.sin(t), sign / aspect, 1.0)
            for t in np.arange(5) * 2 * np.pi / 5
            for sign in (-1, 1)
        ]
    elif kind == "prism":
        rows = [(np.cos(t), np.sin(t), 0.0, 1.0) for t in np.arange(6) * np.pi / 3]
        rows += [(0, 0, 1, aspect), (0, 0, -1, aspect)]
    elif kind in ("hexagonal_plate", "pentagonal_plate"):
        sides = 6 if kind == "hexagonal_plate" else 5
        rows = [(np.cos(t), np.sin(t), 0.0, 1.0) for t in np.arange(sides) * 2 * np.pi / sides]
        rows += [(0, 0, 1, 1 / aspect), (0, 0, -1, 1 / aspect)]
    else:
        rows = [(np.cos(t), np.sin(t), 0.0, 1.0) for t in np.arange(3) * 2 * np.pi / 3]
        rows += [(-np.cos(t), -np.sin(t), 0.0, 1.7) for t in np.arange(3) * 2 * np.pi / 3]
        rows += [(0, 0, 1, 0.6 / aspect), (0, 0, -1, 0.6 / aspect)]
    planes = []
    for x, y, z, d in rows:
        length = float(np.sqrt(x * x + y * y + z * z))
        planes.append((x / length, y / length, z / length, float(d)))
    return tuple(planes)


def _draw_planes(rng: np.random.Generator) -> Planes:
    """Facets of an irregular crystal: well-spread directions with uneven distances."""
    count = int(rng.integers(9, 13))
    k = np.arange(count) + 0.5
    polar, turn = np.arccos(1 - 2 * k / count), np.pi * (1 + np.sqrt(5)) * k
    way = np.stack([np.cos(turn) * np.sin(polar), np.sin(turn) * np.sin(polar), np.cos(polar)], axis=1)
    way += rng.normal(0, 0.15, way.shape)
    way /= np.linalg.norm(way, axis=1, keepdims=True)
    distance = rng.uniform(0.8, 1.15, count)
    return tuple((float(a), float(b), float(c), float(d)) for (a, b, c), d in zip(way, distance, strict=True))


def _draw_rotation(kind: str, tilt: float, rng: np.random.Generator) -> NDArray[np.float64]:
    """Rotation that takes the model to how such a particle lies on a support."""
    if kind in ("icosahedron", "polyhedron", "truncated_octahedron"):
        quarter, _ = np.linalg.qr(rng.standard_normal((3, 3)))
        return np.asarray(quarter)
    if kind in ("octahedron", "tetrahedron"):
        up = np.array([1.0, 1.0, 1.0]) / np.sqrt(3.0)
        if kind == "octahedron" and rng.random() < 0.4:
            up = np.array([1.0, 1.0, 0.0]) / np.sqrt(2.0)
        side = np.array([1.0, -1.0, 0.0]) / np.sqrt(2.0)
        rest = np.stack([side, np.cross(up, side), up])
    elif kind in ("bipyramid", "prism"):
        roll = rng.uniform(0, np.pi) if kind == "bipyramid" else 0.0
        rest = np.array([[0.0, 0.0, 1.0], [0.0, 1.0, 0.0], [-1.0, 0.0, 0.0]]) @ _turn(2, roll)
    else:
        rest = np.eye(3)
    lean = _turn(0, rng.normal(0, tilt)) @ _turn(1, rng.normal(0, tilt))
    return np.asarray(_turn(2, rng.uniform(0, 2 * np.pi)) @ lean @ rest)


def _turn(axis: int, angle: float) -> NDArray[np.float64]:
    cos, sin = np.cos(angle), np.sin(angle)
    i, j = (axis + 1) % 3, (axis + 2) % 3
    matrix = np.eye(3)
    matrix[i, i], matrix[i, j], matrix[j, i], matrix[j, j] = cos, -sin, sin, cos
    return matrix
