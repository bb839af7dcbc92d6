"""Which scale wins, and what is said when two disagree."""

import math
from dataclasses import replace

import numpy as np
import pytest

from nanocaliper.calibration.calibration import Calibration, ScaleBar, ScaleConflict
from nanocaliper.calibration.options import SCALE_METHODS, ScaleMethod, check_scale_options
from nanocaliper.calibration.resolve import calibrate, choose_scale
from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.errors import CalibrationError, UsageError
from nanocaliper.micrograph.micrograph import Box, Micrograph

TEXT = Box(80, 10, 95, 60)


def micrograph(nm_per_px: float | None = None) -> Micrograph:
    return Micrograph(pixels=np.zeros((100, 200), np.uint8), source="folder/a.tif", nm_per_px=nm_per_px)


def make_bar(nm_per_px: float, uncertainty_px: float = 0.4, confidence: float = 0.9) -> ScaleBar:
    """A bar of 100 px."""
    return ScaleBar(
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
        confidence=confidence,
    )


def with_bar(nm_per_px: float, uncertainty_px: float = 0.4) -> ScaleBarSearch:
    """What a search gives that found a bar of 100 px."""
    bar = make_bar(nm_per_px, uncertainty_px)
    return ScaleBarSearch(bar, bar, None, (TEXT,))


NO_BAR = ScaleBarSearch(None, None, "no label that can be read", (TEXT,))
GUESS = ScaleBarSearch(None, make_bar(2.5, confidence=0.4), "only a doubtful reading", (TEXT,))

# Metadata, bar, the user's scale, --scale-source; then the scale, its source and relative uncertainty, and
# whether there is a conflict and who settled it.
CASES = [
    # One source alone.
    (1.25, None, None, "auto", 1.25, "metadata", 0.0, "none"),
    (None, 2.5, None, "auto", 2.5, "scale_bar", 0.004, "none"),
    (None, None, 3.0, "auto", 3.0, "user", 0.01, "none"),
    (None, None, None, "auto", None, None, None, "none"),
    # Metadata and bar that agree: the metadata, with the bar as witness.
    (2.55, 2.5, None, "auto", 2.55, "metadata", 0.0, "none"),
    (2.55, 2.5, None, "metadata", 2.55, "metadata", 0.0, "none"),
    (2.55, 2.5, None, "bar", 2.5, "scale_bar", 0.004, "none"),
    # Metadata and bar that disagree.
    (2.6, 2.5, None, "auto", None, None, None, "open"),
    (2.6, 2.5, None, "metadata", 2.6, "metadata", 0.0, "metadata"),
    (2.6, 2.5, None, "bar", 2.5, "scale_bar", 0.004, "scale_bar"),
    (2.6, 2.5, 2.5, "auto", 2.5, "user", 0.01, "user"),
    (2.6, 2.5, 9.0, "auto", 9.0, "user", 0.01, "user"),
    # The source that was asked for has nothing: never the other one.
    (None, 2.5, None, "metadata", None, None, None, "none"),
    (2.6, None, None, "bar", None, None, None, "none"),
    (None, None, None, "metadata", None, None, None, "none"),
    (None, None, None, "bar", None, None, None, "none"),
    # The user's value with one other source.
    (2.5, None, 2.52, "auto", 2.52, "user", 0.01, "none"),
    (None, 2.5, 5.0, "auto", 5.0, "user", 0.01, "none"),
]


