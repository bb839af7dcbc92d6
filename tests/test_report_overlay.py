from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageDraw

from hand_made import BACKGROUND, BAR, PARTICLE, draw_discs, make_measurement
from nanocaliper.calibration.calibration import Calibration, ScaleConflict
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.report.lettering import load_font, spell, write_text
from nanocaliper.report.overlay import draw_overlay
from nanocaliper.report.overlay_caption import describe_size
from nanocaliper.report.particle_colours import (
    BORDER_COLOUR,
    CONFLICT_COLOUR,
    MARK_COLOUR,
    WARNING_COLOUR,
    WHOLE_COLOURS,
    assign_colours,
)
from nanocaliper.report.picture_view import LARGEST_SIDE_PX
from nanocaliper.report.scale_words import describe_bar, describe_scale
from nanocaliper.statistics.distribution import describe

NO_SCALE = Calibration(None, None, None, reason="No scale bar found.")
USER = Calibration(2.0, 0.01, "user")


def measure(discs, shape=(1300, 1300), calibration=USER, **micrograph):
    pixels, labels = draw_discs(shape, discs)
    return make_measurement(Micrograph(pixels, **micrograph), labels, calibration)


def find_colour(overlay, colour, rows):
    """Places of pixels of about this colour in the first rows."""
    difference = np.abs(overlay[:rows].astype(int) - colour).max(axis=2)
    return np.argwhere(difference < 40)


@pytest.mark.parametrize(
    ("side", "scale"),
    [(1300, 1.0), (400, 3.0), (100, 12.0), pytest.param(5000, 0.8, marks=pytest.mark.slow)],
)
def test_outline_lies_on_the_edge_of_a_disc(side, scale):
    row, col, radius = 0.43 * side, 0.61 * side, 0.2 * side
    overlay = draw_overlay(measure([(row, col, radius)], (side, side)))
    assert overlay.dtype == np.uint8
    assert overlay.shape[1:] == (round(side * scale), 3)
    assert max(overlay.shape[1], 1200) <= LARGEST_SIDE_PX
    places = find_colour(overlay, WHOLE_COLOURS[0], round(side * scale))
    centre = (np.array([row, col]) + 0.5) * scale - 0.5
    distances = np.hypot(*(places - centre).T)
    line_px = max(2, round(side * scale / 1000))
    assert len(places) > 2 * np.pi * radius * scale
    # A drawn line is as wide as said, and a disc of pixels is half a pixel uncertain.
    np.testing.assert_allclose(distances, radius * scale, atol=line_px + scale)


def test_whole_and_cut_particles_have_different_colours():
    overlay = draw_overlay(measure([(600, 700, 100), (650, 0, 80)]))
    whole = find_colour(overlay, WHOLE_COLOURS[0], 1300)
    cut = find_colour(overlay, BORDER_COLOUR, 1300)
    assert len(whole)
    assert whole[:, 1].min() > 590
    assert len(cut)
    assert cut[:, 1].max() < 90
    # Dashed: there are gaps in the half circle.
    angles = np.sort(np.arctan2(cut[:, 0] - 650, cut[:, 1]))
    assert np.sum(np.diff(angles) > 3 / 80) >= 5


def test_image_is_stretched_by_its_field_and_the_strip_is_shaded():
    measured = measure([(600, 700, 100)], data_strips=(Box(1200, 0, 1300, 1300),))
    measured.micrograph.pixels[1200:] = 255
    overlay = draw_overlay(measured)
    assert tuple(overlay[300, 300]) == (0, 0, 0)
    assert tuple(overlay[650, 700]) == (255, 255, 255)
    strip = overlay[1200:1300].reshape(-1, 3).astype(int)
    assert np.all(strip[:, 2] - strip[:, 0] > 40)
    above = overlay[1100:1200].reshape(-1, 3).astype(int)
    assert np.all(above[:, 2] == above[:, 0])


@pytest.mark.parametrize("kind", [np.uint8, np.uint16, np.int16, np.int32, np.uint32, np.float32])
def test_every_depth_looks_the_same(kind):
    measured = measure([(600, 700, 100)])
    pixels = measured.micrograph.pixels.astype(kind)
    overlay = draw_overlay(replace(measured, micrograph=replace(measured.micrograph, pixels=pixels)))
    np.testing.assert_array_equal(overlay, draw_overlay(measured))


@pytest.mark.parametrize("value", [0, 7])
def test_an_empty_flat_image_can_be_drawn(value):
    micrograph = Micrograph(np.full((64, 2000), value, np.uint16))
    overlay = draw_overlay(make_measurement(micrograph, np.zeros((64, 2000), np.int32), NO_SCALE))
    assert overlay.shape[0] > 64


