"""Writing what ``stats`` and ``compare`` found: JSON, tables and figures."""

import platform
import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np

from nanocaliper.report.figures import FigureData, FigureSet, draw_figures
from nanocaliper.report.plain_values import make_plain
from nanocaliper.report.result_folder import write_atomically
from nanocaliper.report.result_json import encode_json, find_versions
from nanocaliper.report.statistics_json import describe_comparison, describe_sample
from nanocaliper.report.statistics_keys import STATISTICS_SCHEMA
from nanocaliper.report.statistics_tables import (
    BUDGET_COLUMNS,
    COMPARISON_COLUMNS,
    SAMPLE_COLUMNS,
    iterate_budget_rows,
    iterate_comparison_rows,
    iterate_sample_rows,
)
from nanocaliper.report.tables import encode_rows
from nanocaliper.statistics.comparison import Comparison
from nanocaliper.statistics.image_particles import ImageParticles
from nanocaliper.statistics.samples import SampleAnalysis

__all__ = ["describe_statistics", "draw_statistics", "make_figure_data", "write_statistics"]


def describe_statistics(
    command: str,
    inputs: Sequence[str],
    settings: Mapping[str, Any],
    samples: Sequence[SampleAnalysis],
    images: Mapping[str, Sequence[ImageParticles]],
    comparisons: Sequence[Comparison] = (),
    *,
    version: str,
    written_at: str | None = None,
) -> dict[str, Any]:
    """Make the content of ``statistics.json``.

    Parameters
    ----------
    command : str
        ``'stats'`` or ``'compare'``.
    inputs : sequence of str
        Output folders, as given.
    settings : mapping
        Options, as given.
    samples : sequence of SampleAnalysis
    images : mapping of str to sequence of ImageParticles
        All images of each sample, by its name.
    comparisons : sequence of Comparison
    version : str
        Of the program.
    written_at : str, optional
        By default now.

    Returns
    -------
    dict
        Keys as in `STATISTICS_KEYS`.
    """
    return {
        "schema": STATISTICS_SCHEMA,
        "samples": [describe_sample(sample, images[sample.name]) for sample in samples],
        "comparisons": [describe_comparison(comparison) for comparison in comparisons],
        "provenance": {
            "version": version,
            "command": command,
            "inputs": list(inputs),
            "settings": make_plain(settings),
            "images": [
                {"image": image.image, "sha256": image.sha256}
                for sample in samples
                for image in images[sample.name]
            ],
            "libraries": find_versions(),
            "platform": f"{platform.system()} {platform.machine()}",
            "written_at": written_at or datetime.now(UTC).isoformat(timespec="seconds"),
        },
    }


def write_statistics(
    folder: Path,
    content: Mapping[str, Any],
    samples: Sequence[SampleAnalysis],
    comparisons: Sequence[Comparison] = (),
) -> tuple[Path, ...]:
    """Write the tables and, last, ``statistics.json``.

    Parameters
    ----------
    folder : Path
        It is made.
    content : mapping
        Of `describe_statistics`.
    samples : sequence of SampleAnalysis
    comparisons : sequence of Comparison

    Returns
    -------
    tuple of Path
        The files.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    tables = {
        "statistics.csv": [list(SAMPLE_COLUMNS), *iterate_sample_rows(samples)],
        "budget.csv": [list(BUDGET_COLUMNS), *iterate_budget_rows(samples)],
    }
    if comparisons:
        tables["comparison.csv"] = [list(COMPARISON_COLUMNS), *iterate_comparison_rows(comparisons)]
    for name, rows in tables.items():
        _write(folder / name, encode_rows(rows))
    _write(folder / "statistics.json", encode_json(content))
    return tuple(folder / name for name in (*tables, "statistics.json"))


def _write(path: Path, content: bytes) -> None:
    write_atomically(path, lambda file: file.write(content))


def draw_statistics(
    folder: Path, samples: Sequence[SampleAnalysis], *, compared: bool = False
) -> dict[str, FigureSet]:
    """Draw the figures of every sample, and of samples that are compared.

    Parameters
    ----------
    folder : Path
        Figures of one sample lie in it; of several, in a folder for each.
    samples : sequence of SampleAnalysis
        Those without a particle have no figures.
    compared : bool

    Returns
    -------
    dict of str to FigureSet
        By name of sample; ``''`` is the comparison.

    Raises
    ------
    OutputError
        If a file cannot be written.
    """
    shown = [sample for sample in samples if sample.pooled.selection.sizes.size]
    names = _name_folders([sample.name for sample in shown])
    sets: dict[str, FigureSet] = {}
    for sample, name in zip(shown, names, strict=True):
        here = folder if len(samples) == 1 else folder / name
        sets[sample.name] = draw_figures([make_figure_data(sample)], here)
    if compared and len(shown) > 1:
        sets[""] = draw_figures([make_figure_data(sample) for sample in shown], folder)
    return sets


def make_figure_data(sample: SampleAnalysis) -> FigureData:
    """Put together what the figures of a sample show.

    Parameters
    ----------
    sample : SampleAnalysis
        With at least one particle.

    Returns
    -------
    FigureData
    """
    pooled = sample.pooled
    chosen = pooled.selection
    flagged = () if sample.agreement is None else sample.agreement.deviations
    words = chosen.measurand.replace("_", " ")
    quantity = "Area-equivalent diameter" if words == "diameter equivalent" else words.capitalize()
    return FigureData(
        sizes=chosen.sizes,
        unit=chosen.unit,
        name=sample.name,
        quantity=quantity,
        basis=pooled.options.basis,
        intervals=pooled.intervals,
        fits=tuple(fit for fit in pooled.fits if fit.converged),
        goodness=pooled.goodness,
        modality=pooled.modality,
        shape_values=chosen.aspect_ratio,
        shape_classes=chosen.shape.tolist(),
        images=np.array(chosen.names, dtype=object)[chosen.image].tolist(),
        flagged_images={one.image for one in flagged if one.deviates},
        budget=pooled.budgets[0] if pooled.budgets else None,
    )


def _name_folders(names: Sequence[str]) -> list[str]:
    """Folder names for samples: valid everywhere, and different where upper and lower case are one."""
    made: list[str] = []
    for name in names:
        plain = re.sub(r"[^\w\-+()]+", "_", name).strip("_")[:80] or "sample"
        tried, number = plain, 2
        while tried.casefold() in {one.casefold() for one in made}:
            tried, number = f"{plain}_{number}", number + 1
        made.append(tried)
    return made