@pytest.mark.parametrize(
    ("metadata", "bar", "user", "asked", "nm_per_px", "source", "uncertainty", "conflict"), CASES
)
def test_every_case(metadata, bar, user, asked, nm_per_px, source, uncertainty, conflict) -> None:  # type: ignore[no-untyped-def]
    search = NO_BAR if bar is None else with_bar(bar)
    given = None if user is None else 0.01
    calibration = choose_scale(micrograph(metadata), search, user, given, asked)
    assert calibration.nm_per_px == pytest.approx(nm_per_px)
    assert (calibration.source, calibration.relative_uncertainty) == (source, pytest.approx(uncertainty))
    assert (calibration.reason is None) == (nm_per_px is not None)
    assert calibration.in_conflict == (conflict == "open")
    assert calibration.annotations == (TEXT,)
    assert (calibration.scale_bar is None) == (bar is None)
    if conflict == "none":
        assert calibration.conflict is None
    else:
        settled_by = None if conflict == "open" else conflict
        assert calibration.conflict == ScaleConflict(metadata, bar, 0.004, 0.03, settled_by)
        said = " ".join(calibration.warnings)
        # Both values are named, whoever settled it, unless the user's own value is one of them.
        assert all(f"{value} nm per pixel" in said for value in (metadata, bar) if value != user)


def test_a_conflict_says_what_settles_it() -> None:
    calibration = choose_scale(micrograph(2.6), with_bar(2.5))
    assert calibration.reason is not None
    for part in ("a.tif", "2.6 nm", "2.5 nm", "the label", "metadata", "--scale-source", "--nm-per-px"):
        assert part in calibration.reason
    assert calibration.warnings == (calibration.reason,)
    assert calibration.conflict is not None
    assert calibration.conflict.relative_difference == pytest.approx(2.5 / 2.6 - 1)


@pytest.mark.parametrize(
    ("asked", "used"), [("metadata", "the metadata are used"), ("bar", "the scale bar is used")]
)
def test_a_settled_conflict_carries_both_values(asked: str, used: str) -> None:
    (warning,) = choose_scale(micrograph(2.6), with_bar(2.5), scale_source=asked).warnings
    for part in ("settled by the user", "2.6 nm", "2.5 nm", used):
        assert part in warning


def test_a_source_that_is_asked_for_and_has_nothing_says_what_the_other_one_has() -> None:
    reason = choose_scale(micrograph(), with_bar(2.5), scale_source="metadata").reason
    assert reason is not None
    for part in ("no pixel size", "--scale-source metadata", "2.5 nm per pixel, is not used"):
        assert part in reason
    reason = choose_scale(micrograph(2.6), NO_BAR, scale_source="bar").reason
    assert reason is not None
    for part in ("--scale-source bar", "2.6 nm per pixel", "are not used", "no label that can be read"):
        assert part in reason


def test_a_less_certain_bar_agrees_within_two_standard_uncertainties() -> None:
    assert choose_scale(micrograph(2.6), with_bar(2.5, uncertainty_px=2.1)).nm_per_px == 2.6
    doubtful = choose_scale(micrograph(2.6), with_bar(2.5, uncertainty_px=1.9))
    assert doubtful.conflict == ScaleConflict(2.6, 2.5, 0.019, 0.038)


@pytest.mark.parametrize(("metadata", "agrees"), [(2.5 / 1.0299, True), (2.5 / 1.0301, False)])
def test_a_sharp_bar_agrees_within_three_per_cent(metadata: float, agrees: bool) -> None:
    calibration = choose_scale(micrograph(metadata), with_bar(2.5))
    assert (calibration.nm_per_px is not None) == agrees


def test_the_users_value_wins_and_a_disagreement_is_told() -> None:
    agreeing = choose_scale(micrograph(2.5), with_bar(2.5), nm_per_px=2.52, relative_uncertainty=0.01)
    assert agreeing.warnings == ()
    other = choose_scale(micrograph(2.5), with_bar(2.5), nm_per_px=5.0)
    assert (other.nm_per_px, other.source, other.relative_uncertainty) == (5.0, "user", None)
    assert len(other.warnings) == 2
    assert all("5 nm" in warning and "2.5 nm" in warning for warning in other.warnings)
    assert "metadata" in other.warnings[0]
    assert "the label" in other.warnings[1]


def test_no_scale_says_what_was_found_and_what_to_do() -> None:
    calibration = choose_scale(micrograph(), NO_BAR)
    assert calibration.reason is not None
    for part in ("a.tif", "no label that can be read", "--nm-per-px", "web page"):
        assert part in calibration.reason
    assert calibration.best_guess is None


