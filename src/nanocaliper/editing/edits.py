"""What a person corrects by hand: one record a kind of edit, read from and written as plain JSON values."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, fields
from types import MappingProxyType
from typing import Any, ClassVar, Final

from nanocaliper.errors import EditError
from nanocaliper.particles.shapes import CLASSES

__all__ = [
    "EDIT_KINDS",
    "POINTS_MAX",
    "Delete",
    "Draw",
    "Edit",
    "ExcludeRegion",
    "IncludeRegion",
    "Merge",
    "Repaint",
    "Restore",
    "SetClass",
    "Split",
    "describe_edit",
    "read_edit",
]

#: More points than this in one line are no drawing of a person.
POINTS_MAX = 10_000
#: Beyond this no image has a pixel.
_COORDINATE_MAX = 1e7

#: A line of points (row, col), px of the whole image.
Points = tuple[tuple[float, float], ...]


@dataclass(frozen=True)
class Delete:
    """Leave particles out of everything; they can be restored."""

    kind: ClassVar[str] = "delete"
    particles: tuple[int, ...]


@dataclass(frozen=True)
class Restore:
    """Take back deleted particles, as they were."""

    kind: ClassVar[str] = "restore"
    particles: tuple[int, ...]


@dataclass(frozen=True)
class Draw:
    """Add a particle that was not found; ``shape`` None leaves its class to the outline."""

    kind: ClassVar[str] = "draw"
    outline: Points
    shape: str | None = None


@dataclass(frozen=True)
class Merge:
    """Make one particle of several."""

    kind: ClassVar[str] = "merge"
    particles: tuple[int, ...]


@dataclass(frozen=True)
class Split:
    """Cut a particle along a line."""

    kind: ClassVar[str] = "split"
    particle: int
    line: Points


@dataclass(frozen=True)
class Repaint:
    """Give a particle another outline; it takes what other particles have inside of it."""

    kind: ClassVar[str] = "repaint"
    particle: int
    outline: Points


@dataclass(frozen=True)
class SetClass:
    """Say which class of shape particles have; the empty text says that it is not decided."""

    kind: ClassVar[str] = "set_class"
    particles: tuple[int, ...]
    shape: str


@dataclass(frozen=True)
class ExcludeRegion:
    """Leave out the particles of a region; regions are numbered from 1 in the order of these edits."""

    kind: ClassVar[str] = "exclude_region"
    outline: Points


@dataclass(frozen=True)
class IncludeRegion:
    """Take back the exclusion of a region."""

    kind: ClassVar[str] = "include_region"
    region: int


Edit = Delete | Restore | Draw | Merge | Split | Repaint | SetClass | ExcludeRegion | IncludeRegion

#: Every kind of edit by its name.
EDIT_KINDS: Final[Mapping[str, type[Edit]]] = MappingProxyType(
    {
        kind.kind: kind
        for kind in (
            Delete, Restore, Draw, Merge, Split, Repaint, SetClass, ExcludeRegion, IncludeRegion,
        )
    }
)  # fmt: skip


def read_edit(given: object) -> Edit:
    """Read an edit from plain JSON values.

    Parameters
    ----------
    given : mapping
        ``kind`` and the fields of the record of that kind; points are pairs [row, col] in px of the whole image,
        polygons are not closed explicitly.

    Returns
    -------
    Edit

    Raises
    ------
    EditError
        If the kind is unknown, a key is missing or unknown, or a value makes no sense. Whether the particles it
        names are there, and whether its points lie inside the image, is known when it is replayed.
    """
    if not isinstance(given, Mapping):
        raise EditError(f"An edit is {_show(given)}; expected an object such as {{'kind': 'delete', ...}}.")
    kind = given.get("kind")
    if not isinstance(kind, str) or kind not in EDIT_KINDS:
        raise EditError(f"The kind of an edit is {_show(kind)}; expected one of {', '.join(EDIT_KINDS)}.")
    record = EDIT_KINDS[kind]
    names = [field.name for field in fields(record)]
    unknown = [str(key) for key in given if key != "kind" and key not in names]
    if unknown:
        raise EditError(
            f"The edit '{kind}' has the key {_show(unknown[0])}; expected {', '.join(['kind', *names])}."
        )
    optional = {"shape"} if record is Draw else set()
    missing = [name for name in names if name not in given and name not in optional]
    if missing:
        raise EditError(f"The edit '{kind}' lacks the key '{missing[0]}'; give it.")
    read = {name: _READERS[name](kind, given[name]) for name in names if name in given}
    if record is Merge and len(read["particles"]) < 2:
        raise EditError("The edit 'merge' names one particle; expected two or more.")
    if record is SetClass and read["shape"] is None:
        raise EditError("The edit 'set_class' has the shape null; expected a class, or '' for none.")
    return record(**read)


def describe_edit(edit: Edit) -> dict[str, Any]:
    """Write an edit as plain JSON values, from which `read_edit` makes the same edit.

    Parameters
    ----------
    edit : Edit

    Returns
    -------
    dict
    """
    described: dict[str, Any] = {"kind": edit.kind}
    for field in fields(edit):
        value = getattr(edit, field.name)
        if field.name in ("outline", "line"):
            value = [list(point) for point in value]
        described[field.name] = list(value) if isinstance(value, tuple) else value
    return described


def _show(value: object) -> str:
    text = repr(value)
    return text if len(text) <= 40 else text[:37] + "..."


def _read_number(kind: str, value: object) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not 1 <= value < 2**31:
        raise EditError(f"The edit '{kind}' names {_show(value)}; expected a whole number of 1 or more.")
    return value


def _read_numbers(kind: str, value: object) -> tuple[int, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str) or not value:
        raise EditError(f"The edit '{kind}' has the particles {_show(value)}; expected a list of numbers.")
    numbers = tuple(_read_number(kind, number) for number in value)
    if len(set(numbers)) < len(numbers):
        twice = next(number for number in numbers if numbers.count(number) > 1)
        raise EditError(f"The edit '{kind}' names particle {twice} twice; name each once.")
    return numbers


def _read_points(kind: str, value: object) -> Points:
    if not isinstance(value, Sequence) or isinstance(value, str):
        raise EditError(
            f"The edit '{kind}' has the line {_show(value)}; expected a list of points [row, col]."
        )
    if len(value) > POINTS_MAX:
        raise EditError(
            f"The edit '{kind}' has a line of {len(value)} points; expected at most {POINTS_MAX}."
        )
    return tuple(_read_point(kind, point) for point in value)


def _read_point(kind: str, value: object) -> tuple[float, float]:
    pair = list(value) if isinstance(value, Sequence) and not isinstance(value, str) else []
    if len(pair) != 2 or not all(isinstance(x, int | float) and not isinstance(x, bool) for x in pair):
        raise EditError(f"The edit '{kind}' has the point {_show(value)}; expected two numbers [row, col].")
    if not all(math.isfinite(x) and abs(x) <= _COORDINATE_MAX for x in pair):
        raise EditError(f"The edit '{kind}' has the point {_show(value)}; expected px of the image.")
    return float(pair[0]), float(pair[1])


def _read_outline(kind: str, value: object) -> Points:
    points = _read_points(kind, value)
    if len(set(points)) < 3:
        raise EditError(
            f"The edit '{kind}' has an outline of {len(set(points))} points; expected three or more."
        )
    row, col = points[0]
    far = max(points, key=lambda point: math.dist(point, points[0]))
    reach = math.dist(far, points[0])
    height = max(abs((far[0] - row) * (c - col) - (far[1] - col) * (r - row)) / reach for r, c in points)
    if height < 1e-6:
        raise EditError(f"The edit '{kind}' has an outline without area; draw around something.")
    return points


def _read_line(kind: str, value: object) -> Points:
    points = _read_points(kind, value)
    if len(set(points)) < 2:
        raise EditError(f"The edit '{kind}' has a line of {len(set(points))} points; expected two or more.")
    return points


def _read_shape(kind: str, value: object) -> str | None:
    known = ["", *CLASSES] if kind == SetClass.kind else list(CLASSES)
    if value is not None and value not in known:
        shown = ", ".join(repr(name) for name in known)
        raise EditError(f"The edit '{kind}' has the shape {_show(value)}; expected one of {shown}.")
    return None if value is None else str(value)


_READERS: Final[Mapping[str, Callable[[str, object], Any]]] = MappingProxyType(
    {
        "particles": _read_numbers,
        "particle": _read_number,
        "region": _read_number,
        "outline": _read_outline,
        "line": _read_line,
        "shape": _read_shape,
    }
)
