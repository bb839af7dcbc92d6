import csv
import json
import re
import shutil
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest
import tifffile

from hand_made import draw_discs, make_measurement, measure_bright, write_discs
from nanocaliper.batch import measure_many
from nanocaliper.calibration.calibration import Calibration
from nanocaliper.cli import main
from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import annotate
from nanocaliper.exports.formats import EXPORT_FORMATS, read_annotations
from nanocaliper.exports.stored_image import read_stored_image
from nanocaliper.exports.training_set import LIST_COLUMNS, _name_images, cut_to_field
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.micrograph.read import read
from nanocaliper.report.result_folder import write_results
from nanocaliper.training.data.splits import read_splits

EXPORTS = Path(__file__).resolve().parents[1] / "docs" / "exports.md"
DISCS = {
    "a/x.png": [(60.0, 60.0, 20.0), (120.0, 150.0, 30.0), (100.0, 0.0, 15.0)],
    "b/x.png": [(50.0, 50.0, 25.0)],
    "b/none.png": [],
}


@pytest.fixture(scope="module")
def run(tmp_path_factory):
    """Output folder of three images, one without particles."""
    base = tmp_path_factory.mktemp("run")
    paths = [write_discs(base / "in" / name, discs) for name, discs in DISCS.items()]
    measure_many(
        paths, base / "out", lambda path, *, nm_per_px=2.0: measure_bright(path, nm_per_px=nm_per_px)
    )
    return base / "out"


