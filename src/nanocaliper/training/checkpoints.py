"""Which epochs of a training are kept: the best, the last and every n-th."""

import shutil
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Checkpoint, ModelCheckpoint

from nanocaliper.training.run_folder import BEST, LAST

__all__ = ["KeepBest", "KeepEpochs"]


class KeepBest(ModelCheckpoint):
    """Keep the epoch of the best validation.

    Parameters
    ----------
    folder : Path
    score : str
        What is logged under this name is to be high.
    every : int
        Epochs between two validations.
    """

    def __init__(self, folder: Path, score: str, every: int) -> None:
        super().__init__(
            folder,
            Path(BEST).stem,
            monitor=score,
            mode="max",
            every_n_epochs=every,
            enable_version_counter=False,
            save_on_train_epoch_end=True,
        )

    @property
    def state_key(self) -> str:
        """Name in checkpoints: Lightning's own, under which older runs keep their best score."""
        return super().state_key.replace(type(self).__qualname__, ModelCheckpoint.__qualname__, 1)

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on with the best score so far, also where the run's folder was moved: Lightning would forget it."""
        assert self.dirpath is not None
        here = str(Path(self.dirpath) / BEST)
        paths = ("best_model_path", "kth_best_model_path")
        moved = {name: here for name in paths if state_dict.get(name)}
        scores = {"best_k_models": dict.fromkeys([here], state_dict["best_model_score"]) if moved else {}}
        super().load_state_dict(state_dict | moved | scores | {"dirpath": self.dirpath})


class KeepEpochs(Checkpoint):
    """Keep the last epoch, whole or as it was before, for a run may be killed at any moment; and every n-th.

    Parameters
    ----------
    folder : Path
    every : int
    """

    def __init__(self, folder: Path, every: int) -> None:
        self._folder = folder
        self._every = every

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the epoch that has just ended."""
        del pl_module
        last = self._folder / LAST
        part = last.with_suffix(".part")
        trainer.save_checkpoint(part)
        if not trainer.is_global_zero:
            return
        part.replace(last)
        done = trainer.current_epoch + 1
        if done % self._every == 0:
            (self._folder / "epochs").mkdir(exist_ok=True)
            shutil.copyfile(last, self._folder / "epochs" / f"{done:04d}.ckpt")
