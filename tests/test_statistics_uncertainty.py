"""The uncertainty budget."""

import math
from pathlib import Path

import numpy as np
import pytest

from nanocaliper.errors import ReadError, StatisticsError
from nanocaliper.statistics.bootstrap import Intervals, estimate_intervals
from nanocaliper.statistics.uncertainty import UncertaintyBudget, UncertaintyRow, build_budget, combine_rows
from nanocaliper.statistics.uncertainty_edits import EDITABLE, edit_budget, read_edits


@pytest.fixture(scope="module")
def diameters() -> np.ndarray:
    return np.random.default_rng(1).lognormal(3, 0.3, 300)


@pytest.fixture(scope="module")
def sampling(diameters: np.ndarray) -> Intervals:
    return estimate_intervals(diameters, np.random.default_rng(0))


def _row(name: str, u: float, degrees: float | None) -> UncertaintyRow:
    return UncertaintyRow(name, "B", "normal", 0.0, "nm", u, 1.0, u, degrees, "test")


def test_the_gum_example_of_end_gauges_is_reproduced() -> None:
    # JCGM 100:2008, H.1: contributions 25, 9.7, 2.9 and 16.6 nm with 18, 25.6, 50 and 2 degrees of freedom
    # give u = 32 nm and 16 effective degrees of freedom (16.7, cut to whole ones).
    rows = [_row("ls", 25, 18), _row("d", 9.7, 25.6), _row("da", 2.9, 50), _row("dt", 16.6, 2)]
    found = combine_rows("mean", 50_000_838, "nm", rows)
    assert round(found.combined) == 32
    assert found.effective_degrees is not None
    assert math.floor(found.effective_degrees) == 16
    assert found.coverage_factor_95 == pytest.approx(2.12, abs=0.01)


def test_contributions_are_those_of_the_formulas(diameters: np.ndarray, sampling: Intervals) -> None:
    found = build_budget(
        "mean", diameters, 1.5, sampling=sampling, relative_calibration_uncertainty=0.01, repeatability=0.02,
        repeatability_degrees=4, magnification_limit=0.03, outline_uncertainty_px=0.25,
    )  # fmt: skip
    mean = diameters.mean() * 1.5
    assert found.value == pytest.approx(mean)
    assert found["calibration"].contribution == pytest.approx(0.01 * mean)
    assert found["magnification"].contribution == pytest.approx(0.03 / math.sqrt(3) * mean)
    assert found["pixel_size"].contribution == pytest.approx(1.5 / math.sqrt(6 * 300))
    # An outline 0.25 px further out makes every diameter 0.5 px larger.
    assert found["outline"].contribution == pytest.approx(0.5 * 1.5)
    assert found["repeatability"].contribution == pytest.approx(0.02 * mean)
    assert found["sampling"].contribution == pytest.approx(
        diameters.std(ddof=1) * 1.5 / math.sqrt(300), rel=0.02
    )
    assert (found["sampling"].kind, found["sampling"].degrees_of_freedom) == ("A", 299)
    assert found.combined == pytest.approx(math.sqrt(sum(row.contribution**2 for row in found.rows)))
    assert found.expanded == 2 * found.combined
    assert found.relative_expanded == pytest.approx(found.expanded / mean)
    assert found.warnings == ()
    for row in found.rows:
        assert row.contribution == pytest.approx(abs(row.sensitivity) * row.standard_uncertainty)
        assert row.source.endswith(".")


def test_an_outline_further_out_moves_quantiles_but_no_spread(diameters: np.ndarray) -> None:
    for name, slope in (("d10", 2), ("d50", 2), ("d90", 2), ("sd", 0), ("d_1_0", 2)):
        found = build_budget(name, diameters, 2.0, outline_uncertainty_px=0.1)
        assert found["outline"].sensitivity == pytest.approx(2.0 * slope, abs=1e-6), name
    # D[4,3] of larger particles grows by the derivative of M4/M3: 4 - 3 M4 M2/M3² per unit, times two.
    m2, m3, m4 = (float((diameters**p).mean()) for p in (2, 3, 4))
    found = build_budget("d_4_3", diameters, 1.0, outline_uncertainty_px=0.1)
    assert found["outline"].sensitivity == pytest.approx(2 * (4 - 3 * m4 * m2 / m3**2), rel=1e-3)


