"""Runs of true values along a line of pixels."""

import numpy as np
import numpy.typing as npt

__all__ = ["find_runs", "longest_run"]


def find_runs(line: npt.NDArray[np.bool_]) -> list[tuple[int, int]]:
    """Find where values are true without a break.

    Parameters
    ----------
    line : ndarray of bool, shape (n,)

    Returns
    -------
    list of tuple of int
        Start and stop of every run, half open, from left to right.
    """
    edges = np.flatnonzero(np.diff(np.concatenate([[0], line.astype(np.int8), [0]]))).tolist()
    return list(zip(edges[::2], edges[1::2], strict=True))


def longest_run(line: npt.NDArray[np.bool_]) -> int:
    """Length of the longest run of true values.

    Parameters
    ----------
    line : ndarray of bool, shape (n,)

    Returns
    -------
    int
        0 where no value is true.
    """
    return max((stop - start for start, stop in find_runs(line)), default=0)
