"""Measure the bias of the particle descriptors on shapes of known size.

``python benchmarks/descriptor_bias.py [--shifts N] [--seed S]`` prints the tables of docs/particles.md: each
shape is drawn at random rotations and sub-pixel positions, once with a level (share of every pixel that the
shape covers × 255) and once as labels alone (pixel centres inside the shape).
"""

import argparse
import math
from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.segmentation.segmentation import Segmentation

Floats = npt.NDArray[np.float64]
Shape = Callable[[Floats, Floats], npt.NDArray[np.bool_]]

DESCRIPTORS = ("diameter_equivalent_px", "feret_max_px", "feret_min_px", "perimeter_px", "circularity")


def ellipse(long: float, short: float) -> tuple[Shape, Floats]:
    """Ellipse with these diameters; area, largest and smallest Feret diameter, perimeter."""
    angle = np.linspace(0, 2 * np.pi, 200_001)
    perimeter = np.hypot(np.diff(long / 2 * np.cos(angle)), np.diff(short / 2 * np.sin(angle))).sum()
    truth = np.array([np.pi * long * short / 4, long, short, perimeter])
    return lambda u, v: (2 * u / long) ** 2 + (2 * v / short) ** 2 <= 1, truth


def rectangle(long: float, short: float) -> tuple[Shape, Floats]:
    """Rectangle with these sides."""
    truth = np.array([long * short, math.hypot(long, short), short, 2 * (long + short)])
    return lambda u, v: (np.abs(u) <= long / 2) & (np.abs(v) <= short / 2), truth


def capsule(long: float, short: float) -> tuple[Shape, Floats]:
    """Rod with round ends, of this length over all and this width."""
    straight = long - short
    truth = np.array([straight * short + np.pi * short**2 / 4, long, short, 2 * straight + np.pi * short])
    return lambda u, v: np.hypot(np.maximum(np.abs(u) - straight / 2, 0), v) <= short / 2, truth


def draw(shape: Shape, side: int, centre: Floats, angle: float, samples: int) -> Floats:
    """Share of every pixel of a square image that the shape covers, from samples × samples points a pixel."""
    offsets = (np.arange(samples) + 0.5) / samples - 0.5
    at = (np.arange(side)[:, None] + offsets).ravel()
    row, col = at[:, None] - centre[0], at[None, :] - centre[1]
    inside = shape(
        row * math.cos(angle) + col * math.sin(angle), col * math.cos(angle) - row * math.sin(angle)
    )
    return np.asarray(inside.reshape(side, samples, side, samples).mean(axis=(1, 3)), dtype=np.float64)


def measure_shape(
    shape: Shape, size: float, with_level: bool, shifts: int, rng: np.random.Generator
) -> Floats:
    """Descriptors of the shape at random places and angles, shape (shifts, descriptors)."""
    side = math.ceil(size) + 8
    rows = []
    for _ in range(shifts):
        centre, angle = side / 2 + rng.uniform(-0.5, 0.5, 2), rng.uniform(0, 2 * np.pi)
        if with_level:
            cover = draw(shape, side, centre, angle, 16 if size < 100 else 8)
            level = np.round(cover * 255).astype(np.uint8)
            labels = (level > 127).astype(np.int32)
        else:
            level, labels = None, (draw(shape, side, centre, angle, 1) > 0).astype(np.int32)
        segmentation = Segmentation(labels, level, np.ones(1, np.float32), "simulated")
        table = measure_particles(segmentation, Box(0, 0, side, side), None).table
        rows.append(table.loc[0, list(DESCRIPTORS)].to_numpy(dtype=np.float64))
    return np.stack(rows)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--shifts", type=int, default=100, help="random positions of each shape")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    shapes: dict[str, Callable[[float], tuple[Shape, Floats]]] = {
        "disc": lambda size: ellipse(size, size),
        "ellipse 2:1": lambda size: ellipse(size, size / 2),
        "square": lambda size: rectangle(size / math.sqrt(2), size / math.sqrt(2)),
        "rod 3:1": lambda size: capsule(size, size / 3),
    }
    for with_level in (True, False):
        rng = np.random.default_rng(arguments.seed)
        print(f"\n{'With a level' if with_level else 'Labels alone'}: mean error ± standard deviation, %\n")
        print(
            "| shape | feret_max, px | " + " | ".join(name.removesuffix("_px") for name in DESCRIPTORS) + " |"
        )
        print("|---|---:|" + "---:|" * len(DESCRIPTORS))
        for name, make in shapes.items():
            for size in (8, 12, 20, 40, 80, 200):
                shape, (area, largest, smallest, perimeter) = make(size)
                roundness = math.sqrt(4 * math.pi * area) / perimeter
                truth = np.array([math.sqrt(4 * area / math.pi), largest, smallest, perimeter, roundness])
                found = measure_shape(shape, size, with_level, arguments.shifts, rng)
                errors = 100 * (found / truth - 1)
                cells = [f"{m:+.2f} ± {s:.2f}" for m, s in zip(errors.mean(0), errors.std(0), strict=True)]
                print(f"| {name} | {size} | " + " | ".join(cells) + " |")


if __name__ == "__main__":
    main()
