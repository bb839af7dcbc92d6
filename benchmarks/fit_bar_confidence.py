"""Fit the confidence of scale-bar readings, and show on held-out readings whether it holds.

    python benchmarks/fit_bar_confidence.py DATA_FOLDER [--seed 501] [--count 500] [--workers 2]
        [-o src/nanocaliper/calibration/confidence.json]

Readings come from simulated images (see docs/simulation.md) and from the labelled real micrographs of DATA_FOLDER
(as in scale_bars.py). Figures of several panels and insets among the simulated images are left out: there a bar may
be read rightly and still not be the image's scale, which is not for this probability to say. Five-fold
cross-validation, by image, shows the share of right readings by confidence; the weights written are those of all.
"""

import argparse
import itertools
import json
import multiprocessing
import sys
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt
from rich.progress import track

from nanocaliper.calibration.confidence import FEATURES, choose, describe_choice
from nanocaliper.calibration.scale_bar import look_for_bars
from nanocaliper.inference.threads import limit_threads
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.read import read
from nanocaliper.synthesis.grounds import GroundPool
from nanocaliper.synthesis.random_bars import make_bar_image
from nanocaliper.units import to_nm

Floats = npt.NDArray[np.float64]
TOLERANCE = 0.04
RIDGE = 1.0
# There are fewer real readings than simulated ones, and they are what counts.
REAL_WEIGHT = 4.0
BINS = (0.0, 0.5, 0.7, 0.8, 0.9, 0.95, 1.0001)
Reading = tuple[list[float], bool]


def prepare() -> None:
    cv2.setNumThreads(1)
    limit_threads(1)


def describe(micrograph: Micrograph, expected: float | None) -> Reading | None:
    matches = look_for_bars(micrograph).matches
    if not matches:
        return None
    best, rival = choose(matches)
    right = expected is not None and abs(best.nm_per_px / expected - 1) <= TOLERANCE
    return describe_choice(best, rival).tolist(), right


def look_at_simulated(task: tuple[int, int]) -> Reading | None:
    seed, number = task
    made = make_bar_image(np.random.default_rng([seed, number]), GroundPool(seed))
    if "inset" in made.case or "panels" in made.case or "two bars" in made.case:
        return None
    return describe(read(made.pixels), made.nm_per_px)


def look_at_real(task: tuple[str, float | None]) -> Reading | None:
    path, expected = task
    return describe(read(path), expected)


def list_real(data: Path) -> list[tuple[str, float | None]]:
    tasks: list[tuple[str, float | None]] = []
    for line in (data / "scale_bars" / "train.jsonl").read_text(encoding="utf-8").splitlines():
        truth = json.loads(line)
        readable = truth["has_bar"] and truth["has_label"]
        expected = to_nm(truth["value"], truth["unit"]) / truth["bar_px"] if readable else None
        tasks.append((str(data / "emps" / "images" / f"{truth['name']}.png"), expected))
    return tasks


def fit(features: Floats, right: Floats, weights: Floats) -> Floats:
    """Logistic regression with a ridge by Newton's method; no feature but flags may speak against itself."""
    design = np.hstack([np.ones((len(features), 1)), features])
    factors = len(FEATURES) - 7
    free = np.ones(design.shape[1], bool)
    while True:
        values = np.zeros(design.shape[1])
        ridge = np.diag([1e-6, *[RIDGE] * (design.shape[1] - 1)])[np.ix_(free, free)]
        part = design[:, free]
        for _ in range(60):
            chance = 1 / (1 + np.exp(-part @ values[free]))
            slope = part.T @ (weights * (right - chance)) - ridge @ values[free]
            bend = (part * (weights * chance * (1 - chance))[:, None]).T @ part + ridge
            step = np.linalg.solve(bend, slope)
            values[free] += step
            if np.abs(step).max() < 1e-9:
                break
        wrong = np.flatnonzero(
            free & (values < 0) & (np.arange(values.size) >= 1) & (np.arange(values.size) <= factors)
        )
        if not wrong.size:
            return values
        free[wrong] = False


def predict(values: Floats, features: Floats) -> Floats:
    chance: Floats = 1 / (1 + np.exp(-(values[0] + features @ values[1:])))
    return chance


def print_reliability(name: str, chance: Floats, right: Floats) -> None:
    print(f"{name}: {len(right)} readings, {right.mean():.1%} right, stated {chance.mean():.1%}")
    for low, high in itertools.pairwise(BINS):
        inside = (chance >= low) & (chance < high)
        if inside.any():
            share = f"{inside.sum():4d} readings, {right[inside].mean():6.1%} right"
            print(f"  stated {low:.2f} to {min(high, 1):.2f}: {share}")


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("data", type=Path)
    parser.add_argument("--seed", type=int, default=501)
    parser.add_argument("--count", type=int, default=500)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("-o", "--output", type=Path)
    options = parser.parse_args()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(options.workers, mp_context=context, initializer=prepare) as pool:
        real_tasks = list_real(options.data)
        simulated_tasks = [(options.seed, number) for number in range(options.count)]
        real = list(track(pool.map(look_at_real, real_tasks, chunksize=4), "real", len(real_tasks)))
        made = pool.map(look_at_simulated, simulated_tasks, chunksize=8)
        simulated = list(track(made, "simulated", len(simulated_tasks)))
    readings = [(reading, True) for reading in real if reading] + [
        (reading, False) for reading in simulated if reading
    ]
    features = np.array([reading[0] for reading, _ in readings])
    right = np.array([float(reading[1]) for reading, _ in readings])
    is_real = np.array([flag for _, flag in readings])
    weights = np.where(is_real, REAL_WEIGHT, 1.0)
    fold = np.arange(len(right)) % 5
    chance = np.zeros(len(right))
    for number in range(5):
        held = fold == number
        chance[held] = predict(fit(features[~held], right[~held], weights[~held]), features[held])
    print_reliability("real, held out", chance[is_real], right[is_real])
    print_reliability("simulated, held out", chance[~is_real], right[~is_real])
    values = fit(features, right, weights)
    stored = {
        "constant": round(float(values[0]), 4),
        "weights": {name: round(float(value), 4) for name, value in zip(FEATURES, values[1:], strict=True)},
        "fitted_on": {"real": int(is_real.sum()), "simulated": int((~is_real).sum()), "seed": options.seed},
    }
    print(json.dumps(stored, indent=1))
    if options.output is not None:
        options.output.write_text(json.dumps(stored, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
