"""Splits for training, validation and test: whole groups, balanced, the same for the same seed."""

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.training.data.class_names import read_text

__all__ = [
    "GROUP_COLUMNS",
    "SPLIT_FILES",
    "SPLIT_NAMES",
    "SplitImage",
    "encode_splits",
    "group_by_pattern",
    "parse_ratio",
    "read_folder_groups",
    "read_groups",
    "read_splits",
    "split_folds",
    "split_ratio",
]

#: Names of the parts of a split by ratio; with two numbers, the first two.
SPLIT_NAMES = ("train", "validation", "test")
#: Columns that say what an image is from, the first one that is there counts.
GROUP_COLUMNS = ("group", "sample", "article", "doi")
SPLIT_FILES = ("splits.csv", "folds.csv")


@dataclass(frozen=True)
class SplitImage:
    """One image to be put into a part.

    Parameters
    ----------
    name : str
    particles : int
        Number of its particles.
    group : str or None
        Images of a group stay together; None: it stands alone.
    """

    name: str
    particles: int
    group: str | None = None


def parse_ratio(text: str) -> tuple[float, ...]:
    """Read a ratio such as ``8:1:1``.

    Raises
    ------
    UsageError
        If it is none of two or three numbers above zero.
    """
    parts = text.split(":")
    if len(parts) not in (2, 3) or not all(re.fullmatch(r"\d+(\.\d+)?", part.strip()) for part in parts):
        raise UsageError(f"The ratio is '{text}'; expected two or three numbers such as 8:2 or 8:1:1.")
    numbers = tuple(float(part) for part in parts)
    if min(numbers) <= 0:
        raise UsageError(f"The ratio is '{text}'; expected numbers above zero, as 8:2 for no test part.")
    return numbers


def split_ratio(images: Sequence[SplitImage], ratio: Sequence[float], seed: int) -> dict[str, str]:
    """Split into training, validation and, with three numbers, test.

    Parameters
    ----------
    images : sequence of SplitImage
    ratio : sequence of float
        Two or three shares, in any unit.
    seed : int
        0 or more.

    Returns
    -------
    dict of str to str
        Name of `SPLIT_NAMES` by image, in the order given.

    Raises
    ------
    UsageError
        If there are fewer groups than parts.
    """
    places = _deal(images, np.asarray(ratio, np.float64), seed)
    return {image.name: SPLIT_NAMES[place] for image, place in zip(images, places, strict=True)}


def split_folds(images: Sequence[SplitImage], folds: int, seed: int) -> dict[str, str]:
    """Split into equal folds, named ``'0'``, ``'1'``, ...; see `split_ratio`."""
    if folds < 2:
        raise UsageError(f"Asked for {folds} folds; expected 2 or more.")
    places = _deal(images, np.ones(folds), seed)
    return {image.name: str(place) for image, place in zip(images, places, strict=True)}


def _deal(images: Sequence[SplitImage], ratio: np.ndarray, seed: int) -> list[int]:
    """Part of each image.

    Groups are dealt from the largest to the smallest, each to where the loads, in particles and in images, come
    closest to the shares. Groups of about the same size (a factor of two) come in the order of chance.
    """
    if seed < 0:
        raise UsageError(f"The seed is {seed}; expected 0 or more.")
    keys = [("group", image.group) if image.group else ("image", image.name) for image in images]
    members: dict[tuple[str, str], list[int]] = {}
    for place, key in enumerate(keys):
        members.setdefault(key, []).append(place)
    if len(members) < len(ratio):
        raise UsageError(
            f"There are {len(members)} groups of images for {len(ratio)} parts; expected a group or more for each: "
            "ask for fewer parts, or group less."
        )
    # The order of the images given must not matter.
    order = sorted(members)
    np.random.default_rng(seed).shuffle(order)
    load = {
        key: np.array([sum(images[i].particles for i in members[key]), len(members[key])], float)
        for key in order
    }
    order.sort(key=lambda key: -int(np.log2(1 + load[key][0])))
    total = np.maximum(np.sum(list(load.values()), axis=0), 1)
    share = ratio / ratio.sum()
    loads = np.zeros((len(ratio), 2))
    part_of: dict[tuple[str, str], int] = {}
    for key in order:
        added = load[key] / total
        # What the squared relative departures from the shares grow by, in each part.
        growth = ((2 * (loads - share[:, None]) * added + added**2) / share[:, None]).sum(axis=1)
        part = int(np.argmin(growth))
        loads[part] += added
        part_of[key] = part
    _fill_empty(part_of, load, len(ratio))
    return [part_of[key] for key in keys]


