"""What is known exactly about an image made to try the reading of printed scale bars."""

from dataclasses import dataclass, field
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from nanocaliper.units import to_nm

__all__ = ["BarImage", "BarTruth", "Expectation"]

#: What a reader should answer: the scale, a refusal, or (at the edge of what a person can read) either.
Expectation = Literal["scale", "none", "either"]


@dataclass(frozen=True)
class BarTruth:
    """One printed scale bar with its label, in px of the final image.

    Pixel (r, c) covers r - 0.5 to r + 0.5 and c - 0.5 to c + 0.5. Ends are the outer edges of solid,
    outlined, dashed, boxed and field bars and of plain lines, the tips of arrows, the centres of the caps of
    brackets and of the first and last tick or dot of rulers.

    Parameters
    ----------
    value : float
        The number on the label.
    unit : {'A', 'nm', 'um', 'mm'}
        Its unit.
    text : str
        The label as printed.
    style : str
        One of `nanocaliper.synthesis.bar_drawings.BAR_DRAWINGS`.
    row_start, col_start, row_end, col_end : float
        Ends; start is the left or the upper one.
    thickness_px : float
        Of the bar or its line.
    label_box : (float, float, float, float)
        First row and column and the ones after the last of the label's ink, as edges of pixels.
    digit_px : float
        Height of the label's digits.
    label_side : str
        Where the label stands from the bar.
    label_kind : str
        How the label is written, such as ``'decimal'``.
    face : str
        Type face.
    ground : str
        What the bar stands on: ``'micrograph'``, ``'box'``, ``'half box'`` or a strip.
    ink : str
        Name of the bar's colour.
    nm_per_px : float
        True scale of what the bar stands on. A bar drawn on whole pixels is up to half a pixel off.
    whole_px : bool
        Whether the bar was drawn on whole pixels, as instruments do.
    contrast, label_contrast : float
        Weakest grey difference (of 255) of bar ends and letters to what is around them in the final image.
    noise, label_noise : float
        Worst residual standard deviation around bar ends and letters, as a share of that contrast.
    """

    value: float
    unit: str
    text: str
    style: str
    row_start: float
    col_start: float
    row_end: float
    col_end: float
    thickness_px: float
    label_box: tuple[float, float, float, float]
    digit_px: float
    label_side: str
    label_kind: str
    face: str
    ground: str
    ink: str
    nm_per_px: float
    whole_px: bool
    contrast: float = float("nan")
    label_contrast: float = float("nan")
    noise: float = float("nan")
    label_noise: float = float("nan")

    @property
    def length_px(self) -> float:
        """Distance of the ends, px."""
        return float(np.hypot(self.row_end - self.row_start, self.col_end - self.col_start))

    @property
    def vertical(self) -> bool:
        """Whether the bar runs from top to bottom."""
        return self.row_end - self.row_start > self.col_end - self.col_start

    @property
    def length_nm(self) -> float:
        """The length on the label, nm."""
        return to_nm(self.value, self.unit)


@dataclass(frozen=True)
class BarImage:
    """An image with scale bars, or without, and the answer a reader should give.

    Parameters
    ----------
    pixels : ndarray of uint8 or uint16, shape (rows, cols) or (rows, cols, 3)
        Grey, or RGB where something is coloured.
    case : str
        What the image was made to show, such as ``'one bar'`` or ``'bar leaves the image'``.
    expected : {'scale', 'none', 'either'}
        The answer; ``'either'`` where a person could not be sure to read it: the scale is right, and so is
        a refusal.
    nm_per_px : float or None
        The scale, where `expected` is not ``'none'``.
    reason : str
        Why there is no scale, or why it is hard to read; empty otherwise.
    bars : tuple of BarTruth
        All bars, also those that are cut, covered or unreadable; the first is the one to read.
    sharp : bool
        Whether the bar is as sharp as it was drawn: not rescaled or blurred after printing, and compressed
        lightly or not at all.
    scale : float
        Factor of the rescaling after printing.
    jpeg_quality : int or None
        Of the compression.
    settings : dict
        Further facts: noise, blur, distractors, ...
    """

    pixels: NDArray[np.uint8] | NDArray[np.uint16]
    case: str
    expected: Expectation
    nm_per_px: float | None
    reason: str
    bars: tuple[BarTruth, ...]
    sharp: bool
    scale: float
    jpeg_quality: int | None
    settings: dict[str, Any] = field(default_factory=dict)
