"""Measure the bias of the particle descriptors on shapes of known size.

``python benchmarks/descriptor_bias.py [--write] [--shifts N] [--seed S]`` prints the tables of docs/particles.md,
or writes them into it: each shape is drawn at random rotations and sub-pixel positions, once with a level (the
exact share of every pixel that the shape covers × 255) and once as labels alone (pixels covered by half or more).
"""

import argparse
import math
from collections.abc import Callable
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.particles.inner_points import find_inner_points
from nanocaliper.particles.outline_measures import measure_outlines
from nanocaliper.particles.outlines import trace_parts
from nanocaliper.particles.packing import pack_outlines
from nanocaliper.synthesis.coverage import cover_polygon

Floats = npt.NDArray[np.float64]
Truth = dict[str, float]

_PAGE = Path(__file__).resolve().parents[1] / "docs" / "particles.md"
_BEGIN, _END = "<!-- bias tables: begin -->\n", "<!-- bias tables: end -->\n"
_CORNERS = 4000
_SIZES = (6, 8, 12, 20, 40, 80, 200)

_TABLES = (
    (
        "diameter_equivalent_px",
        "feret_max_px",
        "feret_min_px",
        "feret_mean_px",
        "perimeter_px",
        "circularity",
    ),
    (
        "diameter_inscribed_px",
        "diameter_enclosing_px",
        "ellipse_major_px",
        "ellipse_minor_px",
        "rod_length_px",
        "rod_width_px",
        "rectangle_width_px",
        "solidity",
        "blaschke_coefficient",
    ),
)


def ellipse(long: float, short: float) -> tuple[Floats, Truth]:
    """Ellipse with these diameters."""
    angle = np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False)
    corners = np.stack([short / 2 * np.sin(angle), long / 2 * np.cos(angle)], axis=1)
    fine = np.linspace(0, 2 * np.pi, 200_001)
    perimeter = np.hypot(np.diff(long / 2 * np.cos(fine)), np.diff(short / 2 * np.sin(fine))).sum()
    area = np.pi * long * short / 4
    truth = describe(area, perimeter, long, short, (long, short))
    truth |= {"diameter_inscribed_px": short, "diameter_enclosing_px": long}
    # The middle half of an ellipse has the area ab (√3/2 + π/3) for half axes a, b.
    truth["rod_width_px"] = short / 2 * (math.sqrt(3) / 2 + math.pi / 3)
    return corners, truth


def rectangle(long: float, short: float) -> tuple[Floats, Truth]:
    """Rectangle with these sides."""
    corners = np.array([[-1, -1], [-1, 1], [1, 1], [1, -1]]) * (short / 2, long / 2)
    moments = (2 * long / math.sqrt(3), 2 * short / math.sqrt(3))
    truth = describe(long * short, 2 * (long + short), math.hypot(long, short), short, moments)
    truth |= {"diameter_inscribed_px": short, "diameter_enclosing_px": math.hypot(long, short)}
    truth |= {"rod_length_px": long, "rod_width_px": short}
    return corners, truth


