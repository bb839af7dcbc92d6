"""The images of a project: their rows, files and states."""

import json
import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.web.inputs import Settings
from nanocaliper.web.store.database import Database, next_change, now

__all__ = ["ACTIVE", "Images"]

#: States of an image that the page waits for.
ACTIVE = ("waiting", "measuring")

_FACTS = (
    "rows", "cols", "bits", "page", "pages", "counted", "left_out", "candidates", "diameter_mean", "diameter_sd",
    "unit", "calibration", "warnings", "seconds",
)  # fmt: skip
_LIGHT = """
    SELECT images.*, coalesce(bases.cursor, 0) AS cursor,
           (SELECT count(*) FROM edits WHERE edits.image = images.id AND edits.base = images.base) AS edits_total,
           CASE WHEN samples.deleted IS NULL THEN images.sample END AS shown_sample
    FROM images LEFT JOIN samples ON samples.id = images.sample
    LEFT JOIN bases ON bases.image = images.id AND bases.base = images.base
"""


class Images:
    """The images of one project.

    Parameters
    ----------
    database : Database
    folder : Path
        Where each image has a folder of its own.
    project : str
        Id of the project, for the records.
    """

    def __init__(self, database: Database, folder: Path, project: str) -> None:
        self._database = database
        self._folder = folder
        self._project = project

    def folder(self, image: int) -> Path:
        """Give the folder of an image."""
        return self._folder / str(int(image))

    def input(self, image: int) -> Path:
        """Give the file that was uploaded."""
        return self.folder(image) / f"input{self.row(image)['extension']}"

    def add(
        self,
        upload: Path,
        name: str,
        extension: str,
        sample: int,
        settings: Mapping[str, Any],
        scale: Mapping[str, Any],
    ) -> int:
        """Take over an uploaded file as a new, waiting image, and give its id."""
        with self._database.change() as connection:
            change = next_change(connection)
            cursor = connection.execute(
                "INSERT INTO images (sample, name, extension, bytes, created, settings, scale, change) "
                "VALUES (?, ?, ?, ?, ?, ?, ?, ?)",
                (
                    sample,
                    name,
                    extension,
                    upload.stat().st_size,
                    now(),
                    *map(json.dumps, (settings, scale)),
                    change,
                ),
            )
            image = int(cursor.lastrowid or 0)
            folder = self.folder(image)
            # What a crash left of an upload that never was.
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True, exist_ok=True)
            upload.replace(folder / f"input{extension}")
        return image

    def keep_beside(self, image: int, name: str, content: bytes) -> None:
        """Keep a text file beside an image that was just added, under the name that is looked for.

        Raises
        ------
        RequestError
            If it cannot be written.
        """
        try:
            (self.folder(image) / name).write_bytes(content)
        except OSError as error:
            raise RequestError(f"The file could not be stored ({error.strerror or error}).", 507) from None

    def row(self, image: int, *, deleted: bool = False) -> sqlite3.Row:
        """Give the row of an image.

        Raises
        ------
        RequestError
            If there is none, or it was deleted and that is not asked for.
        """
        row = self._database.row(_LIGHT + " WHERE images.id = ?", (image,))
        if row is None or (row["deleted"] is not None and not deleted):
            raise RequestError(f"There is no image {image} in this project.", 404)
        return row

    def record(self, image: int, positions: Mapping[int, int] | None = None) -> dict[str, Any]:
        """Give the light record of an image."""
        return self._describe(self.row(image, deleted=True), positions or {})

    def records(self, positions: Mapping[int, int], since: int | None = None) -> list[dict[str, Any]]:
        """Give the light records of all images, or of those that changed since a change."""
        rows = self._database.rows(
            _LIGHT + " WHERE images.deleted IS NULL AND images.change > ? ORDER BY images.id",
            (-1 if since is None else since,),
        )
        return [self._describe(row, positions) for row in rows]

    def removed(self, since: int) -> list[int]:
        """Give the images that were deleted since a change."""
        rows = self._database.rows(
            "SELECT id FROM images WHERE deleted IS NOT NULL AND change > ? ORDER BY id", (since,)
        )
        return [row["id"] for row in rows]

    def ids(self, *, sample: int | None = None, status: Sequence[str] | None = None) -> list[int]:
        """Give the images that are not deleted, of one sample or of some states, in their order."""
        rows = self._database.rows(
            _LIGHT + " WHERE images.deleted IS NULL AND (? IS NULL OR shown_sample = ?) ORDER BY images.id",
            (sample, sample),
        )
        return [row["id"] for row in rows if status is None or row["status"] in status]

    def update(self, image: int, reason: str | None = None, **values: Any) -> int:
        """Change columns of an image; with a reason this makes a new revision, whose number is given."""
        with self._database.change() as connection:
            return self.update_within(connection, image, reason, **values)

    def update_within(
        self, connection: sqlite3.Connection, image: int, reason: str | None = None, **values: Any
    ) -> int:
        """Do as `update` in a transaction that is open."""
        plain = {
            name: json.dumps(value) if isinstance(value, dict | list) else value
            for name, value in values.items()
        }
        plain["change"] = next_change(connection)
        columns = ", ".join(f"{name} = ?" for name in plain)
        connection.execute(f"UPDATE images SET {columns} WHERE id = ?", (*plain.values(), image))
        if reason is not None:
            connection.execute("UPDATE images SET revision = revision + 1 WHERE id = ?", (image,))
            connection.execute(
                "INSERT INTO revisions (image, revision, at, reason) "
                "SELECT id, revision, ?, ? FROM images WHERE id = ?",
                (now(), reason, image),
            )
        found = connection.execute("SELECT revision FROM images WHERE id = ?", (image,)).fetchone()
        return 0 if found is None else int(found[0])

    def revise(self, image: int, revision: int, reason: str, facts: Mapping[str, Any], **values: Any) -> None:
        """Change columns and facts of an image that is still at a revision.

        Raises
        ------
        RequestError
            If it is not.
        """
        with self._database.change() as connection:
            row = connection.execute("SELECT revision, facts FROM images WHERE id = ?", (image,)).fetchone()
            if row is None or row["revision"] != revision:
                raise RequestError("The image was changed in the meantime; look at it again.", 409)
            merged = json.loads(row["facts"]) | dict(facts)
            self.update_within(connection, image, reason, facts=merged, **values)

    def set_stage(self, image: int, stage: str) -> None:
        """Tell what is being done to an image."""
        self.update(image, stage=stage)

    def set_written(self, image: int, revision: int) -> None:
        """Tell which revision lies in the result folder."""
        self.update(image, written=revision)

    def fail(self, image: int, error: str) -> None:
        """Tell that an image could not be measured."""
        self.update(image, status="failed", stage=None, error=error)

    def mark_deleted(self, image: int, deleted: bool) -> None:
        """Put an image into the bin, or take it out again; nothing is removed from the disk."""
        self.update(image, deleted=now() if deleted else None)

    def add_facts(self, image: int, facts: Mapping[str, Any]) -> None:
        """Add to what is known of an image."""
        with self._database.change() as connection:
            row = connection.execute("SELECT facts FROM images WHERE id = ?", (image,)).fetchone()
            if row is not None:
                self.update_within(connection, image, facts=json.loads(row["facts"]) | dict(facts))

    def recover(self) -> None:
        """Put back into the queue what was being measured when the program ended."""
        with self._database.change() as connection:
            change = next_change(connection)
            connection.execute(
                "UPDATE images SET status = 'waiting', stage = NULL, change = ? WHERE status = 'measuring'",
                (change,),
            )

    def _describe(self, row: sqlite3.Row, positions: Mapping[int, int]) -> dict[str, Any]:
        facts = json.loads(row["facts"])
        return {
            "id": row["id"],
            "project": self._project,
            "sample": row["shown_sample"],
            "name": row["name"],
            "status": row["status"],
            "stage": row["stage"],
            "error": row["error"],
            "position": positions.get(row["id"]),
            "bytes": row["bytes"],
            "revision": row["revision"],
            **{name: facts.get(name) for name in _FACTS},
            "left_out": facts.get("left_out") or {},
            "warnings": facts.get("warnings") or [],
            # A choice that older projects do not name has its default.
            "settings": Settings.model_validate_json(row["settings"]).model_dump(),
            "scale": json.loads(row["scale"]),
            "edits": {"cursor": row["cursor"], "total": row["edits_total"]},
            "created": row["created"],
            "deleted": row["deleted"],
        }
