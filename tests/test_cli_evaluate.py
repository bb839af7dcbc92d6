"""``nanocaliper evaluate``: files written, scores right, bad input refused in one sentence."""

import csv
import json
from pathlib import Path

import numpy as np
import pytest
import tifffile
from PIL import Image
from scipy.stats import rankdata

from nanocaliper.cli import main
from nanocaliper.cli.found_particles import Finder, Found, by_fold, compare
from nanocaliper.cli.scored_images import TrueImages, open_truth
from nanocaliper.cli.seen_images import find_fold_models
from nanocaliper.errors import UsageError
from nanocaliper.evaluation.average_precision import find_average_precision
from nanocaliper.evaluation.score_table import pool_scores
from nanocaliper.inference.catalogue import find_model
from nanocaliper.micrograph.read import read
from nanocaliper.report.evaluation_folder import write_evaluation
from nanocaliper.segmentation.segment import segment
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


def test_labels_of_another_size_cost_only_their_image(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "found").mkdir()
    Image.fromarray(np.zeros((5, 6), np.uint16)).save(tmp_path / "found" / "a.png")
    tifffile.imwrite(tmp_path / "found" / "b.tif", TRUTH["b"].astype(np.uint16))
    out = tmp_path / "out"
    status, printed, error = run(capsys, truth, "--predictions", tmp_path / "found", "-o", out)
    assert status == 1
    assert "a: The found labels are of 5 x 6 px and the true ones of 96 x 128" in printed
    assert "[1/2] a: failed" in error
    scores = json.loads((out / "scores.json").read_text(encoding="utf-8"))["scores"]
    # Of five particles the two of the other image are found.
    assert (scores["recall"], scores["precision"]) == (pytest.approx(2 / 5), 1)


