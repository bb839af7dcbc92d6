"""``nanocaliper dataset``: exit status, what is printed, what is written; and that all of it is documented."""

import csv
import json
import re
import subprocess
import sys
from pathlib import Path

import cv2
import numpy as np
import pytest

from data_sets import labelme, put, write_labelme, write_layout
from nanocaliper.cli import main
from nanocaliper.cli.dataset import dataset
from nanocaliper.training.data.annotated_folder import open_folder
from nanocaliper.training.data.splits import read_splits

DOCS = Path(__file__).resolve().parents[1] / "docs" / "command_line.md"
COMMANDS = ["check", "convert", "split", "statistics", "classify", "simulate"]


def run(capsys, *arguments):
    with pytest.raises(SystemExit) as end:
        main(["dataset", *map(str, arguments)])
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err


def test_every_command_is_known():
    assert [command.callback.__name__ for command in dataset.registered_commands] == COMMANDS


@pytest.mark.parametrize("command", COMMANDS)
def test_help_has_examples_and_every_option_is_documented(capsys, command):
    status, out, _ = run(capsys, command, "--help")
    assert status == 0
    assert f"nanocaliper dataset {command}" in out.split("Example")[1]
    options = set(re.findall(r"--[a-z][a-z-]+", out)) - {"--help"}
    section = DOCS.read_text(encoding="utf-8").split(f"\n### `nanocaliper dataset {command}")[1]
    section = re.split(r"\n##", section)[0]
    assert options == set(re.findall(r"^\| `.*?(--[a-z-]+)", section, re.MULTILINE))


def test_help_loads_nothing_heavy():
    code = (
        "import sys\n"
        "from nanocaliper.cli import main\n"
        "try: main(['dataset', 'check', '--help'])\n"
        "except SystemExit: pass\n"
        "print(sorted({'numpy', 'cv2', 'torch', 'matplotlib', 'rich'} & set(sys.modules)))\n"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines()[-1] == "[]"


def test_no_torch_is_needed(tmp_path):
    write_labelme(tmp_path)
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "from nanocaliper.cli import main\n"
        "try: main(['dataset', 'check', sys.argv[1]])\n"
        "except SystemExit as end: print('status', end.code)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=True
    )
    assert done.stdout.splitlines()[-1] == "status 0"


def test_check_of_a_good_and_of_a_bad_set(capsys, tmp_path):
    write_labelme(tmp_path)
    status, out, err = run(capsys, "check", tmp_path)
    assert status == 0
    assert out == "3 images, 6 particles, labelme, cube, rod: 0 errors, 0 notices.\n"
    assert "[3/3] c: 3 particles" in err
    put(tmp_path / "b.json", labelme("b", shapes=[]))
    status, out, _ = run(capsys, "check", tmp_path)
    assert (status, out.splitlines()[0][:25]) == (0, "notice: b.json: has no pa")
    put(tmp_path / "b.json", labelme("b", imagePath="z.png"))
    status, out, _ = run(capsys, "check", tmp_path)
    assert status == 1
    assert out.startswith("error: b.json: cannot be used: 'b.json' was drawn on the image 'z.png'")
    status, out, _ = run(capsys, "check", tmp_path, "--json", "--classes", "rod,cube")
    found = json.loads(out)
    assert (status, found["errors"], found["notices"], found["classes"]) == (1, 1, 0, ["rod", "cube"])
    assert set(found["findings"][0]) == {"severity", "file", "sentence"}


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["check", "nowhere"], "There is no folder 'nowhere'"),
        (["check", "empty"], "holds no image"),
        (["check", "set", "--format", "photos"], "no format 'photos'"),
        (["check", "set", "--classes", "a,,b"], "--classes is 'a,,b'"),
        (["convert", "set", "-o", "new"], "Missing option '--to'"),
        (["convert", "set", "--to", "svg", "-o", "new"], "no format 'svg' to convert to"),
        (["convert", "set", "--to", "coco", "-o", "set/coco"], "in the data set itself"),
        (["convert", "set", "--to", "coco", "-o", "full"], "The folder 'full' is not empty"),
        (["convert", "set", "--to", "coco", "-o", "file"], "'file' is a file"),
        (["convert", "empty", "--to", "coco", "-o", "new"], "holds no image"),
        (["split", "set"], "either --ratio"),
        (["split", "set", "--ratio", "8:2", "--folds", "5"], "either --ratio"),
        (["split", "set", "--ratio", "a"], "The ratio is 'a'"),
        (["split", "set", "--folds", "5"], "3 groups of images for 5 parts"),
        (["split", "set", "--folds", "2", "--group-by", "x"], "finds no group"),
        (
            ["split", "set", "--folds", "2", "--group-by", "x", "--groups", "y.csv"],
            "Both --groups and --group-by",
        ),
        (["split", "set", "--folds", "2", "-o", "file/x.csv"], "Cannot write"),
        (["classify", "set", "--classes", "irregular,ghost"], "'ghost' is none of them"),
        (["classify", "set", "--classes", "rod,sphere"], "'irregular' is missing"),
        (["classify", "set", "-o", "set"], "the data set itself"),
        (["classify", "empty"], "holds no image"),
        (["simulate", "--size", "big"], "--size is 'big'"),
        (["simulate", "--classes", "ghost"], "no class 'ghost'"),
        (["simulate", "--images", "0"], "0 images"),
        (["simulate", "--kind", "photo"], "--kind"),
    ],
)
def test_wrong_use(capsys, tmp_path, monkeypatch, arguments, said):
    monkeypatch.chdir(tmp_path)
    write_labelme(tmp_path / "set")
    (tmp_path / "empty").mkdir()
    (tmp_path / "file").write_text("x")
    put(tmp_path / "full" / "x.txt", "x")
    status, _, err = run(capsys, *arguments)
    assert status == 2
    assert said in err
    assert "Traceback" not in err


