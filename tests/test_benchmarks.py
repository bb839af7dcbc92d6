"""The benchmarks of accuracy: tables on the page, networks on held-out folds, faults, probabilities."""

import json
import shutil
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from data_sets import write_folds
from nanocaliper.inference.catalogue import find_model
from nanocaliper.synthesis.scene import SceneOptions
from nanocaliper.synthesis.simulate import simulate

BENCHMARKS = Path(__file__).resolve().parents[1] / "benchmarks"


@pytest.fixture(autouse=True)
def _find_benchmarks(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(BENCHMARKS)


def run(script: str, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(BENCHMARKS / script), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=600)


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A folder as that of EMPS: one simulated image in each of two folds."""
    made = [
        simulate(SceneOptions(shape=(256, 320), count=15), np.random.default_rng(fold)) for fold in range(2)
    ]
    return write_folds(
        tmp_path / "data", [(one.pixels, one.labels, fold, "10.1/article") for fold, one in enumerate(made)]
    )


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """The shipped network, as if it had not seen fold 0."""
    like = find_model("particle_unet")
    folder = tmp_path / "models" / "fold0"
    shutil.copytree(like.folder, folder)
    card = (folder / "card.toml").read_text(encoding="utf-8")
    text = card.replace("[training]\n", "[training]\nheld_out_fold = 0\n")
    (folder / "card.toml").write_text(text, encoding="utf-8")
    return folder.parent


def test_the_page_shows_what_the_benchmarks_measured() -> None:
    done = run("accuracy_page.py", "--check")
    assert done.returncode == 0, done.stderr


def test_broad_sizes_scores_what_is_found(tmp_path: Path) -> None:
    done = run("broad_sizes.py", "--count", "1", "--seed", "6200", "-o", str(tmp_path / "out"))
    assert done.returncode == 0, done.stderr
    scores = json.loads((tmp_path / "out" / "scores.json").read_text(encoding="utf-8"))
    rows = scores["tables"]["sizes"]["rows"]
    assert [row[0] for row in rows][::6] == ["6 to 9", "150 and more"]
    assert 0 <= scores["figures"]["false"] < scores["figures"]["found"]
    middle = rows[4]
    assert float(middle[2].split()[0]) > 80


def test_a_run_replaces_its_table_and_nothing_else(tmp_path: Path) -> None:
    import accuracy_page
    from result_tables import Table, write_run

    write_run(tmp_path / "run", "some", {"seed": 1}, {"all": Table(["", "AP50"], [["a", "0.5"]])}, {})
    (tmp_path / "docs" / "images").mkdir(parents=True)
    accuracy_page.take(tmp_path / "run", tmp_path / "docs")
    page = "Before.\n\n<!-- table: some/all -->\nold | 7\n<!-- end of table -->\n\nAfter 7.\n"
    filled = accuracy_page.fill(page, tmp_path / "docs" / "accuracy")
    assert filled == (
        "Before.\n\n<!-- table: some/all -->\n\n|  | AP50 |\n|---|---:|\n| a | 0.5 |\n\n<!-- end of table -->\n\n"
        "After 7.\n"
    )
    assert accuracy_page.fill(filled, tmp_path / "docs" / "accuracy") == filled


def test_a_network_is_refused_on_a_fold_that_its_card_does_not_hold_out(data: Path, models: Path) -> None:
    (models / "fold0").rename(models / "fold1")
    done = run("emps_folds.py", str(data), "--models", str(models), "-o", str(models / "out"))
    assert done.returncode == 2
    assert "held_out_fold" in done.stdout
    assert not (models / "out").exists()
    (models / "fold1").rename(models / "fold0")
    shutil.copytree(models / "fold0", models / "other")
    card = models / "other" / "card.toml"
    text = card.read_text(encoding="utf-8")
    card.write_text(text.replace("held_out_fold = 0", "held_out_fold = 1"), encoding="utf-8")
    also = ["--also", str(models / "other")]
    done = run("emps_folds.py", str(data), "--models", str(models), *also, "-o", str(models / "out"))
    assert done.returncode == 2
    assert "did not see fold 1" in done.stdout


@pytest.mark.slow
def test_folds_without_a_network_are_left_out_and_said(data: Path, models: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    done = run("emps_folds.py", str(data), "--models", str(models), "-o", str(out))
    assert done.returncode == 0, done.stdout + done.stderr
    content = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    assert (content["settings"]["folds"], content["settings"]["of_folds"]) == ([0], [0, 1])
    assert set(content["figures"]) == {"fold networks", "threshold"}
    assert content["figures"]["fold networks"]["AP50, pooled"] > 0.9
    assert str(tmp_path) not in json.dumps(content)
    assert len((out / "images.csv").read_text(encoding="utf-8").splitlines()) == 2
    with Image.open(out / "worst.png") as sheet:
        assert sheet.width > 900


@pytest.mark.slow
def test_outlines_of_folds_and_simulated_images_are_compared(
    data: Path, models: Path, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    done = run(
        "outline_uncertainty.py", str(data), "--models", str(models), "--simulated", "1", "-o", str(out)
    )
    assert done.returncode == 0, done.stdout + done.stderr
    content = json.loads((out / "scores.json").read_text(encoding="utf-8"))
    rows = {row[0]: row for row in content["tables"]["groups"]["rows"]}
    assert set(rows) == {"fold 0", "all folds", "simulated"}
    assert int(rows["simulated"][1]) > 0
    assert content["figures"]["outline_uncertainty"] > 0


def test_the_share_covers_95_of_100() -> None:
    from outline_uncertainty import cover, fit_share

    rng = np.random.default_rng(0)
    softness = rng.uniform(2, 8, 20_000)
    error = rng.normal(0, 0.2 * softness)
    share = fit_share(error, softness)
    assert share == pytest.approx(0.2, rel=0.03)
    within = [float(text.removesuffix(" %")) for text in cover(error, share * softness)]
    assert within == pytest.approx([68.3, 95.4], abs=1.0)


def test_every_fault_grows_with_its_degree_and_leaves_the_particles_where_they_are() -> None:
    from faults import FAULTS, change_pixels

    for kind in ("SEM", "TEM"):
        scene = SceneOptions(kind=kind, shape=(128, 160), count=6, diameter_px=30)
        plain = simulate(scene, np.random.default_rng(1))
        for fault in FAULTS:
            if kind not in fault.kinds:
                continue
            changes = []
            for degree in fault.degrees:
                pixels = change_pixels(plain.pixels, plain.labels, fault, degree, np.random.default_rng(2))
                changes.append(float(np.abs(pixels.astype(float) - plain.pixels).mean()))
                if fault.of_scene is not None:
                    made = simulate(fault.of_scene(scene, degree), np.random.default_rng(1))
                    np.testing.assert_array_equal(made.labels, plain.labels)
            assert changes[0] > 0
            assert changes == sorted(changes), fault.name


def test_lost_contrast_is_lost_between_particles_and_ground() -> None:
    from faults import FAULTS

    (fault,) = (fault for fault in FAULTS if fault.name == "low contrast")
    assert fault.of_scene is not None
    for kind in ("SEM", "TEM"):
        scene = SceneOptions(kind=kind, shape=(256, 320), count=12, diameter_px=40)
        scene = replace(scene, sem=replace(scene.sem, shadow=0.0, gradient=0.0))
        differences = []
        for degree in (0.0, 0.5, 0.94):
            made = simulate(fault.of_scene(scene, degree), np.random.default_rng(1))
            inside = made.labels > 0
            differences.append(abs(float(made.pixels[inside].mean()) - float(made.pixels[~inside].mean())))
        assert differences[0] > differences[1] > differences[2]


def test_isotonic_steps_are_those_of_the_min_max_formula() -> None:
    from score_calibration import fit_isotonic

    rng = np.random.default_rng(5)
    score = rng.random(40)
    right = rng.random(40) < score**2
    x, y = fit_isotonic(score, right)
    assert (np.diff(x) > 0).all()
    answer = right[np.argsort(score)].astype(float)
    # R. E. Barlow et al., 1972: the largest over starts of the smallest over ends of the mean between.
    expected = [
        max(min(answer[a : b + 1].mean() for b in range(i, 40)) for a in range(i + 1)) for i in range(40)
    ]
    assert np.unique(np.round(expected, 9)) == pytest.approx(y)


def test_figures_of_a_map_are_those_counted_by_hand() -> None:
    from score_calibration import rate

    stated = np.array([0.05, 0.15, 0.65, 0.95])
    right = np.array([False, True, False, True])
    figures = rate(stated, right, truths=3, threshold=0.5)
    assert figures["ece"] == pytest.approx((0.05 + 0.85 + 0.65 + 0.05) / 4)
    assert figures["brier"] == pytest.approx((0.05**2 + 0.85**2 + 0.65**2 + 0.05**2) / 4)
    # Of the four pairs of a right and a wrong one, only 0.15 against 0.65 is the wrong way round.
    assert figures["auc"] == pytest.approx(3 / 4)
    assert (figures["precision"], figures["recall"], figures["ap50"]) == pytest.approx((1 / 2, 1 / 3, 1 / 4))


@pytest.mark.slow
def test_speed_measures_what_it_says(tmp_path: Path) -> None:
    done = run("speed.py", "--repeats", "1", "--large", "1200", "-o", str(tmp_path))
    assert done.returncode == 0, done.stderr
    costs = json.loads((tmp_path / "scores.json").read_text(encoding="utf-8"))["figures"]["costs"]
    assert [(one["cols"], one["rows"], one["diameter_px"]) for one in costs] == [
        (1024, 768, 40.0),
        (1024, 768, 16.0),
        (1200, 1200, 40.0),
    ]
    for one in costs:
        assert 0 < one["bar_seconds"] + one["segmentation_seconds"] < one["seconds"] < one["command_seconds"]
        assert 100 < one["peak_mb"] < 4000
        assert one["particles"] > 50
