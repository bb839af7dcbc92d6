"""One sample of several images: pooled, each by itself, and whether they agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from types import MappingProxyType

import numpy as np

from nanocaliper.errors import StatisticsError
from nanocaliper.statistics.agreement import Agreement, judge_agreement
from nanocaliper.statistics.analysis import Analysis, analyse_particles
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.image_particles import ImageParticles, resolve_measurand
from nanocaliper.statistics.resolution import SMALLEST_DIAMETER_PX

__all__ = ["SampleAnalysis", "analyse_sample", "choose_images"]

_NAMED = 5


@dataclass(frozen=True, eq=False)
class SampleAnalysis:
    """Statistics of a sample.

    Parameters
    ----------
    name : str
    pooled : Analysis
        Of all particles of all images.
    images : mapping of str to Analysis
        Quick analyses of each image, by its name.
    agreement : Agreement or None
        None for one image.
    left_out : mapping of str to str
        Images that could not be used, with the reason.
    warnings : tuple of str
        Those of `pooled`, and what concerns the images.
    """

    name: str
    pooled: Analysis
    images: Mapping[str, Analysis]
    agreement: Agreement | None
    left_out: Mapping[str, str]
    warnings: tuple[str, ...]


def choose_images(
    images: Sequence[ImageParticles], measurand: str
) -> tuple[tuple[ImageParticles, ...], str, dict[str, str]]:
    """Choose the images whose sizes can be put together.

    Parameters
    ----------
    images : sequence of ImageParticles
        Names are unique.
    measurand : str
        As `resolve_measurand` takes it.

    Returns
    -------
    images : tuple of ImageParticles
    measurand : str
        With the suffix of its unit.
    left_out : dict of str to str
        Other images, with the reason: no calibration where the unit is nm, or the same image once more.

    Raises
    ------
    StatisticsError
        If there is no image, a name stands twice, or the measurand is impossible.
    """
    if not images:
        raise StatisticsError("There is no image to make statistics of; expected at least one.")
    names = [image.image for image in images]
    if len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise StatisticsError(f"Two images have the name '{twice}'; give each a name of its own.")
    base, unit = resolve_measurand(measurand, images)
    chosen: list[ImageParticles] = []
    left_out: dict[str, str] = {}
    seen: dict[tuple[str, int], str] = {}
    for image in images:
        key = (image.sha256 or "", image.page)
        if unit == "nm" and image.nm_per_px is None:
            why = f" {image.reason}" if image.reason else ""
            left_out[image.image] = f"It has no calibration, so its sizes in nm are not known.{why}"
        elif image.sha256 is not None and key in seen:
            left_out[image.image] = f"It is the same image as '{seen[key]}': its particles would count twice."
        else:
            seen[key] = image.image
            chosen.append(image)
    return tuple(chosen), f"{base}_{unit}", left_out


def analyse_sample(
    name: str,
    images: Sequence[ImageParticles],
    options: AnalysisOptions | None = None,
    *,
    full: bool = True,
) -> SampleAnalysis:
    """Analyse the images of one sample, put together and each by itself.

    Images of different magnifications are put together in nm; each keeps its own field for the edge correction and
    its own pixel size for resolution.

    Parameters
    ----------
    name : str
    images : sequence of ImageParticles
        At least one.
    options : AnalysisOptions, optional
    full : bool
        As for `analyse_particles`, of the pooled analysis.

    Returns
    -------
    SampleAnalysis

    Raises
    ------
    StatisticsError
        As `choose_images` and `analyse_particles`.
    """
    options = options or AnalysisOptions()
    chosen, measurand, left_out = choose_images(images, options.measurand)
    options = replace(options, measurand=measurand)
    pooled = analyse_particles(chosen, options, full=full)
    alone = {image.image: analyse_particles([image], options, full=False) for image in chosen}
    agreement = None
    if len(chosen) > 1:
        agreement = judge_agreement(pooled.selection.sizes, pooled.selection.image, pooled.selection.names)
    warnings = []
    if left_out:
        some = "; ".join(f"'{image}': {why}" for image, why in list(left_out.items())[:_NAMED])
        more = f" And {len(left_out) - _NAMED} more." if len(left_out) > _NAMED else ""
        warnings.append(f"{len(left_out)} of {len(images)} images are LEFT OUT. {some}{more}")
    if agreement is not None and agreement.agree is False:
        warnings.append(agreement.sentence)
    blind = _find_blind(chosen, pooled)
    warnings += [blind] if blind else []
    return SampleAnalysis(
        name,
        pooled,
        MappingProxyType(alone),
        agreement,
        MappingProxyType(left_out),
        (*warnings, *pooled.warnings),
    )


def _find_blind(images: Sequence[ImageParticles], pooled: Analysis) -> str | None:
    """Warn where an image cannot see particles that others see: pooled, the small ones are too few."""
    chosen = pooled.selection
    if pooled.nm_per_px_least is None or not chosen.sizes.size:
        return None
    diameters = chosen.diameter_px * chosen.scale
    found = []
    for number, image in enumerate(images):
        limit = SMALLEST_DIAMETER_PX * (image.nm_per_px or 0.0)
        others = (chosen.image != number) & (chosen.scale < (image.nm_per_px or 0.0) * (1 - 1e-6))
        smaller = int(np.count_nonzero(others & (diameters < limit)))
        if smaller:
            found.append((limit, image.image, smaller, int(np.count_nonzero(others))))
    if not found:
        return None
    limit, name, smaller, of = max(found)
    return (
        f"'{name}' cannot measure particles below {limit:.3g} nm ({SMALLEST_DIAMETER_PX:g} px), but {smaller} "
        f"of {of} "
        f"particles of images with finer pixels are smaller ({len(found)} of {len(images)} images are so "
        "blind): put "
        "together, small particles are too few. Use the finer images alone, or set a detection limit."
    )
