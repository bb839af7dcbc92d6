"""Fit the classifier of shapes on simulated silhouettes, and report how good it is on unseen ones.

``python benchmarks/fit_shape_classes.py [--write] [--train N] [--test N]`` fits a multinomial logistic regression
of the features and their products with a small ridge, on N silhouettes of each class (seed 1), and prints the
tables of docs/particles.md for other silhouettes (seed 2): confusion, share decided, calibration. ``--write``
stores the parameters in the package; without it the stored ones are judged and nothing is fitted.
"""

import argparse
import json
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.particles.shapes import (
    CLASSES,
    FEATURES,
    LEAST_PROBABILITY,
    ShapeModel,
    expand_products,
    load_shape_model,
)
from shape_silhouettes import KINDS, simulate_class

Floats = npt.NDArray[np.float64]

_STORED = Path(__file__).resolve().parents[1] / "src/nanocaliper/particles/shape_classes.json"
_DIAMETERS_PX = (12.0, 150.0)
_TRAINING, _TEST = 1, 2


def simulate(count: int, seed: int) -> tuple[Floats, npt.NDArray[np.intp], npt.NDArray[np.str_], Floats]:
    """Features, class numbers, kinds and true diameters of `count` silhouettes of each class."""
    parts = [
        simulate_class(name, count, _DIAMETERS_PX, np.random.default_rng([seed, number]))
        for number, name in enumerate(CLASSES)
    ]
    truth = np.repeat(np.arange(len(CLASSES)), count)
    features, kinds, sizes = zip(*parts, strict=True)
    return np.concatenate(features), truth, np.concatenate(kinds), np.concatenate(sizes)


def fit(features: Floats, truth: npt.NDArray[np.intp], ridge: float = 3e-4, steps: int = 1500) -> ShapeModel:
    """Maximum likelihood with a ridge, by steps under Böhning's bound of the curvature (Ann. Inst. Stat. Math.
    44, 197, 1992), accelerated after Nesterov."""
    mean, scale = features.mean(axis=0), features.std(axis=0)
    terms = expand_products(np.clip((features - mean) / scale, -4, 4))
    wanted = np.eye(len(CLASSES))[truth]
    penalty = ridge * np.eye(terms.shape[1])
    penalty[0, 0] = 0
    bound = np.linalg.inv(terms.T @ terms / (2 * len(terms)) + penalty)
    weights = ahead = np.zeros((len(CLASSES), terms.shape[1]))
    for step in range(steps):
        logits = terms @ ahead.T
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        odds /= odds.sum(axis=1, keepdims=True)
        gradient = (odds - wanted).T @ terms / len(terms) + ahead @ penalty
        following = ahead - gradient @ bound
        ahead = following + step / (step + 3) * (following - weights)
        weights = following
    return ShapeModel(mean, scale, weights)


def store(model: ShapeModel, count: int) -> None:
    content = {
        "about": f"Logistic regression of benchmarks/fit_shape_classes.py on {count} silhouettes a class",
        "classes": CLASSES,
        "features": FEATURES,
        "mean": [float(f"{x:.6g}") for x in model.mean],
        "scale": [float(f"{x:.6g}") for x in model.scale],
        "weights": [[float(f"{x:.4g}") for x in row] for row in model.weights],
    }
    lines = [
        f"  {json.dumps(name)}: {json.dumps(value)}" for name, value in content.items() if name != "weights"
    ]
    rows = ",\n".join("    " + json.dumps(row) for row in content["weights"])
    _STORED.write_text(
        "{\n" + ",\n".join(lines) + ',\n  "weights": [\n' + rows + "\n  ]\n}\n", encoding="utf-8"
    )


def report(odds: Floats, truth: npt.NDArray[np.intp], kinds: npt.NDArray[np.str_], sizes: Floats) -> None:
    """Print the tables."""
    best, sure = odds.argmax(axis=1), odds.max(axis=1)
    decided = sure >= LEAST_PROBABILITY
    print(
        f"\nShare of each true class that is given each class, %, from a probability of {LEAST_PROBABILITY} on:\n"
    )
    print("| true class | " + " | ".join(CLASSES) + " | not decided |\n|---|" + "---:|" * (len(CLASSES) + 1))
    for number, name in enumerate(CLASSES):
        own = truth == number
        cells = [100 * np.mean(decided[own] & (best[own] == other)) for other in range(len(CLASSES))]
        print(f"| {name} | " + " | ".join(f"{c:.1f}" for c in [*cells, 100 - sum(cells)]) + " |")
    print(
        "\nBy size:\n\n| diameter_equivalent, px | right without threshold, % | decided, % | right of those, % |"
    )
    print("|---|---:|---:|---:|")
    for low, high in ((12, 16), (16, 24), (24, 40), (40, 80), (80, 150)):
        own = (sizes >= low) & (sizes < high)
        right = best[own] == truth[own]
        print(
            f"| {low} to {high} | {100 * right.mean():.1f} | {100 * decided[own].mean():.1f} | "
            f"{100 * right[decided[own]].mean():.1f} |"
        )
    print(
        "\nCalibration:\n\n| probability given | particles | mean probability, % | right, % |\n|---|---:|---:|---:|"
    )
    for low, high in ((0.2, 0.5), (0.5, 0.6), (0.6, 0.7), (0.7, 0.8), (0.8, 0.9), (0.9, 0.97), (0.97, 1.001)):
        own = (sure >= low) & (sure < high)
        right = 100 * np.mean(best[own] == truth[own])
        print(f"| {low} to {min(high, 1)} | {own.sum()} | {100 * sure[own].mean():.1f} | {right:.1f} |")
    print("\nBy kind: class given (with the threshold), %:\n")
    for name in CLASSES:
        for kind in dict.fromkeys(KINDS[name]):
            own = (kinds == kind) & (truth == CLASSES.index(name))
            given = [100 * np.mean(decided[own] & (best[own] == other)) for other in range(len(CLASSES))]
            shares = ", ".join(f"{CLASSES[i]} {share:.0f}" for i, share in enumerate(given) if share >= 1)
            print(f"- {kind} ({name}): {shares}, not decided {100 - sum(given):.0f}")
    print(f"\nRight without threshold: {100 * np.mean(best == truth):.1f} %")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--write", action="store_true", help="fit anew and store the parameters in the package"
    )
    parser.add_argument("--train", type=int, default=4000, help="silhouettes of each class to fit on")
    parser.add_argument("--test", type=int, default=2000, help="silhouettes of each class to judge on")
    arguments = parser.parse_args()
    cv2.setNumThreads(1)
    model = load_shape_model()
    if arguments.write:
        features, truth, *_ = simulate(arguments.train, _TRAINING)
        store(fit(features, truth), arguments.train)
        load_shape_model.cache_clear()
        model = load_shape_model()
        print(
            f"Right on the silhouettes it was fitted on: "
            f"{100 * np.mean(model.predict(features).argmax(axis=1) == truth):.1f} %"
        )
    features, truth, kinds, sizes = simulate(arguments.test, _TEST)
    report(model.predict(features), truth, kinds, sizes)


if __name__ == "__main__":
    main()
