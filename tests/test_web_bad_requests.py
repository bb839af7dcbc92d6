"""Requests that make no sense: each is refused with a sentence, and nothing grows."""

import json
import random
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from nanocaliper.web.routes import ROUTES
from web_bench import HEADERS, Bench, open_bench


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with open_bench(tmp_path_factory.mktemp("root")) as opened:
        yield opened


_TEXTS = [
    "",
    "x",
    "../..",
    "\x00",
    "é" * 50,
    "<script>",
    "1",
    "-1",
    "9" * 30,
    "%00",
    "null",
    "a" * 5000,
    "'; DROP TABLE",
]
_VALUES: list[Any] = [
    None, True, -1, 0, 1, 2**70, 1e308, "NaN", "", [], {}, [[]], [{}], {"kind": "delete", "particles": [1]},
    {"name": None}, {"name": ""}, {"name": "x" * 1000}, {"source": "user", "nm_per_px": -1}, {"images": [0]},
    {"images": [10**30]}, {"kind": "draw", "outline": [[1, 2]]}, {"kind": ["delete"]}, {"confidence": 7},
    {"page": -1}, [{"kind": "split", "particle": 1, "line": [["a", "b"]]}], {"name": {"a": 1}},
    {"notes": {"operator": 1}},
]  # fmt: skip
_BODIES = [
    b"", b"{", b"[" * 100_000, b"nul", b"\xff\xfe", b'{"name": "\\ud800"}', b'{"name": "\x01"}', b'{"name":1e999}',
    b"NaN", b'"' + b"a" * 1000, b'{"name":"a","name":"b"}', b'{"a":' * 5000,
]  # fmt: skip


def make_request(rng: random.Random, project: str) -> dict[str, Any]:
    route = rng.choice(ROUTES)
    path = "/api" + route.path
    while "<" in path:
        start, stop = path.index("<"), path.index(">")
        name = path[start + 1 : stop].rpartition(":")[2]
        part = project if name == "project" and rng.random() < 0.7 else rng.choice(_TEXTS)
        if name in ("image", "sample", "level", "row", "col") and rng.random() < 0.7:
            part = str(rng.randrange(3))
        path = path[:start] + part + path[stop + 1 :]
    keys = rng.sample(["low", "high", "since", "measurand", "basis", "full", "samples", "deleted", "x"], 2)
    request: dict[str, Any] = {
        "path": path,
        "method": route.method
        if rng.random() < 0.8
        else rng.choice(["GET", "POST", "PUT", "PATCH", "DELETE", "TRACE"]),
        "query_string": {key: rng.choice(_TEXTS) for key in keys} if rng.random() < 0.4 else {},
        "headers": dict(HEADERS),
    }
    kind = rng.random()
    if kind < 0.5:
        request["data"] = json.dumps(rng.choice(_VALUES)).encode()
    elif kind < 0.8:
        request["data"] = rng.choice(_BODIES)
    request["content_type"] = rng.choice(
        ["application/json"] * 2
        + ["text/plain", "multipart/form-data", "multipart/form-data; boundary=x", ""]
    )
    return request


def count_open_files() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


@pytest.mark.parametrize("seed", range(4))
def test_no_bad_request_is_a_fault_of_the_program(bench: Bench, seed: int) -> None:
    rng = random.Random(seed)
    project = bench.create().split("/")[2]
    faults = []
    before = count_open_files() if sys.platform == "linux" else 0
    for _ in range(250):
        request = make_request(rng, project)
        with bench.client.open(**request, buffered=True) as response:
            if response.status_code >= 500 or (
                response.status_code >= 400 and not response.get_json()["error"]
            ):
                faults.append((request, response.status_code, response.get_data(as_text=True)[:300]))
    assert not faults, faults[:3]
    if sys.platform == "linux":
        # Projects that were made stay open, each with the few files of its database.
        assert count_open_files() - before < 4 * len(bench.bench.root.ids()) + 8
