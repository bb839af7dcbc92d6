"""Giving freed memory back to the system."""

import ctypes
import sys

__all__ = ["release_freed_memory"]


def release_freed_memory() -> None:
    """Give memory that was freed back to the system where the C library keeps it for later (glibc does).

    Networks leave much of it: those that read text some 150 MB, beside which the next one allocates anew.
    """
    if sys.platform == "linux":
        trim = getattr(ctypes.CDLL(None), "malloc_trim", None)  # musl has none
        if trim is not None:
            trim(0)
