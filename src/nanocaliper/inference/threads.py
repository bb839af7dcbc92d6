"""How many threads one process may use for networks and text reading."""

import os

__all__ = ["limit_threads", "thread_limit"]

_limit: int | None = None


def limit_threads(count: int) -> None:
    """Set the number of threads of networks loaded from now on in this process.

    Several processes that measure side by side share the cores; each with threads for all of them would slow down
    all.

    Parameters
    ----------
    count : int
        1 or more.

    Raises
    ------
    ValueError
        If it is less than 1.
    """
    global _limit
    if count < 1:
        raise ValueError(f"{count} threads; expected 1 or more.")
    _limit = count


def thread_limit() -> int:
    """Threads one network may use: the limit set, else OMP_NUM_THREADS, never more than this process's cores."""
    allowed = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else (os.cpu_count() or 1)
    wanted = os.environ.get("OMP_NUM_THREADS", "")
    if _limit is not None:
        return min(_limit, allowed)
    return min(int(wanted), allowed) if wanted.isdigit() and int(wanted) > 0 else allowed
