"""Which found particle is which true particle: overlaps of two label images and one-to-one matching."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

__all__ = ["Matching", "Pairs", "match"]

Integers = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

#: Up to so many cells the joint histogram is kept as a table (64 MB); beyond that the pairs are sorted.
_TABLE_CELLS = 8_000_000


@dataclass(frozen=True)
class Pairs:
    """Particles matched one to one.

    Parameters
    ----------
    truth, found : ndarray of int, shape (pairs,)
        Indices into the particles of `Matching`, not label numbers.
    iou : ndarray, shape (pairs,)
        Intersection over union of each pair.
    """

    truth: Integers
    found: Integers
    iou: Floats

    def __len__(self) -> int:
        return len(self.iou)


@dataclass(frozen=True)
class Matching:
    """Overlaps between the particles of two label images, kept sparsely.

    Particles are ordered by their first pixel in reading order, so that nothing depends on how the labels are
    numbered.

    Parameters
    ----------
    truth_numbers, found_numbers : ndarray of int, shape (truths,) and (founds,)
        Label numbers.
    truth_areas, found_areas : ndarray of int, shape (truths,) and (founds,)
        Pixels.
    truth_index, found_index : ndarray of int, shape (overlaps,)
        The two particles of each pair that share at least a pixel.
    overlap : ndarray of int, shape (overlaps,)
        Pixels they share.
    pixels : int
        Pixels of the image.
    """

    truth_numbers: Integers
    found_numbers: Integers
    truth_areas: Integers
    found_areas: Integers
    truth_index: Integers
    found_index: Integers
    overlap: Integers
    pixels: int

    @property
    def union(self) -> Integers:
        """Pixels of either particle of each overlapping pair, shape (overlaps,)."""
        return self.truth_areas[self.truth_index] + self.found_areas[self.found_index] - self.overlap

    @property
    def iou(self) -> Floats:
        """Intersection over union of each overlapping pair, shape (overlaps,)."""
        return np.asarray(self.overlap / self.union, dtype=np.float64)

    def at(self, threshold: float) -> Pairs:
        """Match one to one as many particles as possible whose IoU is at least `threshold`.

        From 0.5 on, taking pairs by falling IoU is optimal: an IoU above 0.5 leaves no rival on either side,
        and at exactly 0.5 the only rivals are two halves of one particle. Below 0.5 that choice is enlarged
        along augmenting paths (C. Berge, PNAS 1957, 43, 842) until no more pairs are possible.

        Parameters
        ----------
        threshold : float
            Above 0, at most 1.

        Returns
        -------
        Pairs

        Raises
        ------
        ValueError
            If the threshold is not in (0, 1].
        """
        if not 0 < threshold <= 1:
            raise ValueError(f"IoU threshold {threshold}; expected above 0 and at most 1.")
        iou = self.iou
        candidates = np.flatnonzero(iou >= threshold)
        order = candidates[
            np.lexsort((self.found_index[candidates], self.truth_index[candidates], -iou[candidates]))
        ]
        truth_of: dict[int, int] = {}
        found_of: dict[int, int] = {}
        rivals: dict[int, list[int]] = {}
        for pair in order.tolist():
            truth, found = int(self.truth_index[pair]), int(self.found_index[pair])
            rivals.setdefault(truth, []).append(found)
            if truth not in found_of and found not in truth_of:
                found_of[truth], truth_of[found] = found, truth
        if threshold < 0.5:
            for truth in sorted(rivals.keys() - found_of.keys()):
                _augment(truth, rivals, truth_of, found_of)
        chosen = np.array(sorted(found_of.items()), dtype=np.int64).reshape(-1, 2)
        value = {
            (int(t), int(f)): float(v)
            for t, f, v in zip(self.truth_index[order], self.found_index[order], iou[order], strict=True)
        }
        values = np.array([value[t, f] for t, f in chosen.tolist()], dtype=np.float64)
        return Pairs(chosen[:, 0], chosen[:, 1], values)


def match(truth_labels: npt.NDArray[np.integer], found_labels: npt.NDArray[np.integer]) -> Matching:
    """Count the overlaps of every true with every found particle.

    Parameters
    ----------
    truth_labels, found_labels : ndarray of int, shape (rows, cols)
        0 background; numbers need not be consecutive.

    Returns
    -------
    Matching

    Raises
    ------
    ValueError
        If the shapes differ or a label is negative.
    """
    if truth_labels.shape != found_labels.shape or truth_labels.ndim != 2:
        raise ValueError(
            f"Label images of {truth_labels.shape} and {found_labels.shape}; "
            "expected the same (rows, cols) twice."
        )
    truth, truth_numbers, truth_areas = _number(truth_labels)
    found, found_numbers, found_areas = _number(found_labels)
    both = (truth > 0) & (found > 0)
    width = len(found_numbers) + 1
    keys = truth[both] * width + found[both]
    cells = (len(truth_numbers) + 1) * width
    if cells <= _TABLE_CELLS:
        table = np.bincount(keys, minlength=1)
        pairs = np.flatnonzero(table)
        overlap = table[pairs]
    else:
        pairs, overlap = np.unique(keys, return_counts=True)
    return Matching(
        truth_numbers=truth_numbers,
        found_numbers=found_numbers,
        truth_areas=truth_areas,
        found_areas=found_areas,
        truth_index=pairs // width - 1,
        found_index=pairs % width - 1,
        overlap=overlap.astype(np.int64),
        pixels=truth_labels.size,
    )


def _number(labels: npt.NDArray[np.integer]) -> tuple[Integers, Integers, Integers]:
    """Flat labels renumbered 1..n by first pixel, the original numbers, and the areas."""
    flat = labels.ravel()
    if flat.size and flat.min() < 0:
        raise ValueError(f"Label {flat.min()}; expected 0 for the background and positive numbers.")
    where = np.flatnonzero(flat)
    numbers, first, inverse, areas = np.unique(
        flat[where], return_index=True, return_inverse=True, return_counts=True
    )
    order = np.argsort(first)
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(1, len(order) + 1)
    renumbered = np.zeros(flat.size, np.int64)
    renumbered[where] = rank[inverse]
    return renumbered, numbers[order].astype(np.int64), areas[order].astype(np.int64)


def _augment(
    start: int, rivals: dict[int, list[int]], truth_of: dict[int, int], found_of: dict[int, int]
) -> None:
    """Match one more true particle if others can change their partner for it (breadth first)."""
    came_from: dict[int, int] = {}
    queue = [start]
    for truth in queue:
        for found in rivals[truth]:
            if found in came_from:
                continue
            came_from[found] = truth
            if found in truth_of:
                queue.append(truth_of[found])
                continue
            step: int | None = found
            while step is not None:
                owner = came_from[step]
                previous = found_of.get(owner)
                found_of[owner], truth_of[step] = step, owner
                step = previous
            return