@pytest.mark.parametrize("asked", ["auto", "bar"])
def test_a_best_guess_is_shown_and_never_used(asked: str) -> None:
    calibration = choose_scale(micrograph(), GUESS, scale_source=asked)
    assert calibration.nm_per_px is None
    assert calibration.scale_bar is None
    assert calibration.best_guess == GUESS.best_guess
    assert calibration.reason is not None
    assert "best guess would be 2.5 nm per pixel; it is not used" in calibration.reason


def test_a_best_guess_is_no_conflict_and_an_accepted_bar_is_no_guess() -> None:
    calibration = choose_scale(micrograph(9.0), GUESS)
    assert (calibration.nm_per_px, calibration.conflict) == (9.0, None)
    assert calibration.best_guess is not None
    assert choose_scale(micrograph(), with_bar(2.5)).best_guess is None


@pytest.mark.parametrize("value", [0.0, -1.0, float("nan"), float("inf")])
def test_impossible_scales_are_refused_before_anything_is_read(value: float) -> None:
    with pytest.raises(CalibrationError, match="finite number of nm per pixel above 0"):
        calibrate(micrograph(), nm_per_px=value)
    with pytest.raises(CalibrationError, match="above 0"):
        choose_scale(micrograph(), NO_BAR, nm_per_px=value)


@pytest.mark.parametrize("value", [-0.1, float("nan"), float("inf")])
def test_impossible_uncertainties_are_refused(value: float) -> None:
    with pytest.raises(CalibrationError, match="relative uncertainty"):
        calibrate(micrograph(), nm_per_px=1.0, relative_uncertainty=value)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"scale_source": "file"}, "--scale-source is 'file'; expected one of auto, metadata, bar"),
        ({"scale_method": "guess"}, "--scale-method is 'guess'; expected one of nanocaliper, tao2025"),
        ({"relative_uncertainty": 0.01}, "none was given"),
        ({"nm_per_px": 2.0, "scale_source": "bar"}, "give only one of them"),
    ],
)
def test_options_that_make_no_sense_are_refused(options: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said):
        check_scale_options(**options)  # type: ignore[arg-type]
    with pytest.raises(UsageError, match=said):
        calibrate(micrograph(), **options)  # type: ignore[arg-type]


def test_the_method_reads_the_bar_and_text_is_masked_whatever_the_method(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    other = Box(0, 0, 5, 5)
    methods = {
        "nanocaliper": ScaleMethod("ours", lambda _: with_bar(2.5)),
        "tao2025": ScaleMethod("theirs", lambda _: replace(with_bar(4.0), annotations=(other, TEXT))),
    }
    monkeypatch.setattr("nanocaliper.calibration.resolve.SCALE_METHODS", methods)
    calibration = calibrate(micrograph(), scale_method="tao2025")
    assert (calibration.nm_per_px, calibration.annotations) == (4.0, (TEXT, other))
    assert calibrate(micrograph()).nm_per_px == 2.5
    assert set(SCALE_METHODS) == set(methods)


def test_without_scale_there_is_no_conflict_and_confidence_may_be_unknown() -> None:
    assert not Calibration(None, None, None).in_conflict
    assert math.isnan(make_bar(1.0, confidence=math.nan).confidence)


def test_uncertain_metadata_keep_their_uncertainty() -> None:
    """A size from JEOL's bar of 20 whole pixels is 2.9 % uncertain: 5 % beside a printed bar is no conflict."""
    sure, unsure = micrograph(2.0), replace(micrograph(2.0), nm_per_px_relative_uncertainty=0.029)
    bar = with_bar(2.1)
    assert choose_scale(sure, bar).conflict is not None
    used = choose_scale(unsure, bar)
    assert (used.nm_per_px, used.relative_uncertainty, used.source) == (2.0, 0.029, "metadata")
    assert used.conflict is None
    assert choose_scale(unsure, NO_BAR, scale_source="metadata").relative_uncertainty == 0.029
    assert not choose_scale(unsure, NO_BAR, nm_per_px=2.1).warnings
