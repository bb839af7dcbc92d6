"""Dashed bars: equal dashes in one row with gaps as long as the dashes; the label is the length of the whole."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box

__all__ = ["Dashes", "propose_dashes"]

_CONTRAST = 25
_FEWEST = 3
_TALLEST = 0.03


@dataclass(frozen=True)
class Dashes:
    """A row of equal dashes.

    Parameters
    ----------
    number : int
        How many dashes.
    row : float
        Their centre line, px.
    col_start, col_stop : int
        First column of the first dash and the one after the last column of the last, px.
    length_px : int
        Columns of one dash.
    thickness : int
        Rows of one dash.
    """

    number: int
    row: float
    col_start: int
    col_stop: int
    length_px: int
    thickness: int


def propose_dashes(image: npt.NDArray[np.uint8], band: Box) -> tuple[Dashes, ...]:
    """Find rows of three or more equal dashes, bright or dark.

    What is lower than a small window and stands out of it is lifted (top-hat and black-hat transform); parts of
    that with the same rows and the same length, and gaps of about that length between them, are a dashed bar.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    band : Box
        Where to look.

    Returns
    -------
    tuple of Dashes
        In px of the whole micrograph.
    """
    part = np.ascontiguousarray(image[band.slices()])
    tallest = max(4, int(_TALLEST * image.shape[0]))
    kernel = np.ones((2 * tallest + 1, 1), np.uint8)
    found: list[Dashes] = []
    for operation in (cv2.MORPH_TOPHAT, cv2.MORPH_BLACKHAT):
        lifted = np.asarray(cv2.morphologyEx(part, operation, kernel), np.uint8)
        mask = (lifted >= max(_CONTRAST, 0.4 * float(lifted.max()))).astype(np.uint8)
        count, _, stats, _ = cv2.connectedComponentsWithStats(mask, connectivity=8)
        left, top, wide, high, area = (stats[1:count, k].astype(np.int64) for k in range(5))
        # Dashes fill their rectangle; letters and texture do not.
        solid = (area >= 0.85 * wide * high) & (wide >= 3) & (high <= tallest) & (wide >= high)
        found += _rows_of(np.stack([left, top, wide, high], axis=1)[solid], band)
    return tuple(found)


def _rows_of(parts: npt.NDArray[np.int64], band: Box) -> list[Dashes]:
    """Dashed bars among parts (left, top, width, height)."""
    found: list[Dashes] = []
    parts = parts[np.argsort(parts[:, 0], kind="stable")]
    for row in np.unique(parts[:, 1]):
        here = parts[np.abs(parts[:, 1] - row) <= 1]
        # Each length by itself, so that letters and texture in the same rows do not break a run.
        groups = [
            here[np.abs(here[:, 2] - length) <= 1 + 0.1 * length]
            for length in np.unique(here[:, 2])
            if len(here) >= _FEWEST
        ]
        for chain in (chain for group in groups if len(group) >= _FEWEST for chain in _chains(group)):
            left, top, wide, high = chain.T
            dashes = Dashes(
                len(chain),
                float(np.mean(top + (high - 1) / 2)) + band.row_start,
                int(left[0]) + band.col_start,
                int(left[-1] + wide[-1]) + band.col_start,
                int(np.median(wide)),
                int(np.median(high)),
            )
            if not any(
                abs(dashes.row - other.row) <= 2 and dashes.col_start < other.col_stop for other in found
            ):
                found.append(dashes)
    return found


def _chains(here: npt.NDArray[np.int64]) -> list[npt.NDArray[np.int64]]:
    """Runs of neighbours that are alike and follow one another at one step of about twice their length."""
    left, _, wide, high = here.T
    steps = np.diff(left)
    alike = (np.abs(np.diff(wide)) <= 1 + 0.1 * wide[:-1]) & (np.abs(np.diff(high)) <= 1)
    good = alike & (steps > 1.5 * wide[:-1]) & (steps < 2.6 * wide[:-1])
    chains, begin = [], 0
    for stop in range(1, len(here) + 1):
        goes_on = stop < len(here) and good[stop - 1]
        if goes_on and stop - begin >= 2:
            goes_on = abs(steps[stop - 1] - np.mean(steps[begin : stop - 1])) <= 1.5
        if not goes_on:
            if stop - begin >= _FEWEST:
                chains.append(here[begin:stop])
            begin = stop
    return chains
