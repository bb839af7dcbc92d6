"""Fitted distributions, their goodness, and mixtures."""

import math

import numpy as np
import pytest
from scipy import stats

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.fits import MODELS, Fit, fit_model, fit_models, plot_quantiles
from nanocaliper.statistics.goodness import judge_fit
from nanocaliper.statistics.modality import find_modality

#: Millions of revolutions to failure of 23 ball bearings: J. Lieblein and M. Zelen, J. Res. Nat. Bur. Stand. 1956,
#: 57, 273.
BEARINGS = (
    17.88, 28.92, 33.00, 41.52, 42.12, 45.60, 48.48, 51.84, 51.96, 54.12, 55.56, 67.80, 68.64, 68.64, 68.88, 84.12,
    93.12, 98.64, 105.12, 105.84, 127.92, 128.04, 173.40,
)  # fmt: skip


def _frozen(fit: Fit) -> object:
    if fit.model == "normal":
        return stats.norm(fit.location, fit.scale)
    if fit.model == "lognormal":
        return stats.lognorm(fit.scale, scale=math.exp(fit.location))
    return stats.weibull_min(fit.parameters["shape"], scale=fit.parameters["scale"])


def test_published_fits_of_the_ball_bearings_are_reproduced() -> None:
    # J. F. Lawless, Statistical Models and Methods for Lifetime Data, Wiley 1982 and 2003: Weibull shape 2.10 and
    # scale 81.9; lognormal µ 4.15 and σ 0.522.
    weibull = fit_model(BEARINGS, "weibull")
    assert weibull.parameters["shape"] == pytest.approx(2.10, abs=0.005)
    assert weibull.parameters["scale"] == pytest.approx(81.9, abs=0.05)
    lognormal = fit_model(BEARINGS, "lognormal")
    assert (lognormal.location, lognormal.scale) == pytest.approx((4.15, 0.522), abs=0.001)


@pytest.mark.parametrize("model", MODELS)
def test_fits_agree_with_scipy(model: str) -> None:
    sizes = np.random.default_rng(1).lognormal(3, 0.35, 500)
    found = fit_model(sizes, model)
    reference = {"normal": stats.norm, "lognormal": stats.lognorm, "weibull": stats.weibull_min}[model]
    parameters = reference.fit(sizes, **({} if model == "normal" else {"floc": 0}))
    likelihood = reference(*parameters).logpdf(sizes).sum()
    assert found.log_likelihood == pytest.approx(likelihood, rel=1e-7)
    assert found.aic == pytest.approx(4 - 2 * likelihood, rel=1e-7)
    assert found.bic == pytest.approx(2 * math.log(500) - 2 * likelihood, rel=1e-7)
    frozen = _frozen(found)
    at = np.array([0.0, 5.0, 17.0, 40.0, 90.0])
    np.testing.assert_allclose(found.cdf(at), frozen.cdf(at), atol=1e-9)  # type: ignore[attr-defined]
    np.testing.assert_allclose(found.pdf(at), frozen.pdf(at), atol=1e-9)  # type: ignore[attr-defined]
    share = np.array([0.001, 0.1, 0.5, 0.99])
    np.testing.assert_allclose(found.quantile(share), frozen.ppf(share), rtol=1e-7)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("model", "draw", "truth"),
    [
        ("normal", lambda rng, n: rng.normal(20, 4, n), {"mean": 20, "sd": 4}),
        (
            "lognormal",
            lambda rng, n: rng.lognormal(3, 0.3, n),
            {"median": math.exp(3), "geometric_sd": math.exp(0.3)},
        ),
        ("weibull", lambda rng, n: 22 * rng.weibull(3.5, n), {"scale": 22, "shape": 3.5}),
    ],
)
@pytest.mark.parametrize("limit", [None, 17.0])
def test_parameters_and_errors_are_right_over_many_samples(
    model: str, draw: object, truth: dict[str, float], limit: float | None
) -> None:
    pulls = []
    for seed in range(60):
        sizes = draw(np.random.default_rng(seed), 1500)  # type: ignore[operator]
        sizes = sizes[sizes > 0.1] if limit is None else sizes[sizes >= limit]
        found = fit_model(sizes, model, truncated_at=limit)
        assert found.converged
        pulls.append([(found.parameters[k] - v) / found.standard_errors[k] for k, v in truth.items()])
    spread = np.array(pulls)
    # Standard normal: the mean of 60 within 4/√60, the SD within 4/√120.
    assert (np.abs(spread.mean(axis=0)) < 0.52).all()
    assert (np.abs(spread.std(axis=0, ddof=1) - 1) < 0.37).all()


