"""How often the 95 % intervals of a size distribution contain the truth.

Draws lognormal samples again and again, asks `nanocaliper.statistics.bootstrap.estimate_intervals` for
intervals, and prints the share of them that contain the true value, in per cent.

    python benchmarks/interval_coverage.py                     particles of one image
    python benchmarks/interval_coverage.py --images 5 10 20    particles of several images that differ

With --images a share ICC of the variance of ln x lies between images, and their numbers of particles differ.
"""

import argparse
import math
import time

import numpy as np

from nanocaliper.statistics.bootstrap import estimate_intervals
from nanocaliper.statistics.special_functions import normal_quantile
from nanocaliper.statistics.weighting import POWERS

STATISTICS = (
    "mean",
    "sd",
    "d10",
    "d50",
    "d90",
    "geometric_mean",
    "geometric_sd",
    "cv",
    "d_3_2",
    "d_4_3",
)


def find_truth(sigma: float, power: int) -> dict[str, float]:
    """Statistics of the lognormal distribution with median 1 and this SD of ln x, weighted by x^power."""
    median = math.exp(power * sigma**2)
    quantile = {p: median * math.exp(sigma * normal_quantile(p)) for p in (0.1, 0.5, 0.9)}
    cv = math.sqrt(math.expm1(sigma**2))
    mean = median * math.exp(sigma**2 / 2)
    return {
        "mean": mean,
        "sd": mean * cv,
        "cv": cv,
        "d10": quantile[0.1],
        "d50": quantile[0.5],
        "d90": quantile[0.9],
        "geometric_mean": median,
        "geometric_sd": math.exp(sigma),
        "d_3_2": math.exp(2.5 * sigma**2),
        "d_4_3": math.exp(3.5 * sigma**2),
    }


def draw(
    rng: np.random.Generator, sigma: float, count: int, images: int, icc: float
) -> tuple[np.ndarray, np.ndarray | None]:
    """Sizes, and the image of each."""
    if images == 1:
        return rng.lognormal(0, sigma, count), None
    # Numbers of particles per image that differ by a factor of about two.
    image = rng.choice(images, size=count, p=rng.dirichlet(np.full(images, 10.0)))
    between = rng.normal(0, sigma * math.sqrt(icc), images)
    within = rng.normal(0, sigma * math.sqrt(1 - icc), count)
    return np.exp(between[image] + within), image


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--samples", type=int, default=2000)
    parser.add_argument("--replicates", type=int, default=500)
    parser.add_argument("--gsd", type=float, nargs="+", default=[1.1, 1.2, 1.3, 1.4, 1.5, 1.6])
    parser.add_argument("--count", type=int, nargs="+", default=[50, 100, 200, 500, 1000, 2000])
    parser.add_argument("--images", type=int, nargs="+", default=[1])
    parser.add_argument("--basis", choices=tuple(POWERS), default="number")
    parser.add_argument("--icc", type=float, default=0.1)
    parser.add_argument("--statistics", nargs="+", default=list(STATISTICS))
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    names = arguments.statistics
    print("| images | n | GSD | " + " | ".join(names) + " |")
    print("|---|---|---|" + "---|" * len(names), flush=True)
    started = time.perf_counter()
    for images in arguments.images:
        for count in arguments.count:
            for gsd in arguments.gsd:
                truth = find_truth(math.log(gsd), POWERS[arguments.basis])
                hits = dict.fromkeys(names, 0)
                for sample in range(arguments.samples):
                    rng = np.random.default_rng((arguments.seed, images, count, round(gsd * 1000), sample))
                    sizes, image = draw(rng, math.log(gsd), count, images, arguments.icc)
                    found = estimate_intervals(
                        sizes,
                        rng,
                        images=image,
                        basis=arguments.basis,
                        replicates=arguments.replicates,
                        statistics=names,
                    )
                    for name in names:
                        interval = found[name]
                        if interval.low is not None and interval.high is not None:
                            hits[name] += interval.low <= truth[name] <= interval.high
                cells = " | ".join(f"{100 * hits[name] / arguments.samples:.1f}" for name in names)
                print(f"| {images} | {count} | {gsd:g} | {cells} |", flush=True)
    print(f"\n{arguments.samples} samples each, {time.perf_counter() - started:.0f} s")


if __name__ == "__main__":
    main()
