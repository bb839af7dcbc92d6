"""The tree of tags that a Gatan DigitalMicrograph file consists of.

Layout as described by C. Boothroyd, "Digital Micrograph file format", and G. Jefferis, "Digital Micrograph 3
file format"; Gatan itself publishes none. A file is a header and one group of tags; a tag is a group again or data:
a number, a structure, a text or an array. Counts and lengths are big endian (32 bits in DM3, 64 in DM4), data in
the order that the header names.
"""

import struct
from dataclasses import dataclass
from typing import Any, BinaryIO, NamedTuple

from nanocaliper.errors import ReadError
from nanocaliper.micrograph.formats.bounded import BoundedFile

__all__ = ["Array", "TagTree", "read_tags"]

_GROUP, _DATA = 20, 21
_STRUCT, _STRING, _ARRAY = 15, 18, 20
_NUMBERS = {2: "h", 3: "i", 4: "H", 5: "I", 6: "f", 7: "d", 8: "?", 9: "b", 10: "B", 11: "q", 12: "Q"}
# Real files nest some ten groups and have some hundred to ten thousand tags.
_DEEPEST = 64
_MOST_TAGS = 200_000
_MOST_FIELDS = 1_000
# Bytes; what is longer are pixels, tables and settings of printers.
_LONGEST_TEXT = 8_192


class Array(NamedTuple):
    """An array that stays in the file.

    Parameters
    ----------
    start : int
        Its first byte.
    nbytes : int
        Its length, bytes.
    text : str or None
        What it says, where it is short and made of 16-bit characters that can be printed.
    """

    start: int
    nbytes: int
    text: str | None = None


@dataclass(frozen=True)
class TagTree:
    """All tags of a file.

    Parameters
    ----------
    version : int
        3 or 4.
    byte_order : {'<', '>'}
        Of the data.
    root : dict
        Values by name; tags without a name are numbered, '0', '1', ... A value is a number, a list of
        numbers, an `Array` (texts, too), or a dict for a group.
    """

    version: int
    byte_order: str
    root: dict[str, Any]


def read_tags(stream: BinaryIO) -> TagTree:
    """Read the tags of a DM3 or DM4 file.

    Parameters
    ----------
    stream : binary file
        The open file.

    Returns
    -------
    TagTree

    Raises
    ------
    ReadError
        If the file is damaged or cut short, or nests or counts its tags beyond all reason.
    """
    return _Parser(stream).parse()


class _Parser:
    def __init__(self, stream: BinaryIO) -> None:
        self._file = BoundedFile(stream)
        self._at = 0
        self._tags = 0
        self._long = "i"
        self._byte_order = ">"

    def parse(self) -> TagTree:
        (version,) = self._unpack(">i")
        self._long = "q" if version == 4 else "i"
        _, byte_order = self._unpack(f">{self._long}i")
        if version not in (3, 4) or byte_order not in (0, 1):
            raise ReadError(
                f"its header names version {version} and byte order {byte_order}, expected 3 or 4 and 0 or 1; "
                "it is damaged, so copy it again"
            )
        self._byte_order = "<" if byte_order else ">"
        return TagTree(version, self._byte_order, self._read_group(0))

    def _unpack(self, layout: str) -> tuple[Any, ...]:
        values = self._file.unpack(layout, self._at, "its list of tags")
        self._at += struct.calcsize(layout)
        return values

    def _read_group(self, depth: int) -> dict[str, Any]:
        if depth > _DEEPEST:
            raise ReadError(f"its tags are nested more than {_DEEPEST} deep; it is damaged, so copy it again")
        _, _, count = self._unpack(f">bb{self._long}")
        # A tag takes at least its kind and the length of its name.
        self._file.check(self._at, 3 * count, f"a group of {count} tags")
        self._tags += count
        if self._tags > _MOST_TAGS:
            raise ReadError(f"it has more than {_MOST_TAGS:,} tags; it is damaged, so copy it again")
        group: dict[str, Any] = {}
        for index in range(count):
            kind, length = self._unpack(">BH")
            name = self._file.take(self._at, length, "the name of a tag").decode("latin-1") or str(index)
            self._at += length
            if self._long == "q":
                self._unpack(">q")  # the length of the tag, which follows from its content, too
            if kind == _GROUP:
                value: Any = self._read_group(depth + 1)
            elif kind == _DATA:
                value = self._read_data()
            else:
                raise ReadError(
                    f"a tag at byte {self._at} is of the kind {kind}, expected {_GROUP} or {_DATA}; it is "
                    "damaged, so copy it again"
                )
            group.setdefault(name, value)
        return group

    def _read_data(self) -> Any:
        mark, count = self._unpack(f">4s{self._long}")
        if mark != b"%%%%" or not 1 <= count <= _MOST_FIELDS:
            raise ReadError(f"a tag at byte {self._at} has no description; it is damaged, so copy it again")
        types = list(self._unpack(f">{count}{self._long}"))
        if types[0] == _STRING and count == 2:
            return self._read_array("H", types[1])
        if types[0] == _ARRAY and count >= 3:
            return self._read_array(self._describe(types[1:-1]), types[-1])
        values = self._unpack(self._byte_order + self._describe(types))
        return values[0] if types[0] in _NUMBERS else list(values)

    def _describe(self, types: list[int]) -> str:
        """Layout of a number or of a structure of numbers."""
        # A structure: its mark, the length of its name, the number of fields, then for each field the length of its
        # name and its type; the names themselves are never written.
        fields = types[4::2] if types[0] == _STRUCT and len(types) == 3 + 2 * types[2] else types
        if (len(fields) != 1 and types[0] != _STRUCT) or any(field not in _NUMBERS for field in fields):
            raise ReadError(
                f"a tag at byte {self._at} is of an unknown type ({types[0]}); it is damaged or newer than what is "
                "read, so save it again or export it as TIFF"
            )
        return "".join(_NUMBERS[field] for field in fields)

    def _read_array(self, layout: str, count: int) -> Array:
        nbytes = struct.calcsize("<" + layout) * count
        self._file.check(self._at, nbytes, "an array of its tags")
        start = self._at
        self._at += nbytes
        if layout != "H" or nbytes > _LONGEST_TEXT:
            return Array(start, nbytes)
        # Texts are UTF-16, and nothing tells them from other arrays of 16-bit numbers.
        content = self._file.take(start, nbytes, "an array of its tags")
        text = content.decode("utf-16-le" if self._byte_order == "<" else "utf-16-be", errors="replace")
        if all(character.isprintable() or character in "\0\t\r\n" for character in text):
            return Array(start, nbytes, text.rstrip("\0"))
        return Array(start, nbytes)
