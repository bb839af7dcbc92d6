"""Annotation files of a whole folder (COCO, VIA), cut into a file an image.

So every image is read by itself: one bad annotation spoils no other image, and only what is looked at is decoded.
"""

import json
from collections.abc import Iterator
from pathlib import PurePosixPath, PureWindowsPath
from typing import Any

from nanocaliper.errors import ReadError
from nanocaliper.exports.json_reading import parse_json, take
from nanocaliper.training.data.findings import Finding
from nanocaliper.training.data.folder_files import FolderFiles

__all__ = ["assign_parts", "cut_coco", "cut_via", "find_json_kind", "list_coco_classes"]


def find_json_kind(content: bytes, what: str) -> str | None:
    """Which format a JSON file is in.

    Returns
    -------
    {'labelme', 'coco', 'via'} or None
        None for JSON of another kind.

    Raises
    ------
    ReadError
        If it is no JSON.
    """
    keys = parse_json(content, what)
    if not isinstance(keys, dict):
        return None
    if "annotations" in keys and "images" in keys:
        return "coco"
    if "shapes" in keys:
        return "labelme"
    if "_via_img_metadata" in keys or any(
        isinstance(one, dict) and "regions" in one for one in keys.values()
    ):
        return "via"
    return None


def cut_coco(content: bytes, what: str) -> Iterator[tuple[str, bytes]]:
    """Cut a COCO file.

    Parameters
    ----------
    content : bytes
    what : str
        The file, to begin a sentence.

    Yields
    ------
    (str, bytes)
        Name of the image, and a COCO file of it alone.

    Raises
    ------
    ReadError
        If the file is damaged, or has annotations of an image that it does not list.
    """
    read = parse_json(content, what)
    grouped: dict[int, list[Any]] = {}
    for annotation in take(read, "annotations", list, what):
        number = take(annotation, "image_id", int, f"An annotation of {what}")
        grouped.setdefault(number, []).append(annotation)
    images = take(read, "images", list, what)
    strangers = set(grouped) - {take(image, "id", int, f"An image of {what}") for image in images}
    if strangers:
        raise ReadError(
            f"{what} has annotations of the image {min(strangers)}, which is not in its list; write it anew."
        )
    for image in images:
        part = {
            "images": [image],
            "categories": take(read, "categories", list, what),
            "annotations": grouped.get(image["id"], []),
        }
        yield take(image, "file_name", str, f"An image of {what}"), json.dumps(part).encode()


def list_coco_classes(content: bytes, what: str) -> list[str]:
    """Names of the categories of a COCO file, in the order of their numbers.

    Raises
    ------
    ReadError
        If the file is damaged.
    """
    listed = take(parse_json(content, what), "categories", list, what)
    numbered = sorted(
        (
            take(one, "id", int, f"A category of {what}"),
            take(one, "name", str, f"A category of {what}").strip(),
        )
        for one in listed
    )
    return [name for _, name in numbered]


def cut_via(content: bytes, what: str) -> Iterator[tuple[str, bytes]]:
    """Cut a project of VIA, see `cut_coco`."""
    read = parse_json(content, what)
    found = read.get("_via_img_metadata", read) if isinstance(read, dict) else None
    if not isinstance(found, dict):
        raise ReadError(f"{what} is no project of VIA; expected '_via_img_metadata'.")
    for key, image in found.items():
        yield take(image, "filename", str, f"An image of {what}"), json.dumps({key: image}).encode()


def assign_parts(
    files: FolderFiles, parts: dict[str, list[tuple[str, bytes]]]
) -> tuple[dict[str, tuple[str, bytes]], list[Finding]]:
    """Find the image that each part is of.

    Parameters
    ----------
    files : FolderFiles
    parts : dict of str to list of (str, bytes)
        Of every annotation file: names of images as it has them, and their parts.

    Returns
    -------
    assigned : dict of str to (str, bytes)
        By the image's name: annotation file, and part.
    findings : list of Finding
        Images that are listed, but are not in the folder.

    Raises
    ------
    ReadError
        If an image is listed twice.
    """
    by_end: dict[str, list[str]] = {}
    for name, path in files.images.items():
        for key in {path, name, PurePosixPath(path).name, PurePosixPath(path).stem}:
            by_end.setdefault(key, []).append(name)
    assigned: dict[str, tuple[str, bytes]] = {}
    findings: list[Finding] = []
    for file, listed in parts.items():
        for given, part in listed:
            wanted = PurePosixPath(PureWindowsPath(given).as_posix())
            beside = (PurePosixPath(file).parent / wanted).as_posix()
            keys = (beside, wanted.as_posix(), f"images/{wanted}", wanted.name, wanted.stem)
            found = next((by_end[key][0] for key in keys if len(by_end.get(key, ())) == 1), None)
            if found is None:
                findings.append(
                    Finding(
                        "error",
                        file,
                        f"lists the image '{given[:80]}', which is not in the folder, or not under one name "
                        "alone; add it, or take it off the list.",
                    )
                )
            elif found in assigned:
                raise ReadError(
                    f"'{files.images[found]}' is annotated in '{assigned[found][0]}' and again in '{file}'; "
                    "keep one of them."
                )
            else:
                assigned[found] = (file, part)
    return assigned, findings
