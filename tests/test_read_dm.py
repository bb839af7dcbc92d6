"""Gatan DM3 and DM4 files."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from hand_made_binary import DmImage, DmWriter, Tag
from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.read import read

RNG = np.random.default_rng(61)
GREY = RNG.integers(0, 60_000, (20, 30), dtype=np.uint16)
NM = {"scales": (0.5, 0.5), "units": ("nm", "nm")}


def save(folder: Path, content: bytes, name: str = "a.dm3") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


def one_image(pixels: npt.NDArray[Any] = GREY, kind: int = 10, **more: Any) -> bytes:
    return DmWriter().file([DmImage(pixels, kind, **more)])


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [3, 4])
@pytest.mark.parametrize(
    ("kind", "dtype"),
    [
        *((1, "i2"), (2, "f4"), (6, "u1"), (7, "i4"), (9, "i1"), (10, "u2"), (11, "u4"), (12, "f8")),
        *((39, "i8"), (40, "u8")),
    ],
)
def test_all_kinds_of_pixels(tmp_path: Path, version: int, order: str, kind: int, dtype: str) -> None:
    pixels = RNG.uniform(-100 if np.dtype(dtype).kind != "u" else 0, 100, (20, 30)).astype(dtype)
    path = save(tmp_path, DmWriter(version, order).file([DmImage(pixels, kind, **NM)]), f"a.dm{version}")
    micrograph = read(path)
    assert np.array_equal(micrograph.pixels, pixels.astype(micrograph.pixels.dtype))
    assert micrograph.pixels.dtype.kind == np.dtype(dtype).kind
    assert micrograph.nm_per_px == 0.5
    assert micrograph.format == f"DigitalMicrograph {version}"
    assert micrograph.warnings == ()


def test_binary_image(tmp_path: Path) -> None:
    mask = RNG.integers(0, 2, (20, 30), dtype=np.uint8) * 7
    assert np.array_equal(read(save(tmp_path, one_image(mask, 14))).pixels, np.where(mask, 255, 0))


@pytest.mark.parametrize("order", ["<", ">"])
def test_colours(tmp_path: Path, order: str) -> None:
    colour = RNG.integers(0, 256, (20, 30, 3), dtype=np.uint32)
    packed = (colour[..., 0] << 16) | (colour[..., 1] << 8) | colour[..., 2]
    micrograph = read(save(tmp_path, DmWriter(3, order).file([DmImage(packed, 23)])))
    assert micrograph.colour is not None
    assert np.array_equal(micrograph.colour, colour)


@pytest.mark.parametrize(
    ("unit", "scale", "expected"),
    [
        *(("nm", 0.25, 0.25), ("\u00b5m", 0.002, 2.0), ("\u03bcm", 0.002, 2.0), ("um", 0.002, 2.0)),
        *(("\u00c5", 3.0, 0.3), ("A", 3.0, 0.3), ("m", 4e-9, 4.0), ("mm", 1e-4, 100.0), ("pm", 50.0, 0.05)),
    ],
)
def test_units(tmp_path: Path, unit: str, scale: float, expected: float) -> None:
    micrograph = read(save(tmp_path, one_image(scales=(scale, scale), units=(unit, unit))))
    assert micrograph.nm_per_px == pytest.approx(expected, rel=1e-12)
    assert micrograph.warnings == ()


@pytest.mark.parametrize(
    ("units", "scales", "words"),
    [
        (("1/nm", "1/nm"), (0.1, 0.1), "diffraction pattern"),
        (("nm^-1", "nm^-1"), (0.1, 0.1), "diffraction pattern"),
        (("\u00c5-1", "\u00c5-1"), (0.1, 0.1), "diffraction pattern"),
        (("mrad", "mrad"), (0.1, 0.1), "expected a unit of length"),
        (("\u043d\u043c", "\u043d\u043c"), (0.1, 0.1), "expected a unit of length"),
        (("eV", "nm"), (0.5, 0.5), "expected a unit of length"),
        (("", ""), (0.5, 0.5), "without a unit"),
        (("nm", "nm"), (0.5, 0.6), "not square"),
        (("nm", "um"), (0.5, 0.5), "not square"),
        (("nm", "nm"), (0.0, 0.0), "impossible pixel size"),
        (("nm", "nm"), (-0.5, -0.5), "impossible pixel size"),
        (("nm", "nm"), (float("nan"), float("nan")), "impossible pixel size"),
        (("nm", "nm"), (float("inf"), float("inf")), "impossible pixel size"),
        (("m", "m"), (1.0, 1.0), "impossible pixel size"),
    ],
)
def test_no_pixel_size_and_why(
    tmp_path: Path, units: tuple[str, str], scales: tuple[float, float], words: str
) -> None:
    micrograph = read(save(tmp_path, one_image(scales=scales, units=units)))
    assert micrograph.nm_per_px is None
    assert len(micrograph.warnings) == 1
    assert words in micrograph.warnings[0]


def test_image_that_nobody_calibrated(tmp_path: Path) -> None:
    micrograph = read(save(tmp_path, one_image()))
    assert micrograph.nm_per_px is None
    assert micrograph.warnings == ()


def test_thumbnail_is_left_out_wherever_it_stands(tmp_path: Path) -> None:
    small = DmImage(np.zeros((16, 16), np.uint32), 23)
    for images, thumbnail in (([small, DmImage(GREY, 10)], 0), ([DmImage(GREY, 10), small], 1)):
        micrograph = read(save(tmp_path, DmWriter().file(images, thumbnails=[thumbnail])))
        assert np.array_equal(micrograph.pixels, GREY)
        assert (micrograph.pages, micrograph.warnings) == (1, ())


def test_slices_and_images_are_pages(tmp_path: Path) -> None:
    stack = RNG.integers(0, 255, (3, 20, 30), dtype=np.uint8)
    images = [DmImage(GREY, 10, **NM), DmImage(stack, 6, scales=(2.0, 2.0), units=("nm", "nm"))]
    path = save(tmp_path, DmWriter(4).file(images))
    first, third = read(path), read(path, page=2)
    assert np.array_equal(first.pixels, GREY)
    assert np.array_equal(third.pixels, stack[1])
    assert (first.nm_per_px, third.nm_per_px) == (0.5, 2.0)
    assert (third.page, third.pages) == (2, 4)
    assert third.warnings == ("The file has 4 pages; only page 2 (counted from 0) was read.",)
    with pytest.raises(ReadError, match="4 pages, 0 to 3"):
        read(path, page=4)


@pytest.mark.parametrize(("kind", "dtype"), [(3, "c8"), (5, "c8"), (13, "c16")])
def test_complex_numbers_are_refused(tmp_path: Path, kind: int, dtype: str) -> None:
    path = save(tmp_path, one_image(np.ones((20, 30), dtype), kind))
    with pytest.raises(UnsupportedImageError, match=r"a\.dm3.*complex numbers.*modulus"):
        read(path)


def test_what_is_no_image_is_left_out_with_a_word(tmp_path: Path) -> None:
    images = [DmImage(np.ones((20, 30), "c8"), 3), DmImage(GREY, 10)]
    micrograph = read(save(tmp_path, DmWriter().file(images)))
    assert np.array_equal(micrograph.pixels, GREY)
    assert micrograph.warnings[0].startswith("1 image(s) of the file were left out: its pixels are complex")


def test_spectra_and_scans_are_refused(tmp_path: Path) -> None:
    path = save(tmp_path, one_image(lengths=(600,)))
    with pytest.raises(UnsupportedImageError, match=r"1 dimension.*spectrum"):
        read(path)
    path = save(tmp_path, one_image(lengths=(10, 20, 3, 1)))
    with pytest.raises(UnsupportedImageError, match="4 dimension"):
        read(path)


def test_how_it_was_taken(tmp_path: Path) -> None:
    tags: list[Tag] = [
        (
            "Microscope Info",
            [("Voltage", 300_000.0), ("Indicated Magnification", 80_000.0), ("Name", "Titan")],
        ),
        (
            "DataBar",
            [("Acquisition Date", "8/8/2016"), ("Acquisition Time", "4:26 PM"), ("Signal Name", "HAADF")],
        ),
    ]
    micrograph = read(save(tmp_path, one_image(tags=tags, **NM)))
    about = micrograph.acquisition
    assert about is not None
    assert (about.maker, about.instrument, about.detector) == ("Gatan", "Titan", "HAADF")
    assert (about.voltage_kv, about.magnification) == (300.0, 80_000.0)
    assert about.acquired_at == "8/8/2016 4:26 PM"
    kept = micrograph.metadata["digitalmicrograph"]
    assert kept["ImageTags"]["Microscope Info"]["Name"] == "Titan"
    assert "Data" not in kept["ImageData"]
    json.dumps(dict(micrograph.metadata), allow_nan=False)


def test_cut_out_is_noticed(tmp_path: Path) -> None:
    tags: list[Tag] = [("DigiScan", [("Image Width", 60), ("Image Height", 40)])]
    micrograph = read(save(tmp_path, one_image(tags=tags, **NM)))
    assert micrograph.nm_per_px == 0.5
    assert "taken with 60 x 40 px and has 30 x 20 px" in micrograph.warnings[0]
    parameters: list[Tag] = [("CCD Read Area", [0, 0, 40, 60]), ("Binning", [2, 2])]
    tags = [("Acquisition", [("Parameters", [("High Level", parameters)])])]
    assert read(save(tmp_path, one_image(tags=tags, **NM))).warnings == ()


def test_real_files(shared_data: Path) -> None:
    folder = shared_data / "instrument_files"
    in_um = read(folder / "test_dm_image_um_unit.dm3")
    assert in_um.nm_per_px == pytest.approx(168.67469251155853, rel=1e-12)
    # DigitalMicrograph itself saved the same image as TIFF.
    assert np.array_equal(in_um.pixels, read(folder / "test_loading_image_saved_with_DM.tif").pixels)
    in_nm = read(folder / "test_STEM_image.dm3")
    assert in_nm.nm_per_px == pytest.approx(0.24853801727294922, rel=1e-12)
    assert (in_nm.shape, in_nm.pages, in_nm.pixels.dtype) == ((68, 68), 1, np.uint32)
    assert in_nm.acquisition is not None
    assert (in_nm.acquisition.voltage_kv, in_nm.acquisition.magnification) == (200.0, 225_000.0)


def deep_groups(levels: int, version: int = 3) -> bytes:
    writer = DmWriter(version)
    content = writer.group([])
    for _ in range(levels):
        size = struct.pack(">q", len(content)) if version == 4 else b""
        content = struct.pack(f">bb{writer.long}", 1, 0, 1) + struct.pack(">bh", 20, 0) + size + content
    return writer.header() + content + bytes(8)


@pytest.mark.parametrize("version", [3, 4])
def test_groups_without_end(tmp_path: Path, version: int) -> None:
    with pytest.raises(ReadError, match="nested more than 64 deep"):
        read(save(tmp_path, deep_groups(3_000, version)))
    with pytest.raises(ReadError, match="holds no image"):
        read(save(tmp_path, deep_groups(20, version)))


@pytest.mark.parametrize("count", [2**31 - 1, -1, -(2**31), 10**6])
def test_count_of_tags_that_lies(tmp_path: Path, count: int) -> None:
    content = DmWriter().header() + struct.pack(">bbi", 1, 0, count) + bytes(100)
    with pytest.raises(ReadError, match="damaged or cut short"):
        read(save(tmp_path, content))
    content = DmWriter(4).header() + struct.pack(">bbq", 1, 0, 2**63 - 1) + bytes(100)
    with pytest.raises(ReadError, match="damaged or cut short"):
        read(save(tmp_path, content))


def test_more_tags_than_any_file_has(tmp_path: Path) -> None:
    tag = struct.pack(">bh", 20, 0) + struct.pack(">bbi", 1, 0, 0)
    content = DmWriter().header() + struct.pack(">bbi", 1, 0, 300_000) + tag * 300_000
    with pytest.raises(ReadError, match="more than 200,000 tags"):
        read(save(tmp_path, content))


@pytest.mark.parametrize("count", [2**40, 2**63 - 1, -5])
def test_array_longer_than_the_file(tmp_path: Path, count: int) -> None:
    writer = DmWriter(4)
    array = b"%%%%" + struct.pack(">4q", 3, 20, 7, count) + bytes(64)
    tag = struct.pack(">bh", 21, 1) + b"x" + struct.pack(">q", len(array)) + array
    with pytest.raises(ReadError, match="damaged or cut short"):
        read(save(tmp_path, writer.header() + struct.pack(">bbq", 1, 0, 1) + tag + bytes(8)))


@pytest.mark.parametrize("lengths", [(30, 21), (2**31, 2**31), (30, 0), (2**32 - 1, 2**32 - 1, 2**32 - 1)])
def test_size_that_is_not_the_pixels(tmp_path: Path, lengths: tuple[int, ...]) -> None:
    with pytest.raises(ReadError, match="damaged, so copy it again"):
        read(save(tmp_path, one_image(lengths=lengths)))


def test_version_and_byte_order_that_do_not_exist(tmp_path: Path) -> None:
    content = bytearray(one_image())
    content[3] = 5
    with pytest.raises(ReadError, match="no image format that is read"):
        read(save(tmp_path, bytes(content)))
