"""Bars that a plain look does not read: faint, noisy, coloured, dashed, near the edge; and figures of panels."""

from dataclasses import replace
from typing import Literal

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from nanocaliper.calibration.bar_ends import MeasuredBar
from nanocaliper.calibration.label_text import parse_label
from nanocaliper.calibration.labels import Label
from nanocaliper.calibration.matching import rank_matches
from nanocaliper.calibration.panels import count_panels
from nanocaliper.calibration.scale_bar import ScaleBarSearch, search_scale_bar
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.micrograph.read import read

ROWS, COLS = 360, 480
Colour = tuple[int, int, int]


def micrograph(grey: float = 90, noise: float = 5.0) -> npt.NDArray[np.uint8]:
    pixels = grey + np.random.default_rng(7).normal(0, noise, (ROWS, COLS))
    return np.clip(np.rint(pixels), 0, 255).astype(np.uint8)


def draw(
    pixels: npt.NDArray[np.uint8], mode: Literal["L", "RGB"] = "L"
) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    image = Image.fromarray(pixels).convert(mode)
    return image, ImageDraw.Draw(image)


def write(
    pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, fill: int | Colour, size: int = 24
) -> None:
    pen.text(at, text, fill=fill, font=ImageFont.load_default(size=size))


def search(image: Image.Image) -> ScaleBarSearch:
    return search_scale_bar(read(np.asarray(image)))


@pytest.mark.parametrize("ink", [(230, 30, 30), (250, 240, 0), (0, 200, 60), (0, 210, 240), (220, 0, 220)])
def test_coloured_bars_are_read(ink: Colour) -> None:
    # Grey particles of every brightness under it, so that in grey alone some of them run into the bar.
    pixels = micrograph()
    pixels[250:, ::97] = 200
    image, pen = draw(pixels, "RGB")
    write(pen, (60, 280), "200 nm", ink)
    pen.rectangle((50, 316, 169, 321), fill=ink)
    bar = search(image).scale_bar
    assert bar is not None
    assert (bar.value, bar.unit) == (200, "nm")
    assert bar.length_px == pytest.approx(120, abs=0.5)


def test_a_dark_bar_on_a_nearly_black_particle() -> None:
    pixels = micrograph(grey=190)
    rows, cols = np.indices(pixels.shape)
    inside = np.hypot(rows - 330, cols - 120) < 160
    pixels[inside] = np.clip(24 + np.random.default_rng(3).normal(0, 1.5, np.count_nonzero(inside)), 0, 255)
    image, pen = draw(pixels)
    write(pen, (60, 280), "200 nm", 0)
    pen.rectangle((50, 316, 169, 323), fill=0)
    guess = search(image).best_guess
    assert guess is not None
    assert (guess.value, guess.unit) == (200, "nm")
    assert guess.length_px == pytest.approx(120, abs=1)


def test_a_label_in_heavy_noise() -> None:
    pixels = micrograph(grey=120, noise=55)
    image, pen = draw(pixels)
    write(pen, (52, 276), "50 nm", 255, size=34)
    pen.rectangle((50, 322, 169, 331), fill=255)
    guess = search(image).best_guess
    assert guess is not None
    assert (guess.value, guess.unit) == (50, "nm")
    assert guess.length_px == pytest.approx(120, abs=1.5)


def test_a_bar_three_pixels_from_the_edge_of_the_image() -> None:
    image, pen = draw(micrograph())
    write(pen, (370, 280), "200 nm", 255)
    pen.rectangle((357, 316, COLS - 4, 323), fill=255)
    bar = search(image).scale_bar
    assert bar is not None
    assert bar.length_px == pytest.approx(120, abs=0.5)


def test_a_dashed_bar_is_read_whole() -> None:
    image, pen = draw(micrograph())
    write(pen, (80, 280), "200 nm", 255)
    for k in range(5):
        pen.rectangle((50 + 32 * k, 316, 65 + 32 * k, 321), fill=255)
    bar = search(image).scale_bar
    assert bar is not None
    assert bar.length_px == pytest.approx(144, abs=0.5)


