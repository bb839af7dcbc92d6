"""The process that works: it takes one task after the other from its pipe."""

import contextlib
import os
import signal
import sys
import threading
import traceback
from collections.abc import Callable
from multiprocessing import parent_process
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from nanocaliper.errors import NanocaliperError, RequestError
from nanocaliper.inference.threads import limit_threads

__all__ = ["Report", "run_worker"]

#: How a task tells which stage it has come to.
Report = Callable[[str], None]


def run_worker(pipe: Connection, threads: int, niceness: int) -> None:
    """Do tasks until the pipe is closed.

    Parameters
    ----------
    pipe : Connection
        Gives ``(function, arguments)``; takes ``("stage", text)`` while a task runs, then ``("done", result)`` or
        ``("failed", sentence, status)``.
    threads : int
        For networks.
    niceness : int
        By how much the page and other programs go before, 0 to 19.
    """
    # Ctrl-C reaches every process of the terminal; only the first one answers.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    threading.Thread(target=_end_with_parent, daemon=True).start()
    _stand_back(niceness)
    limit_threads(threads)
    with contextlib.suppress(EOFError, OSError):
        while True:
            function, arguments = pipe.recv()
            pipe.send(_do(function, arguments, lambda stage: pipe.send(("stage", stage))))


def _do(function: Callable[..., Any], arguments: tuple[Any, ...], report: Report) -> tuple[Any, ...]:
    try:
        return ("done", function(*arguments, report=report))
    except RequestError as error:
        return ("failed", str(error), error.status)
    except NanocaliperError as error:
        return ("failed", str(error), 422)
    except MemoryError:
        return (
            "failed",
            "There was not enough memory: close other programs, or cut the image into parts.",
            500,
        )
    except Exception as error:
        traceback.print_exc(file=sys.stderr)
        sentence = (
            f"Unexpected error, a fault of the program ({type(error).__name__}: {error}): please report it."
        )
        return ("failed", sentence, 500)


def _end_with_parent() -> None:
    """End at once when the server is gone: it may be started again and do this very task."""
    parent = parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)


def _stand_back(niceness: int) -> None:
    """Let the page and other programs go first, and be the first to go where memory runs out."""
    if sys.platform == "win32":
        import ctypes

        below_normal = 0x4000
        kernel = ctypes.windll.kernel32
        kernel.SetPriorityClass(kernel.GetCurrentProcess(), below_normal)
        return
    with contextlib.suppress(OSError):
        os.nice(niceness)
    with contextlib.suppress(OSError):
        Path("/proc/self/oom_score_adj").write_text("500")
