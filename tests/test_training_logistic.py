"""Logistic regression against the model that the answers were drawn from, and against its own equations."""

import numpy as np
import pytest

from nanocaliper.training.logistic import fit_logistic


def chance(values: np.ndarray, features: np.ndarray) -> np.ndarray:
    return 1 / (1 + np.exp(-(values[0] + features @ values[1:])))


def test_finds_the_numbers_that_the_answers_were_drawn_with() -> None:
    rng = np.random.default_rng(3)
    features, true = rng.normal(size=(40_000, 2)), np.array([0.4, -1.2, 0.7])
    answer = rng.random(len(features)) < chance(true, features)
    # Standard errors are about 0.013 with so many answers.
    assert fit_logistic(features, answer, np.ones(len(answer))) == pytest.approx(true, abs=0.05)


def test_a_weight_of_two_is_the_answer_given_twice() -> None:
    rng = np.random.default_rng(4)
    features, answer = rng.normal(size=(200, 1)), rng.random(200) < 0.3
    weights = rng.integers(1, 3, 200)
    twice = np.repeat(np.arange(200), weights)
    assert fit_logistic(features, answer, weights.astype(float)) == pytest.approx(
        fit_logistic(features[twice], answer[twice], np.ones(len(twice))), abs=1e-6
    )


def test_stays_finite_where_a_feature_parts_the_answers_without_an_error() -> None:
    features = np.linspace(-1, 1, 40)[:, None]
    values = fit_logistic(features, features[:, 0] > 0, np.ones(40))
    assert np.isfinite(values).all()
    assert ((chance(values, features) > 0.5) == (features[:, 0] > 0)).all()
