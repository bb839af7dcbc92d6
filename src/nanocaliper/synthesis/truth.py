"""What is known exactly about a simulated micrograph."""

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from nanocaliper.synthesis.stamp import Stamp

__all__ = ["TRUTH_COLUMNS", "ScaleBarTruth", "SimulatedMicrograph", "draw_labels", "tabulate_truth"]

#: Columns of the table of particles.
TRUTH_COLUMNS = (
    "particle",
    "kind",
    "row",
    "col",
    "area_px",
    "diameter_equivalent_px",
    "feret_max_px",
    "feret_min_px",
    "orientation_deg",
    "touches_border",
    "visible_fraction",
    "in_frame_fraction",
)


@dataclass(frozen=True)
class ScaleBarTruth:
    """A printed scale bar.

    Parameters
    ----------
    value : float
        The number on the label.
    unit : {'nm', 'um', 'mm'}
        The unit on the label.
    length_px : float
        Distance of the bar's ends, px; of the first and last tick's centres for a ruler.
    row : float
        Centre line of the bar, px.
    col_start, col_end : float
        Its ends, px; pixel (r, c) covers c - 0.5 to c + 0.5.
    style : str
        One of `nanocaliper.synthesis.annotation_options.BAR_STYLES`.
    text : str
        The label as printed.
    label_box : (int, int, int, int)
        First row, first column, row after the last, column after the last of the label's ink.
    """

    value: float
    unit: str
    length_px: float
    row: float
    col_start: float
    col_end: float
    style: str
    text: str
    label_box: tuple[int, int, int, int]


@dataclass(frozen=True)
class SimulatedMicrograph:
    """A simulated micrograph with its truth. Pixel (r, c) has its centre at (r, c), covering r ± 0.5, c ±
    0.5.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (rows, cols)
        The image, data strip included.
    labels : ndarray of int32, shape (rows, cols)
        Visible part of each particle: pixels that the topmost covers by half or more; 0 background, strip and
        opaque annotations.
    particles : pandas.DataFrame
        One row a particle, columns `TRUTH_COLUMNS`: ``particle`` the number as in `labels`; ``row``,
        ``col`` the centroid of the whole outline; area and diameters of the whole outline, exact, also
        where it is hidden or cut off; ``orientation_deg`` see `measure_orientation_deg`; ``touches_border``
        whether it touches or crosses the border of the micrograph or of the strip; ``visible_fraction`` the
        visible part of the whole outline; ``in_frame_fraction`` the part of it that is in the frame.
    nm_per_px : float or None
        Scale.
    scale_bar : ScaleBarTruth or None
        The printed bar.
    data_strip : (int, int) or None
        First row of the strip and the row after its last.
    kind : {'SEM', 'TEM'}
        Kind of contrast.
    settings : dict
        All options of the scene, and ``particles_asked``, ``particles_placed``.
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    labels: NDArray[np.int32]
    particles: pd.DataFrame
    nm_per_px: float | None
    scale_bar: ScaleBarTruth | None
    data_strip: tuple[int, int] | None
    kind: str
    settings: dict[str, Any]


def draw_labels(stamps: list[Stamp], frame: tuple[int, int]) -> NDArray[np.int32]:
    """Number of the topmost particle that covers a pixel by half or more.

    Parameters
    ----------
    stamps : list of Stamp
        The particles, from the lowest to the topmost.
    frame : (int, int)
        Rows and columns.

    Returns
    -------
    ndarray of int32
        0 background.
    """
    labels = np.zeros(frame, np.int32)
    for stamp in stamps:
        labels[stamp.area][stamp.cover >= 0.5] = stamp.number
    return labels


def tabulate_truth(stamps: list[Stamp], labels: NDArray[np.int32], frame: tuple[int, int]) -> pd.DataFrame:
    """Exact truth of the particles.

    Parameters
    ----------
    stamps : list of Stamp
        The particles.
    labels : ndarray of int32
        Labels of at least the frame; what annotations hide is already 0.
    frame : (int, int)
        Rows and columns of the micrograph without the strip.

    Returns
    -------
    pandas.DataFrame
        Columns `TRUTH_COLUMNS`; without those that cover no pixel of the frame by half.
    """
    visible = np.bincount(labels.ravel(), minlength=max((s.number for s in stamps), default=0) + 1)
    rows = []
    for stamp in stamps:
        shape = stamp.particle.shape
        whole = max(int(np.count_nonzero(stamp.full.values >= 0.5)), 1)
        inside = int(np.count_nonzero(stamp.cover >= 0.5))
        if inside == 0:
            continue
        outline = shape.outline + np.array([stamp.particle.row, stamp.particle.col])
        low, high = outline.min(axis=0), outline.max(axis=0)
        beyond = bool(np.any(low < -0.5) or np.any(high > np.array(frame) - 0.5))
        cut = beyond or _lies_on_border(stamp, frame)
        rows.append(
            (
                stamp.number,
                shape.kind,
                stamp.particle.row,
                stamp.particle.col,
                shape.area_px,
                shape.diameter_equivalent_px,
                shape.feret_max_px,
                shape.feret_min_px,
                shape.orientation_deg,
                cut,
                visible[stamp.number] / whole,
                inside / whole,
            )
        )
    return pd.DataFrame(rows, columns=list(TRUTH_COLUMNS))


def _lies_on_border(stamp: Stamp, frame: tuple[int, int]) -> bool:
    """Whether the particle has a pixel in the outermost rows and columns of the frame."""
    rows, cols = np.nonzero(stamp.cover >= 0.5)
    rows, cols = rows + stamp.area[0].start, cols + stamp.area[1].start
    low, high = min(rows.min(), cols.min()), (rows.max(), cols.max())
    return bool(low == 0 or high[0] == frame[0] - 1 or high[1] == frame[1] - 1)
