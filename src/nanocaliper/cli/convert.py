"""``nanocaliper dataset convert``: a data set in another format."""

import os
import shutil
from pathlib import Path
from typing import Annotated

import typer

from nanocaliper.cli.dataset_options import Classes, Folder, Format, list_classes, write_files
from nanocaliper.cli.progress import ProgressView, show_name
from nanocaliper.errors import UsageError

__all__ = ["convert"]


def convert(
    folder: Folder,
    to: Annotated[
        str,
        typer.Option(metavar="labelme|coco|coco-masks|via|yolo|label-images|masks", help="Format to write."),
    ],
    out: Annotated[
        Path, typer.Option("-o", "--out", metavar="OUT", help="Folder to write to: new, or empty.")
    ],
    link: Annotated[
        bool, typer.Option("--link", help="Link images instead of copying them, where the drive allows it.")
    ] = False,
    format: Format = None,
    classes: Classes = None,
) -> None:
    """Write a data set in another format, with its images, classes, splits and folds.

    What the format has no room for is said, with the number of particles: binary masks, for example, do not tell
    touching particles apart.

    \b
    Examples:
      nanocaliper dataset convert my_particles --to coco -o my_particles_coco
      nanocaliper dataset convert exported --format yolo --to label-images -o my_particles --link

    Exit status: 0 all converted, 1 some images failed (the others are complete), 2 wrong use.
    """
    from nanocaliper.report.result_folder import report_output_errors
    from nanocaliper.training.data.annotated_folder import open_folder
    from nanocaliper.training.data.converted import TARGETS, convert_folder

    if to not in TARGETS:
        raise UsageError(f"There is no format '{to}' to convert to; expected one of {', '.join(TARGETS)}.")
    data = open_folder(folder, format=format, classes=list_classes(classes))
    data.require_complete()
    _check_target(out, folder)

    def place(source: str, target: str) -> None:
        path = out / target
        with report_output_errors(path):
            path.parent.mkdir(parents=True, exist_ok=True)
            if not (link and _link(folder / source, path)):
                shutil.copyfile(folder / source, path)

    with ProgressView("Converting") as progress:
        done = convert_folder(
            data, to, lambda path, content: write_files(out, {path: content}), place, progress.show
        )
    for sentence in done.losses.tell(to):
        typer.secho(sentence, fg="yellow")
    for name, reason in done.failed.items():
        typer.secho(f"{show_name(name)}: {reason}", fg="red", bold=True)
    typer.echo(f"{done.images} images, {done.particles} particles, {', '.join(done.classes)}: {out}")
    if done.failed:
        raise typer.Exit(1)


def _check_target(out: Path, folder: Path) -> None:
    if out.resolve().is_relative_to(folder.resolve()):
        raise UsageError(f"--out is '{out}', in the data set itself; name another folder.")
    if out.is_dir() and any(out.iterdir()):
        raise UsageError(
            f"The folder '{out}' is not empty; name a new one, so that no two data sets are mixed up."
        )
    if out.exists() and not out.is_dir():
        raise UsageError(f"'{out}' is a file; name a new folder.")


def _link(source: Path, target: Path) -> bool:
    try:
        os.link(source, target)
    except OSError:  # another drive, or a file system without links
        return False
    return True
