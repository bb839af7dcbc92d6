"""What instruments and their software write into image files, against the known pixel sizes."""

import csv
import json
import struct
from pathlib import Path

import numpy as np
import pytest

from hand_made_instruments import (
    COLS,
    GREY,
    MAKERS,
    ROWS,
    write_digitalmicrograph,
    write_imagej,
    write_jeol_sem,
    write_jeol_tem,
    write_olympus,
    write_ome,
    write_resolution,
    write_tescan,
    write_thermo,
    write_tiff,
    write_zeiss,
)
from nanocaliper.micrograph.acquisition import Acquisition
from nanocaliper.micrograph.formats import tiff_tags
from nanocaliper.micrograph.read import read

# ImageJ and the resolution tags hold fractions of whole numbers.
TOLERANCE = 1e-6


def test_real_files(shared_data: Path) -> None:
    folder = shared_data / "instrument_files"
    with (folder / "truth.csv").open(encoding="utf-8") as lines:
        truths = [row for row in csv.DictReader(lines) if row["file"].endswith(".tif")]
    assert len(truths) == 9
    for truth in truths:
        micrograph = read(folder / truth["file"])
        if truth["nm_per_px"]:
            assert micrograph.nm_per_px == pytest.approx(float(truth["nm_per_px"]), rel=1e-6)
        else:
            assert micrograph.nm_per_px is None, truth["file"]
        assert not [one for one in micrograph.warnings if "page" not in one], truth["file"]
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


@pytest.mark.parametrize("maker", MAKERS)
@pytest.mark.parametrize("nm", [0.02, 0.25, 12.5, 750.0])
def test_every_maker(tmp_path: Path, maker: str, nm: float) -> None:
    """The contract: the size, exactly; the pixels; strict JSON; the record where the file says something."""
    write, voltage = MAKERS[maker]
    micrograph = read(write(tmp_path, nm))
    assert micrograph.nm_per_px == pytest.approx(nm, rel=TOLERANCE)
    assert np.array_equal(micrograph.pixels, GREY)
    json.dumps(dict(micrograph.metadata), allow_nan=False)
    if voltage is not None:
        assert micrograph.acquisition is not None
        assert micrograph.acquisition.voltage_kv == voltage
    if micrograph.acquisition is not None and micrograph.acquisition.cols is not None:
        assert (micrograph.acquisition.rows, micrograph.acquisition.cols) == (ROWS, COLS)
    # Only a scale that nothing but the resolution tags gives is doubted.
    assert len(micrograph.warnings) == (maker == "resolution")


@pytest.mark.parametrize("maker", [one for one in MAKERS if one not in ("resolution", "imagej")])
@pytest.mark.parametrize("nm", [1e-6, 2e6])
def test_impossible_size_of_every_maker(tmp_path: Path, maker: str, nm: float) -> None:
    micrograph = read(MAKERS[maker][0](tmp_path, nm))
    assert micrograph.nm_per_px is None
    assert len(micrograph.warnings) == 1
    assert "impossible pixel size" in micrograph.warnings[0]


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
    micrograph = read(write_imagej(tmp_path / "a.tif", unit, (per_unit, per_unit)))
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected, rel=1e-6))
    assert micrograph.warnings == ()


@pytest.mark.parametrize("unit", ["inch", "cm"])
def test_imagej_print_resolution_is_no_pixel_size(tmp_path: Path, unit: str) -> None:
    micrograph = read(write_imagej(tmp_path / "a.tif", unit, (300, 300)))
    assert micrograph.nm_per_px is None
    assert "print resolution" in micrograph.warnings[0]


@pytest.mark.parametrize("unit", ["furlong", "Nm", "MM", "n m"])
def test_units_that_are_not_known(tmp_path: Path, unit: str) -> None:
    for number, path in enumerate(
        (
            write_imagej(tmp_path / "a.tif", unit, (4, 4)),
            write_digitalmicrograph(tmp_path / "b.tif", unit, 0.25),
            write_ome(
                tmp_path / "c.tif",
                f'PhysicalSizeX="1" PhysicalSizeXUnit="{unit}" PhysicalSizeY="1" PhysicalSizeYUnit="{unit}"',
            ),
        )
    ):
        micrograph = read(path)
        assert micrograph.nm_per_px is None, number
        assert len(micrograph.warnings) == 1
        assert repr(unit) in micrograph.warnings[0]