def call(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main([str(argument) for argument in arguments])
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err


def test_stored_image_is_what_was_measured(tmp_path):
    pixels, labels = draw_discs((200, 240), DISCS["a/x.png"])
    measured = make_measurement(Micrograph(pixels, source="in/x.png"), labels, Calibration(2.0, 0.01, "user"))
    write_results(measured, tmp_path, "a/x.png")
    image = read_stored_image(tmp_path, "a/x.png")
    assert (image.name, image.rows, image.cols, image.nm_per_px) == ("a/x.png", 200, 240, 2.0)
    assert image.ids == (1, 2, 3)
    assert image.states == ("counted", "counted", "touches_border")
    assert image.shapes == tuple(measured.particles["shape"])
    np.testing.assert_allclose(image.scores, measured.particles["score"], rtol=1e-5)
    np.testing.assert_array_equal(image.labels, labels)
    for one, other in zip(image.outlines, measured.found.outlines, strict=True):
        np.testing.assert_allclose(one, other, atol=1e-4)


@pytest.mark.parametrize("damage", ["outlines.geojson", "labels.tif", "particles.csv", "result.json"])
def test_incomplete_results_are_refused(run, tmp_path, damage):
    shutil.copytree(run / "a" / "x", tmp_path / "x")
    (tmp_path / "x" / damage).write_bytes(b"nothing")
    with pytest.raises(ReadError, match=r"(damaged|format).*[Mm]easure"):
        read_stored_image(tmp_path / "x")
    (tmp_path / "x" / damage).unlink()
    with pytest.raises(ReadError, match="not complete"):
        read_stored_image(tmp_path / "x")


@pytest.mark.parametrize("name", list(EXPORT_FORMATS))
def test_every_format_from_the_command_line(run, tmp_path, capsys, name):
    status, out, err = call(capsys, "outlines", run, "--to", name, "-o", tmp_path)
    assert status == 0
    assert "[3/3]" in err
    chosen = EXPORT_FORMATS[name]
    files = sorted(path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*") if path.is_file())
    each = [f"{folder}{chosen.suffix}" for folder in ("a/x", "b/none", "b/x")]
    assert files == (sorted([*each, *chosen.beside]) if not chosen.several else [f"outlines{chosen.suffix}"])
    assert f"Written: {len(files)} file" in out
    path = tmp_path / (f"outlines{chosen.suffix}" if chosen.several else f"a/x{chosen.suffix}")
    (image,) = read_annotations(path, name="a/x.png", rows=200, cols=240)
    assert len(image.outlines) == 3
    stored = read_stored_image(run / "a" / "x")
    if "outlines" in chosen.keeps:
        for one, other in zip(image.outlines, stored.outlines, strict=True):
            np.testing.assert_allclose(one, other, atol=1e-3)


def test_one_image_alone(run, capsys):
    assert call(capsys, "outlines", run / "a" / "x", "--to", "labelme")[0] == 0
    path = run / "a" / "x" / "outlines" / "x.json"
    assert json.loads(path.read_bytes())["imagePath"] == "x.png"
    shutil.rmtree(path.parent)


def test_image_that_changed_fails_alone(run, tmp_path, capsys):
    shutil.copytree(run.parent / "in", tmp_path / "in")
    write_discs(tmp_path / "in" / "a" / "x.png", DISCS["b/x.png"])
    (tmp_path / "in" / "b" / "none.png").unlink()
    status, out, _ = call(
        capsys, "outlines", run, "--to", "ome-tiff", "-o", tmp_path / "o", "--images", tmp_path / "in"
    )
    assert status == 1
    assert re.search(r"a/x\.png: .*has changed since", out)
    assert re.search(r"b/none\.png: .*--images", out)
    assert [path.name for path in (tmp_path / "o").rglob("*.tif")] == ["x.ome.tif"]


@pytest.mark.parametrize("to", ["svg", ""])
def test_unknown_format_is_one_sentence(run, capsys, to):
    status, _, err = call(capsys, "outlines", run, "--to", to)
    assert status == 2
    assert err.startswith(f"Error: There is no format '{to}'; expected one of imagej-roi")


@pytest.mark.parametrize("folder", ["../a", "/tmp/a", "a/../../b"])
def test_table_that_leads_out_of_its_folder(tmp_path, capsys, folder):
    (tmp_path / "summary.csv").write_text(f"image,status,error,folder\na.png,ok,,{folder}\n")
    for command in (
        ["outlines", tmp_path, "--to", "coco"],
        ["training-set", tmp_path, "-o", tmp_path / "set"],
    ):
        status, _, err = call(capsys, *command)
        assert status == 2
        assert "names a folder outside of" in err


def test_folder_without_results(tmp_path, capsys):
    status, _, err = call(capsys, "outlines", tmp_path, "--to", "coco")
    assert status == 2
    assert "holds no results" in err


def test_missing_package_is_named(run, tmp_path, capsys, monkeypatch):
    monkeypatch.setitem(sys.modules, "roifile", None)
    status, _, err = call(capsys, "outlines", run, "--to", "imagej-roi", "-o", tmp_path)
    assert status == 2
    assert 'pip install "nanocaliper[workbench]"' in err


def read_list(folder):
    with (folder / "folds.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_training_set(run, tmp_path, capsys):
    status, _, _ = call(
        capsys, "training-set", run, "-o", tmp_path, "--also", "coco-masks", "--also", "labelme", "--also", "yolo",
        "--originals",
    )  # fmt: skip
    assert status == 0
    rows = read_list(tmp_path)
    assert sorted(row["name"] for row in rows) == ["a__x", "b__none", "b__x"]
    assert tuple(rows[0]) == LIST_COLUMNS
    assert {row["image"]: int(row["particles"]) for row in rows} == {k: len(v) for k, v in DISCS.items()}
    for row in rows:
        folder = row["name"].replace("__", "/")
        pixels = cv2.imread(str(tmp_path / "images" / f"{row['name']}.png"), cv2.IMREAD_UNCHANGED)
        np.testing.assert_array_equal(pixels, read(run.parent / "in" / f"{folder}.png").pixels)
        labels = cv2.imread(str(tmp_path / "instances" / f"{row['name']}.png"), cv2.IMREAD_UNCHANGED)
        assert labels.dtype == np.uint16
        np.testing.assert_array_equal(labels, tifffile.imread(run / folder / "labels.tif"))
        assert (tmp_path / "originals" / f"{row['name']}.png").is_file()
        (image,) = read_annotations(tmp_path / "images" / f"{row['name']}.json")
        assert image.name == f"{row['name']}.png"
        assert (tmp_path / "labels" / f"{row['name']}.txt").is_file()
    assert {image.name for image in read_annotations(tmp_path / "outlines.coco-masks.json")} == {
        f"images/{row['name']}.png" for row in rows
    }


def test_groups_of_a_training_set_are_never_parted(run, tmp_path, capsys):
    names = tmp_path / "samples.csv"
    names.write_text("name,sample\na/x.png,one\nb/x,one\nb__none,two\nother,three\n", encoding="utf-8")
    for arguments in (["--groups", names], ["--group-by", "^.*(?=/x)|none"]):
        target = tmp_path / arguments[0]
        status, out, _ = call(capsys, "training-set", run, "-o", target, "--folds", 2, *arguments)
        assert status == 0
        rows = {row["image"]: (row["fold"], row["group"]) for row in read_list(target)}
        if arguments[0] == "--groups":
            assert rows["a/x.png"] == rows["b/x.png"] != rows["b/none.png"]
            assert {group for _, group in rows.values()} == {"one", "two"}
            assert "2 images, 1 groups, 4 particles" in out
        else:
            assert {name: group for name, (_, group) in rows.items()} == {
                "a/x.png": "a",
                "b/x.png": "b",
                "b/none.png": "none",
            }
    # Written again, the set keeps the groups that it has.
    target = tmp_path / "--groups"
    before = (target / "folds.csv").read_bytes()
    assert call(capsys, "training-set", run, "-o", target, "--folds", 2)[0] == 0
    assert (target / "folds.csv").read_bytes() == before
    # As 'dataset split' deals the written set.
    splits = tmp_path / "again.csv"
    assert call(capsys, "dataset", "split", target, "--folds", 2, "-o", splits)[0] == 0
    assert read_splits(splits) == read_splits(target / "folds.csv")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--groups", "a.csv", "--group-by", "x"], "Both --groups and --group-by"),
        (["--group-by", "x"], "'x' finds no group in the name 'b/none.png'"),
        (["--group-by", "^."], "There are 2 groups of images for 5 parts"),
        (["--folds", "1"], "Asked for 1 folds"),
        (["--groups", "none.csv"], "Cannot read"),
    ],
)
def test_groups_that_make_no_sense_are_refused_before_anything_is_written(
    run, tmp_path, capsys, arguments, said
):
    status, _, err = call(capsys, "training-set", run, "-o", tmp_path / "set", *arguments)
    assert status == 2
    assert said in err
    assert err.count("\n") == 1
    assert not (tmp_path / "set").exists()


def test_images_that_fail_leave_their_folds_empty(run, tmp_path, capsys):
    shutil.copytree(run.parent / "in", tmp_path / "in")
    (tmp_path / "in" / "b" / "x.png").unlink()
    target = tmp_path / "set"
    arguments = ["--folds", 3, "--images", tmp_path / "in"]
    status, out, _ = call(capsys, "training-set", run, "-o", target, *arguments)
    assert status == 1
    assert re.search(r"b/x\.png: .*--images", out)
    assert sorted(row["image"] for row in read_list(target)) == ["a/x.png", "b/none.png"]
    assert len({row["fold"] for row in read_list(target)}) == 2


@pytest.mark.slow  # loading torch alone takes seconds
def test_training_reads_the_set(run, tmp_path, capsys):
    pytest.importorskip("torch")
    from nanocaliper.training.data.particle_crops import read_labelled, read_labelled_folder
    from nanocaliper.training.train_particle_unet import names_outside

    assert call(capsys, "training-set", run, "-o", tmp_path)[0] == 0
    names = names_outside(tmp_path, {"b__none"})
    assert sorted(names) == ["a__x", "b__x"]
    _, labels = read_labelled(tmp_path, "a__x")
    assert labels.max() == 3
    assert [len(image.diameters) - 1 for image in read_labelled_folder(tmp_path, ["a__x", "b__x"])] == [3, 1]


def test_training_set_of_a_format_that_makes_no_sense(run, tmp_path, capsys):
    status, _, err = call(capsys, "training-set", run, "-o", tmp_path, "--also", "ome-tiff")
    assert status == 2
    assert "'ome-tiff' is no format of training sets" in err


def test_deep_images_are_stretched_to_8_bits(tmp_path, capsys):
    pixels = draw_discs((100, 120), [(50.0, 50.0, 20.0)])[0].astype(np.uint16) * 200
    tifffile.imwrite(tmp_path / "deep.tif", pixels)
    measure_many([tmp_path / "deep.tif"], tmp_path / "out", measure_bright)
    assert call(capsys, "training-set", tmp_path / "out", "-o", tmp_path / "set")[0] == 0
    image = cv2.imread(str(tmp_path / "set" / "images" / "deep.png"), cv2.IMREAD_UNCHANGED)
    assert image.dtype == np.uint8
    assert set(np.unique(image)) == {0, 255}


def test_data_strips_are_cut_off():
    labels = np.zeros((12, 8), np.int32)
    labels[3:6, 2:5] = 4
    outline = np.array([[2.5, 1.5], [2.5, 4.5], [5.5, 4.5], [5.5, 1.5], [2.5, 1.5]])
    image = annotate("a", 12, 8, [outline], ids=[4], labels=labels, pixels=labels.astype(np.uint8))
    cut = cut_to_field(image, Box(2, 0, 9, 8))
    assert (cut.rows, cut.cols) == (7, 8)
    np.testing.assert_array_equal(cut.labels, labels[2:9])
    np.testing.assert_array_equal(cut.outlines[0], outline - [2, 0])


def test_names_of_a_training_set_are_unique():
    assert _name_images(["a/b", "a__b", "A/B", "c"]) == ["a__b", "a__b_2", "A__B_3", "c"]
    long = _name_images(["é" * 90 + "/" + "é" * 90 + "1", "x/" + "é" * 150 + "1"])
    assert all(len(name.encode()) < 250 for name in long)
    assert len(set(long)) == 2


def test_docs_tell_what_the_formats_keep():
    text = EXPORTS.read_text(encoding="utf-8")
    section = text.split("\n## What each keeps")[1].split("\n*Outlines*")[0]
    columns = ("outlines", "labels", "ids", "shapes", "scores", "states", "nm_per_px", "size")
    told = {}
    for line in section.splitlines():
        cells = [cell.strip() for cell in line.split("|")[1:-1]]
        for name in re.findall(r"`(.*?)`", cells[0]) if cells else []:
            told[name] = {column for column, cell in zip(columns, cells[1:], strict=True) if cell == "yes"}
    kept = {name: set(one.keeps) & set(columns) for name, one in EXPORT_FORMATS.items()}
    kept["yolo"] -= {"size"}  # it has to be known
    assert told == kept
    assert re.findall(r"^\| `(\w+)` \|", text.split("\n## Training sets")[1], re.MULTILINE) == list(
        LIST_COLUMNS
    )
