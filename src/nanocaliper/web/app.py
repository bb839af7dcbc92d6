"""The application: the routes, who may call them, and what becomes of errors."""

import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from flask import Flask, Response, request, send_from_directory
from werkzeug.exceptions import HTTPException
from werkzeug.routing import IntegerConverter

from nanocaliper.errors import NanocaliperError, RequestError
from nanocaliper.web.api import Route, answer_json, read_body, read_query
from nanocaliper.web.routes import ROUTES
from nanocaliper.web.safety import Access, check_request, protect_response, read_token
from nanocaliper.web.workbench import Workbench

__all__ = ["make_app"]

_STATIC = Path(__file__).parent / "static"
#: Named here, since some systems hold scripts for plain text, and browsers then refuse them.
_TYPES = {
    ".css": "text/css",
    ".html": "text/html",
    ".ico": "image/vnd.microsoft.icon",
    ".js": "text/javascript",
    ".json": "application/json",
    ".mjs": "text/javascript",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".txt": "text/plain",
    ".woff2": "font/woff2",
}


class _Id(IntegerConverter):
    """A whole number that a database can hold."""

    def __init__(self, map: Any) -> None:
        super().__init__(map, max=2**53)


def make_app(bench: Workbench, access: Access) -> Flask:
    """Make the application.

    Parameters
    ----------
    bench : Workbench
    access : Access

    Returns
    -------
    Flask
    """
    app = Flask("nanocaliper.web", static_folder=None, template_folder=None)
    app.config["MAX_CONTENT_LENGTH"] = bench.limits.upload_bytes
    app.config["MAX_FORM_PARTS"] = 2 * bench.limits.files
    app.url_map.converters["id"] = _Id
    for route in ROUTES:
        app.add_url_rule(
            "/api" + route.path,
            endpoint=route.view.__name__,
            view_func=_serve(route, bench),
            methods=[route.method],
            provide_automatic_options=False,
        )
    app.add_url_rule("/", "page", lambda: _send_static("index.html"), provide_automatic_options=False)
    app.add_url_rule("/<path:name>", "static", _send_static, provide_automatic_options=False)

    @app.before_request
    def check() -> None:
        check_request(request, access)

    @app.after_request
    def protect(response: Response) -> Response:
        given = read_token(request) if response.status_code < 400 else None
        return protect_response(response, access, given=given)

    app.register_error_handler(Exception, _answer_error)
    return app


def _serve(route: Route, bench: Workbench) -> Callable[..., Response]:
    def view(**parts: Any) -> Response:
        if route.query is not None:
            parts["query"] = read_query(route.query)
        if route.body is not None:
            parts["body"] = read_body(route.body, optional=route.body_optional)
        answer = route.view(bench, **parts)
        return answer if isinstance(answer, Response) else answer_json(answer, route.status)

    return view


def _send_static(name: str) -> Response:
    kind = _TYPES.get(Path(name).suffix.lower(), "application/octet-stream")
    response = send_from_directory(_STATIC, name, mimetype=kind, max_age=0)
    response.headers["Cache-Control"] = "no-cache"
    return response


def _answer_error(error: Exception) -> Response:
    if isinstance(error, RequestError):
        return answer_json({"error": str(error)}, error.status)
    if isinstance(error, NanocaliperError):
        return answer_json({"error": str(error)}, 422)
    if isinstance(error, HTTPException):
        return answer_json({"error": _explain(error)}, error.code or 500)
    traceback.print_exception(error)
    sentence = f"Unexpected error, a fault of the program ({type(error).__name__}); its terminal shows more."
    return answer_json({"error": sentence}, 500)


def _explain(error: HTTPException) -> str:
    if error.code == 404:
        return "There is nothing at this address."
    if error.code == 405:
        return f"The method {request.method[:20]} is not possible here."
    if error.code == 413:
        return "The request is larger than what is taken at once; send less."
    return " ".join((error.description or error.name).split())
