"""How far a training is: a bar of one line on a terminal, else a line an epoch."""

import sys
import time
from typing import TYPE_CHECKING, Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from nanocaliper.training.curves import take_metrics

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["EpochBar", "EpochLines"]

#: Asking for the loss more often would hold up a GPU.
_LOOK_EVERY_S = 0.5


class EpochBar(Callback):
    """A bar over the whole training, with the loss and the score that chooses the best epoch.

    Parameters
    ----------
    score : str
        Name of that score in the log.
    """

    def __init__(self, score: str) -> None:
        self._score = score
        self._bar: Progress | None = None
        self._looked = 0.0
        self._values: dict[str, float] = {}

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Draw the bar; a training that goes on starts in its midst."""
        del pl_module
        if not trainer.is_global_zero:
            return
        from rich.console import Console
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn, TimeRemainingColumn

        self._bar = Progress(
            TextColumn("{task.description}"),
            # As wide as the line leaves room for.
            BarColumn(None),
            TimeElapsedColumn(),
            TextColumn("left"),
            TimeRemainingColumn(),
            TextColumn("{task.fields[values]}"),
            console=Console(stderr=True),
            expand=True,
        )
        batches, epochs = int(trainer.num_training_batches), trainer.max_epochs or 1
        self._bar.add_task(
            "", total=batches * epochs, completed=batches * trainer.current_epoch, values="", start=True
        )
        self._show(trainer)
        self._bar.start()

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Say which epoch it is."""
        del pl_module
        self._show(trainer)

    def on_train_batch_end(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, outputs: Any, batch: Any, batch_idx: int
    ) -> None:
        """Move on by a batch."""
        del pl_module, batch, batch_idx
        if self._bar is None:
            return
        if time.monotonic() - self._looked > _LOOK_EVERY_S:
            self._looked = time.monotonic()
            self._values["loss"] = float(outputs["loss"])
        self._show(trainer, advance=1)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Show the values of the epoch."""
        del pl_module
        for name, value in take_metrics(trainer).items():
            if name in ("train_loss", self._score):
                self._values[name.partition("_")[2]] = value
        self._show(trainer)

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Leave the bar as it is."""
        del trainer, pl_module
        self._stop()

    def on_exception(
        self, trainer: pl.Trainer, pl_module: pl.LightningModule, exception: BaseException
    ) -> None:
        """Leave the bar where the training was stopped."""
        del trainer, pl_module, exception
        self._stop()

    def _show(self, trainer: pl.Trainer, advance: int = 0) -> None:
        if self._bar is not None:
            epochs = trainer.max_epochs or 1
            self._bar.update(
                self._bar.task_ids[0],
                advance=advance,
                description=f"epoch {min(trainer.current_epoch + 1, epochs)}/{epochs}",
                values=" ".join(f"{name} {value:.4f}" for name, value in self._values.items()),
            )

    def _stop(self) -> None:
        if self._bar is not None:
            self._bar.stop()
            self._bar = None


class EpochLines(Callback):
    """A line an epoch, with everything that is logged, where there is no terminal for a bar."""

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Print the line."""
        del pl_module
        if trainer.is_global_zero:
            text = ", ".join(f"{name} {value:.4f}" for name, value in take_metrics(trainer).items())
            print(
                f"epoch {trainer.current_epoch + 1}/{trainer.max_epochs}: {text}", file=sys.stderr, flush=True
            )
