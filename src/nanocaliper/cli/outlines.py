"""``nanocaliper outlines``: what was measured before, in the format of another program."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from nanocaliper.cli.progress import ProgressView, show_name

if TYPE_CHECKING:
    from nanocaliper.exports.export_run import ExportResult

__all__ = ["Images", "finish_export", "outlines"]

Images = Annotated[
    Path | None,
    typer.Option(metavar="FOLDER", help="Where the images lie now.", show_default="where they were measured"),
]

_FORMATS = "imagej-roi|coco|coco-masks|labelme|labelme-embedded|label-tiff|ome-tiff|via|yolo"


def outlines(
    out: Annotated[Path, typer.Argument(metavar="OUT", help="Output folder of 'nanocaliper measure'.")],
    to: Annotated[str, typer.Option(metavar=_FORMATS, help="Format to write.")],
    target: Annotated[
        Path | None,
        typer.Option("-o", "--out", metavar="FOLDER", help="Where to write.", show_default="OUT/outlines"),
    ] = None,
    images: Images = None,
) -> None:
    """Write outlines for ImageJ, COCO tools, LabelMe, OMERO and other programs.

    Writes a file an image, or for coco, coco-masks and via one file of all images, from earlier results and
    without measuring again. The half pixel between their coordinates and ours is taken care of.

    \b
    Examples:
      nanocaliper outlines results --to imagej-roi
      nanocaliper outlines results --to coco -o annotations
      nanocaliper outlines results --to ome-tiff --images moved/here

    Exit status: 0 all written, 1 some images failed (the others are complete), 2 wrong use.
    """
    from nanocaliper.exports.export_run import export_run
    from nanocaliper.exports.formats import find_format

    chosen = find_format(to)
    folder = out / "outlines" if target is None else target
    with ProgressView("Writing outlines") as progress:
        result = export_run(out, folder, chosen, images, progress.show)
    finish_export(result, folder)


def finish_export(result: "ExportResult", folder: Path) -> None:
    """Say what was written and what failed, and end with an exit status.

    Parameters
    ----------
    result : ExportResult
    folder : Path
        Where the files lie.

    Raises
    ------
    typer.Exit
        With status 1 if images failed.
    """
    for image, reason in result.failed.items():
        typer.secho(f"{show_name(image)}: {reason}", fg="red", bold=True)
    written = "1 file" if len(result.files) == 1 else f"{len(result.files)} files"
    typer.echo(f"Written: {written} in {folder}")
    if result.failed:
        raise typer.Exit(1)
