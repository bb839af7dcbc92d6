"""Progress of a run on stderr: a bar on a terminal, else a line an image."""

import sys
from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

import typer

if TYPE_CHECKING:
    from rich.progress import Progress

__all__ = ["ProgressView", "show_name"]


def show_name(name: str) -> str:
    """Write a file name so that it stays on its line and cannot command the terminal.

    Parameters
    ----------
    name : str

    Returns
    -------
    str
        Line breaks and other control characters as escapes (``\\n``).
    """
    # What is not ASCII and does not print (a soft hyphen) is part of a name all the same.
    return "".join(
        repr(char)[1:-1] if ord(char) <= 0x9F and not char.isprintable() else char for char in name
    )


class ProgressView:
    """What a person sees while images are worked on; use it in a ``with`` statement.

    Parameters
    ----------
    doing : str
        What is done, for example ``'Measuring'``.
    """

    def __init__(self, doing: str) -> None:
        self.done = 0
        self._doing = doing
        self._bar: Progress | None = None
        self._open: AbstractContextManager[object] = nullcontext()

    def __enter__(self) -> "ProgressView":
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

            self._bar = Progress(
                TextColumn(self._doing),
                BarColumn(),
                MofNCompleteColumn(),
                TimeElapsedColumn(),
                TextColumn("{task.description}", markup=False),
                console=Console(stderr=True),
                transient=True,
            )
            self._bar.add_task("", total=None)
            self._open = self._bar
        self._open.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._open.__exit__(None, None, None)

    def show(self, done: int, total: int, image: str, outcome: str) -> None:
        """Show that an image is done.

        Parameters
        ----------
        done, total : int
            Images done, and all.
        image : str
            The one just done.
        outcome : str
            What became of it, in a few words.
        """
        self.done = done
        image = show_name(image)
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], total=total, completed=done, description=image)
        else:
            typer.echo(f"[{done}/{total}] {image}: {outcome}", err=True)
