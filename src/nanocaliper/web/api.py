"""The routes of the HTTP API as data: one list that both the application and its OpenAPI document are made of."""

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from flask import Response, request
from pydantic import BaseModel, ConfigDict, TypeAdapter, ValidationError

from nanocaliper.errors import RequestError

__all__ = ["MOST_JSON_BYTES", "Input", "Route", "Routes", "answer_json", "read_body", "read_query"]

View = TypeVar("View", bound=Callable[..., Any])

#: Longest JSON body that is taken, bytes; outlines of some ten thousand particles.
MOST_JSON_BYTES = 32 * 1024 * 1024


class Input(BaseModel):
    """Base of what requests may hold: unknown keys, NaN and infinity are refused."""

    model_config = ConfigDict(extra="forbid", allow_inf_nan=False, hide_input_in_errors=True)


@dataclass(frozen=True)
class Route:
    """One path and method of the API.

    Parameters
    ----------
    method : str
    path : str
        As Flask writes it, below ``/api``.
    view : callable
        Called with the workbench, the parts of the path, and ``query`` and ``body`` where the route has them.
    summary : str
        One line, the first of the view's docstring.
    group : str
    query : type of Input or None
    body : type or None
        Type of the JSON body.
    body_optional : bool
        Whether the body may be absent (then None).
    form : mapping of str to (str, str) or None
        Parts of a multipart body: kind (``'file'``, ``'files'``, ``'text'``) and what it is.
    answer : type or None
        Type of the JSON answer; None where the answer is a file or empty.
    content : str
        Media type of an answer that is no JSON.
    status : int
        Of the answer.
    example : object
        Of the JSON body.
    """

    method: str
    path: str
    view: Callable[..., Any]
    summary: str
    group: str
    query: type[Input] | None = None
    body: Any = None
    body_optional: bool = False
    form: Mapping[str, tuple[str, str]] | None = None
    answer: Any = None
    content: str = "application/json"
    status: int = 200
    example: Any = None


@dataclass(frozen=True)
class Routes:
    """The routes of one group, collected by decorators.

    Parameters
    ----------
    group : str
        Name of the group.
    found : list of Route
    """

    group: str
    found: list[Route] = field(default_factory=list)

    def add(self, method: str, path: str, **settings: Any) -> Callable[[View], View]:
        """Collect a view; for use as a decorator, with the settings of `Route`."""

        def collect(view: View) -> View:
            summary = (view.__doc__ or "").strip().partition("\n")[0]
            self.found.append(Route(method, path, view, summary, self.group, **settings))
            return view

        return collect


def read_query(model: type[Input]) -> Input:
    """Read the query of the request.

    Raises
    ------
    RequestError
        If it is not what the model expects.
    """
    try:
        return model.model_validate(request.args.to_dict())
    except ValidationError as error:
        raise RequestError(f"The query is not understood: {_explain(error)}.", 422) from None


def read_body(model: Any, *, optional: bool) -> Any:
    """Read the JSON body of the request.

    Raises
    ------
    RequestError
        If it is no JSON or not what the model expects.
    """
    if request.content_length is not None and request.content_length > MOST_JSON_BYTES:
        raise RequestError(f"The JSON is longer than {MOST_JSON_BYTES // 2**20} MiB; send less at once.", 413)
    data = request.get_data(cache=False)
    if not data and optional:
        return None
    if request.mimetype != "application/json":
        found = f"'{request.mimetype}'" if request.mimetype else "nothing"
        raise RequestError(f"The body is of type {found[:80]}; expected 'application/json'.", 415)
    try:
        return TypeAdapter(model).validate_json(data)
    except ValidationError as error:
        if any(one["type"] == "json_invalid" for one in error.errors(include_url=False)):
            raise RequestError(f"The body is no JSON: {_explain(error)}.", 400) from None
        raise RequestError(f"The body is not understood: {_explain(error)}.", 422) from None


def _explain(error: ValidationError) -> str:
    first = error.errors(include_url=False, include_input=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    message = first["msg"].rstrip(".")
    return f"{place}: {message}" if place else message


def answer_json(content: Any, status: int = 200) -> Response:
    """Answer with plain values, compact, as strict JSON."""
    # File names may hold lone surrogates; ASCII escapes are JSON for those.
    text = json.dumps(content, separators=(",", ":"), allow_nan=False)
    return Response(text, status, mimetype="application/json")
