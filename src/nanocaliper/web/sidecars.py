"""Text files that instruments write beside an image, uploaded together with it."""

from collections.abc import Mapping
from pathlib import Path

from werkzeug.datastructures import FileStorage

from nanocaliper.errors import RequestError
from nanocaliper.micrograph.formats.sidecars import SIDECARS
from nanocaliper.micrograph.formats.sidecars.beside import MOST_TEXT_BYTES, names_another
from nanocaliper.micrograph.formats.sidecars.texts import decode_text
from nanocaliper.micrograph.formats.tag_reading import TagReading
from nanocaliper.web.store.names import show_file_name
from nanocaliper.web.store.project import Project

__all__ = ["SIDECAR_EXTENSIONS", "is_sidecar", "take_sidecar"]

#: Endings of the text files.
SIDECAR_EXTENSIONS = (".hdr", ".txt")


def is_sidecar(file: FileStorage) -> bool:
    """Tell by its name whether a file may be the text of an image."""
    return show_file_name(file.filename or "").casefold().endswith(SIDECAR_EXTENSIONS)


def take_sidecar(project: Project, file: FileStorage, taken: Mapping[int, str]) -> None:
    """Keep a text file beside the images it was written for, where reading them finds it.

    Parameters
    ----------
    project : Project
    file : FileStorage
    taken : mapping of int to str
        Images that came with it, and the names they came under.

    Raises
    ------
    RequestError
        If it is not the text of an instrument, or its image did not come with it.
    """
    name = show_file_name(file.filename or "")
    content = file.stream.read(MOST_TEXT_BYTES + 1)
    reading = _read_text(content) if len(content) <= MOST_TEXT_BYTES else None
    if reading is None:
        makers = ", ".join(one.maker for one in SIDECARS)
        raise RequestError(
            f"'{name}' is no text file that an instrument writes beside its images; expected one of {makers}.",
            415,
        )
    places = {
        image: _find_place(Path(shown), project.images.input(image), name) for image, shown in taken.items()
    }
    found = {image: place for image, place in places.items() if place is not None}
    if not found:
        raise RequestError(
            f"The image that '{name}' belongs to did not come with it; add both together.", 422
        )
    for image, place in found.items():
        if names_another(Path(taken[image]), reading):
            raise RequestError(
                f"'{name}' says that it belongs to the image '{str(reading.image_name)[:80]}', not to "
                f"'{taken[image]}'; add it with that one.",
                422,
            )
        project.images.keep_beside(image, place, content)


def _read_text(content: bytes) -> TagReading | None:
    text = decode_text(content)
    readings = (sidecar.read_text(text) for sidecar in SIDECARS)
    return next((reading for reading in readings if reading is not None), None)


def _find_place(shown: Path, stored: Path, name: str) -> str | None:
    """Name that a text file has beside the stored image, where it is one of the uploaded image's."""
    for sidecar in SIDECARS:
        for theirs, ours in zip(sidecar.name_sidecars(shown), sidecar.name_sidecars(stored), strict=True):
            if theirs.casefold() == name.casefold():
                return ours
    return None
