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
from rich.progress import track

from nanocaliper.evaluation.matching import match
from nanocaliper.inference.catalogue import DEFAULT_MODEL
from nanocaliper.micrograph.read import read
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.particles.filters import keep_particles
from nanocaliper.segmentation.segment import segment
from nanocaliper.synthesis.random_scenes import random_scene
from nanocaliper.synthesis.simulate import simulate

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


def score_scene(seed: int, index: int, model: str) -> SceneBias:
    """Simulate, measure and compare one scene."""
    rng = np.random.default_rng([seed, index])
    scene = random_scene(rng, shape=(768, 1024), diameter_px=(22, 160))
    arrangement = str(rng.choice(_ARRANGEMENTS))
    scene = replace(scene, arrangement=arrangement, interpenetration=0.0)
    truth = simulate(scene, rng)
    micrograph = read(truth.pixels)
    segmentation = keep_particles(segment(micrograph, (), model=model))
    found = measure_particles(segmentation, micrograph.field, None).measured
    particles = truth.particles
    whole = particles[
        ~particles["touches_border"]
        & (particles["diameter_equivalent_px"] > _OVER_PX)
        & (particles["visible_fraction"] > 0.999)
    ].set_index("particle")["diameter_equivalent_px"]
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
    return SceneBias(index, scene.kind, arrangement, len(whole), len(large), len(pairs), matched, image)


def main() -> None:
    """Score scenes and print the table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--count", type=int, default=100)
    parser.add_argument("--seed", type=int, default=9100)
    parser.add_argument("-o", "--out", type=Path)
    arguments = parser.parse_args()
    scenes = [
        score_scene(arguments.seed, i, arguments.model) for i in track(range(arguments.count), "Scenes")
    ]
    if arguments.out is not None:
        arguments.out.parent.mkdir(parents=True, exist_ok=True)
        with arguments.out.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream, lineterminator="\n")
            writer.writerow(SceneBias.__annotations__)
            writer.writerows(vars(s).values() for s in scenes)
    print(
        "| scenes | particles: true / found / matched | bias, matched: mean (median) "
        "| bias, image: mean (median) |"
    )
    print("|---|---|---|---|")
    for name, chosen in [
        ("all", scenes),
        *((kind, [s for s in scenes if s.kind == kind]) for kind in ("SEM", "TEM")),
        *((a, [s for s in scenes if s.arrangement == a]) for a in _ARRANGEMENTS),
    ]:
        matched = np.array([s.bias_matched for s in chosen])
        image = np.array([s.bias_image for s in chosen])
        counts = " / ".join(str(sum(getattr(s, k) for s in chosen)) for k in ("true", "found", "matched"))
        print(
            f"| {name} ({len(chosen)}) | {counts} | {np.nanmean(matched):+.2%} ({np.nanmedian(matched):+.2%}) "
            f"| {np.nanmean(image):+.2%} ({np.nanmedian(image):+.2%}) |"
        )


if __name__ == "__main__":
    main()
