"""Confidence intervals."""

import math
import time
from collections.abc import Callable

import numpy as np
import pytest
from scipy import stats

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.bootstrap import estimate_intervals
from nanocaliper.statistics.distribution import STATISTICS, describe
from nanocaliper.statistics.power_sums import make_power_sums
from nanocaliper.statistics.resampling import bin_sizes, draw_replicates, find_quantiles
from nanocaliper.statistics.spread_intervals import predict_variances

SCALED = ("mean", "sd", "d10", "d50", "d90", "mode", "geometric_mean", "d_1_0", "d_2_1", "d_3_2", "d_4_3")


def _rng() -> np.random.Generator:
    return np.random.default_rng(7)


def test_every_statistic_has_an_interval_around_it() -> None:
    sizes = np.random.default_rng(1).lognormal(3, 0.3, 400)
    for basis in ("number", "area", "volume"):
        found = estimate_intervals(sizes, _rng(), basis=basis, replicates=500)
        assert set(found.intervals) == set(STATISTICS)
        assert found.distribution == describe(sizes, basis=basis)
        for name, interval in found.intervals.items():
            assert interval.estimate == getattr(found.distribution, name)
            assert interval.low is not None, name
            assert interval.high is not None, name
            assert interval.low < interval.estimate < interval.high, name
            assert interval.standard_error is not None
            # A 95 % interval is about four standard errors wide.
            assert 3.5 < (interval.high - interval.low) / interval.standard_error < 5.5, name
            assert interval.reason is None


def test_the_same_seed_gives_the_same_intervals_and_units_scale() -> None:
    sizes = np.random.default_rng(2).lognormal(3, 0.3, 150)
    one, same = (estimate_intervals(sizes, _rng(), replicates=200) for _ in range(2))
    in_other_unit = estimate_intervals(sizes * 2.5, _rng(), replicates=200)
    assert one == same
    for name in STATISTICS:
        factor = 2.5 if name in SCALED else 1.0
        for limit in ("low", "high", "standard_error"):
            expected = getattr(one[name], limit) * factor
            assert getattr(in_other_unit[name], limit) == pytest.approx(expected, rel=1e-6), name


def test_large_normal_samples_agree_with_theory() -> None:
    n = 20_000
    sizes = np.random.default_rng(3).normal(100, 10, n)
    found = estimate_intervals(sizes, _rng())
    assert found["mean"].standard_error == pytest.approx(10 / math.sqrt(n), rel=0.05)
    assert found["sd"].standard_error == pytest.approx(10 / math.sqrt(2 * n), rel=0.05)
    median_error = math.sqrt(math.pi / 2) * 10 / math.sqrt(n)
    assert found["d50"].standard_error == pytest.approx(median_error, rel=0.1)
    half = 1.96 * 10 / math.sqrt(n)
    mean = found["mean"]
    assert mean.low is not None
    assert mean.high is not None
    assert mean.estimate is not None
    # 2,000 replicates leave some 3 % of noise in a limit.
    assert mean.high - mean.estimate == pytest.approx(half, rel=0.1)
    assert mean.estimate - mean.low == pytest.approx(half, rel=0.1)


def test_the_median_interval_is_that_of_order_statistics() -> None:
    # n = 100, 95 %: the exact limits for a continuous distribution lie between orders 40/41 and 60/61.
    found = estimate_intervals(np.arange(1.0, 101.0), _rng(), statistics=["d50"])["d50"]
    assert found.low is not None
    assert found.high is not None
    assert 40 <= found.low <= 41
    assert 60 <= found.high <= 61
    assert stats.beta.cdf(0.5, found.low, 101 - found.low) == pytest.approx(0.975, abs=1e-6)


