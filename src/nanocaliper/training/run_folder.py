"""What is needed to repeat a run, kept beside its result.

::

    RUN/experiment.toml   every setting with its value: what `nanocaliper train` repeats the run from
    RUN/settings.json     the same, with classes, versions, command line
    RUN/split.csv         a row an image: name, part, digests of the image and of its annotation
"""

import csv
import hashlib
import json
import platform
import sys
from collections.abc import Mapping, Sequence
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

from nanocaliper.errors import OutputError, ReadError, UsageError
from nanocaliper.training.data.annotated_folder import AnnotatedFolder
from nanocaliper.training.experiment import list_tables, make_experiment
from nanocaliper.training.experiment_file import place_paths, resolve_paths, write_experiment
from nanocaliper.training.experiment_settings import Experiment

__all__ = ["BEST", "LAST", "check_resumable", "find_weights", "record_protocol", "record_run"]

#: Checkpoints in a run's folder: of the best validation, and of the last epoch.
BEST, LAST = "best.ckpt", "last.ckpt"

_PACKAGES = (
    "nanocaliper",
    "torch",
    "pytorch-lightning",
    "numpy",
    "opencv-python-headless",
    "faster-coco-eval",
)
_EXPERIMENT, _SETTINGS, _SPLIT = "experiment.toml", "settings.json", "split.csv"
_COLUMNS = ("name", "part", "image_sha256", "annotation_sha256")
#: Settings that change how fast a run is, not what comes out of it.
_FREE = {("training", "workers")}


