"""What ``report`` does: read results, make samples, write files."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from pathlib import Path

import typer

from nanocaliper.errors import UsageError
from nanocaliper.report.make_report import REPORT_FORMATS, encode_report, make_report, write_encoded
from nanocaliper.report.report_details import ReportDetails, read_details
from nanocaliper.report.report_material import ReportImage, gather_images
from nanocaliper.report.sample_lists import GROUPINGS, group_into_samples, read_sample_list
from nanocaliper.report.stored_results import StoredRun, read_runs
from nanocaliper.statistics.analysis_options import AnalysisOptions

__all__ = ["choose_paths", "run_report"]


def choose_paths(out: Path | None, formats: str | None, folders: Sequence[Path]) -> dict[Path, str]:
    """Choose which files to write.

    Parameters
    ----------
    out : Path or None
        A file with the suffix of a format, or a folder; None for the one output folder, or for here.
    formats : str or None
        Names of formats, separated by commas.
    folders : sequence of Path
        Output folders.

    Returns
    -------
    dict of Path to str
        Format by path.

    Raises
    ------
    UsageError
        If a format is unknown, or contradicts the file's suffix.
    """
    wanted = [one.strip().lower().lstrip(".") for one in (formats or "").split(",") if one.strip()]
    unknown = [one for one in wanted if one not in REPORT_FORMATS]
    if unknown:
        raise UsageError(f"--format has '{unknown[0]}'; expected one or more of {', '.join(REPORT_FORMATS)}.")
    suffix = "" if out is None else out.suffix.lower().lstrip(".")
    if out is not None and suffix and not out.is_dir():
        if suffix not in REPORT_FORMATS:
            raise UsageError(
                f"-o is '{out}'; expected a folder, or a file that ends with .{', .'.join(REPORT_FORMATS)}."
            )
        if wanted and set(wanted) != {suffix}:
            raise UsageError(
                f"-o is '{out}', but --format is '{formats}': give a folder for several formats."
            )
        return {out: suffix}
    folder = out if out is not None else folders[0] if len(folders) == 1 else Path()
    return {folder / f"report.{kind}": kind for kind in dict.fromkeys(wanted or ["docx"])}


def run_report(
    folders: Sequence[Path],
    names: Mapping[Path, str],
    by: str,
    listed: Path | None,
    details: Path | None,
    given: Mapping[str, str | None],
    options: AnalysisOptions,
    paths: Mapping[Path, str],
) -> None:
    """Make the report and write it.

    Parameters
    ----------
    folders : sequence of Path
        Output folders.
    names : mapping of Path to str
        Sample of those that were named.
    by : str
        A name of `GROUPINGS`, for the others.
    listed : Path or None
        Table of samples, instead.
    details : Path or None
    given : mapping of str to (str or None)
        Fields of the report from options; they go before those of the details.
    options : AnalysisOptions
    paths : mapping of Path to str
        Files to write, and their format.

    Raises
    ------
    typer.Exit
        With status 1 if images were left out.
    NanocaliperError
        If results cannot be read, an option makes no sense, or a file cannot be written.
    """
    if by not in GROUPINGS:
        meanings = "; ".join(f"{name}: {meaning}" for name, meaning in GROUPINGS.items())
        raise UsageError(f"--by is '{by}'; expected one of these. {meanings}.")
    stated = read_details(details) if details is not None else ReportDetails()
    fields = {"date": date.today().isoformat(), **stated.report}
    fields |= {name: value for name, value in given.items() if value}
    runs = read_runs(folders)
    samples, not_listed = _make_samples(runs, names, by, listed)
    failed = {image: why for run in runs for image, why in run.failed.items()}
    failed |= dict.fromkeys(not_listed, "It is in no sample of the list.")
    content = make_report(samples, replace(stated, report=fields), options=options, failed=failed)
    # All are made before the first is written: a missing package leaves no half of a report.
    for path, encoded in {path: encode_report(content, kind) for path, kind in paths.items()}.items():
        write_encoded(encoded, path)
    typer.echo(f"Written: {', '.join(map(str, paths))}")
    if failed:
        typer.secho(f"{len(failed)} images are in no statistic; the report says why.", fg="red", bold=True)
    if failed or any(sample["left_out"] for sample in content.statistics["samples"]):
        raise typer.Exit(1)


def _make_samples(
    runs: Sequence[StoredRun], names: Mapping[Path, str], by: str, listed: Path | None
) -> tuple[dict[str, tuple[ReportImage, ...]], tuple[str, ...]]:
    others = [run for run in runs if run.out not in names]
    samples: dict[str, tuple[ReportImage, ...]] = {}
    for run in runs:
        if run.out in names:
            name = names[run.out]
            samples[name] = (*samples.get(name, ()), *gather_images(run.images, runs))
    groups, not_listed = (
        group_into_samples(others, by, None if listed is None else read_sample_list(listed))
        if others
        else ({}, ())
    )
    for name, images in groups.items():
        samples[name] = (*samples.get(name, ()), *gather_images(images, runs))
    return samples, not_listed
