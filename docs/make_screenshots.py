"""Take the pictures of the workbench that the documentation shows: ``python docs/make_screenshots.py``.

Simulates micrographs of four samples, measures them in a workbench of its own, walks through its page and writes
``docs/images/workbench_*.png``. Needs the extras ``workbench`` and ``test``, and a Chromium.
"""

import io
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from PIL import Image

from nanocaliper.synthesis.scene import (
    AnnotationOptions,
    BarOptions,
    DetectorOptions,
    SceneOptions,
    SemOptions,
    ShapeOptions,
    TemOptions,
)
from nanocaliper.synthesis.simulate import simulate

IMAGES = Path(__file__).parent / "images"
sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from served import Server, open_browser, run, watch  # noqa: E402

_SHAPE = (768, 1024)
_LARGEST_BYTES = 250_000
_PATIENCE_MS = 240_000
_TEM = TemOptions(absorption=2.1, flatness=0.35, film_texture=0.02, fringe=0.1, grain_spread=0.12, bands=0.1)
_SHARP = DetectorOptions(blur_px=0.9, dose=700, read_noise=0.008, noise_blur_px=0.5)
_TEM_BAR = AnnotationOptions(
    bar=BarOptions(backing="white", text_px=34, thickness_px=8, corner="bottom_left", width_share=0.2)
)
_SEM_BAR = AnnotationOptions(
    strip="plain_black",
    bar=BarOptions(ink="white", text_px=34, thickness_px=6, label_side="right", width_share=0.2),
)
_GOLD = SceneOptions(
    kind="TEM", shape=_SHAPE, count=110, diameter_px=44, gsd=1.1, arrangement="touching", group=3, nm_per_px=0.35,
    tem=_TEM, detector=_SHARP, annotations=_TEM_BAR,
)  # fmt: skip
_RIPENED = SceneOptions(
    kind="TEM", shape=_SHAPE, count=75, diameter_px=54, gsd=1.16, arrangement="touching", group=4, nm_per_px=0.35,
    tem=_TEM, detector=_SHARP, annotations=_TEM_BAR,
)  # fmt: skip
_SILICA = SceneOptions(
    kind="SEM", shape=_SHAPE, count=120, diameter_px=58, gsd=1.06, arrangement="touching", group=6, nm_per_px=4.0,
    sem=SemOptions(substrate=0.2, particle=0.52, rim=0.25, rim_width=0.07, directional=0.08),
    detector=_SHARP, annotations=_SEM_BAR,
)  # fmt: skip
_RODS = SceneOptions(
    kind="TEM", shape=_SHAPE, count=70, diameter_px=42, gsd=1.08, gap_px=4, nm_per_px=0.5,
    particle_kinds=(("rod", 1.0),), shapes=ShapeOptions(aspect=3.4, aspect_sd=0.12),
    tem=_TEM, detector=_SHARP, annotations=_TEM_BAR,
)  # fmt: skip
#: Project, sample, and the scenes of its images by name.
SAMPLES: list[tuple[str, str, dict[str, SceneOptions]]] = [
    ("Silica spheres, batch 12", "Silica 240 nm", {"silica_a.png": _SILICA}),
    ("Gold nanorods for SERS", "Rods, pH 3", {"rods_grid_2.png": _RODS}),
    ("Gold colloid, stability", "As made", {"gold_day_0_a.png": _GOLD, "gold_day_0_b.png": _GOLD}),
    ("Gold colloid, stability", "After 28 days", {"gold_day_28_a.png": _RIPENED, "gold_day_28_b.png": _RIPENED}),
]  # fmt: skip


def fill(server: Server) -> str:
    """Make the projects; gives the path of the last one."""
    projects: dict[str, str] = {}
    seed = 0
    for title, name, scenes in SAMPLES:
        if title not in projects:
            project = projects[title] = server.create(title)
            sample = server.ask("GET", project + "/samples")[0]["id"]
            server.ask("PATCH", f"{project}/samples/{sample}", {"name": name})
        else:
            sample = server.ask("POST", project + "/samples", {"name": name, "notes": {}})["id"]
        files = {}
        for image, scene in scenes.items():
            seed += 1
            files[image] = encode(simulate(scene, np.random.default_rng([7, seed])).pixels)
        server.upload_files(project, files, sample=sample)
    for path in projects.values():
        for image in server.wait(path, "measured", "failed"):
            print(f"{image['name']}: {image['counted']} particles, {image['diameter_mean']} {image['unit']}")
    return project


