"""The picture that `nanocaliper scale` writes shows where the scale comes from, at the right place."""

from dataclasses import replace

import numpy as np
import pytest

from hand_made import BAR
from nanocaliper.calibration.calibration import Calibration, ScaleConflict
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.report.particle_colours import CONFLICT_COLOUR, MARK_COLOUR, WARNING_COLOUR
from nanocaliper.report.scale_picture import draw_scale_picture

ROWS, COLS = 1210, 1240
#: 100 px from column 400 to 499, drawn white on grey.
PRINTED = replace(
    BAR, row=1000.5, col_start=399.5, col_stop=499.5, length_px=100.0, label_box=Box(950, 420, 980, 480)
)
USED = Calibration(1.0, 0.004, "scale_bar", scale_bar=PRINTED)
REFUSED = Calibration(None, None, None, reason="Doubtful.", best_guess=PRINTED)


def draw(calibration, nm_per_px=None):
    pixels = np.full((ROWS, COLS), 120, np.uint8)
    pixels[0, :600] = 0
    pixels[998:1004, 400:500] = 255
    return draw_scale_picture(Micrograph(pixels, source="a.png", nm_per_px=nm_per_px), calibration, "1.2")


def find(picture, colour):
    return np.argwhere(np.abs(picture.astype(int) - colour).max(axis=2) < 40)


def test_ends_and_label_are_marked_where_they_are():
    places = find(draw(USED)[:ROWS], MARK_COLOUR)
    ends = places[(places[:, 0] > 1006) & (places[:, 0] < 1014)][:, 1]
    assert (ends.min(), ends.max()) == pytest.approx((399.5, 499.5), abs=1.5)
    frame = places[(places[:, 0] < 990) & (np.abs(places[:, 1] - 450) < 45)]
    assert (frame.min(axis=0) < (950, 420)).all()
    assert (frame.min(axis=0) > (938, 408)).all()
    assert (frame.max(axis=0) > (979, 479)).all()
    assert (frame.max(axis=0) < (992, 492)).all()


def test_the_bar_is_enlarged_with_a_line_through_each_end():
    below = draw(USED)[ROWS:]
    columns = np.unique(find(below, MARK_COLOUR)[:, 1])
    white = np.argwhere((below == 255).all(axis=2))
    # The only pure white there is the bar: a whole number of times as long, and the lines stand at its ends.
    left, right = white[:, 1].min(), white[:, 1].max() + 1
    times = (right - left) / 100
    assert times == int(times) >= 4
    thick = white[:, 0].max() + 1 - white[:, 0].min()
    assert thick == 6 * times
    through = [col for col in columns if min(abs(col - left), abs(col - right)) <= 2]
    assert min(through) <= left <= min(through) + 3
    assert max(through) - 2 <= right <= max(through) + 3


def test_a_guess_is_dashed_and_a_conflict_red():
    solid = find(draw(USED)[:ROWS], MARK_COLOUR)
    dashed = find(draw(REFUSED)[:ROWS], MARK_COLOUR)
    assert 0.4 * len(solid) < len(dashed) < 0.8 * len(solid)
    conflict = ScaleConflict(2.0, 1.0, 0.004, 0.03)
    disagreeing = Calibration(None, None, None, reason="Two.", scale_bar=PRINTED, conflict=conflict)
    red = draw(disagreeing, nm_per_px=2.0)
    assert len(find(red, MARK_COLOUR)) == 0
    assert len(find(red[:ROWS], CONFLICT_COLOUR)) == len(solid)
    assert np.all(np.abs(red[:, 0].astype(int) - WARNING_COLOUR) < 5, axis=1).any()


def test_without_a_bar_there_is_the_image_and_the_reason():
    picture = draw(Calibration(None, None, None, reason="Nothing found."))
    assert ROWS < picture.shape[0] < ROWS + 200
    assert len(find(picture[:ROWS], MARK_COLOUR)) == 0
    assert len(find(picture[ROWS:], WARNING_COLOUR)) > 100


@pytest.mark.parametrize(
    "bar",
    [
        replace(PRINTED, col_start=-0.5, col_stop=1239.5, length_px=1240.0),
        replace(PRINTED, row=1209.0, label_box=Box(1150, 0, 1210, 1240)),
        replace(PRINTED, row=0.0, label_box=Box(0, 0, 1, 1), col_start=0.0, col_stop=3.0, length_px=3.0),
    ],
)
def test_bars_at_the_edge_can_be_drawn(bar):
    picture = draw(replace(USED, scale_bar=bar))
    assert picture.shape[1:] == (COLS, 3)
    assert picture.dtype == np.uint8
