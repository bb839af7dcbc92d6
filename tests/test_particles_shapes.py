"""Classes of particles."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest

from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.particles.particles import Particles
from nanocaliper.particles.shapes import CLASSES, FEATURES, LEAST_PROBABILITY, load_shape_model
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.synthesis.coverage import cover_polygon
from nanocaliper.synthesis.polar_shapes import make_rough, make_star
from nanocaliper.synthesis.polyhedra import make_polyhedron
from nanocaliper.synthesis.shapes import ParticleShape, make_rod, make_sphere

Rng = np.random.Generator


def measure_shapes(
    shapes: list[ParticleShape], rng: Rng, names: tuple[str, ...] | None = None, odds: object = None
) -> Particles:
    """Draw shapes apart from each other, with a blurred edge, and measure them."""
    side = int(max(2 * shape.reach_px for shape in shapes)) + 24
    cover = np.zeros((side, side * len(shapes)), np.float32)
    labels = np.zeros(cover.shape, np.int32)
    for index, shape in enumerate(shapes):
        middle = np.array([side / 2, side * (index + 0.5)]) + rng.uniform(-0.5, 0.5, 2)
        patch = cover_polygon(shape.outline + middle)
        rows, cols = patch.values.shape
        cover[patch.row : patch.row + rows, patch.col : patch.col + cols] = patch.values
    level = np.round(cv2.GaussianBlur(cover, (0, 0), 0.8) * 255).astype(np.uint8)
    for index in range(len(shapes)):
        window = np.s_[:, index * side : (index + 1) * side]
        labels[window] = (level[window] > 127) * (index + 1)
    scores = np.ones(len(shapes), np.float32)
    segmentation = Segmentation(
        labels,
        level,
        scores,
        "simulated",
        shapes=names,
        shape_probabilities=odds,  # type: ignore[arg-type]
    )
    return measure_particles(segmentation, Box(0, 0, *labels.shape), None)


def draw_class(name: str, rng: Rng) -> ParticleShape:
    diameter = float(rng.uniform(30, 70))
    if name == "sphere":
        return make_sphere(diameter)
    if name == "rod":
        return make_rod(diameter, float(rng.uniform(2, 4)), float(rng.uniform(0, 3)))
    if name == "irregular":
        return make_star(diameter, 5, 0.3, 0.2) if rng.random() < 0.5 else make_rough(diameter, 0.12, rng)
    kind = {"cube": "cube", "plate": "hexagonal_plate", "polygon": "triangular_plate"}[name]
    return make_polyhedron(kind, diameter, 3.0, 0.1, 0.03, rng)


@pytest.mark.parametrize("name", CLASSES)
def test_clear_cases_of_every_class_are_told(name: str) -> None:
    rng = np.random.default_rng(77)
    found = measure_shapes([draw_class(name, rng) for _ in range(30)], rng).table
    # Measured on 2,000 unseen silhouettes of each class and harder kinds: 80 to 97 % (docs/particles.md).
    assert (found["shape"] == name).mean() >= 0.85
    assert found["shape_probability"].between(0, 1).all()


def test_probabilities_add_up_and_stay_finite_far_outside_of_what_was_seen() -> None:
    model = load_shape_model()
    features = np.random.default_rng(0).normal(scale=1e3, size=(50, len(FEATURES)))
    odds = model.predict(features)
    np.testing.assert_allclose(odds.sum(axis=1), 1)
    assert np.isfinite(odds).all()


def test_a_class_is_given_only_from_a_probability_and_a_size_on() -> None:
    rng = np.random.default_rng(3)
    shapes = [make_sphere(d) for d in (8.0, 10.0, 11.5, 14.0, 40.0)]
    shapes += [make_polyhedron("polyhedron", 14.0, 1.0, 0.3, 0.1, rng) for _ in range(60)]
    found = measure_shapes(shapes, rng).table
    assert found["shape"][:3].tolist() == ["", "", ""]
    assert found["shape_probability"][:3].isna().all()
    assert found["shape"][4] == "sphere"
    known = found[found["diameter_equivalent_px"] >= 12]
    assert ((known["shape"] != "") == (known["shape_probability"] >= LEAST_PROBABILITY)).all()
    assert (known["shape"] == "").any()


def test_classes_of_a_network_win() -> None:
    rng = np.random.default_rng(1)
    shapes = [make_sphere(30.0), make_sphere(8.0), make_sphere(30.0)]
    given = ("cube", "sphere", "")
    found = measure_shapes(shapes, rng, given, np.array([0.9, 0.8, 0.3], np.float32)).table
    assert found["shape"].tolist() == list(given)
    np.testing.assert_allclose(found["shape_probability"], [0.9, 0.8, 0.3], rtol=1e-6)
    assert measure_shapes(shapes, rng, given).table["shape_probability"].isna().all()


@pytest.mark.parametrize(
    ("names", "odds"), [(("cube",), None), (("cube", "rod"), np.ones(1)), (("a", "b", "c"), None)]
)
def test_classes_must_fit_the_particles(names: tuple[str, ...], odds: npt.NDArray[np.float64] | None) -> None:
    with pytest.raises(ValueError, match="one for each"):
        measure_shapes([make_sphere(20.0)] * 2, np.random.default_rng(0), names, odds)


def test_groups_hold_every_whole_particle_once() -> None:
    rng = np.random.default_rng(2)
    shapes = [make_sphere(30.0), make_rod(30.0, 3.0, 0.4), make_sphere(8.0), make_sphere(25.0)]
    found = measure_shapes(shapes, rng)
    groups = found.by_shape()
    assert {name: rows["particle"].tolist() for name, rows in groups.items()} == {
        "": [3],
        "rod": [2],
        "sphere": [1, 4],
    }
    assert measure_shapes(shapes, rng, ("", "", "", "")).by_shape().keys() == {""}
