"""The area under the curve against counting all pairs."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.evaluation.roc import RocCounts, count_roc


def test_a_hand_worked_area() -> None:
    truth = np.array([True, True, False, False, False])
    probability = np.array([0.9, 0.4, 0.4, 0.2, 0.6])
    # Pairs: 0.9 beats all three; 0.4 ties, wins, loses.
    counts = count_roc(truth, probability)
    assert counts.auc == pytest.approx((3 + 1.5) / 6)
    assert counts.auc_error == pytest.approx(0.5 / 6)


def test_one_side_alone_has_no_area() -> None:
    assert count_roc(np.ones(4, bool), np.full(4, 0.5)).auc is None
    assert RocCounts().auc_error is None


def test_a_perfect_answer_is_one_and_its_opposite_none() -> None:
    truth = np.array([[True, False], [True, False]])
    assert count_roc(truth, truth.astype(np.float32)).auc == 1
    assert count_roc(truth, 1 - truth.astype(np.float32)).auc == 0


def test_what_makes_no_sense_is_refused() -> None:
    with pytest.raises(ValueError, match="one shape"):
        count_roc(np.ones(3, bool), np.ones(4))
    with pytest.raises(ValueError, match="expected 0 to 1"):
        count_roc(np.ones(2, bool), np.array([0.5, 1.5]))
    with pytest.raises(ValueError, match="expected 0 to 1"):
        count_roc(np.ones(2, bool), np.array([0.5, np.nan]))


@settings(max_examples=80, deadline=None)
@given(
    pixels=st.lists(st.tuples(st.booleans(), st.floats(0, 1)), min_size=2, max_size=40),
    cut=st.integers(0, 40),
)
def test_the_area_is_the_share_of_pairs_in_order_and_pooling_changes_nothing(
    pixels: list[tuple[bool, float]], cut: int
) -> None:
    truth = np.array([inside for inside, _ in pixels])
    value = np.array([probability for _, probability in pixels])
    counts = count_roc(truth, value)
    parts = count_roc(truth[:cut], value[:cut]) + count_roc(truth[cut:], value[cut:])
    assert parts.auc == counts.auc
    if counts.auc is None:
        assert truth.all() or not truth.any()
        return
    difference = value[truth][:, None] - value[~truth][None, :]
    exact = np.mean((difference > 0) + 0.5 * (difference == 0))
    assert counts.auc_error is not None
    assert abs(counts.auc - exact) <= counts.auc_error + 1e-12