@pytest.mark.parametrize("options", [(), ("--link",)])
def test_convert_takes_images_and_lists_along(capsys, tmp_path, options):
    write_layout(tmp_path / "set", "yolo-roboflow")
    put(tmp_path / "set" / "folds.csv", "name,fold,doi\ntrain/a,0,x\ntrain/b,1,y\ntrain/c,0,x\n")
    out = tmp_path / "new"
    status, printed, error = run(capsys, "convert", tmp_path / "set", "--to", "labelme", "-o", out, *options)
    assert status == 0
    assert printed == f"3 images, 6 particles, cube, rod: {out}\n"
    assert "[3/3] train/c: 3 particles" in error
    assert sorted(path.relative_to(out).as_posix() for path in out.rglob("*.*")) == sorted(
        [
            "dataset.toml",
            "folds.csv",
            *(f"images/train/{name}" for name in ["a.json", "a.png", "b.json", "b.png", "c.json", "c.png"]),
        ]
    )
    for name in "abc":
        old = tmp_path / "set" / "train" / "images" / f"{name}.png"
        assert (out / "images" / "train" / f"{name}.png").read_bytes() == old.read_bytes()
        assert (out / "images" / "train" / f"{name}.png").samefile(old) == bool(options)
    assert open_folder(out).groups == {"train/a": "x", "train/b": "y", "train/c": "x"}
    assert read_splits(out / "folds.csv") == {"train/a": "0", "train/b": "1", "train/c": "0"}


def test_convert_says_what_is_lost_and_which_image_failed(capsys, tmp_path):
    write_labelme(tmp_path / "set")
    touching = labelme("a")["shapes"]
    touching[1]["points"] = [[20, 2], [30, 2], [30, 12], [20, 12]]
    put(tmp_path / "set" / "a.json", labelme("a", shapes=touching))
    (tmp_path / "set" / "b.png").write_bytes(b"no picture")
    status, printed, error = run(capsys, "convert", tmp_path / "set", "--to", "masks", "-o", tmp_path / "new")
    assert status == 1
    assert "particles that touch others: 2, in the masks: 1." in printed
    assert "The format of binary masks has no room for classes: left out." in printed
    assert "\nb: " in printed
    assert "2 images, 5 particles" in printed
    assert "[2/3] b: failed" in error
    assert open_folder(tmp_path / "new").names == ("a", "c")
    mask = cv2.imread(str(tmp_path / "new" / "masks" / "a.png"), cv2.IMREAD_UNCHANGED)
    assert np.unique(mask).tolist() == [0, 255]
    assert (mask > 0).sum() == 17 * 10 + 10 * 10


