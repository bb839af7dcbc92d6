"""The record of the scale: nanometres per pixel, where they come from, and how sure that is."""

from dataclasses import dataclass
from typing import Literal

from nanocaliper.micrograph.micrograph import Box

__all__ = ["Calibration", "ScaleBar", "Source"]

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
        0 to 1: how sure the reading is.
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


@dataclass(frozen=True)
class Calibration:
    """Which scale the measurement uses, or why it has none.

    Parameters
    ----------
    nm_per_px : float or None
        Size of a pixel, nm; None where no scale is known.
    relative_uncertainty : float or None
        Standard uncertainty of `nm_per_px` divided by `nm_per_px`.
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
    """

    nm_per_px: float | None
    relative_uncertainty: float | None
    source: Source | None
    reason: str | None = None
    scale_bar: ScaleBar | None = None
    annotations: tuple[Box, ...] = ()
    warnings: tuple[str, ...] = ()
