"""Shares of particles, and how many particles are enough."""

import math

import numpy as np
import pytest
from scipy import stats

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.bootstrap import estimate_intervals
from nanocaliper.statistics.particle_number import count_needed, judge_precision, predict_precision
from nanocaliper.statistics.shares import estimate_share


@pytest.mark.parametrize(("hits", "count"), [(0, 20), (3, 20), (10, 20), (20, 20), (137, 400)])
def test_the_interval_of_independent_particles_is_the_exact_binomial_one(hits: int, count: int) -> None:
    found = estimate_share([True] * hits + [False] * (count - hits))
    exact = stats.binomtest(hits, count).proportion_ci(0.95, method="exact")
    assert (found.low, found.high) == pytest.approx((exact.low, exact.high), abs=1e-9)
    assert (found.share, found.effective_count) == (hits / count, count)
    assert found.method == "Clopper-Pearson"


def test_images_that_differ_widen_the_interval() -> None:
    # Ten images of 100 particles, each all small or all large: no more than ten coin flips.
    images = np.repeat(np.arange(10), 100)
    found = estimate_share(images < 5, images=images)
    assert found.effective_count < 10
    exact = stats.binomtest(5, 10).proportion_ci(0.95, method="exact")
    assert found.low <= exact.low + 0.02
    assert found.high >= exact.high - 0.02
    # Images that are alike: all count, but for Student's t in place of the normal distribution.
    alike = estimate_share(np.tile([True, False], 500), images=images)
    assert alike.effective_count == pytest.approx(1000 * (1.95996 / 2.26216) ** 2, rel=1e-4)


def test_weights_move_the_share_and_cost_particles() -> None:
    found = estimate_share([True, True, False, False], [3.0, 1.0, 2.0, 2.0])
    assert found.share == 0.5
    assert found.effective_count < 4
    assert estimate_share([True, False], [1.0, 0.0]).share == 1.0


def test_impossible_shares_are_refused() -> None:
    with pytest.raises(StatisticsError, match="no particles"):
        estimate_share([])
    with pytest.raises(StatisticsError, match="Confidence level"):
        estimate_share([True], level=95)
    with pytest.raises(StatisticsError, match="labels for 1 of 2"):
        estimate_share([True, False], images=["a"])


def test_masuda_and_iinoya_numbers_are_reproduced() -> None:
    # Number of particles for 5 % at 95 %, volume basis, GSD 1.1 to 1.6: the table of ISO 13322-1.
    found = [count_needed(gsd, 0.05) for gsd in (1.1, 1.2, 1.3, 1.4, 1.5, 1.6)]
    assert found == [131, 528, 1247, 2363, 3956, 6092]
    # Its scope says in words: for 1.6 "over 6 000 particles be measured ... volume-mean diameter".
    assert 6000 < found[-1] < 6100


@pytest.mark.parametrize(
    ("measure", "logarithm"),
    [
        ("mean", lambda m, v: m + v / 2),
        ("mean_volume", lambda m, v: 3 * m + 4.5 * v),
        ("d_3_2", lambda m, v: m + 2.5 * v),
        ("d_4_3", lambda m, v: m + 3.5 * v),
        ("d50", lambda m, _v: m),
        ("d50_volume", lambda m, v: m + 3 * v),
    ],
)
def test_the_predicted_precision_is_that_of_simulated_samples(measure: str, logarithm: object) -> None:
    # Parameters of the lognormal distribution estimated from 500 particles, 4,000 times: their mean and variance
    # are independent, normal and chi-square.
    rng, n, gsd = np.random.default_rng(1), 500, 1.4
    sigma = math.log(gsd)
    mean = rng.normal(0, sigma / math.sqrt(n), 4000)
    variance = sigma**2 * rng.chisquare(n - 1, 4000) / (n - 1)
    values = logarithm(mean, variance)  # type: ignore[operator]
    predicted = predict_precision(gsd, n, measure=measure)
    assert 1.96 * values.std() == pytest.approx(predicted, rel=0.05)


def test_precision_and_number_are_inverse() -> None:
    for measure in ("mean", "d50_area", "d_4_3"):
        n = count_needed(1.5, 0.013, measure=measure, level=0.9)
        assert predict_precision(1.5, n, measure=measure, level=0.9) == pytest.approx(0.013, rel=1e-3)


def test_the_sentence_says_what_is_missing() -> None:
    sizes = np.random.default_rng(2).lognormal(3, 0.3, 300)
    interval = estimate_intervals(sizes, np.random.default_rng(0), statistics=["d50"])["d50"]
    found = judge_precision(interval, 300, 0.03)
    assert interval.low is not None
    assert interval.high is not None
    assert interval.estimate is not None
    assert found.reached is not None
    assert found.reached == pytest.approx((interval.high - interval.low) / 2 / interval.estimate)
    assert found.more == math.ceil(300 * ((found.reached / 0.03) ** 2 - 1))
    assert (
        found.sentence
        == f"±{100 * found.reached:.2g} % for D50 at 95 %; about {found.more} more particles for ±3 %."
    )
    done = judge_precision(interval, 300, 0.2)
    assert (done.more, done.sentence.endswith("±20 % is reached.")) == (0, True)
    assert "from about" in judge_precision(interval, 300, 0.03, images=4).sentence
    # A guess over 100,000 particles is rough, and so is that of images: three figures.
    rough = judge_precision(interval, 300, 0.0007, images=12_345)
    assert rough.more is not None
    assert rough.more > 100_000
    further = int(rough.sentence.rsplit("from about ", 1)[1].split(" more images")[0].replace(",", ""))
    assert further == pytest.approx(12_345 * rough.more / 300, rel=5e-3)
    assert set(str(further)[3:]) == {"0"}


def test_the_number_asked_for_reaches_the_precision() -> None:
    rng = np.random.default_rng(3)
    first = estimate_intervals(rng.lognormal(3, 0.3, 200), rng, statistics=["mean"])["mean"]
    more = judge_precision(first, 200, 0.02).more
    assert more is not None
    second = estimate_intervals(rng.lognormal(3, 0.3, 200 + more), rng, statistics=["mean"])["mean"]
    assert judge_precision(second, 200 + more, 0.02).reached == pytest.approx(0.02, rel=0.15)


def test_impossible_precisions_are_refused() -> None:
    for call in (
        lambda: count_needed(0.9),
        lambda: count_needed(1.2, 0.0),
        lambda: count_needed(1.2, measure="d99"),
        lambda: predict_precision(1.2, 0),
        lambda: count_needed(math.nan),
    ):
        with pytest.raises(StatisticsError):
            call()
    nothing = judge_precision(estimate_intervals([1.0], np.random.default_rng(0))["mean"], 1)
    assert nothing.reached is nothing.more is None
    assert "not known" in nothing.sentence
