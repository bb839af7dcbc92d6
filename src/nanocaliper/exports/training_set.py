"""A set for training from measured (and corrected) images: what ``nanocaliper.training`` reads.

::

    FOLDER/images/NAME.png      the image without its data strips; deeper than 8 bits: stretched as networks see it
    FOLDER/instances/NAME.png   16 bits, the number of the particle, 0 background, the same size
    FOLDER/folds.csv            a row an image: name, fold, image, rows, cols, particles, nm_per_px, group
"""

import csv
import io
import shutil
from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import NanocaliperError, UsageError
from nanocaliper.exports.annotated_image import AnnotatedImage
from nanocaliper.exports.export_format import ExportFormat
from nanocaliper.exports.export_run import ExportResult, Progress, StoredFolder, list_stored
from nanocaliper.exports.grey_png import encode_grey_png, encode_label_png
from nanocaliper.exports.label_images import labels_of
from nanocaliper.exports.stored_image import read_original, read_stored_image
from nanocaliper.micrograph.micrograph import Box
from nanocaliper.report.result_folder import report_output_errors, write_atomically

__all__ = [
    "FOLDS",
    "LIST_COLUMNS",
    "Deal",
    "SetImage",
    "cut_to_field",
    "deal_in_turn",
    "write_training_set",
]

#: Columns of ``folds.csv``.
LIST_COLUMNS = ("name", "fold", "image", "rows", "cols", "particles", "nm_per_px", "group")
_LONGEST = 200
#: Images are dealt to so many folds.
FOLDS = 5


class SetImage(NamedTuple):
    """An image to be put into a fold.

    Parameters
    ----------
    name : str
        In the set.
    image : str
        As in ``summary.csv``.
    particles : int
    """

    name: str
    image: str
    particles: int


#: From the images of a set to the fold and the group of each; no group: empty.
Deal = Callable[[Sequence[SetImage]], Sequence[tuple[str, str]]]


def deal_in_turn(images: Sequence[SetImage]) -> list[tuple[str, str]]:
    """Deal images to `FOLDS` folds in turn, without groups."""
    return [(str(place % FOLDS), "") for place in range(len(images))]


def write_training_set(
    out: Path,
    target: Path,
    also: Sequence[ExportFormat] = (),
    images: Path | None = None,
    *,
    originals: bool = False,
    deal: Deal = deal_in_turn,
    progress: Progress | None = None,
) -> ExportResult:
    """Write a training set.

    Parameters
    ----------
    out : Path
        An output folder of ``measure``, or the folder of one image in it.
    target : Path
        Folder to write to; it is made.
    also : sequence of ExportFormat
        Formats to write the same outlines in, of the images as they are in the set.
    images : Path, optional
        Where the images lie now.
    originals : bool
        Whether to copy the images' files to ``originals/`` as well.
    deal : callable
        Chooses the folds: asked before anything is written, so that it can refuse, and again at the end, of those
        images that did not fail.
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
    UsageError
        If a format of `also` makes no sense in a training set, or as `deal` raises it.
    OutputError
        If a file cannot be written.
    """
    for further in also:
        if not further.several and further.set_folder is None:
            raise UsageError(
                f"'{further.name}' is no format of training sets; "
                "expected coco, coco-masks, labelme, via or yolo."
            )
    stored = list_stored(out)
    names = _name_images([one.below for one in stored])
    deal([SetImage(name, one.image or one.below, 0) for one, name in zip(stored, names, strict=True)])
    files: list[Path] = []
    failed: dict[str, str] = {}
    dealt: list[SetImage] = []
    written: list[AnnotatedImage] = []

    def write(name: str, content: bytes) -> None:
        write_atomically(target / name, lambda file: file.write(content))
        files.append(target / name)

    for number, (one, name) in enumerate(zip(stored, names, strict=True), 1):
        shown, outcome = one.image or one.below, "failed"
        try:
            image, pixels, path = _read(one, name, images)
            grey, labels = encode_grey_png(pixels), encode_label_png(labels_of(image))
        except NanocaliperError as error:
            failed[shown] = str(error)
        else:
            write(f"images/{name}.png", grey)
            write(f"instances/{name}.png", labels)
            for chosen in also:
                if not chosen.several:
                    write(f"{chosen.set_folder}/{name}{chosen.suffix}", chosen.encode([image]))
            if originals:
                _copy(path, target / "originals" / f"{name}{path.suffix}")
            dealt.append(SetImage(name, shown, len(image.ids)))
            # Labels are large, and here those of all images would be in memory at once.
            kept = (
                image.labels
                if any(further.several and "labels" in further.keeps for further in also)
                else None
            )
            written.append(replace(image, name=f"images/{name}.png", labels=kept))
            outcome = f"{len(image.ids)} particles"
        if progress is not None:
            progress(number, len(stored), shown, outcome)
    if written:
        write("folds.csv", _encode_list(dealt, deal(dealt), written))
        for chosen in also:
            if chosen.several:
                write(f"outlines{chosen.suffix}", chosen.encode(written))
            for beside, content in chosen.beside.items():
                write(beside, content)
    return ExportResult(tuple(files), failed)


def cut_to_field(image: AnnotatedImage, field: Box) -> AnnotatedImage:
    """Cut the data strips off.

    Parameters
    ----------
    image : AnnotatedImage
    field : Box
        The part that shows the sample.

    Returns
    -------
    AnnotatedImage
        Of the size of `field`; outlines keep inside it.
    """
    corner, end = np.array([field.row_start, field.col_start]), np.array([field.height, field.width]) - 0.5
    part = field.slices()
    return replace(
        image,
        rows=field.height,
        cols=field.width,
        outlines=tuple(np.clip(outline - corner, -0.5, end) for outline in image.outlines),
        labels=None if image.labels is None else image.labels[part],
        pixels=None if image.pixels is None else image.pixels[part],
    )


def _read(one: StoredFolder, name: str, images: Path | None) -> tuple[AnnotatedImage, npt.NDArray[Any], Path]:
    micrograph = read_original(one.folder, images, one.image)
    image = cut_to_field(read_stored_image(one.folder, one.image), micrograph.field)
    pixels = micrograph.pixels[micrograph.field.slices()]
    return replace(image, name=f"{name}.png", page=0), pixels, Path(micrograph.source)


def _name_images(folders: Sequence[str]) -> list[str]:
    """Names without folders, each once, also where a file system does not tell upper from lower case."""
    names: list[str] = []
    taken: set[str] = set()
    for folder in folders:
        # File systems allow 255 bytes a name; the end tells images apart.
        base = folder.replace("/", "__").encode()[-_LONGEST:].decode(errors="ignore")
        name = base
        number = 2
        while name.casefold() in taken:
            name, number = f"{base}_{number}", number + 1
        taken.add(name.casefold())
        names.append(name)
    return names


def _copy(path: Path, target: Path) -> None:
    with report_output_errors(target):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, target)


def _encode_list(
    images: Sequence[SetImage], folds: Sequence[tuple[str, str]], written: Sequence[AnnotatedImage]
) -> bytes:
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(LIST_COLUMNS)
    for one, (fold, group), image in zip(images, folds, written, strict=True):
        scale = "" if image.nm_per_px is None else image.nm_per_px
        writer.writerow((one.name, fold, one.image, image.rows, image.cols, one.particles, scale, group))
    return text.getvalue().encode("utf-8", "backslashreplace")