def test_missing_knowledge_is_said(diameters: np.ndarray) -> None:
    found = build_budget("d50", diameters, 1.5)
    text = " ".join(found.warnings)
    assert "without an uncertainty" in text
    assert "sampling is not known" in text
    assert "Repeatability was not given" in text
    assert found["magnification"].source.startswith("Assumed")
    in_px = build_budget("d50", diameters, None)
    assert in_px.unit == "px"
    assert {row.name for row in in_px.rows} == {"pixel_size", "outline"}
    assert "no calibration" in in_px.warnings[0]
    tiny = build_budget("mean", [0.8, 5.0, 6.0], 1.0)
    assert "not larger than twice the uncertainty of its outline" in " ".join(tiny.warnings)


def test_few_degrees_of_freedom_ask_for_a_larger_factor(diameters: np.ndarray) -> None:
    found = combine_rows("mean", 10.0, "nm", [_row("few", 1.0, 3)])
    assert found.effective_degrees == pytest.approx(3)
    assert found.coverage_factor_95 == pytest.approx(3.182, abs=1e-3)
    assert "k = 3.18 would cover 95 %" in found.warnings[0]
    assert combine_rows("mean", 10.0, "nm", []).combined == 0


def test_the_user_replaces_and_adds_rows(diameters: np.ndarray, tmp_path: Path) -> None:
    budget = build_budget("mean", diameters, 2.0)
    path = tmp_path / "edits.toml"
    path.write_text(
        '[magnification]\nhalf_width = 0.01\nsource = "Certificate 17."\n'
        '[drift]\nrelative_standard_uncertainty = 0.004\nsource = "Five days."\n'
        '[repeatability]\nstandard_uncertainty = 0.5\ndegrees_of_freedom = 4\nsource = "Five grids."\n',
        encoding="utf-8",
    )
    found = edit_budget(budget, read_edits(path))
    assert found["magnification"].contribution == pytest.approx(0.01 / math.sqrt(3) * budget.value)
    assert found["magnification"].source == "Certificate 17."
    assert found["drift"].contribution == pytest.approx(0.004 * budget.value)
    assert (found["repeatability"].contribution, found["repeatability"].kind) == (0.5, "A")
    assert found["outline"] == budget["outline"]
    assert found.combined == pytest.approx(math.sqrt(sum(row.contribution**2 for row in found.rows)))
    assert "Repeatability" not in " ".join(found.warnings)
    assert found.warnings[-1] == "Rows given by the user: magnification, drift, repeatability."
    # Unlimited degrees of freedom and another shape.
    again = edit_budget(
        found,
        {
            "drift": {
                "half_width": 3.0, "distribution": "triangular", "degrees_of_freedom": math.inf, "source": "x",
            }
        },
    )  # fmt: skip
    assert again["drift"].standard_uncertainty == pytest.approx(3 / math.sqrt(6))
    assert again["drift"].degrees_of_freedom is None


@pytest.mark.parametrize(
    ("edit", "message"),
    [
        ({"sources": "x"}, "sets sources, which is unknown"),
        ({"standard_uncertainty": 1.0}, "has no source"),
        ({"source": " "}, "has no source"),
        ({"source": "x"}, "The new row 'extra' has no uncertainty"),
        ({"source": "x", "standard_uncertainty": -1}, "not negative"),
        ({"source": "x", "standard_uncertainty": math.nan}, "not negative"),
        ({"source": "x", "standard_uncertainty": "1"}, "not negative"),
        ({"source": "x", "standard_uncertainty": True}, "not negative"),
        ({"source": "x", "standard_uncertainty": 1, "half_width": 1}, "expected one of them"),
        ({"source": "x", "standard_uncertainty": 1, "distribution": "cauchy"}, "Distribution 'cauchy'"),
        ({"source": "x", "standard_uncertainty": 1, "kind": "C"}, "Kind 'C'"),
        ({"source": "x", "standard_uncertainty": 1, "degrees_of_freedom": 0}, "0 degrees"),
    ],
)
def test_edits_that_make_no_sense_are_refused(
    edit: dict[str, object], message: str, diameters: np.ndarray
) -> None:
    with pytest.raises(StatisticsError, match=message):
        edit_budget(build_budget("mean", diameters, 2.0), {"extra": edit})


def test_a_relative_edit_of_a_row_with_value_zero_is_refused(diameters: np.ndarray) -> None:
    with pytest.raises(StatisticsError, match="nothing can be relative to it"):
        edit_budget(
            build_budget("mean", diameters, 2.0),
            {"outline": {"source": "x", "relative_standard_uncertainty": 0.1}},
        )


