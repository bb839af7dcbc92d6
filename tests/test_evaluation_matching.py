"""Overlaps and one-to-one matching."""

import itertools

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from scipy.optimize import linear_sum_assignment

from nanocaliper.evaluation import matching as module
from nanocaliper.evaluation.matching import Matching, match

Labels = npt.NDArray[np.integer]
SMALL = hnp.arrays(np.int32, (6, 7), elements=st.integers(0, 5))


def iou_table(matching: Matching) -> npt.NDArray[np.float64]:
    table = np.zeros((len(matching.truth_numbers), len(matching.found_numbers)))
    table[matching.truth_index, matching.found_index] = matching.iou
    return table


def test_overlaps_of_a_hand_worked_image() -> None:
    truth = np.array([[7, 7, 0, 0], [7, 7, 3, 3], [0, 0, 3, 3]])
    found = np.array([[0, 9, 9, 0], [0, 9, 9, 0], [4, 0, 0, 2]])
    matching = match(truth, found)
    assert matching.truth_numbers.tolist() == [7, 3]  # by first pixel in reading order
    assert matching.found_numbers.tolist() == [9, 4, 2]
    assert matching.truth_areas.tolist() == [4, 4]
    assert matching.found_areas.tolist() == [4, 1, 1]
    assert iou_table(matching) == pytest.approx(np.array([[2 / 6, 0, 0], [1 / 7, 0, 1 / 4]]))
    assert matching.pixels == 12


@pytest.mark.parametrize("shift", [0, 3, 8, 15, 24, 39, 41])
def test_a_shifted_square_has_the_iou_of_geometry(shift: int) -> None:
    truth, found = np.zeros((60, 100), int), np.zeros((60, 100), int)
    truth[10:50, 10:50] = 1
    found[10:50, 10 + shift : 50 + shift] = 1
    expected = max(0.0, (40 - shift) / (40 + shift))
    matching = match(truth, found)
    assert iou_table(matching)[0, 0] == pytest.approx(expected)
    assert len(matching.at(0.5)) == (expected >= 0.5)


@pytest.mark.parametrize("shift", [4.0, 10.0, 20.0, 30.0])
def test_a_shifted_disc_has_the_iou_of_two_circular_segments(shift: float) -> None:
    rows, cols = np.indices((240, 300))
    radius = 100.0
    truth = (np.hypot(rows - 120, cols - 120) < radius).astype(int)
    found = (np.hypot(rows - 120, cols - 120 - shift) < radius).astype(int)
    lens = 2 * radius**2 * np.arccos(shift / (2 * radius)) - shift / 2 * np.sqrt(4 * radius**2 - shift**2)
    assert match(truth, found).iou[0] == pytest.approx(lens / (2 * np.pi * radius**2 - lens), abs=2e-3)


def test_two_halves_of_one_particle_make_one_match_at_exactly_a_half() -> None:
    truth = np.array([[1, 2, 0]])
    found = np.array([[5, 5, 0]])
    matching = match(truth, found)
    assert matching.iou.tolist() == [0.5, 0.5]
    assert len(matching.at(0.5)) == 1
    assert len(matching.at(0.51)) == 0


def test_below_a_half_partners_are_exchanged_to_match_more() -> None:
    # The best pair (2nd truth, 1st found) would leave both others alone.
    truth = np.array([[1] * 4 + [2] * 6 + [0] * 4])
    found = np.array([[0] * 2 + [1] * 7 + [2] * 3 + [0] * 2])
    matching = match(truth, found)
    best = np.unravel_index(np.argmax(iou_table(matching)), (2, 2))
    assert best == (1, 0)
    pairs = matching.at(0.1)
    assert list(zip(pairs.truth.tolist(), pairs.found.tolist(), strict=True)) == [(0, 0), (1, 1)]


@pytest.mark.parametrize("threshold", [0.0, -0.5, 1.01])
def test_impossible_thresholds_are_refused(threshold: float) -> None:
    with pytest.raises(ValueError, match="threshold"):
        match(np.ones((2, 2), int), np.ones((2, 2), int)).at(threshold)


def test_shapes_that_differ_and_negative_labels_are_refused() -> None:
    with pytest.raises(ValueError, match="expected the same"):
        match(np.zeros((2, 2), int), np.zeros((2, 3), int))
    with pytest.raises(ValueError, match="Label -1"):
        match(np.zeros((1, 2), int), np.array([[-1, 0]]))


def test_sorting_and_table_count_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    truth, found = rng.integers(0, 40, (2, 50, 60))
    table = match(truth, found)
    monkeypatch.setattr(module, "_TABLE_CELLS", 0)
    by_sorting = match(truth, found)
    for name in ("truth_index", "found_index", "overlap"):
        assert np.array_equal(getattr(table, name), getattr(by_sorting, name))


def test_many_particles_need_no_quadratic_memory() -> None:
    # 60,000 particles on each side: a full table would take 29 GB.
    labels = np.kron(np.arange(1, 60_001).reshape(200, 300), np.ones((2, 2), np.int64))
    assert len(match(labels, labels).at(0.5)) == 60_000


@settings(max_examples=80, deadline=None)
@given(truth=SMALL, found=SMALL, threshold=st.sampled_from([0.05, 0.2, 1 / 3, 0.5, 0.6, 1.0]))
def test_matches_are_one_to_one_and_as_many_as_the_assignment_problem_allows(
    truth: Labels, found: Labels, threshold: float
) -> None:
    matching = match(truth, found)
    table = iou_table(matching)
    for t, f in itertools.product(range(table.shape[0]), range(table.shape[1])):
        mine, theirs = truth == matching.truth_numbers[t], found == matching.found_numbers[f]
        assert table[t, f] == (mine & theirs).sum() / (mine | theirs).sum()
    pairs = matching.at(threshold)
    assert len(set(pairs.truth.tolist())) == len(set(pairs.found.tolist())) == len(pairs)
    assert (pairs.iou >= threshold).all()
    assert np.array_equal(table[pairs.truth, pairs.found], pairs.iou)
    allowed = table >= threshold
    rows, cols = linear_sum_assignment(allowed, maximize=True)
    assert len(pairs) == allowed[rows, cols].sum()
