"""Where particles lie: dispersed, touching, agglomerated, dense, in layers, overlapping."""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from nanocaliper.synthesis.contact import grow_cluster
from nanocaliper.synthesis.coverage import cover_polygon, crop_to_frame
from nanocaliper.synthesis.polar_shapes import make_dumbbell, make_rough, make_star
from nanocaliper.synthesis.polyhedra import POLYHEDRON_KINDS, make_polyhedron
from nanocaliper.synthesis.scene import SceneOptions
from nanocaliper.synthesis.shapes import (
    ParticleShape,
    make_bent_rod,
    make_ellipsoid,
    make_rod,
    make_sphere,
)

__all__ = ["PlacedParticle", "draw_shapes", "place_particles"]

_TRIALS = 100


class PlacedParticle(NamedTuple):
    """A particle and the place of its centroid.

    Parameters
    ----------
    shape : ParticleShape
        The particle.
    row, col : float
        Centroid of its area, px; pixel (r, c) covers r - 0.5 to r + 0.5.
    """

    shape: ParticleShape
    row: float
    col: float


def draw_shapes(scene: SceneOptions, rng: np.random.Generator) -> list[ParticleShape]:
    """Draw the particles of a scene: kinds by weight, lognormal diameter_equivalent, random rotation.

    Parameters
    ----------
    scene : SceneOptions
        What to draw.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    list of ParticleShape
        `scene.count` particles.
    """
    names = [name for name, _ in scene.particle_kinds]
    weights = np.array([weight for _, weight in scene.particle_kinds])
    chosen = rng.choice(len(names), scene.count, p=weights / weights.sum())
    diameters = scene.diameter_px * np.exp(rng.normal(0.0, np.log(scene.gsd), scene.count))
    arms, depth = int(rng.integers(3, 9)), float(rng.uniform(0.12, 0.35))
    return [
        _draw_shape(names[k], float(d), scene, arms, depth, rng)
        for k, d in zip(chosen, diameters, strict=True)
    ]


def _draw_shape(
    kind: str, diameter: float, scene: SceneOptions, arms: int, depth: float, rng: np.random.Generator
) -> ParticleShape:
    style = scene.shapes
    aspect = max(1.0, style.aspect * (1.0 + style.aspect_sd * float(rng.standard_normal())))
    angle = float(rng.uniform(0, 2 * np.pi))
    if kind == "sphere":
        return make_sphere(diameter)
    if kind == "ellipsoid":
        return make_ellipsoid(diameter, aspect, angle)
    if kind == "rod":
        return make_rod(diameter, aspect, angle)
    if kind == "bent_rod":
        return make_bent_rod(diameter, aspect, angle, abs(float(rng.normal(0, 0.35))) % 1.2)
    if kind == "dumbbell":
        return make_dumbbell(
            diameter, min(1.3 + 0.3 * (aspect - 1), 2.4), float(rng.uniform(0.5, 1.0)), angle
        )
    if kind == "star":
        return make_star(diameter, arms, depth * float(rng.uniform(0.8, 1.2)), angle)
    if kind == "rough":
        return make_rough(diameter, style.roughness, rng)
    if kind in POLYHEDRON_KINDS:
        return make_polyhedron(kind, diameter, aspect, style.rounding, style.tilt, rng)
    raise AssertionError(kind)


