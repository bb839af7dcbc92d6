"""Outlines: where exactly the line runs."""

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from nanocaliper.particles.outlines import trace_outlines, trace_parts

Floats = npt.NDArray[np.float64]


def area(outline: Floats) -> float:
    row, col = (outline - outline[0]).T
    return float(np.sum(row[:-1] * col[1:] - row[1:] * col[:-1]) / 2)


def length(outline: Floats) -> float:
    return float(np.hypot(*np.diff(outline, axis=0).T).sum())


def disc_level(shape: tuple[int, int], row: float, col: float, radius: float) -> npt.NDArray[np.uint8]:
    """Field that is linear in the distance to the circle, 60 a px, as a network's smooth output is."""
    rows, cols = np.indices(shape)
    distance = radius - np.hypot(rows - row, cols - col)
    return np.clip(np.round(127.5 + 60 * distance), 0, 255).astype(np.uint8)


def encloses(outline: Floats, row: float, col: float) -> bool:
    return cv2.pointPolygonTest(outline[:, ::-1].astype(np.float32), (float(col), float(row)), False) > 0


def test_every_point_of_a_disc_outline_lies_on_the_circle() -> None:
    level = disc_level((40, 44), 18.3, 21.8, 11.0)
    (outline,) = trace_outlines((level > 127).astype(np.int32), level)
    radii = np.hypot(outline[:, 0] - 18.3, outline[:, 1] - 21.8)
    # Interpolating a cone linearly is off by at most h²/(8R) = 0.011 px, rounding of the level by 0.5/60 px.
    assert np.abs(radii - 11.0).max() < 0.011 + 0.5 / 60
    assert np.array_equal(outline[0], outline[-1])


def test_a_straight_edge_lies_where_the_level_crosses_the_boundary() -> None:
    level = np.zeros((12, 12), np.uint8)
    level[4:8, 4:8] = 200
    level[3, 4:8] = 100
    (outline,) = trace_outlines((level > 127).astype(np.int32), level)
    # From 200 at row 4 to 100 at row 3: 127.5 lies 0.725 of the way; on the other side 72.5 / 200.
    assert outline[:, 0].min() == pytest.approx(4 - 0.725)
    assert outline[:, 0].max() == pytest.approx(7 + 72.5 / 200)


def test_a_dip_of_the_level_inside_a_particle_does_not_open_the_outline() -> None:
    level = disc_level((40, 40), 20, 20, 12.0)
    labels = (level > 127).astype(np.int32)
    dipped = level.copy()
    dipped[17:21, 18:24] = 3
    assert np.array_equal(trace_outlines(labels, dipped)[0], trace_outlines(labels, level)[0])


@pytest.mark.parametrize("with_level", [True, False])
def test_holes_are_filled_even_beside_a_diagonal_wall(with_level: bool) -> None:
    ring = cv2.circle(np.zeros((30, 30), np.uint8), (15, 15), 9, 1, 1)
    level = (ring * 255).astype(np.uint8) if with_level else None
    (outline,) = trace_outlines(ring.astype(np.int32), level)
    assert encloses(outline, 15, 15)
    filled = cv2.circle(np.zeros((30, 30), np.uint8), (15, 15), 9, 1, cv2.FILLED)
    assert area(outline) == pytest.approx(np.count_nonzero(filled), rel=0.02)


def test_the_level_may_not_leak_more_than_a_pixel_beyond_the_label() -> None:
    level = np.full((30, 30), 220, np.uint8)
    labels = np.zeros((30, 30), np.int32)
    labels[10:18, 10:20] = 1
    (outline,) = trace_outlines(labels, level)
    # Contradicted on both sides of the label's edge by the same amount: the line runs midway.
    assert outline.min(axis=0) == pytest.approx([9.5, 9.5])
    assert outline.max(axis=0) == pytest.approx([17.5, 19.5])


def test_pixels_that_the_label_has_against_the_level_are_inside() -> None:
    level = np.full((30, 30), 40, np.uint8)
    labels = np.zeros((30, 30), np.int32)
    labels[10:18, 10:20] = 1
    (outline,) = trace_outlines(labels, level)
    assert all(encloses(outline, row, col) for row, col in np.argwhere(labels))


