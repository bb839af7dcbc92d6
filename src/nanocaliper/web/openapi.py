"""The OpenAPI 3.1 document, made of the same list as the application."""

import re
from collections.abc import Sequence
from typing import Any

from pydantic import TypeAdapter
from pydantic.json_schema import GenerateJsonSchema

from nanocaliper import __version__
from nanocaliper.web.answers import Failure
from nanocaliper.web.api import Route
from nanocaliper.web.safety import HEADER

__all__ = ["describe_routes"]

_REFERENCE = "#/components/schemas/{model}"
_PART = re.compile(r"<(?:(\w+)(?:\([^)]*\))?:)?(\w+)>")

_DESCRIPTION = f"""\
The HTTP API of 'nanocaliper serve'. It listens on this computer only. Requests that change something need the
header '{HEADER}: 1'. Where the workbench was started for other computers, every request needs
'Authorization: Bearer TOKEN'.
Points are [row, col] in px of the whole image. Errors are {{"error": "one sentence"}}.
"""


def describe_routes(routes: Sequence[Route]) -> dict[str, Any]:
    """Make the OpenAPI document.

    Parameters
    ----------
    routes : sequence of Route

    Returns
    -------
    dict
        Plain JSON values.
    """
    adapters: dict[tuple[int | str, str], tuple[TypeAdapter[Any], Any]] = {}
    for number, route in enumerate(routes):
        for kind, mode, model in (
            ("body", "validation", route.body),
            ("answer", "serialization", route.answer),
        ):
            if model is not None:
                adapters[(number, kind)] = (TypeAdapter(model), mode)
    adapters[("failure", "answer")] = (TypeAdapter(Failure), "serialization")
    schemas, shared = TypeAdapter.json_schemas(
        [(key, mode, adapter) for key, (adapter, mode) in adapters.items()],
        ref_template=_REFERENCE,
        schema_generator=GenerateJsonSchema,
    )
    by_key: dict[tuple[int | str, str], Any] = {key: schema for (key, _), schema in schemas.items()}
    paths: dict[str, dict[str, Any]] = {}
    for number, route in enumerate(routes):
        path = "/api" + _PART.sub(r"{\2}", route.path)
        paths.setdefault(path, {})[route.method.lower()] = _describe_route(
            route, by_key.get((number, "body")), by_key.get((number, "answer")), by_key[("failure", "answer")]
        )
    return {
        "openapi": "3.1.0",
        "info": {"title": "nanocaliper workbench", "version": __version__, "description": _DESCRIPTION},
        "servers": [{"url": "http://127.0.0.1:8765"}],
        "paths": paths,
        "components": {
            "schemas": shared.get("$defs", {}),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
        "security": [{}, {"token": []}],
    }


def _describe_route(route: Route, body: Any, answer: Any, failure: Any) -> dict[str, Any]:
    parameters = [
        {
            "name": name,
            "in": "path",
            "required": True,
            "schema": {"type": "integer" if kind == "id" else "string"},
        }
        for kind, name in _PART.findall(route.path)
    ]
    if route.query is not None:
        schema = route.query.model_json_schema()
        parameters += [
            {"name": name, "in": "query", "required": name in schema.get("required", []), "schema": one}
            for name, one in schema["properties"].items()
        ]
    if route.method != "GET":
        parameters.append(
            {"name": HEADER, "in": "header", "required": True, "schema": {"type": "string", "const": "1"}}
        )
    described: dict[str, Any] = {
        "operationId": route.view.__name__,
        "summary": route.summary,
        "tags": [route.group],
        "parameters": parameters,
        "responses": {
            str(route.status): {
                "description": "Done.",
                "content": {route.content: {"schema": answer if answer is not None else {}}},
            },
            "default": {
                "description": "Not done; the sentence says why.",
                "content": {"application/json": {"schema": failure}},
            },
        },
    }
    if body is not None:
        content = {"schema": body} | ({} if route.example is None else {"example": route.example})
        described["requestBody"] = {
            "required": not route.body_optional,
            "content": {"application/json": content},
        }
    if route.form is not None:
        described["requestBody"] = {
            "required": True,
            "content": {"multipart/form-data": {"schema": _form(route)}},
        }
    return described


def _form(route: Route) -> dict[str, Any]:
    file: dict[str, Any] = {"type": "string", "contentMediaType": "application/octet-stream"}
    kinds: dict[str, dict[str, Any]] = {
        "file": file,
        "files": {"type": "array", "items": file},
        "text": {"type": "string"},
    }
    parts = route.form or {}
    return {
        "type": "object",
        "properties": {name: kinds[kind] | {"description": words} for name, (kind, words) in parts.items()},
        "required": [name for name, (kind, _) in parts.items() if kind != "text"],
    }
