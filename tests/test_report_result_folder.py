import csv
import json
import subprocess
import sys

import numpy as np
import pytest
import tifffile
from PIL import Image

from hand_made import SETTINGS, draw_discs, make_measurement
from nanocaliper.calibration.calibration import Calibration
from nanocaliper.errors import OutputError
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.report import result_folder
from nanocaliper.report.result_folder import (
    find_complete,
    read_particle_rows,
    write_atomically,
    write_failure,
    write_results,
)

DISCS = [(60.0, 60.0, 20.0), (120.0, 150.0, 30.0), (100.0, 0.0, 15.0)]
FILES = {"labels.tif", "outlines.geojson", "overlay.png", "particles.csv", "result.json"}


def measure(labels=None):
    pixels, drawn = draw_discs((200, 240), DISCS)
    micrograph = Micrograph(pixels, source="in/a.png", sha256="ab")
    return make_measurement(micrograph, drawn if labels is None else labels, Calibration(2.0, 0.01, "user"))


def names(folder):
    return {path.name for path in folder.iterdir()}


def test_files_hold_the_measurement(tmp_path):
    measured = measure()
    result = write_results(measured, tmp_path / "deep" / "a", "sub/a.png")
    folder = tmp_path / "deep" / "a"
    assert names(folder) == FILES
    labels = tifffile.imread(folder / "labels.tif")
    assert labels.dtype == np.uint16
    np.testing.assert_array_equal(labels, measured.segmentation.labels)
    assert json.loads((folder / "result.json").read_text(encoding="utf-8")) == result
    with (folder / "particles.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert {int(row["particle"]) for row in rows} == set(np.unique(labels)) - {0}
    assert {row["image"] for row in rows} == {"sub/a.png"}
    with Image.open(folder / "overlay.png") as overlay:
        assert overlay.mode == "RGB"
        assert overlay.width == 240 * 5


def test_labels_need_no_further_library(tmp_path):
    write_results(measure(), tmp_path / "here", "a.png")
    code = (
        "import sys; sys.modules['imagecodecs'] = None\n"
        f"sys.path[:0] = {sys.path!r}\n"
        "from pathlib import Path\n"
        "from test_report_result_folder import measure, write_results\n"
        f"write_results(measure(), Path({str(tmp_path / 'there')!r}), 'a.png')\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)
    here, there = (tifffile.imread(tmp_path / name / "labels.tif") for name in ("here", "there"))
    np.testing.assert_array_equal(here, there)


def test_same_measurement_gives_the_same_files(tmp_path):
    for name in ("one", "two"):
        write_results(measure(), tmp_path / name, "a.png")
    for file in FILES - {"result.json"}:
        assert (tmp_path / "one" / file).read_bytes() == (tmp_path / "two" / file).read_bytes()


def test_more_labels_than_16_bit_hold(tmp_path, monkeypatch):
    # 66 000 particles cannot be outlined in reasonable time; only their labels matter here.
    labels = np.arange(300 * 240, dtype=np.int32).reshape(300, 240)
    measured = measure()
    object.__setattr__(measured.segmentation, "labels", labels)
    monkeypatch.setattr(result_folder, "draw_overlay", lambda _: np.zeros((2, 2, 3), np.uint8))
    write_results(measured, tmp_path, "a.png")
    written = tifffile.imread(tmp_path / "labels.tif")
    assert written.dtype == np.uint32
    np.testing.assert_array_equal(written, labels)


def test_failure_replaces_results_and_results_replace_failure(tmp_path):
    write_results(measure(), tmp_path, "a.png")
    write_failure(tmp_path, "It is empty.")
    assert names(tmp_path) == {"error.txt"}
    write_results(measure(), tmp_path, "a.png")
    assert names(tmp_path) == FILES


def test_crash_between_files_leaves_no_mark_of_completeness(tmp_path, monkeypatch):
    write_results(measure(), tmp_path, "a.png")

    def crash(_):
        raise KeyboardInterrupt

    monkeypatch.setattr(result_folder, "draw_overlay", crash)
    with pytest.raises(KeyboardInterrupt):
        write_results(measure(), tmp_path, "a.png")
    assert names(tmp_path) == {"labels.tif", "outlines.geojson"}


def test_a_file_is_whole_or_as_it_was(tmp_path):
    path = tmp_path / "a.bin"
    write_atomically(path, lambda file: file.write(b"first"))

    def write_half(file):
        file.write(b"sec")
        raise OSError(28, "No space left on device")

    with pytest.raises(OutputError, match=r"a\.bin.*No space left"):
        write_atomically(path, write_half)
    assert path.read_bytes() == b"first"
    assert names(tmp_path) == {"a.bin"}


def test_folder_that_is_a_file_is_an_output_error(tmp_path):
    (tmp_path / "a").write_text("not a folder")
    with pytest.raises(OutputError, match="Cannot write"):
        write_results(measure(), tmp_path / "a", "a.png")


def find(folder, name="a.png", sha256="ab", settings=SETTINGS, version=None, model_sha256=None):
    return find_complete(folder, name, lambda: sha256, settings, version or measure().version, model_sha256)


def test_complete_result_is_found_again(tmp_path):
    result = write_results(measure(), tmp_path, "a.png")
    assert find(tmp_path) == result


@pytest.mark.parametrize(
    "change",
    [
        {"name": "b.png"},
        {"sha256": "cd"},
        {"settings": SETTINGS | {"confidence": 0.5}},
        {"version": "0.0.9"},
        {"model_sha256": "ef"},
    ],
)
def test_result_of_something_else_is_not_kept(tmp_path, change):
    write_results(measure(), tmp_path, "a.png")
    assert find(tmp_path, **change) is None


@pytest.mark.parametrize("content", ["", "{", "[]", "{}", '{"schema": "nanocaliper-result/2"}', "null"])
def test_damaged_result_is_not_kept(tmp_path, content):
    write_results(measure(), tmp_path, "a.png")
    (tmp_path / "result.json").write_text(content)
    assert find(tmp_path) is None


@pytest.mark.parametrize("name", sorted(FILES))
def test_result_without_one_of_its_files_is_not_kept(tmp_path, name):
    write_results(measure(), tmp_path, "a.png")
    (tmp_path / name).unlink()
    assert find(tmp_path) is None


def test_particle_rows_take_the_name_of_this_run(tmp_path):
    write_results(measure(), tmp_path, "a.png")
    rows = list(read_particle_rows(tmp_path, "-sub/a.png"))
    assert [row[:2] for row in rows] == [["./-sub/a.png", str(number)] for number in (1, 2, 3)]
