"""Exact measures of the shapes against analytic geometry."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.synthesis.polar_shapes import make_dumbbell, make_rough, make_star
from nanocaliper.synthesis.polygons import (
    measure_area,
    measure_centroid,
    measure_feret,
    measure_orientation_deg,
)
from nanocaliper.synthesis.polyhedra import POLYHEDRON_KINDS, make_polyhedron
from nanocaliper.synthesis.shapes import (
    ParticleShape,
    make_bent_rod,
    make_ellipsoid,
    make_rod,
    make_sphere,
)

angles = st.floats(0.0, 2 * np.pi)
diameters = st.floats(4.0, 400.0)


def turn_difference(a: float, b: float) -> float:
    """Difference of two directions of axes, degrees."""
    return abs((a - b + 90.0) % 180.0 - 90.0)


def test_square_has_its_analytic_measures() -> None:
    square = np.array([(0.0, 0.0), (0.0, 10.0), (10.0, 10.0), (10.0, 0.0)])
    assert abs(measure_area(square)) == pytest.approx(100.0)
    assert measure_centroid(square) == pytest.approx([5.0, 5.0])
    # Diagonal and side.
    assert measure_feret(square) == pytest.approx((np.sqrt(200.0), 10.0))


def test_equilateral_triangle_has_its_analytic_feret_diameters() -> None:
    triangle = np.array([(0.0, 0.0), (0.0, 1.0), (np.sqrt(3) / 2, 0.5)])
    # The largest is a side, the smallest a height.
    assert measure_feret(triangle) == pytest.approx((1.0, np.sqrt(3) / 2))


@pytest.mark.parametrize(("degrees", "sense"), [(0, 1), (30, 1), (75, -1), (90, 1), (120, -1), (179, 1)])
def test_orientation_counts_counter_clockwise_from_the_columns(degrees: float, sense: int) -> None:
    angle = np.radians(degrees)
    # Up on the screen is towards smaller rows.
    along, across = np.array([-np.sin(angle), np.cos(angle)]), np.array([np.cos(angle), np.sin(angle)])
    corners = np.array([3 * along + across, 3 * along - across, -3 * along - across, -3 * along + across])
    assert turn_difference(measure_orientation_deg(corners[::sense]), degrees) < 1e-9


def test_sphere() -> None:
    shape = make_sphere(20.0)
    assert shape.area_px == pytest.approx(np.pi * 100)
    assert abs(measure_area(shape.outline)) == pytest.approx(np.pi * 100, rel=1e-9)
    assert (shape.feret_max_px, shape.feret_min_px) == pytest.approx((20.0, 20.0))
    assert shape.diameter_equivalent_px == pytest.approx(20.0)
    relief = shape.relief(np.zeros((1, 1), np.float32), np.array([[0.0, 6.0]], np.float32))
    # Chord of a sphere of radius 10 at distance 6 from the axis: 2 * 8.
    assert relief.thickness.ravel() == pytest.approx([20.0, 16.0], rel=1e-5)
    assert relief.slope_col.ravel() == pytest.approx([0.0, -6.0 / 8.0], rel=1e-5)


def test_ellipsoid_of_axes_40_and_10() -> None:
    shape = make_ellipsoid(20.0, 4.0, 0.0)
    assert (shape.area_px, shape.feret_max_px, shape.feret_min_px) == pytest.approx((np.pi * 100, 40.0, 10.0))
    assert np.ptp(shape.outline, axis=0) == pytest.approx([10.0, 40.0], rel=1e-3)


def test_rod_of_length_40_and_width_10() -> None:
    area = 30 * 10 + np.pi * 25
    shape = make_rod(2 * np.sqrt(area / np.pi), 4.0, np.pi / 2)
    assert (shape.area_px, shape.feret_max_px, shape.feret_min_px) == pytest.approx((area, 40.0, 10.0))
    # Turned by a right angle it stands along the rows.
    assert np.ptp(shape.outline, axis=0) == pytest.approx([40.0, 10.0], rel=2e-3)


def test_bent_rod_keeps_the_area_of_the_straight_one_and_is_shorter() -> None:
    straight, bent = make_rod(30.0, 4.0, 0.2), make_bent_rod(30.0, 4.0, 0.2, 1.0)
    assert bent.area_px == pytest.approx(straight.area_px)
    assert bent.feret_max_px < straight.feret_max_px
    # Bent by 1 rad, the ends of the axis are a chord apart: 2 R sin(1/2), R = length of the axis.
    axis = straight.feret_max_px - straight.feret_min_px
    chord = 2 * axis * np.sin(0.5) + straight.feret_min_px
    assert bent.feret_max_px == pytest.approx(chord, rel=2e-3)


@pytest.mark.parametrize("rounding", [0.0, 0.3])
def test_cube_lying_flat_is_a_square_with_rounded_corners(rounding: float) -> None:
    shape = make_polyhedron("cube", 50.0, 1.0, rounding, 0.0, np.random.default_rng(1))
    side = 50.0 * np.sqrt(np.pi / 4 / (1 - (4 - np.pi) * rounding**2 / 4))
    radius = rounding * side / 2
    assert shape.feret_min_px == pytest.approx(side, rel=1e-6)
    assert shape.feret_max_px == pytest.approx((side - 2 * radius) * np.sqrt(2) + 2 * radius, rel=1e-6)
    centre = shape.relief(np.zeros((1, 1), np.float32), np.zeros((1, 1), np.float32))
    assert centre.thickness.item() == pytest.approx(side, rel=1e-5)


def test_octahedron_on_a_face_is_a_regular_hexagon() -> None:
    rng = np.random.default_rng(0)
    found = [make_polyhedron("octahedron", 50.0, 1.0, 0.0, 0.0, rng) for _ in range(12)]
    ratio = [s.feret_max_px / s.feret_min_px for s in found]
    # Along (111) a hexagon, 2 / sqrt(3). Along (110) a rhombus with diagonals 1 and sqrt(2): its least width
    # is their product over twice the side, sqrt(2 / 3), which makes sqrt(3).
    hexagon, rhombus = 2 / np.sqrt(3), np.sqrt(3)
    assert all(r == pytest.approx(hexagon, rel=1e-6) or r == pytest.approx(rhombus, rel=1e-6) for r in ratio)
    assert any(r == pytest.approx(hexagon, rel=1e-6) for r in ratio)


@given(diameters, st.integers(3, 8), st.floats(0.05, 0.4), angles)
@settings(max_examples=40, deadline=None)
def test_star_has_the_area_of_its_formula(diameter: float, arms: int, depth: float, angle: float) -> None:
    shape = make_star(diameter, arms, depth, angle)
    radius = np.sqrt(np.sum(shape.outline**2, axis=1))
    mean = diameter / 2 / np.sqrt(1 + depth**2 / 2)
    assert abs(measure_area(shape.outline)) == pytest.approx(np.pi * diameter**2 / 4, rel=1e-9)
    assert radius.max() == pytest.approx(mean * (1 + depth), rel=5e-3)
    assert radius.min() == pytest.approx(mean * (1 - depth), rel=5e-3)


def check(shape: ParticleShape, diameter: float, convex: bool) -> None:
    assert abs(measure_area(shape.outline)) == pytest.approx(shape.area_px, rel=1e-8)
    assert shape.diameter_equivalent_px == pytest.approx(diameter, rel=1e-9)
    assert np.abs(measure_centroid(shape.outline)).max() < 2e-3 * diameter
    assert measure_feret(shape.outline) == pytest.approx((shape.feret_max_px, shape.feret_min_px), rel=1e-3)
    assert -90.0 < shape.orientation_deg <= 90.0
    # Isodiametric inequality: of all outlines with that diameter, the disc has the largest area.
    assert shape.diameter_equivalent_px <= shape.feret_max_px * (1 + 1e-9)
    assert shape.feret_min_px <= shape.feret_max_px
    if convex:
        # Pal's inequality: for a given least width w the equilateral triangle has least area, w² / sqrt(3).
        assert shape.area_px >= shape.feret_min_px**2 / np.sqrt(3) * (1 - 1e-6)


@given(diameters, st.floats(1.0, 8.0), angles)
@settings(max_examples=40, deadline=None)
def test_ellipsoids_and_rods_at_any_angle(diameter: float, aspect: float, angle: float) -> None:
    for make in (make_ellipsoid, make_rod):
        shape, flat = make(diameter, aspect, angle), make(diameter, aspect, 0.0)
        check(shape, diameter, convex=True)
        assert shape.feret_min_px <= diameter * (1 + 1e-9)
        assert (shape.area_px, shape.feret_max_px) == pytest.approx(
            (flat.area_px, flat.feret_max_px), rel=1e-9
        )
        if aspect > 1.2:
            assert turn_difference(shape.orientation_deg, -np.degrees(angle)) < 1e-6
            assert turn_difference(shape.orientation_deg, measure_orientation_deg(shape.outline)) < 0.01


@given(diameters, st.floats(1.3, 2.3), st.floats(0, 1), st.floats(0, 1.1), angles)
@settings(max_examples=40, deadline=None)
def test_dumbbells_and_bent_rods(
    diameter: float, aspect: float, waist: float, bend: float, angle: float
) -> None:
    check(make_dumbbell(diameter, aspect, waist, angle), diameter, convex=False)
    check(make_bent_rod(diameter, 1.5 + aspect, angle, bend), diameter, convex=False)


@given(
    st.sampled_from(POLYHEDRON_KINDS),
    diameters,
    st.floats(1.0, 5.0),
    st.floats(0, 0.8),
    st.floats(0, 0.8),
    st.integers(0, 9999),
)
@settings(max_examples=120, deadline=None)
def test_polyhedra(
    kind: str, diameter: float, aspect: float, rounding: float, tilt: float, seed: int
) -> None:
    shape = make_polyhedron(kind, diameter, aspect, rounding, tilt, np.random.default_rng(seed))
    check(shape, diameter, convex=True)
    inside = shape.relief(*(0.9 * shape.outline.astype(np.float32)).T)
    assert inside.thickness.min() > 0
    assert np.isfinite(inside.slope_row).all()


@given(diameters, st.floats(0.0, 0.12), st.integers(0, 9999))
@settings(max_examples=40, deadline=None)
def test_rough_particles(diameter: float, roughness: float, seed: int) -> None:
    check(make_rough(diameter, roughness, np.random.default_rng(seed)), diameter, convex=False)
