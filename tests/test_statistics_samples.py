import math

import numpy as np
import pytest

from nanocaliper.errors import StatisticsError
from nanocaliper.report.statistics_json import describe_analysis
from nanocaliper.statistics.analysis import analyse_particles
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.distribution import describe
from nanocaliper.statistics.samples import analyse_sample
from simulated_particles import draw_lognormal, make_image


def test_magnifications_are_put_together_in_nm():
    sizes = [draw_lognormal(300, seed) for seed in range(4)]
    images = [make_image(f"{k}", x, 0.5 * (k + 1)) for k, x in enumerate(sizes)]
    sample = analyse_sample("a", images)
    truth = describe(np.concatenate(sizes))
    pooled = sample.pooled
    assert pooled.unit == "nm"
    assert pooled.distribution.d50 == pytest.approx(truth.d50)
    assert pooled.distributions["volume"].mean == pytest.approx(truth.d_4_3)
    assert (pooled.nm_per_px_least, pooled.nm_per_px_most) == (0.5, 2.0)
    assert [analysis.distribution.mean for analysis in sample.images.values()] == pytest.approx(
        [x.mean() for x in sizes]
    )
    # 40 nm lognormal, GSD 1.3: the mean is 40 exp(σ²/2), the median 40.
    assert (
        pooled.intervals["mean"].low < 40 * math.exp(math.log(1.3) ** 2 / 2) < pooled.intervals["mean"].high
    )
    assert pooled.intervals["d50"].low < 40 < pooled.intervals["d50"].high
    assert pooled.fits[0].model == "lognormal"
    assert pooled.fits[0].parameters["geometric_sd"] == pytest.approx(1.3, abs=0.03)
    assert pooled.goodness["lognormal"].kolmogorov_smirnov_p > 0.05
    assert len(pooled.modality.components) == 1
    assert sample.agreement.agree
    assert pooled.verdict.conclusion == "yes"


def test_each_image_keeps_its_field():
    # 100 nm discs; fields of 1000 px at 1 nm and at 0.5 nm: P = 0.9² and 0.8².
    images = [make_image("wide", [100.0] * 3, 1.0), make_image("near", [100.0] * 3, 0.5)]
    edges = analyse_particles(images).edge_correction
    assert edges.probability == pytest.approx([0.81] * 3 + [0.64] * 3)


def test_coarse_image_that_misses_small_particles_is_named():
    fine, coarse = draw_lognormal(200, 1, 30), draw_lognormal(200, 2, 60)
    sample = analyse_sample("a", [make_image("fine", fine, 1.0), make_image("coarse", coarse, 4.0)])
    (blind,) = [warning for warning in sample.warnings if "cannot measure" in warning]
    below = int((fine < 40).sum())
    assert blind.startswith(f"'coarse' cannot measure particles below 40 nm (10 px), but {below} of 200")
    # The pooled limit is that of the coarsest image.
    assert sample.pooled.resolution.smallest_nm == pytest.approx(40)
    assert sample.pooled.resolution.below == int((np.concatenate([fine, coarse]) < 40).sum())
    alone = analyse_sample("a", [make_image("fine", fine, 1.0)])
    assert not any("cannot measure" in warning for warning in alone.warnings)


def test_image_that_deviates_is_flagged_and_only_that():
    images = [make_image(f"{k}.tif", draw_lognormal(150, 10 + k)) for k in range(5)]
    images.append(make_image("odd.tif", draw_lognormal(150, 99, 52)))
    agreement = analyse_sample("a", images).agreement
    assert agreement.agree is False
    assert agreement.anova.p < 1e-6
    assert agreement.kruskal_wallis.p < 1e-6
    worst = min(agreement.deviations, key=lambda one: one.p_corrected)
    assert (worst.image, worst.deviates) == ("odd.tif", True)
    assert worst.ratio == pytest.approx(1.3, rel=0.1)
    assert "'odd.tif' +" in agreement.sentence
    assert 0 < agreement.share_between < 0.5


@pytest.mark.slow
def test_images_of_one_sample_are_flagged_as_often_as_the_level_says():
    odd = 0
    for seed in range(400):
        rng = np.random.default_rng(seed)
        images = [make_image(f"{k}", 40 * np.exp(rng.normal(0, 0.3, 60))) for k in range(5)]
        agreement = analyse_sample("a", images, full=False).agreement
        odd += any(one.deviates for one in agreement.deviations)
    # Holm keeps 5 % over the images; 400 trials: ±3.3 % at three standard errors.
    assert odd / 400 < 0.05 + 0.033


