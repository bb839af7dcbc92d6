"""A tab, the server it speaks with, and where particles are in its picture."""

import re
import signal
import socket
import time
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright import sync_api as playwright

from served import Server, watch

EXAMPLES = Path(__file__).parents[1] / "examples"
FIRST, SECOND, THIRD = "sem_spheres_touching.png", "tem_spheres.png", "tem_rods.png"
#: The machine may be busy with other things.
PATIENCE_MS = 240_000
_CLOUDED = re.compile("ERR_CONNECTION_REFUSED|ERR_CONNECTION_RESET|ERR_EMPTY_RESPONSE")

Point = tuple[float, float]


class Story:
    """One tab, the server it speaks with, and where things are in the picture."""

    def __init__(self, tab: Any, folder: Path) -> None:
        self.tab, self.folder = tab, folder
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port = str(free.getsockname()[1])
        self.problems = watch(tab)
        self.project = ""
        self.start()

    def start(self) -> None:
        """Start the server, always at the same address."""
        self.server = Server(self.folder, "--port", self.port)

    def kill(self) -> None:
        """Kill the server as a power cut does; that the page misses it is no fault of the page."""
        self.fine()
        self.server.end(signal.SIGKILL)

    def forgive(self) -> None:
        """Forget that the server did not answer while it was not there."""
        self.problems[:] = [one for one in self.problems if not _CLOUDED.search(one)]

    def fine(self) -> None:
        """Expect that nothing went wrong in the page."""
        self.tab.wait_for_timeout(50)
        assert self.problems == []

    def image(self, name: str = FIRST) -> dict[str, Any]:
        """The record of an image."""
        images = self.server.ask("GET", self.project + "/images")
        return dict(next(image for image in images if image["name"] == name))

    def particles(self, name: str = FIRST) -> dict[int, tuple[str, np.ndarray]]:
        """State and outline, (corners, 2), of each particle of an image."""
        path = f"{self.project}/images/{self.image(name)['id']}/particles"
        found = self.server.ask("GET", path)
        key = found["columns"].index("particle")
        return {
            row[key]: (state, np.reshape(outline, (-1, 2)))
            for row, state, outline in zip(found["rows"], found["states"], found["outlines"], strict=True)
        }

    def sizes(self, name: str = FIRST) -> np.ndarray:
        """Diameters of the counted particles of an image, px, from their outlines alone."""
        areas = [shoelace(outline) for state, outline in self.particles(name).values() if state == "counted"]
        return np.sqrt(4 * np.array(areas) / np.pi)

    def wait(self, holds: Any, seconds: float = PATIENCE_MS / 1000) -> None:
        """Wait until something holds."""
        until = time.monotonic() + seconds
        while not holds():
            assert time.monotonic() < until, self.image()
            self.tab.wait_for_timeout(100)

    def open(self, name: str) -> None:
        """Open an image, and wait until it is drawn."""
        self.tab.locator(".image-row", has_text=name).get_by_role("link").click()
        self.tab.get_by_role("tab", name="Particles").click()
        shown = self.tab.locator(".table-count")
        playwright.expect(shown).to_contain_text(
            f"{len(self.particles(name))} particles", timeout=PATIENCE_MS
        )
        self.tab.keyboard.press("Escape")
        self.tab.locator(".viewer-stage").focus()
        self.tab.keyboard.press("0")
        self.tab.wait_for_timeout(500)

    def place(self, row: float, col: float) -> Point:
        """Where a point of the whole image is in the window, px."""
        box = self.tab.locator(".viewer-stage").bounding_box()
        image = self.image()
        rows, cols = image["rows"], image["cols"]
        scale = min((box["width"] - 16) / cols, (box["height"] - 16) / rows)
        x = box["x"] + box["width"] / 2 + (col - (cols - 1) / 2) * scale
        return x, box["y"] + box["height"] / 2 + (row - (rows - 1) / 2) * scale

    def drag(self, start: Point, stop: Point) -> None:
        """Drag the mouse from one point of the image to another."""
        self.tab.mouse.move(*self.place(*start))
        self.tab.mouse.down()
        self.tab.mouse.move(*self.place(*stop), steps=6)
        self.tab.mouse.up()

    def edit(self, how: Any) -> None:
        """Do something by hand and wait until the page knows all edits."""
        before = self.image()["edits"]
        with self.tab.expect_response(
            lambda answer: answer.url.endswith("/edits") and answer.request.method == "GET",
            timeout=PATIENCE_MS,
        ):
            how()
        assert self.image()["edits"] != before
        self.tab.wait_for_timeout(200)

    def headline(self) -> tuple[int, str]:
        """Count and "mean ± SD" as the panel shows them, once they are of the present particles."""
        self.tab.get_by_role("tab", name="Statistics").click()
        expected = self.image()["counted"]
        shown = self.tab.locator(".panel .headline dd")
        playwright.expect(shown.first).to_have_text(str(expected), timeout=PATIENCE_MS)
        return int(shown.nth(0).inner_text()), shown.nth(1).inner_text()

    def expect_true_statistics(self, nm_per_px: float) -> tuple[int, str]:
        """Expect that the page shows what follows from the outlines."""
        sizes = self.sizes() * nm_per_px
        mean, sd = sizes.mean(), sizes.std(ddof=1)
        for _ in range(100):
            count, words = self.headline()
            figures = [float(one) for one in re.findall(r"[\d.]+", words)]
            if figures == pytest.approx([mean, sd], rel=6e-3):
                break
            self.tab.wait_for_timeout(200)
        assert count == len(sizes)
        # Shown with 4 and 3 digits.
        assert figures == [pytest.approx(mean, rel=5.1e-4), pytest.approx(sd, rel=5.1e-3)]
        assert words.endswith("nm")
        return count, words

    def download(self, label: str, target: Path) -> Path:
        """Take a file from the menu of reports."""
        self.tab.get_by_role("button", name="Reports and files").click()
        with self.tab.expect_download(timeout=PATIENCE_MS) as started:
            self.tab.get_by_role("menuitem", name=label).first.click()
        file = target / started.value.suggested_filename
        started.value.save_as(file)
        return file


