"""Files that come in: looked at, named, and taken into a project."""

import contextlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from flask import request
from pydantic import ValidationError
from werkzeug.datastructures import FileStorage

from nanocaliper.editing.scale_choice import ScaleChoice, describe_scale_choice
from nanocaliper.errors import RequestError
from nanocaliper.micrograph.formats import EXTENSIONS, FORMATS, HEAD_BYTES
from nanocaliper.web.inputs import Settings
from nanocaliper.web.store.names import read_extension, show_file_name
from nanocaliper.web.store.project import Project
from nanocaliper.web.store.root import Root

__all__ = ["keep_upload", "read_settings", "take_image", "uploaded_files"]


def uploaded_files(name: str, most: int) -> list[FileStorage]:
    """Give the files of the request.

    Raises
    ------
    RequestError
        If there are none, or too many.
    """
    if request.mimetype != "multipart/form-data":
        raise RequestError(f"Expected a multipart form with the part '{name}'.", 415)
    files = [file for file in request.files.getlist(name) if file.filename]
    if not files:
        raise RequestError(f"The form has no file in the part '{name}'.", 422)
    if len(files) > most:
        raise RequestError(f"{len(files)} files came at once; at most {most} are taken.", 413)
    return files


def read_settings(text: str | None) -> dict[str, Any]:
    """Read the settings that came with an upload.

    Raises
    ------
    RequestError
        If they make no sense.
    """
    try:
        settings = Settings.model_validate_json(text or "{}")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(map(str, first["loc"]))
        raise RequestError(f"The settings are not understood: {place} {first['msg']}.", 422) from None
    return settings.model_dump(mode="json")


@contextmanager
def keep_upload(root: Root, file: FileStorage) -> Iterator[Path]:
    """Write an uploaded file to the disk of the projects; what is not moved away in the block is removed."""
    path = root.new_upload()
    try:
        file.save(path)
        yield path
    except OSError as error:
        raise RequestError(
            f"The file could not be stored ({error.strerror or error}); is the disk full?", 507
        ) from None
    finally:
        with contextlib.suppress(OSError):
            path.unlink(missing_ok=True)


def take_image(root: Root, project: Project, file: FileStorage, sample: int, settings: dict[str, Any]) -> int:
    """Take an uploaded image into a project, and give its id.

    Raises
    ------
    RequestError
        If it is no image of a format that is read.
    """
    name = show_file_name(file.filename or "")
    extension = read_extension(name)
    if extension is None:
        raise RequestError(
            f"'{name}' is no image that is read; expected one of {', '.join(EXTENSIONS)}.", 415
        )
    scale = describe_scale_choice(ScaleChoice())
    with keep_upload(root, file) as path:
        _check_content(path, name, extension)
        return project.images.add(path, name, extension, sample, settings, scale)


def _check_content(path: Path, name: str, extension: str) -> None:
    """Tell by the first bytes whether it is an image; whether all of it is, reading it shows."""
    with path.open("rb") as stream:
        head = stream.read(HEAD_BYTES)
    if not head:
        raise RequestError(f"'{name}' is empty; copy or export it again.", 415)
    if not any(one.matches(head, path.with_name("input" + extension)) for one in FORMATS):
        names = ", ".join(one.name for one in FORMATS)
        raise RequestError(
            f"'{name}' is no image of a format that is read, whatever its name says; expected {names}.", 415
        )
