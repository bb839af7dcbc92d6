"""A table of a TOML file as a frozen dataclass: unknown keys, wrong types and impossible values in one sentence."""

import dataclasses
import math
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, TypeVar, get_type_hints

from nanocaliper.errors import UsageError

__all__ = ["check_value", "read_table", "setting"]

T = TypeVar("T")

_KINDS = {int: "a whole number", float: "a number", str: "a text", bool: "true or false", Path: "a text"}


def setting(
    default: Any,
    *,
    choices: tuple[str, ...] = (),
    low: float | None = None,
    high: float | None = None,
    above: bool = False,
) -> Any:
    """Describe a field of a settings dataclass.

    Parameters
    ----------
    default
        Value where the file has none.
    choices : tuple of str
        Values allowed; empty: any.
    low, high : float, optional
        Least and greatest value.
    above : bool
        Whether the value must be above `low`.
    """
    rules = {"choices": choices, "low": low, "high": high, "above": above}
    return dataclasses.field(default=default, metadata=rules)


def read_table(kind: type[T], values: Mapping[str, Any], table: str) -> T:
    """Make a settings dataclass from a table.

    Parameters
    ----------
    kind : type
        The dataclass. If it has a field ``options``, keys that are no field go there.
    values : mapping
    table : str
        Its name, for messages.

    Returns
    -------
    T

    Raises
    ------
    UsageError
        If a key is unknown or missing, or a value is of the wrong type or impossible.
    """
    fields = {f.name: f for f in dataclasses.fields(kind)}  # type: ignore[arg-type]
    hints = get_type_hints(kind)
    takes_options = "options" in fields
    named = {name: f for name, f in fields.items() if name != "options"}
    others = {key: value for key, value in values.items() if key not in named}
    if others and not takes_options:
        key = next(iter(others))
        raise UsageError(f"[{table}] has the key '{key}'; expected one of {', '.join(named)}.")
    given: dict[str, Any] = {}
    for name, described in named.items():
        if name in values:
            given[name] = check_value(values[name], hints[name], described.metadata, f"{name} in [{table}]")
        elif described.default is dataclasses.MISSING and described.default_factory is dataclasses.MISSING:
            raise UsageError(f"[{table}] has no key '{name}'; give it: it has no default.")
    if takes_options:
        given["options"] = MappingProxyType(others)
    return kind(**given)


def check_value(value: Any, hint: Any, rules: Mapping[str, Any], where: str) -> Any:
    """Check the value of a key.

    Parameters
    ----------
    value
        As TOML has it.
    hint : type
        bool, int, float, str, Path, a tuple of texts or of two numbers.
    rules : mapping
        As `setting` makes them; may be empty.
    where : str
        Which key of which table, to begin a sentence.

    Returns
    -------
    The value, with a tuple for a list.

    Raises
    ------
    UsageError
        If it is of another type, or not allowed.
    """
    if hint == tuple[float, float]:
        if not isinstance(value, list | tuple) or len(value) != 2:
            raise UsageError(f"{where} is {value!r}; expected a list of two numbers.")
        return tuple(check_value(one, float, {}, where) for one in value)
    if hint == tuple[str, ...]:
        if not isinstance(value, list | tuple) or not all(isinstance(one, str) and one for one in value):
            raise UsageError(f"{where} is {value!r}; expected a list of texts.")
        return tuple(value)
    expected = str if hint is Path else hint
    # A whole number will do for a number; true and false are none.
    fits = type(value) is expected or (expected is float and type(value) is int)
    if not fits or (expected is float and not math.isfinite(value)):
        raise UsageError(f"{where} is {value!r}; expected {_describe(hint, rules)}.")
    value = float(value) if expected is float else value
    choices, low, high = rules.get("choices"), rules.get("low"), rules.get("high")
    wrong = (
        (choices and value not in choices)
        or (low is not None and (value <= low if rules["above"] else value < low))
        or (high is not None and value > high)
    )
    if wrong:
        raise UsageError(f"{where} is {value!r}; expected {_describe(hint, rules)}.")
    return Path(value) if hint is Path else value


def _describe(hint: Any, rules: Mapping[str, Any]) -> str:
    if rules.get("choices"):
        return f"one of {', '.join(map(repr, rules['choices']))}"
    low, high = rules.get("low"), rules.get("high")
    text = _KINDS[hint]
    if low is not None:
        text += f" above {low:g}" if rules["above"] else f" of {low:g} or more"
    if high is not None:
        text += f", at most {high:g}"
    return text
