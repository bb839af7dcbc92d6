"""Serving the workbench on this computer: the port, the lock on the folder, the browser, and the end."""

import json
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO

import waitress

from nanocaliper.errors import OutputError, UsageError
from nanocaliper.web.app import make_app
from nanocaliper.web.limits import Limits
from nanocaliper.web.safety import Access
from nanocaliper.web.store.root import default_root
from nanocaliper.web.workbench import Workbench

__all__ = ["FIRST_PORT", "serve"]

FIRST_PORT = 8765
_PORTS_TRIED = 100
_THREADS = 16
_LOCK_FILE, _ADDRESS_FILE = ".lock", ".address"


def serve(
    folder: Path | None = None,
    *,
    host: str = "127.0.0.1",
    port: int | None = None,
    browser: bool = True,
    say: Callable[[str], None] = print,
) -> None:
    """Serve the workbench until Ctrl-C.

    Parameters
    ----------
    folder : Path, optional
        Of all projects; by default ``nanocaliper`` in the user's documents.
    host : str
        Address to listen on; another than this computer's own demands a token.
    port : int, optional
        By default the first that is free from 8765 on.
    browser : bool
        Whether to open the page.
    say : callable
        Takes the lines for the terminal.

    Raises
    ------
    UsageError
        If the port or the address cannot be used, or the folder is being served already.
    OutputError
        If the folder cannot be written to.
    """
    chosen = (default_root() if folder is None else folder).expanduser().resolve()
    access = Access.for_host(host)
    limits = Limits()
    with _lock(chosen) as announce:
        listening = _listen(host, port)
        bench = Workbench(chosen, limits, token_required=access.token is not None)
        try:
            number = listening.getsockname()[1]
            shown = f"[{host}]" if ":" in host else host
            address = f"http://{shown}:{number}/"
            announce(address)
            whole = address if access.token is None else f"{address}?token={access.token}"
            server = waitress.create_server(
                make_app(bench, access),
                sockets=[listening],
                threads=_THREADS,
                ident=None,
                max_request_body_size=limits.upload_bytes,
                channel_timeout=120,
            )
            bench.resume()
            bench.warm_up()
            _end_when_told()
            # While it runs it ends by itself at Ctrl-C.
            with suppress(KeyboardInterrupt):
                say(f"nanocaliper is at {whole}")
                say(f"Projects are kept in '{chosen}'. Ctrl-C ends.")
                if browser:
                    threading.Thread(target=webbrowser.open, args=(whole,), daemon=True).start()
                server.run()
            server.close()
        finally:
            bench.close()
            listening.close()
    say("Ended; what was waiting goes on when it is started again.")


def _end_when_told() -> None:
    """Take the wish of the system that the program end as Ctrl-C."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, signal.default_int_handler)


def _listen(host: str, port: int | None) -> socket.socket:
    """Bind the port asked for, or the first free one."""
    wanted = range(FIRST_PORT, FIRST_PORT + _PORTS_TRIED) if port is None else (port,)
    reason = ""
    for number in wanted:
        try:
            family, kind, _, _, address = socket.getaddrinfo(host, number, type=socket.SOCK_STREAM)[0]
        except (OSError, UnicodeError) as error:
            raise UsageError(f"The address '{host}' is unknown ({error}); leave out --host.") from None
        found = socket.socket(family, kind)
        if sys.platform != "win32":
            # Else the port of a server that has just ended is taken for a minute; Windows means something else.
            found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind(address)
            # Two programs can bind one port; only one can listen.
            found.listen(128)
        except (OSError, OverflowError) as error:
            found.close()
            reason = str(error)
            continue
        return found
    what = f"port {port}" if port is not None else f"none of the ports {wanted[0]} to {wanted[-1]}"
    raise UsageError(f"Cannot listen on '{host}', {what} ({reason}); choose another --port.")


@contextmanager
def _lock(folder: Path) -> Iterator[Callable[[str], None]]:
    """Hold the folder for this process; gives a function that leaves the address for others to find."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file = (folder / _LOCK_FILE).open("a+b")
    except OSError as error:
        raise OutputError(
            f"Cannot use the folder '{folder}' for projects ({error.strerror or error}); name another one: "
            "nanocaliper serve FOLDER."
        ) from error
    with file:
        if not _try_lock(file):
            raise UsageError(
                f"The projects in '{folder}' are being served already{_read_address(folder)}; use that page, or "
                "name another folder."
            )
        try:
            yield lambda address: _nothing(
                (folder / _ADDRESS_FILE).write_text(json.dumps({"address": address, "process": os.getpid()}))
            )
        finally:
            with suppress(OSError):
                (folder / _ADDRESS_FILE).unlink(missing_ok=True)


def _try_lock(file: IO[bytes]) -> bool:
    """Take the operating system's lock, which ends with the process however that ends."""
    try:
        if sys.platform == "win32":
            import msvcrt

            file.seek(0)
            msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    return True


def _read_address(folder: Path) -> str:
    try:
        found = json.loads((folder / _ADDRESS_FILE).read_text())
        return f" at {found['address']} by process {found['process']}"
    except (OSError, ValueError, KeyError, TypeError):
        return ""


def _nothing(_: object) -> None:
    return