def test_images_without_scale_and_images_given_twice_are_left_out_loudly():
    x = draw_lognormal(50, 3)
    images = [
        make_image("a", x, sha256="1"),
        make_image("bare", x, calibrated=False),
        make_image("again", x, sha256="1"),
    ]
    sample = analyse_sample("s", images)
    assert set(sample.left_out) == {"bare", "again"}
    assert "No scale bar found." in sample.left_out["bare"]
    assert "the same image as 'a'" in sample.left_out["again"]
    assert sample.warnings[0].startswith("2 of 3 images are LEFT OUT")
    assert sample.pooled.distribution.count == 50
    with pytest.raises(StatisticsError, match="1 of 2 images have no calibration"):
        analyse_particles(images[:2])


def test_without_any_scale_all_is_in_px_and_said():
    images = [make_image(name, draw_lognormal(50, 3), 2.0, calibrated=False) for name in "ab"]
    sample = analyse_sample("s", images)
    assert sample.pooled.unit == "px"
    assert sample.pooled.distribution.d50 == pytest.approx(np.median(draw_lognormal(50, 3)) / 2)
    assert sample.pooled.verdict is None
    assert sample.pooled.budgets[0].unit == "px"
    assert any("PIXELS" in warning for warning in sample.warnings)
    assert any("same magnification" in warning for warning in sample.warnings)
    with pytest.raises(StatisticsError, match="needs nanometres"):
        analyse_sample("s", images, AnalysisOptions(measurand="feret_min_nm"))
    mixed = [make_image("a", [1.0], 1.0), make_image("b", [1.0], 2.0)]
    with pytest.raises(StatisticsError, match="different pixel sizes"):
        analyse_sample("s", mixed, AnalysisOptions(measurand="feret_min_px"))


@pytest.mark.parametrize("full", [True, False])
@pytest.mark.parametrize("sizes", [[], [30.0], [30.0, 40.0], [30.0] * 25])
def test_few_or_equal_particles_give_words_and_no_nonsense(sizes, full):
    analysis = analyse_particles([make_image("a", sizes, cut=2)], full=full)
    assert analysis.distribution.count == len(sizes)
    assert analysis.selection.left_out == {"touches_border": 2}
    assert all(interval.low is None for interval in analysis.intervals.intervals.values())
    assert analysis.warnings
    assert analysis.precision[0].reached is None
    assert analysis.precision[0].sentence.startswith("The precision of D50 is not known")
    assert analysis.fits == ()
    assert analysis.modality is None
    if not sizes:
        assert "left out: touches_border: 2" in analysis.warnings[0]
        assert analysis.budgets == ()
        assert analysis.verdict.conclusion == "not decided"
    describe_analysis(analysis)


def test_quick_agrees_with_full():
    images = [make_image("a", draw_lognormal(400, 8))]
    quick, full = analyse_particles(images, full=False), analyse_particles(images)
    assert quick.seed == full.seed
    assert quick.fits == ()
    for name in ("mean", "geometric_mean", "sd", "d50", "d90", "geometric_sd"):
        one, other = quick.intervals[name], full.intervals[name]
        assert one.estimate == other.estimate
        width = other.high - other.low
        assert one.low == pytest.approx(other.low, abs=0.15 * width)
        assert one.high == pytest.approx(other.high, abs=0.15 * width)


def test_same_particles_give_the_same_numbers():
    x = draw_lognormal(100, 4)
    one, other = (describe_analysis(analyse_particles([make_image("a", x)])) for _ in range(2))
    assert one == other
    # The six digits of a table make the same seed; other particles another one.
    table = describe_analysis(analyse_particles([make_image("a", [float(f"{v:.6g}") for v in x])]))
    assert table["seed"] == one["seed"]
    assert describe_analysis(analyse_particles([make_image("a", x[1:])]))["seed"] != one["seed"]
    assert describe_analysis(analyse_particles([make_image("a", x)], AnalysisOptions(seed=7)))["seed"] == 7


