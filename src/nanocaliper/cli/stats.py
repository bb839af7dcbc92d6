"""``nanocaliper stats``: statistics of what was measured before."""

from pathlib import Path
from typing import Annotated

import typer

from nanocaliper.cli.statistics_options import (
    Basis,
    BudgetFile,
    DetectionLimit,
    IncludeBorder,
    Measurand,
    NoFigures,
    Precision,
    Repeatability,
    SamplesFile,
    Seed,
    Shape,
    make_options,
)

__all__ = ["stats"]


def stats(
    outs: Annotated[
        list[Path], typer.Argument(metavar="OUT", help="Output folders of 'nanocaliper measure'.")
    ],
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FOLDER", help="Where to write.", show_default="OUT/statistics"),
    ] = None,
    by: Annotated[
        str, typer.Option(metavar="all|folder|image|run", help="Which images are one sample.")
    ] = "all",
    samples: SamplesFile = None,
    measurand: Measurand = "diameter_equivalent",
    basis: Basis = "number",
    precision: Precision = 0.05,
    repeatability: Repeatability = None,
    budget: BudgetFile = None,
    include_border: IncludeBorder = False,
    shape: Shape = None,
    detection_limit: DetectionLimit = None,
    seed: Seed = None,
    no_figures: NoFigures = False,
) -> None:
    """Make statistics of earlier results, without measuring again.

    Puts the images of a sample together and writes statistics.json, statistics.csv, budget.csv and figures:
    sizes with confidence intervals, edge correction, fits, whether there are enough particles, whether the
    images agree, the uncertainty budget, and the screening after the EU definition of nanomaterial.

    \b
    Examples:
      nanocaliper stats results
      nanocaliper stats day1 day2 -o both --precision 0.03
      nanocaliper stats results --samples samples.csv --measurand feret_min --basis volume

    Exit status: 0 all well, 1 some images were left out (the others are complete), 2 wrong use.
    """
    settings = {
        "measurand": measurand,
        "basis": basis,
        "precision": precision,
        "repeatability": repeatability,
        "include_border": include_border,
        "shape": shape,
        "detection_limit": detection_limit,
        "seed": seed,
    }
    options = make_options(budget, **settings)
    from nanocaliper.cli.sample_runs import analyse_runs, finish_run
    from nanocaliper.cli.statistics_view import show_samples

    run = analyse_runs(outs, by, samples, options)
    target = out or (outs[0] / "statistics" if len(outs) == 1 else Path("statistics"))
    show_samples(run.samples)
    chosen = {"by": by, "samples": samples, "budget": budget, **settings}
    finish_run("stats", outs, target, chosen, run, (), figures=not no_figures)
