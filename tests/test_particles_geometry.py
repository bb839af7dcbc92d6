"""What is measured on polygons, against exact geometry and brute force."""

import itertools
import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.particles.calipers import find_hulls, measure_calipers
from nanocaliper.particles.circles import measure_enclosing_circles, measure_inscribed_circles
from nanocaliper.particles.harmonics import ORDER, measure_harmonics
from nanocaliper.particles.moments import measure_moments
from nanocaliper.particles.outline_measures import measure_outlines
from nanocaliper.particles.packing import iterate_batches, pack_outlines, sum_edges
from nanocaliper.synthesis.polygons import measure_orientation_deg

Floats = npt.NDArray[np.float64]


def close(corners: Floats) -> Floats:
    """Closed, in the sense of rotation that outlines have."""
    row, col = corners.T
    if np.sum(row * np.roll(col, -1) - np.roll(row, -1) * col) < 0:
        corners = corners[::-1]
    return np.concatenate([corners, corners[:1]])


def regular(corners: int, radius: float = 10.0, turn: float = 0.3) -> Floats:
    angle = turn + 2 * np.pi * np.arange(corners) / corners
    return close(radius * np.stack([np.sin(angle), np.cos(angle)], axis=1) + np.array([300.0, 70.0]))


def star(rng: np.random.Generator) -> Floats:
    """A random outline, not convex, around a point."""
    angle = np.sort(rng.uniform(0, 2 * np.pi, int(rng.integers(12, 60))))
    radius = 20 * (1 + 0.2 * np.cos(3 * angle + rng.uniform(0, 6)) + 0.05 * rng.normal(size=len(angle)))
    return close(
        np.stack([radius * np.sin(angle), 1.5 * radius * np.cos(angle)], axis=1) + np.array([1000.0, 2000.0])
    )


def measure(*outlines: Floats) -> dict[str, Floats]:
    inner = np.array([outline[:-1].mean(axis=0) for outline in outlines])
    found = measure_outlines(pack_outlines(outlines), inner)
    return {name: np.asarray(values, np.float64) for name, values in found.items()}


def test_regular_polygons_have_their_textbook_numbers() -> None:
    # 720 corners have the height of the 720-gon's sagitta less than a disc: 1e-5 of the radius.
    triangle, square, hexagon, disc = 3, 4, 6, 720
    found = measure(*(regular(corners) for corners in (triangle, square, hexagon, disc)))
    side = 10 * 2 * np.sin(np.pi / np.array([3, 4, 6, 720]))
    np.testing.assert_allclose(found["perimeter_px"], side * [3, 4, 6, 720], rtol=1e-12)
    np.testing.assert_allclose(found["diameter_enclosing_px"], 20, rtol=1e-9)
    inner_circle = 20 * np.cos(np.pi / np.array([3, 4, 6, 720]))
    np.testing.assert_allclose(found["diameter_inscribed_px"], inner_circle, rtol=1e-5)
    np.testing.assert_allclose(found["feret_max_px"], [10 * math.sqrt(3), 20, 20, 20], rtol=1e-12)
    np.testing.assert_allclose(found["feret_min_px"][:3], [15, side[1], 10 * math.sqrt(3)], rtol=1e-6)
    np.testing.assert_allclose(found["feret_mean_px"], found["perimeter_px"] / np.pi, rtol=1e-6)
    np.testing.assert_allclose(found["blaschke_coefficient"], [2 / 3, 1, 1, 1], rtol=1e-6)
    np.testing.assert_allclose(found["solidity"], 1, rtol=1e-6)
    np.testing.assert_allclose(found["convexity"], 1, rtol=1e-6)
    np.testing.assert_allclose(found["circularity"][3], 1, rtol=1e-5)
    np.testing.assert_allclose(found["form_factor"][1], np.pi / 4, rtol=1e-12)
    np.testing.assert_allclose(found["box_ratio"][:2], [0.5, 1], rtol=1e-6)
    np.testing.assert_allclose(found["extent"][1], 1 / math.sqrt(2), rtol=1e-6)
    np.testing.assert_allclose(found["cube_edge_px"][1], side[1], rtol=1e-12)
    # All three have equal moments about every axis.
    np.testing.assert_allclose(found["ellipse_aspect_ratio"], 1, rtol=1e-6)
    assert np.isnan(found["orientation_deg"]).all()
    # |C₁₋ₖ| / |C₁| = 1/(k - 1)².
    for index, fold in enumerate((3, 4, 6)):
        assert found[f"fold_{fold}"][index] == pytest.approx(1 / (fold - 1) ** 2)
    assert found["fold_4"][0] == pytest.approx(0, abs=1e-9)


