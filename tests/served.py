"""A running ``nanocaliper serve`` and a real browser beside it, as a person has them."""

import json
import os
import re
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from install_browser import find_browser

START = [sys.executable, "-m", "nanocaliper", "serve", "--no-browser"]


class Server:
    """A running ``nanocaliper serve``."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.process = subprocess.Popen(
            [*START, str(folder), *options], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        assert self.process.stdout is not None
        self.lines = [self.process.stdout.readline()]
        found = re.search(r"http://\S+", self.lines[0])
        assert found, self.lines[0] + self.process.stdout.read()
        self.url = found[0]

    def ask(self, method: str, path: str, body: Any = None, **headers: str) -> Any:
        """Ask the API, and give the JSON that came back."""
        given = {"X-Nanocaliper": "1", "Content-Type": "application/json"} | headers
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        request = urllib.request.Request(self.url.rstrip("/") + "/api" + path, data, given, method=method)
        with urllib.request.urlopen(request, timeout=120) as answer:
            return json.load(answer)

    def create(self, name: str) -> str:
        """Make a project and give its path."""
        return "/projects/" + str(self.ask("POST", "/projects", {"name": name})["id"])

    def upload(self, project: str, *images: bytes) -> None:
        """Upload PNGs, to be measured by the threshold."""
        self.upload_files(
            project, {f"gold {number}.png": image for number, image in enumerate(images)}, model="threshold"
        )

    def upload_files(
        self, project: str, files: dict[str, bytes], model: str | None = None, sample: Any = None
    ) -> None:
        """Upload files by name."""
        fields = {"settings": json.dumps({"model": model} if model else {})}
        if sample is not None:
            fields["sample"] = str(sample)
        parts = [
            f'Content-Disposition: form-data; name="{name}"\r\n\r\n{value}'.encode()
            for name, value in fields.items()
        ]
        parts += [
            f'Content-Disposition: form-data; name="files"; filename="{name}"\r\n\r\n'.encode() + content
            for name, content in files.items()
        ]
        body = b"".join(b"--mark\r\n" + part + b"\r\n" for part in parts) + b"--mark--\r\n"
        self.ask("POST", project + "/images", body, **{"Content-Type": "multipart/form-data; boundary=mark"})

    def wait(self, project: str, *states: str) -> list[Any]:
        """Wait until every image is in one of the states, and give the images."""
        until = time.monotonic() + 240
        while time.monotonic() < until:
            images = self.ask("GET", project + "/images")
            if all(image["status"] in states for image in images):
                return list(images)
            time.sleep(0.05)
        raise AssertionError(images)

    def end(self, how: int) -> int:
        """Send a signal, and give the exit status."""
        self.process.send_signal(how)
        status = self.process.wait(60)
        assert self.process.stdout is not None
        self.lines += self.process.stdout.readlines()
        self.process.stdout.close()
        return status


@contextmanager
def run(folder: Path, *options: str) -> Iterator[Server]:
    """Serve a folder."""
    server = Server(folder, *options)
    try:
        yield server
    finally:
        if server.process.poll() is None:
            server.end(signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)


@contextmanager
def open_browser() -> Iterator[Any]:
    """Open a browser without a window; gives None where there is none."""
    from playwright.sync_api import sync_playwright

    path = find_browser()
    if path is None:
        yield None
        return
    sandbox = [] if not hasattr(os, "geteuid") or os.geteuid() else ["--no-sandbox"]
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=str(path), args=sandbox)
        yield browser
        browser.close()


def watch(tab: Any) -> list[str]:
    """Note every error of a page, of its scripts and of its console, from now on."""
    problems: list[str] = []
    tab.on("pageerror", lambda error: problems.append(str(error)))
    tab.on(
        "console",
        lambda message: (
            problems.append(f"{message.text} {message.location}") if message.type == "error" else None
        ),
    )
    return problems


def drop_files(tab: Any, *files: Path) -> None:
    """Drop files onto the page, by the events that the system's file manager causes."""
    tab.evaluate("() => (window.dropped = new DataTransfer())")
    for file in files:
        # The bytes go over in a field, since a script cannot open files.
        field = tab.evaluate_handle("() => Object.assign(document.createElement('input'), {type: 'file'})")
        field.as_element().set_input_files(str(file))
        tab.evaluate("field => window.dropped.items.add(field.files[0])", field)
    for kind in ("dragenter", "dragover", "drop"):
        tab.evaluate(
            "kind => document.querySelector('#main').dispatchEvent(new DragEvent(kind, "
            "{bubbles: true, cancelable: true, dataTransfer: window.dropped}))",
            kind,
        )
