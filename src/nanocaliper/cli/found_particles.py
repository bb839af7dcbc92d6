"""What ``nanocaliper evaluate`` compares with the truth: label images of another program, or what a model finds."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.evaluation.average_precision import ParticleSet, set_of_labels
from nanocaliper.evaluation.image_scores import ImageScores, score_image
from nanocaliper.exports.export_format import Expected
from nanocaliper.exports.label_tiff import read_labels
from nanocaliper.inference.catalogue import find_model
from nanocaliper.micrograph.read import read
from nanocaliper.particles.filters import ParticleLimits, keep_particles
from nanocaliper.segmentation.by_network import gives_probability
from nanocaliper.segmentation.parting import THRESHOLD
from nanocaliper.segmentation.segment import segment
from nanocaliper.segmentation.segmentation import Segmentation

__all__ = ["OTHER", "Finder", "Found", "by_files", "by_fold", "by_model", "compare"]

#: Class of a found particle whose class is not decided, or none of the truth's.
OTHER = "other"
_SUFFIXES = (".tif", ".tiff", ".png", ".labels.tif", "/labels.tif")

Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Found:
    """Particles found in an image.

    Parameters
    ----------
    labels : ndarray of int, shape (rows, cols)
        Those that count.
    shapes : dict of int to str or None
        Class of each by number; None where the method knows no classes.
    candidates : Segmentation or None
        Sure and unsure ones with their scores; None where the method gives none.
    level : ndarray of uint8, shape (rows, cols), or None
        Grows with the probability of particle; None where the method does not say it of every pixel.
    """

    labels: npt.NDArray[np.integer]
    shapes: dict[int, str] | None = None
    candidates: Segmentation | None = None
    level: npt.NDArray[np.uint8] | None = None


@dataclass(frozen=True)
class Finder:
    """A method that is scored.

    Parameters
    ----------
    find : callable
        From the name of an image and its path to what is found there.
    gives_scores, gives_level : bool
        Whether it gives `Found.candidates` and `Found.level`.
    """

    find: Callable[[str, Path], Found]
    gives_scores: bool = False
    gives_level: bool = False

    def find_nothing(self, shape: tuple[int, int]) -> Found:
        """What counts as found in an image of which the method can make nothing."""
        labels = np.zeros(shape, np.int32)
        candidates = Segmentation(labels, None, np.zeros(0, np.float32), "none")
        return Found(
            labels,
            candidates=candidates if self.gives_scores else None,
            level=np.zeros(shape, np.uint8) if self.gives_level else None,
        )


def by_model(model: str, confidence: float | None, *, keep_candidates: bool = True) -> Finder:
    """Find particles as ``nanocaliper measure`` does, but for the calibration."""
    limits = ParticleLimits(confidence)
    gives_level = model != THRESHOLD and gives_probability(find_model(model))

    def find(_: str, path: Path) -> Found:
        candidates = segment(read(path), (), model=model)
        sure = keep_particles(candidates, limits)
        return Found(
            sure.labels,
            _shapes_of(sure),
            candidates if keep_candidates else None,
            candidates.level if gives_level else None,
        )

    return Finder(find, keep_candidates, gives_level)


def by_fold(finders: Mapping[str, Finder], fold_of: Mapping[str, str]) -> Finder:
    """Find particles in each image by the method of its fold."""
    return Finder(
        lambda name, path: finders[fold_of[name]].find(name, path),
        all(finder.gives_scores for finder in finders.values()),
        all(finder.gives_level for finder in finders.values()),
    )


def by_files(folder: Path) -> Finder:
    """Take the label images of a folder: NAME.tif, .tiff, .png, NAME.labels.tif or NAME/labels.tif."""
    if not folder.is_dir():
        raise UsageError(
            f"'{folder}' is no folder; expected one with a label image for each image, such as NAME.tif."
        )

    def find(name: str, _: Path) -> Found:
        paths = [path for suffix in _SUFFIXES if (path := folder / f"{name}{suffix}").is_file()]
        if len(paths) != 1:
            found = "no label image" if not paths else f"{paths[0].name} and {paths[1].name}"
            raise ReadError(f"'{folder}' has {found} for '{name}'; expected one, such as {name}.tif.")
        expected = Expected(name, what=f"The label image '{paths[0]}'")
        try:
            labels, _scale = read_labels(paths[0].read_bytes(), 0, expected)
        except OSError as error:
            raise ReadError(f"'{paths[0]}' cannot be read ({error.strerror}).") from error
        return Found(labels)

    return Finder(find)


def compare(
    name: str,
    fold: str | None,
    truth: npt.NDArray[np.int32],
    classes: Sequence[str],
    class_of: npt.NDArray[np.integer],
    found: Found,
    seconds: float = 0.0,
    error: str = "",
) -> ImageScores:
    """Score what was found in an image.

    Parameters
    ----------
    name : str
    fold : str or None
    truth : ndarray of int32, shape (rows, cols)
    classes : sequence of str
        Of the truth; where there are several, `OTHER` is added.
    class_of : ndarray of int, shape (max label + 1,)
    found : Found
    seconds, error
        As in `ImageScores`.

    Returns
    -------
    ImageScores
    """
    many = len(classes) > 1
    names = (*classes, OTHER) if many else tuple(classes)
    found_class_of = _find_classes(found.labels, found.shapes, names)
    true_set: ParticleSet | None = None
    found_set: ParticleSet | None = None
    if found.candidates is not None and found_class_of is not None:
        everything = found.candidates
        numbers = everything.particle_numbers
        scores = np.zeros(int(everything.labels.max(initial=0)) + 1)
        scores[numbers] = everything.scores
        kinds = _find_classes(everything.labels, _shapes_of(everything), names)
        assert kinds is not None
        true_set = set_of_labels(truth, class_of)
        found_set = set_of_labels(everything.labels, kinds, scores)
    return score_image(
        name,
        truth,
        found.labels,
        fold=fold,
        classes=names,
        truth_class_of=class_of,
        found_class_of=found_class_of,
        truth=true_set,
        found=found_set,
        seconds=seconds,
        error=error,
    )


def _shapes_of(segmentation: Segmentation) -> dict[int, str] | None:
    if segmentation.shapes is None:
        return None
    return dict(zip(segmentation.particle_numbers.tolist(), segmentation.shapes, strict=True))


def _find_classes(
    labels: npt.NDArray[np.integer], shapes: dict[int, str] | None, names: tuple[str, ...]
) -> Ints | None:
    """Class index by label number; None where there are several classes and the method knows none."""
    class_of = np.zeros(int(labels.max(initial=0)) + 1, np.int64)
    if len(names) == 1:
        return class_of
    if shapes is None:
        return None if labels.any() else class_of
    for number, shape in shapes.items():
        class_of[number] = names.index(shape) if shape in names else len(names) - 1
    return class_of
