"""The record of the scale: nanometres per pixel, where they come from, and how sure that is."""

from dataclasses import dataclass
from typing import Literal

from nanocaliper.calibration.marked_bar import MarkedBar
from nanocaliper.micrograph.micrograph import Box

__all__ = ["Calibration", "ScaleBar", "ScaleConflict", "Source"]

Source = Literal["metadata", "scale_bar", "user"]


@dataclass(frozen=True)
class ScaleBar:
    """A printed scale bar with its label.

    Parameters
    ----------
    value : float
        The number on the label.
    unit : {'pm', 'A', 'nm', 'um', 'mm', 'cm', 'm'}
        The unit on the label.
    length_nm : float
        The same in nm.
    length_px : float
        Distance of the bar's ends, px.
    length_uncertainty_px : float
        Standard uncertainty of that distance, px.
    row, col_start, col_stop : float
        Centre line and ends of the bar in px; pixel (r, c) covers r - 0.5 to r + 0.5.
    label_box : Box
        Where the label stands.
    text : str
        The label as read.
    confidence : float
        0 to 1: how sure the reading is; NaN where the method that read it gives none (``tao2025``).
    """

    value: float
    unit: str
    length_nm: float
    length_px: float
    length_uncertainty_px: float
    row: float
    col_start: float
    col_stop: float
    label_box: Box
    text: str
    confidence: float

    @property
    def nm_per_px(self) -> float:
        """Scale L = Lr / Lp, eq. (4) of Tao, Ji and Liu, RSC Adv. 2025, 15, 20211."""
        return self.length_nm / self.length_px

    @property
    def relative_uncertainty(self) -> float:
        """Relative standard uncertainty of the scale: that of the length in px, the label being exact."""
        return self.length_uncertainty_px / self.length_px


@dataclass(frozen=True)
class ScaleConflict:
    """The file's metadata and the printed bar give two scales that disagree.

    Parameters
    ----------
    metadata_nm_per_px : float
        What the metadata say, nm.
    scale_bar_nm_per_px : float
        What the printed bar says, nm.
    scale_bar_relative_uncertainty : float
        Relative standard uncertainty of the bar's scale.
    limit : float
        Relative difference up to which they would have agreed.
    settled_by : {'metadata', 'scale_bar', 'user'} or None
        The source that the user decided on; None while nobody did, and then there is no scale.
    """

    metadata_nm_per_px: float
    scale_bar_nm_per_px: float
    scale_bar_relative_uncertainty: float
    limit: float
    settled_by: Source | None = None

    @property
    def relative_difference(self) -> float:
        """Scale of the bar over that of the metadata, minus 1."""
        return self.scale_bar_nm_per_px / self.metadata_nm_per_px - 1


@dataclass(frozen=True)
class Calibration:
    """Which scale the measurement uses, or why it has none.

    Parameters
    ----------
    nm_per_px : float or None
        Size of a pixel, nm; None where no scale is known.
    relative_uncertainty : float or None
        Standard uncertainty of `nm_per_px` divided by `nm_per_px`, of the reading alone: 0 for metadata, which
        are taken as the file states them; None where a user gave a scale without one. By how much the
        instrument's magnification is off (usually 1 to 3 %) is not in it.
    source : {'metadata', 'scale_bar', 'user'} or None
        Where the scale comes from.
    reason : str or None
        Where there is no scale: why, and what to do next.
    scale_bar : ScaleBar or None
        The printed bar, if one was read, used or not.
    annotations : tuple of Box
        Burned-in text and bars: never particles.
    warnings : tuple of str
        What a person should know, for example that two sources disagree.
    conflict : ScaleConflict or None
        Metadata and bar that disagree, whether a user settled it or not.
    best_guess : ScaleBar or None
        Where no bar was read surely: the surest doubtful reading. It is never used.
    marked_bar : MarkedBar or None
        The bar whose ends the user marked, where the scale comes from one.
    """

    nm_per_px: float | None
    relative_uncertainty: float | None
    source: Source | None
    reason: str | None = None
    scale_bar: ScaleBar | None = None
    annotations: tuple[Box, ...] = ()
    warnings: tuple[str, ...] = ()
    conflict: ScaleConflict | None = None
    best_guess: ScaleBar | None = None
    marked_bar: MarkedBar | None = None

    @property
    def in_conflict(self) -> bool:
        """Whether two scales disagree and nobody has settled it."""
        return self.conflict is not None and self.conflict.settled_by is None
