"""Errors that name an image as its people do, not where it lies on this computer."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from nanocaliper.errors import NanocaliperError, RequestError

__all__ = ["name_image"]


@contextmanager
def name_image(source: Path, name: str) -> Iterator[None]:
    """Put the name of an image for its path into the errors of a ``with`` block.

    Raises
    ------
    RequestError
        In place of any error for the user.
    """
    try:
        yield
    except RequestError:
        raise
    except NanocaliperError as error:
        sentence = str(error).replace(repr(str(source)), f"'{name}'").replace(str(source), name)
        raise RequestError(sentence, 422) from error
