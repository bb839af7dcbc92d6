import json
import shutil

import numpy as np
import pandas as pd
import pytest

import nanocaliper
from hand_made import measure_bright, write_discs
from nanocaliper.batch import measure_many
from nanocaliper.errors import NanocaliperError, ReadError, StatisticsError, UsageError
from nanocaliper.report.sample_lists import group_into_samples, read_sample_list
from nanocaliper.report.stored_results import read_run, read_runs

TWO = [(60.0, 60.0, 20.0), (120.0, 150.0, 30.0), (0.0, 100.0, 12.0)]


def measure_bright_2_nm(source, *, nm_per_px=2.0, model="threshold"):
    return measure_bright(source, model=model, nm_per_px=nm_per_px)


@pytest.fixture(scope="module")
def measured_once(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    for name in ("x/a", "x/b", "y/a"):
        write_discs(folder / "in" / f"{name}.png", TWO)
    (folder / "in" / "y" / "bad.png").write_text("no image")
    measure_many(sorted((folder / "in").rglob("*.png")), folder / "out", measure_bright_2_nm)
    return folder


@pytest.fixture
def out(measured_once, tmp_path):
    """Results that a test may spoil; the images lie beside them."""
    shutil.copytree(measured_once, tmp_path, dirs_exist_ok=True)
    return tmp_path / "out"


def test_what_was_measured_comes_back(out, tmp_path):
    run = read_run(out)
    assert [image.image for image in run.images] == ["x/a.png", "x/b.png", "y/a.png"]
    assert list(run.failed) == ["y/bad.png"]
    image = run.images[0]
    measured = measure_bright_2_nm(tmp_path / "in" / "x" / "a.png")
    assert (image.field_rows, image.field_cols, image.nm_per_px, image.relative_uncertainty) == (
        200,
        240,
        2,
        0.01,
    )
    assert image.sha256 == measured.micrograph.sha256
    table = measured.found.table
    assert image.table["touches_border"].tolist() == table["touches_border"].tolist()
    assert set(image.table["touches_border"]) == {True, False}
    assert image.table["shape"].tolist() == table["shape"].tolist()
    np.testing.assert_allclose(image.table["feret_min_nm"], table["feret_min_nm"], rtol=1e-5)
    # The folder of one image will do.
    assert read_run(out / "x" / "a").images[0].image == "a.png"


def test_folders_are_told_apart(out, tmp_path):
    (tmp_path / "other").mkdir()
    out.rename(tmp_path / "other" / "out")
    measure_many([tmp_path / "in" / "x" / "a.png"], out, measure_bright_2_nm)
    runs = read_runs([out, tmp_path / "other" / "out"])
    names = [run.images[0].image for run in runs]
    assert names[0].endswith("/out/a.png")
    assert names[1] == "other/out/x/a.png"
    assert names[0] != "other/out/a.png"
    with pytest.raises(ReadError, match="given twice"):
        read_runs([out, out])


def test_empty_image_has_no_particle(tmp_path):
    write_discs(tmp_path / "none.png", [])
    measure_many([tmp_path / "none.png"], tmp_path / "out", measure_bright_2_nm)
    sample = nanocaliper.analyse(tmp_path / "out")
    assert sample.pooled.distribution.count == 0
    assert "none was found" in sample.warnings[0]


def test_python_takes_measurements_and_folders(out, tmp_path):
    options = nanocaliper.AnalysisOptions(measurand="feret_max")
    stored = nanocaliper.analyse(out, options, full=False)
    # All three images are the same bytes, and count once.
    assert len(stored.left_out) == 2
    fresh = nanocaliper.analyse(measure_bright_2_nm(tmp_path / "in" / "x" / "a.png"), options, full=False)
    assert stored.pooled.distribution.mean == pytest.approx(fresh.pooled.distribution.mean, rel=1e-5)
    assert stored.pooled.distribution.count == fresh.pooled.distribution.count == 2
    (pair,) = nanocaliper.compare(fresh, out, options=options)
    assert (pair.first, pair.second) == ("sample", "B")
    assert pair.contrasts[0].ratio == pytest.approx(1, rel=1e-5)
    with pytest.raises(StatisticsError, match="no measured image"):
        nanocaliper.analyse([])


def spoil_schema(folder):
    path = folder / "result.json"
    result = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps(result | {"schema": "nanocaliper-result/1"}), encoding="utf-8")


