"""Training: it learns, goes on as if it had never been stopped, and keeps what it should."""

import dataclasses
import signal
from pathlib import Path

import pytest
import torch
from torch._utils import ExceptionWrapper

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.training import engine
from nanocaliper.training.curves import read_curves
from nanocaliper.training.engine import Job, _in_one_sentence, run_training, score_held_out
from nanocaliper.training.epoch_order import EpochOrder
from nanocaliper.training.experiment_settings import TrainingSettings
from nanocaliper.training.run_folder import find_weights
from tiny_training import TinyNetwork, make_job, weights_of

QUICK = TrainingSettings(
    epochs=4, batch=2, rate=0.01, accelerator="cpu", checkpoint_every=2, seed=7, schedule="cosine"
)


@pytest.fixture
def no_pictures(monkeypatch: pytest.MonkeyPatch) -> None:
    """Curves without their picture, which takes as long as these trainings."""
    monkeypatch.setattr("nanocaliper.training.curves.draw_curves", lambda *_: None)


class StoppedError(Exception):
    """Stands for a kill."""


class StoppingNetwork(TinyNetwork):
    """Dies in the middle of an epoch."""

    def __init__(self, passes: int, error: type[BaseException] = StoppedError) -> None:
        super().__init__()
        self.left = passes
        self.error = error

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.left -= 1
        if self.left < 0:
            raise self.error
        return super().forward(x)


