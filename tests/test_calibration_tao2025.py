"""The published method reads the white stripes it was made for, exactly, and refuses the rest."""

import math

import cv2
import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from nanocaliper.calibration.tao2025 import find_white_stripe, search_white_stripe
from nanocaliper.micrograph.micrograph import Box, Micrograph

STRIPE_PX = 70
LEFT = 30


def draw_stripe(
    length_px: int,
    label: str,
    *,
    style: str = "bracket",
    thick: int = 3,
    paper: int = 255,
    label_below: bool = False,
    quality: int | None = None,
) -> np.ndarray:
    """A textured field over an instrument's stripe; the bar's ink covers columns 30 to 30 + length - 1."""
    rows, cols = 500, 900
    noise = np.random.default_rng(3).normal(110, 60, (rows, cols))
    pixels = np.clip(cv2.GaussianBlur(noise, (0, 0), 2), 0, 235).astype(np.uint8)
    pixels[rows - STRIPE_PX :] = paper
    image = Image.fromarray(pixels)
    pen = ImageDraw.Draw(image)
    row, label_row = (rows - 14, rows - 51) if not label_below else (rows - 58, rows - 22)
    right = LEFT + length_px - 1
    if label:
        font = ImageFont.load_default(24)
        pen.text((LEFT + length_px / 2, label_row), label, fill=0, font=font, anchor="mm")
    if style == "bracket":
        for col in (LEFT, right - thick + 1):
            pen.rectangle((col, row - 7, col + thick - 1, row + 7), fill=0)
    if style != "none":
        pen.rectangle((LEFT, row - thick // 2, right, row + thick // 2), fill=0)
    small = ImageFont.load_default(16)
    pen.text((400, rows - 62), "EHT = 5.00 kV   Signal A = InLens", fill=0, font=small)
    pen.text((400, rows - 32), "WD = 4.1 mm   Mag = 50.00 K X", fill=0, font=small)
    drawn = np.array(image)
    if quality is not None:
        drawn = cv2.imdecode(cv2.imencode(".jpg", drawn, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], 0)
    return drawn


@pytest.mark.parametrize(
    ("length_px", "label", "length_nm", "style", "quality"),
    [
        (153, "200 nm", 200, "bracket", None),
        (230, "1 um", 1000, "bracket", 90),
        (150, "0.5 um", 500, "solid", None),
        (300, "2 um", 2000, "solid", 95),
        (120, "100nm", 100, "bracket", None),
    ],
)
def test_stripes_are_read_within_one_per_cent(length_px, label, length_nm, style, quality):
    pixels = draw_stripe(length_px, label, style=style, quality=quality)
    search = search_white_stripe(Micrograph(pixels=pixels))
    bar = search.scale_bar
    assert bar is not None, search.reason
    # Ticks are measured between their middles, a plain bar from end to end.
    true_px = length_px - 3 if style == "bracket" else length_px
    assert bar.length_nm == length_nm
    assert bar.length_px == pytest.approx(true_px, rel=0.01)
    assert bar.col_start == pytest.approx(LEFT - 0.5 + (length_px - true_px) / 2, abs=1)
    assert bar.nm_per_px == pytest.approx(length_nm / true_px, rel=0.01)
    assert bar.row == pytest.approx(486, abs=3)
    assert 435 < bar.label_box.row_start < bar.label_box.row_stop < bar.row
    # The method has no confidence and no second choice.
    assert math.isnan(bar.confidence)
    assert search.best_guess is None
    assert search.reason is None
    assert bar.length_uncertainty_px == pytest.approx(math.sqrt(1 / 6))


def test_depth_does_not_matter():
    deep = draw_stripe(153, "200 nm").astype(np.uint16) * 257
    bar = search_white_stripe(Micrograph(pixels=deep)).scale_bar
    assert bar is not None
    assert bar.length_px == pytest.approx(150, rel=0.01)


@pytest.mark.parametrize(
    ("drawing", "said"),
    [
        ({"label": "200 nm", "paper": 130}, "no white stripe"),
        ({"label": "20 kV"}, "without a label: '20 kV'"),
        ({"label": ""}, "without a label"),
        ({"label": "200 nm", "style": "none"}, "'200 nm' on a white stripe but no line below it"),
        ({"label": "200 nm", "label_below": True}, "no line below it"),
    ],
)
def test_what_it_cannot_read_is_refused_with_the_step_that_failed(drawing, said):
    search = search_white_stripe(Micrograph(pixels=draw_stripe(153, **drawing)))
    assert search.scale_bar is None
    assert search.reason is not None
    assert said in search.reason
    assert "tao2025" in search.reason


@pytest.mark.parametrize("value", [0, 128, 255])
@pytest.mark.parametrize("shape", [(3, 3), (200, 300), (10, 2000)])
def test_an_empty_image_has_no_bar(value, shape):
    assert search_white_stripe(Micrograph(pixels=np.full(shape, value, np.uint8))).scale_bar is None


def test_texts_of_the_stripe_and_the_bar_are_annotations():
    search = search_white_stripe(Micrograph(pixels=draw_stripe(153, "200 nm")))
    assert len(search.annotations) >= 4
    assert all(box.row_start >= 430 for box in search.annotations)
    bar = search.annotations[-1]
    assert bar.col_start <= LEFT + 2
    assert bar.col_stop >= LEFT + 150


def test_the_stripe_is_the_largest_wide_white_box():
    image = np.full((300, 400), 90, np.uint8)
    image[20:80, 20:80] = 255  # square: no stripe
    image[120:140, 10:140] = 255  # a box, wide enough
    image[250:290, 0:400] = 255
    image[260:280, 30:90] = 0  # ink inside does not matter
    assert find_white_stripe(image) == Box(250, 0, 290, 400)
    image[250:290] = 90
    assert find_white_stripe(image) == Box(120, 10, 140, 140)
    image[120:140] = 90
    assert find_white_stripe(image) is None
