"""Lines that divide a figure into panels: which of them a scale bar holds for, nothing in the image tells."""

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.runs import find_runs
from nanocaliper.micrograph.micrograph import Box

__all__ = ["count_panels"]

_SAMPLES = 240
_WIDEST = 0.04
# Grey values: how even a divider is along its length, and how much it differs from the panels beside it.
_EVENNESS = 7.0
_DIFFERENCE = 25.0
_MARGIN = 0.08


def count_panels(image: npt.NDArray[np.uint8], field: Box) -> int:
    """Count the panels that straight, even lines from edge to edge cut the field into.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    field : Box
        The part that shows the sample.

    Returns
    -------
    int
        1 for a single micrograph.
    """
    part = image[field.slices()]
    return (1 + _count_dividers(part)) * (1 + _count_dividers(part.T))


def _count_dividers(part: npt.NDArray[np.uint8]) -> int:
    """Count narrow groups of columns that are even from top to bottom and stand out on both sides."""
    rows, cols = part.shape
    if min(rows, cols) < 64:
        return 0
    sample = part[:: max(1, rows // _SAMPLES)].astype(np.float32)
    # The middle nine tenths of a column's values, so that a letter on the line does not hide it.
    low, middle, high = np.percentile(sample, (5, 50, 95), axis=0)
    even = high - low <= _EVENNESS
    count = 0
    for start, stop in find_runs(even):
        inside = (
            _MARGIN * cols < start and stop < (1 - _MARGIN) * cols and stop - start <= max(2, _WIDEST * cols)
        )
        if not inside:
            continue
        level = float(np.median(middle[start:stop]))
        # Two columns away, where the line's blurred edge has ended.
        beside = (sample[:, start - 3], sample[:, stop + 2])
        # Most of each side differs from the line: a faint stripe of the micrograph itself does not.
        if all(float(np.mean(np.abs(side - level) > _DIFFERENCE)) > 0.6 for side in beside):
            count += 1
    return count
