"""Neighbours, agglomerates and grey values, and what has no value."""

import math

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.agglomerates import TOUCHING_PX, join_touching
from nanocaliper.particles.columns import COLUMNS
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.particles.nearest import Gaps, find_nearest_centres, map_nearest, measure_gaps
from nanocaliper.particles.outlines import trace_outlines
from nanocaliper.particles.packing import pack_outlines
from nanocaliper.particles.particles import Particles
from nanocaliper.segmentation.segmentation import Segmentation

Floats = npt.NDArray[np.float64]
Labels = npt.NDArray[np.int32]


def measure(
    labels: Labels, grey: npt.NDArray[np.generic] | None = None, field: Box | None = None
) -> Particles:
    scores = np.ones(int(labels.max(initial=0)), np.float32)
    segmentation = Segmentation(labels, None, scores, "simulated")
    return measure_particles(segmentation, field or Box(0, 0, *labels.shape), None, grey)


def draw(shape: tuple[int, int], discs: list[tuple[float, float, float]]) -> Labels:
    rows, cols = np.indices(shape)
    labels = np.zeros(shape, np.int32)
    for number, (row, col, radius) in enumerate(discs, 1):
        labels[(rows - row) ** 2 + (cols - col) ** 2 <= radius**2] = number
    return labels


def gap_of(one: Floats, other: Floats) -> float:
    """Smallest distance of two outlines, all corners against all sides, both ways."""
    best = np.inf
    for points, line in ((one, other), (other, one)):
        step = np.diff(line, axis=0)
        offset = points[:, None] - line[:-1]
        share = np.clip((offset * step).sum(-1) / np.maximum((step**2).sum(-1), 1e-24), 0, 1)
        best = min(best, np.sqrt(((offset - share[..., None] * step) ** 2).sum(-1)).min())
    return float(best)


@pytest.mark.parametrize("seed", range(4))
def test_gaps_equal_brute_force(seed: int) -> None:
    rng = np.random.default_rng(seed)
    field = cv2.GaussianBlur(rng.standard_normal((160, 200)).astype(np.float32), (0, 0), 3.5)
    _, labels = cv2.connectedComponents((field > 0.03 + 0.05 * (seed % 3)).astype(np.uint8), connectivity=8)
    labels = labels.astype(np.int32)
    outlines = trace_outlines(labels, None)
    found = measure_gaps(map_nearest(labels), pack_outlines(outlines))
    count = len(outlines)
    expected = np.full((count, count), np.inf)
    for i in range(count):
        for j in range(i):
            expected[i, j] = expected[j, i] = gap_of(outlines[i], outlines[j])
    # Where the sides of two outlines run side by side, the search may stop a little beside the smallest gap.
    np.testing.assert_allclose(found.smallest(count), expected.min(axis=1), rtol=0.01, atol=0.05)
    close = {
        (i, j) for i in range(count) for j in range(count) if i < j and expected[i, j] <= TOUCHING_PX - 0.1
    }
    assert close <= set(zip(found.first.tolist(), found.second.tolist(), strict=True))


def test_discs_have_the_gap_and_the_distance_of_their_places() -> None:
    found = measure(draw((200, 300), [(100, 60, 20), (100, 160, 30), (40, 260, 10)])).table
    # Outlines of labels alone scatter by up to 0.6 px on either side.
    np.testing.assert_allclose(found["neighbour_gap_px"], [50, 50, math.hypot(60, 100) - 40], atol=1.2)
    np.testing.assert_allclose(found["neighbour_distance_px"], [100, 100, math.hypot(60, 100)], atol=0.2)


