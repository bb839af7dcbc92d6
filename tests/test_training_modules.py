"""Rates, moving averages, particles of probabilities, and the training of NSYOLO."""

import dataclasses
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import nn

from nanocaliper.evaluation.score_table import pool_scores
from nanocaliper.training.curves import read_curves
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.detection_module import DetectionModule
from nanocaliper.training.engine import Job, run_training, score_held_out
from nanocaliper.training.experiment_settings import TrainingSettings
from nanocaliper.training.mask_rcnn_module import MaskRcnnModule
from nanocaliper.training.moving_average import MovingAverage
from nanocaliper.training.network_module import collate_held_out
from nanocaliper.training.networks.mask_rcnn import MaskRCNN, MaskRCNNOptions
from nanocaliper.training.networks.nsyolo import NSYOLO, NsyoloOptions
from nanocaliper.training.networks.yolo_head import Detections
from nanocaliper.training.optimisers import Pace, make_optimiser
from nanocaliper.training.sample_sets import HeldOutSet, TrainingSet
from nanocaliper.training.semantic_module import split_particles
from tiny_training import make_job, make_sample


def test_cosine_annealing_worked_by_hand() -> None:
    pace = Pace(TrainingSettings(epochs=5, rate_end=0.0, schedule="cosine"), steps_per_epoch=1)
    part = math.sqrt(2) / 4
    assert [pace.factor(step) for step in range(5)] == pytest.approx([1, 0.5 + part, 0.5, 0.5 - part, 0])
    linear = Pace(TrainingSettings(epochs=5, rate_end=0.2, schedule="linear"), 1)
    assert [linear.factor(step) for step in range(5)] == pytest.approx([1, 0.8, 0.6, 0.4, 0.2])
    assert Pace(TrainingSettings(epochs=5, schedule="constant"), 1).factor(3) == 1


def test_the_warm_up_rises_linearly_in_rate_and_momentum() -> None:
    settings = TrainingSettings(
        epochs=10, warmup_epochs=2, schedule="constant", momentum=0.9, optimiser="sgd", rate=1.0
    )
    pace = Pace(settings, 2)
    optimiser = make_optimiser(nn.Linear(2, 2), settings, 20, 1)
    seen = []
    for step in range(5):
        pace.set(optimiser, step)
        seen.append((optimiser.param_groups[0]["lr"], optimiser.param_groups[0]["momentum"]))
    assert [rate for rate, _ in seen] == pytest.approx([0.25, 0.5, 0.75, 1, 1])
    assert [momentum for _, momentum in seen] == pytest.approx([0.8, 0.825, 0.85, 0.875, 0.9])


def test_auto_chooses_as_the_yolo_programs_do_and_spares_biases() -> None:
    network = nn.Sequential(nn.Conv2d(1, 4, 3), nn.BatchNorm2d(4))
    settings = TrainingSettings(optimiser="auto", weight_decay=0.0005)
    short, long = make_optimiser(network, settings, 10_000, 3), make_optimiser(network, settings, 10_001, 3)
    assert isinstance(short, torch.optim.AdamW)
    assert short.param_groups[0]["peak"] == pytest.approx(0.002 * 5 / 7, abs=1e-6)
    assert isinstance(long, torch.optim.SGD)
    assert long.param_groups[0]["peak"] == 0.01
    assert [len(group["params"]) for group in long.param_groups] == [1, 3]
    assert [group["weight_decay"] for group in long.param_groups] == [0.0005, 0]


def test_the_moving_average_follows_at_first_and_lags_later() -> None:
    average = MovingAverage(0.999)
    old, new = torch.zeros(1), torch.ones(1)
    first, late = average._average(old, new, 0), average._average(old, new, 10**6)
    assert float(first) == pytest.approx(1 - 0.999 * (1 - math.exp(-1 / 2000)))
    assert float(late) == pytest.approx(0.001, abs=1e-6)
    assert int(average._average(torch.tensor(3), torch.tensor(9), 5)) == 9


def test_connected_parts_are_particles_with_their_mean_probability() -> None:
    probability = np.array([[0.9, 0.7, 0.1], [0.2, 0.1, 0.6], [0.1, 0.3, 0.1]])
    labels, scores = split_particles(probability, 0.5)
    # Corner to corner is connected.
    assert labels.tolist() == [[1, 1, 0], [0, 0, 1], [0, 0, 0]]
    assert scores == pytest.approx([0, (0.9 + 0.7 + 0.6) / 3])


def test_samples_are_the_same_whenever_they_are_asked_for() -> None:
    job = make_job(TrainingSettings())
    first, again, later = (job.training[at] for at in ((3, 1), (3, 1), (4, 1)))
    assert torch.equal(first.grey, again.grey)
    assert first.grey.shape == first.weight.shape == (1, 32, 32)
    assert float(first.grey.min()) >= -1
    assert float(first.grey.max()) <= 1
    views = {tuple(job.training[epoch, 1].grey.flatten().tolist()) for epoch in range(8)}
    assert len(views) == 2  # flipped or not
    assert later.sample.name == first.sample.name


def test_simulated_samples_come_at_their_share() -> None:
    real = [make_sample(k) for k in range(40)]
    simulated = [dataclasses.replace(make_sample(99), name="simulated", classes=("cube", "rod"))]
    mixed = TrainingSet(real, 32, "letterbox", 0, None, simulated, 0.3)
    names = [mixed[epoch, place].sample for epoch in range(5) for place in range(40)]
    share = np.mean([one.name == "simulated" for one in names])
    assert 0.2 < share < 0.4
    assert {one.classes for one in names} == {("rod", "cube")}


