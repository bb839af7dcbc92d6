"""``nanocaliper compare``: samples side by side."""

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

__all__ = ["compare"]


def compare(
    outs: Annotated[
        list[Path],
        typer.Argument(
            metavar="OUT", help="Output folders of 'nanocaliper measure', each a sample unless --by says."
        ),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="FOLDER", help="Where to write.")] = Path(
        "comparison"
    ),
    by: Annotated[str, typer.Option(metavar="run|folder|image", help="Which images are one sample.")] = "run",
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
    """Compare two or more samples: differences with intervals, effect sizes, tests.

    Every two samples are compared. Where both have several images, an image counts as one observation, for
    particles that lie together are alike; p values are corrected for the number of pairs.

    \b
    Examples:
      nanocaliper compare before after
      nanocaliper compare a b c -o abc --measurand feret_max
      nanocaliper compare results --by folder

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
    from nanocaliper.cli.statistics_view import show_comparisons, show_samples
    from nanocaliper.errors import UsageError
    from nanocaliper.statistics.comparison import compare_samples

    run = analyse_runs(outs, by, samples, options)
    if len(run.samples) < 2:
        raise UsageError(
            f"There is {len(run.samples)} sample to compare; expected at least two: give several output "
            "folders, or say with --by folder, --by image or --samples which images are one sample."
        )
    comparisons = compare_samples(run.samples)
    show_samples(run.samples, brief=True)
    show_comparisons(comparisons)
    chosen = {"by": by, "samples": samples, "budget": budget, **settings}
    finish_run("compare", outs, out, chosen, run, comparisons, figures=not no_figures)
