"""The folder of all projects."""

import re
import secrets
import shutil
import threading
from pathlib import Path
from typing import Any

from nanocaliper.errors import OutputError, RequestError
from nanocaliper.web.store.database import FILE_NAME
from nanocaliper.web.store.names import check_name, make_slug
from nanocaliper.web.store.project import Project

__all__ = ["Root", "default_root"]

_ID = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")


def default_root() -> Path:
    """Give the folder that is used where none is named: ``nanocaliper`` in the user's documents."""
    home = Path.home()
    documents = home / "Documents"
    return (documents if documents.is_dir() else home) / "nanocaliper"


class Root:
    """The folder of all projects; each is opened once and stays open.

    Parameters
    ----------
    folder : Path
        It is made.

    Raises
    ------
    OutputError
        If it cannot be made or written to.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._open: dict[str, Project] = {}
        self._lock = threading.RLock()
        try:
            self.uploads.mkdir(parents=True, exist_ok=True)
            # What a crash left half written.
            for left in (*self.uploads.iterdir(), *folder.glob("*.part")):
                shutil.rmtree(left, ignore_errors=True) if left.is_dir() else left.unlink(missing_ok=True)
        except OSError as error:
            raise OutputError(
                f"Cannot use the folder '{folder}' for projects ({error.strerror or error}); name another one: "
                "nanocaliper serve FOLDER."
            ) from error

    @property
    def uploads(self) -> Path:
        """Where files lie while they come in; on the same drive, so that they can be moved whole."""
        return self.folder / ".uploads"

    def ids(self) -> list[str]:
        """Give the ids of all projects, deleted ones too."""
        return sorted(
            path.parent.name for path in self.folder.glob(f"*/{FILE_NAME}") if _ID.fullmatch(path.parent.name)
        )

    def records(self, *, deleted: bool) -> list[dict[str, Any]]:
        """Give the records of the projects, or of those in the bin; the one changed last comes first."""
        found = []
        for project in self.ids():
            try:
                record = self.open(project, deleted=True).record()
            except RequestError as error:
                empty = {
                    "created": "",
                    "modified": "",
                    "deleted": None,
                    "images": 0,
                    "samples": 0,
                    "particles": 0,
                }
                record = {"id": project, "name": project, **empty, "error": str(error)}
            found.append(record)
        chosen = [record for record in found if (record["deleted"] is not None) == deleted]
        return sorted(chosen, key=lambda record: str(record["modified"]), reverse=True)

    def open(self, project: str, *, deleted: bool = False) -> Project:
        """Give a project.

        Raises
        ------
        RequestError
            If there is none, it cannot be read, or it is in the bin and that is not asked for.
        """
        with self._lock:
            found = self._open.get(project)
            if found is None:
                # Only such names are looked for on the disk: no path leaves this folder.
                if not _ID.fullmatch(project) or not (self.folder / project / FILE_NAME).is_file():
                    raise RequestError("There is no such project.", 404)
                found = self._open[project] = Project(self.folder / project)
        if found.deleted and not deleted:
            raise RequestError("The project is in the bin; restore it first.", 404)
        return found

    def create(self, name: str) -> Project:
        """Make a project."""
        shown = check_name(name, "project")
        folder = self.new_folder(shown)
        Project.create(folder, shown)
        return self.open(folder.name)

    def new_folder(self, name: str) -> Path:
        """Choose a folder that is not there yet for a project of this name."""
        while True:
            folder = self.folder / f"{make_slug(name)}-{secrets.token_hex(3)}"
            if not folder.exists():
                return folder

    def new_upload(self) -> Path:
        """Name a file for something that comes in or goes out."""
        return self.uploads / secrets.token_hex(8)

    def copy(self, project: Project, name: str) -> Project:
        """Make a copy of a project under another name; it is there whole or not at all."""
        folder = self.new_folder(name)
        part = folder.with_name(folder.name + ".part")
        try:
            part.mkdir()
            project.copy_database(part / FILE_NAME)
            shutil.copytree(
                project.folder / "images", part / "images", ignore=shutil.ignore_patterns("*.part")
            )
            part.replace(folder)
        except (OSError, shutil.Error) as error:
            raise RequestError(f"The project could not be copied ({error}); is the disk full?", 507) from None
        finally:
            shutil.rmtree(part, ignore_errors=True)
        copy = self.open(folder.name)
        copy.rename(name)
        return copy

    def close(self) -> None:
        """Close all projects."""
        with self._lock:
            for project in self._open.values():
                project.close()
            self._open.clear()
