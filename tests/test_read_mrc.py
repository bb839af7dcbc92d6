"""MRC files."""

import json
import struct
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from hand_made_binary import make_fei_record, make_mrc
from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.read import read

RNG = np.random.default_rng(62)
VOLUME = RNG.integers(0, 30_000, (2, 20, 40), dtype=np.int16)


def save(folder: Path, content: bytes, name: str = "a.mrc") -> Path:
    path = folder / name
    path.write_bytes(content)
    return path


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize(("mode", "dtype"), [(0, "i1"), (1, "i2"), (2, "f4"), (6, "u2"), (12, "f2")])
def test_modes(tmp_path: Path, mode: int, dtype: str, order: str) -> None:
    volume = RNG.uniform(0 if dtype == "u2" else -100, 100, (2, 20, 40)).astype(dtype)
    cell = (40 * 50.0, 20 * 50.0, 2 * 50.0)
    path = save(tmp_path, make_mrc(volume, mode, cell, order, value_range=(-100, 100)))
    for page in (0, 1):
        micrograph = read(path, page=page)
        # The first row of the file is the bottom one.
        assert np.array_equal(micrograph.pixels, volume[page, ::-1].astype(micrograph.pixels.dtype))
        assert micrograph.nm_per_px == pytest.approx(5.0, rel=1e-6)
        assert (micrograph.page, micrograph.pages) == (page, 2)
        assert len(micrograph.warnings) == 1
    with pytest.raises(ReadError, match="2 pages, 0 to 1"):
        read(path, page=2)


@pytest.mark.parametrize("mode", [3, 4, 16, 101])
def test_modes_that_are_not_read(tmp_path: Path, mode: int) -> None:
    with pytest.raises(UnsupportedImageError, match="which are not read"):
        read(save(tmp_path, make_mrc(VOLUME, mode)))


@pytest.mark.parametrize(
    ("value_range", "imod_flags", "is_signed"),
    [((0, 200), None, False), ((-5, 100), None, True), ((0, -1), 1, True), ((-5, 100), 0, False)],
)
def test_sign_of_bytes(
    tmp_path: Path, value_range: tuple[float, float], imod_flags: int | None, is_signed: bool
) -> None:
    volume = RNG.integers(0, 256, (1, 20, 40), dtype=np.uint8)
    content = make_mrc(volume, 0, value_range=value_range, imod_flags=imod_flags, cell=(400, 200, 10))
    micrograph = read(save(tmp_path, content))
    expected = volume[0, ::-1].view(np.int8).astype(np.int16) if is_signed else volume[0, ::-1]
    assert np.array_equal(micrograph.pixels, expected)
    assert micrograph.warnings == ()


def test_bytes_of_unknown_sign_are_said(tmp_path: Path) -> None:
    micrograph = read(save(tmp_path, make_mrc(np.ones((1, 20, 40), np.int8), 0, cell=(400, 200, 10))))
    assert "whether its bytes have a sign" in micrograph.warnings[0]


@pytest.mark.parametrize(
    ("cell", "expected", "words"),
    [
        ((400.0, 200.0, 10.0), 1.0, None),
        ((0.0, 0.0, 0.0), None, None),
        ((40.0, 20.0, 2.0), None, "exactly 1 \u00c5"),
        ((400.0, 400.0, 10.0), None, "not square"),
        ((400.0, 0.0, 0.0), None, "impossible pixel size"),
        ((-400.0, -200.0, 1.0), None, "impossible pixel size"),
        ((float("nan"), float("nan"), 1.0), None, "impossible pixel size"),
        ((float("inf"), float("inf"), 1.0), None, "impossible pixel size"),
        ((3e38, 1.5e38, 1.0), None, "impossible pixel size"),
    ],
)
def test_cell(
    tmp_path: Path, cell: tuple[float, float, float], expected: float | None, words: str | None
) -> None:
    micrograph = read(save(tmp_path, make_mrc(VOLUME[:1], 1, cell)))
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected, rel=1e-6))
    assert len(micrograph.warnings) == (words is not None)
    assert words is None or words in micrograph.warnings[0]


def test_axes_in_another_order(tmp_path: Path) -> None:
    # Columns along y, rows along x: 40 columns of 10 A in y, 20 rows of 10 A in x.
    micrograph = read(save(tmp_path, make_mrc(VOLUME[:1], 1, (200.0, 400.0, 77.0), axes=(2, 1, 3))))
    assert micrograph.nm_per_px == pytest.approx(1.0, rel=1e-6)
    micrograph = read(save(tmp_path, make_mrc(VOLUME[:1], 1, (400.0, 200.0, 77.0), axes=(2, 1, 3))))
    assert micrograph.nm_per_px is None


def test_rows_from_the_top(tmp_path: Path) -> None:
    turned = make_mrc(VOLUME[:1], 1, (400, 200, 10), axes=(1, -2, 3))
    assert np.array_equal(read(save(tmp_path, turned)).pixels, VOLUME[0])
    extension = make_fei_record((1e-9, 1e-9))
    for kind in (b"FEI1", b"FEI2"):
        content = make_mrc(VOLUME[:1], 1, (400, 200, 10), extension=extension, extension_kind=kind)
        assert np.array_equal(read(save(tmp_path, content)).pixels, VOLUME[0])
    # What IMOD has written since is as IMOD writes it.
    content = make_mrc(
        VOLUME[:1], 1, (400, 200, 10), extension=extension, extension_kind=b"FEI1", imod_flags=0
    )
    assert np.array_equal(read(save(tmp_path, content)).pixels, VOLUME[0, ::-1])