def _fill_empty(
    part_of: dict[tuple[str, str], int], load: Mapping[tuple[str, str], np.ndarray], parts: int
) -> None:
    """Give a part without images the smallest group of the part that has the most groups."""
    for part in range(parts):
        held = np.bincount(list(part_of.values()), minlength=parts)
        if held[part] == 0:
            giver = int(np.argmax(held))
            smallest = min(
                (key for key in part_of if part_of[key] == giver), key=lambda key: (load[key][0], key)
            )
            part_of[smallest] = part


def encode_splits(images: Sequence[SplitImage], parts: Mapping[str, str], column: str) -> bytes:
    """Write ``splits.csv``: a row an image, with its part, group and number of particles.

    Parameters
    ----------
    images : sequence of SplitImage
    parts : mapping of str to str
        By image.
    column : {'split', 'fold'}
        Name of the column of the parts.

    Returns
    -------
    bytes
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", column, "group", "particles"))
    writer.writerows((image.name, parts[image.name], image.group or "", image.particles) for image in images)
    return text.getvalue().encode()


def _read_columns(path: Path, wanted: Sequence[str]) -> dict[str, str] | None:
    rows = list(csv.DictReader(read_text(path).splitlines()))
    column = next((one for one in wanted if rows and one in rows[0]), None)
    if column is None or "name" not in rows[0]:
        return None
    table: dict[str, str] = {}
    for line, row in enumerate(rows, 2):
        name, value = (row["name"] or "").strip(), (row[column] or "").strip()
        if not name or name in table:
            raise ReadError(
                f"Line {line} of '{path}' names the image '{name}', empty or named before; correct it."
            )
        table[name] = value
    return table


def read_splits(path: Path) -> dict[str, str]:
    """Read the part of each image from a file with the columns ``name`` and ``split`` or ``fold``.

    Raises
    ------
    ReadError
        If it has no such columns, names an image twice, or an image has no part.
    """
    table = _read_columns(path, ("split", "fold"))
    if table is None:
        raise ReadError(
            f"'{path}' has no columns name and split, or name and fold; expected a file of 'dataset split'."
        )
    empty = next((name for name, part in table.items() if not part), None)
    if empty is not None:
        raise ReadError(f"'{path}' names no part for the image '{empty}'; fill it in, or remove the line.")
    return table


def read_groups(path: Path) -> dict[str, str]:
    """Read the group of each image from a file with the columns ``name`` and one of `GROUP_COLUMNS`.

    Raises
    ------
    ReadError
        If it has no such columns, or names an image twice.
    """
    table = _read_columns(path, GROUP_COLUMNS)
    if table is None:
        raise ReadError(
            f"'{path}' has no columns name and group; expected name and one of {', '.join(GROUP_COLUMNS)}."
        )
    return {name: group for name, group in table.items() if group}


def read_folder_groups(folder: Path) -> dict[str, str]:
    """Read the groups that ``splits.csv`` or ``folds.csv`` of a data set names; empty where there are none."""
    for path in (folder / name for name in SPLIT_FILES):
        if path.is_file() and (table := _read_columns(path, GROUP_COLUMNS)) is not None:
            return {name: group for name, group in table.items() if group}
    return {}


def group_by_pattern(names: Sequence[str], pattern: str) -> dict[str, str]:
    """Group images by a part of their names.

    Parameters
    ----------
    names : sequence of str
    pattern : str
        Regular expression that is searched in each name; what it matches is the group, or its first parentheses.

    Returns
    -------
    dict of str to str

    Raises
    ------
    UsageError
        If it is no regular expression, or a name does not match.
    """
    try:
        compiled = re.compile(pattern)
    except re.error as error:
        raise UsageError(f"'{pattern}' is no regular expression ({error}); correct it.") from None
    groups = {}
    for name in names:
        found = compiled.search(name)
        group = None if found is None else found[min(compiled.groups, 1)]
        if not group:
            raise UsageError(
                f"'{pattern}' finds no group in the name '{name}'; expected one that matches all names."
            )
        groups[name] = group
    return groups
