"""Files of a folder that say what its classes are called, and which format it is in.

``dataset.toml``, written by a person or by ``nanocaliper dataset`` (``simulate``, ``classify``, ``convert``)::

    format = "label-images"
    classes = ["sphere", "rod", "cube"]

``data.yaml`` (YOLO; its ``names``) or ``classes.txt`` (a name a line), and ``classes.csv`` for label images: the
columns ``name`` (of the image), ``particle`` (its number) and ``class``.
"""

import csv
import io
import json
import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from nanocaliper.errors import ReadError

__all__ = [
    "DatasetSettings",
    "encode_class_table",
    "encode_settings",
    "read_class_table",
    "read_settings",
    "read_text",
    "read_yolo_classes",
]

_SETTINGS = "dataset.toml"
_YAML = ("data.yaml", "data.yml", "dataset.yaml", "dataset.yml")
_LISTS = ("classes.txt", "obj.names", "labels/classes.txt")


@dataclass(frozen=True)
class DatasetSettings:
    """What ``dataset.toml`` says.

    Parameters
    ----------
    format : str or None
        Name of the format.
    classes : tuple of str or None
        Names of the classes in their order.
    """

    format: str | None = None
    classes: tuple[str, ...] | None = None


def read_text(path: Path) -> str:
    """Read a file of text.

    Raises
    ------
    ReadError
        If it cannot be read, or is no text.
    """
    try:
        return path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ReadError(f"'{path}' is no text in UTF-8; save it again as such.") from None
    except (OSError, ValueError) as error:
        raise ReadError(f"Cannot read '{path}' ({error}); check its permissions and the drive.") from None


def read_settings(folder: Path) -> DatasetSettings:
    """Read ``dataset.toml``; without one, nothing is set.

    Raises
    ------
    ReadError
        If it is no TOML, has an unknown key, or a value of another kind.
    """
    path = folder / _SETTINGS
    if not path.is_file():
        return DatasetSettings()
    try:
        content = tomllib.loads(read_text(path))
    except tomllib.TOMLDecodeError as error:
        raise ReadError(f"'{path}' is no valid TOML ({error}); correct it.") from None
    unknown = sorted(set(content) - {"format", "classes"})
    if unknown:
        raise ReadError(f"'{path}' has the key '{unknown[0]}'; expected only format and classes.")
    chosen, classes = content.get("format"), content.get("classes")
    if chosen is not None and not isinstance(chosen, str):
        raise ReadError(f"format in '{path}' is {chosen!r}; expected a text.")
    if classes is not None and not (
        isinstance(classes, list) and classes and all(isinstance(one, str) and one.strip() for one in classes)
    ):
        raise ReadError(f"classes in '{path}' is {classes!r}; expected a list of names.")
    return DatasetSettings(chosen, None if classes is None else _settle(classes, path))


def encode_settings(settings: DatasetSettings) -> bytes:
    """Write ``dataset.toml``.

    Parameters
    ----------
    settings : DatasetSettings

    Returns
    -------
    bytes
    """
    lines = []
    if settings.format is not None:
        lines.append(f"format = {_quote(settings.format)}\n")
    if settings.classes is not None:
        lines.append(f"classes = [{', '.join(map(_quote, settings.classes))}]\n")
    return "".join(lines).encode()


def _quote(text: str) -> str:
    """Write a text as TOML, whose escapes are those of JSON."""
    return json.dumps(text, ensure_ascii=False).replace("\x7f", "\\u007f")


def _settle(names: list[str], path: Path) -> tuple[str, ...]:
    stripped = tuple(name.strip() for name in names)
    if len({name.lower() for name in stripped}) < len(stripped):
        raise ReadError(f"'{path}' lists a class twice; name each once.")
    return stripped


def read_yolo_classes(folder: Path) -> tuple[str, ...] | None:
    """Read the names of classes that go with YOLO files.

    Parameters
    ----------
    folder : Path

    Returns
    -------
    tuple of str or None
        None where no file lists them.

    Raises
    ------
    ReadError
        If there is a file, but no names are found in it.
    """
    for path in (folder / name for name in _YAML):
        if path.is_file():
            return _settle(_find_yaml_names(read_text(path), path), path)
    for path in (folder / name for name in _LISTS):
        if path.is_file():
            return _settle([line for line in read_text(path).splitlines() if line.strip()], path)
    return None


def _find_yaml_names(text: str, path: Path) -> list[str]:
    """The value of ``names``: a list or numbered names, on one line or several; all that YOLO files hold."""
    lines = [re.sub(r"(^|\s)#.*$", "", line) for line in text.splitlines()]
    start = next((place for place, line in enumerate(lines) if re.match(r"names\s*:", line)), None)
    if start is None:
        raise ReadError(f"'{path}' has no 'names'; list the names of the classes there.")
    first = lines[start].split(":", 1)[1].strip()
    inner: list[str] = []
    for line in lines[start + 1 :]:
        if line.strip() and not line[0].isspace() and not line.startswith(("-", "]", "}")):
            break
        inner.append(line.strip())
    if first:
        body = " ".join([first, *inner]).strip()
        if (body[0], body[-1]) not in {("[", "]"), ("{", "}")}:
            raise ReadError(f"'names' in '{path}' is {body[:40]!r}; expected a list of names.")
        items = [item for item in body[1:-1].split(",") if item.strip()]
    else:
        items = [line.removeprefix("-") for line in inner if line]
    numbered: dict[int, str] = {}
    for place, item in enumerate(items):
        found = re.fullmatch(r"\s*(?:(\d+)\s*:)?\s*(?:\"([^\"]+)\"|'([^']+)'|([^\"'\[\]{}:]+?))\s*", item)
        if found is None:
            raise ReadError(
                f"'names' in '{path}' holds {item.strip()[:40]!r}; expected a name or 'number: name'."
            )
        numbered[place if found[1] is None else int(found[1])] = found[2] or found[3] or found[4]
    if not numbered or sorted(numbered) != list(range(len(items))):
        raise ReadError(f"'names' in '{path}' does not number the classes 0, 1, 2, ...; correct it.")
    return [numbered[place] for place in range(len(items))]


def encode_class_table(rows: Iterable[tuple[str, int, str]]) -> bytes:
    """Write ``classes.csv``.

    Parameters
    ----------
    rows : iterable of (str, int, str)
        Name of the image, number of the particle, class.

    Returns
    -------
    bytes
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "particle", "class"))
    writer.writerows(rows)
    return text.getvalue().encode()


def read_class_table(folder: Path) -> Mapping[str, Mapping[int, str]] | None:
    """Read ``classes.csv``: the class of each label of label images.

    Returns
    -------
    mapping of str to mapping of int to str, or None
        By image, then by label; None where there is no such file.

    Raises
    ------
    ReadError
        If a column is missing, or a number is none.
    """
    path = folder / "classes.csv"
    if not path.is_file():
        return None
    rows = csv.DictReader(read_text(path).splitlines())
    if rows.fieldnames is None or not {"name", "particle", "class"} <= set(rows.fieldnames):
        raise ReadError(f"'{path}' has the columns {rows.fieldnames}; expected name, particle and class.")
    table: dict[str, dict[int, str]] = {}
    for row in rows:
        number, named = row["particle"], (row["class"] or "").strip()
        if not (number or "").isdigit() or not named:
            raise ReadError(
                f"Line {rows.line_num} of '{path}' has the particle {number!r} and the class {named!r}; expected "
                "a number and a name."
            )
        table.setdefault(row["name"], {})[int(number)] = named
    return table