def test_binned_replicates_have_the_spread_of_unbinned_ones() -> None:
    sizes = np.random.default_rng(4).lognormal(0, 0.4, 6000)
    ones = np.ones(6000)
    spreads = []
    for bins in (500, 6000):
        binned = bin_sizes(sizes, ones, bins)
        assert binned.count.sum() == 6000
        assert binned.moment.sum() == pytest.approx(sizes.sum())
        means, medians = [], []
        for times in draw_replicates(binned, 1000, _rng()):
            mass = times * binned.mass
            assert mass.sum(axis=1) == pytest.approx(6000)
            means.append(times @ binned.moment / 6000)
            total_sq = (times * binned.mass_sq).sum(axis=1)
            medians.append(find_quantiles(mass, total_sq, times * binned.moment, (0.5,))[:, 0])
        spreads.append((np.concatenate(means).std(), np.concatenate(medians).std()))
    # The SD of 1,000 replicates is known to 1/√2000 = 2.2 %.
    np.testing.assert_allclose(spreads[0], spreads[1], rtol=0.11)
    assert spreads[1][0] == pytest.approx(sizes.std() / math.sqrt(6000), rel=0.08)


def test_quantiles_of_replicates_are_those_of_the_repeated_sizes() -> None:
    sizes = np.random.default_rng(5).lognormal(0, 0.5, 40)
    binned = bin_sizes(sizes, np.ones(40))
    times = next(draw_replicates(binned, 20, _rng()))
    found = find_quantiles(times, times.sum(axis=1), times * binned.moment, (0.1, 0.5, 0.9))
    for row, quantiles in zip(times, found, strict=True):
        repeated = np.repeat(np.sort(sizes), row.astype(int))
        assert quantiles == pytest.approx(np.quantile(repeated, (0.1, 0.5, 0.9)))


def test_images_that_differ_widen_the_intervals_and_like_ones_do_not() -> None:
    rng = np.random.default_rng(6)
    images = np.repeat(np.arange(12), 100)
    alike = rng.lognormal(3, 0.2, 1200)
    different = alike * np.exp(rng.normal(0, 0.15, 12))[images]
    for sizes, low, high in ((alike, 0.5, 2.0), (different, 3.0, 12.0)):
        grouped = estimate_intervals(sizes, _rng(), images=images, replicates=200)
        plain = estimate_intervals(sizes, _rng(), replicates=200)
        assert grouped.images == 12
        for name in ("mean", "d50", "geometric_mean"):
            wide, narrow = grouped[name], plain[name]
            assert wide.standard_error is not None
            assert narrow.standard_error is not None
            assert low < wide.standard_error / narrow.standard_error < high, name
    assert grouped["mean"].method == "jackknife over images"


def test_the_jackknife_over_images_of_equal_size_is_the_t_interval_of_their_means() -> None:
    # For small spread the logarithm is linear and the mean of all is the mean of the images' means.
    rng = np.random.default_rng(8)
    images = np.repeat(np.arange(6), 30)
    sizes = 100 + rng.normal(0, 0.1, 6)[images] + rng.normal(0, 0.1, 180)
    found = estimate_intervals(sizes, _rng(), images=images, statistics=["mean"])["mean"]
    means = sizes.reshape(6, 30).mean(axis=1)
    low, high = stats.t.interval(0.95, 5, means.mean(), means.std(ddof=1) / math.sqrt(6))
    assert (found.low, found.high) == pytest.approx((low, high), rel=1e-5)


def test_labels_of_images_may_be_names_and_one_image_is_none() -> None:
    sizes = np.random.default_rng(9).lognormal(3, 0.2, 60)
    named = estimate_intervals(sizes, _rng(), images=["b.tif", "a.tif", "c.tif"] * 20, replicates=100)
    assert named.images == 3
    assert "3 images only" in named.warnings[0]
    one = estimate_intervals(sizes, _rng(), images=["a.tif"] * 60, replicates=100)
    assert one.images is None
    assert "one image" in one.warnings[0]
    assert one.intervals == estimate_intervals(sizes, _rng(), replicates=100).intervals