def test_held_out_samples_know_the_way_back() -> None:
    held_out = HeldOutSet([make_sample(0)], 32, "letterbox")[0]
    assert held_out.whole.labels.shape == (40, 48)
    assert float(held_out.square.weight.sum()) == held_out.box.rows_inside * held_out.box.cols_inside
    stretched = HeldOutSet([make_sample(0)], 32, "stretch")[0]
    assert float(stretched.square.weight.sum()) == 32 * 32
    again = stretched.box.take_values((stretched.square.sample.labels > 0).astype(np.float32))
    assert again.shape == (40, 48)


def test_nsyolo_trains_and_its_particles_are_scored(tmp_path: Path) -> None:
    settings = TrainingSettings(
        loss="nsyolo", optimiser="auto", epochs=2, batch=2, warmup_epochs=1, average_decay=0.9, accelerator="cpu",
        confidence=0.01, clip=10.0,
    )  # fmt: skip
    torch.manual_seed(0)
    network = NSYOLO(NsyoloOptions(("rod", "cube"), width=0.05, regions=1, routed_regions=1))
    job = make_job(settings, images=4, network=network)
    job = dataclasses.replace(
        job,
        training=dataclasses.replace(job.training, side=64),
        validation=dataclasses.replace(job.validation, side=64),
    )
    run_training(job, tmp_path)
    rows = read_curves(tmp_path)
    assert len(rows) == 2
    assert {"train_box", "train_mask", "train_classes", "train_distribution", "val_map_50", "val_f1"} <= set(
        rows[0]
    )
    images, roc = score_held_out(job, tmp_path, job.validation)
    assert roc is None
    assert [image.confusion.classes for image in images if image.confusion] == [
        ("rod", "cube", "background")
    ] * 2
    assert all(image.found is not None and image.found.scores is not None for image in images)


def test_mask_rcnn_trains_and_its_particles_are_scored(tmp_path: Path) -> None:
    pytest.importorskip("torchvision", reason="Mask R-CNN is torchvision's", exc_type=ImportError)
    settings = TrainingSettings(
        loss="mask_rcnn", epochs=1, batch=2, optimiser="sgd", rate=0.002, confidence=0.5, accelerator="cpu"
    )
    classes = ("cube", "rod")
    torch.manual_seed(0)
    network = MaskRCNN(MaskRCNNOptions(classes, particles_max=20, short_side_px=64))
    samples = [dataclasses.replace(make_sample(k), classes=classes) for k in range(2)]
    held_out = HeldOutSet(samples, 64, "letterbox")
    job = Job(network, settings, classes, TrainingSet(samples, 64, "letterbox", 0), held_out)
    run_training(job, tmp_path)
    (row,) = read_curves(tmp_path)
    assert all(
        math.isfinite(row[f"train_{part}"]) for part in ("classifier", "box_reg", "mask", "objectness")
    )
    assert "val_loss" not in row
    images, roc = score_held_out(job, tmp_path, held_out)
    assert [image.name for image in images] == [sample.name for sample in samples]
    assert roc is None


def test_detections_are_drawn_the_surest_on_top_and_in_their_classes() -> None:
    sample = make_sample(0)
    square = HeldOutSet([sample], 48, "letterbox")[0]
    labels, count = square.square.sample.labels, sample.count
    true = torch.from_numpy(np.stack([labels == number for number in range(1, count + 1)]))
    # Behind the true ones, one that is less sure and covers them all, and one that is too unsure to be drawn.
    masks = torch.cat([true, torch.ones(2, 48, 48, dtype=torch.bool)])[:, None].float()
    found = {
        "scores": torch.tensor([0.9] * count + [0.3, 0.01]),
        "labels": torch.from_numpy(np.concatenate([sample.class_of[1:] + 1, [1, 1]])),
        "masks": masks,
    }
    module = MaskRcnnModule(nn.Identity(), TrainingSettings(confidence=0.5), sample.classes, 1)
    (image,) = module.score([found], collate_held_out([square]))
    scores = pool_scores([image], None)
    assert scores["f1"] == scores["map_50"] == 1.0
    assert image.found is not None
    assert image.found.scores == pytest.approx([0.9] * count + [0.3])


def test_unsure_detections_take_no_pixels_from_sure_ones() -> None:
    labels = np.zeros((32, 32), np.int32)
    labels[4:28, 4:28] = 1
    truth = LabelledMicrograph(
        "square", (labels * 99).astype(np.uint8), labels, ("one",), np.zeros(2, np.int64)
    )
    square = HeldOutSet([truth], 32, "letterbox")[0]
    coefficients = torch.zeros(1, 2, 32)
    # The unsure one is the surer of its pixels.
    coefficients[0, :, 0] = torch.tensor([2.0, 9.0])
    found = Detections(
        torch.tensor([[[4.0, 4.0, 28.0, 28.0], [4.0, 4.0, 28.0, 16.0]]]),
        torch.tensor([[[0.9], [0.1]]]),
        coefficients,
        torch.ones(1, 32, 8, 8),
    )
    network = nn.Identity()
    network.decode = lambda output: output
    module = DetectionModule(network, TrainingSettings(loss="nsyolo", confidence=0.25), ("one",), 1)
    (image,) = module.score(found, collate_held_out([square]))
    scores = pool_scores([image], None)
    assert (scores["f1"], scores["semantic_iou"]) == (1.0, 1.0)
