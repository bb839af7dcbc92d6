"""The JSON schema of an edit, for the OpenAPI document."""

from dataclasses import MISSING, fields
from typing import Any

from nanocaliper.editing.edits import EDIT_KINDS, Edit
from nanocaliper.particles.shapes import CLASSES

__all__ = ["EDIT_SCHEMA"]

_POINTS = {
    "type": "array",
    "items": {"type": "array", "items": {"type": "number"}, "minItems": 2, "maxItems": 2},
    "description": "Points [row, col], px of the whole image.",
}
_NUMBER = {"type": "integer", "minimum": 1}
_VALUES: dict[str, dict[str, Any]] = {
    "particles": {"type": "array", "items": _NUMBER, "minItems": 1},
    "particle": _NUMBER,
    "region": _NUMBER,
    "outline": _POINTS,
    "line": _POINTS,
    "shape": {"enum": [*CLASSES, "", None]},
}


def _describe(kind: type[Edit]) -> dict[str, Any]:
    parts = fields(kind)
    return {
        "type": "object",
        "description": (kind.__doc__ or "").partition("\n")[0],
        "properties": {"kind": {"const": kind.kind}} | {part.name: _VALUES[part.name] for part in parts},
        "required": ["kind", *(part.name for part in parts if part.default is MISSING)],
        "additionalProperties": False,
    }


#: One of the kinds of edit.
EDIT_SCHEMA: dict[str, Any] = {"oneOf": [_describe(kind) for kind in EDIT_KINDS.values()]}