def record_run(
    folder: Path,
    experiment: Experiment,
    parts: Mapping[str, Sequence[str]],
    data: AnnotatedFolder,
    classes: Sequence[str] = (),
    fold: str = "",
) -> None:
    """Write down what a run is made of.

    Parameters
    ----------
    folder : Path
        Made where it does not exist.
    experiment : Experiment
    parts : mapping of str to sequence of str
        Names of the images by part.
    data : AnnotatedFolder
        Where they are.
    classes : sequence of str
        Names of the classes, where the experiment leaves them to the data.
    fold : str
        The one that is held out; empty where there are no folds.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    content = {
        "settings": place_paths(list_tables(experiment), folder),
        "classes": list(classes),
        "fold": fold,
        "command": sys.argv,
        "versions": {
            "python": platform.python_version(),
            **{name: _find_version(name) for name in _PACKAGES},
        },
        "platform": platform.platform(),
    }
    try:
        folder.mkdir(parents=True, exist_ok=True)
        (folder / _SETTINGS).write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")
        write_experiment(experiment, folder / _EXPERIMENT, f"--fold {fold}" if fold else "")
        with (folder / _SPLIT).open("w", newline="", encoding="utf-8") as stream:
            csv.writer(stream).writerows([_COLUMNS, *_list_split(parts, data)])
    except (OSError, UnicodeError) as error:
        raise _cannot_write(folder, error) from None


def record_protocol(folder: Path, experiment: Experiment, options: str) -> None:
    """Write down what several runs are made of, above the folders of each.

    Parameters
    ----------
    folder : Path
        Made where it does not exist. One that is a run itself keeps what it has.
    experiment : Experiment
        With its ablations where they are trained.
    options : str
        Of the command that trains the same runs.

    Raises
    ------
    OutputError
        If the folder cannot be written to.
    """
    if (folder / _SETTINGS).is_file():
        return
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_experiment(experiment, folder / _EXPERIMENT, options)
    except (OSError, UnicodeError) as error:
        raise _cannot_write(folder, error) from None


def _cannot_write(folder: Path, error: OSError | UnicodeError) -> OutputError:
    reason = getattr(error, "strerror", None) or error
    return OutputError(f"Cannot write to the run's folder '{folder}' ({reason}); choose another with --run.")


def check_resumable(
    folder: Path,
    experiment: Experiment,
    parts: Mapping[str, Sequence[str]],
    data: AnnotatedFolder,
    resume: bool,
) -> None:
    """Refuse to write into a run that is there already, or to go on with one of other settings or images.

    Parameters
    ----------
    folder : Path
        Of the run; one without a checkpoint may be begun anew.
    experiment, parts, data
        As `record_run` gets them.
    resume : bool
        Whether the run is to go on.

    Raises
    ------
    UsageError
        If there is a run and `resume` is false, or its settings, images, annotations or parts were others: what it
        was trained on would count as held out.
    ReadError
        If what was written down is damaged.
    """
    if not _is_begun(folder):
        return
    if not resume:
        raise UsageError(
            f"There is a run in '{folder}' already; go on with it with --resume, or choose another folder "
            "with --run."
        )
    _check_settings(folder, experiment)
    _check_images(folder, _list_split(parts, data))


def _check_settings(folder: Path, experiment: Experiment) -> None:
    path = folder / _SETTINGS
    try:
        # Keys that older runs did not write down stand for their defaults.
        written = list_tables(make_experiment(json.loads(path.read_text(encoding="utf-8"))["settings"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError, UsageError):
        raise ReadError(f"'{path}' is damaged; train anew in another folder.") from None
    # Paths of older runs are relative to the folder in which they were started.
    befores = [resolve_paths(written, base) for base in (folder, Path())]
    for table, values in resolve_paths(list_tables(experiment), Path()).items():
        old = written.get(table, {})
        for key in sorted({*values, *old}):
            same = any(values.get(key) == before.get(table, {}).get(key) for before in befores)
            if (table, key) not in _FREE and not same:
                now = values.get(key)
                raise UsageError(
                    f"The run in '{folder}' was begun with {key} = {old.get(key)!r} in [{table}], now it is "
                    f"{str(now) if isinstance(now, Path) else now!r}; go on with the same experiment, or choose "
                    "another folder with --run."
                )


def _check_images(folder: Path, rows: list[list[str]]) -> None:
    path = folder / _SPLIT
    try:
        with path.open(newline="", encoding="utf-8") as stream:
            before = {row[0]: row for row in csv.reader(stream) if len(row) == len(_COLUMNS)}
    except (OSError, ValueError, csv.Error):
        raise ReadError(f"'{path}' is damaged; train anew in another folder.") from None
    now = {row[0]: row for row in rows}
    for name in sorted({*before, *now} - {_COLUMNS[0]}):
        old, new = before.get(name), now.get(name)
        if old == new:
            continue
        if old is None or new is None:
            what = "is new" if old is None else "is not there any more"
        elif old[1] != new[1]:
            what = f"was in the part '{old[1]}' and is in '{new[1]}'"
        else:
            what = "or its annotation was changed"
        raise UsageError(
            f"The run in '{folder}' was begun with other images: '{name}' {what}; go on with the same images, or "
            "choose another folder with --run."
        )


def _is_begun(folder: Path) -> bool:
    """Whether a run has come to its first checkpoint: before that, whatever stopped it may be mended."""
    return all((folder / name).is_file() for name in (LAST, _SETTINGS, _SPLIT))


def _list_split(parts: Mapping[str, Sequence[str]], data: AnnotatedFolder) -> list[list[str]]:
    """A row an image: name, part, digests of the image and of its annotation."""
    entries = {entry.name: entry for entry in data.entries}
    rows = []
    for part, names in parts.items():
        for name in names:
            files = (entries[name].image, entries[name].annotation)
            rows.append(
                [name, part, *("" if below is None else _digest(data.folder / below) for below in files)]
            )
    return rows


def find_weights(folder: Path) -> Path:
    """Find the checkpoint of a run that counts: the best where there is one, else the last.

    Raises
    ------
    UsageError
        If there is none.
    """
    for name in (BEST, LAST):
        if (folder / name).is_file():
            return folder / name
    raise UsageError(
        f"There is no checkpoint in '{folder}'; train first: 'nanocaliper train CONFIG --run FOLDER'."
    )


def _find_version(package: str) -> str | None:
    try:
        return version(package)
    except PackageNotFoundError:
        return None


def _digest(path: Path) -> str:
    with path.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()