@settings(max_examples=50, deadline=None)
@given(st.integers(2, 400), st.integers(0, 10**6), st.sampled_from(["cloud", "line", "pairs", "one place"]))
def test_nearest_centres_equal_brute_force(count: int, seed: int, kind: str) -> None:
    rng = np.random.default_rng(seed)
    points = rng.uniform(0, 1000, (count, 2))
    if kind == "line":
        points[:, 0] = 7.0
    elif kind == "pairs":
        points[count // 2 :] = points[: count - count // 2] + rng.uniform(-0.1, 0.1, 2)
        points[0] = (1e5, 1e5)
    elif kind == "one place":
        points[:] = 3.0
    squares = ((points[:, None] - points[None, :]) ** 2).sum(-1)
    np.fill_diagonal(squares, np.inf)
    np.testing.assert_allclose(find_nearest_centres(points), np.sqrt(squares.min(axis=1)), atol=1e-9)


def test_touching_particles_make_agglomerates() -> None:
    labels = np.zeros((60, 120), np.int32)
    labels[10:20, 10:20] = 1
    labels[10:20, 20:30] = 3  # shares a side with 1
    labels[20:30, 30:40] = 5  # shares a corner with 3
    labels[10:20, 60:70] = 2
    labels[10:20, 72:82] = 4  # two free pixels from 2: 2 px
    labels[40:50, 60:70] = 6
    labels[40:50, 71:81] = 7  # one free pixel from 6: 1 px
    found = measure(labels).table
    assert found["agglomerate"].tolist() == [1, 2, 1, 3, 1, 4, 4]
    assert found["agglomerate_members"].tolist() == [3, 1, 3, 1, 3, 2, 2]
    assert found.loc[[0, 2], "neighbour_gap_px"].tolist() == [0, 0]
    # Where only labels are known the mask of both is smoothed: lines so near each other draw nearer, and a single
    # free pixel between them is smoothed away.
    assert found.loc[1, "neighbour_gap_px"] == pytest.approx(2, abs=0.5)
    assert 0 < found.loc[6, "neighbour_gap_px"] <= 1


def test_long_chains_are_one_agglomerate() -> None:
    rng = np.random.default_rng(0)
    order = rng.permutation(5000)
    first, second = np.minimum(order[:-1], order[1:]), np.maximum(order[:-1], order[1:])
    gap = np.zeros(4999)
    gap[1234] = TOUCHING_PX + 0.01
    found = join_touching(Gaps(first, second, gap), 5000)
    assert set(found.number.tolist()) == {1, 2}
    assert sorted(set(found.members.tolist())) == sorted({1235, 5000 - 1235})


def test_grey_values_of_particles_and_their_surroundings() -> None:
    labels = draw((120, 160), [(60, 40, 15), (60, 110, 20)])
    grey = np.full(labels.shape, 1000, np.uint16)
    grey[:, 80:] = 3000
    grey[labels == 1], grey[labels == 2] = 1500, 500
    found = measure(labels, grey).table
    assert found["grey_mean"].tolist() == [1500, 500]
    assert found["grey_background"].tolist() == [1000, 3000]
    assert found["contrast"].tolist() == [500, -2500]


def test_surroundings_leave_out_neighbours_edges_and_data_strips() -> None:
    labels = draw((100, 100), [(50, 50, 12)])
    labels[90:] = 0
    grey = np.full(labels.shape, 10.0, np.float32)
    near = cv2.dilate((labels > 0).astype(np.uint8), np.ones((3, 3))) > 0
    grey[near] = 200.0  # the blurred edge
    grey[66:] = 9999.0  # a data strip
    found = measure(labels, grey, Box(0, 0, 66, 100)).table
    assert found.loc[0, "grey_background"] == 10
    labels[labels == 0] = 2  # no free pixel
    assert np.isnan(measure(labels, grey).table.loc[0, "grey_background"])
    assert np.isnan(measure(labels, grey).table.loc[0, "contrast"])


@pytest.mark.parametrize("value", [0, 65535])
def test_equal_grey_has_no_contrast(value: int) -> None:
    labels = draw((60, 60), [(30, 30, 9)])
    found = measure(labels, np.full(labels.shape, value, np.uint16)).table.loc[0]
    assert (found["grey_mean"], found["grey_background"], found["contrast"]) == (value, value, 0)


def test_grey_values_of_another_size_are_refused() -> None:
    with pytest.raises(ValueError, match="expected the same"):
        measure(np.zeros((5, 6), np.int32), np.zeros((6, 5)))


#: Columns that may be NaN of a whole, single, calibrated particle, and why.
MAY_BE_EMPTY = {
    "shape_probability",  # below 12 px
    "geodesic_length_px",  # rounder than a square
    "geodesic_thickness_px",
    "roughness",  # perimeter under 40 px
    "orientation_deg",  # axes equal
    "outline_uncertainty_px",  # no network said anything of it
    "grey_mean",  # no grey values given
    "grey_background",
    "contrast",
    "neighbour_distance_px",  # no other particle
    "neighbour_gap_px",
}


@settings(max_examples=60, deadline=None)
@given(hnp.arrays(np.bool_, (9, 12)), st.integers(1, 3))
def test_no_outline_however_small_gives_a_number_that_is_not_one(
    mask: npt.NDArray[np.bool_], grow: int
) -> None:
    big = np.kron(mask, np.ones((grow, grow), bool)).astype(np.uint8)
    _, labels = cv2.connectedComponents(big, connectivity=8)
    table = measure(labels.astype(np.int32)).table
    for name, column in COLUMNS.items():
        if name.endswith(("_nm", "_nm2")) or not column.unit:
            continue
        values = table[name].to_numpy(np.float64)
        assert np.isfinite(values[~np.isnan(values)]).all(), name
        assert name in MAY_BE_EMPTY or not np.isnan(values).any(), name
        if name.endswith("_px") and name != "neighbour_gap_px":
            assert (values[~np.isnan(values)] > 0).all(), name


@pytest.mark.parametrize("pixels", [1, 2, 3])
def test_the_smallest_particles_are_their_pixel_squares(pixels: int) -> None:
    labels = np.zeros((9, 9), np.int32)
    labels[4, 3 : 3 + pixels] = 1
    found = measure(labels).table.loc[0]
    expected = {
        "area_px": pixels,
        "perimeter_px": 2 + 2 * pixels,
        "feret_min_px": 1,
        "feret_horizontal_px": pixels,
        "rectangle_length_px": pixels,
        "diameter_inscribed_px": 1,
        "diameter_enclosing_px": math.hypot(1, pixels),
        "cube_edge_px": math.sqrt(pixels),
        "agglomerate_members": 1,
    }
    for name, value in expected.items():
        assert found[name] == pytest.approx(value, rel=1e-6), name
    assert np.isnan(found["roughness"])
    assert found["shape"] == ""


def test_a_hole_is_filled_and_a_second_piece_is_not_looked_at() -> None:
    ring = draw((80, 80), [(40, 40, 25)])
    ring[draw((80, 80), [(40, 40, 15)]) > 0] = 0
    assert measure(ring).table.loc[0, "diameter_inscribed_px"] == pytest.approx(50, abs=1)
    pieces = np.zeros((80, 80), np.int32)
    pieces[5:15, 5:65] = 1  # larger in area
    pieces[30:50, 30:50] = 1  # deeper
    assert measure(pieces).table.loc[0, "diameter_inscribed_px"] == pytest.approx(10, abs=0.3)


def test_particles_beside_the_border_are_measured_as_far_as_they_are_seen() -> None:
    labels = draw((60, 60), [(0, 30, 20)])
    found = measure(labels).table.loc[0]
    # Half a disc: its largest circle has the radius for its diameter.
    assert found["diameter_inscribed_px"] == pytest.approx(20.5, abs=0.6)
    assert found["touches_border"]
    assert found["shape"] == ""
    assert np.isnan(found["shape_probability"])
