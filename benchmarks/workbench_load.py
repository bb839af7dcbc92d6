"""Load of the workbench: 50 images at once, what the page waits for meanwhile, and a thousand bad requests.

    python benchmarks/workbench_load.py [--images 50] [--size 1024] [--model particle_unet]

Starts ``nanocaliper serve`` on a folder of its own, uploads all images in one request, and asks until they are
measured what a page asks: changes, projects, tiles, the particles of the first image, and an edit with its undo.
Prints the percentiles of each kind of answer, then memory and open files of the server before and after the bad
requests (Linux).
"""

import argparse
import json
import random
import re
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections import defaultdict
from pathlib import Path
from typing import Any

import cv2
import numpy as np


def draw_image(seed: int, size: int) -> bytes:
    """A PNG of discs of 20 to 60 px on noise."""
    rng = np.random.default_rng(seed)
    image = rng.normal(60, 8, (size, size)).astype(np.float32)
    for _ in range(max(4, size * size // 12_000)):
        col, row = rng.integers(0, size, 2).tolist()
        cv2.circle(
            image, (col, row), int(rng.integers(10, 30)), float(rng.uniform(120, 200)), -1, cv2.LINE_AA
        )
    return bytes(cv2.imencode(".png", np.clip(image, 0, 255).astype(np.uint8))[1].tobytes())


class Client:
    """Asks the server and notes how long each answer took."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/") + "/api"
        self.seconds: dict[str, list[float]] = defaultdict(list)

    def ask(
        self, kind: str, method: str, path: str, body: Any = None, content_type: str = "application/json"
    ) -> bytes:
        data = body if body is None or isinstance(body, bytes) else json.dumps(body).encode()
        headers = {"X-Nanocaliper": "1", "Content-Type": content_type}
        request = urllib.request.Request(self.url + path, data, headers, method=method)
        start = time.perf_counter()
        try:
            with urllib.request.urlopen(request, timeout=600) as answer:
                return bytes(answer.read())
        finally:
            self.seconds[kind].append(time.perf_counter() - start)

    def report(self) -> None:
        print(f"{'answer':<22}{'n':>6}{'median':>10}{'95 %':>10}{'99 %':>10}{'longest':>10}   ms")
        for kind, seconds in sorted(self.seconds.items()):
            values = np.array(seconds) * 1000
            quantiles = np.percentile(values, [50, 95, 99, 100])
            print(f"{kind:<22}{len(values):>6}" + "".join(f"{value:>10.1f}" for value in quantiles))


def upload(client: Client, project: str, images: list[bytes], model: str) -> None:
    head = 'Content-Disposition: form-data; name="files"; filename="{}.png"\r\n\r\n'
    parts = [f'Content-Disposition: form-data; name="settings"\r\n\r\n{{"model": "{model}"}}'.encode()]
    parts += [head.format(number).encode() + image for number, image in enumerate(images)]
    body = b"".join(b"--mark\r\n" + part + b"\r\n" for part in parts) + b"--mark--\r\n"
    client.ask(
        f"upload of {len(images)}", "POST", project + "/images", body, "multipart/form-data; boundary=mark"
    )


def use_page(client: Client, project: str, count: int) -> None:
    """Ask what a page asks until all images are measured."""
    change, done, corrected = 0, set(), None
    rng = random.Random(0)
    while len(done) < count:
        told = json.loads(client.ask("changes", "GET", f"{project}/changes?since={change}"))
        change = told["change"]
        done |= {image["id"] for image in told["images"] if image["status"] in ("measured", "failed")}
        client.ask("projects", "GET", "/projects")
        if len(done) > 1:
            image = f"{project}/images/{min(done)}"
            client.ask("tile", "GET", f"{image}/picture/0/0/0.png?low=0&high={rng.randrange(100, 255)}")
            if corrected is None:
                particles = json.loads(client.ask("particles, first time", "GET", image + "/particles"))
                corrected = particles["rows"][0][particles["columns"].index("particle")]
            client.ask("particles", "GET", image + "/particles")
            client.ask("edit", "POST", image + "/edits", {"kind": "delete", "particles": [corrected]})
            client.ask("undo", "POST", image + "/undo", b"")
            client.ask("result.json", "GET", image + "/result.json")
        time.sleep(0.3)


def send_nonsense(client: Client, project: str, count: int) -> int:
    """Send bad requests; gives how many were faults of the program."""
    rng = random.Random(1)
    paths = ["/projects/..", "/projects/x/images", f"{project}/images/99/picture", f"{project}/images/1/edits",
             f"{project}/images/1/settings", "/projects/import", f"{project}/samples", "/nothing",
             f"{project}/images/1/picture/9/9/9.png?low=a", f"{project}/comparison?samples=,"]  # fmt: skip
    bodies = [b"", b"{", b"[" * 10_000, b'{"name": 1}', b"\xff", b'{"kind": "delete", "particles": [-1]}']
    faults = 0
    for _ in range(count):
        method = rng.choice(["GET", "POST", "PUT", "PATCH", "DELETE"])
        path = rng.choice(paths) if method != "DELETE" else "/projects/x"
        try:
            client.ask("bad request", method, path, rng.choice(bodies) if method != "GET" else None)
        except urllib.error.HTTPError as error:
            error.read()
            error.close()
            faults += error.code >= 500
    return faults


def measure_process(process: int) -> str:
    if not sys.platform.startswith("linux"):
        return "not known on this system"
    status = Path(f"/proc/{process}/status").read_text()
    memory = int(re.search(r"VmRSS:\s+(\d+)", status)[1]) / 1024  # type: ignore[index]
    return f"{memory:.0f} MB, {len(list(Path(f'/proc/{process}/fd').iterdir()))} open files"


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=50)
    parser.add_argument("--size", type=int, default=1024)
    parser.add_argument("--model", default="particle_unet")
    asked = parser.parse_args()
    images = [draw_image(seed, asked.size) for seed in range(asked.images)]
    with tempfile.TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "nanocaliper", "serve", "--no-browser", folder]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as server:
            assert server.stdout is not None
            try:
                found = re.search(r"http://\S+", server.stdout.readline())
                assert found
                client = Client(found[0])
                project = (
                    "/projects/"
                    + json.loads(client.ask("create", "POST", "/projects", {"name": "load"}))["id"]
                )
                start = time.perf_counter()
                upload(client, project, images, asked.model)
                use_page(client, project, asked.images)
                print(
                    f"{asked.images} images of {asked.size} px, {asked.model}: {time.perf_counter() - start:.0f} s"
                )
                print("server:", measure_process(server.pid))
                faults = sum(send_nonsense(client, project, 1) for _ in range(50))
                print("after 50 bad requests:", measure_process(server.pid))
                faults += send_nonsense(client, project, 1000)
                print(
                    "after 1,050 bad requests:",
                    measure_process(server.pid),
                    f"- {faults} faults of the program",
                )
                client.report()
            finally:
                server.terminate()


if __name__ == "__main__":
    main()
