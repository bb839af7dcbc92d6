"""Simulated silhouettes of known class, for `fit_shape_classes.py` and for trials."""

from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.particles.inner_points import find_inner_points
from nanocaliper.particles.outline_measures import measure_outlines
from nanocaliper.particles.outlines import trace_parts
from nanocaliper.particles.packing import pack_outlines
from nanocaliper.particles.shapes import FEATURES, expand_features
from nanocaliper.synthesis.coverage import cover_polygon
from nanocaliper.synthesis.polar_shapes import make_dumbbell, make_rough, make_star
from nanocaliper.synthesis.polyhedra import make_polyhedron
from nanocaliper.synthesis.shapes import ParticleShape, make_bent_rod, make_ellipsoid, make_rod, make_sphere

#: What every class is made of. Which polyhedra look like which class is a convention: see docs/particles.md.
KINDS = {
    "cube": ("cube",),
    "irregular": ("rough", "rough", "star", "dumbbell"),
    "plate": ("hexagonal_plate",),
    "polygon": (
        "tetrahedron",
        "triangular_plate",
        "octahedron",
        "bipyramid",
        "polyhedron",
        "icosahedron",
        "truncated_octahedron",
    ),
    "rod": ("rod", "rod", "bent_rod", "prism", "ellipsoid"),
    "sphere": ("sphere", "spheroid"),
}
_TILE_MARGIN_PX = 9


def draw_shape(kind: str, diameter: float, rng: np.random.Generator) -> ParticleShape:
    """One particle of a kind, at a random angle."""
    angle = float(rng.uniform(0, 2 * np.pi))
    aspect = float(rng.uniform(1.6, 5.0))
    if kind == "sphere":
        return make_sphere(diameter)
    if kind == "spheroid":
        return make_ellipsoid(diameter, float(rng.uniform(1.0, 1.2)), angle)
    if kind == "ellipsoid":
        return make_ellipsoid(diameter, aspect, angle)
    if kind == "rod":
        return make_rod(diameter, aspect, angle)
    if kind == "bent_rod":
        return make_bent_rod(diameter, max(aspect, 2.5), angle, abs(float(rng.normal(0, 0.35))) % 1.2)
    if kind == "dumbbell":
        return make_dumbbell(diameter, float(rng.uniform(1.5, 2.4)), float(rng.uniform(0.6, 1.0)), angle)
    if kind == "star":
        return make_star(diameter, int(rng.integers(3, 9)), float(rng.uniform(0.12, 0.35)), angle)
    if kind == "rough":
        return make_rough(diameter, float(rng.uniform(0.05, 0.15)), rng)
    if kind == "bipyramid":
        aspect = float(rng.uniform(1.0, 1.5))
    # Sharp to well rounded, flat on the support to a little tilted.
    rounding = float(rng.uniform(0.0, 0.55 if kind == "cube" else 0.35))
    return make_polyhedron(kind, diameter, aspect, rounding, float(rng.uniform(0.0, 0.12)), rng)


def draw_silhouette(
    shape: ParticleShape, rng: np.random.Generator
) -> tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]:
    """Draw one particle with blur and a noisy edge: labels and level."""
    patch = cover_polygon(shape.outline + rng.uniform(-0.5, 0.5, 2), _TILE_MARGIN_PX).values
    sigma = float(rng.uniform(0.3, 1.2))
    level = cv2.GaussianBlur(patch, (0, 0), sigma)
    noise = cv2.GaussianBlur(
        rng.standard_normal(patch.shape).astype(np.float32), (0, 0), float(rng.uniform(0.8, 2.5))
    )
    # So strong that the edge, whose slope is 1/(σ√(2π)) a pixel, moves by up to 0.4 px (standard deviation).
    slope = 1 / (np.hypot(sigma, 0.3) * np.sqrt(2 * np.pi))
    level = level + noise / noise.std() * np.float32(slope * rng.uniform(0.0, 0.4))
    _, parts, facts, _ = cv2.connectedComponentsWithStats((level > 0.5).astype(np.uint8), connectivity=4)
    largest = parts == 1 + int(np.argmax(facts[1:, cv2.CC_STAT_AREA]))
    return largest.astype(np.int32), np.round(np.clip(level, 0, 1) * 255).astype(np.uint8)


def measure_silhouettes(
    pictures: list[tuple[npt.NDArray[np.int32], npt.NDArray[np.uint8]]], with_level: bool
) -> dict[str, npt.NDArray[Any]]:
    """Descriptors of silhouettes, in order, as `measure_outlines` gives them."""
    rows, cols = (max(labels.shape[axis] for labels, _ in pictures) for axis in (0, 1))
    labels = np.zeros((rows * len(pictures), cols), np.int32)
    level = np.zeros(labels.shape, np.uint8)
    for index, (one, its_level) in enumerate(pictures):
        tile = np.s_[index * rows : index * rows + one.shape[0], : one.shape[1]]
        labels[tile], level[tile] = one * (index + 1), its_level
    traced = trace_parts(labels, level if with_level else None)
    return measure_outlines(pack_outlines(traced.points), find_inner_points(labels, traced))


def simulate_class(
    name: str, count: int, diameters: tuple[float, float], rng: np.random.Generator
) -> tuple[npt.NDArray[np.float64], list[str], npt.NDArray[np.float64]]:
    """Features, kinds and true diameters of one class, diameters evenly on a logarithmic scale."""
    kinds = [KINDS[name][index % len(KINDS[name])] for index in range(count)]
    sizes = np.exp(rng.uniform(*np.log(diameters), count))
    features = np.zeros((count, len(FEATURES)))
    pictures = [
        draw_silhouette(draw_shape(kind, float(size), rng), rng)
        for kind, size in zip(kinds, sizes, strict=True)
    ]
    # Three in ten are known by their labels alone; those of similar size make one picture.
    alone = rng.random(count) < 0.3
    for with_level in (True, False):
        chosen = np.flatnonzero(alone != with_level)
        chosen = chosen[np.argsort(sizes[chosen])]
        for part in np.array_split(chosen, max(len(chosen) // 200, 1)):
            values = measure_silhouettes([pictures[index] for index in part], with_level)
            features[part] = expand_features(values)
    return features, kinds, sizes
