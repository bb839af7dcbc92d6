"""Which scale wins, and what is said when two disagree."""

import numpy as np
import pytest

from nanocaliper.calibration.calibration import ScaleBar
from nanocaliper.calibration.resolve import calibrate, choose_scale
from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.errors import CalibrationError
from nanocaliper.micrograph.micrograph import Box, Micrograph

TEXT = Box(80, 10, 95, 60)


def micrograph(nm_per_px: float | None = None) -> Micrograph:
    return Micrograph(pixels=np.zeros((100, 200), np.uint8), source="folder/a.tif", nm_per_px=nm_per_px)


def with_bar(nm_per_px: float, uncertainty_px: float = 0.4) -> ScaleBarSearch:
    """What a search gives that found a bar of 100 px."""
    bar = ScaleBar(
        value=100 * nm_per_px,
        unit="nm",
        length_nm=100 * nm_per_px,
        length_px=100,
        length_uncertainty_px=uncertainty_px,
        row=90,
        col_start=10,
        col_stop=110,
        label_box=TEXT,
        text="the label",
        confidence=0.9,
    )
    return ScaleBarSearch(bar, bar, None, (TEXT,))


NO_BAR = ScaleBarSearch(None, None, "no label that can be read", (TEXT,))


def test_the_bar_alone_is_used_with_the_uncertainty_of_its_length() -> None:
    calibration = choose_scale(micrograph(), with_bar(2.5))
    assert calibration.nm_per_px == pytest.approx(2.5)
    assert calibration.source == "scale_bar"
    assert calibration.relative_uncertainty == pytest.approx(0.004)
    assert calibration.reason is None
    assert calibration.annotations == (TEXT,)


def test_metadata_alone_are_used() -> None:
    calibration = choose_scale(micrograph(1.25), NO_BAR)
    assert (calibration.nm_per_px, calibration.source) == (1.25, "metadata")
    assert calibration.reason is None
    assert calibration.warnings == ()


def test_metadata_win_over_a_bar_that_agrees() -> None:
    calibration = choose_scale(micrograph(2.55), with_bar(2.5))
    assert (calibration.nm_per_px, calibration.source) == (2.55, "metadata")
    assert calibration.warnings == ()
    assert calibration.scale_bar is not None


def test_metadata_and_bar_that_disagree_give_no_scale() -> None:
    calibration = choose_scale(micrograph(2.6), with_bar(2.5))
    assert calibration.nm_per_px is None
    assert calibration.source is None
    assert calibration.reason is not None
    for part in ("a.tif", "2.6 nm", "2.5 nm", "--nm-per-px"):
        assert part in calibration.reason
    assert calibration.warnings == (calibration.reason,)
    assert calibration.scale_bar is not None


def test_a_less_certain_bar_agrees_within_two_standard_uncertainties() -> None:
    assert choose_scale(micrograph(2.6), with_bar(2.5, uncertainty_px=2.1)).nm_per_px == 2.6
    assert choose_scale(micrograph(2.6), with_bar(2.5, uncertainty_px=1.9)).nm_per_px is None


def test_the_users_value_wins_and_a_disagreement_is_told() -> None:
    agreeing = choose_scale(micrograph(2.5), with_bar(2.5), nm_per_px=2.52, relative_uncertainty=0.01)
    assert (agreeing.nm_per_px, agreeing.source, agreeing.relative_uncertainty) == (2.52, "user", 0.01)
    assert agreeing.warnings == ()
    other = choose_scale(micrograph(2.5), with_bar(2.5), nm_per_px=5.0)
    assert (other.nm_per_px, other.source, other.relative_uncertainty) == (5.0, "user", None)
    assert len(other.warnings) == 2
    assert all("5 nm" in warning and "2.5 nm" in warning for warning in other.warnings)
    assert "metadata" in other.warnings[0]
    assert "the label" in other.warnings[1]


def test_no_scale_says_what_was_found_and_what_to_do() -> None:
    calibration = choose_scale(micrograph(), NO_BAR)
    assert calibration.nm_per_px is None
    assert calibration.reason is not None
    for part in ("a.tif", "no label that can be read", "--nm-per-px", "web page"):
        assert part in calibration.reason
    assert calibration.annotations == (TEXT,)


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_scales_are_refused_before_anything_is_read(value: float) -> None:
    with pytest.raises(CalibrationError, match="finite number of nm per pixel above 0"):
        calibrate(micrograph(), nm_per_px=value)
    with pytest.raises(CalibrationError, match="above 0"):
        choose_scale(micrograph(), NO_BAR, nm_per_px=value)


@pytest.mark.parametrize("value", [-0.1, float("nan")])
def test_impossible_uncertainties_are_refused(value: float) -> None:
    with pytest.raises(CalibrationError, match="relative uncertainty"):
        calibrate(micrograph(), nm_per_px=1.0, relative_uncertainty=value)