def test_missing_scale_is_red():
    def count_red(calibration):
        overlay = draw_overlay(measure([(600, 700, 100)], calibration=calibration))
        return len(find_colour(overlay[1300:], WARNING_COLOUR, None))

    assert count_red(USER) == 0
    assert count_red(NO_SCALE) > 200


def test_ends_of_the_scale_bar_are_marked():
    bar = replace(BAR, row=1000.0, col_start=300.0, col_stop=500.0, length_px=200.0)
    measured = measure([(300, 700, 100)], calibration=replace(USER, source="scale_bar", scale_bar=bar))
    places = find_colour(draw_overlay(measured), MARK_COLOUR, 1300)
    ticks = places[(places[:, 0] > 1005) & (places[:, 0] < 1012)][:, 1]
    assert {round(float(end) / 10) * 10 for end in ticks} == {300, 500}
    assert (ticks.min(), ticks.max()) == pytest.approx((300, 500), abs=2)


@pytest.mark.parametrize(("label_rows", "row", "side"), [((940, 970), 1000, 1), ((1030, 1060), 1000, -1)])
def test_reading_stands_where_the_printed_label_does_not(label_rows, row, side):
    label = Box(label_rows[0], 350, label_rows[1], 450)
    bar = replace(BAR, row=float(row), col_start=300.0, col_stop=500.0, label_box=label)
    calibration = replace(USER, source="scale_bar", scale_bar=bar)
    places = find_colour(draw_overlay(measure([(300, 700, 100)], calibration=calibration)), MARK_COLOUR, 1300)
    letters = places[np.abs(places[:, 0] - row) > 25]
    assert len(letters) > 50
    assert np.all(np.sign(letters[:, 0] - row) == side)


def test_two_scales_that_disagree_are_a_red_band_and_a_red_bar():
    bar = replace(BAR, row=1000.0, col_start=300.0, col_stop=500.0, length_px=200.0)
    conflict = ScaleConflict(3.0, 0.5, 0.001, 0.03)
    conflicting = replace(NO_SCALE, scale_bar=bar, conflict=conflict)
    overlay = draw_overlay(measure([(300, 700, 100)], calibration=conflicting))
    ticks = find_colour(overlay, CONFLICT_COLOUR, 1300)
    assert (ticks[:, 1].min(), ticks[ticks[:, 0] < 1012][:, 1].max()) == pytest.approx((300, 500), abs=2)
    band = np.all(np.abs(overlay[1300:, [0, -1]].astype(int) - WARNING_COLOUR) < 5, axis=(1, 2))
    assert band.sum() >= 20
    # A settled one is a note, no band; nor has a missing scale one.
    for calm in (replace(USER, scale_bar=bar, conflict=replace(conflict, settled_by="user")), NO_SCALE):
        overlay = draw_overlay(measure([(300, 700, 100)], calibration=calm))
        assert not np.all(np.abs(overlay[1300:, 0].astype(int) - WARNING_COLOUR) < 5, axis=1).any()


def test_a_best_guess_is_dashed():
    bar = replace(BAR, row=1000.0, col_start=300.0, col_stop=700.0, length_px=400.0)
    overlay = draw_overlay(measure([(300, 700, 100)], calibration=replace(NO_SCALE, best_guess=bar)))
    on_line = np.abs(overlay[1000, 310:690].astype(int) - MARK_COLOUR).max(axis=1) < 40
    assert 0.4 < on_line.mean() < 0.8
    assert np.sum(np.diff(on_line.astype(int)) == 1) >= 10
    used = replace(USER, source="scale_bar", scale_bar=bar)
    overlay = draw_overlay(measure([(300, 700, 100)], calibration=used))
    assert np.all(np.abs(overlay[1000, 310:690].astype(int) - MARK_COLOUR).max(axis=1) < 40)


@pytest.mark.parametrize("size_px", [13, 20, 44])
def test_micro_sign_is_a_u_with_a_tail(size_px):
    def draw(text):
        picture = Image.new("L", (8 * size_px, 3 * size_px))
        place = (size_px, 1.5 * size_px)
        write_text(ImageDraw.Draw(picture), place, text, load_font(size_px), "white")
        return np.asarray(picture).astype(int)

    tail = np.argwhere(draw("1 µm") > draw("1 um"))
    assert len(tail)
    # It goes down from the left stem of the u.
    letters = np.argwhere(draw("1 um") > 85)
    baseline = letters[:, 0].max()
    below = tail[tail[:, 0] > baseline]
    assert below[:, 0].max() - baseline == pytest.approx(0.22 * size_px, abs=2)
    u_left = np.argwhere(draw("1 ") > 85)[:, 1].max() + 1
    first_ink_of_u = letters[letters[:, 1] >= u_left][:, 1].min()
    assert below[:, 1].min() == pytest.approx(first_ink_of_u, abs=1)