def shoelace(outline: np.ndarray) -> float:
    """Area of a polygon of (row, col) corners, px²."""
    row, col = outline.T
    return abs(float(np.sum(row * np.roll(col, -1) - col * np.roll(row, -1)))) / 2


def find_touching(particles: dict[int, tuple[str, np.ndarray]]) -> tuple[int, int]:
    """Two particles whose outlines come nearest to each other."""
    pairs = [
        (float(np.min(np.hypot(*(a[:, None] - b[None]).transpose(2, 0, 1)))), one, other)
        for one, (_, a) in particles.items()
        for other, (_, b) in particles.items()
        if one < other
    ]
    distance, one, other = min(pairs)
    assert distance < 4, "none touch"
    return one, other


def find_free_place(
    particles: dict[int, tuple[str, np.ndarray]], rows: int, cols: int
) -> tuple[Point, float]:
    """The middle of the largest free square, and the distance of its nearest corner of an outline."""
    corners = np.concatenate([outline for _, outline in particles.values()])
    centres = np.array([outline.mean(axis=0) for _, outline in particles.values()])
    places = [(row, col) for row in range(30, rows - 30, 6) for col in range(30, cols - 30, 6)]

    def room(place: Point) -> float:
        away = np.hypot(*(np.concatenate([corners, centres]) - place).T).min()
        return float(min(away, place[0], place[1], rows - place[0], cols - place[1]))

    best = max(places, key=room)
    return best, room(best)


def cross(outline: np.ndarray, toward: np.ndarray) -> tuple[Point, Point]:
    """A line through the middle of an outline, across the direction to a point, a little longer than it is wide."""
    middle = outline.mean(axis=0)
    along = (toward - middle) / np.hypot(*(toward - middle))
    across = np.array([-along[1], along[0]])
    reach = np.abs((outline - middle) @ across).max() + 3
    start, stop = middle - reach * across, middle + reach * across
    return (float(start[0]), float(start[1])), (float(stop[0]), float(stop[1]))
