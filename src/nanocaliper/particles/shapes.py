"""The class of a particle: sphere, rod, cube, polygon, plate or irregular."""

import json
from collections.abc import Mapping
from functools import lru_cache
from importlib.resources import files
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.segmentation import Segmentation

__all__ = [
    "CLASSES",
    "FEATURES",
    "LEAST_DIAMETER_PX",
    "LEAST_PROBABILITY",
    "ShapeModel",
    "Shapes",
    "classify_shapes",
    "expand_features",
    "load_shape_model",
    "take_given_shapes",
]

Floats = npt.NDArray[np.float64]

#: The classes, in the order of the alphabet.
CLASSES = ("cube", "irregular", "plate", "polygon", "rod", "sphere")
#: No class is decided below this probability,
LEAST_PROBABILITY = 0.6
#: nor below this area-equivalent diameter: the model has not seen smaller particles.
LEAST_DIAMETER_PX = 12.0

#: What the classifier looks at; see `expand_features`.
FEATURES = (
    "size",
    "ellipse_aspect",
    "rectangle_aspect",
    "circularity",
    "solidity",
    "convexity",
    "box_ratio",
    "blaschke_coefficient",
    "irregularity",
    "fold_2",
    "fold_3",
    "fold_4",
    "fold_5",
    "fold_6",
)


class Shapes(NamedTuple):
    """Classes of particles.

    Parameters
    ----------
    name : tuple of str
        One of `CLASSES`, or what a network calls it; empty where not decided.
    probability : ndarray, shape (n,)
        0 to 1; NaN where not known.
    """

    name: tuple[str, ...]
    probability: Floats


class ShapeModel(NamedTuple):
    """Parameters of a multinomial logistic regression.

    Parameters
    ----------
    mean, scale : ndarray, shape (features,)
        Features are standardised by them.
    weights : ndarray, shape (classes, 1 + features + features (features + 1) / 2)
        Of one, the standardised features and their products.
    """

    mean: Floats
    scale: Floats
    weights: Floats

    def predict(self, features: Floats) -> Floats:
        """Probability of every class.

        Parameters
        ----------
        features : ndarray, shape (n, features)

        Returns
        -------
        ndarray, shape (n, classes)
            Rows add up to 1.
        """
        # Far outside of what was seen, the products would be sure of anything.
        standard = np.clip((features - self.mean) / self.scale, -4, 4)
        logits = expand_products(standard) @ self.weights.T
        odds = np.exp(logits - logits.max(axis=1, keepdims=True))
        return np.asarray(odds / odds.sum(axis=1, keepdims=True))


def expand_products(standard: Floats) -> Floats:
    """One, the features, and the products of any two of them, shape (n, terms)."""
    first, second = np.triu_indices(standard.shape[1])
    return np.concatenate(
        [np.ones((len(standard), 1)), standard, standard[:, first] * standard[:, second]], axis=1
    )


@lru_cache(maxsize=1)
def load_shape_model() -> ShapeModel:
    """Read the parameters that come with the package (fitted by ``benchmarks/fit_shape_classes.py``).

    Returns
    -------
    ShapeModel
    """
    text = files("nanocaliper.particles").joinpath("shape_classes.json").read_text(encoding="utf-8")
    stored = json.loads(text)
    if tuple(stored["classes"]) != CLASSES or tuple(stored["features"]) != FEATURES:
        raise ValueError("shape_classes.json has other classes or features than this version expects.")
    return ShapeModel(*(np.array(stored[name]) for name in ("mean", "scale", "weights")))


def expand_features(values: Mapping[str, npt.NDArray[Any]]) -> Floats:
    """Make the features of the classifier from descriptors.

    Parameters
    ----------
    values : mapping of str to ndarray, each of shape (n,)
        Columns of the particle table, and ``fold_2`` to ``fold_6``, the strengths of `Harmonics.folds`.

    Returns
    -------
    ndarray, shape (n, features)
        In the order of `FEATURES`: size is 1/diameter_equivalent (pixels blur small particles in that
        proportion), aspects are logarithms, strengths square roots, the others as they are.
    """
    made: dict[str, npt.NDArray[Any]] = {
        "size": 1 / values["diameter_equivalent_px"],
        "ellipse_aspect": np.log(values["ellipse_aspect_ratio"]),
        "rectangle_aspect": np.log(values["rectangle_length_px"] / values["rectangle_width_px"]),
    }
    made |= {f"fold_{fold}": np.sqrt(values[f"fold_{fold}"]) for fold in range(2, 7)}
    return np.stack([made[name] if name in made else values[name] for name in FEATURES], axis=1).astype(
        np.float64
    )


def classify_shapes(values: Mapping[str, npt.NDArray[Any]]) -> Shapes:
    """Decide the class of every particle from its outline.

    Parameters
    ----------
    values : mapping of str to ndarray, each of shape (n,)
        As for `expand_features`, and ``touches_border``: of a particle that is cut off, no class is known.

    Returns
    -------
    Shapes
        Not decided where the most probable class has less than `LEAST_PROBABILITY` (its probability is given
        all the same), below `LEAST_DIAMETER_PX`, and at the border (there without probability).
    """
    features = expand_features(values)
    known = (values["diameter_equivalent_px"] >= LEAST_DIAMETER_PX) & ~values["touches_border"]
    known &= np.isfinite(features).all(axis=1)
    probability = np.full(len(features), np.nan)
    names = np.full(len(features), "", dtype=object)
    if known.any():
        odds = load_shape_model().predict(features[known])
        probability[known] = odds.max(axis=1)
        names[known] = np.array(CLASSES, dtype=object)[odds.argmax(axis=1)]
        names[np.where(known, probability, 1.0) < LEAST_PROBABILITY] = ""
    return Shapes(tuple(names.tolist()), probability)


def take_given_shapes(segmentation: Segmentation, count: int) -> Shapes | None:
    """Classes that the segmentation itself gives; they go before those from outlines.

    Parameters
    ----------
    segmentation : Segmentation
    count : int
        How many particles it has.

    Returns
    -------
    Shapes or None
        None where the segmentation knows no classes.

    Raises
    ------
    ValueError
        If there is not one class, or not one probability, for each particle.
    """
    if segmentation.shapes is None:
        return None
    probability = np.full(count, np.nan)
    given = segmentation.shape_probabilities
    if len(segmentation.shapes) != count or (given is not None and len(given) != count):
        raise ValueError(
            f"{count} particles but {len(segmentation.shapes)} classes and "
            f"{'no' if given is None else len(given)} probabilities; expected one for each."
        )
    if given is not None:
        probability = np.asarray(given, dtype=np.float64)
    return Shapes(tuple(segmentation.shapes), probability)
