"""Statistics of samples from measurements, or from the results that earlier ones wrote."""

import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from nanocaliper.errors import StatisticsError
from nanocaliper.pipeline import Measurement, describe_image
from nanocaliper.report.stored_results import read_runs
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.comparison import Comparison, compare_samples
from nanocaliper.statistics.image_particles import ImageParticles
from nanocaliper.statistics.samples import SampleAnalysis, analyse_sample

__all__ = ["Source", "analyse", "compare"]

#: A measurement, the output folder of measurements, or several of either.
Source = Measurement | str | os.PathLike[str] | Sequence["Measurement | str | os.PathLike[str]"]


def analyse(
    source: Source, options: AnalysisOptions | None = None, *, name: str = "sample", full: bool = True
) -> SampleAnalysis:
    """Analyse images of one sample: intervals, fits, edge correction, precision, uncertainty budget, verdict.

    Parameters
    ----------
    source : Measurement, path, or sequence of these
        Measurements, or output folders of ``nanocaliper measure``, whose images are put together.
    options : AnalysisOptions, optional
        Measurand, basis, wanted precision, repeatability and so on.
    name : str
        Of the sample.
    full : bool
        False leaves out what takes seconds: bootstrap, mixtures, fits.

    Returns
    -------
    SampleAnalysis
        ``.pooled`` has the statistics of all particles, ``.images`` those of each image, ``.warnings`` what to know
        first.

    Raises
    ------
    ReadError
        If a folder holds no results of this version.
    StatisticsError
        If images cannot be put together, or a setting is impossible.

    Examples
    --------
    >>> import nanocaliper
    >>> sample = nanocaliper.analyse("results")  # doctest: +SKIP
    >>> sample.pooled.precision[0].sentence  # doctest: +SKIP
    '±4.1 % for D50 at 95 %; about 310 more particles for ±3 %.'
    """
    return analyse_sample(name, _read(source), options, full=full)


def compare(
    *samples: Source | SampleAnalysis, options: AnalysisOptions | None = None
) -> tuple[Comparison, ...]:
    """Compare every two of several samples: differences, ratios, effect sizes and tests.

    Parameters
    ----------
    *samples : SampleAnalysis, or what `analyse` takes
        At least two. Those that are not analysed yet are called A, B, C and so on, by their place.
    options : AnalysisOptions, optional
        For those.

    Returns
    -------
    tuple of Comparison

    Raises
    ------
    ReadError, StatisticsError
        As `analyse`; also if samples cannot be compared.
    """
    analysed = [
        sample if isinstance(sample, SampleAnalysis) else analyse(sample, options, name=_name(place))
        for place, sample in enumerate(samples)
    ]
    return compare_samples(analysed)


def _name(place: int) -> str:
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
    return letters[place] if place < len(letters) else f"sample {place + 1}"


def _read(source: Source) -> list[ImageParticles]:
    parts = [source] if isinstance(source, Measurement | str | os.PathLike) else list(source)
    images: list[ImageParticles] = []
    folders = [Path(part) for part in parts if not isinstance(part, Measurement)]
    for part in parts:
        if isinstance(part, Measurement):
            images.append(describe_image(part.micrograph, part.calibration, part.found))
    if folders:
        images += [image for run in read_runs(folders) for image in run.images]
    if not images:
        raise StatisticsError("There is no measured image to make statistics of; expected at least one.")
    # Arrays are all called 'array'.
    names = [image.image for image in images]
    return [
        image
        if names.count(image.image) == 1
        else replace(image, image=f"{image.image} ({names[:place].count(image.image) + 1})")
        for place, image in enumerate(images)
    ]
