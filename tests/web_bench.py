"""A workbench for tests: small images of known discs, a client, and waiting until all is measured."""

import io
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

from nanocaliper.web.app import make_app
from nanocaliper.web.limits import Limits
from nanocaliper.web.safety import Access
from nanocaliper.web.workbench import Workbench

#: Diameter of the discs, px.
DIAMETER_PX = 24.0
HEADERS = {"X-Nanocaliper": "1"}
_SETTINGS = json.dumps({"model": "threshold"})


def draw_discs(seed: int = 0, count: int = 9, size: int = 200) -> bytes:
    """A PNG of bright discs on a grid, none of which touches another or the border."""
    rng = np.random.default_rng(seed)
    image = rng.normal(60, 3, (size, size)).astype(np.float32)
    side = int(np.ceil(np.sqrt(count)))
    step = size / side
    rows, cols = np.ogrid[:size, :size]
    for k in range(count):
        row, col = (k // side + 0.5) * step, (k % side + 0.5) * step
        distance = np.hypot(rows - row, cols - col)
        image += 120 * np.clip(DIAMETER_PX / 2 + 0.5 - distance, 0, 1).astype(np.float32)
    return bytes(cv2.imencode(".png", np.clip(image, 0, 255).astype(np.uint8))[1].tobytes())


@dataclass
class Bench:
    """A workbench with a client of its API."""

    bench: Workbench
    client: FlaskClient

    def call(self, method: str, path: str, body: Any = None, status: int | None = 200, **options: Any) -> Any:
        """Ask, check the status, and give the JSON that came back."""
        response = self.ask(method, path, body, **options)
        if status is not None:
            assert response.status_code == status, response.get_data(as_text=True)
        return response.get_json()

    def ask(self, method: str, path: str, body: Any = None, **options: Any) -> TestResponse:
        """Ask, and give the whole answer."""
        headers = HEADERS | options.pop("headers", {})
        if body is not None:
            options["json"] = body
        if isinstance(options.get("data"), dict):
            # Encoded here, since the client leaves its temporary files open.
            boundary, options["data"] = encode_multipart(MultiDict(options["data"]))
            options["content_type"] = f'multipart/form-data; boundary="{boundary}"'
        return self.client.open("/api" + path, method=method, headers=headers, buffered=True, **options)

    def create(self, name: str = "Gold") -> str:
        """Make a project and give its path."""
        return "/projects/" + str(self.call("POST", "/projects", {"name": name}, 201)["id"])

    def upload(
        self, project: str, files: dict[str, bytes], status: int = 201, settings: str = _SETTINGS, **form: Any
    ) -> Any:
        """Upload files by name."""
        parts = [FileStorage(io.BytesIO(content), name) for name, content in files.items()]
        data = {"files": parts, "settings": settings, **form}
        return self.call("POST", project + "/images", None, status, data=data)

    @staticmethod
    def part(content: bytes, name: str) -> FileStorage:
        """Give a file as a part of a form."""
        return FileStorage(io.BytesIO(content), name)

    def wait(self, project: str, seconds: float = 120) -> list[Any]:
        """Wait until nothing waits or is measured, and give the images."""
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            images = self.call("GET", project + "/images")
            if not any(image["status"] in ("waiting", "measuring") for image in images):
                return list(images)
            time.sleep(0.05)
        raise AssertionError(f"not done: {images}")

    def measured(self, files: dict[str, bytes] | None = None) -> str:
        """Make a project with measured images and give its path."""
        project = self.create()
        self.upload(project, files or {"discs.png": draw_discs()})
        images = self.wait(project)
        assert all(image["status"] == "measured" for image in images), images
        return project


@contextmanager
def open_bench(folder: Path, limits: Limits | None = None, token: str | None = None) -> Iterator[Bench]:
    """Open a workbench on a folder, and end it."""
    bench = Workbench(folder, limits, token_required=token is not None, stand_back=False)
    try:
        app = make_app(bench, Access(token))
        app.testing = False
        yield Bench(bench, app.test_client())
    finally:
        bench.close()
