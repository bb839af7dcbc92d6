"""The whole way through: image → calibration → segmentation → particles → statistics.

Read this file first. Each stage is one folder and returns one frozen record; nothing reaches back.
"""

import os
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from nanocaliper import __version__
from nanocaliper.calibration.calibration import Calibration
from nanocaliper.calibration.options import DEFAULT_SCALE_METHOD
from nanocaliper.calibration.resolve import calibrate
from nanocaliper.inference.catalogue import DEFAULT_MODEL
from nanocaliper.micrograph.measurable import check_measurable
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.read import read
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.particles.filters import ParticleLimits, keep_particles
from nanocaliper.particles.particles import Particles
from nanocaliper.segmentation.parting import PartingOptions
from nanocaliper.segmentation.segment import segment
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.statistics.analysis import Analysis, analyse_particles
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.distribution import Distribution, describe
from nanocaliper.statistics.image_particles import ImageParticles

__all__ = ["Measurement", "collect_warnings", "describe_diameters", "describe_image", "measure"]


@dataclass(frozen=True)
class Measurement:
    """Everything known of one measured micrograph.

    Parameters
    ----------
    micrograph : Micrograph
    calibration : Calibration
    segmentation : Segmentation
    found : Particles
        All particles, outlines and counts of what was left out.
    diameter_px : Distribution
        Area-equivalent diameters of the whole (not border-cut) particles, px.
    diameter_nm : Distribution or None
        The same in nm; None without a calibration.
    analysis : Analysis
        All statistics of the image: distributions, intervals, fits, edge correction, precision, uncertainty budgets
        and verdict.
    settings : mapping
        All settings as given to `measure`.
    seconds : dict
        Wall time of each stage.
    version : str
        Version of the program.
    limits : ParticleLimits
        What a particle had to be like to count.
    edits : tuple of mapping
        What was corrected by hand, as plain JSON values; nothing, unless a person did.
    """

    micrograph: Micrograph
    calibration: Calibration
    segmentation: Segmentation
    found: Particles
    diameter_px: Distribution
    diameter_nm: Distribution | None
    analysis: Analysis
    settings: MappingProxyType[str, Any]
    seconds: dict[str, float] = field(compare=False)
    version: str = __version__
    limits: ParticleLimits = field(default_factory=ParticleLimits)
    edits: tuple[Mapping[str, Any], ...] = ()

    @property
    def particles(self) -> pd.DataFrame:
        """A row a particle; columns as documented in ``docs/outputs.md``."""
        return self.found.table

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know, from all stages."""
        return collect_warnings(self.micrograph, self.calibration, self.segmentation, self.limits)


def measure(
    source: str | os.PathLike[str] | npt.NDArray[Any],
    *,
    model: str = DEFAULT_MODEL,
    nm_per_px: float | None = None,
    scale_uncertainty: float | None = None,
    scale_source: str = "auto",
    scale_method: str = DEFAULT_SCALE_METHOD,
    confidence: float | None = None,
    page: int = 0,
    split: float = 0.0,
    parting: str | None = None,
    diameter_min_px: float | None = None,
    diameter_min_nm: float | None = None,
    border: Literal["leave_out", "count"] = "leave_out",
    repeatability: float | None = None,
    budget: Mapping[str, Mapping[str, Any]] | None = None,
) -> Measurement:
    """Measure the particles of one micrograph.

    Parameters
    ----------
    source : path or ndarray
        An image file, or an array of shape (rows, cols) or (rows, cols, 3 or 4).
    model : str
        Name of a shipped network, path of a model folder, or ``'threshold'``.
    nm_per_px : float, optional
        Scale given by the user, nm; by default it is read from the file or the printed bar.
    scale_uncertainty : float, optional
        Relative standard uncertainty of that scale, for example 0.01.
    scale_source : {'auto', 'metadata', 'bar'}
        Where the scale may come from; settles a conflict of metadata and bar. ``'auto'`` takes the metadata,
        else the bar, and neither where they disagree.
    scale_method : {'nanocaliper', 'tao2025'}
        How the printed bar is read.
    confidence : float, optional
        Particles with a lower score are left out (and counted); by default the model card's value.
    page : int
        Which page of a file with several, from 0.
    split : float
        How much readier than tuned the network parts touching particles, -3 to 3; negative: less ready.
    parting : {'components', 'watershed'}, optional
        How the particles in the probability of a semantic network are told apart; by default as its card says.
    diameter_min_px, diameter_min_nm : float, optional
        Particles of a smaller area-equivalent diameter are left out (and counted); the one in nm needs a scale.
    border : {'leave_out', 'count'}
        Whether particles that touch the border enter the statistics.
    repeatability : float, optional
        Relative standard deviation when all is repeated, for the uncertainty budget.
    budget : mapping, optional
        Your own rows of the uncertainty budget, see `nanocaliper.statistics.uncertainty_edits.edit_budget`.

    Returns
    -------
    Measurement

    Raises
    ------
    ReadError
        If the file cannot be read as an image.
    CalibrationError
        If `nm_per_px` is not a positive number, or its uncertainty is negative.
    ModelError
        If the model is unknown or damaged.
    UsageError
        If an option makes no sense.
    """
    limits = ParticleLimits(confidence, diameter_min_px, diameter_min_nm, border)
    PartingOptions(split, parting).check(model)
    asked = AnalysisOptions(repeatability=repeatability, edits=budget or {})
    seconds: dict[str, float] = {}
    clock = time.perf_counter()

    def lap(stage: str) -> None:
        nonlocal clock
        seconds[stage], clock = time.perf_counter() - clock, time.perf_counter()

    micrograph = read(source, page=page)
    check_measurable(micrograph)
    lap("read")
    calibration = calibrate(
        micrograph, nm_per_px, scale_uncertainty, scale_source=scale_source, scale_method=scale_method
    )
    lap("calibrate")
    segmentation = segment(micrograph, calibration.annotations, model=model, split=split, parting=parting)
    lap("segment")
    # The candidates are not kept: their labels take as much memory as the segmentation's.
    segmentation = keep_particles(segmentation, limits, calibration.nm_per_px)
    found = measure_particles(
        segmentation, micrograph.field, calibration.nm_per_px, micrograph.pixels, border=border
    )
    lap("particles")
    diameter_px, diameter_nm = describe_diameters(calibration, found)
    analysis = analyse_particles([describe_image(micrograph, calibration, found)], asked)
    lap("statistics")
    settings = {
        "model": model,
        "nm_per_px": nm_per_px,
        "scale_uncertainty": scale_uncertainty,
        "scale_source": scale_source,
        "scale_method": scale_method,
        "confidence": confidence,
        "page": page,
        "split": split,
        "parting": parting,
        "diameter_min_px": diameter_min_px,
        "diameter_min_nm": diameter_min_nm,
        "border": border,
        "repeatability": repeatability,
        "budget": None if budget is None else {name: dict(row) for name, row in budget.items()},
    }
    return Measurement(
        micrograph=micrograph,
        calibration=calibration,
        segmentation=segmentation,
        found=found,
        diameter_px=diameter_px,
        diameter_nm=diameter_nm,
        analysis=analysis,
        settings=MappingProxyType(settings),
        seconds=seconds,
        limits=limits,
    )


def describe_diameters(
    calibration: Calibration, found: Particles
) -> tuple[Distribution, Distribution | None]:
    """Describe the area-equivalent diameters of the particles that count.

    Parameters
    ----------
    calibration : Calibration
    found : Particles

    Returns
    -------
    diameter_px : Distribution
    diameter_nm : Distribution or None
        None without a calibration.
    """
    counted = found.measured
    in_px = describe(counted["diameter_equivalent_px"])
    if calibration.nm_per_px is None:
        return in_px, None
    return in_px, describe(np.asarray(counted["diameter_equivalent_nm"]))


def describe_image(micrograph: Micrograph, calibration: Calibration, found: Particles) -> ImageParticles:
    """Put together what statistics need to know of an image.

    Parameters
    ----------
    micrograph : Micrograph
    calibration : Calibration
    found : Particles

    Returns
    -------
    ImageParticles
    """
    field = micrograph.field
    return ImageParticles(
        image=micrograph.source,
        table=found.table,
        field_rows=field.row_stop - field.row_start,
        field_cols=field.col_stop - field.col_start,
        nm_per_px=calibration.nm_per_px,
        relative_uncertainty=calibration.relative_uncertainty,
        reason=calibration.reason,
        sha256=micrograph.sha256,
        page=micrograph.page,
        border=found.border,
    )


def collect_warnings(
    micrograph: Micrograph, calibration: Calibration, segmentation: Segmentation, limits: ParticleLimits
) -> tuple[str, ...]:
    """Collect what a person should know, from all stages.

    Parameters
    ----------
    micrograph : Micrograph
    calibration : Calibration
    segmentation : Segmentation
    limits : ParticleLimits

    Returns
    -------
    tuple of str
    """
    stages = micrograph.warnings + calibration.warnings + segmentation.warnings
    return stages + limits.warn(calibration.nm_per_px)