def test_pixels_that_are_not_square(tmp_path: Path) -> None:
    write_imagej(tmp_path / "a.tif", "nm", (4.0, 2.0))
    write_thermo(tmp_path / "b.tif", "5e-009", "6e-009")
    write_tescan(tmp_path / "c.tif", "5e-9", "6e-9")
    write_jeol_sem(tmp_path / "d.tif", stated="5nm 6nm", bar="")
    write_olympus(tmp_path / "e.tif", -9, 5.0, 6.0)
    write_ome(tmp_path / "f.tif", 'PhysicalSizeX="0.005" PhysicalSizeY="0.006"')
    for path in sorted(tmp_path.iterdir()):
        micrograph = read(path)
        assert micrograph.nm_per_px is None
        assert len(micrograph.warnings) == 1
        assert "not square" in micrograph.warnings[0]
        if path.name != "a.tif":
            assert "5 nm wide, 6 nm high" in micrograph.warnings[0]


def test_one_side_of_a_pixel_is_not_enough(tmp_path: Path) -> None:
    micrograph = read(write_ome(tmp_path / "a.tif", 'PhysicalSizeX="0.005"'))
    assert micrograph.nm_per_px is None
    assert "only one side of its pixels (5.0 nm)" in micrograph.warnings[0]


@pytest.mark.parametrize(
    ("metres", "expected", "word"),
    [
        ("5.5e-009", 5.5, None),
        ("", None, None),
        ("0", None, "impossible"),
        ("-5e-9", None, "impossible"),
        ("nan", None, "impossible"),
        ("inf", None, "impossible"),
        ("1e999", None, "impossible"),
        ("0.5", None, "impossible"),
        ("9" * 400, None, "impossible"),
        ("5,5e-9", None, "no number"),
        ("x" * 5000, None, "no number"),
    ],
)
def test_thermo(tmp_path: Path, metres: str, expected: float | None, word: str | None) -> None:
    micrograph = read(write_thermo(tmp_path / "a.tif", metres, metres))
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected, rel=1e-9))
    assert micrograph.metadata["fei"]["System"]["SystemType"] == "Helios G4 UX"
    assert len(micrograph.warnings) == (word is not None)
    if word is not None:
        assert word in micrograph.warnings[0]
        assert len(micrograph.warnings[0]) < 250


def test_endless_text_is_shortened_in_words(tmp_path: Path) -> None:
    text = "[User]\r\nUserText=" + "x" * 3_000_000 + "\r\n[Scan]\r\nPixelWidth=5e-9\r\nPixelHeight=5e-9\r\n"
    micrograph = read(write_tiff(tmp_path / "a.tif", [(34682, 2, 0, text, True)]))
    assert micrograph.nm_per_px == pytest.approx(5.0)
    kept = micrograph.metadata["fei"]["User"]["UserText"]
    assert len(kept) < 110_000
    assert kept.endswith("[cut here: 3,000,000 characters in all]")


@pytest.mark.parametrize(
    ("unit", "scale", "expected"), [("nm", 0.25, 0.25), ("um", 0.002, 2.0), ("1/nm", 0.1, None)]
)
def test_digitalmicrograph(tmp_path: Path, unit: str, scale: float, expected: float | None) -> None:
    micrograph = read(write_digitalmicrograph(tmp_path / "a.tif", unit, scale))
    assert micrograph.nm_per_px == (None if expected is None else pytest.approx(expected))


@pytest.mark.parametrize("unit", ["INCH", "CENTIMETER"])
@pytest.mark.parametrize(
    "dots", [1, 72, 96, 150, 300, 600, 1200, 2400, 4800, 5080, 9600, 2**31 - 1, 2**32 - 1]
)
def test_dots_per_inch_are_no_calibration(tmp_path: Path, unit: str, dots: int) -> None:
    micrograph = read(write_resolution(tmp_path / "a.tif", (dots, 1), unit))
    assert micrograph.nm_per_px is None
    assert micrograph.warnings == ()


