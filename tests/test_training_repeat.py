"""A run's folder holds what repeats the run, wherever one stands and however folders are named."""

import dataclasses
import os
import shutil
import tomllib
from pathlib import Path

import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from nanocaliper.cli import main
from nanocaliper.errors import UsageError
from nanocaliper.training import protocols
from nanocaliper.training.experiment import list_tables, make_experiment, read_experiment, vary
from nanocaliper.training.experiment_file import place_paths, resolve_paths, write_experiment
from nanocaliper.training.experiment_settings import Experiment
from nanocaliper.training.preparation import open_data
from nanocaliper.training.protocols import plan_runs, train_runs
from nanocaliper.training.run_folder import LAST, check_resumable, record_run
from tiny_training import weights_of, write_images

CONFIG = """# What a person wrote.
[data]
folder = "../data"
split = "mine.csv"
side = 32
simulated = "../simulated"
simulated_share = 0.5
[network]
name = "residualformer"
common_width = 4
start = "../first/best.ckpt"
[training]
loss = "dice"
epochs = 1
batch = 2
accelerator = "cpu"
[augmentation]
name = "residualformer"
flip_rows = 0.25
[[ablation]]
name = "wide"
network.common_width = 8
[[ablation]]
name = "other"
network.start = "../second"
data.folder = "../data"
"""


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A person's folder: data, simulated images, trained weights, settings."""
    tree = tmp_path / "tree"
    write_images(tree / "data")
    write_images(tree / "simulated", 2)
    rows = [f"image{k},{'validation' if k == 5 else 'train'}\n" for k in range(6)]
    (tree / "data" / "mine.csv").write_text("name,split\n" + "".join(rows), encoding="utf-8")
    torch.manual_seed(5)
    for name in ("first", "second"):
        (tree / name).mkdir()
        network = protocols.build_network(
            experiment_of(tree / "data"), open_data(experiment_of(tree / "data").data, True)
        )
        torch.save({"state_dict": network.state_dict()}, tree / name / "best.ckpt")
    (tree / "settings").mkdir()
    (tree / "settings" / "small.toml").write_text(CONFIG, encoding="utf-8")
    return tree


@pytest.fixture
def no_training(monkeypatch: pytest.MonkeyPatch) -> None:
    """Runs that are written down and not trained."""
    monkeypatch.setattr(protocols, "run_training", lambda *_, **__: None)
    monkeypatch.setattr(protocols, "score_held_out", lambda *_: ([], None))


def experiment_of(data: Path) -> Experiment:
    return make_experiment(
        {
            "data": {"folder": str(data), "side": 32},
            "network": {"name": "residualformer", "common_width": 4},
            "training": {"loss": "dice", "epochs": 1, "batch": 2, "accelerator": "cpu"},
        }
    )


def train(*arguments: object) -> object:
    with pytest.raises(SystemExit) as end:
        main(["train", *map(str, arguments)])
    return end.value.code


def same(first: Experiment, second: Experiment) -> bool:
    one, other = (resolve_paths(list_tables(one), Path()) for one in (first, second))
    return one == other


TEXTS = st.text(st.characters(exclude_categories=("Cs",)), min_size=1)


@given(st.lists(TEXTS, min_size=1, unique=True), st.floats(1e-9, 10), st.booleans(), TEXTS)
def test_what_is_written_is_read_again(
    tmp_path_factory: pytest.TempPathFactory, classes: list[str], rate: float, crcra: bool, ablation: str
) -> None:
    path = tmp_path_factory.mktemp("written") / "experiment.toml"
    content = {
        "data": {"folder": str(path.parent / "images"), "classes": classes, "validation_share": 0.0},
        "network": {"name": "x", "crcra": crcra, "two words": 3, "range": [0.5, 2.0]},
        "training": {"rate": rate},
        "ablation": [{"name": ablation, "network": {"crcra": not crcra}, "data": {"classes": classes[:1]}}],
    }
    experiment = make_experiment(content)
    write_experiment(experiment, path)
    assert same(read_experiment(path), experiment)
    assert read_experiment(path).ablations == experiment.ablations


