"""The distribution in numbers."""

import itertools
import math
import statistics

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy import stats

from nanocaliper.errors import NanocaliperError, StatisticsError
from nanocaliper.statistics.density import accumulate, estimate_density, make_histogram
from nanocaliper.statistics.distribution import STATISTICS, describe
from nanocaliper.statistics.weighting import quantiles

SIZES = st.lists(st.floats(0, 1e6), min_size=2, max_size=60)
POSITIVE = st.lists(st.floats(1e-3, 1e3), min_size=2, max_size=40)


def test_a_hand_worked_set() -> None:
    found = describe([4.0, 1.0, 2.0, 5.0, 3.0])
    assert found.count == 5
    assert found.mean == pytest.approx(3)
    assert found.sd == pytest.approx(math.sqrt(2.5))
    # Definition 7: position 1 + 4 q in the ordered sizes.
    assert (found.d10, found.d50, found.d90) == pytest.approx((1.4, 3.0, 4.6))
    assert found.median == found.d50
    assert found.span == pytest.approx(3.2 / 3)
    assert found.cv == pytest.approx(math.sqrt(2.5) / 3)
    assert found.geometric_mean == pytest.approx(120 ** (1 / 5))


def test_three_spheres_of_a_published_example() -> None:
    # Diameters 1, 2 and 3: D[1,0] = 2.00, D[3,2] = 2.57, D[4,3] = 2.72 (A. Rawle, Basic principles of particle
    # size analysis, Malvern technical paper MRK034, and Surf. Coat. Int. A 2003, 86, 58).
    found = describe([1.0, 2.0, 3.0])
    assert found.d_1_0 == pytest.approx(2.00)
    assert found.d_2_1 == pytest.approx(14 / 6)
    assert found.d_3_2 == pytest.approx(36 / 14)
    assert found.d_4_3 == pytest.approx(98 / 36)
    assert (round(found.d_3_2 or 0, 2), round(found.d_4_3 or 0, 2)) == (2.57, 2.72)
    assert found.pdi_moments == pytest.approx(98 / 36 / 2)
    assert found.pdi_variance == pytest.approx(1 / 4)


def test_certified_mean_and_standard_deviation() -> None:
    # NIST StRD univariate data 'NumAcc2': certified mean 1.2, SD 0.1 (exact).
    sizes = [1.2] + [1.1, 1.3] * 500
    found = describe(sizes)
    assert found.mean == pytest.approx(1.2, rel=1e-14)
    assert found.sd == pytest.approx(0.1, rel=1e-13)


@pytest.mark.parametrize(("basis", "power"), [("number", 0), ("area", 2), ("volume", 3)])
def test_a_lognormal_population_is_found_again_on_each_basis(basis: str, power: int) -> None:
    # The basis xʳ of a lognormal distribution is lognormal with median · exp(r σ²) and the same σ.
    sigma, n = 0.25, 200_000
    sizes = np.random.default_rng(2).lognormal(math.log(30), sigma, n)
    found = describe(sizes, basis=basis)
    median = 30 * math.exp(power * sigma**2)
    # Four standard errors; weights make the effective number smaller by about exp(r² σ²).
    reach = 4 * sigma / math.sqrt(n) * math.exp(power**2 * sigma**2 / 2) * 3
    assert found.d50 == pytest.approx(median, rel=reach)
    assert found.geometric_mean == pytest.approx(median, rel=reach)
    assert found.geometric_sd == pytest.approx(math.exp(sigma), rel=reach)
    assert found.mean == pytest.approx(median * math.exp(sigma**2 / 2), rel=reach)
    for name, p in (("d10", 0.1), ("d90", 0.9)):
        expected = median * math.exp(sigma * statistics.NormalDist().inv_cdf(p))
        assert getattr(found, name) == pytest.approx(expected, rel=reach)
    # The peak of the density of ln x is the median; kernel smoothing leaves a few per cent of noise.
    assert found.mode == pytest.approx(median, rel=0.03)
    for p, name in enumerate(("d_1_0", "d_2_1", "d_3_2", "d_4_3")):
        expected = 30 * math.exp((p + 0.5) * sigma**2)
        assert getattr(found, name) == pytest.approx(expected, rel=3 * reach)


def test_a_normal_population_is_found_again() -> None:
    sizes = np.random.default_rng(1).normal(50, 5, 20_000)
    found = describe(sizes)
    # Four standard errors: 5/√n of the mean, 5/√(2n) of the SD, √(q(1 - q)/n) / density of a quantile.
    assert found.mean == pytest.approx(50, abs=4 * 5 / math.sqrt(20_000))
    assert found.sd == pytest.approx(5, abs=4 * 5 / math.sqrt(40_000))
    reach = 4 * 0.3 * 5 / 0.1755 / math.sqrt(20_000)
    assert found.d10 == pytest.approx(50 - 1.2816 * 5, abs=reach)
    assert found.d90 == pytest.approx(50 + 1.2816 * 5, abs=reach)


