"""The OpenAPI document, and that the documentation names every route."""

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from nanocaliper.web.openapi import describe_routes
from nanocaliper.web.routes import ROUTES
from web_bench import Bench, open_bench

DOCUMENT = describe_routes(ROUTES)
DOCS = Path(__file__).parents[1] / "docs" / "http_api.md"


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("root")) as opened:
        yield opened


def operations() -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in DOCUMENT["paths"].items():
        for method, operation in methods.items():
            yield method.upper(), path, operation


def check(value: Any, schema: dict[str, Any]) -> None:
    """Check a value by a schema that may point into the document."""
    whole = schema | {"components": DOCUMENT["components"]}
    jsonschema.Draft202012Validator(whole).validate(value)


def test_every_route_is_in_the_document_and_the_other_way_round(bench: Bench) -> None:
    served = set()
    for rule in bench.client.application.url_map.iter_rules():
        if rule.rule.startswith("/api"):
            path = re.sub(r"<(?:[^:<>]*:)?(\w+)>", r"{\1}", rule.rule)
            served |= {(method, path) for method in rule.methods or () if method not in ("HEAD", "OPTIONS")}
    assert served == {(method, path) for method, path, _ in operations()}
    assert bench.call("GET", "/openapi.json") == DOCUMENT
    assert DOCUMENT["openapi"] == "3.1.0"


def test_operations_are_complete() -> None:
    names = [operation["operationId"] for _, _, operation in operations()]
    assert len(set(names)) == len(names)
    for method, path, operation in operations():
        assert operation["summary"].endswith("."), path
        in_path = {one["name"] for one in operation["parameters"] if one["in"] == "path"}
        assert in_path == set(re.findall(r"{(\w+)}", path))
        headers = [one["name"] for one in operation["parameters"] if one["in"] == "header"]
        assert headers == ([] if method == "GET" else ["X-Nanocaliper"])
        body = operation.get("requestBody", {}).get("content", {}).get("application/json")
        if body is not None:
            check(body["example"], body["schema"])


def test_references_lead_somewhere() -> None:
    known = DOCUMENT["components"]["schemas"]
    for reference in re.findall(r"'\$ref': '([^']+)'", str(DOCUMENT)):
        assert reference.removeprefix("#/components/schemas/") in known
    for schema in known.values():
        jsonschema.Draft202012Validator.check_schema(schema)


def test_answers_are_as_described(bench: Bench) -> None:
    project = bench.measured()
    asked = {
        "/api/about": "/about",
        "/api/projects": "/projects",
        "/api/projects/{project}": project,
        "/api/projects/{project}/samples": project + "/samples",
        "/api/projects/{project}/images": project + "/images",
        "/api/projects/{project}/changes": project + "/changes",
        "/api/projects/{project}/images/{image}": project + "/images/1",
        "/api/projects/{project}/images/{image}/picture": project + "/images/1/picture",
        "/api/projects/{project}/images/{image}/particles": project + "/images/1/particles",
        "/api/projects/{project}/images/{image}/edits": project + "/images/1/edits",
    }
    for path, real in asked.items():
        schema = DOCUMENT["paths"][path]["get"]["responses"]["200"]["content"]["application/json"]["schema"]
        check(bench.call("GET", real), schema)
    edited = bench.call("POST", project + "/images/1/edits", {"kind": "delete", "particles": [1]})
    operation = DOCUMENT["paths"]["/api/projects/{project}/images/{image}/edits"]["post"]
    check(edited, operation["responses"]["200"]["content"]["application/json"]["schema"])
    check(bench.call("GET", "/projects/none", status=404), DOCUMENT["components"]["schemas"]["Failure"])


def test_the_documentation_names_every_route() -> None:
    text = DOCS.read_text(encoding="utf-8")
    listed = re.findall(r"^\| `(\w+) (/api\S*)` \| (.*) \|$", text, flags=re.MULTILINE)
    assert listed == [(method, path, operation["summary"]) for method, path, operation in operations()]
