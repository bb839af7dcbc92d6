"""One training from start to end: on a processor, a GPU or several, stopped and gone on with as one pleases."""

import logging
import signal
import sys
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback, Checkpoint
from torch import nn
from torch.utils.data import DataLoader

from nanocaliper.errors import NanocaliperError, UsageError
from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.evaluation.roc import RocCounts
from nanocaliper.training.checkpoints import KeepBest, KeepEpochs
from nanocaliper.training.curves import Curves
from nanocaliper.training.detection_module import DetectionModule
from nanocaliper.training.experiment_settings import TrainingSettings
from nanocaliper.training.loaders import Loaders, list_worker_settings
from nanocaliper.training.mask_rcnn_module import MaskRcnnModule
from nanocaliper.training.moving_average import MovingAverage
from nanocaliper.training.network_module import NetworkModule, collate_held_out
from nanocaliper.training.progress import EpochBar, EpochLines
from nanocaliper.training.run_folder import LAST, find_weights
from nanocaliper.training.sample_sets import HeldOutSet, TrainingSet
from nanocaliper.training.semantic_module import SemanticModule

__all__ = ["Job", "check_trainable", "make_module", "run_training", "score_held_out"]

#: By the loss; all others are of networks that say particle or background for each pixel.
_MODULES: dict[str, type[NetworkModule]] = {"nsyolo": DetectionModule, "mask_rcnn": MaskRcnnModule}
_PRECISIONS: dict[str, Any] = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}
#: To start workers takes longer than to read so many images.
_FEW_IMAGES = 64


@dataclass(frozen=True)
class Job:
    """What is trained.

    Parameters
    ----------
    network : nn.Module
    settings : TrainingSettings
    classes : tuple of str
    training : TrainingSet
    validation : HeldOutSet
        May be empty; then there is no best epoch, and the last counts.
    """

    network: nn.Module
    settings: TrainingSettings
    classes: tuple[str, ...]
    training: TrainingSet
    validation: HeldOutSet