def test_a_label_in_another_colour_than_its_bar() -> None:
    image, pen = draw(micrograph())
    write(pen, (60, 280), "500 nm", 0)
    pen.rectangle((50, 316, 169, 323), fill=255)
    guess = search(image).best_guess
    assert guess is not None
    assert (guess.value, guess.unit) == (500, "nm")
    assert guess.length_px == pytest.approx(120, abs=0.5)


def test_a_length_inside_a_line_of_instrument_text() -> None:
    image, pen = draw(micrograph(noise=3))
    pen.rectangle((0, 300, COLS, ROWS), fill=0)
    write(pen, (20, 322), "15kV x50,000 0.5 µm", 255)
    pen.rectangle((200, 310, 319, 313), fill=255)
    guess = search(image).best_guess
    if guess is not None:
        # Never the magnification or the voltage.
        assert (guess.value, guess.unit) == (0.5, "um")


def test_a_white_box_with_a_label_and_no_bar() -> None:
    image, pen = draw(micrograph())
    pen.rectangle((20, 300, 190, 346), fill=255)
    write(pen, (50, 308), "20 nm", 0, size=28)
    assert search(image).scale_bar is None


def test_a_figure_of_two_panels_has_no_scale() -> None:
    pixels = micrograph()
    pixels[:, 238:242] = 255
    image, pen = draw(pixels)
    write(pen, (60, 280), "200 nm", 255)
    pen.rectangle((50, 316, 169, 323), fill=255)
    found = search(image)
    assert found.scale_bar is None
    assert found.best_guess is not None
    assert "2 panels" in str(found.reason)


def test_a_second_bar_of_another_length_makes_the_first_doubtful() -> None:
    image, pen = draw(micrograph())
    write(pen, (60, 280), "200 nm", 255)
    pen.rectangle((50, 316, 169, 323), fill=255)
    pen.rectangle((300, 40, 380, 47), fill=255)
    found = search(image)
    assert found.scale_bar is None
    assert "another bar" in str(found.reason)


@pytest.mark.parametrize(("lines", "panels"), [((), 1), ((200,), 2), ((150, 320), 3)])
def test_panels_are_counted_across_and_down(lines: tuple[int, ...], panels: int) -> None:
    pixels = micrograph()
    for at in lines:
        pixels[:, at : at + 4] = 255
    assert count_panels(pixels, Box(0, 0, ROWS, COLS)) == panels
    turned = np.ascontiguousarray(pixels.T)
    assert count_panels(turned, Box(0, 0, COLS, ROWS)) == panels


def test_smooth_micrographs_are_one_panel() -> None:
    ramp = np.tile(np.linspace(0, 255, COLS), (ROWS, 1)).astype(np.uint8)
    assert count_panels(ramp, Box(0, 0, ROWS, COLS)) == 1
    assert count_panels(np.full((ROWS, COLS), 128, np.uint8), Box(0, 0, ROWS, COLS)) == 1


@pytest.mark.parametrize(("text", "kept"), [("200 nm", 1), ("-200 nm", 1), ("—200 nm—", 0), ("200 nm -", 0)])
def test_a_label_with_a_line_going_on_takes_no_other_bar(text: str, kept: int) -> None:
    reading = parse_label("200 nm")
    assert reading is not None
    label = Label(reading, Box(100, 300, 120, 360), text, 0.99, 255.0)
    left = MeasuredBar("solid", 110.0, 150.0, 270.0, 3.0, 0.4, 255.0, 200.0, 1.0, 1.0, 0.0, False)
    around = replace(left, col_start=200.0, col_stop=460.0)
    assert len(rank_matches(label, [left], 600, None)) == kept
    assert len(rank_matches(label, [around], 600, None)) == 1
