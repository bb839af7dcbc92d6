"""Data strips: drawn ones found to the row, samples that resemble one left alone, published images."""

import json
import time
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from nanocaliper.micrograph.data_strip import find_data_strips
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.micrograph.read import read

# Seen to have a data strip over the full width, of the 366 published images.
WITH_STRIP = {
    "07330c8ea1",
    "1b3c6536a3",
    "1ecd5c901c",
    "21308b3614",
    "245e1a4826",
    "2bc87a8698",
    "2e4a3ab627",
    "3027f9ffe7",
    "31f17306c8",
    "37ce835fb2",
    "39dda96b25",
    "406d70e411",
    "427ebc9e15",
    "4628753cd8",
    "47286679c2",
    "555eb05b4c",
    "60feb7de8f",
    "7e85b64066",
    "7ecd3c2ab9",
    "8d7fc4c578",
    "8e1269eba3",
    "a1dada3898",
    "a4027c076c",
    "a492171fa8",
    "af124a45d9",
    "b23c478d84",
    "b452204939",
    "bc5529f7ca",
    "c36b04376a",
    "c984680063",
    "d04d7ced9f",
    "d29d644539",
    "e853d120fa",
    "ea71fe4650",
    "eed04b7d68",
    "ef6bbe7612",
    "f8a1b2bf39",
    "fcc97c015c",
    "fd1f58d925",
}
# Strips that the image beside them makes uncertain: two-toned, or black on an image that is black itself.
UNCERTAIN = {"9dc60257e5", "ae001af29f", "e211d9d7ac"}


def draw_image(
    rows: int, cols: int, rng: np.random.Generator, background: float = 90.0
) -> npt.NDArray[np.uint8]:
    """Discs of two brightnesses on a noisy background."""
    image = np.full((rows, cols), background, np.float32)
    for _ in range(25):
        centre = (int(rng.integers(cols)), int(rng.integers(rows)))
        cv2.circle(image, centre, int(rng.integers(8, 30)), background + 70, -1)
    image = cv2.GaussianBlur(image, (0, 0), 1.2) + rng.normal(0, 6, image.shape)
    return np.clip(np.rint(image), 0, 255).astype(np.uint8)


