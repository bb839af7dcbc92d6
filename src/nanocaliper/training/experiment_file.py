"""An experiment as a file of its own: every setting, with paths that hold from the folder it lies in."""

import os.path
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from nanocaliper.errors import NanocaliperError
from nanocaliper.training.experiment import change_paths, list_tables, read_experiment
from nanocaliper.training.experiment_settings import AblationSettings, Experiment
from nanocaliper.training.toml_value import write_value

__all__ = ["place_paths", "resolve_paths", "write_experiment"]

Tables = Mapping[str, Mapping[str, Any]]

_BARE_KEY = re.compile(r"[A-Za-z0-9_-]+")


def write_experiment(experiment: Experiment, path: Path, options: str = "") -> None:
    """Write an experiment so that `read_experiment` reads the same.

    A file that says the same already is left as it is: it may be a person's own, with comments.

    Parameters
    ----------
    experiment : Experiment
        Paths in it are relative to the working folder, or absolute.
    path : Path
    options : str
        Of the command that trains it, for the head of the file.

    Raises
    ------
    OSError
        If the file cannot be written.
    """
    if _says_the_same(path, experiment):
        return
    tables = place_paths(list_tables(experiment), path.parent)
    again = " ".join(part for part in (f"nanocaliper train {path.name}", options, "--run FOLDER") if part)
    lines = [
        "# Every setting of a training; paths are relative to this file.",
        f"# The same again: {again}",
    ]
    for name, values in tables.items():
        lines += ["", f"[{name}]", *(f"{_name(key)} = {write_value(value)}" for key, value in values.items())]
    for ablation in experiment.ablations:
        lines += ["", "[[ablation]]", f"name = {write_value(ablation.name)}"]
        for table, values in place_paths(_tables_of(ablation), path.parent).items():
            lines += [f"{table}.{_name(key)} = {write_value(value)}" for key, value in values.items()]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def place_paths(tables: Tables, folder: Path) -> dict[str, dict[str, Any]]:
    """Give tables again with paths for a file in a folder.

    Relative where both lie in one tree, so that data and runs can be moved together; absolute where they share no
    more than the root of a drive.

    Parameters
    ----------
    tables : mapping
        Paths in them are relative to the working folder, or absolute.
    folder : Path

    Returns
    -------
    dict of str to dict
    """
    home = folder.resolve()

    def place(value: str) -> str:
        target = Path(value).resolve()
        if target.parts[:2] != home.parts[:2]:
            return target.as_posix()
        return Path(os.path.relpath(target, home)).as_posix()

    return change_paths(tables, place)


def resolve_paths(tables: Tables, base: Path) -> dict[str, dict[str, Any]]:
    """Give tables again with each path as the place that it leads to, however it is written.

    Parameters
    ----------
    tables : mapping
    base : Path
        What relative paths are relative to.

    Returns
    -------
    dict of str to dict
        Paths are `Path`, which compare as their system compares names.
    """
    resolved = change_paths(tables, lambda value: (base / value).resolve())
    data = resolved.get("data", {})
    if data.get("split") and "folder" in data:
        data["split"] = (data["folder"] / data["split"]).resolve()
    return resolved


def _says_the_same(path: Path, experiment: Experiment) -> bool:
    try:
        found = read_experiment(path)
    except NanocaliperError:
        return False
    if experiment.ablations and _list_resolved(experiment)[1:] != _list_resolved(found)[1:]:
        return False
    return _list_resolved(found)[0] == _list_resolved(experiment)[0]


def _list_resolved(experiment: Experiment) -> list[tuple[str, Tables]]:
    """Name and tables of the experiment itself, then of its ablations."""
    every = [("", list_tables(experiment)), *((one.name, _tables_of(one)) for one in experiment.ablations)]
    return [(name, resolve_paths(tables, Path())) for name, tables in every]


def _tables_of(ablation: AblationSettings) -> dict[str, dict[str, Any]]:
    """What an ablation changes, by table."""
    tables: dict[str, dict[str, Any]] = {}
    for name, value in ablation.changes.items():
        table, _, key = name.partition(".")
        tables.setdefault(table, {})[key] = value
    return tables


def _name(key: str) -> str:
    return key if _BARE_KEY.fullmatch(key) else write_value(key)