def test_paths_are_relative_in_one_tree_and_absolute_beyond_it(tmp_path: Path) -> None:
    tables = {
        "data": {"folder": str(tmp_path / "data"), "simulated": ""},
        "network": {"start": "/elsewhere/run"},
    }
    placed = place_paths(tables, tmp_path / "runs" / "first")
    assert placed["data"] == {"folder": "../../data", "simulated": ""}
    assert Path(placed["network"]["start"]) == Path("/elsewhere/run").resolve()
    # Up from a folder that was reached by a link leads out of where the link leads to.
    (tmp_path / "deep" / "runs").mkdir(parents=True)
    try:
        (tmp_path / "link").symlink_to(tmp_path / "deep" / "runs", target_is_directory=True)
    except OSError:
        pytest.skip("this system lets nobody make links")
    assert place_paths(tables, tmp_path / "link")["data"]["folder"] == "../../data"


def test_a_run_is_repeated_from_its_folder_also_when_all_was_moved(
    tree: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nanocaliper.training.curves.draw_curves", lambda *_: None)
    monkeypatch.setattr("nanocaliper.cli.train._report", lambda *_: {})
    monkeypatch.chdir(tree)
    assert train("settings/small.toml", "--run", "runs/first") == 0
    written = (tree / "runs" / "first" / "experiment.toml").read_text(encoding="utf-8")
    assert 'folder = "../../data"' in written
    assert 'start = "../../first/best.ckpt"' in written
    assert str(tmp_path) not in written
    monkeypatch.chdir(tmp_path)
    tree.rename(tmp_path / "moved")
    moved = tmp_path / "moved" / "runs" / "first"
    assert train(moved / "experiment.toml", "--run", "again") == 0
    first, second = weights_of(moved), weights_of(tmp_path / "again")
    assert first.keys() == second.keys()
    assert all(torch.equal(first[key], second[key]) for key in first)
    # It goes on in its new place as well, from the old settings or its own.
    for config in ("settings/small.toml", "runs/first/experiment.toml"):
        assert train(tmp_path / "moved" / config, "--run", moved, "--resume") == 0


@pytest.mark.usefixtures("no_training")
def test_each_variant_has_the_settings_that_repeat_it(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    experiment = read_experiment(Path("settings", "small.toml"))
    runs = plan_runs(experiment, ablations=True)
    train_runs(runs, tree / "runs", lambda *_: {}, experiment=experiment)
    monkeypatch.chdir(tree.parent)
    by_name = {one.name: read_experiment(tree / "runs" / one.name / "experiment.toml") for one in runs}
    assert {name: one.network.options["common_width"] for name, one in by_name.items()} == {
        "full": 4,
        "wide": 8,
        "other": 4,
    }
    assert Path(by_name["other"].network.start).resolve() == tree / "second"
    assert all(one.ablations == () for one in by_name.values())
    for name, one in by_name.items():
        (again,) = plan_runs(one)
        (parts,) = (run.parts for run in runs if run.name == name)
        assert again.parts == parts
    together = read_experiment(tree / "runs" / "experiment.toml")
    assert [one.name for one in plan_runs(together, ablations=True)] == ["full", "wide", "other"]
    with pytest.raises(UsageError, match="ablation"):
        plan_runs(by_name["wide"], ablations=True)


@pytest.mark.usefixtures("no_training")
def test_the_file_says_how_a_fold_is_repeated(tree: Path) -> None:
    experiment = vary(experiment_of(tree / "data"), {"data.folds": 3})
    train_runs(plan_runs(experiment, "1"), tree / "runs", lambda *_: {}, experiment=experiment)
    for path in (tree / "runs", tree / "runs" / "fold1"):
        text = (path / "experiment.toml").read_text(encoding="utf-8")
        assert "# The same again: nanocaliper train experiment.toml --fold 1 --run FOLDER\n" in text
        assert same(read_experiment(path / "experiment.toml"), experiment)


@pytest.mark.usefixtures("no_training")
def test_a_persons_own_file_in_the_folder_is_left_as_it_is(tree: Path) -> None:
    config = tree / "settings" / "experiment.toml"
    shutil.copyfile(tree / "settings" / "small.toml", config)
    experiment = read_experiment(config)
    train_runs(plan_runs(experiment), config.parent, lambda *_: {}, experiment=experiment)
    assert config.read_text(encoding="utf-8") == CONFIG
    # With all its ablations as well, from wherever it is named.
    shutil.copyfile(config, tree / "experiment.toml")
    (tree / "experiment.toml").write_text(CONFIG.replace("../", ""), encoding="utf-8")
    experiment = read_experiment(tree / "settings" / ".." / "experiment.toml")
    train_runs(plan_runs(experiment, ablations=True), tree, lambda *_: {}, experiment=experiment)
    assert (tree / "experiment.toml").read_text(encoding="utf-8").startswith("# What a person wrote.")
    # One that says anything else gives way to what was trained.
    other = vary(experiment, {"training.epochs": 3})
    train_runs(plan_runs(other), config.parent, lambda *_: {}, experiment=other)
    assert tomllib.loads(config.read_text(encoding="utf-8"))["training"]["epochs"] == 3


def test_a_run_goes_on_however_its_folders_are_named(tree: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tree)
    experiment = read_experiment(Path("settings", "small.toml"))
    images = open_data(experiment.data, True)
    parts = {"train": ["image0"]}
    record_run(Path("run"), experiment, parts, images.folder)
    Path("run", LAST).touch()

    def check(experiment: Experiment, run: Path = tree / "run") -> None:
        check_resumable(run, experiment, parts, images.folder, True)

    images = open_data(read_experiment(tree / "settings" / "small.toml").data, True)
    check(read_experiment(tree / "settings" / "small.toml"))
    monkeypatch.chdir(tree / "data")
    check(read_experiment(Path("..", "settings", "small.toml")))
    check(read_experiment(Path("..", "run", "..", "settings", "small.toml")), Path("..", "run"))
    check(vary(experiment, {"data.folder": ".", "data.split": "./mine.csv", "data.simulated": "../simulated",
                            "network.start": os.fspath(tree / "first" / "best.ckpt")}))  # fmt: skip
    split = str(tree / "data" / "mine.csv")
    check(vary(read_experiment(tree / "settings" / "small.toml"), {"data.split": split}))
    with pytest.raises(
        UsageError,
        match=r"was begun with start = '\.\./first/best\.ckpt' in \[network\], now it is '.*second'",
    ):
        check(
            vary(read_experiment(tree / "settings" / "small.toml"), {"network.start": str(tree / "second")})
        )
    try:
        (tree / "link").symlink_to(tree / "data", target_is_directory=True)
    except OSError:
        pytest.skip("this system lets nobody make links")
    check(vary(read_experiment(tree / "settings" / "small.toml"), {"data.folder": str(tree / "link")}))


def test_a_run_of_an_older_version_goes_on_from_where_it_was_begun(
    tree: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tree)
    experiment = experiment_of(Path("data"))
    images = open_data(experiment.data, True)
    record_run(Path("runs", "old"), experiment, {}, images.folder)
    settings = Path("runs", "old", "settings.json")
    # Paths were written as they were given: relative to the working folder.
    text = settings.read_text(encoding="utf-8")
    assert '"../../data"' in text
    settings.write_text(text.replace('"../../data"', '"data"'), encoding="utf-8")
    Path("runs", "old", LAST).touch()
    check_resumable(Path("runs", "old"), experiment, {}, images.folder, True)
    other = dataclasses.replace(
        experiment, data=dataclasses.replace(experiment.data, folder=Path("simulated"))
    )
    with pytest.raises(UsageError, match="begun with folder = 'data'"):
        check_resumable(Path("runs", "old"), other, {}, images.folder, True)
