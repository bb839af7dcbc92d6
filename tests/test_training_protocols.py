"""Protocols: parts, folds, ablations, and the command that trains them."""

import dataclasses
import json
import re
from pathlib import Path

import numpy as np
import pytest
import torch

from nanocaliper.cli import main
from nanocaliper.errors import NanocaliperError, UsageError
from nanocaliper.training.experiment import make_experiment, vary
from nanocaliper.training.experiment_settings import Experiment, NetworkSettings
from nanocaliper.training.networks.catalogue import build
from nanocaliper.training.networks.mobilenet_v2 import MobileNetV2
from nanocaliper.training.preparation import build_network, find_parts, make_augmentation, open_data
from nanocaliper.training.protocols import plan_runs, write_summary
from nanocaliper.training.run_folder import LAST, check_resumable, record_run
from tiny_training import make_sample, write_images


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_images(tmp_path / "data")
    return tmp_path / "data"


def experiment_of(data: Path, **changes: object) -> Experiment:
    content = {
        "data": {"folder": str(data), "side": 32, "ratio": "4:1:1"},
        "network": {"name": "residualformer", "common_width": 4},
        "training": {"loss": "dice", "epochs": 1, "batch": 2, "accelerator": "cpu"},
        "augmentation": {"name": "residualformer"},
    }
    return vary(make_experiment(content), {name.replace("__", "."): value for name, value in changes.items()})


def run(capsys: pytest.CaptureFixture[str], *arguments: object) -> tuple[object, str, str]:
    with pytest.raises(SystemExit) as end:
        main(["train", *map(str, arguments)])
    printed = capsys.readouterr()
    return end.value.code, printed.out, printed.err


def test_images_are_dealt_by_ratio_by_file_and_into_folds(data: Path) -> None:
    experiment = experiment_of(data)
    images = open_data(experiment.data, True)
    assert images.classes == ("particle",)
    (parts,) = find_parts(experiment.data, images).values()
    assert [len(parts[part]) for part in ("train", "validation", "test")] == [4, 1, 1]
    folds = find_parts(experiment_of(data, data__folds=3, data__validation_share=0.25).data, images)
    assert list(folds) == ["0", "1", "2"]
    assert sorted(name for parts in folds.values() for name in parts["test"]) == [
        f"image{k}" for k in range(6)
    ]
    for parts in folds.values():
        together = [name for names in parts.values() for name in names]
        assert sorted(together) == [f"image{k}" for k in range(6)]
        assert len(parts["validation"]) == 1
    (data / "mine.csv").write_text(
        "name,split\n" + "".join(f"image{k},{'test' if k == 3 else 'train'}\n" for k in range(6)),
        encoding="utf-8",
    )
    (parts,) = find_parts(experiment_of(data, data__split="mine.csv").data, images).values()
    assert parts["test"] == ["image3"]
    assert parts["validation"] == []


@pytest.mark.parametrize(
    ("rows", "sentence"),
    [
        ("image0,train\n", "names no part for the image 'image1'"),
        ("", "no columns"),
        ("all,left", "the part 'left'"),
    ],
)
def test_splits_that_make_no_sense_are_refused(data: Path, rows: str, sentence: str) -> None:
    if rows.startswith("all"):
        rows = "image0,train\n" + "".join(f"image{k},left\n" for k in range(1, 6))
    (data / "mine.csv").write_text("name,split\n" + rows, encoding="utf-8")
    with pytest.raises(Exception, match=sentence):
        plan_runs(experiment_of(data, data__split="mine.csv"))


def test_augmentations_take_their_options_and_no_others() -> None:
    settings = experiment_of(Path("x")).augmentation
    assert make_augmentation(dataclasses.replace(settings, name="none"), 32) is None
    tao = make_augmentation(dataclasses.replace(settings, name="tao", options={"scale": [0.5, 1.0]}), 32)
    assert tao is not None
    assert (tao.first, tao.options.canvas, tao.options.scale) == (True, (32, 32), (0.5, 1.0))
    varied = tao(make_sample(0), np.random.default_rng(0))
    assert varied.labels.shape == (32, 32)
    mosaic = make_augmentation(dataclasses.replace(settings, name="nsyolo", options={"mosaic": 1.0}), 32)
    assert mosaic is not None
    others = [make_sample(k) for k in range(1, 4)]
    assert mosaic.mixed == 3
    assert mosaic(make_sample(0), np.random.default_rng(0), others).labels.shape == (32, 32)
    for options, sentence in (
        ({"zom": 2}, "the key 'zom'; expected"),
        ({"zoom": "x"}, "expected a number"),
        ({"zoom": True}, "expected a number"),
        ({"quarter_turns": "x"}, "expected true or false"),
        ({"flip_rows": 7}, "expected 0 to 1 each"),
    ):
        with pytest.raises(UsageError, match=sentence):
            make_augmentation(dataclasses.replace(settings, options=options), 32)
    with pytest.raises(UsageError, match="its name is 'none'"):
        make_augmentation(dataclasses.replace(settings, name="none", options={"zoom": 2}), 32)


