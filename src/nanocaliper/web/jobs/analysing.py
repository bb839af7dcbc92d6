"""Statistics and figures of samples, from result folders; done in another process."""

import json
import tempfile
from collections import OrderedDict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from nanocaliper.errors import RequestError
from nanocaliper.report.figures import draw_figures
from nanocaliper.report.statistics_folder import make_figure_data
from nanocaliper.report.statistics_json import describe_comparison, describe_sample
from nanocaliper.report.stored_results import read_image_results
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.comparison import compare_samples
from nanocaliper.statistics.image_particles import ImageParticles
from nanocaliper.statistics.samples import SampleAnalysis, analyse_sample
from nanocaliper.web.jobs.worker import Report

__all__ = ["AnalysedImage", "SampleOrder", "analyse", "compare", "describe", "draw", "name_apart"]

_KEPT = 8


@dataclass(frozen=True)
class AnalysedImage:
    """A measured image whose results lie on the disk.

    Parameters
    ----------
    id : int
    revision : int
        That lies there.
    name : str
    folder : Path
        The result folder.
    source : Path
        The uploaded file.
    """

    id: int
    revision: int
    name: str
    folder: Path
    source: Path


@dataclass(frozen=True)
class SampleOrder:
    """What is wanted of a sample.

    Parameters
    ----------
    name : str
    images : tuple of AnalysedImage
    measurand, basis : str
    full : bool
        With what takes seconds.
    """

    name: str
    images: tuple[AnalysedImage, ...]
    measurand: str
    basis: str
    full: bool


#: Of this process: figures show what statistics have just found.
_kept: OrderedDict[SampleOrder, tuple[SampleAnalysis, list[ImageParticles]]] = OrderedDict()


def describe(order: SampleOrder, *, report: Report) -> bytes:
    """Give the statistics of a sample as JSON, and its sizes, each with image and particle."""
    report("statistics")
    analysis, images = analyse(order)
    content = describe_sample(analysis, images) | {"sizes": _list_sizes(order, analysis, images)}
    return json.dumps(content, separators=(",", ":"), allow_nan=False).encode()


def compare(orders: Sequence[SampleOrder], *, report: Report) -> bytes:
    """Give the comparison of every two samples as JSON."""
    report("statistics")
    found = compare_samples([analyse(order)[0] for order in orders])
    return json.dumps([describe_comparison(one) for one in found], allow_nan=False).encode()


def draw(
    orders: Sequence[SampleOrder], kind: str, *, report: Report
) -> tuple[dict[str, bytes], dict[str, str]]:
    """Draw all figures of a sample, or the comparison of several; gives the files, and why others are not there."""
    report("figures")
    samples = [analyse(order)[0] for order in orders]
    empty = [sample.name for sample in samples if not sample.pooled.selection.sizes.size]
    if empty:
        raise RequestError(
            f"The sample '{empty[0]}' has no particle that counts; there is nothing to draw.", 409
        )
    with tempfile.TemporaryDirectory(prefix="nanocaliper-") as folder:
        drawn = draw_figures([make_figure_data(sample) for sample in samples], Path(folder), (kind,))
        files = {one.name: Path(one.paths[kind]).read_bytes() for one in drawn.drawn}
    return files, dict(drawn.omitted)


def analyse(order: SampleOrder) -> tuple[SampleAnalysis, list[ImageParticles]]:
    """Analyse a sample, unless that was done a moment ago; gives the images it was made of too."""
    if order not in _kept:
        images = _read_images(order.images)
        options = AnalysisOptions(measurand=order.measurand, basis=order.basis)
        _kept[order] = analyse_sample(order.name, images, options, full=order.full), images
        while len(_kept) > _KEPT:
            _kept.popitem(last=False)
    _kept.move_to_end(order)
    return _kept[order]


def _read_images(images: Sequence[AnalysedImage]) -> list[ImageParticles]:
    return [
        read_image_results(image.folder, name)
        for name, image in zip(name_apart(image.name for image in images), images, strict=True)
    ]


def name_apart(given: Iterable[str]) -> list[str]:
    """Give names of images, those that stand twice with a number: statistics tell images apart by name."""
    names: list[str] = []
    for first in given:
        name, number = first, 2
        while name in names:
            name, number = f"{first} ({number})", number + 1
        names.append(name)
    return names


def _list_sizes(
    order: SampleOrder, analysis: SampleAnalysis, images: Sequence[ImageParticles]
) -> list[dict[str, Any]]:
    """Give every size that was used, from the smallest, with where it is from."""
    chosen = analysis.pooled.selection
    ids = {read.image: image.id for image, read in zip(order.images, images, strict=True)}
    by_name = {image.image: image for image in images}
    particles = []
    for name in chosen.names:
        image = by_name[name]
        counted = ~image.table[f"{chosen.measurand}_px"].isna().to_numpy()
        if image.border != "count":
            counted &= ~image.table["touches_border"].to_numpy(np.bool_)
        particles += [(ids[name], int(number)) for number in image.table["particle"].to_numpy()[counted]]
    ascending = np.argsort(chosen.sizes, kind="stable")
    return [
        {"size": float(f"{chosen.sizes[k]:.6g}"), "image": particles[k][0], "particle": particles[k][1]}
        for k in ascending
    ]
