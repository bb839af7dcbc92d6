"""PNG, JPEG, BMP, WebP and GIF: round trips against exact arrays."""

import hashlib
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
import pytest
from PIL import Image, ImageOps, PngImagePlugin

from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.formats import EXTENSIONS
from nanocaliper.micrograph.read import read
from nanocaliper.pipeline import measure

RNG = np.random.default_rng(20)
GREY = RNG.integers(0, 256, (50, 70), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (50, 70), dtype=np.uint16)
COLOUR = RNG.integers(0, 256, (50, 70, 3), dtype=np.uint8)


def luminance(colour: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    # ITU-R BT.601, rounded to the nearest whole number
    return ((colour.astype(np.int64) @ [299, 587, 114] + 500) // 1000).astype(colour.dtype)


@pytest.mark.parametrize(
    ("name", "format_name", "options"),
    [
        ("a.png", "PNG", {}),
        ("a.bmp", "BMP", {}),
        ("a.webp", "WebP", {"lossless": True}),
        ("a.gif", "GIF", {}),
    ],
)
def test_grey_round_trip(tmp_path: Path, name: str, format_name: str, options: dict[str, bool]) -> None:
    path = tmp_path / name
    Image.fromarray(GREY).save(path, **options)
    micrograph = read(path)
    assert np.array_equal(micrograph.pixels, GREY)
    assert micrograph.pixels.dtype == np.uint8
    assert micrograph.colour is None
    assert micrograph.warnings == ()
    assert micrograph.format == format_name
    assert micrograph.source == str(path)
    assert micrograph.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert path.suffix in EXTENSIONS


def test_content_decides_not_the_name(tmp_path: Path) -> None:
    path = tmp_path / "Probe Nº 5 µm.tif"
    Image.fromarray(GREY).save(path, format="PNG")
    micrograph = read(str(path))
    assert micrograph.format == "PNG"
    assert np.array_equal(micrograph.pixels, GREY)


def test_16_bit_grey_png_keeps_its_depth(tmp_path: Path) -> None:
    Image.fromarray(DEEP).save(tmp_path / "a.png")
    micrograph = read(tmp_path / "a.png")
    assert micrograph.pixels.dtype == np.uint16
    assert np.array_equal(micrograph.pixels, DEEP)


def test_16_bit_colour_png_keeps_its_depth(tmp_path: Path) -> None:
    colour = RNG.integers(0, 65536, (50, 70, 3), dtype=np.uint16)
    assert cv2.imwrite(str(tmp_path / "a.png"), colour[..., ::-1])
    micrograph = read(tmp_path / "a.png")
    assert np.array_equal(micrograph.pixels, luminance(colour))
    assert micrograph.pixels.dtype == np.uint16
    assert micrograph.colour is not None
    assert np.array_equal(micrograph.colour, np.rint(colour / 257).astype(np.uint8))


def test_16_bit_png_with_transparency(tmp_path: Path) -> None:
    with_alpha = RNG.integers(0, 65536, (50, 70, 4), dtype=np.uint16)
    assert cv2.imwrite(str(tmp_path / "a.png"), with_alpha[..., [2, 1, 0, 3]])
    micrograph = read(tmp_path / "a.png")
    assert np.array_equal(micrograph.pixels, luminance(with_alpha[..., :3]))
    assert "transparency" in micrograph.warnings[0]


def test_1_bit_png(tmp_path: Path) -> None:
    Image.fromarray(GREY > 99).save(tmp_path / "a.png")
    assert np.array_equal(read(tmp_path / "a.png").pixels, np.where(GREY > 99, 255, 0))


def test_colour_png(tmp_path: Path) -> None:
    Image.fromarray(COLOUR).save(tmp_path / "a.png")
    micrograph = read(tmp_path / "a.png")
    assert np.array_equal(micrograph.pixels, luminance(COLOUR))
    assert micrograph.colour is not None
    assert np.array_equal(micrograph.colour, COLOUR)


def test_transparency_is_ignored(tmp_path: Path) -> None:
    Image.fromarray(np.dstack([GREY, GREY[::-1]]), "LA").save(tmp_path / "la.png")
    Image.fromarray(np.dstack([COLOUR, GREY])).save(tmp_path / "rgba.png")
    assert np.array_equal(read(tmp_path / "la.png").pixels, GREY)
    assert np.array_equal(read(tmp_path / "rgba.png").pixels, luminance(COLOUR))
    assert "transparency" in read(tmp_path / "la.png").warnings[0]
    Image.fromarray(np.dstack([GREY, np.full_like(GREY, 255)]), "LA").save(tmp_path / "opaque.png")
    assert read(tmp_path / "opaque.png").warnings == ()


def test_palettes(tmp_path: Path) -> None:
    grey = Image.fromarray(GREY, "L").convert("P")
    grey.save(tmp_path / "grey.png")
    assert np.array_equal(read(tmp_path / "grey.png").pixels, GREY)
    assert read(tmp_path / "grey.png").colour is None
    few = Image.fromarray(COLOUR).quantize(16)
    few.save(tmp_path / "colour.png")
    micrograph = read(tmp_path / "colour.png")
    assert np.array_equal(micrograph.pixels, luminance(np.asarray(few.convert("RGB"))))
    assert micrograph.colour is not None


def test_jpeg_is_decoded_as_others_do(tmp_path: Path) -> None:
    smooth = cv2.GaussianBlur(GREY, (0, 0), 3)
    Image.fromarray(smooth).save(tmp_path / "grey.jpg", quality=90)
    expected = cv2.imdecode(np.fromfile(tmp_path / "grey.jpg", np.uint8), cv2.IMREAD_GRAYSCALE)
    assert np.array_equal(read(tmp_path / "grey.jpg").pixels, expected)
    Image.fromarray(np.dstack([smooth] * 3)).save(tmp_path / "colour.jpg", quality=90)
    micrograph = read(tmp_path / "colour.jpg")
    assert np.abs(micrograph.pixels.astype(int) - smooth).max() <= 6
    assert micrograph.colour is None


def test_printing_colours_are_converted_with_a_word(tmp_path: Path) -> None:
    smooth = cv2.GaussianBlur(COLOUR, (0, 0), 3)
    Image.fromarray(smooth).convert("CMYK").save(tmp_path / "a.jpg", quality=98)
    micrograph = read(tmp_path / "a.jpg")
    assert np.abs(micrograph.pixels.astype(int) - luminance(smooth).astype(int)).max() <= 3
    assert "CMYK" in micrograph.warnings[0]


@pytest.mark.parametrize(("name", "options"), [("a.gif", {}), ("a.png", {}), ("a.webp", {"lossless": True})])
def test_first_frame_of_an_animation(tmp_path: Path, name: str, options: dict[str, bool]) -> None:
    frames = [Image.fromarray(GREY), Image.fromarray(GREY[::-1].copy()), Image.fromarray(255 - GREY)]
    frames[0].save(tmp_path / name, save_all=True, append_images=frames[1:], **options)
    micrograph = read(tmp_path / name)
    assert np.array_equal(micrograph.pixels, GREY)
    assert micrograph.warnings == ("The file is an animation of 3 frames; only the first was read.",)
    with pytest.raises(ReadError, match="page 1 was asked for, but the file holds one page"):
        read(tmp_path / name, page=1)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied(tmp_path: Path, orientation: int) -> None:
    exif = Image.Exif()
    exif[0x0112] = orientation
    Image.fromarray(GREY).save(tmp_path / "a.png", exif=exif)
    with Image.open(tmp_path / "a.png") as image:
        expected = np.asarray(ImageOps.exif_transpose(image))
    micrograph = read(tmp_path / "a.png")
    assert np.array_equal(micrograph.pixels, expected)
    assert len(micrograph.warnings) == (orientation != 1)


def test_text_of_a_png_is_metadata(tmp_path: Path) -> None:
    texts = PngImagePlugin.PngInfo()
    texts.add_text("Instrument", "SU8010")
    texts.add_itxt("Probe", "Größe 5 µm")
    Image.fromarray(GREY).save(tmp_path / "a.png", pnginfo=texts, dpi=(300, 300))
    micrograph = read(tmp_path / "a.png")
    assert dict(micrograph.metadata) == {"Instrument": "SU8010", "Probe": "Größe 5 µm"}
    assert micrograph.nm_per_px is None


def test_too_small(tmp_path: Path) -> None:
    Image.fromarray(GREY[:15]).save(tmp_path / "a.png")
    assert read(tmp_path / "a.png").shape == (15, 70)
    with pytest.raises(UnsupportedImageError, match=r"a\.png.*70 x 15 px.*at least 16 px"):
        measure(tmp_path / "a.png", model="threshold")


@pytest.mark.slow
def test_20000_by_20000_px(tmp_path: Path) -> None:
    tile = np.zeros((20_000, 20_000), np.uint8)
    tile[::7] = 100
    Image.fromarray(tile).save(tmp_path / "a.png", compress_level=1)
    micrograph = read(tmp_path / "a.png")
    assert micrograph.shape == (20_000, 20_000)
    assert micrograph.pixels[7, 5] == 100


def test_published_image_is_read_as_it_is(shared_data: Path) -> None:
    path = shared_data / "emps" / "images" / "00655d9628.png"
    expected = cv2.imdecode(np.fromfile(path, np.uint8), cv2.IMREAD_UNCHANGED)
    micrograph = read(path)
    assert np.array_equal(micrograph.pixels, expected)
    labels = read(shared_data / "emps" / "instances" / "00655d9628.png")
    assert labels.pixels.dtype == np.uint16
