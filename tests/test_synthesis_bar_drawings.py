"""Drawn scale bars: where the ink ends, by sums of coverage, for every style."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.bar_drawings import BAR_DRAWINGS, BarShape, Drawing, draw_bar

CAPPED = ("bracket", "interrupted", "ruler", "end ticks")


def make(style: str, **changes: object) -> BarShape:
    options = {"length_px": 151.37, "thickness_px": 2.6, "cap_px": 15.3, "gap_px": 40.0, "whole_px": False}
    return BarShape(style=style, **(options | {"offset": (0.31, 0.77)} | changes))  # type: ignore[arg-type]


def outer_edges(drawing: Drawing) -> tuple[float, float]:
    """Left and right edge of the ink: the columns' largest coverage is the share of the outermost pixels."""
    ink = drawing.ink + drawing.other
    columns = ink.max(axis=0)
    inked = np.flatnonzero(columns > 1e-6)
    first, last = int(inked[0]), int(inked[-1])
    return first + 0.5 - columns[first], last - 0.5 + columns[last]


def first_and_last_mark(drawing: Drawing) -> tuple[float, float]:
    """Centres of the outer caps or ticks: outer edge and width, both by sums of coverage."""
    # Rows in which marks stand free of a line and are not cut by their ends.
    inked = (drawing.ink > 1e-6).sum(axis=1)
    rows = (inked > 0) & (inked < 0.4 * drawing.ink.shape[1])
    profile = drawing.ink[rows].max(axis=0)
    filled = profile > 1e-6
    edges = np.flatnonzero(np.diff(np.concatenate([[False], filled, [False]]).astype(int)))
    start, end = outer_edges(drawing)
    first, last = profile[edges[0] : edges[1]].sum(), profile[edges[-2] : edges[-1]].sum()
    return start + first / 2, end - last / 2


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("style", [s for s in BAR_DRAWINGS if s not in (*CAPPED, "dots", "arrows")])
def test_ends_are_the_outer_edges_of_the_ink(style: str, whole: bool) -> None:
    drawing = draw_bar(make(style, whole_px=whole, parts=7))
    assert outer_edges(drawing) == pytest.approx((drawing.col_start, drawing.col_end), abs=1e-4)
    length = drawing.col_end - drawing.col_start
    assert length == pytest.approx(151.0 if whole else 151.37, abs=1e-9)
    if whole:
        assert set(np.unique(drawing.ink)) <= {0.0, 1.0}


@pytest.mark.parametrize("whole", [False, True])
@pytest.mark.parametrize("ticks", ["up", "down"])
@pytest.mark.parametrize("style", CAPPED)
def test_ends_are_the_centres_of_caps_and_outer_ticks(style: str, ticks: str, whole: bool) -> None:
    drawing = draw_bar(make(style, whole_px=whole, ticks=ticks))
    half = 1.5 if whole else 1.3
    assert outer_edges(drawing) == pytest.approx((drawing.col_start - half, drawing.col_end + half), abs=1e-4)
    found = first_and_last_mark(drawing)
    assert found == pytest.approx((drawing.col_start, drawing.col_end), abs=1e-3)


@pytest.mark.parametrize("parts", [6, 11, 21])
def test_rulers_and_dots_have_their_number_of_equal_steps(parts: int) -> None:
    for style in ("ruler", "dots"):
        drawing = draw_bar(make(style, parts=parts, length_px=300.0, thickness_px=3.0))
        profile = drawing.ink.sum(axis=0)
        marks = np.flatnonzero(np.diff(np.concatenate([[0], profile > 0.05, [0]])) == 1)
        assert len(marks) == parts
        assert np.ptp(np.diff(marks)) <= 1


def test_dots_are_as_large_as_their_circles_and_centred_on_the_ends() -> None:
    drawing = draw_bar(make("dots", thickness_px=9.0))
    assert drawing.ink.sum() == pytest.approx(11 * np.pi * 4.5**2, rel=1e-5)
    cols = np.arange(drawing.ink.shape[1])
    for end in (drawing.col_start, drawing.col_end):
        dot = drawing.ink[:, np.abs(cols - end) < 7].sum(axis=0)
        assert np.average(cols[np.abs(cols - end) < 7], weights=dot) == pytest.approx(end, abs=0.01)


def test_arrows_end_at_their_tips() -> None:
    drawing = draw_bar(make("arrows"))
    # Towards its tip the ink of a triangle falls off linearly: fit where it reaches nothing.
    profile = drawing.ink.sum(axis=0)
    start = int(np.ceil(drawing.col_start)) + 2
    cols = np.arange(start, start + 5)
    slope, offset = np.polyfit(cols, profile[cols], 1)
    assert -offset / slope == pytest.approx(drawing.col_start, abs=0.02)
    cols = np.arange(int(drawing.col_end) - 7, int(drawing.col_end) - 2)
    slope, offset = np.polyfit(cols, profile[cols], 1)
    assert -offset / slope == pytest.approx(drawing.col_end, abs=0.02)


@given(
    st.sampled_from(["solid", "bracket", "end ticks", "fields", "dashes"]),
    st.floats(40, 400),
    st.floats(1, 6),
    st.floats(0, 0.999),
)
@settings(max_examples=60, deadline=None)
def test_any_length_is_drawn_to_a_thousandth_px(
    style: str, length: float, thick: float, right: float
) -> None:
    shape = BarShape(style, length, thick, 3 * thick + 4, parts=5, whole_px=False, offset=(0.0, right))
    drawing = draw_bar(shape)
    half = thick / 2 if style in CAPPED else 0.0
    start, end = outer_edges(drawing)
    assert end - start - 2 * half == pytest.approx(length, abs=1e-3)


def test_a_solid_bar_has_the_area_of_its_rectangle() -> None:
    drawing = draw_bar(make("solid"))
    assert drawing.ink.sum() == pytest.approx(151.37 * 2.6, rel=1e-5)
    across = drawing.ink.max(axis=1)
    first = int(np.flatnonzero(across)[0])
    assert first + 0.5 - across[first] + 2.6 / 2 == pytest.approx(drawing.row, abs=1e-5)


def test_fields_alternate_and_the_room_of_an_interrupted_bar_is_empty() -> None:
    drawing = draw_bar(make("fields", parts=4, cap_px=16, whole_px=True, length_px=160))
    middle = round(drawing.row)
    at = [round(drawing.col_start + 0.5 + 160 * (k + 0.5) / 4) for k in range(4)]
    assert [drawing.ink[middle, c] for c in at] == [1, 0, 1, 0]
    assert [drawing.other[middle, c] for c in at] == [0, 1, 0, 1]
    assert not (drawing.ink * drawing.other).any()
    drawing = draw_bar(make("interrupted", gap_px=60.0))
    centre = round((drawing.col_start + drawing.col_end) / 2)
    assert not drawing.ink[:, centre - 29 : centre + 30].any()
    assert drawing.ink[:, centre - 40].any()


@pytest.mark.parametrize(
    ("changes", "word"),
    [
        ({"style": "wavy"}, "solid"),
        ({"length_px": 5.0, "thickness_px": 3.0}, "four times"),
        ({"parts": 1}, "2 or more"),
    ],
)
def test_senseless_shapes_are_refused(changes: dict[str, object], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        BarShape(**changes)  # type: ignore[arg-type]


def test_what_does_not_fit_on_a_bar_is_refused() -> None:
    with pytest.raises(UsageError, match="smaller letters"):
        draw_bar(make("interrupted", gap_px=149.0))
    with pytest.raises(UsageError, match="run together"):
        draw_bar(make("ruler", parts=100))
