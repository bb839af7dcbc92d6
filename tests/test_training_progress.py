"""The bar of a training: one line, however narrow the terminal, and left where the training ended."""

import dataclasses
import io
import re
from pathlib import Path

import pytest

from nanocaliper.training.engine import run_training
from nanocaliper.training.experiment_settings import TrainingSettings
from nanocaliper.training.semantic_module import SemanticModule
from test_training_engine import StoppedError, StoppingNetwork
from tiny_training import make_job

SETTINGS = TrainingSettings(epochs=100, batch=2, rate=0.01, accelerator="cpu", checkpoint_every=1000)
COLOURS = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]")


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def look(monkeypatch: pytest.MonkeyPatch, width: int) -> Terminal:
    terminal = Terminal()
    monkeypatch.setattr("sys.stderr", terminal)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(width))
    for name in ("NO_COLOR", "FORCE_COLOR", "TTY_COMPATIBLE", "TTY_INTERACTIVE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("nanocaliper.training.curves.draw_curves", lambda *_: None)
    return terminal


def list_lines(terminal: Terminal) -> list[str]:
    return [
        COLOURS.sub("", line) for line in re.split(r"[\r\n]+", terminal.getvalue()) if COLOURS.sub("", line)
    ]


@pytest.mark.parametrize("width", [80, 50])
def test_the_bar_is_one_line(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, width: int) -> None:
    # The longest name of a score that chooses the best epoch.
    monkeypatch.setattr(SemanticModule, "logged", {"val_map_50_95": "semantic_iou"})
    terminal = look(monkeypatch, width)
    # Stopped in its second epoch of a hundred.
    with pytest.raises(StoppedError):
        run_training(make_job(SETTINGS, network=StoppingNetwork(6, StoppedError)), tmp_path)
    lines = list_lines(terminal)
    assert max(map(len, lines)) <= width
    assert terminal.getvalue().count("\n") == 1  # nothing but the line itself stays
    assert "\x1b[1A" not in terminal.getvalue()  # and nothing was ever above it to be taken back
    assert lines[-1].startswith("epoch 2/")
    if width == 80:
        assert lines[-1].startswith("epoch 2/100 ")
        assert re.search(r" left \S+ loss \d+\.\d{4} map_50_95 \d\.\d{4}$", lines[-1])


def test_a_run_that_goes_on_starts_in_the_midst_of_its_bar(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    terminal = look(monkeypatch, 80)
    settings = dataclasses.replace(SETTINGS, epochs=2)
    with pytest.raises(StoppedError):
        run_training(make_job(settings, network=StoppingNetwork(6, StoppedError)), tmp_path)
    before = len(list_lines(terminal))
    run_training(make_job(settings), tmp_path, resume=True)
    lines = list_lines(terminal)
    assert lines[before].startswith("epoch 2/2 ")
    assert re.search(r" loss \d\.\d{4} iou \d\.\d{4}$", lines[-1])
    assert lines[-1].startswith("epoch 2/2 ")
