import csv
import io
import math
import re
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hand_made import draw_discs, make_measurement
from nanocaliper.calibration.calibration import Calibration
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.particles.particles import COLUMNS
from nanocaliper.report.result_json import describe_measurement
from nanocaliper.report.tables import (
    PARTICLE_COLUMNS,
    SUMMARY_COLUMNS,
    encode_rows,
    format_cell,
    format_name,
    iterate_particle_rows,
    summarise_failure,
    summarise_result,
)

OUTPUTS = Path(__file__).resolve().parents[1] / "docs" / "outputs.md"


def test_columns_start_in_the_order_other_tools_rely_on():
    assert ",".join(SUMMARY_COLUMNS).startswith(
        "image,status,error,nm_per_px,calibration_source,particles,diameter_mean_nm,diameter_sd_nm,"
        "d10_nm,d50_nm,d90_nm,seconds,"
    )
    assert ",".join(PARTICLE_COLUMNS).startswith(
        "image,particle,row,col,touches_border,score,shape,area_px,diameter_equivalent_px,"
        "diameter_equivalent_nm,feret_max_nm,feret_min_nm,aspect_ratio,"
    )
    assert set(PARTICLE_COLUMNS) == {"image", *COLUMNS}


@pytest.mark.parametrize(
    ("heading", "columns"), [("summary.csv", SUMMARY_COLUMNS), ("particles.csv", PARTICLE_COLUMNS)]
)
def test_every_column_is_documented_with_its_unit(heading, columns):
    section = OUTPUTS.read_text(encoding="utf-8").split(f"\n## `{heading}`")[1].split("\n## ")[0]
    documented = dict(re.findall(r"^\| `(\w+)` \| ([^|]*) \|", section, re.MULTILINE))
    assert list(documented) == list(columns)
    assert [unit.strip() for unit in documented.values()] == [column.unit for column in columns.values()]


@pytest.mark.parametrize(
    ("value", "cell"),
    [
        (None, ""),
        (math.nan, ""),
        (True, "True"),
        (7, "7"),
        (12.3456789, "12.3457"),
        (0.1, "0.1"),
        (-3.0, "-3"),
        ("two\r\nlines", "two lines"),
        ("=HYPERLINK(1)", "'=HYPERLINK(1)"),
    ],
)
def test_cells(value, cell):
    assert format_cell(value) == cell


@settings(deadline=None)
@given(st.floats(allow_nan=False, allow_infinity=False, min_value=-1e12, max_value=1e12))
def test_numbers_keep_six_digits(value):
    assert float(format_cell(value)) == pytest.approx(value, rel=5.1e-6, abs=1e-300)


@pytest.mark.parametrize("name", ["=1+1.png", "+a.tif", "-x.png", "@b/c.png"])
def test_name_that_looks_like_a_formula_stays_a_path_of_the_same_file(name):
    cell = format_name(name)
    assert not cell.startswith(("=", "+", "-", "@"))
    assert Path(cell) == Path(name)


def test_name_with_a_line_break_stays_on_one_line():
    assert format_name("a\nb\tc\rµ.png") == "a\\nb\\tc\\rµ.png"


@settings(deadline=None)
@given(st.lists(st.lists(st.text(st.characters(exclude_categories=["Cs", "Cc"])), min_size=2), min_size=1))
def test_rows_are_read_back_as_written(rows):
    text = encode_rows(rows).decode("utf-8")
    assert list(csv.reader(io.StringIO(text, newline=""))) == rows


def test_bytes_have_no_mark_and_line_feeds_only():
    assert encode_rows([["image", "µ"], ["a b", "1,2"]]) == 'image,µ\na b,"1,2"\n'.encode()
    assert encode_rows([["bad\udcff"]]) == b"bad\\udcff\n"


def measure_two(nm_per_px):
    # Two whole discs and one that the left edge cuts.
    pixels, labels = draw_discs((200, 240), [(60, 60, 20), (120, 150, 30), (100, 0, 15)])
    calibration = (
        Calibration(None, None, None, reason="No scale bar found.")
        if nm_per_px is None
        else Calibration(nm_per_px, 0.01, "user")
    )
    return make_measurement(Micrograph(pixels, source="a.png"), labels, calibration)


def test_summary_row_of_known_discs():
    row = summarise_result("a.png", "a", describe_measurement(measure_two(2.0)))
    assert list(row) == list(SUMMARY_COLUMNS)
    assert row["status"] == "ok"
    assert row["particles"] == "2"
    assert row["particles_found"] == "3"
    assert row["left_out"] == "too_small=2; touches_border=1"
    assert (row["nm_per_px"], row["calibration_source"], row["relative_uncertainty"]) == ("2", "user", "0.01")
    # Diameters 40 and 60 px at 2 nm/px: mean 100 nm, SD 20·√2 nm, median 100 nm, D10 = 80 + 0.1·40.
    assert float(row["diameter_mean_nm"]) == pytest.approx(100, rel=0.01)
    assert float(row["diameter_sd_nm"]) == pytest.approx(40 / math.sqrt(2), rel=0.02)
    assert float(row["d50_nm"]) == pytest.approx(100, rel=0.01)
    assert float(row["d10_nm"]) == pytest.approx(84, rel=0.01)
    assert float(row["d90_px"]) == pytest.approx(58, rel=0.01)
    assert row["seconds"] == "0.75"


def test_without_calibration_every_nm_cell_is_empty():
    measured = measure_two(None)
    row = summarise_result("a.png", "a", describe_measurement(measured))
    assert {row[name] for name in SUMMARY_COLUMNS if name.endswith("_nm")} == {""}
    assert (row["nm_per_px"], row["calibration_source"]) == ("", "")
    assert float(row["d50_px"]) == pytest.approx(50, rel=0.01)
    assert row["warnings"] == "No scale bar found."
    for cells in iterate_particle_rows("a.png", measured.found.table):
        named = dict(zip(PARTICLE_COLUMNS, cells, strict=True))
        assert {cell for name, cell in named.items() if name.endswith(("_nm", "_nm2"))} == {""}
        assert float(named["diameter_equivalent_px"]) > 0


def test_particle_rows_hold_the_table():
    table = measure_two(2.0).found.table
    rows = [
        dict(zip(PARTICLE_COLUMNS, cells, strict=True)) for cells in iterate_particle_rows("a.png", table)
    ]
    assert [row["particle"] for row in rows] == ["1", "2", "3"]
    assert [row["touches_border"] for row in rows] == ["False", "False", "True"]
    assert {row["image"] for row in rows} == {"a.png"}
    for name in ("row", "col", "area_px", "diameter_equivalent_nm", "aspect_ratio", "score"):
        np.testing.assert_allclose([float(row[name]) for row in rows], table[name], rtol=1e-5)


def test_failed_row_says_why_and_nothing_else():
    row = summarise_failure("a.png", "a", "It is empty.\nCopy it again.", 0.5)
    filled = {name: cell for name, cell in row.items() if cell}
    assert filled == {
        "image": "a.png",
        "status": "failed",
        "error": "It is empty. Copy it again.",
        "seconds": "0.5",
        "folder": "a",
    }
