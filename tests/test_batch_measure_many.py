import csv
import gc
import json
import weakref
from functools import partial
from pathlib import Path

import numpy as np
import pytest
import tifffile

import hand_made
from hand_made import measure_bright, write_discs
from nanocaliper.batch import measure_many
from nanocaliper.errors import ModelError, OutputError, UsageError
from nanocaliper.report.tables import PARTICLE_COLUMNS, SUMMARY_COLUMNS

ONE = [(60.0, 60.0, 20.0)]
TWO = [*ONE, (120.0, 150.0, 30.0)]
measure_2nm = partial(measure_bright, nm_per_px=2.0)


def read_table(path: Path) -> list[dict[str, str]]:
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


class Progress:
    def __init__(self):
        self.calls = []

    def __call__(self, done, total, outcome):
        self.calls.append((done, total, outcome.image.image, outcome.status))


@pytest.fixture
def images(tmp_path):
    return [
        write_discs(tmp_path / "in" / "b" / "x.png", TWO),
        write_discs(tmp_path / "in" / "a" / "x.png", ONE),
        write_discs(tmp_path / "in" / "a b µ.png", TWO),
    ]


def test_results_and_tables(images, tmp_path):
    progress = Progress()
    result = measure_many(images, tmp_path / "out", measure_2nm, progress=progress)
    assert (result.measured, result.kept, result.failed, result.without_scale) == (3, 0, 0, 0)
    assert progress.calls == [
        (1, 3, "b/x.png", "measured"),
        (2, 3, "a/x.png", "measured"),
        (3, 3, "a b µ.png", "measured"),
    ]
    summary = read_table(tmp_path / "out" / "summary.csv")
    assert list(summary[0]) == list(SUMMARY_COLUMNS)
    assert [(row["image"], row["status"], row["particles"], row["folder"]) for row in summary] == [
        ("b/x.png", "ok", "2", "b/x"),
        ("a/x.png", "ok", "1", "a/x"),
        ("a b µ.png", "ok", "2", "a b µ"),
    ]
    particles = read_table(tmp_path / "out" / "particles.csv")
    assert list(particles[0]) == list(PARTICLE_COLUMNS)
    for row in summary:
        of_image = [one for one in particles if one["image"] == row["image"]]
        diameters = [float(one["diameter_equivalent_nm"]) for one in of_image]
        assert np.mean(diameters) == pytest.approx(float(row["diameter_mean_nm"]), rel=1e-5)
        labels = tifffile.imread(tmp_path / "out" / row["folder"] / "labels.tif")
        assert labels.shape == (200, 240)
        assert set(np.unique(labels)) - {0} == {int(one["particle"]) for one in of_image}


def test_second_run_keeps_everything_and_writes_the_same_tables(images, tmp_path):
    out = tmp_path / "out"
    measure_many(images, out, measure_2nm)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    progress = Progress()
    result = measure_many(images, out, measure_2nm, progress=progress)
    assert (result.measured, result.kept) == (0, 3)
    assert {call[3] for call in progress.calls} == {"kept"}
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before


def test_only_what_changed_is_measured_again(images, tmp_path):
    out = tmp_path / "out"
    measure_many(images, out, measure_2nm)
    write_discs(images[1], TWO)
    (out / "b" / "x" / "result.json").unlink()
    progress = Progress()
    measure_many(images, out, measure_2nm, progress=progress)
    assert [call[2:] for call in progress.calls] == [
        ("b/x.png", "measured"),
        ("a/x.png", "measured"),
        ("a b µ.png", "kept"),
    ]
    assert read_table(out / "summary.csv")[1]["particles"] == "2"


def test_other_settings_measure_again_and_other_folders_stay(images, tmp_path):
    out = tmp_path / "out"
    measure_many(images, out, measure_2nm)
    untouched = (out / "a" / "x" / "result.json").read_bytes()
    result = measure_many([images[0], images[2]], out, partial(measure_bright, nm_per_px=3.0))
    assert (result.measured, result.kept) == (2, 0)
    assert [row["nm_per_px"] for row in read_table(out / "summary.csv")] == ["3", "3"]
    assert (out / "a" / "x" / "result.json").read_bytes() == untouched


def test_failures_are_kept_apart(tmp_path):
    folder = tmp_path / "in"
    good = write_discs(folder / "good.png", ONE)
    (folder / "empty.tif").touch()
    (folder / "text.tif").write_text("this is no image")
    odd = write_discs(folder / "value_error.png", ONE)
    large = write_discs(folder / "memory.png", ONE)
    paths = [folder / "missing.png", folder / "empty.tif", odd, folder / "text.tif", large, good]
    result = measure_many(paths, tmp_path / "out", measure_2nm)
    assert (result.measured, result.failed) == (1, 5)
    rows = {row["image"]: row for row in read_table(tmp_path / "out" / "summary.csv")}
    assert [rows[path.name]["status"] for path in paths] == ["failed"] * 5 + ["ok"]
    for name, found in {
        "missing.png": "no such file",
        "empty.tif": "empty",
        "text.tif": "no image format",
        "value_error.png": "please report it",
        "memory.png": "not enough memory",
    }.items():
        assert found in rows[name]["error"]
        assert "Traceback" not in rows[name]["error"]
        text = (tmp_path / "out" / rows[name]["folder"] / "error.txt").read_text(encoding="utf-8")
        assert ("Traceback" in text) == (name in {"value_error.png", "memory.png"})
    assert {row["image"] for row in read_table(tmp_path / "out" / "particles.csv")} == {"good.png"}


