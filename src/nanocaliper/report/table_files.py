"""Writing ``summary.csv`` and ``particles.csv`` of a run while it goes on."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import IO

from nanocaliper.errors import OutputError
from nanocaliper.report.folder_names import NamedImage
from nanocaliper.report.result_folder import read_particle_rows
from nanocaliper.report.tables import PARTICLE_COLUMNS, SUMMARY_COLUMNS, encode_rows

__all__ = ["TableFiles"]


@dataclass(frozen=True)
class _Entry:
    image: NamedImage
    row: Mapping[str, str]


class TableFiles:
    """``summary.csv`` and ``particles.csv``, grown in the order of the images as these finish in any order.

    Use it in a ``with`` statement: entering starts both tables anew, leaving closes them. At any moment they
    hold whole rows of the first images of the run; so does what a crash leaves.

    Parameters
    ----------
    out : Path
        The output folder; it is made.

    Raises
    ------
    OutputError
        If the folder or a table cannot be written.
    """

    def __init__(self, out: Path) -> None:
        self._out = out
        self._waiting: dict[int, _Entry] = {}
        self._next = 0
        self._files: dict[str, IO[bytes]] = {}

    def __enter__(self) -> "TableFiles":
        try:
            self._out.mkdir(parents=True, exist_ok=True)
            # Both are opened before either is emptied: a table open in a spreadsheet must not cost the other.
            for name in ("summary.csv", "particles.csv"):
                self._files[name] = (self._out / name).open("ab")
            for name, columns in (("summary.csv", SUMMARY_COLUMNS), ("particles.csv", PARTICLE_COLUMNS)):
                self._files[name].truncate(0)
                self._write(name, [list(columns)])
        except OSError as error:
            self._close()
            raise self._explain(error) from error
        return self

    def add(self, number: int, image: NamedImage, row: Mapping[str, str]) -> None:
        """Take in an image that is done; its rows are written when those of all images before it are.

        Parameters
        ----------
        number : int
            Place of the image in the run, from 0.
        image : NamedImage
            Unless it failed, its particles are read from its result folder.
        row : mapping of str to str
            Its row of ``summary.csv``.

        Raises
        ------
        OutputError
            If a table cannot be written.
        """
        self._waiting[number] = _Entry(image, row)
        while self._next in self._waiting:
            self._append(self._waiting.pop(self._next))
            self._next += 1

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        try:
            # An interrupted run leaves gaps; what is done belongs in the tables all the same.
            for number in sorted(self._waiting):
                self._append(self._waiting.pop(number))
        finally:
            self._close()

    def _append(self, entry: _Entry) -> None:
        try:
            if entry.row["status"] != "failed":
                rows = read_particle_rows(self._out / entry.image.folder, entry.image.image)
                self._write("particles.csv", rows)
            self._write("summary.csv", [[entry.row[name] for name in SUMMARY_COLUMNS]])
        except OSError as error:
            raise self._explain(error) from error

    def _write(self, name: str, rows: Sequence[list[str]] | Iterator[list[str]]) -> None:
        # In one piece and flushed, so that a crash leaves whole rows.
        self._files[name].write(encode_rows(rows))
        self._files[name].flush()

    def _close(self) -> None:
        for file in self._files.values():
            file.close()

    def _explain(self, error: OSError) -> OutputError:
        return OutputError(
            f"Cannot write the results to '{error.filename or self._out}' ({error.strerror or error}): is it "
            "a file, protected, full, or a table that is open in another program? Free it, or choose another "
            "folder with -o."
        )