def test_equal_weights_change_no_interval() -> None:
    sizes = np.random.default_rng(10).lognormal(3, 0.3, 80)
    plain = estimate_intervals(sizes, _rng(), replicates=200)
    weighted = estimate_intervals(sizes, _rng(), np.full(80, 0.3), replicates=200)
    for name in STATISTICS:
        for limit in ("low", "high"):
            assert getattr(weighted[name], limit) == pytest.approx(getattr(plain[name], limit), rel=1e-7), (
                name
            )


@pytest.mark.parametrize("power", [0, 2, 3])
def test_lognormal_variances_are_those_of_large_samples(power: int) -> None:
    sigma, n = 0.15, 400_000
    sizes = np.random.default_rng(14).lognormal(2, sigma, n)
    sums = make_power_sums(sizes, np.ones(n), power)
    values, errors = sums.evaluate(sums.columns.sum(axis=0, keepdims=True))
    for name, variance in predict_variances(power, sigma**2).items():
        assert n * errors[name][0] ** 2 == pytest.approx(variance, rel=0.05), name
    assert math.exp(values["d_4_3"][0]) == pytest.approx(math.exp(2 + 3.5 * sigma**2), rel=1e-3)


def test_uneven_weights_widen_intervals_as_fewer_particles_do() -> None:
    rng = np.random.default_rng(11)
    sizes, weights = rng.lognormal(3, 0.3, 4000), rng.choice([1.0, 9.0], 4000)
    plain = estimate_intervals(sizes, _rng(), replicates=300)
    weighted = estimate_intervals(sizes, _rng(), weights, replicates=300)
    # Kish: n Σw²/(Σw)² = (1 + 81)/2 / 25 = 1.64, √ = 1.28.
    for name in ("mean", "sd", "d50", "geometric_mean"):
        wide, narrow = weighted[name], plain[name]
        assert wide.standard_error is not None
        assert narrow.standard_error is not None
        assert wide.standard_error / narrow.standard_error == pytest.approx(1.28, rel=0.15), name


@pytest.mark.parametrize("sizes", [[], [5.0], [5.0, 6.0], [4.0, 4.0, 4.0, 4.0]])
def test_samples_that_tell_nothing_have_no_interval_but_a_reason(sizes: list[float]) -> None:
    found = estimate_intervals(sizes, _rng())
    for interval in found.intervals.values():
        assert interval.low is interval.high is interval.standard_error is None
        assert interval.reason
    assert found.warnings


def test_few_particles_say_what_is_missing() -> None:
    found = estimate_intervals([3.0, 4.0, 5.0, 6.5, 7.0, 9.0], _rng())
    assert found["mean"].method == "jackknife"
    assert found["d10"].low is None
    assert "too few for the lower limit of d10" in (found["d10"].reason or "")
    assert found["d50"].low is not None
    assert "rough" in found.warnings[0]
    # Mean of six: the classical t interval, on the scale of the logarithm.
    low, high = stats.t.interval(0.95, 5, 5.75, np.std([3, 4, 5, 6.5, 7, 9], ddof=1) / math.sqrt(6))
    assert found["mean"].low == pytest.approx(low, rel=0.12)
    assert found["mean"].high == pytest.approx(high, rel=0.12)


def test_zeros_and_extremes_give_no_nonsense() -> None:
    for sizes in (
        [0.0, 0.0, 0.0, 5.0],
        [0.0] * 50 + [1.0] * 50,
        [1e-6] * 30 + [1e6],
        [1e-6] * 5 + [1e6],
        [1.0] * 99 + [1.0 + 1e-9],
    ):
        found = estimate_intervals(sizes, _rng(), replicates=200)
        for interval in found.intervals.values():
            for value in (interval.low, interval.high, interval.standard_error):
                assert value is None or (math.isfinite(value) and value >= 0)
            if interval.low is not None and interval.high is not None:
                assert interval.low <= interval.high
            else:
                assert interval.reason


