"""The edits of an image: a list with a cursor; the edits before the cursor hold.

Edits speak of the candidates they were made on, so they belong to them: when the network runs again and finds
others, the image gets a list of its own for those; when it finds the same again, the edits of then are back.
Edits that came together are one step, undone and redone together.
"""

import json
import sqlite3
from collections.abc import Sequence
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.web.store.database import Database, now
from nanocaliper.web.store.images import Images

__all__ = ["Edits"]

_OWN = "edits.image = ? AND edits.base = (SELECT base FROM images WHERE id = edits.image)"


class Edits:
    """The edits of the images of one project.

    Parameters
    ----------
    database : Database
    images : Images
    """

    def __init__(self, database: Database, images: Images) -> None:
        self._database = database
        self._images = images

    def records(self, image: int) -> list[dict[str, Any]]:
        """Give all edits of an image, those undone too."""
        rows = self._database.rows(f"SELECT * FROM edits WHERE {_OWN} ORDER BY number", (image,))
        return [
            {"number": row["number"], "step": row["step"], "edit": json.loads(row["edit"]), "at": row["at"]}
            for row in rows
        ]

    def holding(self, image: int, cursor: int | None = None) -> list[dict[str, Any]]:
        """Give the edits that hold, or the first so many."""
        stop = self._images.row(image)["cursor"] if cursor is None else cursor
        return [record["edit"] for record in self.records(image)[:stop]]

    def by_base(self, image: int) -> dict[str, list[dict[str, Any]]]:
        """Give the edits that held on each of the candidates the image ever had."""
        rows = self._database.rows(
            "SELECT bases.base, edit FROM bases LEFT JOIN edits "
            "ON edits.image = bases.image AND edits.base = bases.base AND number <= cursor "
            "WHERE bases.image = ? ORDER BY bases.base, number",
            (image,),
        )
        found: dict[str, list[dict[str, Any]]] = {}
        for row in rows:
            found.setdefault(row["base"], []).extend([] if row["edit"] is None else [json.loads(row["edit"])])
        return found

    def find_cursor(self, image: int, direction: int) -> int:
        """Tell where the cursor is after undoing (-1) or redoing (+1) a step.

        Raises
        ------
        RequestError
            If there is nothing to undo or redo.
        """
        cursor = self._images.row(image)["cursor"]
        steps = [record["step"] for record in self.records(image)]
        if direction < 0:
            if cursor == 0:
                raise RequestError("There is nothing to undo.", 409)
            return steps.index(steps[cursor - 1])
        if cursor == len(steps):
            raise RequestError("There is nothing to redo.", 409)
        return len(steps) - steps[::-1].index(steps[cursor])

    def append(
        self, image: int, edits: Sequence[dict[str, Any]], revision: int, facts: dict[str, Any]
    ) -> None:
        """Append edits as one step; those that were undone are forgotten.

        Raises
        ------
        RequestError
            If the image is no longer at the revision the edits were made on.
        """
        with self._database.change() as connection:
            row = self._check(connection, image, revision)
            base, cursor = row["base"], row["cursor"]
            connection.execute(
                "DELETE FROM edits WHERE image = ? AND base = ? AND number > ?", (image, base, cursor)
            )
            self._insert(connection, image, base, edits, cursor)
            self._move(connection, row, cursor + len(edits), facts, "edit")

    def move(self, image: int, cursor: int, revision: int, facts: dict[str, Any]) -> None:
        """Put the cursor elsewhere.

        Raises
        ------
        RequestError
            As `append`.
        """
        with self._database.change() as connection:
            row = self._check(connection, image, revision)
            self._move(connection, row, cursor, facts, "undo" if cursor < row["cursor"] else "redo")

    def adopt(self, image: int, base: str, carried: Sequence[dict[str, Any]], **values: Any) -> None:
        """Let the image have these candidates; where they are new, with the edits that were carried over."""
        with self._database.change() as connection:
            known = connection.execute(
                "SELECT 1 FROM bases WHERE image = ? AND base = ?", (image, base)
            ).fetchone()
            if known is None:
                connection.execute(
                    "INSERT INTO bases (image, base, cursor) VALUES (?, ?, ?)", (image, base, len(carried))
                )
                self._insert(connection, image, base, carried, 0)
            self._images.update_within(connection, image, "measured", base=base, **values)

    @staticmethod
    def _check(connection: sqlite3.Connection, image: int, revision: int) -> sqlite3.Row:
        row: sqlite3.Row | None = connection.execute(
            "SELECT images.id, images.base, revision, cursor, facts FROM images "
            "JOIN bases ON bases.image = images.id AND bases.base = images.base WHERE images.id = ?",
            (image,),
        ).fetchone()
        if row is None or row["revision"] != revision:
            raise RequestError("The image was changed in the meantime; look at it again.", 409)
        return row

    @staticmethod
    def _insert(
        connection: sqlite3.Connection, image: int, base: str, edits: Sequence[dict[str, Any]], after: int
    ) -> None:
        at = now()
        connection.executemany(
            "INSERT INTO edits (image, base, number, step, edit, at) VALUES (?, ?, ?, ?, ?, ?)",
            [(image, base, after + 1 + k, after + 1, json.dumps(edit), at) for k, edit in enumerate(edits)],
        )

    def _move(
        self,
        connection: sqlite3.Connection,
        row: sqlite3.Row,
        cursor: int,
        facts: dict[str, Any],
        reason: str,
    ) -> None:
        connection.execute(
            "UPDATE bases SET cursor = ? WHERE image = ? AND base = ?", (cursor, row["id"], row["base"])
        )
        merged = json.loads(row["facts"]) | facts
        self._images.update_within(connection, row["id"], reason, facts=merged)
