"""Edge weights and resolution."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.edge_correction import correct_edges, weigh_edges
from nanocaliper.statistics.resolution import check_resolution


def test_the_probability_is_that_of_the_formula() -> None:
    # (1000 - 100)(500 - 50)/(1000 · 500) = 0.81.
    assert weigh_edges([100.0], [50.0], 1000.0, 500.0)[0] == pytest.approx(0.81)
    # A frame of 10 on all sides leaves a field of 980 by 480.
    expected = (980 - 100) / 980 * (480 - 50) / 480
    assert weigh_edges([100.0], [50.0], 1000.0, 500.0, margin=10)[0] == pytest.approx(expected)
    # Each particle may have a field of its own.
    assert weigh_edges([1.0, 1.0], [1.0, 1.0], [10.0, 2.0], [10.0, 4.0]) == pytest.approx([0.81, 0.375])


def test_the_probability_is_that_of_rectangles_thrown_at_random() -> None:
    rng = np.random.default_rng(1)
    width, height, n = 0.31, 0.18, 200_000
    col, row = rng.uniform(0, 1, (2, n))
    inside = (col + width <= 1) & (row + height <= 1)
    expected = weigh_edges([width], [height], 1.0, 1.0)[0]
    assert inside.mean() == pytest.approx(expected, abs=4 * math.sqrt(0.25 / n))


@pytest.mark.parametrize("gsd", [1.1, 1.3, 1.6])
def test_weights_remove_the_bias_of_leaving_out_border_particles(gsd: float) -> None:
    rng = np.random.default_rng(2)
    n, field, median = 400_000, 1000.0, 80.0
    diameters = rng.lognormal(math.log(median), math.log(gsd), n)
    row, col = rng.uniform(0, field, (2, n))
    reach = field / 2 - diameters / 2
    whole = (np.abs(row - field / 2) < reach) & (np.abs(col - field / 2) < reach)
    kept = diameters[whole]
    found = correct_edges(kept, kept, kept, field, field)
    truth = median * math.exp(math.log(gsd) ** 2 / 2)
    before, after = (side.mean / truth - 1 for side in (found.unweighted, found.weighted))  # type: ignore[operator]
    error = math.sqrt(math.expm1(math.log(gsd) ** 2) / n)
    # Analytic bias for a narrow distribution: mean changes by d ln P/dx · variance.
    expected = -2 * math.expm1(math.log(gsd) ** 2) * truth / (field - truth)
    assert before == pytest.approx(expected, rel=0.45)
    assert before < -5 * error
    assert abs(after) < 5 * error


def test_exploding_weights_and_particles_as_large_as_the_field_are_reported() -> None:
    feret = np.array([100.0] * 20 + [960.0, 1000.0, 1200.0])
    found = correct_edges(feret, feret, feret, 1000.0, 1000.0)
    assert (found.exploding, found.too_large) == (1, 2)
    assert found.weights[-2:].tolist() == [0.0, 0.0]
    assert found.weights[20] == pytest.approx(1 / 0.04**2)
    assert found.largest_share > 0.9
    assert (found.unweighted.count, found.weighted.count) == (23, 21)
    text = " ".join(found.warnings)
    assert "2 of 23 particles are as large as the field" in text
    assert "1 of 23 particles had a chance below 20%" in text
    assert "21 particles tell no more than 1" in text
    only = correct_edges([5.0], [20.0], [3.0], 10.0, 10.0)
    assert only.weighted.count == 0
    assert only.weighted.mean is None


def test_nothing_is_no_error() -> None:
    found = correct_edges([], [], [], 10.0, 10.0)
    assert (found.weighted.count, found.warnings) == (0, ())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (([1.0], [1.0], [1.0, 2.0], 9.0, 9.0), "1 horizontal and 2 vertical"),
        (([1.0, 2.0], [1.0], [1.0], 9.0, 9.0), "1 particles for 2 sizes"),
        (([1.0], [math.nan], [1.0], 9.0, 9.0), "impossible"),
        (([1.0], [1.0], [1.0], 0.0, 9.0), "width less the margin is not positive"),
        (([1.0], [1.0], [1.0], 9.0, [9.0, 9.0]), "2 field heights for 1"),
    ],
)
def test_impossible_fields_are_refused(arguments: tuple[object, ...], message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        correct_edges(*arguments)  # type: ignore[arg-type]


@given(
    feret=st.lists(st.tuples(st.floats(0, 50), st.floats(0, 50)), min_size=1, max_size=20),
    factor=st.floats(0.01, 100),
)
def test_probabilities_do_not_depend_on_the_unit(feret: list[tuple[float, float]], factor: float) -> None:
    horizontal, vertical = np.array(feret).T
    one = weigh_edges(horizontal, vertical, 40.0, 30.0)
    other = weigh_edges(horizontal * factor, vertical * factor, 40.0 * factor, 30.0 * factor)
    assert ((one >= 0) & (one <= 1)).all()
    np.testing.assert_allclose(one, other, atol=1e-9)


def test_small_particles_are_warned_of() -> None:
    found = check_resolution([5.0, 8.0, 20.0, 30.0], 2.0)
    assert (found.below, found.share_below, found.smallest_nm) == (2, 0.5, 20.0)
    assert "2 of 4 particles (50.0%) are less than 10 px (20 nm) across" in found.warnings[0]
    found = check_resolution([20.0, 40.0, 50.0], 2.96, smallest_px=33.7825)
    assert "1 of 3 particles (33.3%) is less than 33.8 px (100 nm) across" in found.warnings[0]
    assert check_resolution([20.0, 30.0]).warnings == ()
    assert "does not resolve" in check_resolution([3.0, 4.0]).warnings[1]
    assert check_resolution([]).share_below is None
    with pytest.raises(StatisticsError, match="scale 0"):
        check_resolution([1.0], 0)


def test_digitisation_uncertainty_is_that_of_lengths_on_a_grid() -> None:
    # Pixels whose centre lies in a segment placed at random: the count's error has an SD below 1/√6 px, which
    # is reached on average over lengths.
    rng = np.random.default_rng(3)
    start, length = rng.uniform(0, 1, 100_000), rng.uniform(10, 11, 100_000)
    pixels = np.floor(start + length) - np.floor(start)
    assert (pixels - length).std() == pytest.approx(check_resolution([9.0]).digitisation_px, rel=0.02)