def test_ignoring_the_detection_limit_is_wrong_and_using_it_is_not() -> None:
    sizes = np.random.default_rng(3).lognormal(3, 0.4, 4000)
    seen = sizes[sizes >= 18]
    ignored, used = fit_model(seen, "lognormal"), fit_model(seen, "lognormal", truncated_at=18.0)
    assert ignored.parameters["median"] > 25
    assert used.parameters["median"] == pytest.approx(math.exp(3), rel=0.08)
    assert used.cdf([17.9, 18.0]).tolist() == [0.0, 0.0]
    assert used.pdf([17.9])[0] == 0
    grid = np.linspace(18, 300, 100_001)
    assert np.trapezoid(used.pdf(grid), grid) == pytest.approx(1, abs=1e-4)
    np.testing.assert_allclose(used.cdf(used.quantile([0.01, 0.5, 0.99])), [0.01, 0.5, 0.99], atol=1e-9)


def test_sizes_that_only_fall_off_have_no_truncated_fit() -> None:
    # A tail longer than exponential from the limit on: the normal likelihood has no maximum.
    sizes = 20 + np.random.default_rng(1).pareto(3, 300) * 5
    found = fit_model(sizes, "normal", truncated_at=20.0)
    assert not found.converged
    assert (found.aic, dict(found.parameters)) == (None, {})
    assert "no maximum" in found.warnings[0]
    order = [fit.converged for fit in fit_models(sizes, models=("normal", "lognormal"), truncated_at=20.0)]
    assert order == sorted(order, reverse=True)
    with pytest.raises(StatisticsError, match="did not converge"):
        judge_fit(found, sizes, np.random.default_rng(0))


def test_models_are_ordered_by_aic_and_the_true_one_wins() -> None:
    rng = np.random.default_rng(4)
    assert fit_models(rng.lognormal(3, 0.5, 1000))[0].model == "lognormal"
    assert fit_models(rng.weibull(1.5, 1000))[0].model == "weibull"
    assert fit_models(rng.normal(50, 12, 1000))[0].model == "normal"


def test_weights_stand_for_particles() -> None:
    sizes = np.random.default_rng(5).lognormal(3, 0.3, 200)
    times = np.random.default_rng(6).integers(1, 4, 200)
    weighted, repeated = fit_model(sizes, "weibull", times), fit_model(np.repeat(sizes, times), "weibull")
    assert dict(weighted.parameters) == pytest.approx(dict(repeated.parameters), rel=1e-6)
    # But they are no more particles than there are: Kish's effective number.
    ratio = repeated.standard_errors["scale"] / weighted.standard_errors["scale"]
    assert ratio == pytest.approx(math.sqrt(times.sum() / (times**2).sum()), rel=0.01)


@pytest.mark.parametrize(
    ("sizes", "model", "limit", "message"),
    [
        ([1.0, 2.0, 3.0, 4.0], "normal", None, "4 particles are too few"),
        ([2.0] * 9, "weibull", None, "All 9 sizes are equal"),
        ([28.0, 28.0 * (1 + 3e-16), 28.0 * (1 - 2e-16)] * 9, "normal", None, "All 27 sizes are equal"),
        ([0.0, 1.0, 2.0, 3.0, 4.0], "lognormal", None, "positive"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "gamma", None, "'gamma' is unknown"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "normal", 2.5, "2 sizes lie below the detection limit"),
        ([1.0, 2.0, 3.0, 4.0, 5.0], "normal", -1.0, "Detection limit -1.0"),
        ([1.0, 2.0, math.nan, 4.0, 5.0], "normal", None, "impossible"),
    ],
)
def test_impossible_fits_are_refused(
    sizes: list[float], model: str, limit: float | None, message: str
) -> None:
    with pytest.raises(StatisticsError, match=message):
        fit_model(sizes, model, truncated_at=limit)


