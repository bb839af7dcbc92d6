"""What ``stats`` and ``compare`` do alike: read results, make samples, analyse, write."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import typer

from nanocaliper import __version__
from nanocaliper.cli.progress import ProgressView
from nanocaliper.errors import StatisticsError, UsageError
from nanocaliper.report.sample_lists import GROUPINGS, group_into_samples, read_sample_list
from nanocaliper.report.statistics_folder import describe_statistics, draw_statistics, write_statistics
from nanocaliper.report.stored_results import read_runs
from nanocaliper.statistics.analysis_options import AnalysisOptions
from nanocaliper.statistics.comparison import Comparison
from nanocaliper.statistics.image_particles import ImageParticles
from nanocaliper.statistics.samples import SampleAnalysis, analyse_sample

__all__ = ["SampleRun", "analyse_runs", "finish_run"]

_NAMED = 10


@dataclass(frozen=True)
class SampleRun:
    """Samples that were analysed.

    Parameters
    ----------
    samples : tuple of SampleAnalysis
    images : mapping of str to list of ImageParticles
        All images of each sample, by its name.
    notes : tuple of str
        Images and samples that are not in them, with the reason.
    incomplete : bool
        Whether images that were measured are left out.
    """

    samples: tuple[SampleAnalysis, ...]
    images: Mapping[str, Sequence[ImageParticles]]
    notes: tuple[str, ...]
    incomplete: bool


def analyse_runs(outs: Sequence[Path], by: str, listed: Path | None, options: AnalysisOptions) -> SampleRun:
    """Read results and analyse their samples.

    Parameters
    ----------
    outs : sequence of Path
        Output folders.
    by : str
        A name of `GROUPINGS`.
    listed : Path or None
        Table of samples, instead.
    options : AnalysisOptions

    Returns
    -------
    SampleRun

    Raises
    ------
    NanocaliperError
        If results cannot be read, an option makes no sense, or no sample can be analysed.
    """
    if by not in GROUPINGS:
        meanings = "; ".join(f"{name}: {meaning}" for name, meaning in GROUPINGS.items())
        raise UsageError(f"--by is '{by}'; expected one of these. {meanings}.")
    runs = read_runs(outs)
    groups, not_listed = group_into_samples(runs, by, None if listed is None else read_sample_list(listed))
    failed = {image: why for run in runs for image, why in run.failed.items()}
    notes = []
    if failed:
        notes.append(
            f"{len(failed)} images could not be measured and are in no statistic: {_name_some(list(failed))}."
        )
    if not_listed:
        notes.append(f"{len(not_listed)} images are in no sample of the list: {_name_some(not_listed)}.")
    if not groups:
        raise StatisticsError(
            f"There is no measured image in {', '.join(map(str, outs))}: {len(failed)} could not be measured. "
            "See the column 'error' of summary.csv."
        )
    samples, errors = [], []
    with ProgressView("Analysing") as progress:
        for number, (name, images) in enumerate(groups.items(), 1):
            particles = sum(len(image.table) for image in images)
            outcome = f"{_count(particles, 'particle')} of {_count(len(images), 'image')}"
            try:
                samples.append(analyse_sample(name, images, options))
            except StatisticsError as error:
                errors.append((name, error))
                outcome = "failed"
            progress.show(number, len(groups), name, outcome)
    if errors and not samples:
        raise errors[0][1]
    notes += [f"Sample '{name}' could not be analysed: {error}" for name, error in errors]
    incomplete = bool(errors or not_listed or any(sample.left_out for sample in samples))
    return SampleRun(tuple(samples), groups, tuple(notes), incomplete)


def finish_run(
    command: str,
    outs: Sequence[Path],
    folder: Path,
    settings: Mapping[str, Any],
    run: SampleRun,
    comparisons: Sequence[Comparison],
    *,
    figures: bool,
) -> None:
    """Write files and figures, say where, and end with an exit status.

    Parameters
    ----------
    command : str
    outs : sequence of Path
        Output folders that were read.
    folder : Path
        Where to write.
    settings : mapping
        Options as given.
    run : SampleRun
    comparisons : sequence of Comparison
    figures : bool

    Raises
    ------
    typer.Exit
        With status 1 if images were left out.
    OutputError
        If a file cannot be written.
    """
    inputs = [str(out) for out in outs]
    content = describe_statistics(
        command, inputs, settings, run.samples, run.images, comparisons, version=__version__
    )
    paths = write_statistics(folder, content, run.samples, comparisons)
    drawn = 0
    if figures:
        sets = draw_statistics(folder, run.samples, compared=command == "compare")
        drawn = sum(len(found.drawn) for found in sets.values())
    for note in run.notes:
        typer.secho(note, fg="red", bold=True)
    typer.echo(f"Written: {', '.join(str(path) for path in paths)}")
    if drawn:
        typer.echo(f"Figures: {drawn} in {folder}")
    if run.incomplete:
        raise typer.Exit(1)


def _name_some(names: Sequence[str]) -> str:
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    return ", ".join(names[:_NAMED]) + more


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
