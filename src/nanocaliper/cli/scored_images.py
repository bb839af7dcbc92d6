"""The labelled images that ``nanocaliper evaluate`` scores: which, in which folds, and what is gathered of each."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from nanocaliper.cli.found_particles import Finder, compare
from nanocaliper.errors import ReadError, SegmentationError, UsageError
from nanocaliper.evaluation.image_scores import ImageScores
from nanocaliper.evaluation.roc import RocCounts, count_roc
from nanocaliper.training.data.annotated_folder import AnnotatedFolder, open_folder
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.splits import SPLIT_FILES, SPLIT_NAMES, read_splits

__all__ = ["ScoredImages", "TrueImages", "open_truth", "score_images"]


@dataclass(frozen=True)
class TrueImages:
    """Labelled images to score.

    Parameters
    ----------
    folder : AnnotatedFolder
    fold_of : mapping of str to str
        Fold, or part of a split, of those images that have one.
    """

    folder: AnnotatedFolder
    fold_of: Mapping[str, str]

    @property
    def has_folds(self) -> bool:
        """Whether the images are of several folds: of a training and a test part there is no mean."""
        found = set(self.fold_of.values())
        return len(found) > 1 and not found & set(SPLIT_NAMES)

    def warn_of_folds(self, asked: Path | None) -> tuple[str, ...]:
        """Say where there is no mean over folds though a list was given, and which images are in none.

        Parameters
        ----------
        asked : Path or None
            The list that was given.

        Returns
        -------
        tuple of str
        """
        if not self.has_folds:
            parts = ", ".join(sorted(set(self.fold_of.values())))
            return (
                ()
                if asked is None
                else (f"'{asked}' has no two folds of these images, but {parts}: no mean.",)
            )
        left = len(self.folder) - len(self.fold_of)
        return (f"Images in no fold, which count in the pooled scores only: {left}.",) if left else ()


@dataclass
class ScoredImages:
    """What is gathered while images are scored.

    Parameters
    ----------
    images : list of ImageScores
    roc_of : dict of str to RocCounts
        Pixels by probability and by fold, ``''`` for images of none; empty where the method gives no probability.
    unscored : dict of str to str
        Images whose true labels cannot be read, and why.
    """

    images: list[ImageScores] = field(default_factory=list)
    roc_of: dict[str, RocCounts] = field(default_factory=dict)
    unscored: dict[str, str] = field(default_factory=dict)

    @property
    def roc(self) -> RocCounts | None:
        """Pixels of all images by probability."""
        return sum(self.roc_of.values(), RocCounts()) if self.roc_of else None


def open_truth(truth: Path, names: Path | None, fold: str | None, folds: Path | None) -> TrueImages:
    """Open the images to score, and the fold of each where a list says it.

    Parameters
    ----------
    truth : Path
    names : Path or None
        Text file of the names that are wanted.
    fold : str or None
        The fold, or part, that is wanted.
    folds : Path or None
        List of folds; None: those in the folder.

    Returns
    -------
    TrueImages

    Raises
    ------
    ReadError, UsageError
        If there is nothing to score, or a list is of other images.
    """
    folder = open_folder(truth)
    if folds is not None:
        lists = [read_splits(folds)]
    else:
        lists = [read_splits(path) for name in SPLIT_FILES if (path := truth / name).is_file()]
    fold_of = _choose_list(lists, fold)
    if fold is not None:
        known = sorted({part for one in lists for part in one.values()})
        if fold not in known:
            parts = ", ".join(known) or "no splits.csv or folds.csv"
            raise UsageError(f"There is no fold {fold} in '{folds or truth}'; it has {parts}.")
        folder = folder.choose([name for name in folder.names if fold_of.get(name) == fold])
    if names is not None:
        folder = folder.choose(_read_names(names))
    if names is None and fold is None:
        folder.require_complete()
    if not len(folder):
        raise UsageError("No image is left to score; check the names and the fold.")
    if folds is not None and not set(folder.names) & set(fold_of):
        raise UsageError(
            f"'{folds}' names no image of '{truth}'; expected the names that the images have there."
        )
    return TrueImages(folder, {name: fold_of[name] for name in folder.names if name in fold_of})


def _choose_list(lists: list[dict[str, str]], fold: str | None) -> dict[str, str]:
    """Of a split and of folds, the one that has the part asked for, else the folds."""
    if fold is not None:
        return next((one for one in lists if fold in one.values()), {})
    of_folds = (one for one in lists if not set(one.values()) & set(SPLIT_NAMES))
    return next(of_folds, lists[0] if lists else {})


def _read_names(path: Path) -> list[str]:
    try:
        return list(dict.fromkeys(path.read_text(encoding="utf-8").split()))
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(
            f"The list of names '{path}' cannot be read ({error}); expected a text file."
        ) from None


def score_images(
    truth: TrueImages, finder: Finder, show: Callable[[int, int, str, str], None]
) -> ScoredImages:
    """Score one image after another; one that fails costs no other.

    Parameters
    ----------
    truth : TrueImages
    finder : Finder
    show : callable
        Called after each image with the number of those done, of all, its name and what became of it.

    Returns
    -------
    ScoredImages

    Raises
    ------
    ReadError
        If the true labels of no image can be read.
    """
    scored = ScoredImages()
    for number, entry in enumerate(truth.folder.entries, 1):
        try:
            sample = truth.folder.read(entry)
        except ReadError as error:
            scored.unscored[entry.name] = str(error)
            outcome = "no true labels"
        else:
            path = truth.folder.folder / entry.image
            image = _score(sample, path, truth.fold_of.get(entry.name), finder, scored.roc_of)
            scored.images.append(image)
            outcome = "failed" if image.error else f"PQ {image.counts.panoptic_quality:.3f}"
        show(number, len(truth.folder), entry.name, outcome)
    if not scored.images:
        raise ReadError(next(iter(scored.unscored.values())))
    return scored


def _score(
    sample: LabelledMicrograph, path: Path, fold: str | None, finder: Finder, roc_of: dict[str, RocCounts]
) -> ImageScores:
    began, error = time.perf_counter(), ""
    try:
        found = finder.find(sample.name, path)
        if found.labels.shape != sample.labels.shape:
            (rows, cols), (true_rows, true_cols) = found.labels.shape, sample.labels.shape
            raise ReadError(
                f"The found labels are of {rows} x {cols} px and the true ones of {true_rows} x {true_cols} "
                "(rows x columns); expected the same: do they belong together?"
            )
    except (ReadError, SegmentationError) as failure:  # a model that cannot run at all ends the evaluation
        found, error = finder.find_nothing(sample.labels.shape), str(failure)
    seconds = time.perf_counter() - began
    if found.level is not None:
        counts = count_roc(sample.labels > 0, found.level / np.float32(255))
        roc_of[fold or ""] = roc_of.get(fold or "", RocCounts()) + counts
    return compare(sample.name, fold, sample.labels, sample.classes, sample.class_of, found, seconds, error)
