"""Whether a database from elsewhere is one that this program could have written."""

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

from pydantic import ValidationError

from nanocaliper.editing.edits import read_edit
from nanocaliper.editing.scale_choice import read_scale_choice
from nanocaliper.errors import NanocaliperError, RequestError
from nanocaliper.micrograph.formats import EXTENSIONS
from nanocaliper.web.inputs import Notes, Settings
from nanocaliper.web.store.database import FILE_NAME, SCHEMA_VERSION, Database
from nanocaliper.web.store.names import check_name, show_file_name

__all__ = ["check_database"]


def check_database(folder: Path) -> None:
    """Refuse a project whose database is damaged, has other tables, or holds values that could do harm.

    Parameters
    ----------
    folder : Path
        Of the project.

    Raises
    ------
    RequestError
    """
    try:
        with closing(sqlite3.connect(folder / FILE_NAME)) as connection:
            connection.row_factory = sqlite3.Row
            # Views and triggers of strangers must not run while we look.
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA cell_size_check = ON")
            _check_tables(connection, folder)
            if connection.execute("PRAGMA quick_check(1)").fetchone()[0] != "ok":
                raise _refuse("it is damaged")
            if connection.execute("PRAGMA foreign_key_check").fetchone() is not None:
                raise _refuse("its tables contradict each other")
            _check_values(connection, folder)
    except sqlite3.Error as error:
        raise _refuse(str(error)) from None


def _check_tables(connection: sqlite3.Connection, folder: Path) -> None:
    if connection.execute("PRAGMA user_version").fetchone()[0] != SCHEMA_VERSION:
        raise _refuse(f"it is not of format {SCHEMA_VERSION}")
    model = folder / "model.sqlite"
    Database.create(model, "model")
    question = "SELECT type, name, tbl_name, sql FROM sqlite_master ORDER BY name"
    try:
        with closing(sqlite3.connect(model)) as ours:
            expected = ours.execute(question).fetchall()
    finally:
        for path in folder.glob("model.sqlite*"):
            path.unlink()
    if [tuple(row) for row in connection.execute(question)] != expected:
        raise _refuse("it has other tables than a project")


def _check_values(connection: sqlite3.Connection, folder: Path) -> None:
    projects = connection.execute("SELECT * FROM project").fetchall()
    if len(projects) != 1:
        raise _refuse("it does not say which project it is")
    _try("the name of the project", lambda: check_name(projects[0]["name"], "project"))
    for row in connection.execute("SELECT * FROM samples"):
        _try("a sample", lambda row=row: check_name(row["name"], "sample"))  # type: ignore[misc]
        _try("the notes of a sample", lambda row=row: Notes.model_validate_json(row["notes"]))  # type: ignore[misc]
    for row in connection.execute("SELECT * FROM images"):
        if row["extension"] not in EXTENSIONS or show_file_name(row["name"]) != row["name"]:
            raise _refuse("the name of an image is none")
        if not (folder / "images" / str(row["id"]) / f"input{row['extension']}").is_file():
            raise _refuse(f"the image '{row['name']}' is not in it")
        _try("the settings of an image", lambda row=row: Settings.model_validate_json(row["settings"]))  # type: ignore[misc]
        _try("the facts of an image", lambda row=row: _read_object(row["facts"]))  # type: ignore[misc]
        _try("the scale of an image", lambda row=row: read_scale_choice(_read_object(row["scale"])))  # type: ignore[misc]
    for row in connection.execute("SELECT * FROM edits"):
        _try("an edit", lambda row=row: read_edit(_read_object(row["edit"])))  # type: ignore[misc]


def _read_object(text: str) -> dict[str, Any]:
    value = json.loads(text)
    if not isinstance(value, dict):
        raise ValueError("it is no object")
    return value


def _try(what: str, check: Callable[[], object]) -> None:
    try:
        check()
    except (ValueError, ValidationError, NanocaliperError, RecursionError) as error:
        line = " ".join(str(error).split())[:200]
        raise _refuse(f"{what} makes no sense ({line})") from None


def _refuse(reason: str) -> RequestError:
    return RequestError(f"The project in the archive was refused: {reason}.", 422)