def encode(image: np.ndarray) -> bytes:
    """Write an image as PNG."""
    return bytes(cv2.imencode(".png", image)[1].tobytes())


def reduce_colours(picture: Image.Image, greys: int) -> Image.Image:
    """Reduce a picture to a palette that keeps the colours of few pixels beside the many grey ones."""
    pixels = np.asarray(picture).reshape(-1, 3)
    coloured = np.ptp(pixels.astype(int), axis=1) > 16
    seen, counts = np.unique(pixels[coloured], axis=0, return_counts=True)
    frequent = seen[counts > 2] if np.any(counts > 2) else np.zeros((1, 3), np.uint8)
    palette: list[int] = []
    for part, size in ((frequent, 128), (pixels[~coloured], greys)):
        reduced = Image.fromarray(part[None]).quantize(size, method=Image.Quantize.MEDIANCUT)
        palette += (reduced.getpalette() or [])[: 3 * size]
    plan = Image.new("P", (1, 1))
    plan.putpalette(palette)
    return picture.quantize(palette=plan, dither=Image.Dither.NONE)


class Photographer:
    """Walks through the page and takes pictures of it."""

    def __init__(self, tab: Any, server: Server, project: str) -> None:
        self.tab, self.server = tab, server
        self.address = f"{server.url}#{project.replace('projects', 'project')}"
        self.project = project

    def take(self, name: str) -> None:
        """Take the whole window, in as many colours as fit."""
        self.tab.wait_for_timeout(700)
        if self.tab.locator(".chart-note:visible").count():
            self.tab.locator(".chart-note").wait_for(state="hidden", timeout=_PATIENCE_MS)
        with Image.open(io.BytesIO(self.tab.screenshot())) as opened:
            picture = opened.convert("RGB")
        target = IMAGES / f"workbench_{name}.png"
        for greys in (128, 64, 32, 24):
            reduce_colours(picture, greys).save(target, optimize=True)
            if target.stat().st_size < _LARGEST_BYTES:
                break
        print(f"{target.name}: {target.stat().st_size / 1000:.0f} kB, {greys} greys")

    def open_image(self, name: str, tab: str) -> None:
        """Open an image with one of the panels."""
        image = next(one for one in self.server.ask("GET", self.project + "/images") if one["name"] == name)
        self.server.ask("GET", f"{self.project}/images/{image['id']}/particles")
        self.tab.goto(f"{self.address}/image/{image['id']}")
        self.tab.get_by_role("tab", name="Particles").click()
        self.tab.locator(".table-row").first.wait_for(timeout=_PATIENCE_MS)
        self.tab.get_by_role("tab", name=tab).click()
        # Away from the tabs, which light up under it.
        self.tab.mouse.move(620, 20)
        self.tab.wait_for_timeout(800)

    def place(self, row: float, col: float) -> tuple[float, float]:
        """Where a point of the image is in the window."""
        box = self.tab.locator(".viewer-stage").bounding_box()
        scale = min((box["width"] - 16) / _SHAPE[1], (box["height"] - 16) / _SHAPE[0])
        return (
            box["x"] + box["width"] / 2 + (col - (_SHAPE[1] - 1) / 2) * scale,
            box["y"] + box["height"] / 2 + (row - (_SHAPE[0] - 1) / 2) * scale,
        )

    def projects(self) -> None:
        """The list of projects."""
        self.tab.goto(self.server.url)
        self.tab.locator(".project-table").wait_for()
        self.take("projects")

    def outlines(self) -> None:
        """An image, coloured by size, with its table."""
        self.open_image("gold_day_0_a.png", "Particles")
        self.tab.get_by_label("Colour by").select_option("size")
        self.take("outlines")

    def scale(self) -> None:
        """Marking the scale bar."""
        self.open_image("gold_day_0_b.png", "Scale")
        self.tab.get_by_label("Mark the bar in the picture").check()
        self.tab.get_by_label("The label says").fill("100")
        handle = self.tab.locator(".viewer-handle").last
        handle.focus()
        self.take("scale")

    def editing(self) -> None:
        """A line that will split a particle."""
        self.open_image("gold_day_28_a.png", "History")
        tab = self.tab
        found = self.server.ask("GET", f"{self.project}/images/3/particles")
        outline = max(
            (
                np.reshape(one, (-1, 2))
                for one, state in zip(found["outlines"], found["states"], strict=True)
                if state == "counted"
            ),
            key=lambda one: -np.hypot(*(one.mean(axis=0) - (380, 500))),
        )
        x, y = self.place(*outline.mean(axis=0))
        tab.get_by_label("Colour by").select_option("none")
        tab.mouse.move(x, y)
        # The place under the cursor stays where it is while one zooms.
        before = tab.locator(".viewer-corner").inner_text()
        for _ in range(3):
            tab.mouse.wheel(0, -240)
            tab.wait_for_timeout(200)
        tab.wait_for_timeout(500)
        after = tab.locator(".viewer-corner").inner_text()
        zoom = float(after.split()[0]) / float(before.split()[0])
        tab.locator(".viewer-stage").focus()
        tab.keyboard.press("s")
        box = tab.locator(".viewer-stage").bounding_box()
        scale = zoom * min((box["width"] - 16) / _SHAPE[1], (box["height"] - 16) / _SHAPE[0])
        reach = 0.7 * float(max(np.ptp(outline, axis=0))) * scale
        tab.mouse.move(x - 0.4 * reach, y - reach)
        tab.mouse.down()
        tab.mouse.move(x + 0.4 * reach, y + reach, steps=8)
        self.take("editing")
        tab.keyboard.press("Escape")
        tab.mouse.up()
        tab.keyboard.press("v")
        # The name of the tool stands in the picture for a while.
        tab.wait_for_timeout(4500)

    def statistics(self) -> None:
        """The statistics of an image, some bars of its histogram selected."""
        self.open_image("gold_day_0_a.png", "Statistics")
        chart = self.tab.locator(".chart-picture").first
        chart.locator("svg").wait_for(timeout=_PATIENCE_MS)
        self.tab.locator(".panel .headline dd").first.wait_for(timeout=_PATIENCE_MS)
        box = chart.bounding_box()
        self.tab.mouse.move(box["x"] + 0.68 * box["width"], box["y"] + 0.3 * box["height"])
        self.tab.mouse.down()
        self.tab.mouse.move(box["x"] + 0.97 * box["width"], box["y"] + 0.5 * box["height"], steps=5)
        self.tab.mouse.up()
        self.tab.mouse.move(box["x"] - 200, box["y"] + 500)
        self.take("statistics")

    def results(self) -> None:
        """The results of a sample."""
        self.tab.goto(f"{self.address}/results")
        self.tab.locator(".chart-picture svg").first.wait_for(timeout=_PATIENCE_MS)
        self.take("results")

    def comparison(self) -> None:
        """The comparison of two samples."""
        self.tab.goto(f"{self.address}/results")
        self.tab.get_by_role("button", name="Comparison").click()
        self.tab.locator(".result-body img, .result-body svg, .result-body table").first.wait_for()
        self.tab.locator(".paper img:not(.drawing)").wait_for(timeout=_PATIENCE_MS)
        self.take("comparison")

    def dark(self) -> None:
        """The same in the dark."""
        self.tab.evaluate("() => localStorage.setItem('nanocaliper.theme', 'dark')")
        self.tab.reload()
        self.open_image("gold_day_28_b.png", "Statistics")
        self.tab.locator(".panel .headline dd").first.wait_for(timeout=_PATIENCE_MS)
        self.tab.get_by_label("Colour by").select_option("size")
        self.take("dark")

    def views(self) -> list[Callable[[], None]]:
        """All pictures, in order."""
        return [self.projects, self.outlines, self.scale, self.editing, self.statistics, self.results,
                self.comparison, self.dark]  # fmt: skip


def main() -> None:
    """Measure, walk, take."""
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as folder, run(Path(folder)) as server, open_browser() as browser:
        if browser is None:
            sys.exit("No Chromium is installed: python tests/install_browser.py")
        project = fill(server)
        tab = browser.new_page(viewport={"width": 1280, "height": 800}, color_scheme="light")
        problems = watch(tab)
        for view in Photographer(tab, server, project).views():
            if not wanted or view.__name__ in wanted:
                view()
        if problems:
            sys.exit("The page had errors:\n" + "\n".join(problems))


if __name__ == "__main__":
    main()