def test_networks_get_only_what_they_have(data: Path) -> None:
    images = open_data(experiment_of(data).data, True)
    with pytest.raises(UsageError, match="There is no network 'unet'"):
        build_network(experiment_of(data, network__name="unet", network__common_width=4), images)
    for loss in ("cross_entropy", "dice"):
        assert build_network(experiment_of(data, training__loss=loss), images)
    with pytest.raises(
        UsageError, match="the network 'residualformer' is trained with 'cross_entropy' or 'dice'"
    ):
        build_network(experiment_of(data, training__loss="nsyolo"), images)
    content = {
        "data": {"folder": "x"},
        "network": {"name": "nsyolo", "classes": ["rod", "cube"]},
        "training": {"loss": "nsyolo"},
    }
    with pytest.raises(UsageError, match="expected the same in the same order"):
        build_network(make_experiment(content), dataclasses.replace(images, classes=("cube", "rod")))
    for key, value, sentence in (
        ("width", "a", "expected a number"),
        ("classes", 3, "expected a list of texts"),
        ("classes", [1, 2], "expected a list of texts"),
        ("regions", 2.5, "expected a whole number"),
    ):
        with pytest.raises(UsageError, match=f"The option '{key}' of the network 'nsyolo' is .*{sentence}"):
            build("nsyolo", {key: value})


def test_an_encoder_without_normalisation_gets_it_back_from_the_images(data: Path, tmp_path: Path) -> None:
    rng, arrays = np.random.default_rng(0), {}
    for name, value in MobileNetV2().state_dict().items():
        if name.endswith("conv.weight"):
            found = re.fullmatch(r"blocks\.(\d+)\.(.*)\.conv\.weight", name)
            layer = f"block{int(found[1]) + 1:02}.{found[2]}" if found else name.removesuffix(".conv.weight")
            arrays[f"{layer}.weight"] = rng.normal(0, 0.2, tuple(value.shape)).astype(np.float32)
            arrays[f"{layer}.bias"] = rng.normal(0, 0.2, len(value)).astype(np.float32)
    np.savez(tmp_path / "encoder.npz", **arrays)
    settings = NetworkSettings(
        "crcra_unet", {"encoder": "mobilenet_v2"}, encoder_weights=str(tmp_path / "encoder.npz")
    )
    experiment = dataclasses.replace(experiment_of(data, training__loss="cross_entropy"), network=settings)
    network = build_network(experiment, open_data(experiment.data, True))
    assert torch.equal(network.encoder.stem.conv.weight, torch.from_numpy(arrays["stem.weight"]))


