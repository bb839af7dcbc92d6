"""Which files of a folder are images, and which belongs to which."""

import os
from collections.abc import Iterator, Sequence
from pathlib import Path, PurePosixPath

from nanocaliper.errors import ReadError
from nanocaliper.micrograph.formats import EXTENSIONS

__all__ = ["FolderFiles", "list_files"]

#: Folders that hold annotations, never the images to learn from.
_ASIDE = ("instances", "masks", "labels", "mask", "label", "annotations", "labelme", "json", "originals")
#: What stands behind an image's name in that of its labels.
DECORATIONS = ("_mask", "_masks", "_label", "_labels", "_instances", ".labels", ".label", ".mask")


class FolderFiles:
    """The files of a data set's folder, found by name whatever the case.

    Parameters
    ----------
    folder : Path
    paths : sequence of str
        All files below it, with ``/``.

    Attributes
    ----------
    images : dict of str to str
        Path of every image, by its name: without suffix and without the folder ``images``.
    """

    def __init__(self, folder: Path, paths: Sequence[str]) -> None:
        self.folder = folder
        self.paths = tuple(paths)
        self._exact = set(paths)
        self._any_case = {path.lower(): path for path in reversed(paths)}
        self.images = self._find_images()

    def find(self, path: str) -> str | None:
        """Find a file by its path below the folder; of any case where there is none of this one."""
        return path if path in self._exact else self._any_case.get(path.lower())

    def find_beside(
        self, image: str, folders: Sequence[str], endings: Sequence[str], *, same_folder: bool
    ) -> str | None:
        """Find the file that goes with an image.

        Parameters
        ----------
        image : str
            Path of the image.
        folders : sequence of str
            Folders that may stand in the place of ``images``, or below or above that of the image.
        endings : sequence of str
            What may follow the image's name.
        same_folder : bool
            Whether the file may also lie beside the image.

        Returns
        -------
        str or None
        """
        for place in _list_places(PurePosixPath(image), folders, same_folder=same_folder):
            for ending in endings:
                found = self.find(f"{place}{ending}")
                if found is not None and found != image:
                    return found
        return None

    def _find_images(self) -> dict[str, str]:
        known = [path for path in self.paths if PurePosixPath(path).suffix.lower() in EXTENSIONS]
        inside = [path for path in known if _place_of_images(PurePosixPath(path)) is not None]
        stems = {_cut_suffix(path) for path in known}
        images: dict[str, str] = {}
        for path in inside or [path for path in known if not _is_aside(path)]:
            if not inside and any(
                _cut_suffix(path).endswith(end) and _cut_suffix(path).removesuffix(end) in stems
                for end in DECORATIONS
            ):
                continue
            pure = PurePosixPath(path)
            place = _place_of_images(pure)
            parts = list(pure.with_suffix("").parts)
            name = "/".join(parts if place is None else parts[:place] + parts[place + 1 :])
            if name in images:
                raise ReadError(
                    f"'{images[name]}' and '{path}' in '{self.folder}' have the same name; rename one of them."
                )
            images[name] = path
        return images


def _cut_suffix(path: str) -> str:
    return str(PurePosixPath(path).with_suffix(""))


def _is_aside(path: str) -> bool:
    return any(part.lower() in _ASIDE for part in PurePosixPath(path).parts[:-1])


def _place_of_images(path: PurePosixPath) -> int | None:
    """Which part of the path is the folder ``images``."""
    return next((place for place, part in enumerate(path.parts[:-1]) if part.lower() == "images"), None)


def _list_places(image: PurePosixPath, folders: Sequence[str], *, same_folder: bool) -> Iterator[str]:
    bare = image.with_suffix("")
    parts = bare.parts
    place = _place_of_images(image)
    for folder in folders:
        if place is not None:
            yield "/".join((*parts[:place], folder, *parts[place + 1 :]))
        else:
            yield "/".join((folder, *parts))
            yield "/".join((*parts[:-1], folder, parts[-1]))
    if same_folder:
        yield str(bare)


def list_files(folder: Path) -> FolderFiles:
    """List the files of a data set's folder; hidden ones are passed over.

    Raises
    ------
    ReadError
        If there is no such folder, no image in it, or two images have the same name.
    """
    if not folder.is_dir():
        raise ReadError(f"There is no folder '{folder}'; check the name.")
    paths: list[str] = []
    for directory, below, names in os.walk(folder):
        below[:] = sorted(name for name in below if not name.startswith("."))
        here = Path(directory).relative_to(folder)
        paths += [(here / name).as_posix() for name in sorted(names) if not name.startswith(".")]
    files = FolderFiles(folder, paths)
    if not files.images:
        raise ReadError(
            f"'{folder}' holds no image; expected images (PNG, TIFF, JPEG, ...) in it or in its folder 'images'."
        )
    return files