def test_distances_agree_with_scipy() -> None:
    sizes = np.random.default_rng(7).lognormal(3, 0.4, 300)
    for model in MODELS:
        fit = fit_model(sizes, model)
        found = judge_fit(fit, sizes, np.random.default_rng(0), replicates=19)
        frozen = _frozen(fit)
        assert found.kolmogorov_smirnov == pytest.approx(stats.kstest(sizes, frozen.cdf).statistic)  # type: ignore[attr-defined]
        u = np.sort(frozen.cdf(sizes))  # type: ignore[attr-defined]
        i = np.arange(1, 301)
        a = -300 - ((2 * i - 1) * (np.log(u) + np.log1p(-u[::-1]))).sum() / 300
        assert found.anderson_darling == pytest.approx(a)


def test_p_values_agree_with_tables_for_a_fitted_normal_distribution() -> None:
    # A²(1 + 0.75/n + 2.25/n²) has upper 5 % point 0.752 and 1 % point 1.035 when both parameters are estimated (M.
    # A. Stephens, in Goodness-of-Fit Techniques, Marcel Dekker 1986, table 4.7).
    n = 100
    rng = np.random.default_rng(8)
    for target, p in ((0.752, 0.05), (1.035, 0.01)):
        best = None
        for _ in range(400):
            sizes = rng.normal(100, 5, n) + rng.exponential(4, n) * rng.integers(0, 2)
            fit = fit_model(sizes, "normal")
            z = np.sort((sizes - sizes.mean()) / sizes.std(ddof=1))
            u = stats.norm.cdf(z)
            i = np.arange(1, n + 1)
            a = -n - ((2 * i - 1) * (np.log(u) + np.log1p(-u[::-1]))).sum() / n
            gap = abs(a * (1 + 0.75 / n + 2.25 / n**2) - target)
            if best is None or gap < best[0]:
                best = (gap, fit, sizes)
        assert best is not None
        assert best[0] < 0.03
        found = judge_fit(best[1], best[2], np.random.default_rng(1), replicates=1999)
        assert found.anderson_darling_p == pytest.approx(p, rel=0.4)


@pytest.mark.slow
@pytest.mark.parametrize(("model", "limit"), [("weibull", None), ("lognormal", 18.0)])
def test_p_values_of_true_models_are_uniform(model: str, limit: float | None) -> None:
    values = []
    for seed in range(150):
        rng = np.random.default_rng(seed)
        sizes = 20 * rng.weibull(3, 80) if model == "weibull" else rng.lognormal(3, 0.3, 120)
        sizes = sizes if limit is None else sizes[sizes >= limit]
        fit = fit_model(sizes, model, truncated_at=limit)
        if fit.converged:
            found = judge_fit(fit, sizes, rng, replicates=99)
            values.append((found.kolmogorov_smirnov_p, found.anderson_darling_p))
    assert len(values) > 140
    for column in np.array(values).T:
        assert stats.kstest(column, "uniform").pvalue > 0.001


def test_large_samples_are_compared_with_samples_of_2000() -> None:
    sizes = np.random.default_rng(9).lognormal(3, 0.4, 50_000)
    right = judge_fit(fit_model(sizes, "lognormal"), sizes, np.random.default_rng(0), replicates=99)
    assert (right.simulated_count, right.count) == (2000, 50_000)
    assert right.kolmogorov_smirnov_p > 0.02
    wrong = judge_fit(fit_model(sizes, "normal"), sizes, np.random.default_rng(0), replicates=99)
    assert wrong.kolmogorov_smirnov_p == wrong.anderson_darling_p == 0.01


def test_judging_other_sizes_or_too_few_replicates_is_refused() -> None:
    fit = fit_model(BEARINGS, "lognormal")
    with pytest.raises(StatisticsError, match="23 sizes, not of these 22"):
        judge_fit(fit, BEARINGS[1:], np.random.default_rng(0))
    with pytest.raises(StatisticsError, match="5 replicates"):
        judge_fit(fit, BEARINGS, np.random.default_rng(0), replicates=5)


