"""Losses, rate and scores by epoch: a table and a picture that grow with the run."""

import csv
import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

__all__ = ["Curves", "draw_curves", "read_curves", "take_metrics"]

Row = dict[str, float]

#: Drawing takes a second: for short epochs, not after each.
_DRAW_AFTER_S = 30.0

_COLOURS = ("#0072B2", "#D55E00", "#009E73", "#CC79A7", "#E69F00", "#56B4E9", "#000000")


class Curves(Callback):
    """Keep ``curves.csv`` and ``curves.png``.

    Parameters
    ----------
    folder : Path
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._rows: list[Row] = []
        self._began = time.monotonic()
        self._drawn = self._began

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Keep what was before where a run goes on."""
        del pl_module
        self._rows = [row for row in read_curves(self._folder) if row["epoch"] <= trainer.current_epoch]

    def on_train_epoch_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Start the clock."""
        del trainer, pl_module
        self._began = time.monotonic()

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Add a row; epochs are counted from 1."""
        del pl_module
        if not trainer.is_global_zero:
            return
        row: Row = {"epoch": trainer.current_epoch + 1, "rate": trainer.optimizers[0].param_groups[0]["lr"]}
        row |= take_metrics(trainer)
        row["seconds"] = time.monotonic() - self._began
        self._rows.append(row)
        columns = list(dict.fromkeys(name for one in self._rows for name in one))
        with (self._folder / "curves.csv").open("w", newline="", encoding="utf-8") as stream:
            writer = csv.DictWriter(stream, columns, restval="")
            writer.writeheader()
            writer.writerows({name: f"{value:.6g}" for name, value in one.items()} for one in self._rows)
        if time.monotonic() - self._drawn > _DRAW_AFTER_S:
            self._draw()

    def on_train_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Draw all epochs."""
        del pl_module
        if trainer.is_global_zero and self._rows:
            self._draw()

    def _draw(self) -> None:
        draw_curves(self._rows, self._folder / "curves.png")
        self._drawn = time.monotonic()


def take_metrics(trainer: pl.Trainer) -> Row:
    """Take what was logged in this epoch, by name; scores of an earlier validation are not of this epoch.

    Parameters
    ----------
    trainer : pytorch_lightning.Trainer

    Returns
    -------
    dict of str to float
    """
    every = trainer.check_val_every_n_epoch or 1
    validated = (trainer.current_epoch + 1) % every == 0
    logged = sorted(trainer.callback_metrics.items())
    return {name: float(value) for name, value in logged if validated or not name.startswith("val_")}


def read_curves(folder: Path) -> list[Row]:
    """Read ``curves.csv`` of a run; empty where there is none.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    list of dict of str to float
        A row an epoch.
    """
    path = folder / "curves.csv"
    if not path.is_file():
        return []
    with path.open(newline="", encoding="utf-8") as stream:
        return [
            {name: float(value) for name, value in row.items() if value} for row in csv.DictReader(stream)
        ]


def draw_curves(rows: list[Row], path: Path) -> None:
    """Draw losses above, scores below.

    Parameters
    ----------
    rows : list of dict of str to float
        As `read_curves` gives them.
    path : Path
        PNG file to write.
    """
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure
    from matplotlib.ticker import MaxNLocator

    names = list(dict.fromkeys(name for row in rows for name in row))
    losses = [name for name in names if name.endswith("_loss")]
    scores = [name for name in names if name.startswith("val_") and name not in losses]
    figure = Figure(figsize=(6.4, 6.4), layout="constrained")
    FigureCanvasAgg(figure)
    above, below = figure.subplots(2, 1, sharex=True)
    for axes, shown, label in ((above, losses, "loss"), (below, scores, "score of held-out images")):
        _draw(axes, rows, shown)
        axes.set_ylabel(label)
    below.set_ylim(0, 1.02)
    below.set_xlabel("epoch")
    below.xaxis.set_major_locator(MaxNLocator(integer=True))
    figure.savefig(path, format="png", dpi=120, metadata={"Software": None})


def _draw(axes: Any, rows: list[Row], names: list[str]) -> None:
    for k, name in enumerate(names):
        points = [(row["epoch"], row[name]) for row in rows if name in row]
        marker = "." if len(points) < 30 else ""
        axes.plot(*zip(*points, strict=True), label=name, color=_COLOURS[k % len(_COLOURS)], marker=marker)
    axes.spines[["top", "right"]].set_visible(False)
    if names:
        axes.legend(frameon=False, fontsize=8)
