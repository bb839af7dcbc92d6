"""Batches for training and validation, on one device or several."""

from typing import Any

import cv2
import pytorch_lightning as pl
from torch.utils.data import DataLoader

from nanocaliper.training.epoch_order import EpochOrder
from nanocaliper.training.experiment_settings import TrainingSettings
from nanocaliper.training.network_module import collate, collate_held_out
from nanocaliper.training.sample_sets import HeldOutSet, TrainingSet

__all__ = ["Loaders", "list_worker_settings"]


class Loaders(pl.LightningDataModule):
    """Loaders of samples, made in the process that uses them: it alone knows which device it is.

    Parameters
    ----------
    settings : TrainingSettings
    training : TrainingSet
    validation : HeldOutSet
        Not asked for where it is empty.
    """

    def __init__(self, settings: TrainingSettings, training: TrainingSet, validation: HeldOutSet) -> None:
        super().__init__()
        self._settings = settings
        self._training = training
        self._validation = validation

    def _rank(self) -> int:
        assert self.trainer is not None
        return self.trainer.global_rank

    def train_dataloader(self) -> DataLoader[Any]:
        """Give the batches to train on; an incomplete one at the end is left out."""
        settings = self._settings
        order = EpochOrder(len(self._training), settings.seed, self._rank(), settings.devices)
        return DataLoader(
            self._training,
            settings.batch,
            sampler=order,
            collate_fn=collate,
            drop_last=True,
            **list_worker_settings(settings),
        )

    def val_dataloader(self) -> DataLoader[Any]:
        """Give this device's part of the images to validate on."""
        settings, held_out = self._settings, self._validation
        count, ranks = len(held_out), settings.devices
        # Every device needs as many batches as the others: some images come twice, and are counted once.
        places = [(self._rank() + k * ranks) % count for k in range(-(-count // ranks))]
        part = HeldOutSet(held_out.samples, held_out.side, held_out.fit, places)
        return DataLoader(part, settings.batch, collate_fn=collate_held_out, **list_worker_settings(settings))


def list_worker_settings(settings: TrainingSettings) -> dict[str, Any]:
    """Give what a loader must be told of its worker processes, which are spawned: the same on every system."""
    if not settings.workers:
        return {}
    return {
        "num_workers": settings.workers,
        "multiprocessing_context": "spawn",
        "persistent_workers": True,
        "worker_init_fn": _use_one_thread,
    }


def _use_one_thread(_: int) -> None:
    """Keep OpenCV from making threads in every worker: they would stand in each other's way."""
    cv2.setNumThreads(1)
