"""The samples of a project."""

import json
import sqlite3
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.web.store.database import Database, next_change, now
from nanocaliper.web.store.names import check_name

__all__ = ["NOTES", "Samples"]

#: Notes that a sample can have, free text.
NOTES = ("material", "operator", "preparation", "instrument", "comment")


class Samples:
    """The samples of one project.

    Parameters
    ----------
    database : Database
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    def records(self) -> list[dict[str, Any]]:
        """Give all samples that are not deleted."""
        rows = self._database.rows("SELECT * FROM samples WHERE deleted IS NULL ORDER BY id")
        return [self._describe(row) for row in rows]

    def record(self, sample: int, *, deleted: bool = False) -> dict[str, Any]:
        """Give one sample.

        Raises
        ------
        RequestError
            If there is none.
        """
        row = self._database.row("SELECT * FROM samples WHERE id = ?", (sample,))
        if row is None or (row["deleted"] is not None and not deleted):
            raise RequestError(f"There is no sample {sample} in this project.", 404)
        return self._describe(row)

    def first(self) -> int:
        """Give the first sample; made where there is none."""
        row = self._database.row("SELECT id FROM samples WHERE deleted IS NULL ORDER BY id LIMIT 1")
        return int(row["id"]) if row is not None else int(self.add("Sample 1")["id"])

    def add(self, name: str, notes: dict[str, str] | None = None) -> dict[str, Any]:
        """Make a sample."""
        shown = self._check(name, None)
        with self._database.change() as connection:
            next_change(connection)
            cursor = connection.execute(
                "INSERT INTO samples (name, notes, created) VALUES (?, ?, ?)",
                (shown, json.dumps(notes or {}), now()),
            )
        return self.record(int(cursor.lastrowid or 0))

    def change(
        self, sample: int, name: str | None = None, notes: dict[str, str] | None = None
    ) -> dict[str, Any]:
        """Rename a sample or change its notes; notes that are not given stay."""
        record = self.record(sample)
        shown = record["name"] if name is None else self._check(name, sample)
        with self._database.change() as connection:
            next_change(connection)
            connection.execute(
                "UPDATE samples SET name = ?, notes = ? WHERE id = ?",
                (shown, json.dumps(record["notes"] | (notes or {})), sample),
            )
        return self.record(sample)

    def mark_deleted(self, sample: int, deleted: bool) -> dict[str, Any]:
        """Delete a sample, whose images then belong to none, or bring it back with them."""
        record = self.record(sample, deleted=not deleted)
        if not deleted:
            self._check(record["name"], sample)
        with self._database.change() as connection:
            change = next_change(connection)
            connection.execute(
                "UPDATE samples SET deleted = ? WHERE id = ?", (now() if deleted else None, sample)
            )
            connection.execute(
                "UPDATE images SET change = ? WHERE sample = ? AND deleted IS NULL", (change, sample)
            )
        return self.record(sample, deleted=True)

    def _check(self, name: str, own: int | None) -> str:
        """Refuse a name that another sample has: reports tell samples apart by name."""
        shown = check_name(name, "sample")
        for record in self.records():
            if record["id"] != own and record["name"].casefold() == shown.casefold():
                raise RequestError(f"There is a sample '{record['name']}' already; choose another name.", 409)
        return shown

    @staticmethod
    def _describe(row: sqlite3.Row) -> dict[str, Any]:
        notes = json.loads(row["notes"])
        return {
            "id": row["id"],
            "name": row["name"],
            "notes": {name: notes.get(name, "") for name in NOTES},
            "created": row["created"],
            "deleted": row["deleted"],
        }
