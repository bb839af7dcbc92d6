"""Basins of a height field and their merging: the watershed both the network decoder and the threshold use.

Every pixel climbs to its highest neighbour until it stands on a peak; pixels of one peak are a basin. Then
neighbouring basins are merged in the order of how little speaks for a boundary between them, and the evidence
of merged basins is pooled, so that a long weak border counts as one border.
"""

import heapq
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from nanocaliper.segmentation.label_bands import count_pixels, renumber

__all__ = ["Borders", "climb", "find_borders", "merge_basins"]

_STEPS = ((-1, -1), (-1, 0), (-1, 1), (0, -1), (0, 1), (1, -1), (1, 0), (1, 1))


def climb(height: npt.NDArray[np.float32], inside: npt.NDArray[np.bool_]) -> npt.NDArray[np.int32]:
    """Label the basins of a height field by steepest ascent.

    Parameters
    ----------
    height : ndarray of float32, shape (rows, cols)
    inside : ndarray of bool, shape (rows, cols)
        Pixels that belong to any particle; the others stay 0 and are not climbed over.

    Returns
    -------
    ndarray of int32, shape (rows, cols)
        0 outside, basins 1..n. A plateau may fall into several basins; merging puts them together.
    """
    rows, cols = height.shape
    index = np.full((rows + 2, cols + 2), -1, np.int32)
    where = np.nonzero(inside)
    count = len(where[0])
    index[1:-1, 1:-1][where] = np.arange(count, dtype=np.int32)
    padded = np.full((rows + 2, cols + 2), -np.inf, np.float32)
    padded[1:-1, 1:-1] = np.where(inside, height, -np.inf)
    r, c = where[0] + 1, where[1] + 1
    best = padded[r, c]
    target = np.arange(count, dtype=np.int32)
    for dr, dc in _STEPS:
        value = padded[r + dr, c + dc]
        higher = value > best
        best = np.where(higher, value, best)
        target = np.where(higher, index[r + dr, c + dc], target)
    while True:  # pointer jumping: each round doubles the length of the climb
        further = target[target]
        if np.array_equal(further, target):
            break
        target = further
    labels = np.zeros((rows, cols), np.int32)
    labels[where] = np.unique(target, return_inverse=True)[1] + 1
    return labels


@dataclass(frozen=True)
class Borders:
    """Borders between neighbouring basins.

    Parameters
    ----------
    pairs : ndarray of int64, shape (n, 2)
        Basin numbers, first < second.
    length : ndarray of float64, shape (n,)
        Pairs of neighbouring pixels on the border.
    evidence : ndarray of float64, shape (n, k)
        Sums over those pixel pairs of k quantities that speak for a boundary.
    saddle : ndarray of float64, shape (n,)
        Greatest height at which one can cross the border.
    """

    pairs: npt.NDArray[np.int64]
    length: npt.NDArray[np.float64]
    evidence: npt.NDArray[np.float64]
    saddle: npt.NDArray[np.float64]


