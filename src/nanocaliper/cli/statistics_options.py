"""The options of statistics, the same in every command that has them."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from nanocaliper.statistics.analysis_options import AnalysisOptions

__all__ = [
    "Basis",
    "BudgetFile",
    "DetectionLimit",
    "IncludeBorder",
    "Measurand",
    "NoFigures",
    "Precision",
    "Repeatability",
    "SamplesFile",
    "Seed",
    "Shape",
    "make_options",
]

Measurand = Annotated[
    str,
    typer.Option(
        metavar="NAME",
        help="A length of particles.csv, such as feret_min or feret_max_nm; without a unit: nm where there is a "
        "scale.",
    ),
]
Basis = Annotated[
    str,
    typer.Option(
        metavar="number|area|volume", help="What the statistics count: particles, their area or volume."
    ),
]
Precision = Annotated[
    float,
    typer.Option(
        metavar="P", help="Wanted half-width of the interval over the value, for example 0.03 for ±3 %."
    ),
]
Repeatability = Annotated[
    float | None,
    typer.Option(
        metavar="R",
        help="Relative standard deviation when all is repeated, for the uncertainty budget.",
        show_default="not known",
    ),
]
BudgetFile = Annotated[
    Path | None,
    typer.Option(metavar="EDITS.toml", help="Your own rows of the uncertainty budget.", show_default="none"),
]
IncludeBorder = Annotated[
    bool,
    typer.Option("--include-border", help="Count particles that the border cuts, as if they were whole."),
]
Shape = Annotated[
    str | None, typer.Option(metavar="CLASS", help="Only particles of this class.", show_default="all")
]
DetectionLimit = Annotated[
    float | None,
    typer.Option(
        metavar="X",
        help="Smallest size that is seen for sure, in nm (px without a scale): smaller particles are left out.",
        show_default="none",
    ),
]
Seed = Annotated[
    int | None,
    typer.Option(metavar="S", help="Seed of the resampling.", show_default="made from the sizes"),
]
SamplesFile = Annotated[
    Path | None,
    typer.Option(metavar="FILE", help="CSV with columns image and sample.", show_default="none"),
]
NoFigures = Annotated[bool, typer.Option("--no-figures", help="Write no figures.")]


def make_options(budget: Path | None, **settings: Any) -> "AnalysisOptions":
    """Make the settings of an analysis from options.

    Parameters
    ----------
    budget : Path or None
        File with edits of the uncertainty budget.
    **settings
        Fields of `AnalysisOptions`.

    Returns
    -------
    AnalysisOptions

    Raises
    ------
    NanocaliperError
        If a setting is impossible or the file cannot be read.
    """
    from nanocaliper.statistics.analysis_options import AnalysisOptions
    from nanocaliper.statistics.uncertainty_edits import read_edits

    return AnalysisOptions(**settings, edits=read_edits(budget) if budget is not None else {})