def test_resolution_tags_of_a_microscope(tmp_path: Path) -> None:
    micrograph = read(write_resolution(tmp_path / "a.tif", (2_000_000, 1)))
    assert micrograph.nm_per_px == pytest.approx(5.0)
    assert "resolution tags alone" in micrograph.warnings[0]
    inch = read(write_resolution(tmp_path / "b.tif", (2_540_000, 1), "INCH"))
    assert inch.nm_per_px == pytest.approx(10.0)
    edited = read(write_resolution(tmp_path / "c.tif", (2_000_000, 1), software="Adobe Photoshop 22.1"))
    assert edited.nm_per_px is None
    assert "image editor (photoshop)" in edited.warnings[0]
    assert read(write_resolution(tmp_path / "d.tif", (2_000_000, 1), "NONE")).nm_per_px is None
    write_tiff(
        tmp_path / "e.tif", [], resolution=((2_000_000, 1), (1_000_000, 1)), resolutionunit="CENTIMETER"
    )
    uneven = read(tmp_path / "e.tif")
    assert uneven.nm_per_px is None
    assert "not square" in uneven.warnings[0]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16", "utf-16-le", "utf-16-be", "latin-1"])
def test_jeol_tag_in_every_encoding(tmp_path: Path, encoding: str) -> None:
    micrograph = read(write_jeol_sem(tmp_path / "a.tif", 200, "1µm", encoding=encoding))
    assert micrograph.nm_per_px == pytest.approx(5.0)
    assert micrograph.warnings == ()


def test_jeol_stated_size_and_bar_must_agree(tmp_path: Path) -> None:
    # 1000 nm in 201 px are 4.975 nm, within the rounding to a whole pixel.
    assert read(write_jeol_sem(tmp_path / "a.tif", 201, "1um", "5.0nm 5.0nm")).nm_per_px == pytest.approx(5.0)
    micrograph = read(write_jeol_sem(tmp_path / "b.tif", 220, "1um", "5.0nm 5.0nm"))
    assert micrograph.nm_per_px is None
    assert "two pixel sizes (5 nm, and 4.54545 nm by the scale bar)" in micrograph.warnings[0]


@pytest.mark.parametrize(
    ("bar", "marker", "stated"),
    [
        *((200, "1", ""), (200, "1мкм", ""), (0, "1um", ""), (-200, "1um", ""), (5, "1um", "")),
        *((200, "um", ""), ("2e2x", "1um", ""), ("", "", "5.0 5.0"), ("", "", "5.0nm"), ("", "", "0nm 0nm")),
        *((200, "-1um", ""), ("", "", "5.0px 5.0px"), ("", "", "1" * 3000)),
    ],
)
def test_jeol_sizes_that_cannot_be_used(tmp_path: Path, bar: object, marker: str, stated: str) -> None:
    micrograph = read(write_jeol_sem(tmp_path / "a.tif", bar, marker, stated))
    assert micrograph.nm_per_px is None
    assert len(micrograph.warnings) == (0 if len(stated) > 2000 else 1)


def test_jeol_diffraction_and_damaged_xml_give_no_size(tmp_path: Path) -> None:
    micrograph = read(write_jeol_tem(tmp_path / "a.tif", 80, (1000, 1), mode="DIFF"))
    assert (micrograph.nm_per_px, micrograph.warnings) == (None, ())
    assert micrograph.acquisition == Acquisition("JEOL", voltage_kv=200.0)
    write_tiff(tmp_path / "b.tif", [(270, 2, 0, "<TemReporter><Eos>", True)])
    assert "JEOL's XML in the file is damaged" in read(tmp_path / "b.tif").warnings[0]


def test_zeiss_values_must_agree(tmp_path: Path) -> None:
    assert read(write_zeiss(tmp_path / "a.tif", 5e-9, "10.01 nm")).nm_per_px == pytest.approx(10.0)
    assert read(write_zeiss(tmp_path / "b.tif", 5e-7, "1.000 µm")).nm_per_px is not None
    micrograph = read(write_zeiss(tmp_path / "c.tif", 5e-9, "5.0 nm"))
    assert micrograph.nm_per_px is None
    assert "two pixel sizes (10 nm and 5 nm)" in micrograph.warnings[0]


def test_damaged_tags_cost_the_scale_and_not_the_image(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object) -> None:
        raise struct.error("unpack requires\na buffer of 4 bytes")

    monkeypatch.setattr(tiff_tags, "MAKERS", (tiff_tags.Maker("Acme", fail), *tiff_tags.MAKERS))
    micrograph = read(write_thermo(tmp_path / "a.tif", 5e-9, 5e-9))
    assert np.array_equal(micrograph.pixels, GREY)
    assert micrograph.nm_per_px is None
    assert micrograph.warnings == (
        "The metadata of Acme in the file are damaged (unpack requires a buffer of 4 bytes); they were not used.",
    )