def place_particles(
    scene: SceneOptions, shapes: list[ParticleShape], frame: tuple[int, int], rng: np.random.Generator
) -> list[PlacedParticle]:
    """Find places for particles; those for which there is no room are left out.

    Parameters
    ----------
    scene : SceneOptions
        Arrangement, gaps and overlap.
    shapes : list of ParticleShape
        The particles.
    frame : (int, int)
        Rows and columns that the particles may lie on; some reach over the border.
    rng : numpy.random.Generator
        Source of chance.

    Returns
    -------
    list of PlacedParticle
        From the lowest to the topmost.
    """
    if scene.arrangement == "hexagonal":
        return _place_hexagonal(scene, shapes, frame, rng)
    if scene.arrangement == "dense":
        return _place_dense(scene, shapes, frame, rng)
    canvas = _Canvas(frame, scene.gap_px, len(shapes), rng)
    if scene.arrangement == "overlapping":
        for shape in shapes:
            canvas.add_overlapping(shape, scene.visible_fraction_min, rng)
        return canvas.placed
    if scene.arrangement == "dispersed":
        # Large ones first: they are the hardest to find room for.
        for shape in sorted(shapes, key=lambda s: -s.area_px):
            canvas.add_group([PlacedParticle(shape, 0.0, 0.0)], rng)
        return canvas.placed
    left = list(shapes)
    compactness = float(rng.uniform(0.0, 1.0))
    while left:
        size = max(1, int(rng.poisson(scene.group - 1)) + 1)
        members, left = left[:size], left[size:]
        offsets = grow_cluster(members, scene.interpenetration, compactness, rng)
        group = [PlacedParticle(s, float(r), float(c)) for s, (r, c) in zip(members, offsets, strict=True)]
        canvas.add_group(group, rng)
    return canvas.placed


class _Canvas:
    """Pixels taken so far, for tests of room."""

    def __init__(
        self, frame: tuple[int, int], gap_px: float, capacity: int, rng: np.random.Generator
    ) -> None:
        self.frame = frame
        self.gap_px = gap_px
        self.owner = np.zeros(frame, np.int32)
        self.area = np.zeros(capacity + 1)
        self.visible = np.zeros(capacity + 1)
        self.placed: list[PlacedParticle] = []
        # Pictures are mostly taken so that particles lie inside, surely those of a few; others show a random
        # part of a wide field.
        self.inside = bool(rng.random() < 0.6) or capacity <= 4

    def _draw_centre(self, reach: float, rng: np.random.Generator) -> NDArray[np.int_]:
        """Pixel for the middle of something that reaches so far."""
        size = np.array(self.frame)
        inset = np.minimum(reach + 2.0, 0.45 * size) if self.inside else np.zeros(2)
        return np.asarray(rng.uniform(inset, size - inset).astype(int))

    def add_group(self, group: list[PlacedParticle], rng: np.random.Generator) -> bool:
        """Place a group as a whole where it is free of all others, or leave it out."""
        fraction = rng.uniform(-0.5, 0.5, 2)
        patches = []
        for member in group:
            outline = member.shape.outline
            wide = outline * (1.0 + self.gap_px / max(member.shape.reach_px, 1.0))
            patches.append(cover_polygon(wide + fraction + np.array([member.row, member.col])))
        reach = max(float(np.hypot(m.row, m.col)) + m.shape.reach_px for m in group)
        for _ in range(_TRIALS):
            centre = self._draw_centre(reach, rng)
            moved = [p._replace(row=p.row + centre[0], col=p.col + centre[1]) for p in patches]
            crops = [crop_to_frame(p, self.frame) for p in moved]
            if all(c is None for c in crops):
                continue
            if any(
                c is not None and np.any(self.owner[c[0]][p.values[c[1]] > 0])
                for c, p in zip(crops, moved, strict=True)
            ):
                continue
            for crop, patch, member in zip(crops, moved, group, strict=True):
                if crop is None:
                    continue
                self.owner[crop[0]][patch.values[crop[1]] > 0] = len(self.placed) + 1
                where = centre + fraction
                self.placed.append(
                    PlacedParticle(member.shape, member.row + float(where[0]), member.col + float(where[1]))
                )
            return True
        return False

    def add_overlapping(self, shape: ParticleShape, visible_min: float, rng: np.random.Generator) -> bool:
        """Place one particle on top of the others where it leaves enough of each of them visible."""
        fraction = rng.uniform(-0.5, 0.5, 2)
        patch = cover_polygon(shape.outline + fraction)
        for _ in range(_TRIALS):
            centre = self._draw_centre(shape.reach_px, rng)
            moved = patch._replace(row=patch.row + centre[0], col=patch.col + centre[1])
            crop = crop_to_frame(moved, self.frame)
            if crop is None:
                continue
            mask = moved.values[crop[1]] >= 0.5
            if not mask.any():
                continue
            hidden = np.bincount(self.owner[crop[0]][mask], minlength=len(self.area))
            hidden[0] = 0
            if np.any(self.visible - hidden < visible_min * self.area - 1e-9):
                continue
            number = len(self.placed) + 1
            self.visible -= hidden
            self.area[number] = self.visible[number] = mask.sum()
            self.owner[crop[0]][mask] = number
            row, col = centre + fraction
            self.placed.append(PlacedParticle(shape, float(row), float(col)))
            return True
        return False


