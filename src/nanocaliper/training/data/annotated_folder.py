"""A folder of images with annotations, in any of the usual formats and layouts, as labelled micrographs.

The layouts: an annotation beside its image; ``images/`` with ``labels/``, ``masks/`` or ``instances/``, also below
``train/`` and the like; one file for all images. The files are found at once, read one by one when they are wanted.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import NanocaliperError, ReadError, UsageError
from nanocaliper.exports.annotated_image import AnnotatedImage, name_category, take_particles
from nanocaliper.exports.export_format import Expected
from nanocaliper.exports.formats import find_format as find_export_format
from nanocaliper.exports.label_images import labels_of
from nanocaliper.inference.grey import stretch
from nanocaliper.micrograph.read import read as read_micrograph
from nanocaliper.training.data.class_names import read_class_table, read_settings, read_yolo_classes
from nanocaliper.training.data.findings import Finding
from nanocaliper.training.data.folder_files import list_files
from nanocaliper.training.data.folder_layouts import AnnotatedEntry, find_entries, find_format
from nanocaliper.training.data.label_files import read_label_image, read_mask
from nanocaliper.training.data.labelled_micrograph import ONE_CLASS, LabelledMicrograph, number_labels
from nanocaliper.training.data.shared_files import list_coco_classes
from nanocaliper.training.data.splits import read_folder_groups

__all__ = ["AnnotatedFolder", "Annotation", "open_folder"]

_OF_LABELS = ("label-images", "masks")


@dataclass(frozen=True, eq=False)
class Annotation:
    """What the annotation of one image says, before particles are numbered.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)
        Numbers as in the file.
    names : mapping of int to str
        Class of each number, also of those that others hide.
    drawn : AnnotatedImage or None
        The outlines, where the format has outlines.
    """

    labels: npt.NDArray[np.int32]
    names: Mapping[int, str]
    drawn: AnnotatedImage | None = None


@dataclass(frozen=True, eq=False)
class AnnotatedFolder:
    """A data set; a sequence of `LabelledMicrograph` that are read when they are asked for.

    Parameters
    ----------
    folder : Path
    format : str
        A name of `ANNOTATION_FORMATS`.
    classes : tuple of str
        Names of the classes in the order of their indices.
    entries : tuple of AnnotatedEntry
        The images, by name.
    findings : tuple of Finding
        What is wrong with the files as a whole: annotations or images that are missing.
    groups : mapping of str to str
        Sample or article of images, by name.
    table : mapping, optional
        Of label images, the class of each label, by image.
    """

    folder: Path
    format: str
    classes: tuple[str, ...]
    entries: tuple[AnnotatedEntry, ...]
    findings: tuple[Finding, ...] = ()
    groups: Mapping[str, str] = field(default_factory=dict)
    table: Mapping[str, Mapping[int, str]] | None = None

    def __len__(self) -> int:
        return len(self.entries)

    def __getitem__(self, place: int) -> LabelledMicrograph:
        return self.read(self.entries[place])

    def __iter__(self) -> Iterator[LabelledMicrograph]:
        return (self.read(entry) for entry in self.entries)

    @property
    def names(self) -> tuple[str, ...]:
        """Names of the images."""
        return tuple(entry.name for entry in self.entries)

    def choose(self, names: Sequence[str]) -> "AnnotatedFolder":
        """Take only some images, in this order, for example those of a part of a split.

        Raises
        ------
        UsageError
            If one of them is not in the folder.
        """
        known = {entry.name: entry for entry in self.entries}
        missing = [name for name in names if name not in known]
        if missing:
            raise UsageError(
                f"There is no image '{missing[0]}' in '{self.folder}'; the split is of other images."
            )
        return replace(self, entries=tuple(known[name] for name in names))

    def require_complete(self) -> None:
        """Refuse a folder with images or annotations missing.

        Raises
        ------
        ReadError
            For the first that is missing, with the number of all.
        """
        errors = [finding for finding in self.findings if finding.severity == "error"]
        if errors:
            more = (
                f" ({len(errors)} such faults; 'nanocaliper dataset check' lists them)" if errors[1:] else ""
            )
            raise ReadError(f"'{errors[0].file}' in '{self.folder}' {errors[0].sentence}{more}")

    def read(self, entry: AnnotatedEntry) -> LabelledMicrograph:
        """Read one image with its labels.

        Raises
        ------
        ReadError
            If either cannot be read, they are of different sizes, or a particle is no outline inside the image.
        """
        pixels = self.read_pixels(entry)
        annotation = self.read_annotation(entry, pixels.shape)
        numbers = int(max(annotation.labels.max(initial=0), *annotation.names, 0))
        class_of = np.zeros(numbers + 1, np.int64)
        for number, name in annotation.names.items():
            class_of[number] = self.find_class(name, entry)
        labels, class_of = number_labels(annotation.labels, class_of)
        return LabelledMicrograph(
            entry.name, pixels, labels, self.classes, class_of, self.groups.get(entry.name)
        )

    def read_pixels(self, entry: AnnotatedEntry) -> npt.NDArray[Any]:
        """Read the grey values of an image: of 8 or 16 bits as they are, else stretched to 16.

        Raises
        ------
        ReadError
            If it cannot be read.
        """
        pixels = read_micrograph(self.folder / entry.image).pixels
        if pixels.dtype in (np.uint8, np.uint16):
            return pixels
        return np.round((stretch(pixels) + 1) * 32767.5).astype(np.uint16)

    def read_annotation(
        self, entry: AnnotatedEntry, shape: tuple[int, ...], faults: list[str] | None = None
    ) -> Annotation:
        """Read the annotation of an image.

        Parameters
        ----------
        entry : AnnotatedEntry
        shape : (int, int)
            Rows and columns of the image.
        faults : list of str, optional
            See `Expected`: particles that cannot be read are put there, not raised.

        Returns
        -------
        Annotation

        Raises
        ------
        ReadError
            If it is missing, cannot be read, or does not belong to the image.
        """
        if entry.annotation is None:
            raise ReadError(
                f"'{entry.image}' in '{self.folder}' has no annotation; annotate it or take it out."
            )
        expected = Expected(entry.name, shape[0], shape[1], repr(entry.annotation), self.classes, faults)
        path = self.folder / entry.annotation
        if self.format in _OF_LABELS:
            labels = (read_mask if self.format == "masks" else read_label_image)(path, expected)
            named = (self.table or {}).get(entry.name, {})
            numbers = (int(number) for number in np.flatnonzero(np.bincount(labels.ravel())) if number)
            return Annotation(labels, {number: named.get(number, ONE_CLASS[0]) for number in numbers})
        image = _decode(self.format, entry, path, expected)
        # Our own exports keep what a person has deleted, and say so.
        image = take_particles(image, [state != "deleted" for state in image.states])
        shapes = dict(zip(image.ids, map(name_category, image.shapes), strict=True))
        return Annotation(labels_of(image), shapes, image)

    def find_class(self, name: str, entry: AnnotatedEntry) -> int:
        """Find the index of a class.

        Raises
        ------
        ReadError
            If `classes` do not have it.
        """
        if name not in self.classes:
            raise ReadError(
                f"'{entry.annotation}' has a particle of the class '{name}'; expected one of "
                f"{', '.join(self.classes)}: name it so, or add the class to the list."
            )
        return self.classes.index(name)


def _decode(chosen: str, entry: AnnotatedEntry, path: Path, expected: Expected) -> AnnotatedImage:
    try:
        content = path.read_bytes() if entry.part is None else entry.part
    except OSError as error:
        raise ReadError(f"Cannot read '{path}' ({error}); check its permissions and the drive.") from None
    (image,) = find_export_format(chosen).decode(content, expected)
    # LabelMe names the image that was drawn on; a copy may have another suffix, never another name.
    drawn_on = image.name.replace("\\", "/").rsplit("/", 1)[-1]
    stem, own = drawn_on.rsplit(".", 1)[0], entry.image.rsplit("/", 1)[-1].rsplit(".", 1)[0]
    if chosen == "labelme" and stem.lower() != own.lower():
        raise ReadError(
            f"{expected.what} was drawn on the image '{drawn_on[:80]}', not on '{entry.image}'; put "
            "each file beside its image."
        )
    return image


def open_folder(
    folder: Path,
    *,
    format: str | None = None,
    classes: Sequence[str] | None = None,
    groups: Mapping[str, str] | None = None,
) -> AnnotatedFolder:
    """Find the images and annotations of a folder.

    Parameters
    ----------
    folder : Path
    format : str, optional
        A name of `ANNOTATION_FORMATS`; by default as ``dataset.toml`` says, else as the folder shows.
    classes : sequence of str, optional
        Names of the classes in their order; by default those of ``dataset.toml``, else of ``data.yaml`` (YOLO) or
        the categories (COCO), else all that occur, in the order of the alphabet.
    groups : mapping of str to str, optional
        Sample or article of images; by default a column of ``folds.csv`` or ``splits.csv``, where there is one.

    Returns
    -------
    AnnotatedFolder

    Raises
    ------
    ReadError
        If there are no images or no annotations, or a file of several images is damaged.
    UsageError
        If the format is unknown, or there are several.
    """
    files = list_files(folder)
    settings = read_settings(folder)
    chosen = format or settings.format or find_format(files)
    entries, findings = find_entries(files, chosen)
    if all(entry.annotation is None for entry in entries):
        raise ReadError(
            f"No image of '{folder}' has an annotation of the format '{chosen}'; choose another with --format."
        )
    found = AnnotatedFolder(
        folder,
        chosen,
        tuple(classes or settings.classes or ()),
        tuple(entries),
        tuple(findings),
        read_folder_groups(folder) if groups is None else groups,
        read_class_table(folder) if chosen == "label-images" else None,
    )
    return found if found.classes else replace(found, classes=_find_classes(found))


def _find_classes(found: AnnotatedFolder) -> tuple[str, ...]:
    if found.format == "masks":
        return ONE_CLASS
    if found.format == "label-images":
        named = {one for image in (found.table or {}).values() for one in image.values()}
        return tuple(sorted(named)) or ONE_CLASS
    if found.format == "yolo":
        listed = read_yolo_classes(found.folder)
        if listed is None:
            raise ReadError(
                f"'{found.folder}' has YOLO files, but no data.yaml that names the "
                "classes; add it, or pass --classes."
            )
        return listed
    if found.format == "coco":
        files = sorted({entry.annotation for entry in found.entries if entry.annotation is not None})
        return tuple(
            dict.fromkeys(
                name
                for file in files
                for name in list_coco_classes((found.folder / file).read_bytes(), repr(file))
            )
        )
    used: set[str] = set()
    for entry in found.entries:
        if entry.annotation is not None:
            expected = Expected(entry.name, what=repr(entry.annotation), classes=None, faults=[])
            try:
                image = _decode(found.format, entry, found.folder / entry.annotation, expected)
            except NanocaliperError:
                continue  # said when the image itself is read
            used |= {name_category(shape) for shape in image.shapes}
    # The case of a name does not tell classes apart.
    return (
        tuple(
            {name.lower(): name for name in sorted(used, reverse=True)}[key]
            for key in sorted({name.lower() for name in used})
        )
        or ONE_CLASS
    )
