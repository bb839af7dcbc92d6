"""``nanocaliper synthesize``: simulated micrographs with exact truth."""

import re
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from nanocaliper.errors import UsageError

__all__ = ["synthesize"]


class _Kind(StrEnum):
    SEM = "SEM"
    TEM = "TEM"


def synthesize(
    out: Annotated[Path, typer.Option("-o", "--out", metavar="OUT", help="Folder for the images.")] = Path(
        "simulated"
    ),
    count: Annotated[int, typer.Option(metavar="N", help="Number of images.")] = 10,
    seed: Annotated[int, typer.Option(metavar="S", help="The same seed gives the same images.")] = 0,
    kind: Annotated[
        _Kind | None, typer.Option(case_sensitive=False, help="Kind of contrast.", show_default="both")
    ] = None,
    shape: Annotated[str, typer.Option(metavar="RxC", help="Rows and columns in px.")] = "512x640",
) -> None:
    """Simulate micrographs whose particles and scale are known exactly.

    Writes each image, its labels (NAME.labels.png), its particles (NAME.truth.csv) and truth.json.

    \b
    Examples:
      nanocaliper synthesize -o simulated --count 20 --seed 1
      nanocaliper synthesize -o tem --kind TEM --shape 1024x1024
    """
    size = re.fullmatch(r"(\d+)\s*[xX×,]\s*(\d+)", shape.strip())
    if size is None:
        raise UsageError(f"--shape is '{shape}'; expected rows and columns in px, for example 512x640.")
    from nanocaliper.synthesis.write import write_set

    try:
        truth = write_set(
            out,
            count,
            seed,
            kind=None if kind is None else kind.value,
            shape=(int(size[1]), int(size[2])),
            progress=lambda done, total: typer.echo(f"[{done}/{total}] simulated", err=True),
        )
    except KeyboardInterrupt:
        typer.echo(f"Interrupted: the images so far lie in '{out}', without truth.json.", err=True)
        raise typer.Exit(130) from None
    typer.echo(f"{count} images with their truth: {truth}")
