"""The JSON Schema files that come with the package; ``python -m nanocaliper.report.json_schema`` writes them
anew."""

import json
from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

from nanocaliper.report.result_keys import FREE_KEYS, RESULT_KEYS, SCHEMA
from nanocaliper.report.statistics_keys import ANALYSIS_KEYS, STATISTICS_KEYS, STATISTICS_SCHEMA, Key

__all__ = ["SCHEMA_FILES", "make_result_schema", "make_statistics_schema", "read_schema"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"

#: Name of the shipped schema of every file format.
SCHEMA_FILES: Final = MappingProxyType(
    {SCHEMA: "result.schema.json", STATISTICS_SCHEMA: "statistics.schema.json"}
)

#: Types of the keys of ``result.json``, by key or by its last part; see `Key.type`.
_TYPES: Final = MappingProxyType(
    {
        "schema": "string",
        "image": "object",
        "image.path": "string",
        "image.name": "string",
        "image.format": "string",
        "image.sha256": "string?",
        "image.data_strips": "array",
        "image.acquisition": "object?",
        "image.acquisition.voltage_kv": "number?",
        "image.acquisition.magnification": "number?",
        "image.acquisition.working_distance_mm": "number?",
        "image.acquisition.rows": "integer?",
        "image.acquisition.cols": "integer?",
        "image.acquisition.data_bar_rows": "integer?",
        "image.metadata": "mapping",
        "calibration": "object?",
        "calibration.relative_uncertainty": "number?",
        "calibration.source": "string",
        "calibration.marked_bar": "object?",
        "calibration.marked_bar.start": "array of number",
        "calibration.marked_bar.stop": "array of number",
        "conflict": "object?",
        "conflict.settled_by": "string?",
        "reason": "string?",
        "scale_bar": "object?",
        "scale_bar_guess": "object?",
        "label_box": "object",
        "confidence": "number?",
        "unit": "string",
        "text": "string",
        "annotations": "array",
        "segmentation": "object",
        "segmentation.method": "string",
        "segmentation.settings": "mapping",
        "segmentation.left_out": "mapping",
        "counts": "object",
        "counts.found": "integer",
        "counts.measured": "integer",
        "counts.left_out": "mapping",
        "statistics": "object",
        "statistics.field": "object",
        "statistics.diameter_px": "object",
        "statistics.diameter_nm": "object?",
        "statistics.analysis": "analysis",
        "mean": "number?",
        "sd": "number?",
        "d10": "number?",
        "d50": "number?",
        "d90": "number?",
        "edits": "object?",
        "edits.count": "integer",
        "edits.list": "array of object",
        "warnings": "array of string",
        "provenance": "object",
        "provenance.version": "string",
        "provenance.model": "string",
        "provenance.model_sha256": "string?",
        "provenance.settings": "object",
        "provenance.settings.model": "string",
        "provenance.settings.nm_per_px": "number?",
        "provenance.settings.scale_uncertainty": "number?",
        "provenance.settings.scale_source": "string",
        "provenance.settings.scale_method": "string",
        "provenance.settings.parting": "string?",
        "provenance.settings.diameter_min_px": "number?",
        "provenance.settings.diameter_min_nm": "number?",
        "provenance.settings.border": "string",
        "provenance.settings.repeatability": "number?",
        "provenance.settings.budget": "mapping?",
        "provenance.input_sha256": "string?",
        "provenance.seconds": "mapping",
        "provenance.libraries": "mapping",
        "provenance.platform": "string",
        "provenance.written_at": "string",
        **dict.fromkeys(
            ("rows", "cols", "page", "pages", "count", "row_start", "col_start", "row_stop", "col_stop"),
            "integer",
        ),
    }
)


def make_result_schema() -> dict[str, Any]:
    """Make the JSON Schema of ``result.json`` from `RESULT_KEYS`.

    Returns
    -------
    dict
    """
    keys = {name: Key(_find_type(name), meaning) for name, meaning in RESULT_KEYS.items()}
    return _make_schema("result.json of 'nanocaliper measure'", SCHEMA, keys)


def make_statistics_schema() -> dict[str, Any]:
    """Make the JSON Schema of ``statistics.json`` from `STATISTICS_KEYS`.

    Returns
    -------
    dict
    """
    return _make_schema(
        "statistics.json of 'nanocaliper stats' and 'compare'", STATISTICS_SCHEMA, STATISTICS_KEYS
    )


def read_schema(name: str) -> dict[str, Any]:
    """Read a schema that comes with the package.

    Parameters
    ----------
    name : str
        A key of `SCHEMA_FILES`, such as ``'nanocaliper-result/2'``: what a file has as its ``schema``.

    Returns
    -------
    dict

    Raises
    ------
    KeyError
        If there is no schema of this name.
    """
    text = Path(__file__).with_name(SCHEMA_FILES[name]).read_text(encoding="utf-8")
    schema: dict[str, Any] = json.loads(text)
    return schema


def _find_type(name: str) -> str:
    if name in _TYPES:
        return _TYPES[name]
    last = name.split(".")[-1]
    bar = name.startswith(("scale_bar", "annotations", "conflict", "calibration"))
    # Ends of a bar lie between pixels, those of a box do not.
    if bar and last in ("row", "col_start", "col_stop") and "label_box" not in name and "[]" not in name:
        return "number"
    if name.startswith("image.acquisition."):
        return "string?"
    return _TYPES.get(last, "mapping" if name in FREE_KEYS else "number")


def _make_schema(title: str, name: str, keys: Mapping[str, Key]) -> dict[str, Any]:
    root = _make_object("", keys)
    root["properties"]["schema"] = {"const": name, "description": keys["schema"].meaning}
    analysis = _make_object("", ANALYSIS_KEYS)
    return {
        "$schema": _DIALECT,
        "$id": f"urn:{name.replace('/', ':')}",
        "title": title,
        **root,
        "$defs": {"analysis": analysis},
    }


def _make_object(prefix: str, keys: Mapping[str, Key]) -> dict[str, Any]:
    """Schema of an object whose keys begin with `prefix`; all are required, and no others."""
    own = [name for name in keys if name.startswith(prefix) and _is_child(name[len(prefix) :])]
    return {
        "type": "object",
        "properties": {name[len(prefix) :]: _make_value(name, keys) for name in own},
        "required": [name[len(prefix) :] for name in own],
        "additionalProperties": False,
    }


def _is_child(rest: str) -> bool:
    return bool(rest) and not any(mark in rest for mark in (".", "[", "*"))


def _make_value(name: str, keys: Mapping[str, Key]) -> dict[str, Any]:
    kind = keys[name].type.removesuffix("?")
    if kind == "analysis":
        return {"$ref": "#/$defs/analysis", "description": keys[name].meaning}
    made: dict[str, Any]
    if kind == "object":
        made = _make_object(name + ".", keys)
    elif kind == "mapping":
        described = any(other.startswith(name + ".*.") for other in keys)
        made = {"type": "object"}
        if described:
            made["additionalProperties"] = _make_object(name + ".*.", keys)
    elif kind == "array":
        made = {"type": "array", "items": _make_object(name + "[].", keys)}
    elif kind.startswith("array of "):
        made = {"type": "array", "items": {"type": kind.removeprefix("array of ")}}
    else:
        made = {"type": kind}
    if keys[name].type.endswith("?"):
        made["type"] = [made["type"], "null"]
    return {"description": keys[name].meaning, **made}


def _write_files() -> None:
    for name, schema in ((SCHEMA, make_result_schema()), (STATISTICS_SCHEMA, make_statistics_schema())):
        text = json.dumps(schema, indent=1, ensure_ascii=False) + "\n"
        Path(__file__).with_name(SCHEMA_FILES[name]).write_text(text, encoding="utf-8")


if __name__ == "__main__":
    _write_files()
