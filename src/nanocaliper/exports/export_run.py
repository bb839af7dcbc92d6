"""Writing the outlines of all images of an output folder in one format."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from nanocaliper.errors import NanocaliperError, ReadError
from nanocaliper.exports.annotated_image import AnnotatedImage
from nanocaliper.exports.export_format import ExportFormat
from nanocaliper.exports.stored_image import read_original, read_stored_image
from nanocaliper.report.result_folder import write_atomically
from nanocaliper.report.stored_results import find_result_folders

__all__ = ["ExportResult", "StoredFolder", "export_run", "list_stored"]

#: Called with the number of images done, of all, the image's name and what became of it.
Progress = Callable[[int, int, str, str], None]


@dataclass(frozen=True)
class StoredFolder:
    """Where the results of an image lie.

    Parameters
    ----------
    image : str
        Its name in the tables; empty for a folder that stands alone.
    folder : Path
    below : str
        The folder below the output folder, with ``/``: what files of this image are called.
    """

    image: str
    folder: Path
    below: str


@dataclass(frozen=True)
class ExportResult:
    """What was written.

    Parameters
    ----------
    files : tuple of Path
    failed : dict of str to str
        Images whose outlines could not be written, with the reason.
    """

    files: tuple[Path, ...]
    failed: dict[str, str]


def list_stored(out: Path) -> list[StoredFolder]:
    """List the images of an output folder.

    Parameters
    ----------
    out : Path
        An output folder of ``measure``, or the folder of one image in it.

    Returns
    -------
    list of StoredFolder

    Raises
    ------
    ReadError
        If it holds no measured image, or names folders outside of it.
    """
    folders, failed = find_result_folders(out)
    if not folders:
        raise ReadError(
            f"No image in '{out}' was measured, {len(failed)} failed: there are no outlines to write."
        )
    return [StoredFolder(image, folder, _name_below(out, folder, image)) for image, folder in folders]


def _name_below(out: Path, folder: Path, image: str) -> str:
    if not image:
        return out.resolve().name
    # A table from elsewhere could name any place, and files are written to where it says.
    if ".." in folder.parts[len(out.parts) :] or not folder.is_relative_to(out):
        raise ReadError(
            f"'{out / 'summary.csv'}' names a folder outside of '{out}': it was changed. Measure again."
        )
    return folder.relative_to(out).as_posix()


def export_run(
    out: Path,
    target: Path,
    chosen: ExportFormat,
    images: Path | None = None,
    progress: Progress | None = None,
) -> ExportResult:
    """Write the outlines of all images of an output folder.

    Parameters
    ----------
    out : Path
        An output folder of ``measure``, or the folder of one image in it.
    target : Path
        Folder to write to; it is made.
    chosen : ExportFormat
    images : Path, optional
        Where the images lie now; for formats that hold their pixels.
    progress : callable, optional
        Called after each image.

    Returns
    -------
    ExportResult
        An image that fails does not keep the others.

    Raises
    ------
    ReadError
        If `out` holds no results.
    OutputError
        If a file cannot be written.
    """
    stored = list_stored(out)
    files: list[Path] = []
    failed: dict[str, str] = {}

    def read_each() -> Iterator[tuple[StoredFolder, AnnotatedImage]]:
        for number, one in enumerate(stored, 1):
            name = one.image or one.below
            try:
                image = _read(one, chosen, images)
            except NanocaliperError as error:
                failed[name] = str(error)
                outcome = "failed"
            else:
                yield one, image
                outcome = f"{len(image.ids)} particles"
            if progress is not None:
                progress(number, len(stored), name, outcome)

    def write(name: str, content: bytes) -> None:
        write_atomically(target / name, lambda file: file.write(content))
        files.append(target / name)

    if chosen.several:
        content = chosen.encode(image for _, image in read_each())
        if len(failed) < len(stored):
            write(f"outlines{chosen.suffix}", content)
    else:
        for one, image in read_each():
            write(one.below + chosen.suffix, chosen.encode([image]))
    for name, content in chosen.beside.items():
        if files:
            write(name, content)
    return ExportResult(tuple(files), failed)


def _read(one: StoredFolder, chosen: ExportFormat, images: Path | None) -> AnnotatedImage:
    pixels = read_original(one.folder, images, one.image).pixels if chosen.needs_pixels else None
    image = read_stored_image(one.folder, one.image, pixels)
    # Labels are large; of formats that hold all images, all are in memory at once.
    return image if "labels" in chosen.keeps else replace(image, labels=None)