def test_too_few_sizes_leave_entries_empty() -> None:
    nothing = describe([])
    assert nothing.count == 0
    assert all(getattr(nothing, name) is None for name in STATISTICS)
    one = describe([7.0])
    assert (one.count, one.mean, one.sd, one.d10, one.d50, one.d90) == (1, 7.0, None, 7.0, 7.0, 7.0)
    assert one.cv is one.span is one.geometric_sd is one.pdi_variance is one.pdi_moments is None
    assert describe([1.0, 2.0]).mode is None


def test_equal_sizes_have_no_spread_and_no_rounding() -> None:
    for value in (0.1, 5.0, 1e5 / 3):
        found = describe([value] * 7)
        assert (found.mean, found.sd, found.cv, found.span) == (value, 0.0, 0.0, 0.0)
        assert (found.geometric_sd, found.pdi_moments, found.mode) == (1.0, 1.0, value)


def test_zero_sizes_have_no_logarithm() -> None:
    found = describe([0.0, 1.0, 2.0])
    assert found.geometric_mean is found.geometric_sd is found.mode is None
    assert found.d_4_3 == pytest.approx(17 / 9)
    zeros = describe([0.0, 0.0], basis="volume")
    assert (zeros.mean, zeros.sd, zeros.d_4_3, zeros.cv) == (0.0, 0.0, None, None)


@pytest.mark.parametrize("wrong", [math.nan, math.inf, -1.0])
def test_impossible_sizes_are_refused(wrong: float) -> None:
    with pytest.raises(ValueError, match="1 of 3 sizes are impossible") as caught:
        describe([1.0, wrong, 2.0])
    assert isinstance(caught.value, NanocaliperError)


def test_sizes_without_calibration_among_others_are_named() -> None:
    with pytest.raises(StatisticsError, match="image without calibration"):
        describe([1.0, math.nan, math.nan, 4.0])


@pytest.mark.parametrize(
    ("weights", "message"),
    [
        ([1.0, 2.0], "2 weights for 3 sizes"),
        ([1.0, -1.0, 1.0], "weights are impossible"),
        ([1.0, math.inf, 1.0], "weights are impossible"),
        ([0.0, 0.0, 0.0], "All weights are zero"),
    ],
)
def test_impossible_weights_are_refused(weights: list[float], message: str) -> None:
    with pytest.raises(StatisticsError, match=message):
        describe([1.0, 2.0, 3.0], weights)


def test_unknown_basis_is_refused() -> None:
    with pytest.raises(StatisticsError, match="'mass' is unknown; expected one of number, area, volume"):
        describe([1.0, 2.0], basis="mass")


