"""The entry point: commands put together, and errors turned into one sentence and an exit status."""

import io
import os
import sys
import tempfile
import traceback
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from nanocaliper import __version__
from nanocaliper.cli.compare import compare
from nanocaliper.cli.dataset import dataset
from nanocaliper.cli.demo import demo
from nanocaliper.cli.evaluate import evaluate
from nanocaliper.cli.export import export
from nanocaliper.cli.measure import measure
from nanocaliper.cli.models import models
from nanocaliper.cli.outlines import outlines
from nanocaliper.cli.report import report
from nanocaliper.cli.scale import scale
from nanocaliper.cli.serve import serve
from nanocaliper.cli.stats import stats
from nanocaliper.cli.synthesize import synthesize
from nanocaliper.cli.train import train
from nanocaliper.cli.training_set import training_set
from nanocaliper.errors import NanocaliperError

__all__ = ["app", "main"]

#: Plain help: it appears quickly, and looks the same on every terminal.
app = typer.Typer(
    name="nanocaliper",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
app.command()(measure)
app.command()(scale)
app.command()(stats)
app.command()(compare)
app.command()(report)
app.command()(outlines)
app.command()(training_set)
app.command()(train)
app.command()(evaluate)
app.command()(export)
app.command()(demo)
app.command()(models)
app.command()(serve)
app.command()(synthesize)
app.add_typer(dataset)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"nanocaliper {__version__}")
        raise typer.Exit


@app.callback(epilog="Start with 'nanocaliper demo', then 'nanocaliper measure IMAGE'.")
def _describe(
    version: Annotated[
        bool, typer.Option("--version", callback=_print_version, is_eager=True, help="Show the version.")
    ] = False,
) -> None:
    """Measure nanoparticles in electron-microscope images."""
    del version


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Run the command line and end the process.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Raises
    ------
    SystemExit
        With the exit status: 0 all well, 1 some images failed, 2 wrong use, 130 interrupted; see
        ``docs/command_line.md``.
    """
    for stream in (sys.stdout, sys.stderr):
        # A Windows console may not know µ and ±: a question mark is better than no result.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app(args=None if arguments is None else list(arguments), prog_name="nanocaliper")
    except NanocaliperError as error:
        typer.echo(f"Error: {error}", err=True)
        sys.exit(2)
    except BrokenPipeError:
        # The reader of our output has gone ('nanocaliper models | head'); there is nobody to tell.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(1)
    except Exception as error:
        sentence = f"Unexpected error, a fault of the program ({type(error).__name__}: {error})"
        typer.echo(f"Error: {sentence}: please report it with '{_write_trace()}'.", err=True)
        sys.exit(70)
    sys.exit(0)


def _write_trace() -> Path:
    with tempfile.NamedTemporaryFile(
        "w", prefix="nanocaliper-error-", suffix=".txt", delete=False, encoding="utf-8"
    ) as file:
        file.write(f"nanocaliper {__version__}\n{traceback.format_exc()}")
    return Path(file.name)
