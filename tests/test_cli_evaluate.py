"""``nanocaliper evaluate``: files written, scores right, bad input refused in one sentence."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image

from nanocaliper.cli import main
from nanocaliper.cli.found_particles import Found, compare
from nanocaliper.evaluation.average_precision import find_average_precision
from nanocaliper.report.evaluation_folder import write_evaluation
from nanocaliper.segmentation.segmentation import Segmentation


def discs(*centres: tuple[int, int], radius: int = 8, shape: tuple[int, int] = (96, 128)) -> np.ndarray:
    labels = np.zeros(shape, np.int32)
    rows, cols = np.indices(shape)
    for number, (row, col) in enumerate(centres, 1):
        labels[np.hypot(rows - row, cols - col) <= radius] = number
    return labels


TRUTH = {"a": discs((20, 20), (50, 60), (70, 100)), "b": discs((30, 30), (60, 90))}


@pytest.fixture
def truth(tmp_path: Path) -> Path:
    folder = tmp_path / "truth"
    for part in ("images", "instances"):
        (folder / part).mkdir(parents=True)
    for name, labels in TRUTH.items():
        pixels = np.where(labels > 0, 200, 40).astype(np.uint8)
        Image.fromarray(pixels).save(folder / "images" / f"{name}.png")
        Image.fromarray(labels.astype(np.uint16)).save(folder / "instances" / f"{name}.png")
    (folder / "folds.csv").write_text("name,fold\na,0\nb,1\n", encoding="utf-8")
    return folder


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["evaluate", *map(str, arguments)])
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err


def test_label_images_of_another_program(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found = tmp_path / "found"
    (found / "b").mkdir(parents=True)
    # One of three missed; the other image perfect, numbered otherwise, as 'measure' lays it down.
    tifffile.imwrite(found / "a.tif", np.where(TRUTH["a"] == 2, 0, TRUTH["a"]).astype(np.uint16))
    tifffile.imwrite(found / "b" / "labels.tif", (TRUTH["b"] * 7).astype(np.uint16))
    out = tmp_path / "out"
    status, printed, _ = run(capsys, truth, "--predictions", found, "-o", out)
    assert status == 0
    assert "recall at IoU 0.5           0.8000" in printed
    content = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert content["scores"]["recall"] == pytest.approx(4 / 5)
    assert content["scores"]["precision"] == 1
    assert "map_50" not in content["scores"]
    assert content["confusion"]["particles"]["counts"] == [[4, 1], [0, 0]]
    with (out / "scores.csv").open(newline="", encoding="utf-8") as stream:
        rows = list(csv.DictReader(stream))
    assert [(row["name"], row["fold"]) for row in rows] == [("a", "0"), ("b", "1")]
    assert float(rows[1]["panoptic_quality"]) == 1
    assert "| recall at IoU 0.5, pooled | 0.8000 |" in (out / "report.md").read_text(encoding="utf-8")
    for name in ("pixels", "particles"):
        with Image.open(out / f"confusion_{name}.png") as picture:
            assert picture.width > 900


def test_a_model_on_one_fold(truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    status, printed, _ = run(capsys, truth, "--model", "threshold", "--fold", 0, "-o", out)
    assert status == 0
    assert "F1 at IoU 0.5               1.0000" in printed
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))["scores"]
    assert (scores["images"], scores["truths"], scores["map_50"]) == (1, 3, 1)


def test_without_the_library_map_is_left_out_and_said(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nanocaliper.cli.evaluate.find_spec", lambda _: None)
    status, printed, error = run(capsys, truth, "--model", "threshold", "-o", tmp_path / "out")
    assert status == 0
    assert "mAP is left out" in error
    assert "mAP" not in printed


def test_a_missing_label_image_counts_as_nothing_found(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "found").mkdir()
    tifffile.imwrite(tmp_path / "found" / "a.tif", TRUTH["a"].astype(np.uint16))
    out = tmp_path / "out"
    status, printed, _ = run(capsys, truth, "--predictions", tmp_path / "found", "-o", out)
    assert status == 1
    assert "no label image for 'b'; expected one, such as b.tif" in printed
    assert json.loads((out / "scores.json").read_text(encoding="utf-8"))["scores"]["recall"] == pytest.approx(
        3 / 5
    )
    assert "## Images that failed" in (out / "report.md").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        ([], "neither --model nor --predictions"),
        (["--model", "threshold", "--predictions", "x"], "both --model and --predictions"),
        (["--predictions", "x"], "'x' is no folder"),
        (["--model", "threshold", "--fold", "7"], "There is no fold 7"),
        (["--model", "threshold", "--fold", "0", "--names", "x"], "both --names and --fold"),
        (["--model", "threshold", "--names", "x"], "The list of names 'x' cannot be read"),
        (["--model", "threshold", "--confidence", "2"], "Confidence 2 is outside 0 to 1"),
        (["--predictions", "x", "--confidence", "0.5"], "label images have no scores"),
        (["--model", "no_such"], "No model 'no_such'"),
    ],
)
def test_wrong_use_is_one_sentence(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], arguments: list[str], sentence: str
) -> None:
    status, _, error = run(capsys, truth, *arguments, "-o", tmp_path / "out")
    assert status == 2
    assert sentence in error
    assert error.count("\n") == 1
    assert not (tmp_path / "out").exists()


def test_bad_truth_is_one_sentence(truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    out = tmp_path / "out"
    for folder in (tmp_path / "none", tmp_path):
        status, _, error = run(capsys, folder / "x", "--model", "threshold", "-o", out)
        assert (status, error.count("\n")) == (2, 1)
    (truth / "folds.csv").write_text("image\na\n", encoding="utf-8")
    status, _, error = run(capsys, truth, "--model", "threshold", "-o", out)
    assert status == 2
    assert "expected a file of 'dataset split'" in error
    (truth / "folds.csv").unlink()
    status, _, error = run(capsys, truth, "--model", "threshold", "--fold", 0, "-o", out)
    assert status == 2
    assert "it has no splits.csv or folds.csv" in error
    (truth / "instances" / "a.png").unlink()
    status, _, error = run(capsys, truth, "--model", "threshold", "-o", out)
    assert status == 2
    assert "has no annotation" in error


def test_sizes_that_do_not_fit_are_refused(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "found").mkdir()
    for name in TRUTH:
        Image.fromarray(np.zeros((5, 6), np.uint16)).save(tmp_path / "found" / f"{name}.png")
    status, _, error = run(capsys, truth, "--predictions", tmp_path / "found", "-o", tmp_path / "out")
    assert status == 2
    assert "5 x 6 px of found ones" in error


def test_classes_of_a_model_are_compared_with_those_of_the_truth(tmp_path: Path) -> None:
    labels = TRUTH["a"]
    class_of = np.array([0, 0, 1, 1])
    shapes = ("sphere", "", "rod")
    candidates = Segmentation(labels, None, np.array([0.9, 0.8, 0.7], np.float32), "network", shapes=shapes)
    found = Found(labels, dict(zip((1, 2, 3), shapes, strict=True)), candidates)
    image = compare("a", None, labels, ("sphere", "rod"), class_of, found)
    assert image.confusion is not None
    # A sphere and a rod right, a rod not decided.
    assert image.confusion.counts.tolist() == [[1, 0, 0, 0], [0, 1, 1, 0], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert image.truth is not None
    assert image.found is not None
    precision = find_average_precision([image.truth], [image.found], ("sphere", "rod", "other"))
    assert precision.ap_50 == (1, pytest.approx(51 / 101), None)
    scores = write_evaluation([image], tmp_path, "a", {})
    assert scores["recall rod"] == 0.5
    assert scores["ap_50 rod"] == pytest.approx(51 / 101)
    assert "| rod | 1.0000 | 0.5000 |" in (tmp_path / "report.md").read_text(encoding="utf-8")
