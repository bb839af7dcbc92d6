"""How an image was taken: what every maker says, under common names."""

from dataclasses import fields, replace
from pathlib import Path

import pytest

from hand_made_instruments import (
    COLS,
    ROWS,
    write_jeol_sem,
    write_ome,
    write_tescan,
    write_thermo,
)
from nanocaliper.micrograph.acquisition import Acquisition, join_date_and_time, make_acquisition
from nanocaliper.micrograph.read import read


def test_acquisition_of_real_files(shared_data: Path) -> None:
    folder = shared_data / "instrument_files"
    assert read(folder / "FEI-Helios-Ebeam-8bits.tif").acquisition == Acquisition(
        "FEI/Thermo Fisher",
        instrument='Helios NanoLab" 660',
        voltage_kv=5.0,
        working_distance_mm=4.03466,
        detector="ETD",
        acquired_at="2016-06-13T17:06:40",
        rows=442,
        cols=512,
        data_bar_rows=29,
    )
    assert read(folder / "ZEISS_SEM_multipage.tif").acquisition == Acquisition(
        "Zeiss",
        instrument="Auriga 60-46-17",
        voltage_kv=1.8,
        magnification=4530.0,
        working_distance_mm=4.5,
        detector="InLens",
        acquired_at="2016-04-18T22:42:02",
        rows=1536,
        cols=2048,
    )
    olympus = read(folder / "olympus_SIS.tif").acquisition
    assert olympus is not None
    assert (olympus.magnification, olympus.detector) == (600000.0, "Quemesa")
    assert olympus.acquired_at == "2018-11-15T19:42:00"
    assert read(folder / "test_loading_image_saved_with_imageJ.tif").acquisition is None


def test_full_record(tmp_path: Path) -> None:
    expected = Acquisition(
        "TESCAN",
        instrument="MIRA3 LMH",
        voltage_kv=15.0,
        magnification=5000.0,
        working_distance_mm=10.0,
        detector="SE",
        acquired_at="2019-03-12T10:22:13",
    )
    assert read(write_tescan(tmp_path / "a.tif", "5e-9", "5e-9")).acquisition == expected
    jeol = read(write_jeol_sem(tmp_path / "b.tif")).acquisition
    assert jeol == replace(
        expected, maker="JEOL", instrument="JSM-7800F", detector="SEI", rows=ROWS, cols=COLS
    )
    thermo = read(write_thermo(tmp_path / "c.tif", 5e-9, 5e-9)).acquisition
    assert thermo == Acquisition(
        "FEI/Thermo Fisher", "Helios G4 UX", 5.0, None, 4.12, "TLD", "2019-03-12T10:22:13", ROWS, COLS
    )
    ome = read(write_ome(tmp_path / "d.tif", "")).acquisition
    assert ome == Acquisition("Acme", "Scope 3", acquired_at="2019-03-12T10:22:13", rows=ROWS, cols=COLS)


def test_record_refuses_what_is_no_setting() -> None:
    assert make_acquisition("X") is None
    assert make_acquisition("X", voltage_kv=float("nan"), magnification=-5, rows=True, cols=1.5) is None
    assert make_acquisition("X", detector="y" * 201, instrument=7, acquired_at="\0 ") is None
    record = make_acquisition("X", voltage_kv=200, detector=" BF \n2 ", cols=512.0)
    assert record == Acquisition("X", voltage_kv=200.0, detector="BF 2", cols=512)


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("2019/03/12", "8:20:42", "2019-03-12T08:20:42"),
        ("2019-03-12", None, "2019-03-12"),
        ("25 Sep 2018", "8:20:42", "2018-09-25T08:20:42"),
        ("06/13/2016", "05:06:40 PM", "2016-06-13T17:06:40"),
        ("13/06/2016", "12:06 AM", "2016-06-13T00:06:00"),
        ("03/12/2019", "10:00:00", "03/12/2019 10:00:00"),
        ("05/05/2019", None, "2019-05-05"),
        ("2019/13/45", "10:00", "2019/13/45 10:00"),
        ("2019/03/12", "25:00:00", "2019-03-12 25:00:00"),
        ("2019/03/12", "13:00 PM", "2019-03-12 13:00 PM"),
        ("yesterday", None, "yesterday"),
        ("", "10:00", None),
        (20190312, None, None),
    ],
)
def test_dates(day: object, clock: object, expected: str | None) -> None:
    assert join_date_and_time(day, clock) == expected


def test_dates_with_the_day_first() -> None:
    assert join_date_and_time("03.12.2019", "10:22:13", day_first=True) == "2019-12-03T10:22:13"


def test_every_field_of_the_record_is_documented() -> None:
    page = (Path(__file__).resolve().parents[1] / "docs" / "formats.md").read_text(encoding="utf-8")
    table = page.split("## How the image was taken")[1].split("\n## ")[0]
    for one in fields(Acquisition):
        assert one.name == "maker" or f"`{one.name}`" in table
