"""Time from dropping a micrograph onto the page until its outlines are on the screen.

    python benchmarks/workbench_first_result.py [--images 5] [--warm-up SECONDS]

Starts ``nanocaliper serve`` on a folder of its own, opens its page in a Chromium, waits until the processes have
started, and drops simulated micrographs of 1024 x 768 px, each into an empty project. The clock runs in the page:
from the drop to the frame in which outlines are painted. Run it on a machine that does nothing else. Needs the
extras ``workbench`` and ``test``.
"""

import argparse
import statistics
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from nanocaliper.synthesis.scene import AnnotationOptions, BarOptions, SceneOptions
from nanocaliper.synthesis.simulate import simulate
from nanocaliper.synthesis.write import write_simulated

sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))

from served import drop_files, open_browser, run

_PATIENCE_MS = 240_000
# The legend or table need not be open: a coloured pixel on the grey picture is an outline.
_PAINTED = """() => new Promise((done) => {
  const began = window.droppedAt;
  const look = () => {
    const canvas = document.querySelector(".viewer-canvas");
    if (canvas && canvas.width > 1) {
      const {data} = canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height);
      let coloured = 0;
      for (let k = 0; k < data.length; k += 4) coloured += Math.abs(data[k] - data[k + 2]) > 60;
      if (coloured > 500) return done(performance.now() - began);
    }
    setTimeout(() => requestAnimationFrame(look), 30);
  };
  look();
})"""
_NOTE_DROP = (
    "() => window.addEventListener('drop', () => (window.droppedAt = performance.now()), {capture: true})"
)


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--images", type=int, default=5)
    parser.add_argument("--warm-up", type=float, default=20, help="seconds between start and first drop")
    asked = parser.parse_args()
    scene = SceneOptions(
        kind="SEM", shape=(768, 1024), count=150, diameter_px=40.0, arrangement="touching", nm_per_px=2.0,
        annotations=AnnotationOptions(bar=BarOptions()),
    )  # fmt: skip
    with tempfile.TemporaryDirectory() as name, open_browser() as browser:
        if browser is None:
            sys.exit("No Chromium is installed: python tests/install_browser.py")
        folder = Path(name)
        for number in range(asked.images):
            write_simulated(simulate(scene, np.random.default_rng(number)), folder, f"image_{number}")
        with run(folder / "projects") as server:
            time.sleep(asked.warm_up)
            seconds = []
            for number in range(asked.images):
                project = server.create(f"Run {number}")
                tab = browser.new_page(viewport={"width": 1280, "height": 800})
                tab.set_default_timeout(_PATIENCE_MS)
                tab.goto(f"{server.url}#{project.replace('projects', 'project')}")
                tab.locator(".empty-card").wait_for()
                tab.evaluate(_NOTE_DROP)
                drop_files(tab, folder / f"image_{number}.png")
                seconds.append(tab.evaluate(_PAINTED) / 1000)
                (image,) = server.wait(project, "measured", "failed")
                measuring, counted = image["seconds"], image["counted"]
                print(f"{seconds[-1]:.2f} s, of which measuring {measuring:.2f} s, {counted} particles")
                tab.close()
    print(f"median {statistics.median(seconds):.2f} s, {min(seconds):.2f} to {max(seconds):.2f} s")


if __name__ == "__main__":
    main()
