"""What all networks share in training: optimiser, rates, frozen encoder, seeds, scores of held-out samples."""

from abc import abstractmethod
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor, nn
from torch.utils.data import default_collate

from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.evaluation.roc import RocCounts
from nanocaliper.evaluation.score_table import pool_scores
from nanocaliper.training.epoch_order import make_generator
from nanocaliper.training.experiment_settings import TrainingSettings
from nanocaliper.training.optimisers import Pace, make_optimiser
from nanocaliper.training.sample_sets import HeldOut, SquareSample

__all__ = ["Batch", "NetworkModule", "collate", "collate_held_out"]

#: Keeps the seeds of torch's generator apart from those of samples and order.
_TORCH = 2**32


@dataclass
class Batch:
    """Samples of one step.

    Parameters
    ----------
    grey : Tensor, shape (n, 1, side, side)
    weight : Tensor, shape (n, 1, side, side)
    squares : sequence of SquareSample
    held_out : sequence of HeldOut
        Empty in training.
    """

    grey: Tensor
    weight: Tensor
    squares: Sequence[SquareSample]
    held_out: Sequence[HeldOut] = ()

    def to(self, device: torch.device) -> "Batch":
        """Move what is computed with to a device."""
        return Batch(self.grey.to(device), self.weight.to(device), self.squares, self.held_out)


def collate(squares: Sequence[SquareSample]) -> Batch:
    """Put samples of one size together."""
    grey, weight = (default_collate([getattr(one, name) for one in squares]) for name in ("grey", "weight"))
    return Batch(grey, weight, squares)


def collate_held_out(samples: Sequence[HeldOut]) -> Batch:
    """Put held-out samples together."""
    batch = collate([one.square for one in samples])
    return Batch(batch.grey, batch.weight, batch.squares, samples)


class NetworkModule(pl.LightningModule):
    """A network with its loss, as the trainer wants it.

    Parameters
    ----------
    network : nn.Module
    settings : TrainingSettings
    classes : tuple of str
    steps_per_epoch : int
        Moves of the weights, on each device.
    """

    #: Scores of `pool_scores` that are logged, by their name in the curves; the first chooses the best epoch.
    logged: dict[str, str]
    #: Whether there is a loss in validation.
    validates_loss = True

    def __init__(
        self, network: nn.Module, settings: TrainingSettings, classes: tuple[str, ...], steps_per_epoch: int
    ) -> None:
        super().__init__()
        self.network = network
        self.settings = settings
        self.classes = classes
        self.steps_per_epoch = steps_per_epoch
        self.pace = Pace(settings, steps_per_epoch)
        self.images: list[ImageScores] = []
        self.roc: RocCounts | None = None

    def look(self, batch: Batch) -> Any:
        """Give what the network makes of a batch."""
        return self.network(batch.grey)

    @abstractmethod
    def find_loss(self, output: Any, batch: Batch) -> tuple[Tensor, dict[str, float]]:
        """Loss of the network's output, and its parts for the log."""

    @abstractmethod
    def score(self, output: Any, batch: Batch) -> list[ImageScores]:
        """Compare what the output shows with the truth, image by image; may add to `roc`."""

    def configure_optimizers(self) -> torch.optim.Optimizer:
        """Make the optimiser; rates are set step by step."""
        steps = self.settings.epochs * self.steps_per_epoch
        return make_optimiser(self.network, self.settings, steps, len(self.classes))

    def on_train_epoch_start(self) -> None:
        """Hold the encoder still as long as it is to be."""
        if self.settings.frozen_epochs:
            self.network.freeze_encoder(self.current_epoch < self.settings.frozen_epochs)  # type: ignore[operator]

    def on_train_batch_start(self, batch: Batch, batch_idx: int) -> None:
        """Set the rate of this step, and seed what the network draws in it."""
        del batch
        seeds = make_generator(self.settings.seed, self.current_epoch, _TORCH + self.global_rank)
        torch.manual_seed(int(seeds.integers(2**62)) + batch_idx)
        optimiser = self.optimizers(use_pl_optimizer=False)
        assert isinstance(optimiser, torch.optim.Optimizer)
        self.pace.set(optimiser, self.global_step)

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:
        """Find the loss of a batch."""
        del batch_idx
        loss, parts = self.find_loss(self.look(batch), batch)
        values: dict[str, Tensor | float] = {
            "train_loss": loss.detach(),
            **{f"train_{name}": value for name, value in parts.items()},
        }
        for name, value in values.items():
            self.log(
                name,
                value,
                on_step=False,
                on_epoch=True,
                # Lightning cannot guess it from a batch of our own.
                batch_size=len(batch.grey),
                sync_dist=True,
            )
        return loss

    def on_validation_epoch_start(self) -> None:
        """Forget the images of the last validation."""
        self.images, self.roc = [], None

    def validation_step(self, batch: Batch, batch_idx: int) -> None:
        """Find loss and scores of held-out samples."""
        del batch_idx
        output = self.look(batch)
        if self.validates_loss:
            loss, _ = self.find_loss(output, batch)
            self.log("val_loss", loss, on_epoch=True, batch_size=len(batch.grey), sync_dist=True)
        self.images += self.score(output, batch)

    def on_validation_epoch_end(self) -> None:
        """Pool the scores of all images, of all devices."""
        images, roc = self.images, self.roc
        if self.trainer.world_size > 1:
            parts: list[Any] = [None] * self.trainer.world_size
            torch.distributed.all_gather_object(parts, (images, roc))
            # A device with fewer images has scored some twice.
            images = list({image.name: image for part, _ in parts for image in part}.values())
            known = [one for _, one in parts if one is not None]
            roc = sum(known, RocCounts()) if known else None
        if not images:
            return
        scores = pool_scores(images, roc)
        for name, key in self.logged.items():
            # On all devices the same: nothing to be averaged.
            self.log(name, float(scores.get(key) or 0.0), rank_zero_only=False, sync_dist=False)
