"""Candidates with known truth, without a network and without a search for scale bars."""

from dataclasses import replace
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.editing.candidates import ImageCandidates
from nanocaliper.editing.edits import Edit, read_edit
from nanocaliper.micrograph.read import read
from nanocaliper.particles.outlined import outline_particles
from nanocaliper.segmentation.segmentation import Segmentation

SHAPE = (160, 200)
#: Row, column and radius of candidates 1 to 5; 1 and 2 overlap like a dumbbell's ends, 4 is cut by the border.
DISCS = (
    (40.0, 40.0, 18.0),
    (40.0, 80.0, 18.0),
    (110.3, 50.2, 15.5),
    (3.0, 150.0, 12.0),
    (120.0, 150.0, 20.0),
)
SCORES = (0.9, 0.95, 0.8, 0.9, 0.3)


def make_candidates(discs=DISCS, scores=SCORES, shape=SHAPE, nm_per_px=None) -> ImageCandidates:
    """Discs whose level is their exact distance from the boundary; confidence 0.5."""
    rows, cols = np.indices(shape)
    depth = np.full(shape, -99.0)
    labels = np.zeros(shape, np.int32)
    for number, (row, col, radius) in enumerate(discs, 1):
        own = radius - np.hypot(rows - row, cols - col)
        labels[(own > 0) & (own > depth)] = number
        depth = np.maximum(depth, own)
    level = np.clip(np.rint(127.5 + 60 * depth), 0, 255).astype(np.uint8)
    order = np.arange(1, len(discs) + 1)
    segmentation = Segmentation(
        labels,
        level,
        np.array(scores, np.float32),
        "drawn",
        MappingProxyType({"annotation": 2}),
        confidence=0.5,
    )
    return ImageCandidates(
        micrograph=replace(read(np.where(labels > 0, 200, 40).astype(np.uint8)), nm_per_px=nm_per_px),
        search=ScaleBarSearch(None, None, "no label that can be read", ()),
        segmentation=segmentation,
        outlined=outline_particles(labels, level, order),
        settings=MappingProxyType({"model": "threshold", "split": 0.0, "page": 0}),
        seconds=MappingProxyType({}),
    )


def circle(row: float, col: float, radius: float, points: int = 400) -> list[list[float]]:
    """Corners of a polygon around a circle, of the circle's area."""
    angles = np.linspace(0, 2 * np.pi, points, endpoint=False)
    reach = radius / np.sqrt(points / (2 * np.pi) * np.sin(2 * np.pi / points))
    return np.stack([row + reach * np.cos(angles), col + reach * np.sin(angles)], axis=1).tolist()


def edit(kind: str, **rest: object) -> Edit:
    return read_edit({"kind": kind, **rest})


def diameter(reviewed, number: int) -> float:
    table = reviewed.found.table.set_index("particle")
    return float(table.loc[number, "diameter_equivalent_px"])


def area(reviewed, number: int) -> float:
    table: npt.NDArray[np.float64] = reviewed.found.table.set_index("particle").loc[number, "area_px"]
    return float(table)