def test_files_of_edits_that_cannot_be_read_are_refused(tmp_path: Path) -> None:
    with pytest.raises(ReadError, match="Cannot read"):
        read_edits(tmp_path / "absent.toml")
    (tmp_path / "bad.toml").write_text("[a\n")
    with pytest.raises(ReadError, match="not a TOML file"):
        read_edits(tmp_path / "bad.toml")
    (tmp_path / "flat.toml").write_text("a = 1\n")
    with pytest.raises(StatisticsError, match=r"'a' in .* is not a table"):
        read_edits(tmp_path / "flat.toml")


@pytest.mark.parametrize(
    ("arguments", "options", "message"),
    [
        (("cv", [1.0, 2.0], 1.0), {}, "No budget for 'cv'"),
        (("mean", [], 1.0), {}, "does not exist"),
        (("sd", [1.0], 1.0), {}, "does not exist"),
        (("mean", [1.0, math.nan], 1.0), {}, "impossible"),
        (("mean", [1.0, 2.0], 0.0), {}, "scale 0.0"),
        (("mean", [1.0, 2.0], 1.0), {"outline_uncertainty_px": -1.0}, "outline uncertainty -1.0"),
        (("mean", [1.0, 2.0], 1.0), {"outline_uncertainty_px": [0.1, 0.1, 0.1]}, "one for each particle"),
        (("mean", [1.0, 2.0], 1.0), {"repeatability": math.inf}, "repeatability inf"),
    ],
)
def test_impossible_budgets_are_refused(
    arguments: tuple[object, ...], options: dict[str, float], message: str
) -> None:
    with pytest.raises(StatisticsError, match=message):
        build_budget(*arguments, **options)  # type: ignore[arg-type]


def test_every_outline_may_have_its_own_uncertainty() -> None:
    sizes = np.array([10.0, 20.0, 40.0, 80.0])
    doubts = np.array([0.1, 0.2, 0.4, 0.8])
    found = build_budget("mean", sizes, 3.0, outline_uncertainty_px=doubts)
    # All outlines off the same way by one standard uncertainty: every diameter changes by twice its own.
    assert found["outline"].standard_uncertainty == pytest.approx(0.375)
    assert found["outline"].contribution == pytest.approx(3 * 2 * 0.375)
    # D50 is midway between 20 and 40 px, whose outlines are off by 0.2 and 0.4.
    found = build_budget("d50", sizes, 1.0, outline_uncertainty_px=doubts)
    assert found["outline"].contribution == pytest.approx(2 * 0.3)
    # One that is not known takes the mean of the others; if none is known, half a pixel is assumed.
    doubts[3] = np.nan
    found = build_budget("mean", sizes, 1.0, outline_uncertainty_px=doubts)
    assert found["outline"].standard_uncertainty == pytest.approx(0.7 / 3)
    assert found["outline"].source.startswith("From how soft")
    for unknown in (None, np.full(4, np.nan)):
        found = build_budget("mean", sizes, 1.0, outline_uncertainty_px=unknown)
        assert found["outline"].standard_uncertainty == 0.5
        assert found["outline"].source.startswith("Assumed")
    found = build_budget("mean", sizes, 1.0, outline_uncertainty_px=[6.0, 0.1, 0.1, 0.1])
    assert any("A particle of 10 px is not larger than twice" in warning for warning in found.warnings)


def test_expanded_uncertainty_covers_the_truth_of_simulated_measurements() -> None:
    # Scale, outline and sampling errors drawn as the budget believes them: |error| ≤ U in about 95 %.
    rng, true_mean, hits, trials = np.random.default_rng(5), 60.0, 0, 250
    for _ in range(trials):
        sizes = rng.normal(true_mean, 6.0, 80)
        scale = 2.0 * (1 + rng.normal(0, 0.01)) * (1 + rng.uniform(-0.03, 0.03))
        measured_px = sizes / 2.0 + 2 * rng.normal(0, 0.3)
        budget: UncertaintyBudget = build_budget(
            "mean", measured_px, scale, relative_calibration_uncertainty=0.01, magnification_limit=0.03,
            outline_uncertainty_px=0.3,
            sampling=estimate_intervals(measured_px, rng, statistics=["mean"], replicates=100),
        )  # fmt: skip
        hits += abs(budget.value - true_mean) <= budget.expanded
    # 95 % or a little more: rectangular limits are never far exceeded; four standard errors below.
    assert 0.91 < hits / trials <= 1.0


def test_every_key_of_an_edit_is_documented() -> None:
    text = (Path(__file__).parents[1] / "docs" / "statistics.md").read_text(encoding="utf-8")
    for key in EDITABLE:
        assert f"`{key}`" in text
