"""Measuring again after corrections, with the settings and the scale that a person chose."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from types import MappingProxyType
from typing import Any

import numpy as np

from nanocaliper import __version__
from nanocaliper.calibration.calibration import Calibration
from nanocaliper.calibration.options import DEFAULT_SCALE_METHOD
from nanocaliper.editing.all_particles import AllParticles, list_all
from nanocaliper.editing.candidates import ImageCandidates
from nanocaliper.editing.compose import compose
from nanocaliper.editing.corrected import Corrected
from nanocaliper.editing.edits import Edit, describe_edit
from nanocaliper.editing.regions import find_excluded
from nanocaliper.editing.replay import replay_edits
from nanocaliper.editing.scale_choice import ScaleChoice, calibrate_by_choice
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.particles.descriptors import measure_particles
from nanocaliper.particles.filters import ParticleLimits, find_reasons
from nanocaliper.particles.outlined import Outlined, outline_particles
from nanocaliper.particles.particles import Particles
from nanocaliper.pipeline import collect_warnings, describe_diameters, describe_image
from nanocaliper.segmentation.segmentation import Segmentation
from nanocaliper.statistics.analysis import Analysis, analyse_particles
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.distribution import Distribution
from nanocaliper.statistics.image_particles import ImageParticles

__all__ = ["Reviewed", "find_changed", "review"]


@dataclass(frozen=True, eq=False)
class Reviewed:
    """A measured micrograph after corrections; to the report the same as a `nanocaliper.pipeline.Measurement`.

    Parameters
    ----------
    micrograph : Micrograph
    calibration : Calibration
    segmentation : Segmentation
        The particles that are left in: those that count and those at the border. Numbers are those of the
        candidates and of what a person made, with gaps.
    found : Particles
        The same, measured.
    diameter_px : Distribution
    diameter_nm : Distribution or None
    settings : mapping
    seconds : mapping of str to float
    limits : ParticleLimits
    options : AnalysisOptions
        Of the statistics.
    corrected : Corrected
        The particles before any are left out.
    reasons : mapping of int to str
        Why a particle is left out, by number, empty for those left in; the border is in `everything`.
    outlined : Outlined
        Outlines of the particles that are left in, from which the next review starts.
    version : str
    """

    micrograph: Micrograph
    calibration: Calibration
    segmentation: Segmentation
    found: Particles
    diameter_px: Distribution
    diameter_nm: Distribution | None
    settings: Mapping[str, Any]
    seconds: Mapping[str, float]
    limits: ParticleLimits
    options: AnalysisOptions
    corrected: Corrected = field(repr=False)
    reasons: Mapping[int, str] = field(repr=False)
    outlined: Outlined = field(repr=False)
    version: str = __version__

    @property
    def image_particles(self) -> ImageParticles:
        """What statistics of several images need to know of this one."""
        return describe_image(self.micrograph, self.calibration, self.found)

    @cached_property
    def edits(self) -> tuple[Mapping[str, Any], ...]:
        """The corrections in order, as plain JSON values."""
        return tuple(describe_edit(edit) for edit in self.corrected.edits)

    @cached_property
    def analysis(self) -> Analysis:
        """All statistics; made when asked for, since they take longer than the measurement."""
        return analyse_particles([self.image_particles], self.options)

    @cached_property
    def everything(self) -> AllParticles:
        """Rows, outlines and states of all particles, also of those that are left out."""
        return list_all(self.corrected, self.reasons, self.found, self.calibration.nm_per_px)

    @property
    def regions(self) -> Mapping[int, Any]:
        """Outlines, shape (points, 2), of the regions that are left out, by number."""
        return MappingProxyType(self.corrected.regions)

    @property
    def warnings(self) -> tuple[str, ...]:
        """What a person should know, from all stages."""
        return collect_warnings(self.micrograph, self.calibration, self.segmentation, self.limits)


def review(
    candidates: ImageCandidates,
    edits: Sequence[Edit] = (),
    limits: ParticleLimits | None = None,
    scale: ScaleChoice | None = None,
    *,
    options: AnalysisOptions | None = None,
    previous: Reviewed | None = None,
) -> Reviewed:
    """Measure the particles of an image after corrections.

    Without edits, limits and scale choice the result is that of `nanocaliper.measure`.

    Parameters
    ----------
    candidates : ImageCandidates
        What `nanocaliper.editing.candidates.find_candidates` found.
    edits : sequence of Edit
        All corrections that hold, in order.
    limits : ParticleLimits, optional
        Confidence, smallest diameter and rule for the border.
    scale : ScaleChoice, optional
    options : AnalysisOptions, optional
        For the statistics.
    previous : Reviewed, optional
        An earlier review of the same candidates: what did not change is taken from it, which saves time and changes
        nothing.

    Returns
    -------
    Reviewed

    Raises
    ------
    EditError
        If an edit cannot be applied.
    CalibrationError
        If the scale choice is impossible.
    """
    clock = time.perf_counter()
    limits, scale, options = limits or ParticleLimits(), scale or ScaleChoice(), options or AnalysisOptions()
    micrograph = candidates.micrograph
    calibration = calibrate_by_choice(micrograph, candidates.search, scale)
    state = replay_edits(candidates, edits, None if previous is None else previous.corrected)
    segmentation, reasons = _leave_out(state, limits, calibration.nm_per_px)
    known = candidates.outlined if previous is None else previous.outlined
    outlined = outline_particles(
        segmentation.labels, segmentation.level, segmentation.particle_numbers, known
    )
    found = measure_particles(
        segmentation,
        micrograph.field,
        calibration.nm_per_px,
        micrograph.pixels,
        border=limits.border,
        outlined=outlined,
    )
    found = _set_classes(found, state.shapes)
    diameter_px, diameter_nm = describe_diameters(calibration, found)
    return Reviewed(
        micrograph=micrograph,
        calibration=calibration,
        segmentation=segmentation,
        found=found,
        diameter_px=diameter_px,
        diameter_nm=diameter_nm,
        settings=_describe_settings(candidates, limits, scale, options),
        seconds=MappingProxyType({**candidates.seconds, "review": time.perf_counter() - clock}),
        limits=limits,
        options=options,
        corrected=state,
        reasons=reasons,
        outlined=outlined,
    )


def _leave_out(
    state: Corrected, limits: ParticleLimits, nm_per_px: float | None
) -> tuple[Segmentation, Mapping[int, str]]:
    """The particles that are left in, and why each of the others is left out."""
    base = state.candidates.segmentation
    numbers = state.list_numbers()
    listed = numbers.tolist()
    confidence = base.confidence if limits.confidence is None else limits.confidence
    diameters = np.full(state.largest + 1, np.inf)
    diameters[1 : len(base.scores) + 1] = state.candidates.outlined.values["diameter_equivalent_px"]
    scores = np.array([state.find_score(number) for number in listed], np.float32)
    reasons = list(
        find_reasons(
            scores,
            diameters[numbers],
            confidence,
            limits.find_least_px(nm_per_px),
            deleted=np.array([number in state.deleted for number in listed], np.bool_),
            excluded=np.isin(numbers, list(find_excluded(state))),
            trusted=np.array([number in state.made for number in listed], np.bool_),
        )
    )
    labels, level = compose(state, [n for n, reason in zip(listed, reasons, strict=True) if not reason])
    seen = np.bincount(labels.ravel(), minlength=state.largest + 1) > 0
    # What others cover wholly is taken away by whoever drew those.
    reasons = [
        "deleted" if not reason and not seen[n] else reason for n, reason in zip(listed, reasons, strict=True)
    ]
    left_out = dict(base.left_out)
    for reason in filter(None, reasons):
        left_out[reason] = left_out.get(reason, 0) + 1
    kept = np.array([not reason for reason in reasons], np.bool_)
    edited = tuple(state.find_edited(number) for number in numbers[kept].tolist())
    segmentation = replace(
        base,
        labels=labels,
        level=level,
        scores=scores[kept],
        left_out=MappingProxyType(left_out),
        settings=MappingProxyType({**base.settings, "confidence": confidence}),
        numbers=numbers[kept],
        edited=edited,
    )
    return segmentation, MappingProxyType(dict(zip(listed, reasons, strict=True)))


def _set_classes(found: Particles, shapes: Mapping[int, str]) -> Particles:
    """Put the classes that a person set in the place of those found."""
    rows = found.table["particle"].isin(list(shapes))
    if not rows.any():
        return found
    table = found.table.copy()
    table.loc[rows, "shape"] = table.loc[rows, "particle"].map(shapes)
    table.loc[rows, "shape_probability"] = np.nan
    return replace(found, table=table)


def _describe_settings(
    candidates: ImageCandidates, limits: ParticleLimits, scale: ScaleChoice, options: AnalysisOptions
) -> Mapping[str, Any]:
    """All settings, under the names that `nanocaliper.measure` has for them."""
    budget = {name: dict(row) for name, row in options.edits.items()} or None
    settings = {
        "model": candidates.settings["model"],
        "nm_per_px": scale.used_nm_per_px,
        "scale_uncertainty": scale.used_uncertainty,
        "scale_source": "auto" if scale.source == "user" else scale.source,
        "scale_method": DEFAULT_SCALE_METHOD,
        "confidence": limits.confidence,
        "page": candidates.settings["page"],
        "split": candidates.settings["split"],
        # Files of candidates from before there was this choice do not name it.
        "parting": candidates.settings.get("parting"),
        "diameter_min_px": limits.diameter_min_px,
        "diameter_min_nm": limits.diameter_min_nm,
        "border": limits.border,
        "repeatability": options.repeatability,
        "budget": budget,
    }
    return MappingProxyType(settings)


def find_changed(before: Reviewed, after: Reviewed) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Tell which particles differ between two reviews of the same candidates.

    Parameters
    ----------
    before, after : Reviewed

    Returns
    -------
    changed : tuple of int
        Numbers of particles whose state, outline or row differs, new ones included. The number of an agglomerate
        alone does not count: it changes with every particle.
    removed : tuple of int
        Numbers that are no longer there.
    """
    return after.everything.find_changed(before.everything)
