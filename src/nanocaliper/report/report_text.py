"""Words of a report: clean texts, and what may stand among them."""

import unicodedata
from dataclasses import dataclass, fields
from typing import Any

__all__ = ["Blank", "Cell", "Clean", "Inline", "Ref", "Strong", "Text", "clean_text"]

# Marks that turn the direction of the text around them: a name must not rearrange the sentence it stands in.
_TURNING = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")


def clean_text(text: str) -> str:
    """Make a text that every format can hold and that shows what it is.

    Parameters
    ----------
    text : str

    Returns
    -------
    str
        On one line; control characters, marks that turn the direction, lone surrogates and code points that are no
        characters stand as their escapes, such as ``\\x07``.
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(_show(char) for char in text)


def _show(char: str) -> str:
    if char in "\t\n\r\u2028\u2029":
        return " "
    if char in _TURNING or unicodedata.category(char) in ("Cc", "Cs", "Cn"):
        return ascii(char)[1:-1]
    return char


def _clean(value: Any) -> Any:
    if isinstance(value, str):
        return clean_text(value)
    return tuple(_clean(item) for item in value) if isinstance(value, tuple) else value


class Clean:
    """A record whose texts are clean by construction, so that no renderer has to think of it."""

    def __post_init__(self) -> None:
        for one in fields(self):  # type: ignore[arg-type]
            object.__setattr__(self, one.name, _clean(getattr(self, one.name)))


@dataclass(frozen=True)
class Blank(Clean):
    """A field that the laboratory fills in.

    Parameters
    ----------
    label : str
        What belongs there.
    """

    label: str


@dataclass(frozen=True)
class Ref(Clean):
    """The number of a table, figure or section, as a cross-reference.

    Parameters
    ----------
    key : str
        Of the table, figure, chart or section.
    """

    key: str


@dataclass(frozen=True)
class Strong(Clean):
    """Emphasised words."""

    text: str


Inline = str | Blank | Ref | Strong
#: A sentence or a cell: words with fields, references and emphasis among them.
Text = tuple[Inline, ...]
Cell = str | Text