@pytest.mark.parametrize("angle_deg", [0, 30, 90, 135, -80])
def test_a_rectangle_has_its_sides_and_direction(angle_deg: float) -> None:
    angle = math.radians(angle_deg)
    across, along = np.array([-1, -1, 1, 1]) * 4.0, np.array([-1, 1, 1, -1]) * 15.0
    # Counter-clockwise on the screen means towards smaller rows.
    rows = across * math.cos(angle) - along * math.sin(angle)
    cols = along * math.cos(angle) + across * math.sin(angle)
    found = measure(close(np.stack([rows, cols], axis=1) + np.array([50.0, 60.0])))
    expected = {
        "area_px": 240,
        "rectangle_length_px": 30,
        "rectangle_width_px": 8,
        "rod_length_px": 30,
        "rod_width_px": 8,
        "geodesic_length_px": 30,
        "geodesic_thickness_px": 8,
        "elongation": 1 - 8 / 30,
        "ellipse_major_px": 2 * 30 / math.sqrt(3),
        "ellipse_minor_px": 2 * 8 / math.sqrt(3),
        "feret_max_px": math.hypot(30, 8),
        "diameter_enclosing_px": math.hypot(30, 8),
        "diameter_inscribed_px": 8,
        # Tangents along the diagonal: twice the distance of the other corners from it.
        "feret_orthogonal_px": 2 * 30 * 8 / math.hypot(30, 8),
        "feret_horizontal_px": 30 * abs(math.cos(angle)) + 8 * abs(math.sin(angle)),
        "feret_vertical_px": 30 * abs(math.sin(angle)) + 8 * abs(math.cos(angle)),
        "row": 50,
        "col": 60,
    }
    for name, value in expected.items():
        assert found[name][0] == pytest.approx(value, rel=1e-5), name
    turned = angle_deg - 180 if angle_deg > 90 else angle_deg
    assert found["orientation_deg"][0] == pytest.approx(turned, abs=1e-6)


def test_rods_keep_length_and_width_whatever_their_ends() -> None:
    angle = np.linspace(-np.pi / 2, np.pi / 2, 300)
    right = np.stack([5 * np.sin(angle), 15 + 5 * np.cos(angle)], axis=1)
    round_ends = close(np.concatenate([right, -right]))
    pointed = close(np.array([[-5.0, -14], [-5, 14], [0, 20], [5, 14], [5, -14], [0, -20]]))
    found = measure(round_ends, pointed)
    np.testing.assert_allclose(found["rod_length_px"], 40, rtol=1e-4)
    np.testing.assert_allclose(found["rod_width_px"], 10, rtol=1e-9)


