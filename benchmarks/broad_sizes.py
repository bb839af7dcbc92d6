"""Large and small particles in one image: which are found, on simulated micrographs with exact truth.

``python benchmarks/broad_sizes.py [--model NAME_OR_FOLDER] [--count N] [--seed S] [-o OUT]``

Scenes of 768 x 1024 px with lognormal sizes of a geometric standard deviation of 1.8 to 3.0 about 20 to 60 px, of
all kinds, contrasts and faults, dispersed or touching, none overlapping. Truth is what is whole and free of printed
annotations; a particle is found where a found one has an IoU of 0.5 or more with it. By true diameter the table
gives the share found and the mean error of the diameters of these; what is found and matches no true particle of
any size is false.
"""

import argparse
from dataclasses import replace
from itertools import pairwise
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
from nanocaliper.synthesis.simulate import simulate
from result_tables import Table, percent, write_run
from simulated_bias import draw_scene, find_whole

#: Borders between the rows of the table, px.
_EDGES_PX = (6.0, 9.0, 12.0, 16.0, 24.0, 60.0, 150.0, float("inf"))
_GSD = (1.8, 3.0)


def score_scene(seed: int, index: int, model: str) -> tuple[pd.DataFrame, int, int]:
    """Simulate and measure one scene.

    Returns
    -------
    truth : DataFrame
        A row a true particle: ``true_px``, ``found_px`` (NaN: not found).
    found, false : int
        Particles found, and those that match no true one.
    """
    rng = np.random.default_rng([seed, index])
    scene = draw_scene(rng, (768, 1024), (20, 60))
    scene = replace(scene, gsd=float(rng.uniform(*_GSD)), count=int(rng.integers(60, 250)))
    made = simulate(scene, rng)
    micrograph = read(made.pixels)
    segmentation = keep_particles(segment(micrograph, (), model=model))
    measured = measure_particles(segmentation, micrograph.field, None).measured
    found_px = measured.set_index("particle")["diameter_equivalent_px"]
    matching = match(made.labels, segmentation.labels)
    pairs = matching.at(0.5)
    partner = dict(zip(matching.truth_numbers[pairs.truth], matching.found_numbers[pairs.found], strict=True))
    whole = find_whole(made.particles)
    rows = [
        (size, found_px.get(partner.get(number, -1), np.nan))
        for number, size in zip(whole["particle"], whole["diameter_equivalent_px"], strict=True)
    ]
    found = len(matching.found_numbers)
    return pd.DataFrame(rows, columns=["true_px", "found_px"], dtype=float), found, found - len(pairs)


def tabulate(truth: pd.DataFrame) -> Table:
    """Found shares and errors of the diameter, by true diameter."""
    rows = []
    for low, high in pairwise(_EDGES_PX):
        here = truth[(truth["true_px"] >= low) & (truth["true_px"] < high)]
        seen = here.dropna()
        name = f"{low:g} to {high:g}" if np.isfinite(high) else f"{low:g} and more"
        errors = seen["found_px"] / seen["true_px"] - 1
        share = len(seen) / len(here) if len(here) else None
        bias = float(errors.mean()) if len(seen) else None
        rows.append([name, str(len(here)), percent(share), percent(bias, signed=True)])
    return Table(["true diameter, px", "particles", "found", "mean error of their diameters"], rows)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--model", default=DEFAULT_MODEL)
    parser.add_argument("--count", type=int, default=40)
    parser.add_argument("--seed", type=int, default=6200)
    parser.add_argument("-o", "--out", type=Path, help="folder for scores.json and scores.md")
    given = parser.parse_args()
    scenes = [score_scene(given.seed, i, given.model) for i in track(range(given.count), "Scenes")]
    table = tabulate(pd.concat([truth for truth, _, _ in scenes]))
    found, false = (sum(scene[i] for scene in scenes) for i in (1, 2))
    note = (
        f"{found} particles were found, {false} of them ({percent(false / max(found, 1))}) match no true one."
    )
    if given.out is None:
        print(f"{table.markdown()}\n\n{note}")
        return
    settings = {"model": find_model(given.model).name, "count": given.count, "seed": given.seed}
    print(
        write_run(
            given.out, "broad_sizes", settings, {"sizes": table}, {"found": found, "false": false}, note
        )
    )


if __name__ == "__main__":
    main()
