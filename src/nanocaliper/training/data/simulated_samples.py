"""Simulated micrographs as labelled samples, whose classes are known exactly."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from nanocaliper.errors import UsageError
from nanocaliper.synthesis.scene import PARTICLE_KINDS, SceneOptions
from nanocaliper.synthesis.simulate import random_scene, simulate
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph, number_labels

__all__ = ["SIMULATED_CLASSES", "SimulatedOptions", "SimulatedSamples", "simulate_sample"]

#: Kind of particle that stands for a class, where it has another name.
SIMULATED_CLASSES = {
    "triangle": "triangular_plate",
    "pentagon": "pentagonal_plate",
    "hexagon": "hexagonal_plate",
    "irregular": "rough",
}


@dataclass(frozen=True)
class SimulatedOptions:
    """What simulated samples show.

    Parameters
    ----------
    classes : tuple of str
        Kinds of particles of `nanocaliper.synthesis`, or names of `SIMULATED_CLASSES`.
    size : (int, int)
        Rows and columns, px.
    kind : {'SEM', 'TEM'} or None
        Kind of contrast; None for both.
    diameter_px : (float, float)
        Range of the mean diameter_equivalent of an image, px.
    mixed : float
        Share of images that show several classes; the others show one.
    """

    classes: tuple[str, ...] = ("sphere", "rod", "cube")
    size: tuple[int, int] = (640, 640)
    kind: Literal["SEM", "TEM"] | None = None
    diameter_px: tuple[float, float] = (16.0, 130.0)
    mixed: float = 0.25

    def __post_init__(self) -> None:
        known = (*PARTICLE_KINDS, *SIMULATED_CLASSES)
        unknown = [name for name in self.classes if name not in known]
        if unknown or not self.classes or len(set(self.classes)) < len(self.classes):
            what = (
                f"There is no class '{unknown[0]}' to simulate"
                if unknown
                else f"The classes are {self.classes}"
            )
            raise UsageError(f"{what}; expected some of {', '.join(known)}, each once.")
        if min(self.size) < 64:
            raise UsageError(f"The size is {self.size[0]} x {self.size[1]} px; expected 64 x 64 or more.")
        if not 0 <= self.mixed <= 1:
            raise UsageError(f"The share of mixed images is {self.mixed}; expected 0 to 1.")


def simulate_sample(options: SimulatedOptions, seed: int, number: int) -> LabelledMicrograph:
    """Simulate one sample; it depends on the options, the seed and its number alone.

    Parameters
    ----------
    options : SimulatedOptions
    seed : int
        0 or more.
    number : int
        0 or more.

    Returns
    -------
    LabelledMicrograph
        With a name of the number; its labels are the visible parts of the particles.

    Raises
    ------
    UsageError
        If seed or number are negative.
    """
    if seed < 0 or number < 0:
        raise UsageError(f"Seed and number are {seed} and {number}; expected 0 or more.")
    rng = np.random.default_rng([seed, number])
    kinds = [SIMULATED_CLASSES.get(name, name) for name in options.classes]
    weights = rng.uniform(0.3, 1.0, len(kinds))
    several = bool(rng.random() < options.mixed)
    only = int(rng.integers(len(kinds)))
    chosen = tuple(
        (name, float(weight))
        for place, (name, weight) in enumerate(zip(kinds, weights, strict=True))
        if several or place == only
    )
    scene = random_scene(rng, options.size, options.diameter_px, options.kind, chosen)
    simulated = simulate(_keep_shapes_plain(scene), rng)
    class_of = np.zeros(int(simulated.labels.max(initial=0)) + 1, np.int64)
    for particle, kind in simulated.particles[["particle", "kind"]].itertuples(index=False):
        if particle < len(class_of):
            class_of[particle] = kinds.index(kind)
    labels, class_of = number_labels(simulated.labels, class_of)
    name = f"simulated_{number:05d}"
    return LabelledMicrograph(name, simulated.pixels, labels, options.classes, class_of)


def _keep_shapes_plain(scene: SceneOptions) -> SceneOptions:
    """A cube that is round, or a plate that stands on its edge, could not be told from other classes."""
    shapes = replace(
        scene.shapes,
        aspect=max(scene.shapes.aspect, 1.8),
        aspect_sd=min(scene.shapes.aspect_sd, 0.1),
        rounding=min(scene.shapes.rounding, 0.25),
        tilt=min(scene.shapes.tilt, 0.15),
    )
    # Training sets hold images without their data strips.
    return replace(scene, shapes=shapes, annotations=replace(scene.annotations, strip=None))


@dataclass(frozen=True)
class SimulatedSamples:
    """A sequence of samples, each simulated when it is asked for.

    Parameters
    ----------
    options : SimulatedOptions
    count : int
        1 or more.
    seed : int
        The same seed gives the same samples; a longer sequence starts with the shorter one.
    """

    options: SimulatedOptions
    count: int
    seed: int

    def __post_init__(self) -> None:
        if self.count < 1:
            raise UsageError(f"Asked for {self.count} images; expected 1 or more.")

    def __len__(self) -> int:
        return self.count

    def __getitem__(self, place: int) -> LabelledMicrograph:
        if not 0 <= place < self.count:
            raise IndexError(place)
        return simulate_sample(self.options, self.seed, place)

    def __iter__(self) -> Iterator[LabelledMicrograph]:
        return (self[place] for place in range(self.count))