def test_a_round_outline_has_no_fibre() -> None:
    # x² - P/2 x + A has real roots only from P² = 16 A, the square, on.
    nearly_square = close(np.array([[0.0, 0], [0, 20], [19, 20], [19, 0]]))
    found = measure(regular(100), nearly_square)
    assert np.isnan(found["geodesic_length_px"][0])
    assert np.isnan(found["geodesic_thickness_px"][0])
    assert found["geodesic_length_px"][1] == pytest.approx(20)
    assert found["geodesic_thickness_px"][1] == pytest.approx(19)


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 10**6))
def test_calipers_equal_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    points = rng.normal(size=(int(rng.integers(3, 40)), 2)) * rng.uniform(1, 1000, 2) + 5000
    if seed % 3 == 0:
        points = np.round(points, 1)  # parallel and collinear edges
    found = measure_calipers(find_hulls(pack_outlines([np.concatenate([points, points[:1]])])))
    angles = np.linspace(0, np.pi, 4001)
    ways = np.stack([np.cos(angles), np.sin(angles)])
    spans, crossing = (np.ptp(points @ way, axis=0) for way in (ways, ways[::-1] * [[-1], [1]]))
    largest = found.feret_max[0]
    assert largest == pytest.approx(
        max(math.dist(a, b) for a, b in itertools.combinations(points, 2)), rel=1e-6
    )
    # Sampled directions can only miss the minimum from above, by at most the step times the length.
    step = largest * np.pi / 4000
    assert spans.min() - step <= found.feret_min[0] <= spans.min() + 1e-3
    area = found.rectangle_length[0] * found.rectangle_width[0]
    assert (
        (spans * crossing).min() - 2 * step * largest <= area <= (spans * crossing).min() * (1 + 1e-5) + 1e-3
    )
    # The Feret diameters averaged over directions.
    assert found.hull_perimeter[0] / np.pi == pytest.approx(spans[:-1].mean(), rel=1e-4)
    assert found.feret_horizontal[0] == pytest.approx(np.ptp(points[:, 1]), rel=1e-6)


def test_the_symmetric_hull_is_that_of_all_differences() -> None:
    rng = np.random.default_rng(4)
    for _ in range(30):
        points = rng.normal(size=(int(rng.integers(3, 12)), 2)) * (30, 10)
        # ½(H ⊕ -H) is the convex hull of all halved differences of corners.
        differences = (points[:, None] - points[None, :]).reshape(-1, 2) / 2
        outlines = [np.concatenate([cloud, cloud[:1]]) for cloud in (points, differences)]
        found = measure_calipers(find_hulls(pack_outlines(outlines)))
        assert found.symmetric_area[0] == pytest.approx(found.hull_area[1], rel=1e-5)


def test_enclosing_circles_equal_brute_force() -> None:
    rng = np.random.default_rng(5)
    clouds = [
        rng.normal(size=(int(rng.integers(3, 14)), 2)) * (20, 20 * rng.uniform(0.1, 1)) for _ in range(60)
    ]
    hulls = find_hulls(pack_outlines([np.concatenate([cloud, cloud[:1]]) for cloud in clouds]))
    found = measure_enclosing_circles(hulls)
    for cloud, diameter in zip(clouds, found, strict=True):
        best = np.inf
        for size in (2, 3):
            for chosen in itertools.combinations(cloud, size):
                if size == 2:
                    centre = (chosen[0] + chosen[1]) / 2
                else:
                    a, b, c = chosen
                    centre = np.linalg.solve(
                        2 * np.array([b - a, c - a]), np.array([b @ b - a @ a, c @ c - a @ a])
                    )
                radius = np.hypot(*(chosen[0] - centre))
                if np.hypot(*(cloud - centre).T).max() <= radius * (1 + 1e-9):
                    best = min(best, 2 * radius)
        assert diameter == pytest.approx(best, rel=1e-7)


def distance_inside(points: Floats, outline: Floats) -> Floats:
    """Distance from the outline, 0 outside of it."""
    start, step = outline[:-1], np.diff(outline, axis=0)
    offset = points[:, None] - start
    share = np.clip((offset * step).sum(-1) / (step**2).sum(-1), 0, 1)
    distance = np.sqrt(((offset - share[..., None] * step) ** 2).sum(-1)).min(axis=1)
    row, col = offset[..., 0], offset[..., 1]
    crossing = (row < 0) != (row < step[:, 0])
    with np.errstate(divide="ignore", invalid="ignore"):
        right = crossing & (col < row / step[:, 0] * step[:, 1])
    return np.where(right.sum(axis=1) % 2 == 1, distance, 0)


