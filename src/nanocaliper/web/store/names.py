"""Names that people and files bring along, made safe to show and to store."""

import re
import unicodedata
from pathlib import PurePosixPath, PureWindowsPath

from nanocaliper.errors import RequestError
from nanocaliper.micrograph.formats import EXTENSIONS

__all__ = ["LONGEST_NAME", "check_name", "make_slug", "read_extension", "show_file_name"]

#: Longest name of a project, sample or image, characters.
LONGEST_NAME = 200


def check_name(name: str, what: str) -> str:
    """Take a name a person wrote: on one line, without what cannot be shown.

    Raises
    ------
    RequestError
        If nothing is left, or it is too long.
    """
    shown = _clean(name)
    if not shown:
        raise RequestError(f"The name of the {what} is empty; give it one.", 422)
    if len(shown) > LONGEST_NAME:
        raise RequestError(
            f"The name of the {what} has {len(shown)} characters; at most {LONGEST_NAME} are taken.", 422
        )
    return shown


def show_file_name(name: str) -> str:
    """Give the last part of a file name as a browser or an archive sent it, cleaned and cut."""
    last = PurePosixPath(PureWindowsPath(name.replace("\x00", "")).as_posix()).name
    shown = _clean(last).strip(".") or "image"
    if len(shown) <= LONGEST_NAME:
        return shown
    stem, dot, suffix = shown.rpartition(".")
    if dot and len(suffix) < 10:
        return stem[: LONGEST_NAME - len(suffix) - 1] + dot + suffix
    return shown[:LONGEST_NAME]


def _clean(name: str) -> str:
    # Control characters, direction marks and lone surrogates hide what a name says.
    kept = "".join(" " if char.isspace() else char for char in name if char.isspace() or char.isprintable())
    return " ".join(unicodedata.normalize("NFC", kept).split())


def read_extension(name: str) -> str | None:
    """Give the ending of a file name, lower case with the dot, where it is one of an image that is read."""
    folded = name.casefold()
    fitting = [ending for ending in EXTENSIONS if folded.endswith(ending)]
    return max(fitting, key=len) if fitting else None


def make_slug(name: str) -> str:
    """Make a short name of a folder, valid on every system, from a project's name."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode()
    return re.sub(r"[^a-z0-9]+", "-", plain.casefold()).strip("-")[:40].strip("-") or "project"
