"""Letterboxes keep shapes, and what is placed comes back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.errors import UsageError
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.letterbox import fit_letterbox

sizes = st.integers(1, 300)


@settings(deadline=None)
@given(sizes, sizes, st.integers(1, 300))
def test_the_image_is_as_large_as_it_can_be_in_the_middle(rows, cols, side):
    box = fit_letterbox(rows, cols, side)
    assert max(box.rows_inside, box.cols_inside) == side
    factor = side / max(rows, cols)
    for length, inside in ((rows, box.rows_inside), (cols, box.cols_inside)):
        assert inside == 1 or abs(inside - factor * length) <= 0.5
    assert abs(2 * box.top + box.rows_inside - side) <= 1
    assert abs(2 * box.left + box.cols_inside - side) <= 1


@settings(deadline=None)
@given(sizes, sizes, st.integers(1, 300), st.integers(0, 2**32 - 1))
def test_outlines_come_back_exactly(rows, cols, side, seed):
    box = fit_letterbox(rows, cols, side)
    outline = np.random.default_rng(seed).uniform(-0.5, [rows - 0.5, cols - 0.5], (20, 2))
    placed = box.place_outline(outline)
    np.testing.assert_allclose(box.take_outline(placed), outline, atol=1e-9)
    low = np.array([box.top, box.left]) - 0.5
    high = low + np.array([box.rows_inside, box.cols_inside])
    assert (placed >= low - 1e-9).all()
    assert (placed <= high + 1e-9).all()


@settings(deadline=None)
@given(st.integers(1, 60), st.integers(1, 60), st.integers(60, 200), st.integers(0, 2**32 - 1))
def test_labels_that_are_enlarged_come_back_exactly(rows, cols, side, seed):
    box = fit_letterbox(rows, cols, side)
    labels = np.random.default_rng(seed).integers(0, 9, (rows, cols)).astype(np.int32)
    placed = box.place_labels(labels)
    np.testing.assert_array_equal(box.take_labels(placed), labels)
    outside = placed.copy()
    outside[box.inside] = 0
    assert not outside.any()


@settings(deadline=None)
@given(st.integers(30, 90), st.integers(30, 90), st.integers(20, 150), st.integers(0, 2**32 - 1))
def test_labels_lie_where_their_outlines_are(rows, cols, side, seed):
    box = fit_letterbox(rows, cols, side)
    labels = np.zeros((rows, cols), np.int32)
    first = np.random.default_rng(seed).integers(0, 15, 2)
    labels[first[0] : first[0] + 15, first[1] : first[1] + 12] = 1
    corners = np.array([first - 0.5, first + np.array([14.5, 11.5])])
    expected = box.place_outline(corners)
    found = np.argwhere(box.place_labels(labels))
    # Of every pixel the centre counts, so edges are right within half a pixel.
    assert np.abs(np.array([found.min(0) - 0.5, found.max(0) + 0.5]) - expected).max() <= 0.5 + 1e-9


@pytest.mark.parametrize("dtype", [np.uint8, np.uint16])
@pytest.mark.parametrize(("rows", "cols"), [(512, 768), (1024, 700), (200, 640), (90, 91)])
def test_a_sample_stays_registered(dtype, rows, cols):
    row, col = np.indices((rows, cols))
    radius = 0.15 * min(rows, cols)
    disc = np.hypot(row - 0.4 * rows, col - 0.6 * cols) <= radius
    most = np.iinfo(dtype).max
    sample = LabelledMicrograph(
        "x",
        np.where(disc, most, 0).astype(dtype),
        disc.astype(np.int32),
        ("particle",),
        np.zeros(2, np.int64),
    )
    box = fit_letterbox(rows, cols, 640)
    placed = box.place(sample, fill=0)
    assert placed.pixels.shape == (640, 640)
    assert placed.pixels.dtype == dtype
    weight = placed.pixels / most
    grey = np.array([(np.indices(weight.shape)[axis] * weight).sum() for axis in (0, 1)]) / weight.sum()
    centre = np.argwhere(placed.labels).mean(0)
    expected = box.place_outline(np.argwhere(disc).mean(0)[None])[0]
    np.testing.assert_allclose(grey, expected, atol=0.05)
    np.testing.assert_allclose(centre, expected, atol=0.3)
    assert placed.areas_px[1] == pytest.approx(disc.sum() * (640 / max(rows, cols)) ** 2, rel=0.03)
    back = box.take_values(placed.labels)
    assert (back > 0.5)[disc].mean() > 0.97


def test_outside_is_grey_and_small_particles_vanish():
    labels = np.zeros((400, 800), np.int32)
    labels[0, 0] = 1
    labels[100:200, 100:200] = 2
    sample = LabelledMicrograph(
        "x", np.zeros((400, 800), np.uint16), labels, ("a", "b"), np.array([0, 0, 1], np.int64)
    )
    placed = fit_letterbox(400, 800, 80).place(sample)
    assert placed.pixels[0, 0] == 128 * 257
    assert placed.class_of.tolist() == [0, 1]
    assert placed.areas_px[1] == 100


def test_impossible_sizes():
    with pytest.raises(UsageError, match="0 x 5 px"):
        fit_letterbox(0, 5)
    with pytest.raises(ValueError, match="expected"):
        fit_letterbox(4, 5).place_labels(np.zeros((5, 4), np.int32))
