"""Answers that were made once, kept in memory up to a limit."""

import threading
from collections import OrderedDict
from collections.abc import Hashable

__all__ = ["ByteCache"]


class ByteCache:
    """Bytes by key; what was not used for longest goes first.

    Parameters
    ----------
    limit : int
        Bytes that are kept.
    """

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._size = 0
        self._kept: OrderedDict[Hashable, bytes] = OrderedDict()
        self._lock = threading.Lock()

    def get(self, key: Hashable) -> bytes | None:
        """Give what is kept under a key."""
        with self._lock:
            if key in self._kept:
                self._kept.move_to_end(key)
            return self._kept.get(key)

    def put(self, key: Hashable, content: bytes) -> None:
        """Keep something, unless it is larger than a quarter of the limit."""
        if len(content) > self._limit // 4:
            return
        with self._lock:
            self._size += len(content) - len(self._kept.pop(key, b""))
            self._kept[key] = content
            while self._size > self._limit:
                self._size -= len(self._kept.popitem(last=False)[1])
