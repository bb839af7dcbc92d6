"""A whole project as one zip file, and the way back, which trusts nothing in it."""

import json
import re
import shutil
import zipfile
from pathlib import Path
from typing import Any

from nanocaliper import __version__
from nanocaliper.errors import RequestError
from nanocaliper.web.jobs.worker import Report
from nanocaliper.web.store.checks import check_database
from nanocaliper.web.store.database import FILE_NAME, SCHEMA_VERSION

__all__ = ["LARGEST_ARCHIVE", "read_archive", "write_archive"]

#: Bytes that an archive may unpack to.
LARGEST_ARCHIVE = 200 * 2**30
_MOST_FILES = 1_000_000
# What projects hold is images, which do not shrink like this; but some black ones may, so a GiB is always taken.
_LARGEST_RATIO, _FREE_OF_DOUBT = 200, 2**30
_MANIFEST = "nanocaliper.json"
_KIND = "nanocaliper project"
_MEMBER = re.compile(
    r"images/[1-9][0-9]{0,15}/(input\.[a-z0-9]{2,5}|input[-.][a-z0-9]{2,5}\.hdr|base\.npz|result/(labels\.tif|overlay\.png|outlines\.geojson|particles\.csv|result\.json))"
)


def write_archive(folder: Path, database: Path, target: Path, *, report: Report) -> None:
    """Write a project as a zip file.

    Parameters
    ----------
    folder : Path
        Of the project.
    database : Path
        A consistent copy of its database.
    target : Path
    report : callable
    """
    report("packing")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        manifest = {"kind": _KIND, "format": SCHEMA_VERSION, "version": __version__}
        archive.writestr(_MANIFEST, json.dumps(manifest))
        archive.write(database, FILE_NAME)
        for path in sorted((folder / "images").rglob("*")):
            name = path.relative_to(folder).as_posix()
            if path.is_file() and _MEMBER.fullmatch(name):
                archive.write(path, name)


def read_archive(source: Path, folder: Path, *, report: Report) -> None:
    """Unpack a project's zip file and check all of it.

    Parameters
    ----------
    source : Path
    folder : Path
        Where it is put, whole or not at all.
    report : callable

    Raises
    ------
    RequestError
        If it is no project, or holds something that no project holds.
    """
    report("unpacking")
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    try:
        with zipfile.ZipFile(source) as archive:
            members = _check_members(archive)
            if shutil.disk_usage(folder.parent).free < sum(member.file_size for member in members):
                raise RequestError("There is not enough room on the disk to unpack the archive.", 507)
            (part / "images").mkdir(parents=True)
            for member in members:
                path = part.joinpath(*member.filename.split("/"))
                path.parent.mkdir(parents=True, exist_ok=True)
                # Never more than was announced: that much is checked.
                with archive.open(member) as packed, path.open("wb") as file:
                    shutil.copyfileobj(packed, file, 2**20)
        (part / _MANIFEST).unlink()
        check_database(part)
        part.replace(folder)
    except (
        zipfile.BadZipFile,
        zipfile.LargeZipFile,
        EOFError,
        NotImplementedError,
        RuntimeError,
        ValueError,
    ) as error:
        raise RequestError(
            f"The archive is damaged or no zip file ({error}); export it again.", 415
        ) from None
    except OSError as error:
        raise RequestError(f"The archive could not be unpacked ({error.strerror or error}).", 507) from None
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _check_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    members = archive.infolist()
    names = [member.filename for member in members]
    if _MANIFEST not in names or FILE_NAME not in names:
        raise RequestError(
            "The zip file is no archive of a project; expected one that the workbench exported.", 415
        )
    if len(members) > _MOST_FILES or len(set(names)) < len(names):
        raise RequestError("The archive names too many files, or one twice: it was refused.", 422)
    for member in members:
        if member.filename not in (_MANIFEST, FILE_NAME) and not _MEMBER.fullmatch(member.filename):
            shown = "".join(char if char.isprintable() else "?" for char in member.filename[:80])
            raise RequestError(f"The archive holds '{shown}', which no project holds: it was refused.", 422)
    size = sum(member.file_size for member in members)
    packed = sum(member.compress_size for member in members)
    if size > LARGEST_ARCHIVE:
        raise RequestError(f"The archive unpacks to {size / 2**30:.0f} GiB: it was refused.", 413)
    if size > _FREE_OF_DOUBT and size > _LARGEST_RATIO * max(packed, 1):
        raise RequestError(
            f"The archive unpacks to {size / max(packed, 1):.0f} times its size, as no project does: refused.",
            413,
        )
    if archive.getinfo(_MANIFEST).file_size > 10_000:
        raise RequestError("The archive's own description is too long: it was refused.", 422)
    _check_manifest(json.loads(archive.read(_MANIFEST)))
    return members


def _check_manifest(manifest: Any) -> None:
    if not isinstance(manifest, dict) or manifest.get("kind") != _KIND:
        raise RequestError("The zip file is no archive of a project.", 415)
    if manifest.get("format") != SCHEMA_VERSION:
        raise RequestError(
            f"The archive has the format {str(manifest.get('format'))[:20]}, and this version of nanocaliper reads "
            f"format {SCHEMA_VERSION}. Use the version that wrote it ({str(manifest.get('version'))[:20]}).",
            409,
        )
