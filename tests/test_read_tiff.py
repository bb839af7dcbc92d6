"""TIFF: every depth, compression, layout and meaning of the samples, against exact arrays."""

import io
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt
import pytest
import tifffile
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp
from PIL import Image, ImageOps

from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.formats import tiff
from nanocaliper.micrograph.read import read

RNG = np.random.default_rng(30)
GREY = RNG.integers(0, 256, (50, 70), dtype=np.uint8)
DEEP = RNG.integers(0, 65536, (50, 70), dtype=np.uint16)
FLOAT = RNG.normal(0, 1e3, (50, 70)).astype(np.float32)
COLOUR = RNG.integers(0, 65536, (50, 70, 3), dtype=np.uint16)


def luminance(colour: npt.NDArray[np.generic]) -> npt.NDArray[np.generic]:
    # ITU-R BT.601, rounded to the nearest whole number
    return ((colour.astype(np.int64) @ [299, 587, 114] + 500) // 1000).astype(colour.dtype)


@settings(max_examples=60, deadline=None)
@given(
    array=st.sampled_from(["u1", "u2", "u4", "i2", "i4", "f4"]).flatmap(
        lambda dtype: hnp.arrays(
            dtype,
            st.tuples(st.integers(16, 40), st.integers(16, 40)),
            elements={"allow_nan": False, "allow_infinity": False} if dtype == "f4" else None,
        )
    ),
    byteorder=st.sampled_from("<>"),
    big=st.booleans(),
    layout=st.sampled_from([{}, {"rowsperstrip": 7}, {"tile": (16, 32)}]),
    compression=st.sampled_from([None, "zlib"]),
)
def test_round_trip(
    array: npt.NDArray[Any], byteorder: str, big: bool, layout: dict[str, Any], compression: str | None
) -> None:
    stream = io.BytesIO()
    tifffile.imwrite(stream, array, byteorder=byteorder, bigtiff=big, compression=compression, **layout)
    decoded = tiff.read(stream, 0, Path("a.tif"))
    assert np.array_equal(decoded.values, array)
    assert decoded.format == ("BigTIFF" if big else "TIFF")
    assert decoded.warnings == ()


@pytest.mark.parametrize(
    ("array", "kept"),
    [
        (GREY.view(np.int8), GREY.view(np.int8).astype(np.int16)),
        (FLOAT.astype(np.float64), FLOAT),
        ((FLOAT / 1e3).astype(np.float16), (FLOAT / 1e3).astype(np.float16).astype(np.float32)),
        (DEEP.astype(np.uint64), DEEP.astype(np.uint32)),
    ],
)
def test_other_depths(tmp_path: Path, array: npt.NDArray[Any], kept: npt.NDArray[Any]) -> None:
    tifffile.imwrite(tmp_path / "a.tif", array)
    pixels = read(tmp_path / "a.tif").pixels
    assert pixels.dtype == kept.dtype
    assert np.array_equal(pixels, kept)


def forbid_tifffile_decoding(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make sure that the result does not depend on a package that may or may not be installed."""

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("tifffile must not decode this")

    monkeypatch.setattr(tifffile.TiffPage, "asarray", refuse)


@pytest.mark.parametrize(
    ("array", "predictor"), [(GREY, 1), (GREY, 2), (DEEP, 1), (DEEP, 2), (FLOAT, 1), (FLOAT, 3)]
)
@pytest.mark.parametrize("rows_of_strip", [50, 8])
@pytest.mark.parametrize("compression", ["tiff_lzw", "tiff_adobe_deflate"])
def test_lzw_and_predictors(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    array: npt.NDArray[Any],
    predictor: int,
    rows_of_strip: int,
    compression: str,
) -> None:
    Image.fromarray(array).save(
        tmp_path / "a.tif", compression=compression, tiffinfo={317: predictor, 278: rows_of_strip}
    )
    if compression == "tiff_lzw" or predictor == 3:
        forbid_tifffile_decoding(monkeypatch)
    pixels = read(tmp_path / "a.tif").pixels
    assert pixels.dtype == array.dtype
    assert np.array_equal(pixels, array)


def test_lzw_of_16_bit_colour(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoded = cv2.imencode(".tif", COLOUR[..., ::-1], [cv2.IMWRITE_TIFF_COMPRESSION, 5])[1]
    (tmp_path / "a.tif").write_bytes(encoded.tobytes())
    forbid_tifffile_decoding(monkeypatch)
    micrograph = read(tmp_path / "a.tif")
    assert np.array_equal(micrograph.pixels, luminance(COLOUR))
    assert micrograph.colour is not None


def test_large_lzw_file_is_unpacked_in_groups(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("nanocaliper.micrograph.formats.tiff_segments._GROUP_BYTES", 1000)
    Image.fromarray(DEEP).save(tmp_path / "strips.tif", compression="tiff_lzw", tiffinfo={278: 3})
    Image.fromarray(DEEP).save(tmp_path / "one.tif", compression="tiff_lzw", tiffinfo={278: 50})
    assert np.array_equal(read(tmp_path / "strips.tif").pixels, DEEP)
    assert np.array_equal(read(tmp_path / "one.tif").pixels, DEEP)


@pytest.mark.parametrize("compression", ["packbits", "tiff_deflate", "tiff_adobe_deflate"])
def test_other_compressions(tmp_path: Path, compression: str) -> None:
    Image.fromarray(GREY).save(tmp_path / "a.tif", compression=compression)
    assert np.array_equal(read(tmp_path / "a.tif").pixels, GREY)


@pytest.mark.parametrize("compression", ["raw", "tiff_lzw", "group3", "group4", "tiff_ccitt"])
def test_1_bit(tmp_path: Path, compression: str) -> None:
    Image.fromarray(GREY > 99).save(tmp_path / "a.tif", compression=compression)
    assert np.array_equal(read(tmp_path / "a.tif").pixels, np.where(GREY > 99, 255, 0))


def test_jpeg_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    forbid_tifffile_decoding(monkeypatch)
    smooth = cv2.GaussianBlur(GREY, (0, 0), 3)
    Image.fromarray(smooth).save(tmp_path / "a.tif", compression="jpeg", quality=95)
    assert np.abs(read(tmp_path / "a.tif").pixels.astype(int) - smooth).max() <= 3
    colours = np.dstack([smooth, smooth[::-1], smooth[:, ::-1]])
    Image.fromarray(colours).save(tmp_path / "b.tif", compression="jpeg", quality=95)
    micrograph = read(tmp_path / "b.tif")
    assert np.abs(micrograph.pixels.astype(int) - luminance(colours).astype(int)).max() <= 4
    assert micrograph.colour is not None


@pytest.mark.parametrize("array", [GREY, DEEP, FLOAT], ids=["uint8", "uint16", "float32"])
def test_min_is_white_is_turned_round(tmp_path: Path, array: npt.NDArray[Any]) -> None:
    tifffile.imwrite(tmp_path / "a.tif", array, photometric="miniswhite")
    white = {"uint8": 255, "uint16": 65535, "float32": 0}[str(array.dtype)]
    assert np.array_equal(read(tmp_path / "a.tif").pixels, white - array)


@pytest.mark.parametrize("planarconfig", ["contig", "separate"])
def test_colour_and_channel_order(tmp_path: Path, planarconfig: str) -> None:
    stored = COLOUR if planarconfig == "contig" else np.moveaxis(COLOUR, -1, 0)
    tifffile.imwrite(tmp_path / "a.tif", stored, photometric="rgb", planarconfig=planarconfig)
    assert np.array_equal(read(tmp_path / "a.tif").pixels, luminance(COLOUR))


def test_transparency_and_further_channels(tmp_path: Path) -> None:
    four = np.dstack([COLOUR, DEEP])
    tifffile.imwrite(tmp_path / "a.tif", four, photometric="rgb", extrasamples=["unassalpha"])
    tifffile.imwrite(tmp_path / "b.tif", four, photometric="rgb", extrasamples=["unspecified"])
    assert "transparency" in read(tmp_path / "a.tif").warnings[0]
    assert "1 further channel(s)" in read(tmp_path / "b.tif").warnings[0]
    assert np.array_equal(read(tmp_path / "b.tif").pixels, luminance(COLOUR))


@pytest.mark.parametrize("factor", [256, 257])
def test_palettes(tmp_path: Path, factor: int) -> None:
    levels = np.arange(256, dtype=np.uint16) * factor
    tifffile.imwrite(tmp_path / "grey.tif", GREY, photometric="palette", colormap=np.stack([levels] * 3))
    assert np.array_equal(read(tmp_path / "grey.tif").pixels, GREY)
    tifffile.imwrite(
        tmp_path / "colour.tif",
        GREY,
        photometric="palette",
        colormap=np.stack([levels, levels[::-1], np.zeros_like(levels)]),
    )
    micrograph = read(tmp_path / "colour.tif")
    assert micrograph.colour is not None
    assert np.array_equal(micrograph.colour, np.dstack([GREY, 255 - GREY, np.zeros_like(GREY)]))


def test_printing_colours(tmp_path: Path) -> None:
    Image.fromarray(GREY).convert("CMYK").save(tmp_path / "a.tif")
    micrograph = read(tmp_path / "a.tif")
    assert np.array_equal(micrograph.pixels, GREY)
    assert "CMYK" in micrograph.warnings[0]


@pytest.mark.parametrize("orientation", range(1, 9))
def test_orientation_is_applied_once(tmp_path: Path, orientation: int) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GREY, extratags=[(274, 3, 1, orientation, True)])
    Image.fromarray(GREY).save(tmp_path / "b.tif", compression="tiff_lzw", tiffinfo={274: orientation})
    exif = Image.Exif()
    exif[274] = orientation
    image = Image.fromarray(GREY)
    image.info["exif"] = exif.tobytes()
    expected = np.asarray(ImageOps.exif_transpose(image))
    assert np.array_equal(read(tmp_path / "a.tif").pixels, expected)
    assert np.array_equal(read(tmp_path / "b.tif").pixels, expected)
    assert len(read(tmp_path / "a.tif").warnings) == (orientation != 1)


@pytest.mark.parametrize("options", [{}, {"metadata": None}, {"imagej": True}, {"ome": True}])
def test_pages(tmp_path: Path, options: dict[str, Any]) -> None:
    stack = RNG.integers(0, 65536, (4, 50, 70), dtype=np.uint16)
    options = {"photometric": "minisblack", **options}
    path = tmp_path / "stack.tif"
    tifffile.imwrite(path, stack, **options)
    for page in range(4):
        micrograph = read(path, page=page)
        assert np.array_equal(micrograph.pixels, stack[page])
        assert (micrograph.page, micrograph.pages) == (page, 4)
        assert micrograph.warnings == (f"The file has 4 pages; only page {page} (counted from 0) was read.",)
    with pytest.raises(ReadError, match="page 4 was asked for, but the file holds 4 pages, 0 to 3"):
        read(path, page=4)


def test_reduced_copies_are_not_pages(tmp_path: Path) -> None:
    with tifffile.TiffWriter(tmp_path / "a.tif") as writer:
        writer.write(GREY[::2, ::2], subfiletype=1)
        writer.write(GREY)
    micrograph = read(tmp_path / "a.tif")
    assert np.array_equal(micrograph.pixels, GREY)
    assert micrograph.pages == 1
    assert micrograph.warnings == ("1 preview page(s) of the file were left out.",)


def test_texts_are_metadata_and_print_resolution_is_not_calibration(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif",
        GREY,
        description="gold, batch 7",
        software="SEM 1.2",
        datetime="2024:05:06 07:08:09",
        resolution=(300, 300),
        resolutionunit="inch",
        metadata=None,
    )
    micrograph = read(tmp_path / "a.tif")
    assert dict(micrograph.metadata) == {
        "description": "gold, batch 7",
        "software": "SEM 1.2",
        "date_time": "2024:05:06 07:08:09",
    }
    assert micrograph.nm_per_px is None


def test_many_channels_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(
        tmp_path / "a.tif", np.zeros((50, 70, 8), np.uint8), photometric="minisblack", planarconfig="contig"
    )
    with pytest.raises(UnsupportedImageError, match="8 channels"):
        read(tmp_path / "a.tif")


def test_complex_numbers_are_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", np.zeros((50, 70), np.complex64))
    with pytest.raises(UnsupportedImageError, match="complex"):
        read(tmp_path / "a.tif")


def test_unknown_compression_is_refused(tmp_path: Path) -> None:
    tifffile.imwrite(tmp_path / "a.tif", GREY)
    with tifffile.TiffFile(tmp_path / "a.tif", mode="r+") as tif:
        tif.pages.first.tags[259].overwrite(9)  # JBIG, which no decoder at hand knows
    with pytest.raises(UnsupportedImageError, match="without compression, or with LZW or Deflate"):
        read(tmp_path / "a.tif")
