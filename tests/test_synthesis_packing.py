"""Places of particles: contacts, free room, visible parts."""

from dataclasses import replace

import numpy as np
import pytest

from nanocaliper.synthesis.contact import find_contact_shift, grow_cluster
from nanocaliper.synthesis.coverage import cover_polygon, crop_to_frame
from nanocaliper.synthesis.packing import draw_shapes, place_particles
from nanocaliper.synthesis.scene import ARRANGEMENTS, PARTICLE_KINDS, SceneOptions
from nanocaliper.synthesis.shapes import make_sphere
from nanocaliper.synthesis.simulate import simulate


def measure_gap(a: np.ndarray, b: np.ndarray) -> float:
    """Least distance of the corners of one polygon to the edges of the other, both ways, px."""
    least = np.inf
    for points, outline in ((a, b), (b, a)):
        step = np.roll(outline, -1, axis=0) - outline
        along = ((points[:, None] - outline) * step).sum(axis=2) / np.maximum((step**2).sum(axis=1), 1e-12)
        near = outline + np.clip(along, 0, 1)[..., None] * step
        least = min(least, float(np.sqrt(((points[:, None] - near) ** 2).sum(axis=2)).min()))
    return least


def test_squares_meet_face_to_face() -> None:
    square = np.array([(-1.0, -1.0), (-1.0, 1.0), (1.0, 1.0), (1.0, -1.0)])
    assert find_contact_shift(square, square - np.array([0.0, 10.0]), np.array([0.0, 1.0])) == pytest.approx(
        8.0
    )
    assert find_contact_shift(square, square + np.array([2.1, -10.0]), np.array([0.0, 1.0])) == np.inf


def test_spheres_in_a_cluster_touch_and_do_not_overlap() -> None:
    rng = np.random.default_rng(3)
    shapes = [make_sphere(float(d)) for d in rng.uniform(10, 40, 30)]
    places = grow_cluster(shapes, 0.0, 0.5, rng)
    radius = np.array([s.feret_max_px / 2 for s in shapes])
    gaps = np.hypot(*(places[:, None] - places[None]).T) - radius[:, None] - radius[None]
    np.fill_diagonal(gaps, np.inf)
    assert gaps.min() > -1e-6
    assert gaps.min(axis=1) == pytest.approx(np.zeros(30), abs=1e-6)


@pytest.mark.parametrize("kind", PARTICLE_KINDS)
def test_every_kind_touches_in_a_cluster(kind: str) -> None:
    scene = SceneOptions(particle_kinds=((kind, 1.0),), count=8, diameter_px=60.0)
    rng = np.random.default_rng(5)
    shapes = draw_shapes(scene, rng)
    places = grow_cluster(shapes, 0.0, 0.5, rng)
    outlines = [s.outline + p for s, p in zip(shapes, places, strict=True)]
    for i in range(1, len(outlines)):
        assert min(measure_gap(outlines[i], outlines[j]) for j in range(i)) < 0.25
    # No two share area: sampled ten times finer, less than 0.3 % of a particle.
    total = np.zeros((9000, 9000), np.uint8)
    shared = 0
    for outline in outlines:
        patch = cover_polygon(outline * 10 + 4500)
        crop = crop_to_frame(patch, total.shape)
        assert crop is not None
        mask = patch.values[crop[1]] >= 0.5
        shared += int(np.count_nonzero(total[crop[0]][mask]))
        total[crop[0]][mask] = 1
    assert shared / 100 < 0.003 * 8 * np.pi * 30**2


def test_interpenetration_overlaps_by_the_share_asked() -> None:
    rng = np.random.default_rng(1)
    places = grow_cluster([make_sphere(20.0), make_sphere(20.0)], 0.1, 0.0, rng)
    way = places[1] - places[0]
    assert np.hypot(*way) < 20.0
    # Along a line through both centres it would be exactly 18 px.
    assert np.hypot(*way) >= 18.0 - 1e-9


def test_touching_scene_shows_labels_side_by_side() -> None:
    scene = SceneOptions(arrangement="touching", group=3, count=30, diameter_px=40.0, gap_px=4.0)
    labels = simulate(scene, np.random.default_rng(2)).labels
    pairs = set()
    for step in ((0, 1), (1, 0)):
        a, b = labels[: -step[0] or None, : -step[1] or None], labels[step[0] :, step[1] :]
        meet = (a != b) & (a > 0) & (b > 0)
        pairs |= {tuple(sorted(p)) for p in zip(a[meet].tolist(), b[meet].tolist(), strict=True)}
    assert len(pairs) >= 10


def test_dispersed_particles_keep_their_distance() -> None:
    scene = SceneOptions(arrangement="dispersed", count=60, diameter_px=30.0, gap_px=4.0)
    rng = np.random.default_rng(4)
    placed = place_particles(scene, draw_shapes(scene, rng), scene.shape, rng)
    centres = np.array([(p.row, p.col) for p in placed])
    radius = np.array([p.shape.feret_max_px / 2 for p in placed])
    gaps = np.hypot(*(centres[:, None] - centres[None]).T) - radius[:, None] - radius[None]
    np.fill_diagonal(gaps, np.inf)
    assert gaps.min() >= 4.0


def test_overlapping_particles_stay_visible() -> None:
    scene = SceneOptions(arrangement="overlapping", count=120, diameter_px=50.0, visible_fraction_min=0.6)
    truth = simulate(scene, np.random.default_rng(6)).particles
    share = truth["visible_fraction"] / truth["in_frame_fraction"]
    assert share.min() >= 0.6
    assert (share < 0.99).sum() > 10


def test_hexagonal_layer_is_closest_packed() -> None:
    scene = SceneOptions(arrangement="hexagonal", count=100, diameter_px=40.0, gsd=1.0, gap_px=2.0)
    rng = np.random.default_rng(7)
    placed = place_particles(scene, draw_shapes(scene, rng), scene.shape, rng)
    centres = np.array([(p.row, p.col) for p in placed])
    distance = np.hypot(*(centres[:, None] - centres[None]).T)
    np.fill_diagonal(distance, np.inf)
    assert distance.min() == pytest.approx(42.0, rel=2e-3)
    neighbours = (distance < 43).sum(axis=1)
    assert neighbours.max() == 6
    assert np.median(neighbours) >= 4


@pytest.mark.parametrize("arrangement", ARRANGEMENTS)
def test_sizes_are_lognormal_as_asked(arrangement: str) -> None:
    scene = SceneOptions(count=4000, diameter_px=30.0, gsd=1.3, arrangement=arrangement)
    logs = np.log([s.diameter_equivalent_px for s in draw_shapes(scene, np.random.default_rng(8))])
    assert np.exp(logs.mean()) == pytest.approx(30.0, rel=0.02)
    assert np.exp(logs.std()) == pytest.approx(1.3, rel=0.02)


def test_missing_room_is_told() -> None:
    scene = replace(SceneOptions(), count=500, diameter_px=80.0)
    simulated = simulate(scene, np.random.default_rng(9))
    assert simulated.settings["particles_asked"] == 500
    assert simulated.settings["particles_placed"] == len(simulated.particles) < 500
