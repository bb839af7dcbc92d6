"""Files of simulated micrographs."""

import json
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import tifffile
from PIL import Image

from nanocaliper.errors import OutputError, UsageError
from nanocaliper.synthesis.examples import EXAMPLE_SCENES, write_example_set
from nanocaliper.synthesis.scene import SceneOptions
from nanocaliper.synthesis.simulate import simulate
from nanocaliper.synthesis.truth import TRUTH_COLUMNS
from nanocaliper.synthesis.write import TRUTH_SCHEMA, write_set, write_simulated

COMMITTED = Path(__file__).resolve().parents[1] / "examples"


def read_bytes(folder: Path) -> dict[str, bytes]:
    return {p.name: p.read_bytes() for p in sorted(folder.iterdir())}


def test_set_holds_images_labels_tables_and_truth(tmp_path: Path) -> None:
    calls: list[tuple[int, int]] = []
    path = write_set(tmp_path / "a" / "b", 3, 7, shape=(200, 240), progress=lambda i, n: calls.append((i, n)))
    assert calls == [(1, 3), (2, 3), (3, 3)]
    truth = json.loads(path.read_text(encoding="utf-8"))
    assert (truth["schema"], truth["seed"], len(truth["images"])) == (TRUTH_SCHEMA, 7, 3)
    for number, entry in enumerate(truth["images"], start=1):
        assert entry["image"] == f"IMAGE_{number:04d}.png"
        image = np.asarray(Image.open(path.parent / entry["image"]))
        labels = np.asarray(Image.open(path.parent / entry["labels"]))
        table = pd.read_csv(path.parent / entry["particles_csv"])
        assert image.shape == labels.shape == (200, 240) == (entry["rows"], entry["cols"])
        assert len(table) == entry["particles"]
        assert set(np.unique(labels)) - {0} <= set(table["particle"])
        assert list(table.columns[: len(TRUTH_COLUMNS)]) == list(TRUTH_COLUMNS)
        expected = table["diameter_equivalent_px"] * entry["nm_per_px"]
        assert np.allclose(table["diameter_equivalent_nm"], expected, rtol=1e-5)


def test_sets_are_the_same_for_the_same_seed_and_grow_by_appending(tmp_path: Path) -> None:
    for name, count, seed in (("a", 2, 1), ("b", 2, 1), ("c", 3, 1), ("d", 2, 2)):
        write_set(tmp_path / name, count, seed, kind="TEM", shape=(128, 160))
    a, b, c, d = (read_bytes(tmp_path / name) for name in "abcd")
    assert a == b
    assert all(c[name] == data for name, data in a.items() if name != "truth.json")
    assert a["IMAGE_0001.png"] != d["IMAGE_0001.png"]


def test_scene_without_scale_has_no_nanometres(tmp_path: Path) -> None:
    simulated = simulate(SceneOptions(nm_per_px=None, count=5), np.random.default_rng(0))
    entry = write_simulated(simulated, tmp_path, "x")
    assert entry["nm_per_px"] is None
    assert not [c for c in pd.read_csv(tmp_path / "x.truth.csv").columns if c.endswith(("_nm", "_nm2"))]


@pytest.mark.parametrize(
    ("options", "word"),
    [({"count": 0}, "1 or more"), ({"seed": -1}, "0 or more"), ({"kind": "AFM"}, "'SEM', 'TEM'")],
)
def test_senseless_sets_are_refused(tmp_path: Path, options: dict[str, object], word: str) -> None:
    with pytest.raises(UsageError, match=word):
        write_set(**({"folder": tmp_path / "no", "count": 1, "seed": 0} | options))  # type: ignore[arg-type]
    assert not (tmp_path / "no").exists()


def test_folder_that_is_a_file_is_told(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    with pytest.raises(OutputError, match="Choose a folder"):
        write_set(tmp_path / "file", 1, 0, shape=(128, 128))


def test_examples_are_small_and_have_round_bars(tmp_path: Path) -> None:
    path = write_example_set(tmp_path)
    entries = json.loads(path.read_text(encoding="utf-8"))["images"]
    assert len(entries) == len(EXAMPLE_SCENES) >= 4
    assert {e["kind"] for e in entries} == {"SEM", "TEM"}
    assert {e["bits"] for e in entries} == {8, 16}
    for entry in entries:
        assert all(
            (tmp_path / entry[k]).stat().st_size <= 400_000 for k in ("image", "labels", "particles_csv")
        )
        bar = entry["scale_bar"]
        top, left, bottom, right = bar["label_box"]
        assert bottom - top >= 18
        assert min(top, left, entry["rows"] - bottom, entry["cols"] - right) >= 4
        assert bar["length_px"] == pytest.approx(round(bar["length_px"]))
        assert entry["particles"] >= 20
    deep = next(e for e in entries if e["bits"] == 16)
    assert tifffile.imread(tmp_path / deep["image"]).dtype == np.uint16
    assert {e["scale_bar"]["text"] for e in entries} >= {"100 nm", "0.5 µm", "1 µm"}


def test_committed_examples_are_what_the_code_makes() -> None:
    truth = json.loads((COMMITTED / "truth.json").read_text(encoding="utf-8"))
    assert [e["image"].rsplit(".", 1)[0] for e in truth["images"]] == list(EXAMPLE_SCENES)
    for n, (name, scene) in enumerate(EXAMPLE_SCENES.items()):
        simulated = simulate(scene, np.random.default_rng([truth["seed"], n]))
        committed = pd.read_csv(COMMITTED / f"{name}.truth.csv")
        assert len(committed) == len(simulated.particles)
        assert np.allclose(committed["area_px"], simulated.particles["area_px"], rtol=1e-4)
        labels = np.asarray(Image.open(COMMITTED / f"{name}.labels.png"))
        # Elementary functions may differ in the last digit between platforms; outlines may not.
        assert np.mean(labels != simulated.labels) < 1e-3
