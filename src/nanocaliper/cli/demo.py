"""``nanocaliper demo``: measure example images whose truth is known."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from nanocaliper.batch import Outcome

__all__ = ["demo"]


def demo(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="Folder for the demo.")] = Path(
        "nanocaliper-demo"
    ),
    model: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="As in 'nanocaliper measure'.", show_default="the shipped network"),
    ] = None,
) -> None:
    """Measure simulated example images, and compare with the truth.

    Writes the images with their truth to OUT/images and the results to OUT/results. The scale is read from
    the printed bars, as it would be on your own images.

    \b
    Example:
      nanocaliper demo
    """
    from functools import partial

    from nanocaliper import pipeline
    from nanocaliper.batch import measure_many
    from nanocaliper.cli.show import RunView, align
    from nanocaliper.inference.catalogue import DEFAULT_MODEL
    from nanocaliper.synthesis.examples import write_example_set

    truth_file = write_example_set(out / "images")
    truth = json.loads(truth_file.read_text(encoding="utf-8"))["images"]
    paths = [truth_file.parent / entry["image"] for entry in truth]
    measured: dict[str, Mapping[str, str]] = {}
    measure_one = partial(pipeline.measure, model=DEFAULT_MODEL if model is None else model)
    view = RunView()

    def update(done: int, total: int, outcome: "Outcome") -> None:
        view.update(done, total, outcome)
        measured[outcome.image.path.name] = outcome.row

    try:
        with view:
            result = measure_many(paths, out / "results", measure_one, progress=update)
    except KeyboardInterrupt:
        typer.echo("Interrupted: run 'nanocaliper demo' again to go on.", err=True)
        raise typer.Exit(130) from None
    rows = [["image", "particles", "true", "mean diameter", "true", "difference", "scale", "true"]]
    for entry, path in zip(truth, paths, strict=True):
        rows.append(_compare(entry["image"], entry["nm_per_px"], path, measured[path.name]))
    typer.echo(align(rows, right=(1, 2, 3, 4, 5, 6, 7)))
    for path in paths:
        if measured[path.name]["error"]:
            typer.echo(f"Failed: {path.name}: {measured[path.name]['error']}", err=True)
        elif measured[path.name]["warnings"]:
            typer.echo(f"Note on {path.name}: {measured[path.name]['warnings']}")
    typer.echo(f"Now look at the outlines: {result.out / Path(truth[0]['image']).stem / 'overlay.png'}")
    typer.echo(
        f"All results: {result.out / 'summary.csv'}. Your own images: nanocaliper measure IMAGE -o OUT"
    )
    if result.failed:
        raise typer.Exit(1)


def _compare(image: str, true_nm_per_px: float, path: Path, row: Mapping[str, str]) -> list[str]:
    """Compare the whole particles measured with the whole ones of the truth."""
    import pandas as pd

    table = pd.read_csv(path.with_name(f"{path.stem}.truth.csv"))
    whole = table[~table["touches_border"]]
    true_mean = float(whole["diameter_equivalent_nm"].mean())
    true_cells = (str(len(whole)), f"{true_mean:.1f} nm", f"{true_nm_per_px:g} nm/px")
    if not row["diameter_mean_nm"]:
        found = "failed" if row["status"] == "failed" else "no scale"
        return [image, row["particles"], true_cells[0], found, true_cells[1], "", "", true_cells[2]]
    mean = float(row["diameter_mean_nm"])
    return [
        image,
        row["particles"],
        true_cells[0],
        f"{mean:.1f} nm",
        true_cells[1],
        f"{100 * (mean / true_mean - 1):+.1f} %",
        f"{float(row['nm_per_px']):.4g} nm/px",
        true_cells[2],
    ]
