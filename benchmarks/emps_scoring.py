"""Scoring a method on EMPS: the way from a file to labels, and an image scored."""

import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import numpy.typing as npt

from emps_folder import read_truth
from nanocaliper.errors import ReadError, SegmentationError
from nanocaliper.evaluation.image_scores import ImageScores, score_image

Labels = npt.NDArray[np.int32]
#: From the path of an image to its labels.
Method = Callable[[Path], Labels]


def network(model: str, confidence: float | None) -> Method:
    """The program's own way from a file to labels."""
    from nanocaliper.micrograph.read import read
    from nanocaliper.particles.filters import ParticleLimits, keep_particles
    from nanocaliper.segmentation.segment import segment

    def run(path: Path) -> Labels:
        candidates = segment(read(path), (), model=model)
        return keep_particles(candidates, ParticleLimits(confidence)).labels

    return run


def score_method(data: Path, name: str, fold: int, method: Method) -> ImageScores:
    """Segment and compare one image."""
    truth = read_truth(data / "instances" / f"{name}.png")
    began, error = time.perf_counter(), ""
    try:
        found = method(data / "images" / f"{name}.png")
    except (ReadError, SegmentationError) as failure:  # a model that cannot run at all ends the benchmark
        found, error = np.zeros(truth.shape, np.int32), str(failure)
    seconds = time.perf_counter() - began
    if found.shape != truth.shape:
        raise ReadError(
            f"The image '{name}' has {found.shape} pixels and its labels {truth.shape}; expected the same. "
            "Check that images/ and instances/ belong together."
        )
    return score_image(name, truth, found, fold=fold, seconds=seconds, error=error)
