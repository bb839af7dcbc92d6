"""The user's own rows of the uncertainty budget, from a file to the result of a measurement."""

from pathlib import Path

import pytest

from hand_made import draw_discs
from nanocaliper import pipeline
from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.uncertainty_edits import read_edits

DISCS = [(40.0 + 60 * (k // 4), 35.0 + 55 * (k % 4), 14.0 + k / 3) for k in range(12)]


def test_budget_and_repeatability_reach_the_result(tmp_path: Path) -> None:
    edits = tmp_path / "edits.toml"
    edits.write_text(
        '[magnification]\nrelative_standard_uncertainty = 0.004\nsource = "grating"\n', encoding="utf-8"
    )
    pixels, _ = draw_discs((240, 260), DISCS)
    plain = pipeline.measure(pixels, model="threshold", nm_per_px=2.0)
    found = pipeline.measure(
        pixels, model="threshold", nm_per_px=2.0, repeatability=0.02, budget=read_edits(edits)
    )
    assert found.analysis.depth == "full"
    assert found.settings["repeatability"] == 0.02
    assert found.settings["budget"] == read_edits(edits)
    for before, after in zip(plain.analysis.budgets, found.analysis.budgets, strict=True):
        rows = {row.name: row for row in after.rows}
        # The contribution of a relative uncertainty to a size is that share of it.
        assert rows["magnification"].contribution == pytest.approx(0.004 * after.value)
        assert rows["magnification"].source == "grating"
        assert rows["repeatability"].contribution == pytest.approx(0.02 * after.value)
        assert "repeatability" not in {row.name for row in before.rows}


def test_an_impossible_repeatability_is_refused_before_anything_is_read() -> None:
    with pytest.raises(StatisticsError, match="repeatability"):
        pipeline.measure("nothing.tif", repeatability=-1)
