"""``nanocaliper measure``: measure images."""

from pathlib import Path
from typing import Annotated

import typer

from nanocaliper.calibration.options import DEFAULT_SCALE_METHOD
from nanocaliper.cli.scale_options import (
    NmPerPx,
    ScaleMethod,
    ScaleSource,
    ScaleUncertainty,
    check_page,
    check_scale,
)
from nanocaliper.cli.statistics_options import BudgetFile, Repeatability, make_options
from nanocaliper.errors import UsageError

__all__ = ["measure", "run_measure"]


def measure(
    inputs: Annotated[
        list[str],
        typer.Argument(metavar="INPUT", help="Image files, folders, or patterns such as '*.tif'."),
    ],
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="Folder for the results.")] = Path(
        "results"
    ),
    model: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="A network that 'nanocaliper models' lists, a model folder, or 'threshold' (no network).",
            show_default="the shipped network",
        ),
    ] = None,
    nm_per_px: NmPerPx = None,
    scale_uncertainty: ScaleUncertainty = None,
    scale_source: ScaleSource = "auto",
    scale_method: ScaleMethod = DEFAULT_SCALE_METHOD,
    confidence: Annotated[
        float | None,
        typer.Option(
            metavar="C",
            help="Leave out (and count) particles with a lower score, 0 to 1.",
            show_default="the model's own value",
        ),
    ] = None,
    split: Annotated[
        float,
        typer.Option(
            metavar="S", help="Part touching particles more (up to 3) or less (down to -3) readily."
        ),
    ] = 0.0,
    parting: Annotated[
        str | None,
        typer.Option(
            metavar="WAY",
            help="Of a semantic network: part particles by 'components' or 'watershed'.",
            show_default="the model's own",
        ),
    ] = None,
    diameter_min_px: Annotated[
        float | None,
        typer.Option(
            metavar="D",
            help="Leave out (and count) particles of a smaller area-equivalent diameter, px.",
            show_default="none",
        ),
    ] = None,
    diameter_min_nm: Annotated[
        float | None, typer.Option(metavar="D", help="The same in nm.", show_default="none")
    ] = None,
    border: Annotated[
        str, typer.Option(metavar="RULE", help="Particles cut by the border: 'leave_out' or 'count'.")
    ] = "leave_out",
    workers: Annotated[int, typer.Option(metavar="N", help="Images measured at the same time.")] = 1,
    page: Annotated[int, typer.Option(metavar="N", help="Page of files with several, from 0.")] = 0,
    repeatability: Repeatability = None,
    budget: BudgetFile = None,
) -> None:
    """Measure the particles of images.

    Writes OUT/summary.csv (a row an image), OUT/particles.csv (a row a particle) and, in a folder for each
    image, overlay.png (look at it!), labels.tif, particles.csv and result.json. Run again after an
    interruption: what is complete is kept.

    \b
    Examples:
      nanocaliper measure image.tif
      nanocaliper measure folder -o sizes
      nanocaliper measure 'day1/*.tif' day2 --nm-per-px 0.42 --workers 4

    Exit status: 0 all images measured, 1 some failed (the others are complete), 2 wrong use.
    """
    run_measure(
        inputs,
        out,
        model,
        nm_per_px,
        confidence,
        workers,
        page,
        scale_uncertainty=scale_uncertainty,
        scale_source=scale_source,
        scale_method=scale_method,
        split=split,
        parting=parting,
        diameter_min_px=diameter_min_px,
        diameter_min_nm=diameter_min_nm,
        border=border,
        repeatability=repeatability,
        budget=budget,
    )


def run_measure(
    inputs: list[str],
    out: Path,
    model: str | None = None,
    nm_per_px: float | None = None,
    confidence: float | None = None,
    workers: int = 1,
    page: int = 0,
    *,
    scale_uncertainty: float | None = None,
    scale_source: str = "auto",
    scale_method: str = DEFAULT_SCALE_METHOD,
    split: float = 0.0,
    parting: str | None = None,
    diameter_min_px: float | None = None,
    diameter_min_nm: float | None = None,
    border: str = "leave_out",
    repeatability: float | None = None,
    budget: Path | None = None,
) -> None:
    """Measure, show progress and results, and end with an exit status.

    Parameters
    ----------
    inputs : list of str
        Files, folders, patterns.
    out : Path
        Output folder.
    model : str or None
        None for the default network.
    nm_per_px, confidence : float or None
        As in `nanocaliper.pipeline.measure`.
    workers, page : int
    scale_uncertainty, scale_source, scale_method
        As in `nanocaliper.pipeline.measure`.
    split, parting, diameter_min_px, diameter_min_nm, border
        As in `nanocaliper.pipeline.measure`.
    repeatability : float or None
        As in `nanocaliper.pipeline.measure`.
    budget : Path or None
        File with edits of the uncertainty budget.

    Raises
    ------
    typer.Exit
        Unless all images were measured: status 1, or 130 if interrupted.
    NanocaliperError
        If an option makes no sense, there is no image, or the results cannot be written.
    """
    check_scale(nm_per_px, scale_uncertainty, scale_source, scale_method)
    _check(confidence, workers)
    check_page(page)
    from functools import partial

    from nanocaliper import pipeline
    from nanocaliper.batch import measure_many
    from nanocaliper.cli.show import RunView
    from nanocaliper.inference.catalogue import DEFAULT_MODEL
    from nanocaliper.micrograph.find import find_images
    from nanocaliper.particles.filters import ParticleLimits, read_border_rule
    from nanocaliper.segmentation.parting import PartingOptions

    chosen = DEFAULT_MODEL if model is None else model
    PartingOptions(split, parting).check(chosen)
    limits = ParticleLimits(confidence, diameter_min_px, diameter_min_nm, read_border_rule(border))
    asked = make_options(budget, repeatability=repeatability)
    paths = find_images(inputs)
    measure_one = partial(
        pipeline.measure,
        model=chosen,
        nm_per_px=nm_per_px,
        scale_uncertainty=scale_uncertainty,
        scale_source=scale_source,
        scale_method=scale_method,
        confidence=confidence,
        page=page,
        split=split,
        parting=parting,
        diameter_min_px=diameter_min_px,
        diameter_min_nm=diameter_min_nm,
        border=limits.border,
        repeatability=repeatability,
        budget={name: dict(row) for name, row in asked.edits.items()} or None,
    )
    view = RunView()
    try:
        with view:
            result = measure_many(paths, out, measure_one, workers=workers, progress=view.update)
    except KeyboardInterrupt:
        typer.echo(
            f"Interrupted: {view.done} of {len(paths)} images are done and kept in '{out}'; run the same "
            "command again to go on.",
            err=True,
        )
        raise typer.Exit(130) from None
    view.show(result)
    if result.failed:
        raise typer.Exit(1)


def _check(confidence: float | None, workers: int) -> None:
    if confidence is not None and not 0 <= confidence <= 1:
        raise UsageError(f"--confidence is {confidence:g}; expected a number from 0 to 1, for example 0.5.")
    if workers < 1:
        raise UsageError(f"--workers is {workers}; expected 1 or more.")
