"""How images and annotations lie in a folder: which format it is in, and which annotation is of which image."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

import numpy as np

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.training.data.findings import Finding
from nanocaliper.training.data.folder_files import DECORATIONS, FolderFiles
from nanocaliper.training.data.label_files import read_label_values
from nanocaliper.training.data.shared_files import assign_parts, cut_coco, cut_via, find_json_kind

__all__ = ["ANNOTATION_FORMATS", "AnnotatedEntry", "find_entries", "find_format"]

#: Names of the formats, and how they are called in sentences.
ANNOTATION_FORMATS = {
    "labelme": "LabelMe JSON",
    "coco": "COCO JSON",
    "via": "VIA JSON",
    "yolo": "YOLO segmentation texts",
    "label-images": "label images",
    "masks": "binary masks",
}

_PICTURES = (".png", ".tif", ".tiff", ".bmp", ".jpg", ".jpeg")
_LABEL_FOLDERS = ("instances", "labels", "masks", "mask", "label", "annotations")
_MASK_FOLDERS = ("masks", "mask", "labels", "label", "annotations", "instances")
#: So many files tell label images from masks.
_LOOKED_AT = 20
_HEAD_BYTES = 4096


@dataclass(frozen=True)
class AnnotatedEntry:
    """One image of a folder with its annotation.

    Parameters
    ----------
    name : str
        The image below the folder, with ``/``, without suffix and without the folder ``images``.
    image : str
        Path of its file below the folder.
    annotation : str or None
        Path of the annotation's file; None where there is none.
    part : bytes or None
        Of a file of several images, what concerns this one.
    """

    name: str
    image: str
    annotation: str | None
    part: bytes | None = None


def find_format(files: FolderFiles) -> str:
    """Find out in which format the annotations of a folder are.

    Returns
    -------
    str
        A name of `ANNOTATION_FORMATS`.

    Raises
    ------
    ReadError
        If there are none.
    UsageError
        If there are several.
    """
    found = list(dict.fromkeys(_list_formats(files)))
    if not found:
        _refuse_damaged(files)
        raise ReadError(
            f"'{files.folder}' holds {len(files.images)} images and no annotation of them; expected LabelMe, COCO "
            "or VIA (.json), YOLO (labels/NAME.txt), or label images or masks (instances/NAME.png, masks/NAME.png)."
        )
    if len(found) > 1:
        named = " and ".join(ANNOTATION_FORMATS[one] for one in found)
        raise UsageError(
            f"'{files.folder}' holds {named}; say which to use with --format {' or --format '.join(found)}."
        )
    return found[0]


def _list_formats(files: FolderFiles) -> Iterator[str]:
    texts = [path for path in (_find_text(files, image) for image in files.images.values()) if path]
    if any(_is_of_numbers(files.folder / path) for path in texts):
        yield "yolo"
    labels = [
        path
        for path in (_find_picture(files, image, _LABEL_FOLDERS) for image in files.images.values())
        if path
    ]
    if labels:
        yield "masks" if _look_like_masks(files.folder, labels) else "label-images"
    for _, kind in _list_json(files):
        yield kind


def _is_of_numbers(path: Path) -> bool:
    """Instruments too write a text beside each image."""
    with path.open("rb") as file:
        content = file.read(_HEAD_BYTES)
    return bool(content.strip()) and not content.strip(b"0123456789eE+-. \t\r\n")


def _find_text(files: FolderFiles, image: str) -> str | None:
    return files.find_beside(image, ("labels",), (".txt",), same_folder=True)


def _find_picture(files: FolderFiles, image: str, folders: Sequence[str]) -> str | None:
    decorated = [f"{decoration}{suffix}" for decoration in DECORATIONS for suffix in _PICTURES]
    return files.find_beside(
        image, folders, [*_PICTURES, *decorated], same_folder=False
    ) or files.find_beside(image, (), decorated, same_folder=True)


def _find_json(files: FolderFiles, image: str) -> str | None:
    return files.find_beside(
        image, ("annotations", "labels", "label", "json", "labelme"), (".json",), same_folder=True
    )


def _look_like_masks(folder: Path, labels: Sequence[str]) -> bool:
    for path in labels[:_LOOKED_AT]:
        if path.lower().endswith((".jpg", ".jpeg")):
            return True
        try:
            values = read_label_values(folder / path, repr(path))
        except ReadError:
            continue  # said when the image itself is read
        if values.ndim == 2 and len(np.unique(values[values != 0])) > 1:
            return False
    return True


def _list_json(files: FolderFiles) -> Iterator[tuple[str, str]]:
    """JSON files that are annotations, with their formats; of files of an image each, the first tells."""
    own = {_find_json(files, image) for image in files.images.values()} - {None}
    told: str | None = None
    for path in files.paths:
        if not path.lower().endswith(".json") or (path in own and told is not None):
            continue
        try:
            kind = find_json_kind((files.folder / path).read_bytes(), repr(path))
        except (OSError, ReadError):
            continue
        if kind is not None and (kind != "labelme" or path in own):
            told = kind if path in own else told
            yield path, kind


def _refuse_damaged(files: FolderFiles) -> None:
    """Where no annotation is found, a JSON file that is damaged may have been it."""
    for path in files.paths:
        if path.lower().endswith(".json"):
            find_json_kind(_read(files.folder / path), repr(path))


def find_entries(files: FolderFiles, chosen: str) -> tuple[list[AnnotatedEntry], list[Finding]]:
    """Pair the images of a folder with their annotations.

    Parameters
    ----------
    files : FolderFiles
    chosen : str
        A name of `ANNOTATION_FORMATS`.

    Returns
    -------
    entries : list of AnnotatedEntry
        In the order of the images' names.
    findings : list of Finding
        Images without annotation, and annotations without image.

    Raises
    ------
    ReadError
        If a file of several images is damaged.
    UsageError
        If there is no such format.
    """
    if chosen not in ANNOTATION_FORMATS:
        raise UsageError(
            f"There is no format '{chosen}' of annotations; expected one of {', '.join(ANNOTATION_FORMATS)}."
        )
    findings: list[Finding] = []
    if chosen in ("coco", "via"):
        parts = {
            path: list((cut_coco if chosen == "coco" else cut_via)(_read(files.folder / path), repr(path)))
            for path, kind in _list_json(files)
            if kind == chosen
        }
        if not parts:
            _refuse_damaged(files)
        assigned, findings = assign_parts(files, parts)
        entries = [
            AnnotatedEntry(name, image, *assigned.get(name, (None, None)))
            for name, image in files.images.items()
        ]
    else:
        entries = [
            AnnotatedEntry(name, image, _find_annotation(files, image, chosen))
            for name, image in files.images.items()
        ]
        findings = [*_find_strays(files, entries)]
    entries.sort(key=lambda entry: entry.name)
    findings += [
        Finding(
            "error",
            entry.image,
            f"has no annotation in {ANNOTATION_FORMATS[chosen]}; annotate it, take it out, or give an empty "
            "annotation to an image without particles.",
        )
        for entry in entries
        if entry.annotation is None
    ]
    return entries, findings


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise ReadError(f"Cannot read '{path}' ({error}); check its permissions and the drive.") from None


def _find_annotation(files: FolderFiles, image: str, chosen: str) -> str | None:
    if chosen == "labelme":
        return _find_json(files, image)
    if chosen == "yolo":
        return _find_text(files, image)
    return _find_picture(files, image, _MASK_FOLDERS if chosen == "masks" else _LABEL_FOLDERS)


def _find_strays(files: FolderFiles, entries: Sequence[AnnotatedEntry]) -> Iterator[Finding]:
    """Annotations that lie where others do, but are of no image."""
    used = {PurePosixPath(entry.annotation) for entry in entries if entry.annotation is not None}
    suffixes = {path.suffix.lower() for path in used}
    folders = {path.parent for path in used}
    images = set(files.images.values())
    for path in map(PurePosixPath, files.paths):
        if (
            path.suffix.lower() in suffixes
            and path.parent in folders
            and path not in used
            and str(path) not in images
            and path.name.lower() not in ("classes.txt", "notes.json", "truth.json", "readme.txt")
        ):
            yield Finding(
                "notice", str(path), "is an annotation of no image here; add the image, or remove it."
            )
