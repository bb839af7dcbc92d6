"""The map from what a network says to a probability."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocaliper.segmentation.score_map import ScoreMap


def test_known_values():
    # Mean 0.8 has odds 4: log odds 1.386 * 2 - 2 = 0.7726, which is 1 / (1 + exp(-0.7726)) = 0.68408.
    assert ScoreMap(-2.0, 2.0)(np.array([0.5, 0.8])) == pytest.approx([1 / (1 + np.e**2), 0.68408], abs=1e-5)
    assert ScoreMap()(np.array([0.25, 0.7])) == pytest.approx([0.25, 0.7])


def test_certainty_is_never_stated():
    assert 0 < ScoreMap(-3, 2.5)(np.array([0.0]))[0] < ScoreMap(-3, 2.5)(np.array([1.0]))[0] < 1


@given(st.floats(-5, 5), st.floats(0.2, 5), st.floats(0.01, 0.99))
def test_the_mean_that_has_a_score_is_found(bias: float, slope: float, score: float):
    found = ScoreMap(bias, slope)
    mean, *certain = found.invert(np.array([score, 0.0, 1.0]))
    if 1e-3 <= mean <= 1 - 1e-3:
        assert found(np.array([mean]))[0] == pytest.approx(score)
    assert certain == [0.0, 1.0]


@given(st.lists(st.floats(0, 1), min_size=2, max_size=20))
def test_more_stays_more(means: list[float]):
    scores = ScoreMap(-3, 2.5)(np.sort(means))
    assert np.all(np.diff(scores) >= 0)


@pytest.mark.parametrize(
    ("bias", "slope"), [(0.0, 0.0), (0.0, -1.0), (float("nan"), 1.0), (0.0, float("inf"))]
)
def test_a_falling_or_endless_map_is_refused(bias: float, slope: float):
    with pytest.raises(ValueError, match="no rising map"):
        ScoreMap(bias, slope)