def same(first: dict[str, torch.Tensor], second: dict[str, torch.Tensor]) -> bool:
    return first.keys() == second.keys() and all(torch.equal(first[key], second[key]) for key in first)


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize(
    ("changes", "moved"),
    [
        ({}, False),
        (
            {"average_decay": 0.99, "optimiser": "sgd", "warmup_epochs": 1.5, "accumulate": 2, "clip": 1.0},
            False,
        ),
        # The best epoch was before the folder was moved.
        ({"rate": 1e-6, "validate_every": 2}, True),
    ],
)
def test_a_run_that_was_killed_goes_on_to_the_same_weights(
    tmp_path: Path, changes: dict[str, object], moved: bool
) -> None:
    settings = dataclasses.replace(QUICK, **changes)  # type: ignore[arg-type]
    run_training(make_job(settings), tmp_path / "straight")
    # Three steps and one validation an epoch: two epochs are whole, the third is not.
    torch.manual_seed(settings.seed)
    network = StoppingNetwork(2 * 3 + 2 // settings.validate_every + 2)
    with pytest.raises(StoppedError):
        run_training(make_job(settings, network=network), tmp_path / "killed")
    assert len(read_curves(tmp_path / "killed")) == 2
    torch.rand(5)  # what else was drawn meanwhile must not matter
    if moved:
        (tmp_path / "killed").rename(tmp_path / "moved")
    resumed = tmp_path / ("moved" if moved else "killed")
    run_training(make_job(settings), resumed, resume=True)
    for name in ("last.ckpt", "best.ckpt", "epochs/0004.ckpt"):
        assert same(weights_of(tmp_path / "straight", name), weights_of(resumed, name)), name
    curves = [
        [{k: v for k, v in row.items() if k != "seconds"} for row in read_curves(folder)]
        for folder in (tmp_path / "straight", resumed)
    ]
    assert curves[0] == curves[1]
    assert [row["epoch"] for row in curves[0]] == [1, 2, 3, 4]


@pytest.mark.usefixtures("no_pictures")
def test_epochs_without_validation_have_no_scores(tmp_path: Path) -> None:
    run_training(make_job(dataclasses.replace(QUICK, validate_every=2)), tmp_path)
    rows = read_curves(tmp_path)
    assert ["val_iou" in row for row in rows] == [False, True, False, True]
    assert all("train_loss" in row for row in rows)


def test_ctrl_c_comes_through(tmp_path: Path) -> None:
    handler = signal.getsignal(signal.SIGINT)
    with pytest.raises(KeyboardInterrupt):
        run_training(make_job(QUICK, network=StoppingNetwork(5, KeyboardInterrupt)), tmp_path)
    assert signal.getsignal(signal.SIGINT) == handler
    assert len(read_curves(tmp_path)) == 1


@pytest.mark.usefixtures("no_pictures")
def test_another_seed_gives_other_weights(tmp_path: Path) -> None:
    for seed in (1, 2):
        run_training(make_job(dataclasses.replace(QUICK, epochs=1, seed=seed)), tmp_path / str(seed))
    assert not same(weights_of(tmp_path / "1"), weights_of(tmp_path / "2"))


@pytest.mark.usefixtures("no_pictures")
@pytest.mark.parametrize("loss", ["cross_entropy", "dice"])
def test_a_network_learns_bright_discs(tmp_path: Path, loss: str) -> None:
    job = make_job(dataclasses.replace(QUICK, epochs=12, loss=loss, rate=0.03))
    run_training(job, tmp_path)
    rows = read_curves(tmp_path)
    assert rows[-1]["train_loss"] < 0.7 * rows[0]["train_loss"]
    images, roc = score_held_out(job, tmp_path, job.validation)
    assert [image.name for image in images] == ["image6", "image7"]
    assert max(row["val_iou"] for row in rows) > 0.5
    assert roc is not None
    assert roc.auc == pytest.approx(max(rows, key=lambda row: row["val_iou"])["val_auc"], abs=1e-4)
    assert roc.auc > 0.9


@pytest.mark.usefixtures("no_pictures")
def test_few_images_are_scored_without_workers(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    job = make_job(dataclasses.replace(QUICK, epochs=1))
    run_training(job, tmp_path)
    many = dataclasses.replace(job, settings=dataclasses.replace(job.settings, workers=4))
    monkeypatch.setattr(engine, "list_worker_settings", lambda _: pytest.fail("workers for two images"))
    images, _ = score_held_out(many, tmp_path, job.validation)
    assert len(images) == 2


def test_what_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run_training(make_job(QUICK), tmp_path)
    files = sorted(str(path.relative_to(tmp_path)).replace("\\", "/") for path in tmp_path.rglob("*.*"))
    assert files == [
        "best.ckpt",
        "curves.csv",
        "curves.png",
        "epochs/0002.ckpt",
        "epochs/0004.ckpt",
        "last.ckpt",
    ]
    assert find_weights(tmp_path).name == "best.ckpt"
    lines = capsys.readouterr().err.splitlines()
    assert [line.split(":")[0] for line in lines] == [f"epoch {k}/4" for k in (1, 2, 3, 4)]
    assert "val_iou" in lines[0]


@pytest.mark.usefixtures("no_pictures")
def test_a_frozen_encoder_stays_as_it_was_and_then_learns(tmp_path: Path) -> None:
    job = make_job(dataclasses.replace(QUICK, frozen_epochs=2))
    before = {key: value.clone() for key, value in job.network.state_dict().items()}
    run_training(job, tmp_path)
    after = weights_of(tmp_path, "epochs/0002.ckpt")
    for key, value in before.items():
        assert torch.equal(value, after[f"network.{key}"]) == key.startswith("encoder."), key
    assert not torch.equal(before["encoder.0.weight"], weights_of(tmp_path)["network.encoder.0.weight"])


@pytest.mark.usefixtures("no_pictures")
def test_without_validation_the_last_epoch_counts(tmp_path: Path) -> None:
    job = make_job(dataclasses.replace(QUICK, epochs=1))
    empty = Job(
        job.network, job.settings, job.classes, job.training, dataclasses.replace(job.validation, places=[])
    )
    run_training(empty, tmp_path)
    assert find_weights(tmp_path).name == "last.ckpt"
    with pytest.raises(UsageError, match="There is no checkpoint"):
        find_weights(tmp_path / "none")


@pytest.mark.usefixtures("no_pictures")
def test_half_precision_works_on_a_processor(tmp_path: Path) -> None:
    run_training(make_job(dataclasses.replace(QUICK, epochs=1, precision="bf16")), tmp_path)
    assert all(value.dtype != torch.bfloat16 for value in weights_of(tmp_path).values())


@pytest.mark.skipif(torch.cuda.is_available(), reason="about machines without a GPU")
@pytest.mark.parametrize(("key", "value"), [("accelerator", "gpu"), ("precision", "16")])
def test_what_needs_a_gpu_is_refused_without_one(tmp_path: Path, key: str, value: str) -> None:
    with pytest.raises(UsageError, match=f"{key} in "):
        run_training(make_job(dataclasses.replace(QUICK, **{key: value})), tmp_path)  # type: ignore[arg-type]


def test_fewer_images_than_a_batch_are_refused(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="6 images to train on, fewer than a batch of 8"):
        run_training(make_job(dataclasses.replace(QUICK, batch=8)), tmp_path)


def test_the_order_depends_on_seed_and_epoch_alone() -> None:
    order = EpochOrder(10, 3)
    order.set_epoch(5)
    fifth = list(order)
    order.set_epoch(4)
    assert sorted(place for _, place in order) == list(range(10))
    assert list(order) != fifth
    order.set_epoch(5)
    assert list(order) == fifth
    assert {epoch for epoch, _ in fifth} == {5}
    parts = []
    for rank in range(3):
        part = EpochOrder(10, 3, rank, 3)
        part.set_epoch(5)
        assert len(list(part)) == len(part) == 3
        parts += list(part)
    assert len(set(parts)) == 9


@pytest.mark.slow
def test_worker_processes_change_nothing(tmp_path: Path) -> None:
    for workers in (0, 2):
        run_training(make_job(dataclasses.replace(QUICK, epochs=2, workers=workers)), tmp_path / str(workers))
    assert same(weights_of(tmp_path / "0"), weights_of(tmp_path / "2"))


@pytest.mark.slow
def test_two_devices_train_together(tmp_path: Path) -> None:
    settings = dataclasses.replace(QUICK, devices=2, batch=1, frozen_epochs=1)
    job = make_job(settings)
    run_training(job, tmp_path)
    rows = read_curves(tmp_path)
    assert len(rows) == 4
    run_training(make_job(settings), tmp_path / "again")
    assert same(weights_of(tmp_path), weights_of(tmp_path / "again"))
    images, _ = score_held_out(job, tmp_path, job.validation)
    assert len(images) == 2


def test_what_a_worker_says_comes_out_as_one_sentence() -> None:
    try:
        raise ReadError("'a' has 2 points; draw it anew.")
    except ReadError:
        wrapped = ExceptionWrapper(where="in DataLoader worker process 0")
    with pytest.raises(ReadError) as caught, _in_one_sentence():
        wrapped.reraise()
    assert str(caught.value) == "'a' has 2 points; draw it anew."
    with pytest.raises(UsageError, match=r"^Plain: as it was\.$"), _in_one_sentence():
        raise UsageError("Plain: as it was.")
