"""Ends of drawn bars, known to a fraction of a pixel, against what is measured; no text is read here."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from nanocaliper.calibration.bar_ends import MeasuredBar, measure_dashes, measure_strip, measure_ticks
from nanocaliper.calibration.bar_shapes import propose_by_edges, propose_by_grey
from nanocaliper.calibration.contrast import stretch, to_bytes
from nanocaliper.calibration.dashes import propose_dashes
from nanocaliper.calibration.rulers import propose_ticks
from nanocaliper.micrograph.micrograph import Box

ROWS, COLS = 120, 400
Image = npt.NDArray[np.float64]


def covered(size: int, start: float, stop: float) -> npt.NDArray[np.float64]:
    """Share of each pixel that lies between two positions; pixel k covers k - 0.5 to k + 0.5."""
    centres = np.arange(size)
    return np.clip(np.minimum(stop, centres + 0.5) - np.maximum(start, centres - 0.5), 0, 1)


def paint(image: Image, rows: tuple[float, float], cols: tuple[float, float], grey: float) -> None:
    """Draw a rectangle with exact area coverage at its edges."""
    weight = np.outer(covered(image.shape[0], *rows), covered(image.shape[1], *cols))
    image += weight * (grey - image)


def measure_all(image: Image) -> list[MeasuredBar]:
    pixels = np.rint(image).astype(np.uint8)
    grey, everywhere = stretch(pixels), Box(0, 0, *pixels.shape)
    strips = propose_by_grey(pixels, everywhere)
    return [bar for strip in strips if (bar := measure_strip(grey, strip)) is not None]


def best(bars: list[MeasuredBar]) -> MeasuredBar:
    return max(bars, key=lambda bar: bar.contrast * bar.outline * bar.end_contrast)


def test_a_bar_over_whole_columns_has_their_number_as_length() -> None:
    image = np.full((ROWS, COLS), 60.0)
    image[80:86, 100:210] = 255
    bar = best(measure_all(image))
    # Columns 100 to 209 are covered: from 99.5 to 209.5.
    assert (bar.col_start, bar.col_stop) == pytest.approx((99.5, 209.5), abs=1e-6)
    assert bar.length_px == pytest.approx(110)
    assert bar.row == pytest.approx(82.5)
    assert bar.thickness == 6
    assert bar.style == "solid"
    # Each end is uncertain by the pixel it was drawn on.
    assert bar.uncertainty_px == pytest.approx(np.sqrt(2 / 12), rel=0.01)


@settings(max_examples=25, deadline=None)
@given(
    start=st.floats(30, 120),
    length=st.floats(20, 240),
    thickness=st.integers(1, 9),  # thicker than 8 % of these 120 rows is no bar
    bar_grey=st.sampled_from([0, 20, 170, 255]),
    background=st.sampled_from([60, 100, 215]),
    noise=st.sampled_from([0.0, 4.0]),
    seed=st.integers(0, 2**16),
)
def test_sub_pixel_ends_of_solid_bars(
    start: float, length: float, thickness: int, bar_grey: int, background: int, noise: float, seed: int
) -> None:
    assume(length >= 3 * thickness and abs(bar_grey - background) >= 60)
    image = background + np.random.default_rng(seed).normal(0, noise, (ROWS, COLS))
    paint(image, (59.5, 59.5 + thickness), (start, start + length), bar_grey)
    bar = best(measure_all(np.clip(image, 0, 255)))
    assert bar.col_start == pytest.approx(start, abs=0.3)
    assert bar.length_px == pytest.approx(length, abs=0.5)
    assert 0.4 < bar.uncertainty_px < 1


def test_blurred_bars_keep_their_length_and_say_that_they_are_less_sure() -> None:
    image = np.full((ROWS, COLS), 90.0)
    paint(image, (70, 80), (100.2, 220.7), 240)
    sharp = best(measure_all(image))
    kernel = np.array([1, 4, 6, 4, 1]) / 16
    for axis in (0, 1):
        image = np.apply_along_axis(lambda line: np.convolve(line, kernel, mode="same"), axis, image)
    blurred = best(measure_all(image))
    assert blurred.length_px == pytest.approx(120.5, abs=0.5)
    assert blurred.uncertainty_px > sharp.uncertainty_px


def test_a_tilted_bar() -> None:
    image = np.full((ROWS, COLS), 230.0)
    for col in range(60, 260):
        row = 60 + 0.015 * (col - 160)
        image[:, col] += covered(ROWS, row - 2.5, row + 2.5) * (0 - image[:, col])
    assert best(measure_all(image)).length_px == pytest.approx(200, abs=0.5)


@pytest.mark.parametrize("cap", [1.0, 2.0, 3.0])
def test_a_bracket_is_measured_between_the_centres_of_its_caps(cap: float) -> None:
    image = np.full((ROWS, COLS), 255.0)
    paint(image, (59.5, 60.5), (100, 160), 0)
    paint(image, (54.5, 65.5), (100, 100 + cap), 0)
    paint(image, (54.5, 65.5), (160 - cap, 160), 0)
    bar = best(measure_all(image))
    assert bar.style == "bracket"
    assert bar.length_px == pytest.approx(60 - cap, abs=0.5)


@pytest.mark.parametrize("dark", [False, True])
def test_a_ruler_of_eleven_ticks_is_measured_from_the_first_to_the_last(dark: bool) -> None:
    image = np.full((ROWS, COLS), 235.0 if dark else 20.0)
    for k in range(11):
        centre = 50.3 + 17.36 * k
        paint(image, (69.5, 76.5), (centre - 1, centre + 1), 10 if dark else 240)
    (ticks,) = propose_ticks(np.rint(image).astype(np.uint8), Box(0, 0, ROWS, COLS))
    bar = measure_ticks(ticks)
    assert bar.length_px == pytest.approx(173.6, abs=0.3)
    assert bar.col_start == pytest.approx(50.3, abs=0.3)
    assert bar.style == "ticks"


@pytest.mark.parametrize("dark", [False, True])
@pytest.mark.parametrize("count", [3, 5, 8])
def test_a_dashed_bar_is_measured_over_all_its_dashes(count: int, dark: bool) -> None:
    image = np.full((ROWS, COLS), 200.0 if dark else 60.0)
    for k in range(count):
        paint(image, (69.5, 72.5), (50.25 + 24 * k, 62.25 + 24 * k), 5 if dark else 250)
    pixels = np.rint(image).astype(np.uint8)
    (dashes,) = propose_dashes(pixels, Box(0, 0, ROWS, COLS))
    bar = measure_dashes(stretch(pixels), dashes)
    assert bar is not None
    assert bar.style == "dashes"
    assert bar.col_start == pytest.approx(50.25, abs=0.2)
    assert bar.length_px == pytest.approx(24 * count - 12, abs=0.3)


def test_rulers_of_twenty_one_ticks_are_measured_too() -> None:
    image = np.full((ROWS, COLS), 20, np.uint8)
    for k in range(21):
        image[70:77, 40 + 15 * k : 42 + 15 * k] = 240
    (ticks,) = propose_ticks(image, Box(0, 0, ROWS, COLS))
    assert ticks.number == 21
    assert measure_ticks(ticks).length_px == pytest.approx(15 * 20, abs=0.1)


@pytest.mark.parametrize("count", [5, 6, 8, 10, 12, 22])
def test_rulers_of_another_number_of_ticks_are_refused(count: int) -> None:
    image = np.full((ROWS, COLS), 20, np.uint8)
    for k in range(count):
        image[70:77, 40 + 15 * k : 42 + 15 * k] = 240
    assert propose_ticks(image, Box(0, 0, ROWS, COLS)) == ()


def test_edges_find_a_bar_whose_grey_changes_along_it() -> None:
    image = np.full((ROWS, COLS), 30.0)
    image[80:88, 100:260] = np.linspace(90, 255, 160)
    pixels = image.astype(np.uint8)
    strips = propose_by_edges(pixels, Box(0, 0, ROWS, COLS))
    assert any(abs(s.col_start - 100) <= 3 and abs(s.col_stop - 260) <= 3 for s in strips)
    assert propose_by_edges(pixels, Box(0, 0, ROWS, COLS)) == strips


def test_a_bar_that_leaves_the_image_is_marked_cut_or_not_measured() -> None:
    image = np.full((ROWS, COLS), 200.0)
    image[90:96, :70] = 0
    assert all(bar.cut for bar in measure_all(image) if abs(bar.row - 92.5) < 3)


def test_the_edge_of_a_wide_dark_part_is_no_bar() -> None:
    image = np.full((ROWS, COLS), 200.0)
    image[60:] = 20
    assert measure_all(image) == []


@pytest.mark.parametrize("dtype", [np.uint16, np.int32, np.float32])
def test_any_depth_is_stretched_to_the_same_scale(dtype: type) -> None:
    pixels = np.linspace(0, 30000, 10000).reshape(100, 100).astype(dtype)
    grey = stretch(pixels)
    assert grey.dtype == np.float32
    assert np.percentile(grey, [0.1, 99.9]) == pytest.approx([0, 255], abs=0.1)
    assert to_bytes(grey).min() == 0
    assert to_bytes(grey).max() == 255
    assert not stretch(np.full((5, 5), 7, dtype)).any()