def capsule(long: float, short: float) -> tuple[Floats, Truth]:
    """Rod with round ends, of this length over all and this width."""
    half, radius = (long - short) / 2, short / 2
    angle = np.linspace(-np.pi / 2, np.pi / 2, _CORNERS // 2)
    right = np.stack([radius * np.sin(angle), half + radius * np.cos(angle)], axis=1)
    area = 2 * half * short + np.pi * radius**2
    along = short * (2 * half) ** 3 / 12
    along += 2 * (half**2 * np.pi * radius**2 / 2 + half * 4 * radius**3 / 3 + np.pi * radius**4 / 8)
    across = 2 * half * short**3 / 12 + np.pi * radius**4 / 4
    axes = (4 * math.sqrt(along / area), 4 * math.sqrt(across / area))
    truth = describe(area, 4 * half + np.pi * short, long, short, axes)
    truth |= {"diameter_inscribed_px": short, "diameter_enclosing_px": long}
    return np.concatenate([right, -right]), truth


def describe(
    area: float, perimeter: float, largest: float, smallest: float, axes: tuple[float, float]
) -> Truth:
    """Truth of a convex shape with a centre of symmetry; entries of rods are those of a capsule."""
    return {
        "diameter_equivalent_px": math.sqrt(4 * area / math.pi),
        "feret_max_px": largest,
        "feret_min_px": smallest,
        "feret_mean_px": perimeter / math.pi,
        "perimeter_px": perimeter,
        "circularity": math.sqrt(4 * math.pi * area) / perimeter,
        "ellipse_major_px": axes[0],
        "ellipse_minor_px": axes[1],
        "rod_length_px": largest,
        "rod_width_px": smallest,
        "rectangle_width_px": smallest,
        "solidity": 1.0,
        "blaschke_coefficient": 1.0,
    }


def measure_shape(
    corners: Floats, with_level: bool, shifts: int, rng: np.random.Generator
) -> dict[str, Floats]:
    """Descriptors of the shape at random places and angles, each of shape (shifts,)."""
    side = math.ceil(2 * np.hypot(*corners.T).max()) + 10
    level = np.zeros((side * shifts, side), np.uint8)
    for index, angle in enumerate(rng.uniform(0, 2 * np.pi, shifts)):
        turn = np.array([[math.cos(angle), -math.sin(angle)], [math.sin(angle), math.cos(angle)]])
        patch = cover_polygon(corners @ turn + side / 2 + rng.uniform(-0.5, 0.5, 2))
        rows, cols = patch.values.shape
        top = index * side + patch.row
        level[top : top + rows, patch.col : patch.col + cols] = np.round(patch.values * 255)
    number = np.arange(1, shifts + 1).repeat(side)[:, None]
    labels = np.where(level > 127, number, 0).astype(np.int32)
    traced = trace_parts(labels, level if with_level else None)
    found = measure_outlines(pack_outlines(traced.points), find_inner_points(labels, traced))
    return {name: np.asarray(values, np.float64) for name, values in found.items()}


def print_tables(shifts: int, seed: int) -> str:
    """All tables as Markdown."""
    shapes: dict[str, Callable[[float], tuple[Floats, Truth]]] = {
        "disc": lambda size: ellipse(size, size),
        "ellipse 2:1": lambda size: ellipse(size, size / 2),
        "square": lambda size: rectangle(size / math.sqrt(2), size / math.sqrt(2)),
        "rectangle 2:1": lambda size: rectangle(size * 2 / math.sqrt(5), size / math.sqrt(5)),
        "rod 3:1": lambda size: capsule(size, size / 3),
    }
    text = ""
    for with_level in (True, False):
        rng = np.random.default_rng(seed)
        rows: list[list[str]] = [[] for _ in _TABLES]
        for shape, make in shapes.items():
            for size in _SIZES:
                corners, truth = make(size)
                found = measure_shape(corners, with_level, shifts, rng)
                for table, names in zip(rows, _TABLES, strict=True):
                    errors = [100 * (found[name] / truth[name] - 1) for name in names]
                    cells = [f"{e.mean():+.2f} ± {e.std():.2f}" for e in errors]
                    if shape in ("disc", "square"):
                        # The long axis has no direction there.
                        cells = [
                            "" if name.startswith("rod_") else c for name, c in zip(names, cells, strict=True)
                        ]
                    table.append(f"| {shape} | {size} | " + " | ".join(cells) + " |")
        for table, names in zip(rows, _TABLES, strict=True):
            how = "**With a level**" if with_level else "**Labels alone**"
            text += f"\n{how}: mean error ± standard deviation, %\n\n| shape | feret_max, px | "
            text += " | ".join(name.removesuffix("_px") for name in names) + " |\n"
            text += "|---|---:|" + "---:|" * len(names) + "\n" + "\n".join(table) + "\n"
    return text


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true", help="write the tables into docs/particles.md")
    parser.add_argument("--shifts", type=int, default=200, help="random positions of each shape")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    tables = print_tables(arguments.shifts, arguments.seed)
    if arguments.write:
        page = _PAGE.read_text(encoding="utf-8")
        head, rest = page.split(_BEGIN)
        _, tail = rest.split(_END)
        _PAGE.write_text(head + _BEGIN + tables + "\n" + _END + tail, encoding="utf-8")
    else:
        print(tables)


if __name__ == "__main__":
    main()