def spoil_column(folder):
    path = folder / "particles.csv"
    pd.read_csv(path).drop(columns="touches_border").to_csv(path, index=False)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (spoil_schema, "the format 'nanocaliper-result/1', written by another version"),
        (spoil_column, "damaged or were changed"),
        (lambda folder: (folder / "result.json").write_text("{"), "no JSON"),
        (lambda folder: (folder / "result.json").write_text("[]"), "the format None"),
        (lambda folder: (folder / "result.json").unlink(), "not complete"),
        (lambda folder: (folder / "particles.csv").unlink(), "not complete"),
        (lambda folder: (folder / "particles.csv").write_text(""), "damaged or were changed"),
        (lambda folder: (folder / "particles.csv").write_bytes(b"\xff\xfe\x00"), "damaged or were changed"),
    ],
)
def test_damaged_results_are_refused_with_the_next_step(out, spoil, said):
    spoil(out / "x" / "b")
    with pytest.raises(ReadError, match=said) as error:
        read_run(out)
    assert "easure" in str(error.value)


def test_what_is_no_result_is_refused(out, tmp_path):
    with pytest.raises(ReadError, match="There is no folder"):
        read_run(tmp_path / "nothing")
    with pytest.raises(ReadError, match="holds no results"):
        read_run(tmp_path / "in")
    (out / "summary.csv").write_text("name;size\n1;2\n")
    with pytest.raises(ReadError, match="is no table of 'nanocaliper measure'"):
        read_run(out)


def test_groupings(out):
    runs = (read_run(out),)
    assert list(group_into_samples(runs, "all")[0]) == ["out"]
    by_folder, _ = group_into_samples(runs, "folder")
    assert {name: len(images) for name, images in by_folder.items()} == {"x": 2, "y": 1}
    assert len(group_into_samples(runs, "image")[0]) == 3
    assert list(group_into_samples(runs, "run")[0]) == ["out"]


@pytest.mark.parametrize(
    "text", ["image,sample\nb.png,S1\ny/a.png,S2\n", "﻿sample;image\nS1;x/b.png\nS2;y/a.png\n\n"]
)
def test_list_of_samples(out, tmp_path, text):
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    samples, rest = group_into_samples((read_run(out),), "all", read_sample_list(tmp_path / "s.csv"))
    assert {name: [one.image for one in images] for name, images in samples.items()} == {
        "S1": ["x/b.png"],
        "S2": ["y/a.png"],
    }
    assert rest == ("x/a.png",)


@pytest.mark.parametrize(
    ("text", "error", "said"),
    [
        ("", ReadError, "expected a header"),
        ("picture,sample\na,b\n", ReadError, "begins with 'picture,sample'"),
        ("image,sample\nb.png\n", ReadError, "lacks its image or its sample"),
        ("image,sample\nb.png,1\nb.png,2\n", ReadError, "in '1' and in '2'"),
        ("image,sample\nc.png,1\n", UsageError, "such as 'c.png'"),
        ("image,sample\na.png,1\n", UsageError, "2 images are called"),
    ],
)
def test_wrong_lists_are_refused(out, tmp_path, text, error, said):
    (tmp_path / "s.csv").write_text(text, encoding="utf-8")
    with pytest.raises(error, match=said) as found:
        group_into_samples((read_run(out),), "all", read_sample_list(tmp_path / "s.csv"))
    assert isinstance(found.value, NanocaliperError)
    (tmp_path / "s.csv").write_bytes(b"\xff\xff")
    with pytest.raises(ReadError, match="not UTF-8"):
        read_sample_list(tmp_path / "s.csv")


@pytest.mark.parametrize(
    ("column", "cell", "said"),
    [
        ("diameter_equivalent_px", "-5", "diameter_equivalent_px of row 2 is '-5.0'"),
        ("diameter_equivalent_px", "nan", "diameter_equivalent_px of row 2 is 'nan'"),
        ("diameter_equivalent_px", "", "diameter_equivalent_px of row 2 is 'nan'"),
        ("feret_min_px", "abc", "feret_min_px of row 2 is 'abc'"),
        ("area_nm2", "inf", "area_nm2 of row 2 is 'inf'"),
        ("neighbour_gap_px", "-1", "neighbour_gap_px of row 2 is '-1.0'"),
        ("touches_border", "maybe", "touches_border is 'maybe'"),
    ],
)
def test_impossible_cells_are_refused(out, column, cell, said):
    path = out / "x" / "a" / "particles.csv"
    table = pd.read_csv(path, dtype=str, keep_default_na=False)
    table.loc[1, column] = cell
    table.to_csv(path, index=False)
    with pytest.raises(ReadError, match="damaged or were changed") as error:
        read_run(out)
    assert said in str(error.value)


def test_a_cut_table_is_refused(out):
    """Else the rest would pass for a smaller sample."""
    path = out / "x" / "a" / "particles.csv"
    lines = path.read_text(encoding="utf-8").splitlines(keepends=True)
    path.write_text("".join(lines[:-1]), encoding="utf-8")
    with pytest.raises(
        ReadError, match=f"has {len(lines) - 2} rows, but result.json counts {len(lines) - 1}"
    ):
        read_run(out)