def test_choices_of_particles_are_counted():
    x = draw_lognormal(100, 4)
    image = make_image("a", x, cut=3)
    image.table.loc[:29, "shape"] = "rod"
    image.table.loc[5, "geodesic_length_px"] = math.nan
    rods = analyse_particles([image], AnalysisOptions(shape="rod"), full=False)
    assert rods.selection.left_out == {"touches_border": 3, "other_shape": 70}
    assert rods.distribution.mean == pytest.approx(x[:30].mean())
    assert rods.verdict is None
    assert "other" in rods.verdict_reason
    limited = analyse_particles([image], AnalysisOptions(detection_limit=40.0))
    assert limited.selection.left_out["below_detection_limit"] == int((x < 40).sum())
    assert limited.fits[0].truncated_at == 40.0
    border = analyse_particles([image], AnalysisOptions(include_border=True), full=False)
    assert border.distribution.count == 103
    assert border.edge_correction is None
    assert any("border" in warning for warning in border.warnings)
    length = analyse_particles([image], AnalysisOptions(measurand="geodesic_length"), full=False)
    assert length.selection.left_out == {"touches_border": 3, "no_value": 1}
    assert {name: found.count for name, found in rods.shapes.items()} == {"rod": 30}


def test_agglomerates_of_images_are_kept_apart():
    # Both images number theirs from 1: 3 touch in each, and one is alone.
    images = [make_image(name, [30.0] * 4, agglomerate=[1, 1, 1, 2]) for name in "ab"]
    found = analyse_particles(images, full=False).constituents
    assert (found.particles, found.free, found.agglomerates, found.largest) == (8, 2, 2, 3)


def test_budget_of_several_magnifications_and_edits():
    images = [make_image("a", draw_lognormal(100, 1), 1.0, relative_uncertainty=0.01)]
    images.append(make_image("b", draw_lognormal(100, 2), 3.0, relative_uncertainty=0.02))
    for image in images:
        image.table["outline_uncertainty_px"] = math.nan
    edits = {"magnification": {"half_width": 0.01, "source": "Grating."}}
    options = AnalysisOptions(repeatability=0.03, edits=edits)
    budget = analyse_particles(images, options, full=False).budgets[1]
    assert budget.measurand == "mean"
    assert budget["calibration"].contribution == pytest.approx(0.02 * budget.value)
    assert budget["magnification"].contribution == pytest.approx(0.01 / math.sqrt(3) * budget.value)
    assert budget["repeatability"].contribution == pytest.approx(0.03 * budget.value)
    # 0.5 px at both ends; pixels of 2 nm in the mean.
    assert budget["outline"].contribution == pytest.approx(2.0, rel=1e-6)
    assert "pixels of 1 to 3 nm" in budget.warnings[0]
    images[0].table["outline_uncertainty_px"] = 0.4
    images[1].table["outline_uncertainty_px"] = 0.2
    known = analyse_particles(images, options, full=False).budgets[1]
    # 0.4 and 0.6 nm at both ends.
    assert known["outline"].contribution == pytest.approx(1.0, rel=1e-6)


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"measurand": "ball"}, "'ball' is unknown"),
        ({"basis": "mass"}, "'mass' is unknown"),
        ({"shape": "ball"}, "'ball' is unknown"),
        ({"precision": 0.0}, "precision 0"),
        ({"detection_limit": math.nan}, "detection limit nan"),
        ({"repeatability": -1.0}, "repeatability -1"),
        ({"seed": -1}, "seed -1"),
        ({"level": 1.0}, "level 1.0"),
        ({"replicates": 5}, "5 replicates"),
    ],
)
def test_impossible_settings_are_refused(settings, said):
    with pytest.raises(StatisticsError, match=said):
        analyse_sample("s", [make_image("a", [30.0])], AnalysisOptions(**settings))


def test_bad_tables_are_refused():
    with pytest.raises(StatisticsError, match="no image"):
        analyse_sample("s", [])
    with pytest.raises(StatisticsError, match="Two images have the name 'a'"):
        analyse_sample("s", [make_image("a", [1.0]), make_image("a", [2.0])])
    with pytest.raises(StatisticsError, match="1 of 2 values of diameter_equivalent_nm are not positive"):
        analyse_particles([make_image("a", [0.0, 1.0])])
    old = make_image("a", [1.0])
    del old.table["feret_horizontal_px"]
    with pytest.raises(StatisticsError, match="has no column feret_horizontal_px"):
        analyse_particles([old])
