"""Boxes against the pixels they stand for."""

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from nanocaliper.micrograph.micrograph import Box

SIDE = 12


@st.composite
def boxes(draw: st.DrawFn) -> Box:
    """A box of at least one pixel inside SIDE x SIDE."""
    row, col = draw(st.integers(0, SIDE - 1)), draw(st.integers(0, SIDE - 1))
    return Box(row, col, draw(st.integers(row + 1, SIDE)), draw(st.integers(col + 1, SIDE)))


def paint(box: Box) -> np.ndarray:
    mask = np.zeros((SIDE, SIDE), bool)
    mask[box.slices()] = True
    return mask


@given(boxes(), boxes())
def test_what_two_boxes_share_is_what_their_pixels_share(a: Box, b: Box) -> None:
    both = paint(a) & paint(b)
    assert max(0, a.shared_rows(b)) == np.count_nonzero(paint(a).any(axis=1) & paint(b).any(axis=1))
    assert max(0, a.shared_cols(b)) == np.count_nonzero(paint(a).any(axis=0) & paint(b).any(axis=0))
    assert a.overlaps(b) == both.any()
    assert a.holds(b) == (np.count_nonzero(both) == np.count_nonzero(paint(b)))
    assert (a.shared_rows(b), a.shared_cols(b)) == (b.shared_rows(a), b.shared_cols(a))


def test_rows_and_columns_between_two_boxes_count_below_zero() -> None:
    assert Box(0, 0, 2, 2).shared_rows(Box(5, 9, 6, 10)) == -3
    assert Box(0, 0, 2, 2).shared_cols(Box(5, 9, 6, 10)) == -7


@given(boxes(), st.integers(0, 5), st.integers(0, 5))
def test_a_box_shifted_from_a_crop_cuts_the_same_pixels_out_of_the_image(
    box: Box, rows: int, cols: int
) -> None:
    image = np.arange((SIDE + 5) ** 2).reshape(SIDE + 5, SIDE + 5)
    crop = image[rows:, cols:]
    np.testing.assert_array_equal(image[box.shifted(rows, cols).slices()], crop[box.slices()])