def test_failed_image_is_tried_again(tmp_path):
    image = tmp_path / "in" / "a.png"
    image.parent.mkdir()
    image.write_bytes(b"")
    assert measure_many([image], tmp_path / "out", measure_2nm).failed == 1
    write_discs(image, ONE)
    assert measure_many([image], tmp_path / "out", measure_2nm).measured == 1
    assert not (tmp_path / "out" / "a" / "error.txt").exists()


def test_images_without_scale_are_counted(images, tmp_path):
    assert measure_many(images, tmp_path / "out", measure_bright).without_scale == 3
    assert measure_many(images, tmp_path / "out", measure_bright).without_scale == 3


def test_table_holds_what_was_done_before_an_interruption(tmp_path):
    paths = [write_discs(tmp_path / f"{name}.png", ONE) for name in ("a", "b_interrupt", "c")]
    with pytest.raises(KeyboardInterrupt):
        measure_many(paths, tmp_path / "out", measure_2nm)
    assert [row["image"] for row in read_table(tmp_path / "out" / "summary.csv")] == ["a.png"]
    assert len(read_table(tmp_path / "out" / "particles.csv")) == 1


@pytest.mark.slow
def test_workers_give_the_same_tables_in_the_same_order(tmp_path):
    paths = [write_discs(tmp_path / "in" / f"{name}.png", TWO) for name in ("slow", "b", "c", "d")]
    progress = Progress()
    measure_many(paths, tmp_path / "one", measure_2nm)
    result = measure_many(paths, tmp_path / "two", measure_2nm, workers=2, progress=progress)
    assert result.measured == 4
    assert [call[0] for call in progress.calls] == [1, 2, 3, 4]
    one, two = (tmp_path / name / "particles.csv" for name in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    timeless = [
        [
            {k: v for k, v in row.items() if k != "seconds"}
            for row in read_table(tmp_path / name / "summary.csv")
        ]
        for name in ("one", "two")
    ]
    assert timeless[0] == timeless[1]


@pytest.mark.slow
def test_image_that_kills_its_process_is_the_only_one_lost(tmp_path):
    names = ["a", "b_crash", "c", "slow", "e_crash", "f"]
    paths = [write_discs(tmp_path / "in" / f"{name}.png", ONE) for name in names]
    progress = Progress()
    result = measure_many(paths, tmp_path / "out", measure_2nm, workers=2, progress=progress)
    assert (result.measured + result.kept, result.failed) == (4, 2)
    assert len(progress.calls) == 6
    rows = read_table(tmp_path / "out" / "summary.csv")
    assert [row["status"] for row in rows] == ["ok", "failed", "ok", "ok", "failed", "ok"]
    assert "ended without a word" in rows[1]["error"]
    assert "Traceback" not in (tmp_path / "out" / "b_crash" / "error.txt").read_text()


def must_not_run(path, *, model="threshold"):
    raise AssertionError(path, model)


@pytest.mark.parametrize("out", ["file", "file/below", "with_table"])
def test_output_that_cannot_be_written_is_told_before_measuring(tmp_path, out):
    (tmp_path / "file").write_text("x")
    (tmp_path / "with_table" / "particles.csv").mkdir(parents=True)
    (tmp_path / "with_table" / "summary.csv").write_text("earlier")
    image = write_discs(tmp_path / "a.png", ONE)
    with pytest.raises(OutputError, match="Cannot write the results"):
        measure_many([image], tmp_path / out, must_not_run)
    assert (tmp_path / "with_table" / "summary.csv").read_text() == "earlier"


def test_unknown_model_and_no_workers_are_told_before_measuring(tmp_path):
    with pytest.raises(ModelError, match="No model 'nonsense'"):
        measure_many([], tmp_path / "out", partial(must_not_run, model="nonsense"))
    with pytest.raises(UsageError, match="workers is 0"):
        measure_many([], tmp_path / "out", must_not_run, workers=0)
    assert not (tmp_path / "out").exists()


def test_folder_that_cannot_be_written_fails_this_image_only(images, tmp_path):
    (tmp_path / "out").mkdir()
    (tmp_path / "out" / "a").write_text("a file where a folder should be")
    result = measure_many(images, tmp_path / "out", measure_2nm)
    assert (result.measured, result.failed) == (2, 1)
    assert "Cannot write" in read_table(tmp_path / "out" / "summary.csv")[1]["error"]


def test_kept_result_takes_its_name_from_this_run(tmp_path):
    # Alone the image is 'x.png'; with another one beside its folder it is 'a/x.png', and so is its folder.
    alone = write_discs(tmp_path / "in" / "a" / "x.png", ONE)
    other = write_discs(tmp_path / "in" / "y.png", ONE)
    out = tmp_path / "out"
    measure_many([alone], out, measure_2nm)
    measure_many([alone, other], out, measure_2nm)
    assert [row["image"] for row in read_table(out / "summary.csv")] == ["a/x.png", "y.png"]
    assert [row["image"] for row in read_table(out / "particles.csv")] == ["a/x.png", "y.png"]


def test_settings_of_the_record_are_those_that_decide_what_is_kept(images, tmp_path):
    measure_many(images[:1], tmp_path / "out", measure_2nm)
    result = json.loads((tmp_path / "out" / "x" / "result.json").read_text(encoding="utf-8"))
    assert result["provenance"]["settings"] == hand_made.SETTINGS | {"nm_per_px": 2.0}


def test_measurements_are_not_kept_in_memory(images, tmp_path):
    alive = []

    def measure_and_watch(path, *, model="threshold", nm_per_px=None):
        gc.collect()
        assert all(reference() is None for reference in alive)
        measured = hand_made.measure_bright(path, model=model, nm_per_px=nm_per_px)
        alive.append(weakref.ref(measured))
        return measured

    assert measure_many(images, tmp_path / "out", measure_and_watch).failed == 0
    assert len(alive) == 3
