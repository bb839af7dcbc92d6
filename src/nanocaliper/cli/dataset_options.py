"""Options that the commands of ``nanocaliper dataset`` share, and writing their files."""

from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import IO, Annotated

import typer

from nanocaliper.errors import UsageError

__all__ = ["Classes", "Folder", "Format", "list_classes", "write_files"]

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Images with their annotations.")]
Format = Annotated[
    str | None,
    typer.Option(
        metavar="labelme|coco|via|yolo|label-images|masks",
        help="Format of the annotations.",
        show_default="found from the folder",
    ),
]
Classes = Annotated[
    str | None,
    typer.Option(metavar="A,B,...", help="Names of the classes.", show_default="those of the data"),
]


def list_classes(text: str | None) -> tuple[str, ...] | None:
    """Names of classes as the command line has them.

    Raises
    ------
    UsageError
        If one is empty or stands twice.
    """
    if text is None:
        return None
    names = tuple(name.strip() for name in text.split(","))
    if not all(names) or len({name.lower() for name in names}) < len(names):
        raise UsageError(f"--classes is '{text}'; expected names, each once, with commas between them.")
    return names


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files by their paths below a folder, each whole or not at all.

    Raises
    ------
    OutputError
        If one cannot be written.
    """
    from nanocaliper.report.result_folder import write_atomically

    for name, content in files.items():
        write_atomically(folder / name, partial(_put, content))


def _put(content: bytes, file: IO[bytes]) -> None:
    file.write(content)
