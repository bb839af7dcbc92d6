"""One project: its database, samples, images and edits."""

import shutil
from pathlib import Path
from typing import Any

from nanocaliper.web.store.database import FILE_NAME, Database, next_change, now
from nanocaliper.web.store.edits import Edits
from nanocaliper.web.store.images import Images
from nanocaliper.web.store.names import check_name
from nanocaliper.web.store.samples import Samples

__all__ = ["Project"]


class Project:
    """An open project.

    Parameters
    ----------
    folder : Path
        Its name is the project's id.

    Attributes
    ----------
    id : str
    samples : Samples
    images : Images
    edits : Edits

    Raises
    ------
    RequestError
        If it is missing, damaged, or of a later version.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.id = folder.name
        self._database = Database(folder / FILE_NAME)
        self.samples = Samples(self._database)
        self.images = Images(self._database, folder / "images", self.id)
        self.edits = Edits(self._database, self.images)

    @staticmethod
    def create(folder: Path, name: str) -> None:
        """Make a project; it is there whole or not at all."""
        part = folder.with_name(folder.name + ".part")
        shutil.rmtree(part, ignore_errors=True)
        (part / "images").mkdir(parents=True)
        Database.create(part / FILE_NAME, name)
        part.replace(folder)

    def record(self) -> dict[str, Any]:
        """Give the record of the project."""
        row = self._database.row(
            """
            SELECT name, created, modified, deleted,
                (SELECT count(*) FROM images WHERE deleted IS NULL) AS images,
                (SELECT count(*) FROM samples WHERE deleted IS NULL) AS samples,
                (SELECT coalesce(sum(facts ->> 'counted'), 0) FROM images WHERE deleted IS NULL) AS particles
            FROM project
            """
        )
        assert row is not None
        return {"id": self.id, **dict(row)}

    @property
    def change(self) -> int:
        """The number of the last change."""
        row = self._database.row("SELECT change FROM project")
        assert row is not None
        return int(row["change"])

    @property
    def deleted(self) -> bool:
        """Whether the project is in the bin."""
        row = self._database.row("SELECT deleted FROM project")
        return row is not None and row["deleted"] is not None

    def rename(self, name: str) -> None:
        """Give the project another name; the folder keeps its own."""
        shown = check_name(name, "project")
        with self._database.change() as connection:
            next_change(connection)
            connection.execute("UPDATE project SET name = ?", (shown,))

    def mark_deleted(self, deleted: bool) -> None:
        """Put the project into the bin, or take it out again; nothing is removed from the disk."""
        with self._database.change() as connection:
            next_change(connection)
            connection.execute("UPDATE project SET deleted = ?", (now() if deleted else None,))

    def copy_database(self, path: Path) -> None:
        """Write a consistent copy of the database."""
        self._database.copy_to(path)

    def close(self) -> None:
        """Close the files."""
        self._database.close()