def run_training(job: Job, folder: Path, *, resume: bool = False) -> None:
    """Train, or go on with a training that was stopped.

    The order of samples, their augmentation and what the network draws depend on seed and epoch alone, so that a
    training that went on is the same as one that was never stopped.

    Parameters
    ----------
    job : Job
        Its network is changed.
    folder : Path
        Gets ``last.ckpt`` after every epoch, ``best.ckpt``, ``epochs/NNNN.ckpt``, ``curves.csv``, ``curves.png``.
    resume : bool
        Whether to go on from ``last.ckpt`` where there is one.

    Raises
    ------
    UsageError
        If there are fewer samples than a batch and devices need, or the precision does not work on a processor.
    """
    settings = job.settings
    check_trainable(settings, len(job.training))
    folder.mkdir(parents=True, exist_ok=True)
    batches = len(job.training) // settings.devices // settings.batch
    module = make_module(job, -(-batches // settings.accumulate))
    best = next(iter(module.logged))
    callbacks: list[Callback] = [Curves(folder), EpochBar(best) if sys.stderr.isatty() else EpochLines()]
    if settings.average_decay:
        callbacks.append(MovingAverage(settings.average_decay))
    if len(job.validation):
        callbacks.append(KeepBest(folder, best, settings.validate_every))
    callbacks.append(KeepEpochs(folder, settings.checkpoint_every))
    last = folder / LAST
    with _quiet():
        trainer = _make_trainer(
            settings,
            folder,
            callbacks,
            devices=settings.devices,
            max_epochs=settings.epochs,
            accumulate_grad_batches=settings.accumulate,
            gradient_clip_val=settings.clip or None,
            check_val_every_n_epoch=settings.validate_every,
            limit_val_batches=None if len(job.validation) else 0,
        )
        loaders = Loaders(settings, job.training, job.validation)
        go_on = str(last) if resume and last.is_file() else None
        before = signal.getsignal(signal.SIGINT)
        try:
            with _in_one_sentence():
                trainer.fit(module, datamodule=loaders, ckpt_path=go_on, weights_only=True)
        except SystemExit:
            # Lightning makes that of Ctrl-C, and is deaf to the next one.
            signal.signal(signal.SIGINT, before)
            raise KeyboardInterrupt from None


def load_weights(network: nn.Module, checkpoint: Path) -> None:
    """Fill a network with the weights of a checkpoint (the moving average where there is one)."""
    state = torch.load(checkpoint, map_location="cpu", weights_only=True)["state_dict"]
    prefix = "network."
    network.load_state_dict({k.removeprefix(prefix): v for k, v in state.items() if k.startswith(prefix)})


def score_held_out(job: Job, folder: Path, samples: HeldOutSet) -> tuple[list[ImageScores], RocCounts | None]:
    """Score the weights of a run on images that it did not see, on one device.

    Parameters
    ----------
    job : Job
        Its network gets the weights.
    folder : Path
        Of the run.
    samples : HeldOutSet

    Returns
    -------
    images : list of ImageScores
    roc : RocCounts or None
    """
    load_weights(job.network, find_weights(folder))
    module = make_module(job)
    workers = list_worker_settings(job.settings) if len(samples) > _FEW_IMAGES else {}
    with _quiet():
        trainer = _make_trainer(job.settings, folder, [], devices=1)
        loader: DataLoader[Any] = DataLoader(
            samples, job.settings.batch, collate_fn=collate_held_out, **workers
        )
        with _in_one_sentence():
            trainer.validate(module, loader, verbose=False)
    return module.images, module.roc


def make_module(job: Job, steps_per_epoch: int = 1) -> NetworkModule:
    """Put a job's network together with its loss and its way of scoring."""
    kind = _MODULES.get(job.settings.loss, SemanticModule)
    # The order in memory that convolutions like best, on processors as on GPUs.
    job.network.to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return kind(job.network, job.settings, job.classes, steps_per_epoch)


def _make_trainer(
    settings: TrainingSettings, folder: Path, callbacks: Sequence[Callback], devices: int, **more: Any
) -> pl.Trainer:
    strategy = "auto"
    if devices > 1:
        # Processes are spawned: the same on every system, and one fold can follow another. A frozen encoder has
        # parameters without gradients.
        strategy = "ddp_spawn_find_unused_parameters_true" if settings.frozen_epochs else "ddp_spawn"
    return pl.Trainer(
        accelerator=settings.accelerator,
        devices=devices,
        strategy=strategy,
        precision=_PRECISIONS[settings.precision],
        callbacks=list(callbacks),
        default_root_dir=folder,
        logger=False,
        enable_checkpointing=any(isinstance(one, Checkpoint) for one in callbacks),
        enable_model_summary=False,
        enable_progress_bar=False,
        num_sanity_val_steps=0,
        use_distributed_sampler=False,
        # What atomics a GPU adds up in another order is not in our hands; all else is the same every time.
        deterministic="warn" if settings.accelerator == "cpu" else False,
        **more,
    )


def check_trainable(settings: TrainingSettings, images: int) -> None:
    """Refuse what cannot be trained on this machine, or with so few images.

    Parameters
    ----------
    settings : TrainingSettings
    images : int
        Number of images to train on.

    Raises
    ------
    UsageError
        If there are fewer samples than a batch and devices need, there is no GPU that was asked for, or the
        precision does not work on a processor.
    """
    if images < settings.devices * settings.batch:
        raise UsageError(
            f"There are {images} images to train on, fewer than a batch of {settings.batch} for each of "
            f"{settings.devices} devices; make batch in [training] smaller."
        )
    on_gpu = settings.accelerator != "cpu" and torch.cuda.is_available()
    if settings.accelerator == "gpu" and not on_gpu:
        raise UsageError(
            "accelerator in [training] is 'gpu', but torch finds none; set it to 'auto' or 'cpu'."
        )
    if settings.precision == "16" and not on_gpu:
        raise UsageError(
            "precision in [training] is '16', which works on a GPU alone; set it to 'bf16' or '32'."
        )


@contextmanager
def _in_one_sentence() -> Iterator[None]:
    """Say what is wrong with an image as the sentence it is: torch puts its workers' traces around it."""
    try:
        yield
    except NanocaliperError as error:
        kind = type(error)
        sentence = str(error).rstrip().rsplit(f"{kind.__name__}: ", 1)[-1]
        raise kind(sentence) from None


@contextmanager
def _quiet() -> Iterator[None]:
    """Keep back what Lightning says about things that are meant to be so."""
    loggers = [logging.getLogger(name) for name in ("pytorch_lightning", "lightning_fabric")]
    levels = [logger.level for logger in loggers]
    try:
        with warnings.catch_warnings():
            # Few or no workers are a choice of the experiment.
            warnings.filterwarnings("ignore", message=".*does not have many workers", category=UserWarning)
            # So are short epochs; there is no logger whose interval could be too long.
            warnings.filterwarnings("ignore", message="The number of training batches", category=UserWarning)
            # A run that goes on writes into the folder it wrote into before, and folds into one each.
            warnings.filterwarnings("ignore", message="Checkpoint directory .* exists", category=UserWarning)
            # The CPU is chosen in the experiment.
            warnings.filterwarnings("ignore", message="GPU available but not used", category=UserWarning)
            # Lightning uses torch's tree functions in a form that torch will drop.
            warnings.filterwarnings("ignore", message=".*LeafSpec", category=FutureWarning)
            for logger in loggers:
                logger.setLevel(logging.ERROR)
            yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