@pytest.mark.parametrize("with_level", [True, False])
def test_touching_particles_share_one_line_midway(with_level: bool) -> None:
    labels = np.zeros((24, 30), np.int32)
    labels[4:20, 4:15] = 1
    labels[4:20, 15:26] = 2
    rng = np.random.default_rng(5)
    # Even a level that means nothing at the line of contact leaves the line midway.
    level = np.where(labels > 0, rng.integers(0, 256, labels.shape), 0).astype(np.uint8)
    left, right = trace_outlines(labels, level if with_level else None)
    middle = slice(7, 17)
    for outline in (left, right):
        near = np.abs(outline[:, 1] - 14.5) < 0.4
        inside = near & (outline[:, 0] > middle.start) & (outline[:, 0] < middle.stop)
        assert np.count_nonzero(inside) >= 8
        assert outline[inside, 1] == pytest.approx(14.5, abs=1e-4)
    assert left[:, 1].max() < 14.6
    assert right[:, 1].min() > 14.4


@pytest.mark.parametrize("angle", [0.0, 0.3, 0.7, np.pi / 4, 1.2])
@pytest.mark.parametrize("with_level", [True, False])
def test_two_half_discs_have_the_area_of_the_disc(angle: float, with_level: bool) -> None:
    level = disc_level((60, 60), 29.7, 30.2, 20.0)
    rows, cols = np.indices(level.shape)
    side = (rows - 29.7) * np.cos(angle) + (cols - 30.2) * np.sin(angle) > 0
    labels = np.where(level > 127, 1 + side, 0).astype(np.int32)
    halves = trace_outlines(labels, level if with_level else None)
    total = sum(area(outline) for outline in halves)
    # The corners at both ends of the line of contact are rounded: 4 corners of at most half a px² each. The
    # labels alone add the scatter of the pixel count.
    expected = np.pi * 20**2 if with_level else np.count_nonzero(labels)
    assert total == pytest.approx(expected, abs=2.0)
    # The common line is straight and must not be lengthened by the steps of the labels.
    perimeter = np.pi * 20 + 40
    assert np.array([length(o) for o in halves]) == pytest.approx(perimeter, rel=0.015)


def test_particles_cut_by_the_image_are_closed_along_its_edge() -> None:
    level = disc_level((40, 40), -0.5, 20, 12.0)
    (outline,) = trace_outlines((level > 127).astype(np.int32), level)
    assert outline[:, 0].min() == -0.5
    along = outline[outline[:, 0] == -0.5]
    assert np.ptp(along[:, 1]) == 22  # pixel centres inside the circle of 24 px
    # Half a disc, but for at most a quarter of a px² at both ends, and 0.01 px along the arc of 38 px.
    assert area(outline) == pytest.approx(np.pi * 12**2 / 2, abs=2 * 0.25 + 38 * 0.011)


def test_a_particle_that_fills_the_image_has_the_image_as_outline() -> None:
    for level in (np.full((7, 9), 255, np.uint8), None):
        (outline,) = trace_outlines(np.ones((7, 9), np.int32), level)
        # An eighth of a square pixel is lost in every corner.
        assert area(outline) == pytest.approx(63 - 4 / 8)


@pytest.mark.parametrize(
    ("pixels", "expected"),
    [
        ([(3, 3)], 1.0),
        ([(3, 3), (3, 4)], 2.0),
        ([(3, 3), (4, 4)], 3.0),  # convex hull of two squares that meet at a corner
        ([(3, 3), (3, 4), (4, 3)], 3.5),
        ([(3, 3), (3, 4), (4, 3), (4, 4)], 4.0),
    ],
)
def test_tiny_particles_get_the_hull_of_their_pixels(pixels: list[tuple[int, int]], expected: float) -> None:
    labels = np.zeros((8, 8), np.int32)
    labels[tuple(np.transpose(pixels))] = 1
    for level in (labels.astype(np.uint8) * 130, None):
        (outline,) = trace_outlines(labels, level)
        assert area(outline) == expected
        assert np.array_equal(outline[0], outline[-1])


