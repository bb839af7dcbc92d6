"""``nanocaliper serve``: the local web page."""

from pathlib import Path
from typing import Annotated

import typer

from nanocaliper.errors import UsageError

__all__ = ["serve"]


def serve(
    folder: Annotated[
        Path | None,
        typer.Argument(
            metavar="[FOLDER]",
            help="Where projects are kept.",
            show_default="'nanocaliper' in your documents",
        ),
    ] = None,
    port: Annotated[
        int | None,
        typer.Option(metavar="N", help="Port to listen on.", show_default="the first free one from 8765"),
    ] = None,
    host: Annotated[
        str,
        typer.Option(
            metavar="H", help="Address to listen on; for other computers to reach it, a token is demanded."
        ),
    ] = "127.0.0.1",
    no_browser: Annotated[bool, typer.Option("--no-browser", help="Do not open the page.")] = False,
) -> None:
    """Open the workbench: a local page to measure, correct and report images.

    Everything stays on this computer. Ctrl-C ends it; what was waiting goes on at the next start.

    \b
    Examples:
      nanocaliper serve
      nanocaliper serve D:\\projects --port 9000
    """
    if port is not None and not 1 <= port <= 65535:
        raise UsageError(f"--port is {port}; expected 1 to 65535.")
    try:
        import flask  # noqa: F401
        import pydantic  # noqa: F401
        import waitress  # noqa: F401
    except ModuleNotFoundError as error:
        raise UsageError(
            f"The workbench needs '{error.name}', which is not installed: pip install \"nanocaliper[workbench]\"."
        ) from None
    from nanocaliper.web.server import serve as run

    run(folder, host=host, port=port, browser=not no_browser, say=typer.echo)