def test_q_q_points_lie_on_the_line_for_the_quantiles_themselves() -> None:
    fit = fit_model(BEARINGS, "weibull")
    sizes = fit.quantile((np.arange(5000) + 0.5) / 5000)
    found = plot_quantiles(fit, sizes)
    assert found.share.size == 1000
    np.testing.assert_allclose(found.expected, found.observed, rtol=1e-6)
    assert plot_quantiles(fit, BEARINGS).observed.tolist() == sorted(BEARINGS)


@pytest.mark.parametrize("populations", [1, 2, 3])
def test_well_separated_populations_are_counted_and_found(populations: int) -> None:
    rng = np.random.default_rng(10)
    truth = [(0.5, 20.0, 1.10), (0.3, 45.0, 1.12), (0.2, 90.0, 1.10)][:populations]
    total = sum(share for share, _, _ in truth)
    counts = [round(1500 * share / total) for share, _, _ in truth]
    parts = [rng.lognormal(math.log(m), math.log(g), n) for (_, m, g), n in zip(truth, counts, strict=True)]
    found = find_modality(rng.permutation(np.concatenate(parts)))
    assert found is not None
    assert len(found.components) == found.peaks == populations
    for component, (share, median, gsd) in zip(found.components, truth, strict=True):
        assert component.share == pytest.approx(share / total, abs=0.03)
        assert component.median == pytest.approx(median, rel=0.02)
        assert component.geometric_sd == pytest.approx(gsd, abs=0.02)
    assert int(np.argmin(found.bic)) + 1 == populations


def test_the_bic_of_one_population_is_that_of_the_lognormal_fit() -> None:
    sizes = np.random.default_rng(11).lognormal(3, 0.3, 400)
    found, fit = find_modality(sizes), fit_model(sizes, "lognormal")
    assert found is not None
    assert found.log_likelihood[0] == pytest.approx(fit.log_likelihood)
    assert found.bic[0] == pytest.approx(fit.bic)
    assert found.components[0].median == pytest.approx(fit.parameters["median"])


def test_single_populations_are_rarely_split() -> None:
    split = 0
    for seed in range(10):
        found = find_modality(np.random.default_rng(seed).lognormal(3, 0.3, 200))
        assert found is not None
        split += len(found.components) > 1
        # One component more cannot be less likely.
        assert (np.diff(found.log_likelihood) > -1e-3).all()
    assert split <= 1


def test_overlapping_populations_make_one_peak() -> None:
    rng = np.random.default_rng(12)
    found = find_modality(np.r_[rng.lognormal(3, 0.1, 3000), rng.lognormal(3, 0.4, 3000)])
    assert found is not None
    assert (len(found.components), found.peaks) == (2, 1)


def test_ties_and_little_data_do_not_break_a_mixture() -> None:
    assert find_modality([5.0] * 100) is None
    assert find_modality([1.0, 2.0, 3.0]) is None
    found = find_modality([10.0] * 50 + [20.0] * 50)
    assert found is not None
    assert [round(c.median, 3) for c in found.components] == [10.0, 20.0]
    assert all(c.geometric_sd > 1 for c in found.components)
    with pytest.raises(StatisticsError, match="4 components"):
        find_modality([1.0] * 20, most_components=4)
    with pytest.raises(StatisticsError, match="positive"):
        find_modality([0.0] * 20)


def test_a_mixture_is_the_same_in_bins_and_each_time() -> None:
    rng = np.random.default_rng(13)
    sizes = np.r_[rng.lognormal(3, 0.15, 3000), rng.lognormal(3.9, 0.15, 1000)]
    one, two = find_modality(sizes), find_modality(sizes[::-1])
    assert one is not None
    assert two is not None
    assert [c.median for c in one.components] == pytest.approx([c.median for c in two.components], rel=1e-6)
    assert one.components[0].median == pytest.approx(math.exp(3), rel=0.02)
    assert one.components[1].share == pytest.approx(0.25, abs=0.02)