def test_a_level_that_denies_the_label_falls_back_to_the_pixels() -> None:
    labels = np.zeros((10, 20), np.int32)
    labels[5, 3:15] = 1
    # Just above the boundary on the label, black around: the line itself would enclose next to nothing.
    level = np.where(labels > 0, 128, 0).astype(np.uint8)
    (outline,) = trace_outlines(labels, level)
    assert area(outline) == pytest.approx(12, rel=0.1)


@pytest.mark.parametrize("shape", [(1, 5), (1, 12), (2, 3), (3, 3), (5, 5), (4, 20)])
def test_labels_alone_keep_the_area_of_their_pixels(shape: tuple[int, int]) -> None:
    labels = np.zeros((20, 40), np.int32)
    labels[8 : 8 + shape[0], 8 : 8 + shape[1]] = 1
    (outline,) = trace_outlines(labels, None)
    assert area(outline) == pytest.approx(shape[0] * shape[1], rel=6e-4)


def test_pieces_are_counted_and_the_largest_is_drawn() -> None:
    labels = np.zeros((30, 30), np.int32)
    labels[2:6, 2:6] = 1
    labels[12:24, 12:24] = 1
    labels[2:8, 20:26] = 2
    for level in (np.where(labels > 0, 255, 0).astype(np.uint8), None):
        traced = trace_parts(labels, level)
        assert traced.parts.tolist() == [2, 1]
        assert encloses(traced.points[0], 18, 18)
        assert not encloses(traced.points[0], 4, 4)


def test_gaps_in_the_numbers_and_shapes_that_differ_are_refused() -> None:
    labels = np.zeros((5, 5), np.int32)
    labels[2, 2] = 2
    with pytest.raises(ValueError, match="number 1 has no pixel"):
        trace_outlines(labels, None)
    with pytest.raises(ValueError, match="expected"):
        trace_outlines(labels, np.zeros((5, 6), np.uint8))


def test_no_particle_gives_no_outline() -> None:
    assert trace_outlines(np.zeros((5, 5), np.int32), None) == ()


def _number_pieces(mask: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    _, labels = cv2.connectedComponents(mask.astype(np.uint8), connectivity=8)
    return np.asarray(labels, np.int32)


@settings(max_examples=60, deadline=None)
@given(
    mask=hnp.arrays(np.bool_, (14, 17)),
    level=hnp.arrays(np.uint8, (14, 17)),
    with_level=st.booleans(),
)
def test_any_connected_label_gives_one_closed_outline_around_all_its_pixels(
    mask: npt.NDArray[np.bool_], level: npt.NDArray[np.uint8], with_level: bool
) -> None:
    labels = _number_pieces(mask)
    traced = trace_parts(labels, level if with_level else None)
    assert (traced.parts == 1).all()
    for number, outline in enumerate(traced.points, start=1):
        assert np.array_equal(outline[0], outline[-1])
        assert area(outline) > 0
        pixels = np.argwhere(labels == number)
        # At most a pixel away from the label, never outside the image.
        assert (outline >= np.maximum(pixels.min(0) - 1, -0.5) - 1e-6).all()
        assert (outline <= np.minimum(pixels.max(0) + 1, np.array(mask.shape) - 0.5) + 1e-6).all()
        assert all(encloses(outline, row, col) for row, col in pixels)


@settings(max_examples=30, deadline=None)
@given(mask=hnp.arrays(np.bool_, (12, 12)), level=hnp.arrays(np.uint8, (12, 12)), seed=st.integers(0, 99))
def test_numbering_does_not_matter(
    mask: npt.NDArray[np.bool_], level: npt.NDArray[np.uint8], seed: int
) -> None:
    labels = _number_pieces(mask)
    count = int(labels.max())
    renumber = np.concatenate([[0], 1 + np.random.default_rng(seed).permutation(count)])
    before, after = trace_outlines(labels, level), trace_outlines(renumber[labels], level)
    for number in range(1, count + 1):
        assert np.array_equal(before[number - 1], after[renumber[number] - 1])
