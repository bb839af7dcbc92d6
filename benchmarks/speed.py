"""Time and memory of measuring one 1024 x 768 micrograph.

``python benchmarks/speed.py [--model NAME_OR_FOLDER] [--repeats N]``

Prints the seconds of one measurement after start-up (median and range over repeats, by stage), the seconds of the
whole command from the shell, and the peak memory of that command. The micrograph is simulated: spheres of 40 px,
some touching, with a data strip and a scale bar. Run it on a machine that does nothing else.
"""

import argparse
import os
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from nanocaliper.inference.catalogue import DEFAULT_MODEL
from nanocaliper.pipeline import measure
from nanocaliper.synthesis.scene import AnnotationOptions, BarOptions, SceneOptions
from nanocaliper.synthesis.simulate import simulate
from nanocaliper.synthesis.write import write_simulated


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--repeats", type=int, default=5)
    parser.add_argument("--diameter", type=float, default=40.0, help="particle diameter, px")
    arguments = parser.parse_args()
    scene = SceneOptions(
        kind="SEM",
        shape=(768, 1024),
        count=round(0.3 * 768 * 1024 / arguments.diameter**2),
        diameter_px=arguments.diameter,
        arrangement="touching",
        nm_per_px=2.0,
        annotations=AnnotationOptions(bar=BarOptions()),
    )
    with tempfile.TemporaryDirectory() as folder:
        write_simulated(simulate(scene, np.random.default_rng(0)), Path(folder), "image")
        image = next(
            p for p in Path(folder).iterdir() if p.suffix in (".png", ".tif") and "labels" not in p.name
        )
        measure(image, model=arguments.model)
        runs = []
        for _ in range(arguments.repeats):
            start = time.perf_counter()
            measurement = measure(image, model=arguments.model)
            runs.append((time.perf_counter() - start, measurement.seconds))
        totals = [total for total, _ in runs]
        print(
            f"cores {os.cpu_count()}, particles {len(measurement.particles)}, {measurement.calibration.source}"
        )
        print(f"measure: median {statistics.median(totals):.2f} s, {min(totals):.2f} to {max(totals):.2f} s")
        for stage in measurement.seconds:
            print(f"  {stage}: {statistics.median(seconds[stage] for _, seconds in runs):.3f} s")
        command = [
            sys.executable,
            "-m",
            "nanocaliper",
            "measure",
            str(image),
            "-o",
            str(Path(folder) / "out"),
        ]
        shell = []
        for number in range(arguments.repeats):
            start = time.perf_counter()
            subprocess.run(
                [*command[:-1], f"{command[-1]}{number}", "--model", arguments.model],
                check=True,
                capture_output=True,
            )
            shell.append(time.perf_counter() - start)
        print(f"command: median {statistics.median(shell):.2f} s, {min(shell):.2f} to {max(shell):.2f} s")
        peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
        print(f"peak memory of the command: {peak:.0f} MB")


if __name__ == "__main__":
    main()
