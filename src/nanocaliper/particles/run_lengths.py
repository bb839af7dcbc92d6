"""Run-length encoding of masks as COCO has it: column by column, lengths of background and particle in turn."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

__all__ = ["decode_runs", "encode_runs", "find_runs", "unpack_counts"]

Runs = npt.NDArray[np.int64]


def find_runs(labels: npt.NDArray[np.int32]) -> dict[int, Runs]:
    """Find the runs of pixels of every particle, column by column.

    Parameters
    ----------
    labels : ndarray of int32, shape (rows, cols)

    Returns
    -------
    dict of int to ndarray of int, shape (runs, 2)
        By number: first place and place after the last, where pixel (r, c) has the place c * rows + r.
    """
    flat = np.ascontiguousarray(labels.T).reshape(-1)
    edges = np.concatenate([[0], np.flatnonzero(np.diff(flat)) + 1, [flat.size]])
    runs = np.column_stack([edges[:-1], edges[1:]])
    values = flat[edges[:-1]]
    order = np.argsort(values, kind="stable")
    numbers, firsts = np.unique(values[order], return_index=True)
    parts = np.split(runs[order], firsts[1:])
    return {int(number): part for number, part in zip(numbers, parts, strict=True) if number}


def encode_runs(runs: Runs, size: int) -> list[int]:
    """Turn runs into lengths of background, particle, background, ...

    Parameters
    ----------
    runs : ndarray of int, shape (runs, 2)
        As `find_runs` gives them.
    size : int
        Rows times cols.

    Returns
    -------
    list of int
        Their sum is `size`.
    """
    lengths: list[int] = np.diff(np.concatenate([[0], runs.ravel(), [size]])).tolist()
    return lengths if lengths[-1] or len(lengths) == 1 else lengths[:-1]


def decode_runs(counts: Sequence[int], size: int) -> Runs:
    """Find where the runs of a particle start and stop.

    Parameters
    ----------
    counts : sequence of int
        As `encode_runs` gives them.
    size : int
        Rows times cols.

    Returns
    -------
    ndarray of int, shape (runs, 2)
        First place and place after the last, column by column.

    Raises
    ------
    ValueError
        If they are not lengths that fill the mask.
    """
    if any(
        isinstance(count, bool) or not isinstance(count, int) or not 0 <= count <= size for count in counts
    ):
        raise ValueError("a run length is no whole number inside the mask")
    edges = np.cumsum(counts, dtype=np.int64)
    if not len(counts) or edges[-1] != size:
        raise ValueError("the runs do not fill the mask")
    return np.asarray(edges[: len(edges) // 2 * 2].reshape(-1, 2))


def unpack_counts(text: str) -> list[int]:
    """Read the packed text of run lengths: 5 bits a character, from the third on differences to the last but one.

    As ``rleFrString`` of the COCO API.

    Raises
    ------
    ValueError
        If it is no such text.
    """
    counts: list[int] = []
    value, shift = 0, 0
    for char in text:
        code = ord(char) - 48
        if not 0 <= code < 64 or shift > 50:
            raise ValueError("the packed run lengths are damaged")
        value |= (code & 31) << shift
        shift += 5
        if code & 32:
            continue
        if code & 16:
            value -= 1 << shift
        counts.append(value + (counts[-2] if len(counts) > 2 else 0))
        value, shift = 0, 0
    if shift:
        raise ValueError("the packed run lengths are cut short")
    return counts