@pytest.mark.parametrize(
    ("text", "drawn"),
    [
        ("5 \u03bcm", "5 µm"),
        ("Å ä é", "A a e"),
        ("3 × 4 – 5", "3 x 4 - 5"),
        ("中.png", "?.png"),
        ("a\tb", "a b"),
    ],
)
def test_what_the_font_lacks_is_spelt(text, drawn):
    assert spell(text) == drawn


def test_a_long_caption_stays_within_a_narrow_image():
    long = Calibration(None, None, None, reason="No scale bar found in '" + "x" * 300 + "'. " + "word " * 80)
    overlay = draw_overlay(measure([(600, 80, 40)], (1300, 160), calibration=long))
    # The margin at the right stays free of ink.
    assert overlay[1300:, -10:].min() == 250


@pytest.mark.parametrize(
    ("sizes", "nm", "text"),
    [
        ([40.0, 60.0], None, "mean 50 px ± 14.1 px (SD), D50 50 px, n = 2"),
        ([40.0, 60.0], 20.0, "mean 1 µm ± 283 nm (SD), D50 1 µm, n = 2"),
        ([123.4], 1.0, "mean 123 nm, D50 123 nm, n = 1"),
        ([1234.5, 1234.5], None, "mean 1234.5 px ± 0 px (SD)"),
        ([], 1.0, "no whole particle"),
    ],
)
def test_size_in_words(sizes, nm, text):
    in_nm = None if nm is None else describe(np.array(sizes) * nm)
    assert text in describe_size(describe(sizes), in_nm)


def test_scale_in_words():
    line = describe_scale(USER, "sizes are in pixels. ")
    assert line.text == "Scale: 2 nm/px from the user, standard uncertainty 1 %"
    assert line.ink != WARNING_COLOUR
    line = describe_scale(NO_SCALE, "sizes are in pixels. ")
    assert line.text == "NO SCALE: sizes are in pixels. No scale bar found."
    assert line.ink == WARNING_COLOUR
    # No '0 %': the metadata are taken as they stand, which says nothing of the instrument.
    line = describe_scale(Calibration(2.0, 0.0, "metadata"), "sizes are in pixels. ")
    assert line.text == "Scale: 2 nm/px from the file's metadata, as stated there"


def test_bar_in_words():
    def say(**parts):
        (line,) = describe_bar(replace(Calibration(2.0, 0.0, "metadata"), **parts))
        return line.swatch, line.text

    assert describe_bar(USER) == []
    assert say(scale_bar=replace(BAR, length_px=50.5)) == (
        "bar",
        "scale bar, read as “100 nm”, 50.5 px, agrees with the metadata to 0.99 %",
    )
    conflict = ScaleConflict(3.0, 2.0, 0.004, 0.03, "metadata")
    assert say(scale_bar=BAR, conflict=conflict)[1].endswith(", not used for the scale")
    open_conflict = {"nm_per_px": None, "source": None, "conflict": replace(conflict, settled_by=None)}
    assert say(scale_bar=BAR, **open_conflict) == (
        "conflict",
        "scale bar, read as “100 nm”, 50.0 px, contradicts the metadata",
    )
    assert say(best_guess=replace(BAR, confidence=0.412)) == (
        "guess",
        "best guess, NOT used: read as “100 nm”, 50.0 px, confidence 0.41",
    )


def test_neighbours_differ_in_a_hexagonal_packing():
    discs = [(30 + 26 * r, 30 + 30 * c + 15 * (r % 2), 14.5) for r in range(20) for c in range(18)]
    _, labels = draw_discs((570, 600), discs)
    colours = assign_colours(labels)
    for number, (row, col, _) in enumerate(discs, 1):
        for other, (row2, col2, _) in enumerate(discs[: number - 1], 1):
            if np.hypot(row - row2, col - col2) < 31:
                assert colours[number] != colours[other]


@settings(deadline=None, max_examples=40)
@given(st.integers(0, 2**32 - 1))
def test_touching_cells_of_a_map_differ(seed):
    rng = np.random.default_rng(seed)
    seeds = rng.uniform(0, 60, (12, 2))
    cells = np.linalg.norm(np.indices((60, 60)).reshape(2, -1).T[:, None] - seeds, axis=2)
    labels = (np.argmin(cells, axis=1) + 1).reshape(60, 60)
    colours = assign_colours(labels)
    edges = labels[:, 1:] != labels[:, :-1]
    left, right = colours[labels[:, :-1][edges]], colours[labels[:, 1:][edges]]
    # Five colours suffice for most maps; a greedy choice may be short of one for a few neighbours.
    assert np.mean(left == right) <= 0.2


def test_background_and_particles_of_the_tests_differ():
    assert PARTICLE > 120 > BACKGROUND