def test_true_labels_that_cannot_be_read_cost_only_their_image(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (truth / "instances" / "a.png").write_bytes(b"no picture")
    out = tmp_path / "out"
    status, printed, _ = run(capsys, truth, "--predictions", truth / "instances", "-o", out)
    assert status == 1
    assert "a: 'instances/a.png' cannot be read" in printed
    content = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert (content["scores"]["images"], list(content["unscored"])) == (1, ["a"])
    assert "## Images without a score" in (out / "report.md").read_text(encoding="utf-8")
    (truth / "instances" / "b.png").write_bytes(b"no picture")
    status, _, error = run(capsys, truth, "--predictions", truth / "instances", "-o", out)
    assert status == 2
    assert error.splitlines()[-1].startswith("Error: 'instances/a.png' cannot be read")


@pytest.fixture
def found(tmp_path: Path) -> Path:
    """One of three particles of a missed, both of b found."""
    folder = tmp_path / "found"
    folder.mkdir()
    tifffile.imwrite(folder / "a.tif", np.where(TRUTH["a"] == 2, 0, TRUTH["a"]).astype(np.uint16))
    tifffile.imwrite(folder / "b.tif", TRUTH["b"].astype(np.uint16))
    return folder


def test_scores_pooled_and_over_folds(
    truth: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    status, printed, _ = run(capsys, truth, "--predictions", found, "-o", out)
    assert status == 0
    # Recall 2/3 and 1: mean 5/6, standard deviation (n - 1) 1/3 / sqrt 2.
    assert "pooled    mean ± SD of 2 folds" in printed
    assert "recall at IoU 0.5           0.8000    0.8333 ± 0.2357" in printed
    content = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert content["folds"]["scores"]["0"]["recall"] == pytest.approx(2 / 3)
    assert content["folds"]["summary"]["recall"] == {
        "mean": pytest.approx(5 / 6),
        "sd": pytest.approx(1 / 3 / 2**0.5),
        "folds": 2,
    }
    page = (out / "report.md").read_text(encoding="utf-8")
    assert "| score | fold 0 | fold 1 | mean ± SD of 2 |" in page
    assert "| recall | 0.6667 | 1.0000 | 0.8333 ± 0.2357 |" in page


def test_folds_of_another_file_and_parts_that_are_no_folds(
    truth: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def evaluate(*arguments: object) -> tuple[object, str, str]:
        return run(capsys, truth, "--predictions", found, "-o", tmp_path / "out", *arguments)

    (truth / "splits.csv").write_text("name,split\na,train\nb,test\n", encoding="utf-8")
    assert "mean ± SD of 2 folds" in evaluate()[1]  # folds.csv has folds, splits.csv has none
    assert "recall at IoU 0.5           0.6667\n" in evaluate("--fold", "train")[1]
    assert "recall at IoU 0.5           1.0000\n" in evaluate("--fold", 1)[1]
    (truth / "folds.csv").unlink()
    assert "mean ± SD" not in evaluate()[1]
    own = tmp_path / "own.csv"
    own.write_text("name,fold\na,x\nb,y\n", encoding="utf-8")
    assert "mean ± SD of 2 folds" in evaluate("--folds", own)[1]
    assert "recall at IoU 0.5           1.0000\n" in evaluate("--folds", own, "--fold", "y")[1]
    own.write_text("name,split\na,train\nb,test\n", encoding="utf-8")
    assert "has no two folds of these images, but test, train: no mean" in evaluate("--folds", own)[2]
    own.write_text("name,fold\nc,x\nd,y\n", encoding="utf-8")
    status, _, error = evaluate("--folds", own)
    assert (status, error.count("\n")) == (2, 1)
    assert "names no image of" in error
    status, _, error = evaluate("--folds", tmp_path / "none.csv")
    assert (status, error.count("\n")) == (2, 1)


def test_images_in_no_fold_are_counted(
    truth: Path, found: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    for part in ("images", "instances"):
        (truth / part / "c.png").write_bytes((truth / part / "b.png").read_bytes())
    tifffile.imwrite(found / "c.tif", TRUTH["b"].astype(np.uint16))
    status, printed, error = run(capsys, truth, "--predictions", found, "-o", tmp_path / "out")
    assert status == 0
    assert "Images in no fold, which count in the pooled scores only: 1." in error
    # Six of seven pooled; the mean over the folds is that without the image.
    assert "recall at IoU 0.5           0.8571    0.8333 ± 0.2357" in printed


def test_probability_of_pixels_gives_the_area_under_the_curve(
    truth: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "out"
    status, printed, error = run(capsys, truth, "--model", "crcra_unet", "-o", out)
    assert status == 0
    assert "training held out fold 0 alone, and 1 of the 2 images are of other folds" in error
    content = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert "too good" in content["warnings"][0]
    levels = {
        name: segment(read(truth / "images" / f"{name}.png"), model="crcra_unet").level for name in TRUTH
    }

    def find_auc(names: str) -> float:
        values = np.concatenate([np.ravel(levels[name]) for name in names]).astype(float)
        inside = np.concatenate([np.ravel(TRUTH[name] > 0) for name in names])
        # Mann and Whitney: the sum of the ranks of the particles' pixels.
        ranks = rankdata(values)[inside]
        return (ranks.sum() - inside.sum() * (inside.sum() + 1) / 2) / (inside.sum() * (~inside).sum())

    assert content["scores"]["auc_roc"] == pytest.approx(find_auc("ab"), abs=1e-12)
    assert content["folds"]["scores"]["1"]["auc_roc"] == pytest.approx(find_auc("b"), abs=1e-12)
    assert f"pixel AUC-ROC               {find_auc('ab'):.4f}" in printed
    assert "too good" not in run(capsys, truth, "--model", "crcra_unet", "--fold", 0, "-o", out)[2]


def test_an_image_that_fails_counts_in_all_scores() -> None:
    finder = Finder(lambda *_: pytest.fail("not asked"), gives_scores=True, gives_level=True)
    nothing = finder.find_nothing((96, 128))
    assert nothing.level is not None
    assert (nothing.labels.any(), nothing.level.any()) == (False, False)
    image = compare("a", None, TRUTH["a"], ("particle",), np.zeros(4, int), nothing)
    right = Segmentation(TRUTH["b"], None, np.array([0.9, 0.8], np.float32), "network")
    other = compare("b", None, TRUTH["b"], ("particle",), np.zeros(3, int), Found(TRUTH["b"], None, right))
    # Two of five particles found, both right: precision 1 up to a recall of 0.4, that is at 41 of 101 recalls.
    assert pool_scores([image, other])["map_50"] == pytest.approx(41 / 101)


def test_a_model_for_each_fold(truth: Path, tmp_path: Path) -> None:
    images = open_truth(truth, None, None, None)
    card = (find_model("crcra_unet").folder / "card.toml").read_text(encoding="utf-8")
    models = {fold: tmp_path / "models" / f"fold{fold}" for fold in "01"}
    for fold, folder in models.items():
        folder.mkdir(parents=True)
        text = card.replace("held_out_fold = 0", f"held_out_fold = {fold}")
        (folder / "card.toml").write_text(text, encoding="utf-8")
    found = find_fold_models(str(tmp_path / "models"), images)
    assert found == {fold: str(folder) for fold, folder in models.items()}
    assert find_fold_models("crcra_unet", images) == {}
    finders = {
        fold: Finder(lambda *_, label=label: Found(np.full((1, 1), label)))
        for fold, label in (("0", 5), ("1", 6))
    }
    finder = by_fold(finders, images.fold_of)
    assert [int(finder.find(name, Path()).labels[0, 0]) for name in "ab"] == [5, 6]
    (models["1"] / "card.toml").write_text(card, encoding="utf-8")
    with pytest.raises(UsageError, match=r"has 0 as training.held_out_fold; expected 1"):
        find_fold_models(str(tmp_path / "models"), images)
    (models["1"] / "card.toml").unlink()
    with pytest.raises(UsageError, match=r"There is no model .*fold1"):
        find_fold_models(str(tmp_path / "models"), images)
    with pytest.raises(UsageError, match=r"the image 'a' is in none"):
        find_fold_models(str(tmp_path / "models"), TrueImages(images.folder, {}))


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
    assert (scores["recall other"], scores["ap_50 other"]) == (0, None)
    assert "| rod | 1.0000 | 0.5000 |" in (tmp_path / "report.md").read_text(encoding="utf-8")