def test_inscribed_circles_are_the_largest_that_fit() -> None:
    rng = np.random.default_rng(6)
    outlines = [star(rng) for _ in range(25)]
    packed = pack_outlines(outlines)
    grids = [
        np.stack(
            np.meshgrid(*(np.linspace(*ends, 60) for ends in zip(o.min(axis=0), o.max(axis=0), strict=True))),
            -1,
        ).reshape(-1, 2)
        for o in outlines
    ]
    depths = [distance_inside(grid, outline) for grid, outline in zip(grids, outlines, strict=True)]
    deepest = np.array([grid[depth.argmax()] for grid, depth in zip(grids, depths, strict=True)])
    found = measure_inscribed_circles(packed, deepest, measure_moments(packed).centroid)
    for outline, grid, depth, diameter in zip(outlines, grids, depths, found, strict=True):
        # No point of the grid is deeper; between its points nothing is deeper by more than their distance.
        step = np.hypot(*(np.ptp(grid, axis=0) / 59))
        assert 2 * depth.max() - 1e-6 <= diameter <= 2 * depth.max() + step
        assert diameter <= 2 * math.sqrt(abs(np.prod(np.ptp(outline, axis=0))))


def test_harmonics_equal_a_fine_fourier_transform() -> None:
    rng = np.random.default_rng(7)
    outlines = [star(rng) for _ in range(6)]
    packed = pack_outlines(outlines)
    perimeter = measure_moments(packed).perimeter
    found = measure_harmonics(packed, perimeter)
    for index, outline in enumerate(outlines):
        line = outline[:, 0] + 1j * outline[:, 1]
        arc = np.concatenate([[0], np.cumsum(np.abs(np.diff(line)))])
        at = np.arange(2**15) / 2**15 * arc[-1]
        sampled = np.interp(at, arc, line.real) + 1j * np.interp(at, arc, line.imag)
        spectrum = np.fft.fft(sampled) / len(sampled)
        smooth = np.fft.fftfreq(len(sampled), 1 / len(sampled))
        rest = np.sqrt((np.abs(spectrum[np.abs(smooth) > ORDER]) ** 2).sum())
        assert found.deviation[index] == pytest.approx(rest, rel=1e-3)
        for fold in range(2, 7):
            assert found.folds[index, fold] == pytest.approx(abs(spectrum[1 - fold] / spectrum[1]), abs=1e-5)


def test_roughness_sees_a_wave_and_not_an_ellipse() -> None:
    angle = np.linspace(0, 2 * np.pi, 2000, endpoint=False)
    wave = 50 * (1 + 0.02 * np.cos(24 * angle))
    rough = close(np.stack([wave * np.sin(angle), wave * np.cos(angle)], axis=1))
    smooth = close(np.stack([25 * np.sin(angle), 50 * np.cos(angle)], axis=1))
    found = measure(rough, smooth)
    # A wave of amplitude a has the RMS a/√2, here 1 px/√2 over a diameter of 100 px; arc length varies a little.
    assert found["roughness"][0] == pytest.approx(0.02 / 2 / math.sqrt(2), rel=0.1)
    # At equal arc length an ellipse of 2:1 has a little above the tenth harmonic.
    assert found["roughness"][1] < 6e-4


def test_orientation_is_that_of_the_simulated_truth() -> None:
    rng = np.random.default_rng(8)
    outlines = [star(rng) for _ in range(20)]
    expected = [measure_orientation_deg(outline[:-1]) for outline in outlines]
    np.testing.assert_allclose(measure(*outlines)["orientation_deg"], expected, atol=1e-6)


def test_batches_hold_every_outline_once() -> None:
    rng = np.random.default_rng(9)
    outlines = [rng.normal(size=(int(rng.integers(4, 200)), 2)) for _ in range(300)]
    outlines = [np.concatenate([o, o[:1]]) for o in outlines]
    packed = pack_outlines(outlines)
    seen = []
    for batch in iterate_batches(packed, 1000):
        for index, points in zip(batch.chosen.tolist(), batch.points, strict=True):
            seen.append(index)
            count = packed.counts[index]
            np.testing.assert_allclose(points[:count] + packed.origins[index], outlines[index], atol=1e-12)
            assert (points[count:] == points[count - 1]).all()
    assert sorted(seen) == list(range(300))
    lengths = sum_edges(packed, np.hypot(*(np.roll(packed.points, -1, axis=0) - packed.points).T))
    expected = [np.hypot(*np.diff(outline, axis=0).T).sum() for outline in outlines]
    np.testing.assert_allclose(lengths, expected)
