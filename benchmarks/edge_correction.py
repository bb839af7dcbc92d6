"""How far leaving out border particles biases a mean, and how well edge weights mend it.

Throws ellipses of lognormal size at random over a wide plane, keeps those that lie wholly in a square field,
and compares the mean of their equivalent diameters with that of all, without and with the weights of
`nanocaliper.statistics.edge_correction`.

    python benchmarks/edge_correction.py
"""

import argparse

import numpy as np

from nanocaliper.statistics.edge_correction import correct_edges


def throw(rng: np.random.Generator, median: float, gsd: float, field: float, count: int) -> np.ndarray:
    """Whole ellipses: columns are equivalent diameter, horizontal and vertical Feret diameter."""
    diameter = rng.lognormal(np.log(median), np.log(gsd), count)
    aspect = rng.uniform(1, 2, count)
    angle = rng.uniform(0, np.pi, count)
    long, short = diameter * np.sqrt(aspect), diameter / np.sqrt(aspect)
    horizontal = np.hypot(long * np.cos(angle), short * np.sin(angle))
    vertical = np.hypot(long * np.sin(angle), short * np.cos(angle))
    row, col = rng.uniform(0, field, (2, count))
    # Centres inside the field alone: those outside cannot be whole.
    whole = (np.abs(col - field / 2) + horizontal / 2 < field / 2) & (
        np.abs(row - field / 2) + vertical / 2 < field / 2
    )
    return np.column_stack([diameter, horizontal, vertical])[whole]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--particles", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    print(
        "| median/field | GSD | whole | mean without | mean with | D[4,3] without | D[4,3] with | smallest P |"
    )
    print("|---|---|---|---|---|---|---|---|")
    for ratio in (0.02, 0.05, 0.1, 0.2):
        for gsd in (1.1, 1.3, 1.6):
            rng = np.random.default_rng((arguments.seed, round(ratio * 100), round(gsd * 10)))
            found = throw(rng, ratio, gsd, 1.0, arguments.particles)
            edges = correct_edges(found[:, 0], found[:, 1], found[:, 2], 1.0, 1.0)
            s2 = np.log(gsd) ** 2
            cells = []
            for name, power in (("mean", 0.5), ("d_4_3", 3.5)):
                truth = ratio * np.exp(power * s2)
                for side in (edges.unweighted, edges.weighted):
                    cells.append(f"{100 * (getattr(side, name) / truth - 1):+.2f} %")
            share = len(found) / arguments.particles
            print(
                f"| {ratio} | {gsd} | {share:.0%} | {' | '.join(cells)} | {edges.probability.min():.3f} |",
                flush=True,
            )


if __name__ == "__main__":
    main()
