"""All that was found in an image once and for all: what every later measurement of it starts from."""

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Any

import numpy.typing as npt

from nanocaliper.calibration.options import DEFAULT_SCALE_METHOD
from nanocaliper.calibration.resolve import search_scale
from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.inference.catalogue import DEFAULT_MODEL
from nanocaliper.micrograph.measurable import check_measurable
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.read import read
from nanocaliper.particles.outlined import Outlined, outline_particles
from nanocaliper.segmentation.parting import PartingOptions
from nanocaliper.segmentation.segment import segment
from nanocaliper.segmentation.segmentation import Segmentation

__all__ = ["ImageCandidates", "find_candidates"]


@dataclass(frozen=True)
class ImageCandidates:
    """What reading, searching for a scale bar and segmentation found in an image.

    Parameters
    ----------
    micrograph : Micrograph
    search : ScaleBarSearch
        What was found of a printed bar, from which the scale is chosen.
    segmentation : Segmentation
        All candidates with their scores, whatever the confidence.
    outlined : Outlined
        Their outlines as found, all in place.
    settings : mapping
        ``model``, ``split``, ``parting``, ``page``.
    seconds : mapping of str to float
        Wall time of each stage.
    """

    micrograph: Micrograph
    search: ScaleBarSearch
    segmentation: Segmentation
    outlined: Outlined
    settings: Mapping[str, Any]
    seconds: Mapping[str, float] = field(compare=False)


def find_candidates(
    source: str | os.PathLike[str] | npt.NDArray[Any],
    *,
    model: str = DEFAULT_MODEL,
    split: float = 0.0,
    parting: str | None = None,
    page: int = 0,
    name: str | None = None,
    progress: Callable[[str], None] | None = None,
) -> ImageCandidates:
    """Read an image, look for its scale and find all candidates.

    Parameters
    ----------
    source : path or ndarray
        As in `nanocaliper.pipeline.measure`.
    model : str
        Name of a shipped network, path of a model folder, or ``'threshold'``.
    split : float
        How much readier than tuned the network parts touching particles, -3 to 3.
    parting : {'components', 'watershed'}, optional
        How the particles in the probability of a semantic network are told apart; by default as its card says.
    page : int
        Which page of a file with several, from 0.
    name : str, optional
        What the image is called in results, where that is not the path; the file is then taken as renamed, see
        `nanocaliper.micrograph.read.read`.
    progress : callable, optional
        Called with the name of each stage before it begins: ``'read'``, ``'calibrate'``, ``'segment'``,
        ``'particles'``. What it raises ends the work: so it can be cancelled.

    Returns
    -------
    ImageCandidates

    Raises
    ------
    ReadError, ModelError, SegmentationError, UsageError
        As in `nanocaliper.pipeline.measure`.
    """
    PartingOptions(split, parting).check(model)
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def begin(stage: str, done: str | None = None) -> None:
        nonlocal clock
        now = time.perf_counter()
        if done is not None:
            seconds[done] = now - clock
        clock = now
        if progress is not None:
            progress(stage)

    begin("read")
    micrograph = read(source, page=page, renamed=name is not None)
    check_measurable(micrograph)
    if name is not None:
        micrograph = replace(micrograph, source=name)
    begin("calibrate", "read")
    search = search_scale(micrograph, DEFAULT_SCALE_METHOD)
    begin("segment", "calibrate")
    segmentation = segment(micrograph, search.annotations, model=model, split=split, parting=parting)
    begin("particles", "segment")
    outlined = outline_particles(segmentation.labels, segmentation.level, segmentation.particle_numbers)
    seconds["particles"] = time.perf_counter() - clock
    return ImageCandidates(
        micrograph=micrograph,
        search=search,
        segmentation=segmentation,
        outlined=outlined,
        settings=MappingProxyType({"model": model, "split": split, "parting": parting, "page": page}),
        seconds=MappingProxyType(seconds),
    )