def test_split_writes_what_can_be_read_again(capsys, tmp_path):
    write_layout(tmp_path, "instances")
    status, out, _ = run(capsys, "split", tmp_path, "--ratio", "1:1:1", "--seed", 3)
    assert status == 0
    assert out.splitlines()[0].startswith("train: 1 images, 1 groups")
    parts = read_splits(tmp_path / "splits.csv")
    assert set(parts.values()) == {"train", "validation", "test"}
    put(tmp_path / "samples.csv", "name,sample\na,one\nb,two\nc,one\n")
    target = tmp_path / "folds.csv"
    status, out, _ = run(
        capsys, "split", tmp_path, "--folds", 2, "--groups", tmp_path / "samples.csv", "-o", target
    )
    assert status == 0
    assert "fold 1: " in out
    folds = read_splits(target)
    assert folds["a"] == folds["c"] != folds["b"]
    data = open_folder(tmp_path).choose([name for name, fold in folds.items() if fold == folds["b"]])
    assert data.names == ("b",)


def test_split_refuses_a_set_with_images_missing_their_annotation(capsys, tmp_path):
    write_labelme(tmp_path)
    (tmp_path / "b.json").unlink()
    status, _, err = run(capsys, "split", tmp_path, "--folds", 2)
    assert status == 2
    assert "'b.png'" in err


def test_statistics(capsys, tmp_path):
    write_labelme(tmp_path / "set")
    status, out, _ = run(capsys, "statistics", tmp_path / "set", "-o", tmp_path / "out")
    assert status == 0
    assert out.startswith("3 images, 6 particles: ")
    text = (tmp_path / "out" / "statistics.md").read_text(encoding="utf-8")
    for name in re.findall(r"\]\((.*?)\)", text):
        assert (tmp_path / "out" / name).is_file()
    with (tmp_path / "out" / "particles.csv").open(encoding="utf-8") as file:
        assert len(list(csv.DictReader(file))) == 6


def test_classes_from_outlines(capsys, tmp_path):
    labels = np.zeros((96, 160), np.uint8)
    cv2.circle(labels, (28, 30), 20, 1, -1)
    cv2.rectangle(labels, (60, 22), (150, 34), 2, -1)
    cv2.rectangle(labels, (70, 50), (105, 85), 3, -1)
    cv2.circle(labels, (30, 75), 15, 4, -1)
    cv2.circle(labels, (130, 70), 3, 5, -1)
    for part, content in (("images", labels * 40 + 20), ("instances", labels)):
        (tmp_path / "set" / part).mkdir(parents=True)
        cv2.imwrite(str(tmp_path / "set" / part / "one.png"), content)
    put(tmp_path / "set" / "folds.csv", "name,fold\none,0\n")
    target = tmp_path / "classified"
    status, out, _ = run(
        capsys, "classify", tmp_path / "set", "-o", target, "--classes", "irregular,rod,sphere"
    )
    assert status == 0
    # The square is of no class that was asked for; the spot is too small, and taken for what most others are.
    assert "1 images, 5 particles (1 irregular, 1 rod, 3 sphere)" in out
    sample = open_folder(target)[0]
    assert [sample.classes[k] for k in sample.class_of[1:]] == [
        *("sphere", "rod", "irregular"),
        *("sphere", "sphere"),
    ]
    assert np.array_equal(sample.labels, labels)
    assert read_splits(target / "folds.csv") == {"one": "0"}
    assert run(capsys, "check", target, "--format", "yolo")[0] == 0


def test_simulate(capsys, tmp_path):
    arguments = (
        "--images",
        2,
        "--classes",
        "triangle,pentagon",
        "--size",
        "128x160",
        "--kind",
        "sem",
        "--seed",
        4,
    )
    status, out, err = run(capsys, "simulate", "-o", tmp_path, *arguments)
    assert status == 0
    assert "[2/2] simulated_00001" in err
    data = open_folder(tmp_path)
    assert data.classes == ("triangle", "pentagon")
    assert f"2 images, {sum(sample.count for sample in data)} particles" in out
    assert {sample.pixels.shape for sample in data} == {(128, 160)}
    assert all(np.ptp(sample.pixels) > 20 for sample in data)
    assert run(capsys, "check", tmp_path, "--format", "yolo")[0] == 0
