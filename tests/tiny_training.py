"""Small networks and samples for tests of training."""

from pathlib import Path

import numpy as np
import torch
from PIL import Image
from torch import Tensor, nn

from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.engine import Job
from nanocaliper.training.experiment_settings import TrainingSettings
from nanocaliper.training.sample_sets import HeldOutSet, TrainingSet


class TinyNetwork(nn.Module):
    """A network of the shape that semantic networks have, with something random and something that counts."""

    def __init__(self, classes: int = 2) -> None:
        super().__init__()
        self.classes = classes
        self.encoder = nn.Sequential(nn.Conv2d(1, 8, 3, padding=1), nn.BatchNorm2d(8), nn.ReLU())
        self.drop = nn.Dropout2d(0.2)
        self.head = nn.Conv2d(8, classes, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        return self.head(self.drop(self.encoder(x)))

    def probability(self, logits: Tensor) -> Tensor:
        return logits.sigmoid() if self.classes == 1 else logits.softmax(dim=1)[:, 1:2]

    def freeze_encoder(self, frozen: bool) -> None:
        self.encoder.requires_grad_(not frozen)
        self.encoder.train(not frozen)


def make_sample(seed: int, shape: tuple[int, int] = (40, 48)) -> LabelledMicrograph:
    """Bright discs on a dark ground."""
    rng = np.random.default_rng(seed)
    labels = np.zeros(shape, np.int32)
    rows, cols = np.indices(shape)
    count = 0
    for row, col in ((12, 12), (12, 34), (28, 20), (30, 40)):
        if rng.random() < 0.8:
            count += 1
            labels[np.hypot(rows - row, cols - col) < rng.uniform(4, 8)] = count
    pixels = np.clip(60 + 120 * (labels > 0) + rng.normal(0, 20, shape), 0, 255).astype(np.uint8)
    class_of = np.concatenate([[0], rng.integers(0, 2, count)]).astype(np.int64)
    return LabelledMicrograph(f"image{seed}", pixels, labels, ("rod", "cube"), class_of)


def flip(sample: LabelledMicrograph, rng: np.random.Generator, others: object = ()) -> LabelledMicrograph:
    """An augmentation that draws."""
    del others
    if rng.random() < 0.5:
        return sample.with_image(sample.pixels[::-1].copy(), sample.labels[::-1].copy())
    return sample


def make_job(settings: TrainingSettings, images: int = 6, network: nn.Module | None = None) -> Job:
    """A job small enough for a test; the network follows from the seed."""
    torch.manual_seed(settings.seed)
    made = network or TinyNetwork(1 if settings.loss == "dice" else 2)
    samples = [make_sample(k) for k in range(images + 2)]
    classes = ("rod", "cube") if settings.loss == "nsyolo" else ("particle",)
    samples = [one.in_classes(classes) for one in samples]
    return Job(
        made,
        settings,
        classes,
        TrainingSet(samples[:images], 32, "letterbox", settings.seed, flip),
        HeldOutSet(samples[images:], 32, "letterbox"),
    )


def write_images(folder: Path, images: int = 6) -> None:
    """A folder of samples with label images, as trainings read them."""
    for part in ("images", "instances"):
        (folder / part).mkdir(parents=True)
    for k in range(images):
        sample = make_sample(k)
        Image.fromarray(sample.pixels).save(folder / "images" / f"image{k}.png")
        Image.fromarray(sample.labels.astype(np.uint16)).save(folder / "instances" / f"image{k}.png")


def weights_of(folder: Path, name: str = "last.ckpt") -> dict[str, Tensor]:
    """Weights in a checkpoint."""
    state: dict[str, Tensor] = torch.load(folder / name, weights_only=True)["state_dict"]
    return state
