"""Showing progress and results of a run on the terminal."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

import typer

from nanocaliper.cli.progress import ProgressView, show_name

if TYPE_CHECKING:
    from nanocaliper.batch import BatchResult, Outcome

__all__ = ["RunView", "align", "say_conflicts"]

#: Images of a run that are listed one by one; of a longer run only what needs attention.
_LISTED = 20
#: Images in conflict that are named in the last lines.
_NAMED = 10


def align(rows: Sequence[Sequence[str]], right: Sequence[int] = ()) -> str:
    """Lay out rows of cells as text.

    Parameters
    ----------
    rows : sequence of sequences of str
        The first is the header.
    right : sequence of int
        Columns that stand to the right.

    Returns
    -------
    str
        Lines, with a rule below the header.
    """
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    lines = [
        "  ".join(
            cell.rjust(width) if column in right else cell.ljust(width)
            for column, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
    return "\n".join([lines[0], "-" * (sum(widths) + 2 * (len(widths) - 1)), *lines[1:]])


class RunView:
    """What a person sees of a run: a bar or a line an image on stderr, at the end a table on stdout.

    Use it in a ``with`` statement and hand `update` to `nanocaliper.batch.measure_many`.
    """

    def __init__(self) -> None:
        self._listed: list[Outcome] = []
        self._failed: list[Outcome] = []
        self._conflicts: list[str] = []
        self._warned = 0
        self._progress = ProgressView("Measuring")

    @property
    def done(self) -> int:
        """Images done."""
        return self._progress.done

    def __enter__(self) -> "RunView":
        self._progress.__enter__()
        return self

    def __exit__(self, *error: object) -> None:
        self._progress.__exit__(*error)

    def update(self, done: int, total: int, outcome: "Outcome") -> None:
        """Show that an image is done.

        Parameters
        ----------
        done, total : int
            Images done, and all.
        outcome : Outcome
            The one just done.
        """
        if len(self._listed) <= _LISTED:
            self._listed.append(outcome)
        if outcome.status == "failed" and len(self._failed) < _LISTED:
            self._failed.append(outcome)
        self._warned += bool(outcome.row["warnings"])
        if outcome.row["scale_conflict"] == "open" and len(self._conflicts) < _NAMED:
            self._conflicts.append(show_name(outcome.image.image))
        self._progress.show(done, total, outcome.image.image, _say_outcome(outcome))

    def show(self, result: "BatchResult") -> None:
        """Show the results of the run.

        Parameters
        ----------
        result : BatchResult
        """
        count = result.measured + result.kept + result.failed
        if count <= _LISTED:
            rows = [["image", "particles", "mean ± SD", "D50", "scale"]]
            # Several workers finish in any order.
            listed = sorted(self._listed, key=lambda outcome: outcome.image.image)
            rows += [_tabulate(outcome) for outcome in listed]
            typer.echo(align(rows, right=(1, 2, 3)))
            for outcome in listed:
                if outcome.row["warnings"]:
                    typer.echo(f"Note on {show_name(outcome.image.image)}: {outcome.row['warnings']}")
        elif self._warned:
            typer.echo(f"{self._warned} of {count} images have notes: see the column 'warnings'.")
        for outcome in self._failed:
            typer.echo(f"Failed: {show_name(outcome.image.image)}: {outcome.row['error']}", err=True)
        if result.failed > len(self._failed):
            more = result.failed - len(self._failed)
            typer.echo(f"... and {more} more failed: see the column 'error'.", err=True)
        if result.without_scale:
            typer.secho(
                f"NO SCALE in {result.without_scale} of {count} images: their sizes are in PIXELS. "
                "Pass --nm-per-px if you know the scale.",
                fg="red",
                bold=True,
            )
        if result.in_conflict:
            typer.secho(say_conflicts(result.in_conflict, sorted(self._conflicts)), fg="red", bold=True)
        counted = f"{count} image{'s' if count != 1 else ''}: {result.measured} measured"
        kept = f", {result.kept} kept from an earlier run" if result.kept else ""
        typer.echo(f"{counted}{kept}, {result.failed} failed.")
        typer.echo(f"Results: {result.out / 'summary.csv'}, {result.out / 'particles.csv'}")
        typer.echo(f"Outlines to check by eye: overlay.png in the folders below {result.out}")


def say_conflicts(count: int, images: Sequence[str]) -> str:
    """Say which images have two scales that disagree, and what settles it.

    Parameters
    ----------
    count : int
        How many there are, at least one.
    images : sequence of str
        Some of them, to be named.

    Returns
    -------
    str
    """
    have = "image has" if count == 1 else "images have"
    more = f" and {count - len(images)} more" if count > len(images) else ""
    return (
        f"{count} {have} two scales that disagree, metadata and scale bar: {', '.join(images)}{more}. "
        "Settle it with --scale-source metadata or --scale-source bar, or with --nm-per-px."
    )


def _say_outcome(outcome: "Outcome") -> str:
    if outcome.status == "failed":
        return "failed"
    conflict = ", TWO SCALES DISAGREE" if outcome.row["scale_conflict"] == "open" else ""
    kept = ", kept from an earlier run" if outcome.status == "kept" else f", {outcome.row['seconds']} s"
    return f"{outcome.row['particles']} particles{conflict}{kept}"


def _tabulate(outcome: "Outcome") -> list[str]:
    row = outcome.row
    if outcome.status == "failed":
        return [show_name(outcome.image.image), "failed", "", "", ""]
    unit = "nm" if row["nm_per_px"] else "px"
    mean, sd, d50 = (row[f"{name}_{unit}"] for name in ("diameter_mean", "diameter_sd", "d50"))
    size = f"{_short(mean)} ± {_short(sd) or '?'} {unit}" if mean else "none"
    scale = f"{row['nm_per_px']} nm/px, {row['calibration_source']}" if unit == "nm" else "NONE: pixels"
    if row["scale_conflict"] == "open":
        scale = "CONFLICT: pixels"
    return [
        show_name(outcome.image.image),
        row["particles"],
        size,
        f"{_short(d50)} {unit}" if d50 else "",
        scale,
    ]


def _short(cell: str) -> str:
    """Four significant digits of a number in a cell."""
    return f"{float(cell):.4g}" if cell else ""