def _place_hexagonal(
    scene: SceneOptions, shapes: list[ParticleShape], frame: tuple[int, int], rng: np.random.Generator
) -> list[PlacedParticle]:
    """Closest-packed layer, as wide as the largest particle, with vacancies and sometimes an open side."""
    widest = max(2 * s.reach_px for s in shapes)
    step = widest + scene.gap_px
    turn = rng.uniform(0, np.pi / 3)
    half = int(np.hypot(*frame) / step) + 2
    i, j = (x.ravel() for x in np.mgrid[-half : half + 1, -half : half + 1])
    lattice = np.stack([j * np.sqrt(3) / 2, i + 0.5 * j], axis=1) * step
    cos, sin = np.cos(turn), np.sin(turn)
    points = lattice @ np.array([[cos, -sin], [sin, cos]]) + rng.uniform((0, 0), frame)
    reach = 0.5 * widest
    inside = np.all((points > -reach * 0.9) & (points < np.array(frame) + reach * 0.9), axis=1)
    points = points[inside]
    points = points[rng.random(len(points)) > rng.choice([0.0, 0.03, 0.12])]
    if rng.random() < 0.4:
        way = rng.standard_normal(2)
        side = (points - np.array(frame) / 2) @ (way / np.hypot(*way))
        points = points[side < rng.uniform(-0.1, 0.4) * min(frame)]
    # A layer of many more sites than particles is filled from its middle, so that it stays closed.
    centre = rng.uniform((0, 0), frame)
    order = np.argsort(np.hypot(*(points - centre).T), kind="stable")[: len(shapes)]
    return [PlacedParticle(s, float(r), float(c)) for s, (r, c) in zip(shapes, points[order], strict=False)]


def _place_dense(
    scene: SceneOptions, shapes: list[ParticleShape], frame: tuple[int, int], rng: np.random.Generator
) -> list[PlacedParticle]:
    """Random places, pushed apart until circles no longer overlap; what overlaps even then is left out."""
    reach = np.array([s.reach_px for s in shapes])
    # Elongated particles come closer than their circles would let them.
    radius = np.array([0.25 * (s.feret_max_px + s.feret_min_px) for s in shapes]) + 0.5 * scene.gap_px
    size = np.array(frame, dtype=np.float64)
    points = rng.uniform(-0.3 * reach[:, None], size + 0.3 * reach[:, None])
    for _ in range(60):
        delta = points[:, None, :] - points[None, :, :]
        distance = np.hypot(delta[..., 0], delta[..., 1])
        np.fill_diagonal(distance, np.inf)
        depth = np.maximum(radius[:, None] + radius[None, :] - distance, 0.0)
        if not depth.any():
            break
        points += 0.45 * np.sum(delta * (depth / np.maximum(distance, 1e-6))[..., None], axis=1)
        points = np.clip(points, -0.5 * radius[:, None], size + 0.5 * radius[:, None])
    owner = np.zeros(frame, np.uint8)
    placed = []
    for shape, (row, col) in zip(shapes, points, strict=True):
        patch = cover_polygon(shape.outline + np.array([row, col]))
        crop = crop_to_frame(patch, frame)
        if crop is None:
            continue
        mask = patch.values[crop[1]] >= 0.5
        if not mask.any() or np.count_nonzero(owner[crop[0]][mask]) > 0.12 * mask.sum():
            continue
        owner[crop[0]][mask] = 1
        placed.append(PlacedParticle(shape, float(row), float(col)))
    return placed