@pytest.mark.parametrize(
    ("cell", "pixel_m", "expected", "words"),
    [
        ((400.0, 200.0, 10.0), 1e-9, 1.0, None),
        ((0.0, 0.0, 0.0), 5e-9, 5.0, None),
        ((40.0, 20.0, 2.0), 5e-9, 5.0, None),
        ((400.0, 200.0, 10.0), 0.0, 1.0, None),
        ((400.0, 200.0, 10.0), 2e-9, None, "neither was used"),
        ((0.0, 0.0, 0.0), -1.0, None, "impossible pixel size"),
        ((0.0, 0.0, 0.0), float("nan"), None, "impossible pixel size"),
        ((0.0, 0.0, 0.0), 0.0, None, None),
    ],
)
def test_extended_header(
    tmp_path: Path,
    cell: tuple[float, float, float],
    pixel_m: float,
    expected: float | None,
    words: str | None,
) -> None:
    extension = make_fei_record((pixel_m, pixel_m))
    content = make_mrc(VOLUME[:1], 1, cell, extension=extension, extension_kind=b"FEI2")
    micrograph = read(save(tmp_path, content))
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected, rel=1e-6))
    assert len(micrograph.warnings) == (words is not None)
    assert words is None or words in micrograph.warnings[0]
    about = micrograph.acquisition
    assert about is not None
    assert (about.instrument, about.detector, about.voltage_kv) == ("Spectra", "HAADF", 300.0)
    assert (about.magnification, about.acquired_at) == (80_000.0, "2022-12-05T12:00:00")
    json.dumps(dict(micrograph.metadata), allow_nan=False)


def test_every_section_has_its_record(tmp_path: Path) -> None:
    extension = make_fei_record((1e-9, 1e-9)) + make_fei_record((3e-9, 3e-9))
    path = save(tmp_path, make_mrc(VOLUME, 1, None, extension=extension, extension_kind=b"FEI1"))
    assert [read(path, page=page).nm_per_px for page in (0, 1)] == [1.0, 3.0]


def test_diffraction_pattern_has_no_pixel_size(tmp_path: Path) -> None:
    extension = make_fei_record((1e-9, 1e-9), instrument_mode=1, projection=1)
    content = make_mrc(VOLUME[:1], 1, (400, 200, 10), extension=extension, extension_kind=b"FEI1")
    micrograph = read(save(tmp_path, content))
    assert micrograph.nm_per_px is None
    assert "diffraction pattern" in micrograph.warnings[0]


def test_forerunner_of_the_extended_header(tmp_path: Path) -> None:
    extension = bytearray(131_072)
    struct.pack_into("<3f", extension, 44, 2e-9, 50_000.0, 200_000.0)
    content = make_mrc(
        VOLUME[:1], 1, (40, 20, 1), extension=bytes(extension), labels=[b"Fei Company (C) 2004"]
    )
    micrograph = read(save(tmp_path, content))
    assert micrograph.nm_per_px == pytest.approx(2.0, rel=1e-6)
    assert micrograph.acquisition is not None
    assert (micrograph.acquisition.magnification, micrograph.acquisition.voltage_kv) == (50_000.0, 200.0)


@pytest.mark.parametrize("length", [-1, 0, 3, 534, 2**31 - 1])
def test_record_of_a_wrong_length_is_not_read(tmp_path: Path, length: int) -> None:
    extension = struct.pack("<i", length) + make_fei_record()[4:]
    content = make_mrc(VOLUME[:1], 1, None, extension=extension, extension_kind=b"FEI1")
    micrograph = read(save(tmp_path, content))
    assert (micrograph.nm_per_px, micrograph.acquisition) == (None, None)


@pytest.mark.parametrize("order", ["<", ">"])
def test_old_files_without_a_mark(tmp_path: Path, order: str) -> None:
    content = make_mrc(VOLUME[:1], 1, (400, 200, 10), order, marked=False)
    micrograph = read(save(tmp_path, content))
    assert np.array_equal(micrograph.pixels, VOLUME[0, ::-1])
    assert micrograph.nm_per_px == pytest.approx(1.0, rel=1e-6)
    # Under another name nothing tells that it is one.
    with pytest.raises(ReadError, match="no image format that is read"):
        read(save(tmp_path, content, "a.bin"))
    with pytest.raises(ReadError, match="no image format that is read"):
        read(save(tmp_path, b"just a text " * 200, "a.mrc"))


@pytest.mark.parametrize(
    ("at", "value", "words"),
    [
        *(
            (0, 2**31 - 1, "makes no sense"),
            (0, -1, "makes no sense"),
            (0, 9_000_000, "damaged or cut short"),
        ),
        *((8, 0, "makes no sense"), (8, 9_999_999, "damaged or cut short"), (92, -1, "makes no sense")),
        *((92, 2**31 - 1, "damaged or cut short"), (12, 77, "makes no sense"), (64, 9, "makes no sense")),
    ],
)
def test_headers_that_lie(tmp_path: Path, at: int, value: int, words: str) -> None:
    content = bytearray(make_mrc(VOLUME, 1))
    struct.pack_into("<i", content, at, value)
    with pytest.raises(ReadError, match=words):
        read(save(tmp_path, bytes(content)))


def test_real_file(shared_data: Path) -> None:
    micrograph = read(shared_data / "instrument_files" / "HAADFscan.mrc")
    assert micrograph.nm_per_px == pytest.approx(5.679131317138672, rel=1e-9)
    assert (micrograph.shape, micrograph.pixels.dtype) == ((16, 16), np.uint16)
    about: Any = micrograph.acquisition
    assert (about.instrument, about.detector, about.voltage_kv) == ("Spectra", "HAADF", 300.0)
    assert about.acquired_at == "2022-12-05T12:13:07"
    assert micrograph.warnings == ()
