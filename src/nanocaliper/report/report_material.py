"""What a report is made from: stored results, read and analysed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from types import MappingProxyType
from typing import Any

from nanocaliper.errors import StatisticsError
from nanocaliper.report.report_details import ReportDetails
from nanocaliper.report.report_pictures import Drawn, draw_pictures
from nanocaliper.report.stored_results import StoredRun, read_image_results, read_result
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.analysis_parts import make_intervals
from nanocaliper.statistics.bootstrap import Intervals
from nanocaliper.statistics.comparison import Comparison, compare_samples
from nanocaliper.statistics.image_particles import ImageParticles
from nanocaliper.statistics.samples import SampleAnalysis, analyse_sample
from nanocaliper.statistics.selection import find_seed
from nanocaliper.statistics.weighting import POWERS

__all__ = [
    "ReportImage",
    "ReportMaterial",
    "ReportSample",
    "gather_images",
    "gather_material",
    "name_folders",
]


@dataclass(frozen=True)
class ReportImage:
    """One measured image.

    Parameters
    ----------
    particles : ImageParticles
        Its name is unique within the sample.
    folder : Path
        Of its results.
    result : mapping
        Content of ``result.json``.
    """

    particles: ImageParticles
    folder: Path
    result: Mapping[str, Any]

    @property
    def name(self) -> str:
        """Name of the image."""
        return self.particles.image


@dataclass(frozen=True)
class ReportSample:
    """One sample.

    Parameters
    ----------
    analysis : SampleAnalysis
    images : tuple of ReportImage
        All, those left out of the analysis too.
    intervals : mapping of str to Intervals
        By basis; empty without a particle.
    drawn : mapping of str to (Picture, str)
        Its figures.
    """

    analysis: SampleAnalysis
    images: tuple[ReportImage, ...]
    intervals: Mapping[str, Intervals]
    drawn: Drawn

    @property
    def name(self) -> str:
        """Name of the sample."""
        return self.analysis.name


@dataclass(frozen=True)
class ReportMaterial:
    """Everything a report is made from.

    Parameters
    ----------
    samples : tuple of ReportSample
    comparisons : tuple of Comparison
    not_compared : str
        Why several samples are not compared; empty where they are.
    drawn : mapping of str to (Picture, str)
        The samples side by side; empty for one.
    failed : mapping of str to str
        Images that could not be measured, and samples that could not be analysed, with the reason.
    details : ReportDetails
    options : AnalysisOptions
    version : str
        Of the program that makes the report.
    """

    samples: tuple[ReportSample, ...]
    comparisons: tuple[Comparison, ...]
    not_compared: str
    drawn: Drawn
    failed: Mapping[str, str]
    details: ReportDetails
    options: AnalysisOptions
    version: str

    @property
    def images(self) -> tuple[ReportImage, ...]:
        """The images of all samples."""
        return tuple(image for sample in self.samples for image in sample.images)


def name_folders(folders: Sequence[Path] | Mapping[str, Path]) -> dict[str, Path]:
    """Name the result folders of single images: as given, or by the names of their files.

    Parameters
    ----------
    folders : sequence of Path, or mapping of str to Path

    Returns
    -------
    dict of str to Path
        Images of the same name get a number.

    Raises
    ------
    ReadError
        If a folder holds no results.
    """
    if isinstance(folders, Mapping):
        return {name: Path(folder) for name, folder in folders.items()}
    found: dict[str, Path] = {}
    for folder in map(Path, folders):
        name = str(read_result(folder / "result.json")["image"]["name"])
        tried, number = name, 2
        while tried in found:
            tried, number = f"{name} ({number})", number + 1
        found[tried] = folder
    return found


def gather_images(particles: Sequence[ImageParticles], runs: Sequence[StoredRun]) -> tuple[ReportImage, ...]:
    """Find the results of images that came from output folders.

    Parameters
    ----------
    particles : sequence of ImageParticles
        Of these runs.
    runs : sequence of StoredRun

    Returns
    -------
    tuple of ReportImage
    """
    folders = {name: folder for run in runs for name, folder in run.folders.items()}
    return tuple(_read(folders[one.image], one) for one in particles)


def _read(folder: Path, particles: ImageParticles) -> ReportImage:
    return ReportImage(particles, folder, MappingProxyType(read_result(folder / "result.json")))


def gather_material(
    samples: Mapping[str, Sequence[ReportImage] | Mapping[str, Path]],
    details: ReportDetails,
    options: AnalysisOptions,
    *,
    version: str,
    failed: Mapping[str, str] = MappingProxyType({}),
) -> ReportMaterial:
    """Analyse samples, each by itself and against each other.

    Parameters
    ----------
    samples : mapping of str to sequence of ReportImage, or to mapping of str to Path
        Images by name of sample, read already or as folders by name of image.
    details : ReportDetails
    options : AnalysisOptions
    version : str
    failed : mapping of str to str
        Images that could not be measured.

    Returns
    -------
    ReportMaterial

    Raises
    ------
    ReadError
        If results cannot be read.
    StatisticsError
        If no sample can be analysed.
    """
    made: list[ReportSample] = []
    errors: dict[str, StatisticsError] = {}
    for name, given in samples.items():
        images = (
            tuple(_read(folder, read_image_results(folder, image)) for image, folder in given.items())
            if isinstance(given, Mapping)
            else tuple(given)
        )
        try:
            made.append(_analyse(name, images, options))
        except StatisticsError as error:
            errors[f"sample {name}"] = error
    if not made:
        raise next(iter(errors.values()), StatisticsError("There is no sample; expected at least one."))
    comparisons, why = _compare([sample.analysis for sample in made])
    not_used = {**failed, **{name: str(error) for name, error in errors.items()}}
    drawn = draw_pictures([sample.analysis for sample in made]) if comparisons else {}
    return ReportMaterial(tuple(made), comparisons, why, drawn, not_used, details, options, version)


def _analyse(name: str, images: tuple[ReportImage, ...], options: AnalysisOptions) -> ReportSample:
    analysis = analyse_sample(name, [image.particles for image in images], options)
    pooled = analysis.pooled
    intervals = {}
    if pooled.selection.sizes.size:
        for basis in POWERS:
            asked = replace(pooled.options, basis=basis)
            seed = find_seed(pooled.selection, basis, asked.level) if asked.seed is None else asked.seed
            intervals[basis] = (
                pooled.intervals
                if basis == pooled.options.basis
                else make_intervals(pooled.selection, asked, seed)
            )
    return ReportSample(analysis, images, MappingProxyType(intervals), draw_pictures([analysis]))


def _compare(samples: Sequence[SampleAnalysis]) -> tuple[tuple[Comparison, ...], str]:
    if len(samples) < 2:
        return (), ""
    try:
        return compare_samples(samples), ""
    except StatisticsError as error:
        return (), str(error)
