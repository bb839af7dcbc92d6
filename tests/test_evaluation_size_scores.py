"""Size scores, rank correlation, and label facts."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import spearmanr

from nanocaliper.evaluation.labels import border_labels, particle_sizes
from nanocaliper.evaluation.size_scores import ImageSizes, compare_sizes, score_sizes, spearman


def squares(*places: tuple[int, int, int], side: int = 60) -> npt.NDArray[np.int64]:
    """Particles 1, 2, ...: (row, col, side length) of each square."""
    labels = np.zeros((side, side), np.int64)
    for number, (row, col, length) in enumerate(places, start=1):
        labels[row : row + length, col : col + length] = number
    return labels


def diameter(side: float) -> float:
    return side * np.sqrt(4 / np.pi)


def image(
    truth: float | None, found: float | None, sd: float | None = 1.0, counts: tuple[int, int] = (5, 5)
) -> ImageSizes:
    return ImageSizes(
        truth_particles=counts[0],
        found_particles=counts[1],
        truth_whole=counts[0] if truth is not None else 0,
        found_whole=counts[1] if found is not None else 0,
        truth_mean_px=truth,
        found_mean_px=found,
        found_sd_px=sd,
    )


def test_sizes_and_border_of_labels() -> None:
    labels = squares((0, 5, 4), (20, 20, 6), (30, 55, 5), (55, 30, 5), (30, 0, 3))
    labels[labels == 2] = 7
    sizes = particle_sizes(labels)
    assert sizes == pytest.approx([0, diameter(4), 0, diameter(5), diameter(5), diameter(3), 0, diameter(6)])
    assert border_labels(labels).tolist() == [False, True, False, True, True, True, False, False]


def test_particles_at_the_border_count_but_have_no_size() -> None:
    truth = squares((10, 10, 10), (30, 30, 20), (0, 40, 7))
    found = squares((10, 10, 12), (0, 40, 9), (40, 0, 3))
    sizes = compare_sizes(truth, found)
    assert (sizes.truth_particles, sizes.truth_whole) == (3, 2)
    assert (sizes.found_particles, sizes.found_whole) == (3, 1)
    assert sizes.truth_mean_px == pytest.approx(diameter(15))
    assert sizes.found_mean_px == pytest.approx(diameter(12))
    assert sizes.found_sd_px is None
    assert sizes.diameter_error == pytest.approx(12 / 15 - 1)
    assert sizes.count_error == 0


def test_the_standard_deviation_is_that_of_the_found_particles() -> None:
    found = squares((10, 10, 10), (30, 30, 20))
    sizes = compare_sizes(squares((10, 10, 10)), found)
    assert sizes.found_sd_px == pytest.approx(np.std([diameter(10), diameter(20)], ddof=1))
    assert sizes.count_error == pytest.approx(1.0)


def test_images_without_whole_particles_are_counted_not_dropped() -> None:
    images = [
        image(10, 11),
        image(10, None),
        image(None, 8),
        image(None, None, counts=(0, 0)),
        image(20, 16, sd=None),
    ]
    scores = score_sizes(images)
    assert scores.images == 5
    assert (scores.compared, scores.only_truth, scores.only_found, scores.neither) == (2, 1, 1, 1)
    assert scores.diameter_error_median == pytest.approx(0.15)
    assert scores.diameter_error_mean == pytest.approx(0.15)
    assert scores.diameter_bias_median == pytest.approx(-0.05)
    assert scores.counted == 4


def test_log_r_accuracy_asks_for_a_difference_within_the_spread_of_the_found() -> None:
    images = [image(10, 11, 1.0), image(10, 11.5, 1.0), image(10, 8, 3.0), image(10, 30, None)]
    scores = score_sizes(images)
    assert scores.log_r_images == 3
    assert scores.log_r_accuracy == pytest.approx(2 / 3)  # a difference equal to the spread is accepted


def test_count_errors_need_true_particles_and_take_a_missed_image_as_one() -> None:
    images = [image(10, 10, counts=(4, 5)), image(10, None, counts=(4, 0)), image(None, 3, counts=(0, 7))]
    scores = score_sizes(images)
    assert scores.counted == 2
    assert scores.count_error_mean == pytest.approx((0.25 + 1) / 2)
    assert scores.count_error_median == pytest.approx((0.25 + 1) / 2)


def test_no_image_leaves_every_score_empty() -> None:
    scores = score_sizes([])
    assert (scores.images, scores.compared, scores.counted, scores.log_r_images) == (0, 0, 0, 0)
    assert scores.diameter_error_median is None
    assert scores.spearman is None
    assert scores.log_r_accuracy is None
    assert scores.count_error_mean is None


def test_shapes_that_differ_are_refused() -> None:
    with pytest.raises(ValueError, match="expected the same"):
        compare_sizes(np.zeros((3, 3), int), np.zeros((3, 4), int))


@settings(max_examples=100, deadline=None)
@given(
    pairs=st.lists(
        st.tuples(st.integers(-5, 5) | st.floats(-1e6, 1e6), st.integers(-3, 3) | st.floats(-1e6, 1e6)),
        min_size=2,
        max_size=40,
    )
)
def test_rank_correlation_agrees_with_scipy(pairs: list[tuple[float, float]]) -> None:
    x, y = np.array(pairs, dtype=np.float64).T
    ours = spearman(x, y)
    if len(set(x)) == 1 or len(set(y)) == 1:
        assert ours is None
    else:
        assert ours == pytest.approx(spearmanr(x, y).statistic, abs=1e-12)


def test_rank_correlation_of_monotone_and_unusable_values() -> None:
    x = np.array([3.0, 1.0, 2.0, 9.0])
    assert spearman(x, np.exp(x)) == pytest.approx(1.0)
    assert spearman(x, -(x**3)) == pytest.approx(-1.0)
    assert spearman([1.0], [2.0]) is None
    with pytest.raises(ValueError, match="finite"):
        spearman([1.0, np.nan], [1.0, 2.0])
    with pytest.raises(ValueError, match="equally many"):
        spearman([1.0, 2.0], [1.0])
