"""The edits of an image: an append-only list with a cursor; the edits before the cursor hold."""

import json
from collections.abc import Sequence
from typing import Any

from nanocaliper.errors import RequestError
from nanocaliper.web.store.database import Database, now
from nanocaliper.web.store.images import Images

__all__ = ["Edits"]


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
        rows = self._database.rows("SELECT * FROM edits WHERE image = ? ORDER BY number", (image,))
        return [{"number": row["number"], "edit": json.loads(row["edit"]), "at": row["at"]} for row in rows]

    def holding(self, image: int) -> list[dict[str, Any]]:
        """Give the edits that hold."""
        cursor = self._images.row(image)["cursor"]
        return [record["edit"] for record in self.records(image)[:cursor]]

    def append(
        self,
        image: int,
        edits: Sequence[dict[str, Any]],
        revision: int,
        facts: dict[str, Any],
        reason: str = "edit",
    ) -> int:
        """Append edits; those that were undone are forgotten. Gives the new revision.

        Raises
        ------
        RequestError
            If the image is no longer at the revision the edits were made on.
        """
        with self._database.change() as connection:
            row = connection.execute(
                "SELECT revision, cursor, facts FROM images WHERE id = ?", (image,)
            ).fetchone()
            if row is None or row["revision"] != revision:
                raise RequestError("The image was changed in the meantime; look at it again.", 409)
            cursor = row["cursor"]
            connection.execute("DELETE FROM edits WHERE image = ? AND number > ?", (image, cursor))
            connection.executemany(
                "INSERT INTO edits (image, number, edit, at) VALUES (?, ?, ?, ?)",
                [(image, cursor + 1 + k, json.dumps(edit), now()) for k, edit in enumerate(edits)],
            )
            merged = json.loads(row["facts"]) | facts
            return self._images.update_within(
                connection, image, reason, cursor=cursor + len(edits), facts=merged
            )

    def move(self, image: int, step: int, revision: int, facts: dict[str, Any]) -> int:
        """Undo (-1) or redo (+1) one edit. Gives the new revision."""
        with self._database.change() as connection:
            row = connection.execute(
                "SELECT revision, cursor, facts FROM images WHERE id = ?", (image,)
            ).fetchone()
            if row is None or row["revision"] != revision:
                raise RequestError("The image was changed in the meantime; look at it again.", 409)
            merged = json.loads(row["facts"]) | facts
            reason = "undo" if step < 0 else "redo"
            return self._images.update_within(
                connection, image, reason, cursor=row["cursor"] + step, facts=merged
            )

    def clear_within(self, connection: Any, image: int) -> None:
        """Forget all edits in a transaction that is open: the candidates they speak of are no more."""
        connection.execute("DELETE FROM edits WHERE image = ?", (image,))
