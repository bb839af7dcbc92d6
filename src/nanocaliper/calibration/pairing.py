"""What may be the bar of a label: gather everything near it that looks like one, and discard what is not."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.bar_ends import (
    MeasuredBar,
    find_caps,
    measure_dashes,
    measure_strip,
    measure_ticks,
)
from nanocaliper.calibration.bar_shapes import propose_by_edges, propose_by_grey
from nanocaliper.calibration.dashes import propose_dashes
from nanocaliper.calibration.ink import SAME_GREY
from nanocaliper.calibration.labels import Label
from nanocaliper.calibration.matching import rank_matches
from nanocaliper.calibration.rulers import propose_ticks
from nanocaliper.calibration.runs import longest_run
from nanocaliper.micrograph.micrograph import Box

__all__ = ["bars_near", "label_paper"]

Bytes = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.float32]

_REACH_IN_HEIGHTS = 6
# Where constant grey proposes nothing better than this, edges are asked too.
_GOOD_SCORE = 0.5


def bars_near(
    image: Bytes, grey: Grey, label: Label, printed: tuple[Box, ...], paper: float | None
) -> list[MeasuredBar]:
    """Measure everything near a label that may be a bar.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph, 8 bit.
    grey : ndarray of float32, shape (rows, cols)
        The same, neither rounded nor clipped; ends are measured on it.
    label : Label
        The label.
    printed : tuple of Box
        Where text stands, whose strokes are no bars.
    paper : float or None
        Grey value of the even ground the label stands on, as `label_paper` gives it.

    Returns
    -------
    tuple of MeasuredBar
        Good and bad, in no order.
    """
    reach = _REACH_IN_HEIGHTS * label.box.height
    band = Box(
        max(0, label.box.row_start - reach),
        0,
        min(image.shape[0], label.box.row_stop + reach),
        image.shape[1],
    )
    bars = [measure_ticks(ticks) for ticks in propose_ticks(image, band, label.ink)]
    dashed = [bar for row in propose_dashes(image, band) if (bar := measure_dashes(grey, row)) is not None]
    bars += dashed
    bars += [bar for strip in propose_by_grey(image, band) if (bar := measure_strip(grey, strip)) is not None]
    if paper is not None:
        # What has the grey of the label's ground is ground: the margin of a label box is as long as a bar.
        bars = [bar for bar in bars if bar.style == "ticks" or abs(bar.level - paper) > SAME_GREY]
    bars = _join_around(grey, label, bars)
    if not any(match.score > _GOOD_SCORE for match in rank_matches(label, bars, image.shape[1], paper)):
        bars += [
            bar for strip in propose_by_edges(image, band) if (bar := measure_strip(grey, strip)) is not None
        ]
    # A bracket may have been read as an H: only what is a part of a character is print.
    others = [box for box in printed if not box.overlaps(label.box)]
    strokes = [
        bar
        for bar in bars
        for box in others
        if bar.style == "solid" and _is_print(bar, box) and bar.length_px < 0.8 * box.width
    ]
    return [bar for bar in bars if bar not in strokes and not _is_print(bar, label.box)]


def label_paper(image: Bytes, label: Label) -> float | None:
    """Grey value of the even ground a label stands on; None where the ground is the micrograph.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph, 8 bit.
    label : Label

    Returns
    -------
    float or None
    """
    crop = image[label.box.slices()].astype(np.float32)
    ground = crop[np.abs(crop - label.ink) > 2 * SAME_GREY]
    if ground.size < 0.2 * crop.size:
        return None
    paper = float(np.median(ground))
    return paper if np.mean(np.abs(ground - paper) < SAME_GREY) > 0.7 else None


def _join_around(grey: Grey, label: Label, bars: list[MeasuredBar]) -> list[MeasuredBar]:
    """Join the two halves of a line that its label interrupts, |--- 500 nm ---|, and drop the halves."""
    box = label.box
    middle = (box.col_start + box.col_stop - 1) / 2
    in_rows = [bar for bar in bars if box.row_start - 1 <= bar.row <= box.row_stop]
    joined = []
    for left in in_rows:
        for right in in_rows:
            gap = right.col_start - left.col_stop
            around = left.col_stop < middle < right.col_start and gap < box.width + 4 * box.height
            if around and abs(left.row - right.row) <= 1.5 and 0.7 < left.length_px / right.length_px < 1.4:
                whole = replace(
                    left,
                    style="bracket",
                    col_stop=right.col_stop,
                    uncertainty_px=float(np.hypot(left.uncertainty_px, right.uncertainty_px)),
                    outline=min(left.outline, right.outline),
                    cut=left.cut or right.cut,
                )
                caps = find_caps(grey, whole)
                joined.append(whole if caps is None else replace(whole, col_start=caps[0], col_stop=caps[1]))
    halves = [bar for bar in in_rows if _goes_on_beyond(grey, label, bar)]
    return joined + [bar for bar in bars if bar not in halves]


def _goes_on_beyond(grey: Grey, label: Label, bar: MeasuredBar) -> bool:
    """Whether a line beside a label goes on, at the same grey, on the label's other side."""
    box = label.box
    middle = (box.col_start + box.col_stop - 1) / 2
    reach = int(bar.length_px + box.width)
    if bar.col_stop < middle:
        other = slice(int(middle), int(middle) + reach)
    elif bar.col_start > middle:
        other = slice(max(0, int(middle) - reach), int(middle))
    else:
        return False
    near = np.abs(grey[round(bar.row), other] - bar.level) < 0.35 * bar.contrast
    return longest_run(near) > 0.5 * bar.length_px


def _is_print(bar: MeasuredBar, box: Box) -> bool:
    """Whether the bar is a stroke of the characters in a box; none is much longer than they are high."""
    if bar.length_px > 1.2 * box.height:
        return False
    in_rows = box.row_start <= bar.row <= box.row_stop - 1
    return in_rows and bar.col_start >= box.col_start - 2 and bar.col_stop <= box.col_stop + 2