@settings(deadline=None)
@given(sizes=SIZES, seed=st.integers(0, 99))
def test_order_does_not_matter_and_quantiles_are_ordered(sizes: list[float], seed: int) -> None:
    found = describe(sizes)
    shuffled = describe(np.random.default_rng(seed).permutation(sizes))
    assert None not in (found.mean, found.sd, found.d10, found.d50, found.d90)
    assert (shuffled.d10, shuffled.d50, shuffled.d90) == (found.d10, found.d50, found.d90)
    assert shuffled.mean == pytest.approx(found.mean)
    assert min(sizes) <= found.d10 <= found.d50 <= found.d90 <= max(sizes)  # type: ignore[operator]
    assert found.d50 == pytest.approx(statistics.median(sizes))
    assert found.sd == pytest.approx(statistics.stdev(sizes), rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(sizes=POSITIVE, factor=st.floats(0.01, 100), basis=st.sampled_from(["number", "area", "volume"]))
def test_equal_weights_change_nothing_and_units_scale(sizes: list[float], factor: float, basis: str) -> None:
    plain = describe(sizes, basis=basis)
    weighted = describe(sizes, [3.7] * len(sizes), basis=basis)
    scaled = describe([factor * size for size in sizes], basis=basis)
    for name in STATISTICS:
        value = getattr(plain, name)
        if value is None:
            assert getattr(weighted, name) is None
            continue
        # The mode may jump between peaks that are equally high.
        if name != "mode":
            assert getattr(weighted, name) == pytest.approx(value, rel=1e-6, abs=1e-9)
            power = 1 if name[0] == "d" or name in ("mean", "sd", "geometric_mean") else 0
            assert getattr(scaled, name) == pytest.approx(value * factor**power, rel=1e-6, abs=1e-9)
    means = [plain.d_1_0, plain.d_2_1, plain.d_3_2, plain.d_4_3]
    # Lyapunov's inequality.
    assert all(a <= b * (1 + 1e-12) for a, b in itertools.pairwise(means))  # type: ignore[operator]


def test_weights_stand_for_particles() -> None:
    sizes, times = np.array([3.0, 5.0, 8.0, 9.0, 12.0]), np.array([400, 100, 200, 800, 300])
    weighted, repeated = describe(sizes, times), describe(np.repeat(sizes, times))
    assert weighted.mean == pytest.approx(repeated.mean)
    assert weighted.geometric_mean == pytest.approx(repeated.geometric_mean)
    assert weighted.d_4_3 == pytest.approx(repeated.d_4_3)
    # A particle of weight zero is none.
    assert describe([*sizes, 99.0], [*times, 0]) == weighted


def test_weighted_quantiles_are_definition_7_for_equal_weights() -> None:
    sizes = np.random.default_rng(3).lognormal(0, 1, 37)
    shares = np.linspace(0, 1, 23)
    np.testing.assert_allclose(
        quantiles(sizes, tuple(shares), np.full(37, 0.2)), np.quantile(sizes, shares), rtol=1e-11
    )


def test_histogram_rule_limits_and_shares() -> None:
    sizes = np.random.default_rng(4).normal(100, 10, 1000)
    found = make_histogram(sizes)
    # Freedman-Diaconis: 2 · 1.349 · 10 / 10 = 2.7 wide, range about 65.
    assert 2.0 < np.diff(found.edges)[0] < 2.8
    assert found.rule == "Freedman-Diaconis"
    assert found.counts.sum() == 1000
    assert found.share.sum() == pytest.approx(1)
    assert (found.density * np.diff(found.edges)).sum() == pytest.approx(1)
    logarithmic = make_histogram(sizes, basis="volume", logarithmic=True, bins=12)
    np.testing.assert_allclose(
        np.diff(np.log(logarithmic.edges)), np.log(logarithmic.edges[1] / logarithmic.edges[0])
    )
    expected = sizes[sizes < logarithmic.edges[6]] ** 3
    assert logarithmic.share[:6].sum() == pytest.approx(expected.sum() / (sizes**3).sum())
    assert "limited to 100" in make_histogram(np.r_[sizes, 1e5]).rule
    equal = make_histogram([4.0, 4.0, 4.0])
    assert equal.counts.tolist() == [0, 0, 3, 0, 0]
    assert make_histogram([0.0, 0.0]).counts.sum() == 2
    assert make_histogram([5.0], logarithmic=True).counts.sum() == 1
    with pytest.raises(StatisticsError, match="no particles"):
        make_histogram([])
    with pytest.raises(StatisticsError, match="0 bins"):
        make_histogram(sizes, bins=0)
    with pytest.raises(StatisticsError, match="expected finite sizes that are positive"):
        make_histogram([0.0, 1.0], logarithmic=True)


def test_density_is_the_gaussian_kernel_density_of_the_logarithm() -> None:
    sizes = np.random.default_rng(5).lognormal(2, 0.4, 500)
    weights = np.random.default_rng(6).uniform(1, 2, 500)
    found = estimate_density(sizes, weights, bandwidth=0.1)
    assert found is not None
    # The definition, point by point.
    at = np.log(found.x[::50])[:, np.newaxis]
    kernels = stats.norm.pdf(at, np.log(sizes), 0.1) @ weights / weights.sum()
    np.testing.assert_allclose(found.log_density[::50], kernels, atol=2e-3 * kernels.max())
    assert np.trapezoid(found.density, found.x) == pytest.approx(1, abs=1e-3)
    chosen = estimate_density(sizes)
    assert chosen is not None
    spread = min(np.log(sizes).std(ddof=1), stats.iqr(np.log(sizes)) / 1.34)
    assert chosen.bandwidth == pytest.approx(0.9 * spread * 500**-0.2)
    assert estimate_density([3.0, 3.0]) is None
    with pytest.raises(StatisticsError, match="Bandwidth"):
        estimate_density(sizes, bandwidth=-1)


def test_cumulative_distribution_steps_at_every_size() -> None:
    found = accumulate([2.0, 1.0, 2.0, 4.0], basis="area")
    assert found.x.tolist() == [1.0, 2.0, 4.0]
    assert found.share.tolist() == pytest.approx([1 / 25, 9 / 25, 1.0])