def test_only_an_encoder_that_needs_images_reads_them(
    data: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    torch.save(build("crcra_unet", {"encoder": "vgg16"}).encoder.state_dict(), tmp_path / "vgg16.pth")
    settings = NetworkSettings(
        "crcra_unet", {"encoder": "vgg16"}, encoder_weights=str(tmp_path / "vgg16.pth")
    )
    experiment = dataclasses.replace(experiment_of(data, training__loss="cross_entropy"), network=settings)
    images = open_data(experiment.data, True)
    monkeypatch.setattr(type(images), "__getitem__", lambda *_: pytest.fail("an image was read"))
    assert build_network(experiment, images)


def test_what_was_begun_with_other_settings_is_not_gone_on_with(data: Path, tmp_path: Path) -> None:
    experiment = experiment_of(data)
    images = open_data(experiment.data, True)
    parts = {"train": ["image0"]}
    check_resumable(tmp_path / "run", experiment, parts, images.folder, False)
    record_run(tmp_path / "run", experiment, parts, images.folder)
    # Without a checkpoint nothing was begun that could be lost.
    check_resumable(tmp_path / "run", vary(experiment, {"training.epochs": 2}), parts, images.folder, False)
    (tmp_path / "run" / LAST).touch()
    with pytest.raises(UsageError, match="There is a run in"):
        check_resumable(tmp_path / "run", experiment, parts, images.folder, False)
    check_resumable(tmp_path / "run", vary(experiment, {"training.workers": 3}), parts, images.folder, True)
    # A run from before there was start goes on.
    settings = tmp_path / "run" / "settings.json"
    content = json.loads(settings.read_text(encoding="utf-8"))
    del content["settings"]["network"]["start"]
    settings.write_text(json.dumps(content), encoding="utf-8")
    check_resumable(tmp_path / "run", experiment, parts, images.folder, True)
    with pytest.raises(UsageError, match=r"begun with epochs = 1 in \[training\], now it is 2"):
        check_resumable(
            tmp_path / "run", vary(experiment, {"training.epochs": 2}), parts, images.folder, True
        )
    rows = (tmp_path / "run" / "split.csv").read_text(encoding="utf-8").splitlines()
    assert rows[0] == "name,part,image_sha256,annotation_sha256"
    assert [len(cell) for cell in rows[1].split(",")] == [6, 5, 64, 64]


def test_a_run_does_not_go_on_with_other_images(data: Path, tmp_path: Path) -> None:
    images = open_data(experiment_of(data).data, True)
    experiment = experiment_of(data)
    run, parts = tmp_path / "run", {"train": ["image0", "image1"], "test": ["image2"]}
    check_resumable(run, experiment, parts, images.folder, True)
    record_run(run, experiment, parts, images.folder)
    check_resumable(run, experiment, {"train": ["image0"]}, images.folder, True)
    (run / LAST).touch()
    check_resumable(run, experiment, parts, images.folder, True)
    for changed, sentence in (
        ({"train": ["image0"], "test": ["image2"]}, "'image1' is not there any more"),
        ({"train": ["image0", "image1", "image3"], "test": ["image2"]}, "'image3' is new"),
        (
            {"train": ["image0", "image2"], "test": ["image1"]},
            "'image1' was in the part 'train' and is in 'test'",
        ),
    ):
        with pytest.raises(UsageError, match=sentence):
            check_resumable(run, experiment, changed, images.folder, True)
    file = data / images.folder.entries[0].image
    file.write_bytes(file.read_bytes() + b"0")
    with pytest.raises(UsageError, match="'image0' or its annotation was changed"):
        check_resumable(run, experiment, parts, images.folder, True)


def test_what_cannot_be_trained_leaves_no_run(data: Path, tmp_path: Path) -> None:
    for changes, sentence in (
        ({"training.batch": 500}, "fewer than a batch of 500"),
        ({"training.precision": "16"}, "works on a GPU alone"),
        ({"data.simulated": str(tmp_path / "none"), "data.simulated_share": 0.5}, "none"),
    ):
        with pytest.raises(NanocaliperError, match=sentence):
            plan_runs(vary(experiment_of(data), changes))


def test_ablations_are_compared(tmp_path: Path, data: Path) -> None:
    content = {
        "data": {"folder": str(data), "side": 32, "folds": 2},
        "network": {"name": "residualformer", "common_width": 4},
        "training": {"loss": "dice", "epochs": 1, "batch": 2},
        "ablation": [{"name": "wide", "network": {"common_width": 8}}],
    }
    runs = plan_runs(make_experiment(content), ablations=True)
    assert [run.name for run in runs] == ["full/fold0", "full/fold1", "wide/fold0", "wide/fold1"]
    assert runs[2].experiment.network.options == {"common_width": 8}
    page = write_summary({run.name: {"f1": 0.1 * k} for k, run in enumerate(runs)}, runs, tmp_path)
    assert "| f1 | 0.2000 | 0.3000 | 0.2500 ± 0.0707 |" in page
    assert "| wide | none | none | none | none | none | none | 0.2500 ± 0.0707 | none |" in page
    assert (
        json.loads((tmp_path / "summary.json").read_text(encoding="utf-8"))["wide"]["summary"]["f1"]["folds"]
        == 2
    )
    (one,) = plan_runs(make_experiment(content), fold="1")
    assert one.name == "fold1"
    with pytest.raises(UsageError, match="There is no fold 7; the experiment has 0, 1"):
        plan_runs(make_experiment(content), fold="7")


def test_the_command_trains_and_goes_on(
    data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    config = tmp_path / "small.toml"
    config.write_text(
        """
[data]
folder = "data"
side = 32
ratio = "4:1:1"
[network]
name = "residualformer"
common_width = 4
[training]
loss = "dice"
epochs = 1
batch = 2
accelerator = "cpu"
[augmentation]
name = "residualformer"
""",
        encoding="utf-8",
    )
    out = tmp_path / "run"
    status, printed, error = run(capsys, config, "--run", out)
    assert status == 0, error
    assert "residualformer: 4 train, 1 validation, 1 test" in printed
    assert "| auc_roc |" in printed
    names = {path.name for path in out.iterdir()}
    assert names >= {"experiment.toml", "settings.json", "split.csv", "best.ckpt", "last.ckpt", "curves.csv"}
    assert names >= {"evaluation", "summary.md", "summary.json"}
    assert (out / "evaluation" / "confusion_pixels.png").is_file()
    status, _, error = run(capsys, config, "--run", out)
    assert (status, error.count("\n")) == (2, 1)
    assert "go on with it with --resume" in error
    before = json.loads((out / "summary.json").read_text(encoding="utf-8"))
    assert run(capsys, config, "--run", out, "--resume")[0] == 0
    assert json.loads((out / "summary.json").read_text(encoding="utf-8")) == before


def test_without_torch_the_command_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("nanocaliper.cli.train.find_spec", lambda name: None if name == "torch" else True)
    status, _, error = run(capsys, tmp_path / "x.toml")
    assert status == 2
    assert "Training needs torch" in error
    assert "pip install 'nanocaliper[train]'" in error
    assert error.count("\n") == 1
