"""An experiment: one TOML file that says what is trained, on what, and how.

Four tables, ``[data]``, ``[network]``, ``[training]`` and ``[augmentation]``, and any number of ``[[ablation]]``;
the keys are those of `nanocaliper.training.experiment_settings`. See ``docs/training.md``.
"""

import dataclasses
import tomllib
from collections.abc import Callable, Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.training.experiment_settings import (
    AblationSettings,
    AugmentationSettings,
    DataSettings,
    Experiment,
    NetworkSettings,
    TrainingSettings,
)
from nanocaliper.training.settings_table import read_table

__all__ = ["change_paths", "list_tables", "make_experiment", "read_experiment", "vary"]

#: Table of the file, and the dataclass whose fields its keys are; those with options keep other keys there.
_TABLES: dict[str, type] = {
    "data": DataSettings,
    "network": NetworkSettings,
    "training": TrainingSettings,
    "augmentation": AugmentationSettings,
}
#: Settings that are paths, by table; `split` is none: it is looked for in `folder`.
_PATHS = {"data": ("folder", "simulated"), "network": ("encoder_weights", "start")}


def read_experiment(path: Path) -> Experiment:
    """Read an experiment.

    Parameters
    ----------
    path : Path
        A TOML file.

    Returns
    -------
    Experiment
        Paths in it are relative to the working folder, or absolute.

    Raises
    ------
    ReadError
        If there is no such file, or it is no TOML.
    UsageError
        If a key is unknown, or a value is of the wrong type or impossible.
    """
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ReadError(
            f"The experiment '{path}' cannot be read ({error.strerror or error}); expected a TOML file."
        ) from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ReadError(f"The experiment '{path}' is no TOML file: {error}.") from None

    def place(value: str) -> str:
        return str(path.parent / value)

    content = change_paths(content, place)
    if isinstance(ablations := content.get("ablation"), list):
        content["ablation"] = [
            change_paths(one, place) if isinstance(one, Mapping) else one for one in ablations
        ]
    return make_experiment(content)


def change_paths(tables: Mapping[str, Any], change: Callable[[str], Any]) -> dict[str, Any]:
    """Change every path among the settings.

    Parameters
    ----------
    tables : mapping
        Those of a file, or of an ablation.
    change : callable
        Gives what stands in the place of a path; settings that name none are not handed to it.

    Returns
    -------
    dict
    """
    changed = dict(tables)
    for table, keys in _PATHS.items():
        if isinstance(values := tables.get(table), Mapping):
            named = {key: values[key] for key in keys if isinstance(values.get(key), str) and values[key]}
            changed[table] = {**values, **{key: change(value) for key, value in named.items()}}
    return changed


def make_experiment(content: Mapping[str, Any]) -> Experiment:
    """Make an experiment from the tables of a file.

    Parameters
    ----------
    content : mapping
        ``data``, ``network``, ``training``, ``augmentation``, ``ablation``.

    Returns
    -------
    Experiment

    Raises
    ------
    UsageError
        If a key is unknown, or a value is of the wrong type or impossible.
    """
    allowed = [*_TABLES, "ablation"]
    for name, values in content.items():
        if name not in allowed:
            raise UsageError(f"The experiment has the table [{name}]; expected {', '.join(allowed)}.")
        if name in _TABLES and not isinstance(values, Mapping):
            raise UsageError(f"'{name}' of the experiment is {values!r}; expected a table [{name}].")
    tables: dict[str, Any] = {
        name: read_table(kind, content.get(name, {}), name) for name, kind in _TABLES.items()
    }
    return Experiment(**tables, ablations=_read_ablations(content.get("ablation", [])))


def list_tables(experiment: Experiment) -> dict[str, dict[str, Any]]:
    """Give the tables again with every key, also those that the file left out; ablations are not among them.

    `make_experiment` makes the same experiment of them.

    Parameters
    ----------
    experiment : Experiment

    Returns
    -------
    dict of str to dict
        Plain JSON values.
    """
    tables: dict[str, dict[str, Any]] = {}
    for name in _TABLES:
        part = getattr(experiment, name)
        values = {f.name: getattr(part, f.name) for f in dataclasses.fields(part)}
        values |= values.pop("options", {})
        tables[name] = {
            key: list(value) if isinstance(value, tuple) else str(value) if isinstance(value, Path) else value
            for key, value in values.items()
        }
    return tables


def vary(experiment: Experiment, changes: Mapping[str, Any]) -> Experiment:
    """Change single values of an experiment.

    Parameters
    ----------
    experiment : Experiment
    changes : mapping
        New values by table and key, for example ``{'network.crcra': False}``.

    Returns
    -------
    Experiment
        Without ablations.

    Raises
    ------
    UsageError
        If a key is unknown or a value impossible.
    """
    tables = list_tables(experiment)
    for name, value in changes.items():
        table, _, key = name.partition(".")
        if table not in tables or not key:
            raise UsageError(
                f"There is no setting {name!r}; expected a table and a key, such as network.crcra."
            )
        tables[table][key] = value
    return make_experiment(tables)


def _read_ablations(values: Any) -> tuple[AblationSettings, ...]:
    if not isinstance(values, list) or not all(isinstance(one, Mapping) for one in values):
        raise UsageError(
            "'ablation' of the experiment is no list of tables; expected [[ablation]] before each."
        )
    ablations: list[AblationSettings] = []
    for table in values:
        name = table.get("name")
        if not isinstance(name, str) or not name or name in (one.name for one in ablations):
            raise UsageError(f"An [[ablation]] has the name {name!r}; expected a text, another one for each.")
        changes: dict[str, Any] = {}
        for part, given in table.items():
            if part == "name":
                continue
            if part not in _TABLES or not isinstance(given, Mapping):
                raise UsageError(
                    f"The [[ablation]] {name!r} has the key {part!r}; expected name, and keys such as "
                    "network.crcra."
                )
            changes |= {f"{part}.{key}": value for key, value in given.items()}
        ablations.append(AblationSettings(name, MappingProxyType(changes)))
    return tuple(ablations)