def find_borders(
    basins: npt.NDArray[np.int32],
    height: npt.NDArray[np.float32],
    contour: npt.NDArray[np.float32] | None = None,
    flow: npt.NDArray[np.float32] | None = None,
) -> Borders:
    """Collect what lies on the borders between basins.

    Parameters
    ----------
    basins : ndarray of int32, shape (rows, cols)
    height : ndarray of float32, shape (rows, cols)
    contour : ndarray of float32, shape (rows, cols), optional
        Probability of a boundary; first quantity of the evidence (the larger of the two pixels).
    flow : ndarray of float32, shape (2, rows, cols), optional
        Vectors (row, col) towards the particle's centre; second quantity: half the divergence across the
        border, 1 where the two pixels point away from each other.

    Returns
    -------
    Borders
    """
    keys, tops, sums = [], [], []
    for axis in (0, 1):
        first = (slice(None, -1), slice(None)) if axis == 0 else (slice(None), slice(None, -1))
        second = (slice(1, None), slice(None)) if axis == 0 else (slice(None), slice(1, None))
        a, b = basins[first], basins[second]
        on = (a != b) & (a > 0) & (b > 0)
        if not on.any():
            continue
        low, high = np.minimum(a[on], b[on]), np.maximum(a[on], b[on])
        keys.append(low.astype(np.int64) * (int(basins.max()) + 1) + high)
        tops.append(np.minimum(height[first][on], height[second][on]))
        parts = []
        if contour is not None:
            parts.append(np.maximum(contour[first][on], contour[second][on]))
        if flow is not None:
            parts.append((flow[axis][second][on] - flow[axis][first][on]) / 2)
        sums.append(np.stack(parts, 1) if parts else np.empty((int(on.sum()), 0)))
    if not keys:
        width = (contour is not None) + (flow is not None)
        return Borders(np.empty((0, 2), np.int64), np.empty(0), np.empty((0, width)), np.empty(0))
    key, top, value = np.concatenate(keys), np.concatenate(tops), np.concatenate(sums)
    names, place = np.unique(key, return_inverse=True)
    saddle = np.full(len(names), -np.inf)
    np.maximum.at(saddle, place, top)
    evidence = np.zeros((len(names), value.shape[1]))
    np.add.at(evidence, place, value)
    base = int(basins.max()) + 1
    return Borders(
        np.stack([names // base, names % base], 1),
        np.bincount(place, minlength=len(names)).astype(np.float64),
        evidence,
        saddle,
    )


#: (mean evidence, saddle / lower peak, smaller and larger basin in px, border in px) -> 0..1, how much speaks
#: for a boundary.
Judge = Callable[[tuple[float, ...], float, float, float, float], float]


def merge_basins(
    basins: npt.NDArray[np.int32],
    height: npt.NDArray[np.float32],
    borders: Borders,
    judge: Judge,
    limit: float = 0.5,
) -> npt.NDArray[np.int32]:
    """Merge neighbouring basins while less than `limit` speaks for a boundary between them.

    Parameters
    ----------
    basins : ndarray of int32, shape (rows, cols)
    height : ndarray of float32, shape (rows, cols)
    borders : Borders
    judge : callable
        Mean evidence, saddle height over the lower of the two peaks, areas of the smaller and the larger basin
        and length of the border (px) to a number from 0 (one particle) to 1 (two particles).
    limit : float
        Borders judged below it are taken away, the least first.

    Returns
    -------
    ndarray of int32, shape (rows, cols)
        Particles 1..n.
    """
    count = int(basins.max(initial=0))
    area = count_pixels(basins, count).astype(float).tolist()
    peaks = np.zeros(count + 1)
    np.maximum.at(peaks, basins.ravel(), height.ravel())
    peak: list[float] = peaks.tolist()
    parent = list(range(count + 1))
    neighbours: list[dict[int, list[float]]] = [{} for _ in range(count + 1)]
    for (a, b), length, evidence, saddle in zip(
        borders.pairs.tolist(),
        borders.length.tolist(),
        borders.evidence.tolist(),
        borders.saddle.tolist(),
        strict=True,
    ):
        neighbours[a][b] = neighbours[b][a] = [length, saddle, *evidence]

    def judged(a: int, b: int) -> float:
        length, saddle, *sums = neighbours[a][b]
        lower = min(peak[a], peak[b])
        return judge(
            tuple(s / length for s in sums),
            saddle / lower if lower > 0 else 1.0,
            min(area[a], area[b]),
            max(area[a], area[b]),
            length,
        )

    queue = [(judged(a, b), a, b) for a in range(1, count + 1) for b in neighbours[a] if a < b]
    heapq.heapify(queue)
    while queue:
        value, a, b = heapq.heappop(queue)
        if value >= limit:
            break
        if parent[a] != a or parent[b] != b or b not in neighbours[a] or judged(a, b) != value:
            continue  # outdated: one of them was merged meanwhile, and the border was judged anew then
        parent[b] = a
        area[a] += area[b]
        peak[a] = max(peak[a], peak[b])
        del neighbours[a][b]
        for other, border in neighbours[b].items():
            if other == a:
                continue
            del neighbours[other][b]
            shared = neighbours[a].get(other)
            merged = (
                border
                if shared is None
                else [
                    border[0] + shared[0],
                    max(border[1], shared[1]),
                    *(x + y for x, y in zip(border[2:], shared[2:], strict=True)),
                ]
            )
            neighbours[a][other] = neighbours[other][a] = merged
        neighbours[b] = {}
        for other in neighbours[a]:
            low, high = min(a, other), max(a, other)
            heapq.heappush(queue, (judged(low, high), low, high))
    root = np.arange(count + 1)
    for k in range(1, count + 1):
        top = k
        while parent[top] != top:
            top = parent[top]
        root[k] = top
    numbers = np.zeros(count + 1, np.int32)
    used = np.unique(root[1:]) if count else np.empty(0, int)
    numbers[used] = np.arange(1, len(used) + 1)
    return renumber(basins, numbers[root])
