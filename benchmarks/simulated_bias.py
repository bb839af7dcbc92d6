"""Bias of the mean diameter on simulated micrographs with exact truth.

``python benchmarks/simulated_bias.py [--model NAME_OR_FOLDER] [--count N] [--seed S] [-o OUT]``

Scenes are drawn as for training but from other seeds: all kinds, contrasts and faults, particles dispersed or
touching, none overlapping. Scored are whole particles with a true diameter over 20 px that lie free of the printed
annotations. Each found particle is matched to the truth by its labels (IoU of 0.5 or more). The bias of an image is
the mean found diameter over the mean true diameter, less one:

- *matched*: of the same particles on both sides: how true the outlines are;
- *image*: of all whole particles over 20 px found, against all true ones: what a user reads off.
"""

import argparse
import csv
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pandas as pd
from rich.progress import track

from nanocaliper.evaluation.matching import match
from nanocaliper.inference.catalogue import DEFAULT_MODEL, find_model
from nanocaliper.micrograph.read import read
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.particles.filters import keep_particles
from nanocaliper.segmentation.segment import segment
from nanocaliper.synthesis.random_scenes import random_scene
from nanocaliper.synthesis.scene import SceneOptions
from nanocaliper.synthesis.simulate import simulate
from result_tables import Table, percent, write_run

_OVER_PX = 20.0
#: Those in which no particle covers another.
_ARRANGEMENTS = ("dispersed", "touching", "agglomerates")


@dataclass(frozen=True)
class SceneBias:
    """One scene: particles and biases; NaN where there is none to compare."""

    seed: int
    kind: str
    arrangement: str
    true: int
    found: int
    matched: int
    bias_matched: float
    bias_image: float


def draw_scene(
    rng: np.random.Generator, shape: tuple[int, int], diameter_px: tuple[float, float]
) -> SceneOptions:
    """A random scene in which no particle covers another."""
    scene = random_scene(rng, shape=shape, diameter_px=diameter_px)
    return replace(scene, arrangement=str(rng.choice(_ARRANGEMENTS)), interpenetration=0.0)


def find_whole(particles: pd.DataFrame) -> pd.DataFrame:
    """True particles that neither the border nor others cut."""
    return particles[~particles["touches_border"] & (particles["visible_fraction"] > 0.999)]


def score_scene(seed: int, index: int, model: str) -> SceneBias:
    """Simulate, measure and compare one scene."""
    rng = np.random.default_rng([seed, index])
    scene = draw_scene(rng, (768, 1024), (22, 160))
    truth = simulate(scene, rng)
    micrograph = read(truth.pixels)
    segmentation = keep_particles(segment(micrograph, (), model=model))
    found = measure_particles(segmentation, micrograph.field, None).measured
    whole = find_whole(truth.particles).set_index("particle")["diameter_equivalent_px"]
    whole = whole[whole > _OVER_PX]
    measured = found.set_index("particle")["diameter_equivalent_px"]
    matching = match(truth.labels, segmentation.labels)
    same = matching.at(0.5)
    names = zip(matching.truth_numbers[same.truth], matching.found_numbers[same.found], strict=True)
    pairs = [(whole[t], measured[f]) for t, f in names if t in whole.index and f in measured.index]
    large = measured[measured > _OVER_PX]
    matched = float("nan")
    if pairs:
        true_mean, found_mean = np.mean(pairs, axis=0)
        matched = float(found_mean / true_mean - 1)
    image = float(large.mean() / whole.mean() - 1) if len(large) and len(whole) else float("nan")
    return SceneBias(index, scene.kind, scene.arrangement, len(whole), len(large), len(pairs), matched, image)


def tabulate(scenes: list[SceneBias]) -> Table:
    """Biases of all scenes, by kind and by arrangement."""
    groups = [("all", scenes)]
    groups += [(kind, [s for s in scenes if s.kind == kind]) for kind in ("SEM", "TEM")]
    groups += [(a, [s for s in scenes if s.arrangement == a]) for a in _ARRANGEMENTS]

    def biases(values: list[float]) -> str:
        known = [value for value in values if value == value]
        if not known:
            return "–"
        mean, median = (percent(float(f(known)), 2, signed=True) for f in (np.mean, np.median))
        return f"{mean} ({median})"

    rows = [
        [
            f"{name} ({len(chosen)})",
            " / ".join(str(sum(getattr(s, k) for s in chosen)) for k in ("true", "found", "matched")),
            biases([s.bias_matched for s in chosen]),
            biases([s.bias_image for s in chosen]),
        ]
        for name, chosen in groups
    ]
    return Table(
        [
            "scenes",
            "particles: true / found / matched",
            "bias of the mean diameter, matched: mean (median)",
            "of all found: mean (median)",
        ],
        rows,
    )


def main() -> None:
    """Score scenes and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=9100)
    parser.add_argument("-o", "--out", type=Path, help="folder for scenes.csv, scores.json and scores.md")
    arguments = parser.parse_args()
    scenes = [
        score_scene(arguments.seed, i, arguments.model) for i in track(range(arguments.count), "Scenes")
    ]
    table = tabulate(scenes)
    if arguments.out is None:
        print(table.markdown())
        return
    settings = {"model": find_model(arguments.model).name, "count": arguments.count, "seed": arguments.seed}
    print(write_run(arguments.out, "simulated_bias", settings, {"scenes": table}, {}))
    with (arguments.out / "scenes.csv").open("w", newline="", encoding="utf-8") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(SceneBias.__annotations__)
        writer.writerows(vars(s).values() for s in scenes)


if __name__ == "__main__":
    main()
