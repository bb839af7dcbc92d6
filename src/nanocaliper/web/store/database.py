"""The database of one project: its tables, how it is opened, and its counters."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from nanocaliper.errors import RequestError

__all__ = ["FILE_NAME", "SCHEMA_VERSION", "Database", "next_change", "now"]

#: Of the tables below; a higher one was written by a later version.
SCHEMA_VERSION = 1
FILE_NAME = "project.sqlite"

_TABLES = """
CREATE TABLE project (
    one INTEGER PRIMARY KEY CHECK (one = 1),
    name TEXT NOT NULL, created TEXT NOT NULL, modified TEXT NOT NULL, deleted TEXT,
    change INTEGER NOT NULL DEFAULT 0  -- counts what the page must learn of
) STRICT;
CREATE TABLE samples (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    name TEXT NOT NULL, notes TEXT NOT NULL DEFAULT '{}', created TEXT NOT NULL, deleted TEXT
) STRICT;
CREATE TABLE images (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    sample INTEGER REFERENCES samples (id),
    name TEXT NOT NULL, extension TEXT NOT NULL, bytes INTEGER NOT NULL,
    created TEXT NOT NULL, deleted TEXT,
    status TEXT NOT NULL DEFAULT 'waiting'
        CHECK (status IN ('waiting', 'measuring', 'measured', 'failed', 'cancelled')),
    stage TEXT, error TEXT,
    settings TEXT NOT NULL, scale TEXT NOT NULL,
    facts TEXT NOT NULL DEFAULT '{}',      -- JSON: what measuring found, for the light record
    base TEXT NOT NULL DEFAULT '',         -- digest of the candidates that the network found
    revision INTEGER NOT NULL DEFAULT 0,   -- counts the states of the particles
    written INTEGER NOT NULL DEFAULT 0,    -- the revision that lies in result/
    change INTEGER NOT NULL
) STRICT;
CREATE INDEX images_by_change ON images (change);
CREATE TABLE bases (                       -- candidates that an image has or had
    image INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    base TEXT NOT NULL,
    cursor INTEGER NOT NULL,               -- how many of their edits hold
    PRIMARY KEY (image, base)
) STRICT;
CREATE TABLE edits (
    image INTEGER NOT NULL, base TEXT NOT NULL,
    number INTEGER NOT NULL,               -- from 1 without gaps
    step INTEGER NOT NULL,                 -- number of the first of those that came together
    edit TEXT NOT NULL, at TEXT NOT NULL,
    PRIMARY KEY (image, base, number),
    FOREIGN KEY (image, base) REFERENCES bases (image, base) ON DELETE CASCADE
) STRICT;
CREATE TABLE revisions (
    image INTEGER NOT NULL REFERENCES images (id) ON DELETE CASCADE,
    revision INTEGER NOT NULL, at TEXT NOT NULL, reason TEXT NOT NULL,
    PRIMARY KEY (image, revision)
) STRICT;
"""


def now() -> str:
    """Give the time as UTC text, to the millisecond."""
    return datetime.now(UTC).isoformat(timespec="milliseconds")


class Database:
    """An open database; every change is committed when it is made.

    Parameters
    ----------
    path : Path
        The file.

    Raises
    ------
    RequestError
        If it is missing, damaged, or of a later version.
    """

    def __init__(self, path: Path) -> None:
        if not path.is_file():
            raise RequestError(f"There is no project at '{path.parent.name}'.", 404)
        self._lock = threading.RLock()
        try:
            # One connection for all threads, used by one at a time.
            self._connection = sqlite3.connect(
                path, check_same_thread=False, isolation_level=None, timeout=10
            )
        except sqlite3.Error as error:
            raise _damaged(path, error) from None
        try:
            self._connection.row_factory = sqlite3.Row
            self._connection.execute("PRAGMA foreign_keys = ON")
            self._connection.execute("PRAGMA journal_mode = WAL")
            self._connection.execute("PRAGMA synchronous = FULL")
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
            if version != SCHEMA_VERSION:
                raise RequestError(
                    f"The project '{path.parent.name}' has the format {version}, and this version of nanocaliper "
                    f"reads format {SCHEMA_VERSION}. Use the version that wrote it.",
                    409,
                )
        except sqlite3.Error as error:
            self._connection.close()
            raise _damaged(path, error) from None
        except RequestError:
            self._connection.close()
            raise

    @staticmethod
    def create(path: Path, name: str) -> None:
        """Make a new, empty database."""
        connection = sqlite3.connect(path, isolation_level=None)
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            connection.executescript(f"BEGIN; {_TABLES} PRAGMA user_version = {SCHEMA_VERSION}; COMMIT;")
            at = now()
            connection.execute(
                "INSERT INTO project (one, name, created, modified) VALUES (1, ?, ?, ?)", (name, at, at)
            )
        finally:
            connection.close()

    @contextmanager
    def change(self) -> Iterator[sqlite3.Connection]:
        """Hold a transaction that is committed at the end of the ``with`` block, or undone on an error."""
        with self._lock:
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")

    def rows(self, query: str, values: tuple[object, ...] = ()) -> list[sqlite3.Row]:
        """Give all rows of a question."""
        with self._lock:
            return self._connection.execute(query, values).fetchall()

    def row(self, query: str, values: tuple[object, ...] = ()) -> sqlite3.Row | None:
        """Give the first row of a question."""
        with self._lock:
            found: sqlite3.Row | None = self._connection.execute(query, values).fetchone()
            return found

    def copy_to(self, path: Path) -> None:
        """Write a consistent copy, also while others write."""
        with self._lock:
            target = sqlite3.connect(path)
            try:
                self._connection.backup(target)
                target.execute("PRAGMA journal_mode = DELETE")
            finally:
                target.close()

    def close(self) -> None:
        """Close the file."""
        with self._lock:
            self._connection.close()


def next_change(connection: sqlite3.Connection) -> int:
    """Count a change that the page must learn of, and give its number."""
    connection.execute("UPDATE project SET change = change + 1, modified = ?", (now(),))
    (change,) = connection.execute("SELECT change FROM project").fetchone()
    return int(change)


def _damaged(path: Path, error: Exception) -> RequestError:
    return RequestError(
        f"The database of the project '{path.parent.name}' cannot be read ({error}). Restore the folder from a "
        "copy or an archive.",
        409,
    )
