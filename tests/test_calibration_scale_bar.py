"""Drawn micrographs with bars and labels of known length, and real ones that a person measured."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageDraw, ImageFont

from nanocaliper.calibration.calibration import ScaleBar
from nanocaliper.calibration.resolve import calibrate
from nanocaliper.calibration.scale_bar import search_scale_bar
from nanocaliper.calibration.text_boxes import read_line, read_text
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.units import to_nm

Pixels = npt.NDArray[np.uint8]
ROWS, COLS = 360, 480
LABEL = (60, 280)


def draw(grey: int = 90, noise: float = 5.0) -> tuple[Image.Image, ImageDraw.ImageDraw]:
    """A noisy micrograph to draw on."""
    pixels = grey + np.random.default_rng(7).normal(0, noise, (ROWS, COLS))
    image = Image.fromarray(np.clip(np.rint(pixels), 0, 255).astype(np.uint8))
    return image, ImageDraw.Draw(image)


def write(pen: ImageDraw.ImageDraw, at: tuple[int, int], text: str, fill: int = 255, size: int = 24) -> None:
    """Print text with its upper left corner at (col, row)."""
    pen.text(at, text, fill=fill, font=ImageFont.load_default(size=size))


def read_bar(image: Image.Image, strips: tuple[Box, ...] = ()) -> ScaleBar | None:
    return search_scale_bar(Micrograph(pixels=np.asarray(image), data_strips=strips)).scale_bar


@pytest.mark.parametrize(("thickness", "below"), [(2, True), (8, True), (5, False)])
def test_solid_bar_above_or_below_its_label(thickness: int, below: bool) -> None:
    image, pen = draw()
    write(pen, LABEL, "200 nm")
    top = 316 if below else 268
    pen.rectangle((50, top, 169, top + thickness - 1), fill=255)
    bar = read_bar(image)
    assert bar is not None
    assert (bar.value, bar.unit) == (200, "nm")
    assert bar.length_px == pytest.approx(120, abs=0.5)
    assert bar.col_start == pytest.approx(49.5, abs=0.3)
    assert bar.row == pytest.approx(top + (thickness - 1) / 2, abs=0.6)
    assert bar.nm_per_px == pytest.approx(200 / 120, rel=0.005)
    assert bar.confidence > 0.8


def test_sub_pixel_ends_survive_the_whole_way() -> None:
    image, pen = draw(noise=2)
    write(pen, LABEL, "50 nm")
    pixels = np.asarray(image).astype(float)
    # From 99.25 to 211.6: the end columns are covered to 25 % and 10 %.
    pixels[318:325, 100:212] = 255
    pixels[318:325, 99] += 0.25 * (255 - pixels[318:325, 99])
    pixels[318:325, 212] += 0.1 * (255 - pixels[318:325, 212])
    bar = read_bar(Image.fromarray(np.rint(pixels).astype(np.uint8)))
    assert bar is not None
    assert bar.length_px == pytest.approx(112.35, abs=0.3)


def test_dark_bar_and_label_in_a_white_box() -> None:
    image, pen = draw()
    pen.rectangle((40, 265, 220, 340), fill=255)
    write(pen, LABEL, "100 nm", fill=0)
    pen.rectangle((60, 320, 199, 325), fill=0)
    bar = read_bar(image)
    assert bar is not None
    assert bar.length_px == pytest.approx(140, abs=0.5)


def test_bracket_in_a_data_strip() -> None:
    image, pen = draw()
    pen.rectangle((0, 300, COLS, ROWS), fill=255)
    write(pen, (30, 302), "2 um", fill=0, size=20)
    pen.rectangle((30, 340, 110, 340), fill=0)
    for col in (30, 110):
        pen.rectangle((col, 333, col, 347), fill=0)
    write(pen, (200, 305), "EHT = 9.52 kV", fill=0, size=16)
    write(pen, (200, 330), "WD = 7.5 mm", fill=0, size=16)
    bar = read_bar(image, (Box(300, 0, ROWS, COLS),))
    assert bar is not None
    assert bar.length_nm == 2000
    # Between the centres of the caps.
    assert bar.length_px == pytest.approx(80, abs=0.5)


def test_line_interrupted_by_its_label() -> None:
    image, pen = draw()
    pen.rectangle((0, 310, COLS, ROWS), fill=0)
    for first, last in ((100, 190), (290, 380)):
        pen.rectangle((first, 335, last, 336), fill=255)
    for col in (100, 380):
        pen.rectangle((col, 329, col, 342), fill=255)
    write(pen, (205, 324), "500 nm", size=20)
    bar = read_bar(image)
    assert bar is not None
    assert bar.length_px == pytest.approx(280, abs=1)


def test_ruler_of_eleven_ticks() -> None:
    image, pen = draw(grey=40)
    for k in range(11):
        pen.rectangle((200 + 24 * k, 300, 201 + 24 * k, 307), fill=250)
    write(pen, (370, 318), "10.0um")
    bar = read_bar(image)
    assert bar is not None
    assert bar.length_nm == 10_000
    assert bar.length_px == pytest.approx(240, abs=0.5)


def test_deep_images_are_read_too() -> None:
    image, pen = draw()
    write(pen, LABEL, "1 um")
    pen.rectangle((50, 318, 169, 323), fill=255)
    deep = np.asarray(image).astype(np.uint16) * 12 + 300
    bar = search_scale_bar(Micrograph(pixels=deep)).scale_bar
    assert bar is not None
    assert bar.nm_per_px == pytest.approx(1000 / 120, rel=0.005)


def test_a_label_without_a_bar_is_no_scale_but_an_annotation() -> None:
    image, pen = draw()
    write(pen, LABEL, "200 nm")
    search = search_scale_bar(Micrograph(pixels=np.asarray(image)))
    assert search.scale_bar is None
    assert search.reason is not None
    assert "200" in search.reason
    (box,) = search.annotations
    # Tight: the ink of 24 px type, not the detector's generous box.
    assert 55 <= box.col_start <= 66
    assert 14 <= box.height <= 30


def test_a_label_in_a_white_box_without_a_bar_is_no_scale() -> None:
    image, pen = draw()
    pen.rectangle((40, 270, 200, 320), fill=255)
    write(pen, LABEL, "20 nm", fill=0)
    assert read_bar(image) is None


def test_a_bar_without_a_label_is_no_scale_but_an_annotation() -> None:
    image, pen = draw()
    pen.rectangle((50, 318, 169, 325), fill=255)
    calibration = calibrate(Micrograph(pixels=np.asarray(image), source="a.tif"))
    assert calibration.nm_per_px is None
    assert calibration.reason is not None
    assert "120.0 px" in calibration.reason
    assert "--nm-per-px" in calibration.reason
    (box,) = calibration.annotations
    assert (box.row_start, box.row_stop) == (318, 326)
    assert (box.col_start, box.col_stop) == pytest.approx((50, 170), abs=1)


def test_a_bar_cut_by_the_edge_of_the_image_is_refused() -> None:
    image, pen = draw()
    write(pen, (20, 280), "200 nm")
    pen.rectangle((0, 318, 90, 325), fill=255)
    assert read_bar(image) is None


def test_two_bars_with_two_scales_are_refused() -> None:
    image, pen = draw()
    for col, text in ((40, "200 nm"), (300, "500 nm")):
        write(pen, (col, 280), text)
        pen.rectangle((col, 318, col + 119, 325), fill=255)
    assert read_bar(image) is None


def test_a_ruler_of_black_and_white_fields_is_refused() -> None:
    image, pen = draw()
    write(pen, (60, 325), "100 nm")
    for k in range(5):
        pen.rectangle((50 + 40 * k, 300, 89 + 40 * k, 311), fill=255 * (k % 2))
    assert read_bar(image) is None


def test_instrument_text_is_no_label() -> None:
    image, pen = draw()
    pen.rectangle((0, 310, COLS, ROWS), fill=0)
    write(pen, (10, 322), "15.0kV  x50,000  WD 9.1mm")
    pen.rectangle((350, 335, 449, 340), fill=255)
    assert read_bar(image) is None


def test_round_particles_are_not_annotated_as_letters() -> None:
    image, pen = draw(grey=150)
    for row in range(40, ROWS, 80):
        for col in range(40, COLS, 80):
            pen.ellipse((col - 28, row - 28, col + 28, row + 28), fill=60)
    assert search_scale_bar(Micrograph(pixels=np.asarray(image))).annotations == ()


def test_text_is_read_with_its_place() -> None:
    image, pen = draw()
    write(pen, (100, 40), "500 nm")
    (item,) = read_text(np.asarray(image))
    assert item.text.replace(" ", "") == "500nm"
    assert item.confidence > 0.9
    assert item.box.row_start < 50 < item.box.row_stop
    assert item.box.col_start < 110 < item.box.col_stop
    text, confidence = read_line(np.asarray(image)[item.box.slices()])
    assert text.replace(" ", "") == "500nm"
    assert confidence > 0.9


def test_text_in_a_wide_band_is_read_once_although_its_tiles_overlap() -> None:
    band = Image.new("L", (3000, 60), 0)
    pen = ImageDraw.Draw(band)
    for col in range(40, 2900, 300):
        write(pen, (col, 16), "500 nm")
    found = read_text(np.asarray(band))
    assert [item.text.replace(" ", "") for item in found] == ["500nm"] * 10


@pytest.mark.parametrize("shape", [(1, 1), (3, 200), (40, 40)])
def test_tiny_images_have_no_scale(shape: tuple[int, int]) -> None:
    search = search_scale_bar(Micrograph(pixels=np.zeros(shape, np.uint8)))
    assert (search.scale_bar, search.best_guess, search.annotations) == (None, None, ())


@pytest.mark.slow
def test_reading_is_quiet_and_importing_loads_no_networks() -> None:
    code = (
        "import sys, numpy as np\n"
        "import nanocaliper.calibration.resolve as r\n"
        "assert not {'onnxruntime', 'rapidocr', 'torch', 'matplotlib'} & set(sys.modules)\n"
        "from nanocaliper.micrograph.micrograph import Micrograph\n"
        "r.calibrate(Micrograph(pixels=np.zeros((64, 64), np.uint8)))\n"
    )
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", code], capture_output=True, text=True, check=False
    )
    assert (run.returncode, run.stdout, run.stderr) == (0, "", "")


@pytest.mark.slow
def test_real_micrographs(shared_data: Path) -> None:
    """Solid bars, a Hitachi ruler, Zeiss and FEI brackets; images without a bar, or with one but no label."""
    names = {
        "2d1a6c5ce4", "aa968ec1b2", "4ec7671d11", "37ce835fb2", "af124a45d9", "707120d0f5",
        "7b76562318", "b19f6f3309", "28d7e31165", "a630b192d4",
    }  # fmt: skip
    lines = (shared_data / "scale_bars" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    truths = [truth for truth in map(json.loads, lines) if truth["name"] in names]
    assert len(truths) == len(names)
    used = []
    for truth in truths:
        pixels = np.asarray(Image.open(shared_data / "emps" / "images" / f"{truth['name']}.png"))
        search = search_scale_bar(Micrograph(pixels=pixels))
        if truth["has_bar"] and truth["has_label"]:
            expected = to_nm(truth["value"], truth["unit"]) / truth["bar_px"]
            # Found and right each time; whether it is sure enough to be used is counted below.
            assert search.best_guess is not None, truth["name"]
            assert search.best_guess.nm_per_px == pytest.approx(expected, rel=0.04), truth["name"]
            used.append(search.scale_bar is not None)
        else:
            assert search.scale_bar is None, truth["name"]
    assert sum(used) >= len(used) - 1
