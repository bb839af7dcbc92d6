"""Fit the decoder's judge of borders on validation images.

Every border between two basins of the network's distance is an example: it parts two particles where the basins lie
mostly on different labels. A logistic model is fitted to all borders (each weighted by the root of its length), and
printed as it goes into the card: ``python -m nanocaliper.training.fit_boundary_judge --help``.
"""

import argparse
from pathlib import Path

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.inference.catalogue import find_model
from nanocaliper.inference.grey import stretch
from nanocaliper.inference.session import open_network
from nanocaliper.segmentation.decoders.basins import climb, find_borders
from nanocaliper.segmentation.decoders.fields import BoundaryJudge
from nanocaliper.segmentation.field_options import FieldOptions
from nanocaliper.segmentation.looks import Look, Looker, look_closely
from nanocaliper.training.data.particle_crops import read_labelled
from nanocaliper.training.logistic import fit_logistic

__all__ = ["collect_borders", "fit_judge"]

Array = npt.NDArray[np.float64]


def collect_borders(
    look: Look, truth: npt.NDArray[np.integer], options: FieldOptions
) -> tuple[Array, npt.NDArray[np.bool_], Array]:
    """Features, answers and weights of the borders between basins in one image.

    Parameters
    ----------
    look : Look
    truth : ndarray of int, shape (rows, cols)
        Labels on the image's grid.
    options : FieldOptions

    Returns
    -------
    features : ndarray, shape (n, 4)
        Contour, divergence, saddle, neck, as in `BoundaryJudge`.
    parts : ndarray of bool, shape (n,)
        True where the two basins lie on different labels.
    weights : ndarray, shape (n,)
    """
    fields = look.fields
    height = np.asarray(cv2.GaussianBlur(fields[1], (0, 0), options.smoothing_px), np.float32)
    basins = climb(height, fields[0] >= options.foreground)
    borders = find_borders(basins, height, fields[2], fields[3:5])
    place = [
        np.clip(((np.arange(n) + 0.5) / r).astype(int), 0, side - 1)
        for n, r, side in zip(basins.shape, look.ratio, truth.shape, strict=True)
    ]
    label = truth[np.ix_(*place)].astype(np.int64)
    count = int(basins.max(initial=0)) + 1
    pairs, votes = np.unique(basins.astype(np.int64) * (label.max() + 1) + label, return_counts=True)
    mostly = np.zeros(count, np.int64)
    order = np.argsort(votes, kind="stable")  # the label with most votes is written last
    mostly[pairs[order] // (label.max() + 1)] = pairs[order] % (label.max() + 1)
    first, second = borders.pairs.T if len(borders.pairs) else np.empty((2, 0), np.int64)
    area = np.bincount(basins.ravel(), minlength=count)
    peak = np.zeros(count)
    np.maximum.at(peak, basins.ravel(), height.ravel())
    lower, smaller = np.minimum(peak[first], peak[second]), np.minimum(area[first], area[second])
    features = np.column_stack(
        [
            borders.evidence / borders.length[:, None],
            borders.saddle / np.maximum(lower, 1e-6),
            borders.length / np.sqrt(4 * smaller / np.pi),
        ]
    )
    # A border between two basins that both lie on no particle has no answer.
    use = (mostly[first] > 0) | (mostly[second] > 0)
    return features[use], (mostly[first] != mostly[second])[use], np.sqrt(borders.length[use])


def fit_judge(features: Array, parts: npt.NDArray[np.bool_], weights: Array) -> BoundaryJudge:
    """Fit the judge by weighted logistic regression.

    Parameters
    ----------
    features : ndarray, shape (n, 4)
    parts : ndarray of bool, shape (n,)
    weights : ndarray, shape (n,)

    Returns
    -------
    BoundaryJudge
    """
    return BoundaryJudge(*(float(x) for x in fit_logistic(features, parts, weights)))


def main() -> None:
    """Fit on named images and print the card's entry."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="folder with images/ and instances/")
    parser.add_argument("--names", type=Path, required=True, help="text file of image names to fit on")
    parser.add_argument("--model", default="particle_unet", help="name or folder of the model")
    arguments = parser.parse_args()
    card = find_model(arguments.model)
    options, network = FieldOptions.from_card(card), open_network(card)
    collected = []
    for name in arguments.names.read_text(encoding="utf-8").split():
        pixels, truth = read_labelled(arguments.data, name)
        look = look_closely(Looker(stretch(pixels), network, options)).look
        collected.append(collect_borders(look, truth, options))
    features, parts, weights = (np.concatenate(c) for c in zip(*collected, strict=True))
    judge = fit_judge(features, parts, weights)
    right = [
        (judge((float(c), float(d)), float(s), np.pi / 4, 1.0, float(n)) >= 0.5) == bool(p)
        for (c, d, s, n), p in zip(features, parts, strict=True)
    ]
    print(f"# {len(parts)} borders of {len(collected)} images, {np.mean(right):.1%} judged right on them")
    print("[decoder.judge]")
    for key in BoundaryJudge.__annotations__:
        print(f"{key} = {getattr(judge, key):.3f}")


if __name__ == "__main__":
    main()
