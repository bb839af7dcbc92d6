"""``nanocaliper report``: the report of what was measured before."""

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from nanocaliper.cli.statistics_options import (
    Basis,
    BudgetFile,
    DetectionLimit,
    IncludeBorder,
    Measurand,
    Precision,
    Repeatability,
    SamplesFile,
    Seed,
    Shape,
    make_options,
)
from nanocaliper.errors import UsageError

__all__ = ["report"]


def report(
    outs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="OUT", help="Output folders of 'nanocaliper measure'.", show_default=False),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option(
            "-o", "--out", metavar="FILE|FOLDER", help="Where to write.", show_default="report.docx in OUT"
        ),
    ] = None,
    formats: Annotated[
        str | None,
        typer.Option("--format", metavar="docx,html,xlsx,json", help="Kinds of file.", show_default="docx"),
    ] = None,
    title: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Title of the report.", show_default="a plain one")
    ] = None,
    named: Annotated[
        list[str] | None,
        typer.Option(
            "--sample", metavar="NAME=OUT", help="An output folder and the sample it is of; repeat it."
        ),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="all|folder|image|run", help="Which images are one sample.")
    ] = "all",
    samples: SamplesFile = None,
    details: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE.toml", help="What the laboratory says: see docs/report.md.", show_default="none"
        ),
    ] = None,
    date: Annotated[
        str | None,
        typer.Option(
            metavar="DATE", help="Date of the report.", show_default="that of the details, or today"
        ),
    ] = None,
    measurand: Measurand = "diameter_equivalent",
    basis: Basis = "number",
    precision: Precision = 0.05,
    repeatability: Repeatability = None,
    budget: BudgetFile = None,
    include_border: IncludeBorder = False,
    shape: Shape = None,
    detection_limit: DetectionLimit = None,
    seed: Seed = None,
) -> None:
    """Write the report of earlier results: editable Word, a printable page, a workbook.

    The report says what was measured and how, with statistics, uncertainty budget, charts that Word can edit,
    and a checklist of what a laboratory adds. It needs the extra 'workbench'.

    \b
    Examples:
      nanocaliper report results
      nanocaliper report results -o sizes.docx --details details.toml
      nanocaliper report --sample before=day1 --sample after=day2 --format docx,xlsx -o reports

    Exit status: 0 all well, 1 some images were left out (the others are complete), 2 wrong use.
    """
    options = make_options(
        budget,
        measurand=measurand,
        basis=basis,
        precision=precision,
        repeatability=repeatability,
        include_border=include_border,
        shape=shape,
        detection_limit=detection_limit,
        seed=seed,
    )
    from nanocaliper.cli.report_run import choose_paths, run_report

    folders, names = _sort_folders(outs or [], named or [])
    paths = choose_paths(out, formats, folders)
    run_report(folders, names, by, samples, details, {"title": title, "date": date}, options, paths)


def _sort_folders(outs: Sequence[Path], named: Sequence[str]) -> tuple[list[Path], dict[Path, str]]:
    """All folders once, and the samples of those that were named."""
    names: dict[Path, str] = {}
    for one in named:
        name, found, folder = one.partition("=")
        if not found or not name.strip() or not folder.strip():
            raise UsageError(
                f"--sample is '{one}'; expected a name and an output folder, such as gold=results."
            )
        if Path(folder) in names:
            raise UsageError(f"--sample names '{folder}' twice; expected one sample for each output folder.")
        names[Path(folder)] = name.strip()
    folders = list(dict.fromkeys((*outs, *names)))
    if not folders:
        raise UsageError("There is nothing to report on; expected an output folder of 'nanocaliper measure'.")
    return folders, names
