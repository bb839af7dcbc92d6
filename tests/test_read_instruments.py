"""What instruments and their software write into TIFF files, against the known pixel sizes."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile

from nanocaliper.micrograph.read import read

GREY = np.random.default_rng(40).integers(0, 256, (50, 70), dtype=np.uint8)

# The known value of this file is rounded to five figures.
ROUNDED = {"olympus_SIS.tif": 1e-5}


def write_imagej(path: Path, unit: str | None, per_unit: tuple[float, float]) -> None:
    metadata = {} if unit is None else {"unit": unit}
    tifffile.imwrite(path, GREY, imagej=True, metadata=metadata, resolution=per_unit)


def write_thermo(path: Path, width_m: str, height_m: str) -> None:
    text = f"[System]\r\nType=DualBeam\r\n[Scan]\r\nPixelWidth={width_m}\r\nPixelHeight={height_m}\r\n"
    tifffile.imwrite(path, GREY, metadata=None, extratags=[(34682, 2, 0, text, True)])


def write_digitalmicrograph(path: Path, unit: str, scale: float) -> None:
    tags = [(65003, 2, 0, unit, True), (65004, 2, 0, unit, True), (65009, 12, 1, scale, True)]
    tifffile.imwrite(path, GREY, metadata=None, extratags=[*tags, (65010, 12, 1, scale, True)])


def test_real_files(shared_data: Path) -> None:
    folder = shared_data / "instrument_files"
    with (folder / "truth.csv").open(encoding="utf-8") as lines:
        truths = [row for row in csv.DictReader(lines) if row["file"].endswith(".tif")]
    assert len(truths) == 9
    for truth in truths:
        micrograph = read(folder / truth["file"])
        if truth["nm_per_px"]:
            expected = float(truth["nm_per_px"])
            assert micrograph.nm_per_px == pytest.approx(expected, rel=ROUNDED.get(truth["file"], 1e-6))
        else:
            assert micrograph.nm_per_px is None, truth["file"]
        json.dumps(dict(micrograph.metadata), allow_nan=False)


def test_olympus_preview_is_left_out(shared_data: Path) -> None:
    micrograph = read(shared_data / "instrument_files" / "olympus_SIS.tif")
    assert micrograph.pixels.dtype == np.uint16
    assert micrograph.pages == 1
    assert micrograph.warnings == ("1 preview page(s) of the file were left out.",)


def test_every_zeiss_page_has_its_size(shared_data: Path) -> None:
    path = shared_data / "instrument_files" / "ZEISS_SEM_multipage.tif"
    for page in (0, 1):
        assert read(path, page=page).nm_per_px == pytest.approx(12.326225, rel=1e-6)


@pytest.mark.parametrize(
    ("unit", "per_unit", "expected"),
    [
        ("nm", 4.0, 0.25),
        ("micron", 200.0, 5.0),
        ("\\u00B5m", 200.0, 5.0),
        ("um", 200.0, 5.0),
        ("pm", 0.02, 0.05),
        ("mm", 1e5, 10.0),
        ("pixel", 1.0, None),
        (None, 300.0, None),
        ("1/nm", 5.0, None),
    ],
)
def test_imagej(tmp_path: Path, unit: str | None, per_unit: float, expected: float | None) -> None:
    write_imagej(tmp_path / "a.tif", unit, (per_unit, per_unit))
    micrograph = read(tmp_path / "a.tif")
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected, rel=1e-6))
    assert micrograph.warnings == ()


@pytest.mark.parametrize("unit", ["inch", "cm"])
def test_imagej_print_resolution_is_no_pixel_size(tmp_path: Path, unit: str) -> None:
    write_imagej(tmp_path / "a.tif", unit, (300, 300))
    micrograph = read(tmp_path / "a.tif")
    assert micrograph.nm_per_px is None
    assert "print resolution" in micrograph.warnings[0]


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    write_imagej(tmp_path / "a.tif", "nm", (4.0, 2.0))
    write_thermo(tmp_path / "b.tif", "5e-009", "6e-009")
    for name in ("a.tif", "b.tif"):
        micrograph = read(tmp_path / name)
        assert micrograph.nm_per_px is None
        assert "not square" in micrograph.warnings[0]


@pytest.mark.parametrize(
    ("metres", "expected"), [("5.5e-009", 5.5), ("", None), ("0", None), ("-5e-9", None)]
)
def test_thermo(tmp_path: Path, metres: str, expected: float | None) -> None:
    write_thermo(tmp_path / "a.tif", metres, metres)
    micrograph = read(tmp_path / "a.tif")
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected, rel=1e-9))
    assert micrograph.metadata["fei"]["System"]["Type"] == "DualBeam"


def test_impossible_size_is_said(tmp_path: Path) -> None:
    write_thermo(tmp_path / "a.tif", "0.5", "0.5")
    micrograph = read(tmp_path / "a.tif")
    assert micrograph.nm_per_px is None
    assert "impossible pixel size" in micrograph.warnings[0]


@pytest.mark.parametrize(
    ("unit", "scale", "expected"), [("nm", 0.25, 0.25), ("um", 0.002, 2.0), ("1/nm", 0.1, None)]
)
def test_digitalmicrograph(tmp_path: Path, unit: str, scale: float, expected: float | None) -> None:
    write_digitalmicrograph(tmp_path / "a.tif", unit, scale)
    assert read(tmp_path / "a.tif").nm_per_px == (None if expected is None else pytest.approx(expected))