def draw_strip(rows: int, cols: int, background: int, framed: bool = False) -> npt.NDArray[np.uint8]:
    """A strip with a line of text and a scale bar."""
    ink = 255 if background < 128 else 0
    strip = np.full((rows, cols), background, np.uint8)
    cv2.putText(strip, "15.0kV 9.2mm x600 SE(U)", (8, int(rows * 0.7)), 0, rows / 60, ink, 1, cv2.LINE_AA)
    cv2.rectangle(strip, (int(cols * 0.75), rows // 2), (int(cols * 0.92), rows // 2 + 2), ink, -1)
    if framed:
        cv2.rectangle(strip, (0, 0), (cols - 1, rows - 1), ink, 1)
    return strip


@settings(max_examples=40, deadline=None)
@given(
    height=st.integers(18, 90),
    background=st.sampled_from([0, 30, 200, 255]),
    framed=st.booleans(),
    at_top=st.booleans(),
    seed=st.integers(0, 2**32 - 1),
)
def test_drawn_strip_is_found_to_the_row(
    height: int, background: int, framed: bool, at_top: bool, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    image = draw_image(400, 520, rng)
    strip = draw_strip(height, 520, background, framed)
    whole = np.vstack([strip, image] if at_top else [image, strip])
    expected = Box(0, 0, height, 520) if at_top else Box(400, 0, 400 + height, 520)
    assert find_data_strips(whole) == (expected,)


@pytest.mark.parametrize(
    ("dtype", "scale", "offset"),
    [
        (np.uint8, 1, 0),
        (np.uint16, 257, 0),
        (np.uint32, 10_000_000, 5),
        (np.int16, 100, -20_000),
        (np.float32, 1 / 255, -0.5),
        (np.float64, 1e-9, 0),
    ],
)
def test_depth_does_not_matter(dtype: type, scale: float, offset: float) -> None:
    rng = np.random.default_rng(3)
    whole = np.vstack([draw_image(400, 520, rng), draw_strip(40, 520, 0)])
    values = (whole * float(scale) + offset).astype(dtype)
    assert find_data_strips(values) == (Box(400, 0, 440, 520),)


def test_strip_brighter_than_a_12_bit_image() -> None:
    """Cameras of 12 bits in 16-bit files: the text stands at 65535, the image below 4096."""
    rng = np.random.default_rng(4)
    image = draw_image(400, 520, rng).astype(np.uint16) * 16
    strip = draw_strip(40, 520, 0).astype(np.uint16) * 257
    assert find_data_strips(np.vstack([image, strip])) == (Box(400, 0, 440, 520),)


def test_strips_above_and_below() -> None:
    rng = np.random.default_rng(5)
    whole = np.vstack([draw_strip(30, 520, 255), draw_image(400, 520, rng), draw_strip(44, 520, 0)])
    assert find_data_strips(whole) == (Box(0, 0, 30, 520), Box(430, 0, 474, 520))


def test_strip_of_two_text_fields_with_a_line_between() -> None:
    rng = np.random.default_rng(6)
    line = np.full((1, 520), 255, np.uint8)
    whole = np.vstack(
        [draw_image(400, 520, rng), line, draw_strip(24, 520, 0), line, draw_strip(24, 520, 0), line]
    )
    assert find_data_strips(whole) == (Box(400, 0, 451, 520),)


def test_framed_black_strip_under_a_black_image() -> None:
    """The line is all that parts them."""
    rng = np.random.default_rng(7)
    image = np.zeros((400, 520), np.uint8)
    cv2.circle(image, (200, 200), 40, 180, -1)
    image = np.clip(image + rng.normal(0, 1, image.shape), 0, 255).astype(np.uint8)
    whole = np.vstack([image, draw_strip(30, 520, 0, framed=True)])
    assert find_data_strips(whole) == (Box(400, 0, 430, 520),)


def test_jpeg_strip_is_found_within_a_row() -> None:
    rng = np.random.default_rng(8)
    whole = np.vstack([draw_image(400, 520, rng), draw_strip(43, 520, 255)])
    encoded = cv2.imencode(".jpg", whole, [cv2.IMWRITE_JPEG_QUALITY, 80])[1]
    (strip,) = find_data_strips(cv2.imdecode(encoded, cv2.IMREAD_GRAYSCALE))
    assert abs(strip.row_start - 400) <= 1
    assert strip.row_stop == 443


@pytest.mark.parametrize("factor", [0.6, 1.5])
def test_rescaled_strip_is_found_within_its_blur(factor: float) -> None:
    rng = np.random.default_rng(9)
    whole = np.vstack([draw_image(400, 520, rng), draw_strip(50, 520, 0)])
    scaled = cv2.resize(whole, None, fx=factor, fy=factor, interpolation=cv2.INTER_CUBIC)
    (strip,) = find_data_strips(scaled)
    assert abs(strip.row_start - 400 * factor) <= 3


def test_uniform_border_rows_are_found() -> None:
    rng = np.random.default_rng(10)
    whole = draw_image(400, 520, rng)
    whole[:2], whole[-3:] = 255, 0
    assert find_data_strips(whole) == (Box(0, 0, 2, 520), Box(397, 0, 400, 520))


def test_rows_that_were_never_scanned_are_found() -> None:
    rng = np.random.default_rng(11)
    whole = np.maximum(draw_image(400, 520, rng), 1)
    whole[330:] = 0
    assert find_data_strips(whole) == (Box(330, 0, 400, 520),)


def noise_free_discs() -> npt.NDArray[np.uint8]:
    """A simulated image: the rows under the last disc are all background."""
    image = np.full((400, 520), 60, np.uint8)
    for row in range(40, 361, 40):
        for col in range(20, 520, 40):
            cv2.circle(image, (col, row - 20), 18, 200, -1)
    return image


def rows_of_squares() -> npt.NDArray[np.uint8]:
    """Noise-free squares, side by side over 80 % of the width, that end in one straight line."""
    image = np.full((400, 520), 60, np.uint8)
    for col in range(10, 500, 50):
        image[100:340, col : col + 40] = 200
    return image


def dark_bottom() -> npt.NDArray[np.uint8]:
    image = draw_image(400, 520, np.random.default_rng(1)).astype(np.float64)
    return (image * np.linspace(1, 0, 400)[:, None] ** 2).astype(np.uint8)


def saturated_bottom() -> npt.NDArray[np.uint8]:
    image = draw_image(400, 520, np.random.default_rng(2)).astype(np.float64)
    return np.clip(image + np.linspace(-60, 400, 400)[:, None], 0, 255).astype(np.uint8)


def text_over_the_image() -> npt.NDArray[np.uint8]:
    image = draw_image(400, 520, np.random.default_rng(3))
    cv2.putText(image, "S4800 3.0kV x3.00k SE(M)   10.0um", (8, 390), 0, 0.8, 255, 1, cv2.LINE_AA)
    return image


def label_box_in_a_corner() -> npt.NDArray[np.uint8]:
    image = draw_image(400, 520, np.random.default_rng(4))
    image[360:, :260] = draw_strip(40, 260, 255)
    return image


def steep_gradient() -> npt.NDArray[np.uint8]:
    return np.repeat(np.linspace(0, 255, 400)[:, None], 520, axis=1).astype(np.uint8)


@pytest.mark.parametrize(
    "draw",
    [
        noise_free_discs,
        rows_of_squares,
        dark_bottom,
        saturated_bottom,
        text_over_the_image,
        label_box_in_a_corner,
        steep_gradient,
    ],
)
def test_samples_that_resemble_a_strip(draw: object) -> None:
    assert callable(draw)
    image = draw()
    assert find_data_strips(image) == ()
    assert find_data_strips(image[::-1]) == ()


@pytest.mark.parametrize("value", [0, 7, 255])
def test_empty_image_has_no_strip(value: int) -> None:
    assert find_data_strips(np.full((300, 300), value, np.uint8)) == ()
    assert find_data_strips(np.full((300, 300), value, np.float32)) == ()


@settings(max_examples=60, deadline=None)
@given(rows=st.integers(16, 200), cols=st.integers(16, 200), seed=st.integers(0, 2**32 - 1))
def test_noise_of_any_size_has_no_strip(rows: int, cols: int, seed: int) -> None:
    rng = np.random.default_rng(seed)
    assert find_data_strips(rng.normal(100, 15, (rows, cols)).astype(np.float32)) == ()


def test_image_too_small_for_a_strip() -> None:
    image = np.vstack([np.random.default_rng(0).integers(0, 99, (40, 200)), np.full((20, 200), 255)])
    assert find_data_strips(image.astype(np.uint8)) == ()


def test_not_finite_values_do_no_harm() -> None:
    image = draw_image(400, 520, np.random.default_rng(1)).astype(np.float32)
    image[100, 100], image[200, 200] = np.nan, np.inf
    assert find_data_strips(image) == ()


def test_takes_under_50_ms_for_a_usual_image() -> None:
    rng = np.random.default_rng(2)
    whole = np.vstack([draw_image(704, 1024, rng), draw_strip(64, 1024, 0)])
    find_data_strips(whole)
    seconds = []
    for _ in range(5):
        start = time.process_time()
        find_data_strips(whole)
        seconds.append(time.process_time() - start)
    assert min(seconds) < 0.05


def test_printed_footers_are_found(shared_data: Path) -> None:
    lines = (shared_data / "scale_bars" / "train.jsonl").read_text(encoding="utf-8").splitlines()
    footers = [truth for truth in map(json.loads, lines) if truth["bar_place"] == "footer"]
    assert len(footers) == 15
    for truth in footers:
        micrograph = read(shared_data / "emps" / "images" / f"{truth['name']}.png")
        (strip,) = [one for one in micrograph.data_strips if one.row_start > 0]
        assert strip.row_start < truth["bar_y"] < strip.row_stop, truth["name"]


@pytest.mark.slow
def test_published_images(shared_data: Path) -> None:
    """Every strip seen by eye is found; what else is found is at most a border of five rows."""
    found, false_alarms = [], []
    for path in sorted((shared_data / "emps" / "images").glob("*.png")):
        micrograph = read(path)
        tall = [strip for strip in micrograph.data_strips if strip.height > 5]
        if path.stem in WITH_STRIP:
            found += [path.stem] * bool(tall)
        elif tall and path.stem not in UNCERTAIN:
            false_alarms.append(path.stem)
        labels = read(shared_data / "emps" / "instances" / path.name).pixels
        for strip in micrograph.data_strips:
            # Outlines drawn by hand run over the edge by a row.
            assert np.count_nonzero(labels[strip.slices()]) <= 2 * micrograph.shape[1], path.stem
    assert len(found) >= 0.95 * len(WITH_STRIP)
    assert len(false_alarms) <= 1


def test_thermo_strip_starts_where_the_file_says(shared_data: Path) -> None:
    """Its metadata give 442 rows of image and 29 rows of strip."""
    micrograph = read(shared_data / "instrument_files" / "FEI-Helios-Ebeam-16bits.tif")
    assert micrograph.data_strips == (Box(442, 0, 471, 512),)
    assert micrograph.field == Box(0, 0, 442, 512)
