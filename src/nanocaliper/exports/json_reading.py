"""Reading JSON of other programs, which may be damaged or hostile."""

import json
import math
from collections.abc import Mapping, Sequence
from typing import Any, NoReturn, TypeVar

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import CATEGORIES, UNDECIDED

__all__ = ["parse_json", "read_category", "read_positive", "read_score", "read_whole", "take"]

T = TypeVar("T")

_MOST_BYTES = 512 * 2**20
_NAMES: dict[type, str] = {dict: "an object", list: "a list", str: "a text"}


def parse_json(content: bytes, what: str) -> Any:
    """Parse strict JSON.

    Parameters
    ----------
    content : bytes
    what : str
        What it should be, to begin a sentence.

    Returns
    -------
    object

    Raises
    ------
    ReadError
        If it is no JSON, has numbers that are not finite, or is larger than 512 MB.
    """
    if len(content) > _MOST_BYTES:
        raise ReadError(f"{what} has {len(content) // 2**20} MB, more than {_MOST_BYTES // 2**20}; split it.")
    try:
        return json.loads(content.decode("utf-8-sig"), parse_constant=_refuse)
    except (ValueError, RecursionError) as error:
        raise ReadError(f"{what} is no valid JSON ({str(error)[:100]}); write it again.") from None


def _refuse(name: str) -> NoReturn:
    raise ValueError(f"{name} is no JSON number")


def take(mapping: Any, key: str, kind: type[T], where: str) -> T:
    """Take a value of a certain kind out of an object.

    Raises
    ------
    ReadError
        If the object is none, has no such key, or the value is of another kind.
    """
    value = mapping.get(key) if isinstance(mapping, Mapping) else None
    if not isinstance(value, kind) or isinstance(value, bool):
        raise ReadError(
            f"{where} has no '{key}' that is {_NAMES.get(kind, 'a number')}; it is damaged or incomplete."
        )
    return value


def read_whole(value: Any, where: str, *, least: int = 0, most: int = 2**31 - 1) -> int:
    """Read a whole number.

    Raises
    ------
    ReadError
        If it is none, or out of bounds.
    """
    whole = not isinstance(value, bool) and (
        isinstance(value, int) or (isinstance(value, float) and value.is_integer())
    )
    if not whole or not least <= value <= most:
        raise ReadError(f"{where} is {str(value)[:40]!r}; expected a whole number from {least} to {most}.")
    return int(value)


def read_score(value: Any, where: str) -> float:
    """Read a score; NaN where there is none.

    Raises
    ------
    ReadError
        If it is not 0 to 1.
    """
    if value is None:
        return math.nan
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 1:
        raise ReadError(f"{where} has the score {str(value)[:40]!r}; expected a number from 0 to 1.")
    return float(value)


def read_category(name: Any, where: str, classes: Sequence[str] | None = CATEGORIES) -> str:
    """Read the name of a class as other programs see it; empty where it is not decided.

    Parameters
    ----------
    name : object
        What the file says.
    where : str
        Which particle of which file, to begin a sentence.
    classes : sequence of str or None
        The classes that there are; None: any name is one.

    Returns
    -------
    str
        As it is written in `classes`, whatever its case in the file.

    Raises
    ------
    ReadError
        If it is none of `classes`, or no text.
    """
    known = (name.strip() or UNDECIDED) if isinstance(name, str) else None
    if classes is None and known is not None:
        found: str | None = known
    else:
        found = {one.lower(): one for one in classes or ()}.get(known.lower()) if known is not None else None
    if found is None:
        expected = "a name" if classes is None else f"one of {', '.join(classes)}"
        raise ReadError(f"{where} has the class {str(name)[:40]!r}; expected {expected}: rename it.")
    return "" if found.lower() == UNDECIDED else found


def read_positive(value: Any, where: str) -> float | None:
    """Read a positive number; None where there is none.

    Raises
    ------
    ReadError
        If it is no finite number above zero.
    """
    if value is None:
        return None
    number = math.nan if isinstance(value, bool) or not isinstance(value, int | float) else value
    if not 0 < number < math.inf:
        raise ReadError(f"{where} is {str(value)[:40]!r}; expected a number above zero.")
    return float(number)
