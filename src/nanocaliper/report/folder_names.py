"""The folder of each image's results: named after the image, unique, and valid on every operating system."""

import os
import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path, PurePath

__all__ = ["NamedImage", "name_images"]

# Names of files and folders the program writes; no result folder may take one.
_OUR_FILES = frozenset(
    {
        "error.txt",
        "labels.tif",
        "outlines",
        "outlines.geojson",
        "overlay.png",
        "particles.csv",
        "result.json",
        "statistics",
        "summary.csv",
    }
)
# https://learn.microsoft.com/en-us/windows/win32/fileio/naming-a-file
_FORBIDDEN = re.compile(r'[<>:"/\\|?*\x00-\x1f\x7f\ud800-\udfff]')
_RESERVED = re.compile(r"(CON|PRN|AUX|NUL|CONIN\$|CONOUT\$|(COM|LPT)[0-9¹²³])", re.IGNORECASE)
_LONGEST = 200  # bytes; file systems allow 255 a name, and a suffix or number may follow


@dataclass(frozen=True)
class NamedImage:
    """An input image with its names in the results.

    Parameters
    ----------
    path : Path
        The file.
    image : str
        Its name in the tables: its path below the folder that all images share, with ``/``.
    folder : str
        Its result folder below the output folder, with ``/``.
    """

    path: Path
    image: str
    folder: str


def name_images(paths: Sequence[Path]) -> list[NamedImage]:
    """Name the results of a set of images.

    The folder is the image's path, without suffix, below the folder that all images share; so that it can be
    made on Windows as well, characters forbidden there become ``_``, and ``_`` is added to reserved names.
    Where images would share a folder, also on a file system that does not tell upper from lower case, the
    first by path keeps it and the others get their suffix added (``x.png`` → ``x``, ``x.tif`` → ``x_tif``)
    or else a number. The names depend on the set of paths only, not on its order.

    Parameters
    ----------
    paths : sequence of Path
        The images; a file that stands here twice is taken once.

    Returns
    -------
    list of NamedImage
        In the order of the paths.
    """
    absolute = {Path(os.path.abspath(path)): path for path in reversed(paths)}  # noqa: PTH100 (keeps links)
    below = _cut_shared(list(absolute))
    folders: dict[Path, str] = {}
    taken: set[str] = set()
    for path in sorted(absolute, key=lambda one: below[one].as_posix()):
        folders[path] = _choose_folder(below[path], taken)
        taken.add(_fold(folders[path]))
    named = {
        path: NamedImage(given, below[path].as_posix(), folders[path]) for path, given in absolute.items()
    }
    return list(dict.fromkeys(named[Path(os.path.abspath(path))] for path in paths))  # noqa: PTH100


def _cut_shared(paths: list[Path]) -> dict[Path, PurePath]:
    if not paths:
        return {}
    try:
        shared = os.path.commonpath([path.parent for path in paths])
    except ValueError:
        # Windows: images on several drives share no folder; the drive becomes a folder's name.
        return {path: PurePath(path.drive.strip("\\/:") or "_", *path.parts[1:]) for path in paths}
    return {path: path.relative_to(shared) for path in paths}


def _choose_folder(below: PurePath, taken: set[str]) -> str:
    parents = [_make_valid(part) for part in below.parent.parts]
    candidates = [_make_valid(below.stem)]
    suffix = below.suffix.lstrip(".")
    if suffix:
        candidates.append(_make_valid(f"{below.stem}_{suffix}"))
    for candidate in candidates:
        folder = "/".join((*parents, candidate))
        if _fold(folder) not in taken:
            return folder
    number = 2
    while _fold(f"{folder}_{number}") in taken:
        number += 1
    return f"{folder}_{number}"


def _make_valid(name: str) -> str:
    valid = _FORBIDDEN.sub("_", name)
    while len(valid.encode()) > _LONGEST:
        valid = valid[:-1]
    if valid.endswith((".", " ")):
        valid = valid[:-1] + "_"
    stem, dot, rest = valid.partition(".")
    if _RESERVED.fullmatch(stem.rstrip()):
        valid = f"{stem.rstrip()}_{dot}{rest}"
    return valid + "_" if valid.casefold() in _OUR_FILES or not valid else valid


def _fold(folder: str) -> str:
    """Make equal what a file system may take for equal."""
    return unicodedata.normalize("NFC", unicodedata.normalize("NFC", folder).casefold())
