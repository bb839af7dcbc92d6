"""Time and memory of measuring micrographs, on a machine that does nothing else.

``python benchmarks/speed.py [--model NAME_OR_FOLDER] [--repeats N] [--large PX] [-o OUT]``

The micrographs are simulated spheres, some touching: 1024 x 768 px with a data strip and a scale bar, particles of
40 px and of 16 px; and a large one without print, of `--large` px on each side (0: none). Of each the seconds of a
measurement after start-up (median over repeats, by stage; the large one once), the seconds of the whole command
from the shell, and the peak memory of that command.
"""

import argparse
import os
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict, dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any

import cv2
import numpy as np

from nanocaliper.inference.catalogue import DEFAULT_MODEL
from nanocaliper.pipeline import measure
from nanocaliper.synthesis.scene import AnnotationOptions, BarOptions, SceneOptions
from nanocaliper.synthesis.simulate import simulate
from result_tables import Table, write_run

_NM_PER_PX = 2.0


@dataclass(frozen=True)
class Cost:
    """What measuring one micrograph takes."""

    rows: int
    cols: int
    diameter_px: float
    particles: int
    seconds: float
    bar_seconds: float
    segmentation_seconds: float
    command_seconds: float
    peak_mb: float


def draw(path: Path, shape: tuple[int, int], diameter_px: float, *, printed: bool) -> None:
    """Write a simulated micrograph of touching spheres."""
    scene = SceneOptions(
        kind="SEM",
        shape=shape,
        count=round(0.3 * shape[0] * shape[1] / diameter_px**2),
        diameter_px=diameter_px,
        arrangement="touching",
        nm_per_px=_NM_PER_PX,
        annotations=AnnotationOptions(bar=BarOptions()) if printed else AnnotationOptions(),
    )
    pixels = simulate(scene, np.random.default_rng(0)).pixels
    path.write_bytes(cv2.imencode(".png", pixels)[1].tobytes())


def time_stages(path: Path, model: str, repeats: int, scale: dict[str, float]) -> dict[str, Any]:
    """Measure a micrograph in this process: once to warm up where there are repeats, then so often."""
    runs = []
    for _ in range(repeats + (repeats > 1)):
        start = time.perf_counter()
        measurement = measure(path, model=model, **scale)
        runs.append(measurement.seconds | {"all": time.perf_counter() - start})
    runs = runs[-repeats:]
    rows, cols = measurement.segmentation.labels.shape
    medians = {stage: statistics.median(seconds[stage] for seconds in runs) for stage in runs[0]}
    return {"rows": rows, "cols": cols, "particles": len(measurement.particles), "seconds": medians}


def time_command(path: Path, model: str, repeats: int, scale: dict[str, float]) -> tuple[float, float]:
    """Measure a micrograph by the command; median seconds and peak memory in MB."""
    order = [sys.executable, "-m", "nanocaliper", "measure", str(path), "--model", model]
    order += ["--nm-per-px", str(scale["nm_per_px"])] if scale else []
    seconds, peaks = [], []
    for number in range(repeats):
        with tempfile.TemporaryFile() as said:
            start = time.perf_counter()
            process = subprocess.Popen(
                [*order, "-o", str(path.parent / f"{path.stem}{number}")], stdout=said, stderr=said
            )
            # The memory of this one process; `subprocess` tells only that of all together.
            _, status, used = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
            seconds.append(time.perf_counter() - start)
            if status:
                said.seek(0)
                raise RuntimeError(said.read().decode())
        peaks.append(used.ru_maxrss / 1024)
    return statistics.median(seconds), max(peaks)


def run_apart(function: Callable[..., Any], *arguments: Any, **more: Any) -> Any:
    """Run in a process of its own: a command counts the peak memory of the process that started it as its own."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as apart:
        return apart.submit(function, *arguments, **more).result()


def cost(
    folder: Path, model: str, repeats: int, shape: tuple[int, int], diameter_px: float, *, printed: bool
) -> Cost:
    """Draw a micrograph, and measure it in a process and as a command."""
    path = folder / f"{shape[1]}_{diameter_px:.0f}.png"
    run_apart(draw, path, shape, diameter_px, printed=printed)
    scale = {} if printed else {"nm_per_px": _NM_PER_PX}
    inside = run_apart(time_stages, path, model, repeats, scale)
    command_seconds, peak_mb = run_apart(time_command, path, model, repeats, scale)
    seconds = inside["seconds"]
    return Cost(
        inside["rows"],
        inside["cols"],
        diameter_px,
        inside["particles"],
        seconds["all"],
        seconds["calibrate"],
        seconds["segment"],
        command_seconds,
        peak_mb,
    )


def tabulate(costs: list[Cost]) -> Table:
    """One row a micrograph."""
    return Table(
        (
            "micrograph, px",
            "particles",
            "measurement",
            "of it the bar",
            "of it segmentation",
            "command",
            "peak memory",
        ),
        [
            (
                f"{one.cols} × {one.rows}, spheres of {one.diameter_px:.0f} px",
                str(one.particles),
                f"{one.seconds:.2f} s",
                f"{one.bar_seconds:.2f} s",
                f"{one.segmentation_seconds:.2f} s",
                f"{one.command_seconds:.1f} s",
                f"{one.peak_mb:.0f} MB",
            )
            for one in costs
        ],
    )


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--large", type=int, default=8192)
    parser.add_argument("-o", "--output", type=Path, default=Path("speed"))
    arguments = parser.parse_args()
    model, repeats, large = arguments.model, arguments.repeats, arguments.large
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        costs = [cost(folder, model, repeats, (768, 1024), px, printed=True) for px in (40.0, 16.0)]
        if large:
            costs.append(cost(folder, model, 1, (large, large), 40.0, printed=False))
    settings = {"model": model, "repeats": repeats, "cores": os.cpu_count()}
    print(
        write_run(
            arguments.output,
            "speed",
            settings,
            {"summary": tabulate(costs)},
            {"costs": [asdict(one) for one in costs]},
        )
    )


if __name__ == "__main__":
    main()