def test_far_too_few_images_have_no_interval_rather_than_a_senseless_one() -> None:
    found = estimate_intervals([1.0, 2.0, 3.0], _rng(), images=[0, 0, 1])
    assert found.images == 2
    for name in ("mean", "sd", "geometric_sd", "d_4_3"):
        assert found[name].low is found[name].high is None
        assert "factor of 100" in (found[name].reason or "")
    # One particle in the second image: nothing to tell its spread by, and still no limit beside the estimate.
    lone = estimate_intervals([5.0] * 50 + [6.0], _rng(), images=[0] * 50 + [1])
    for interval in lone.intervals.values():
        if interval.low is not None and interval.high is not None and interval.estimate is not None:
            assert interval.low <= interval.estimate <= interval.high


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: estimate_intervals([1.0, 2.0], _rng(), level=1.0), "Confidence level 1.0"),
        (lambda: estimate_intervals([1.0, 2.0], _rng(), replicates=10), "10 replicates"),
        (lambda: estimate_intervals([1.0, 2.0], _rng(), images=[1]), "labels for 1 of 2"),
        (lambda: estimate_intervals([1.0, 2.0], _rng(), statistics=["meen"]), "'meen'"),
        (lambda: estimate_intervals([1.0, math.nan], _rng()), "without calibration"),
        (lambda: estimate_intervals([1.0, -2.0], _rng()), "not negative"),
    ],
)
def test_impossible_requests_are_refused(call: Callable[[], object], message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        call()


def _cover(samples: int, count: int, gsd: float, names: tuple[str, ...], images: int = 1) -> dict[str, float]:
    sigma = math.log(gsd)
    mean = math.exp(sigma**2 / 2)
    truth = {
        "mean": mean,
        "sd": mean * math.sqrt(math.expm1(sigma**2)),
        "d10": math.exp(-1.2815515655 * sigma),
        "d50": 1.0,
        "d90": math.exp(1.2815515655 * sigma),
        "geometric_mean": 1.0,
    }
    hits = dict.fromkeys(names, 0)
    for sample in range(samples):
        rng = np.random.default_rng((sample, count, images))
        group = None if images == 1 else rng.integers(images, size=count)
        sizes = rng.lognormal(0, sigma * math.sqrt(1.0 if images == 1 else 0.9), count)
        if group is not None:
            sizes = sizes * np.exp(rng.normal(0, sigma * math.sqrt(0.1), images))[group]
        found = estimate_intervals(sizes, rng, images=group, replicates=300, statistics=names)
        for name in names:
            low, high = found[name].low, found[name].high
            hits[name] += low is not None and high is not None and low <= truth[name] <= high
    return {name: hits[name] / samples for name in names}


@pytest.mark.slow
@pytest.mark.parametrize(("count", "gsd"), [(50, 1.1), (50, 1.6), (500, 1.6)])
def test_95_percent_intervals_contain_the_truth_as_often_as_they_say(count: int, gsd: float) -> None:
    found = _cover(800, count, gsd, ("mean", "sd", "d10", "d50", "d90", "geometric_mean"))
    for name, share in found.items():
        # 93 to 97 %, with two standard errors of 800 samples, 1.5 %, on each side.
        assert 0.915 < share < 0.985, (name, share)


@pytest.mark.slow
@pytest.mark.parametrize("images", [5, 20])
def test_intervals_over_images_contain_the_truth_as_often_as_they_say(images: int) -> None:
    found = _cover(800, 400, 1.3, ("mean", "d10", "d50", "d90", "geometric_mean"), images)
    for name, share in found.items():
        assert 0.915 < share < 0.985, (name, share)


@pytest.mark.slow
def test_100_000_particles_take_less_than_20_seconds() -> None:
    sizes = np.random.default_rng(12).lognormal(3, 0.4, 100_000)
    start = time.process_time()
    for basis in ("number", "area", "volume"):
        estimate_intervals(sizes, _rng(), basis=basis, replicates=2000)
    assert time.process_time() - start < 20
