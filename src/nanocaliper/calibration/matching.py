"""How well a bar and a label go together, and how sure that makes the scale they give."""

import math
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from nanocaliper.calibration.bar_ends import MeasuredBar
from nanocaliper.calibration.bar_shapes import SHORTEST_SHARE, has_usual_length
from nanocaliper.calibration.ink import SAME_GREY
from nanocaliper.calibration.labels import Label
from nanocaliper.calibration.printed_scale import Evidence

__all__ = ["FACTORS", "Match", "rank_matches"]

_LEAST_SCORE = 0.05
_DASHES = tuple("-–—―_")
# Most bars are drawn in pure black or white; JPEG leaves some levels.
_PURE = 15


@dataclass(frozen=True)
class Match:
    """A bar taken for the bar of a label.

    Parameters
    ----------
    label : Label
    bar : MeasuredBar
    factors : dict of str to float
        0 to 1 each, keys as in `FACTORS`: what speaks for the two, 1 where nothing speaks against.
    evidence : str
        What other prints say of the scale, see `nanocaliper.calibration.printed_scale.compare`.
    """

    label: Label
    bar: MeasuredBar
    factors: dict[str, float]
    evidence: Evidence = "none"

    @property
    def nm_per_px(self) -> float:
        """The scale that the two give, nm."""
        return self.label.reading.length_nm / self.bar.length_px

    @cached_property
    def score(self) -> float:
        """Product of the factors of the bar, 0 to 1: ranks the bars of one label."""
        return math.prod(value for name, value in self.factors.items() if name != "label")

    @property
    def weight(self) -> float:
        """Product of all factors, 0 to 1: ranks matches of different labels."""
        return self.score * self.factors["label"]


#: What the confidence of a match is made of.
FACTORS = {
    "label": "how surely the label was read, and how usual such a length is",
    "contrast": "grey difference of the bar to its surroundings; full from 40 of 255",
    "outline": "share of its length along which it stands out above and below; full from 0.8",
    "ends": "contrast at its weaker end over that along it; full from 0.6",
    "even": "evenness of its grey along its length",
    "flat": "evenness of its grey in grey values: drawn bars have one",
    "pure": "whether it is black, white, or as bright as nothing else around it",
    "ink": "whether it has the grey of the label's characters",
    "paper": "whether it stands on the label's ground, where that is even",
    "near": "rows between it and the label, in heights of the label",
    "beside": "columns between it and the label, in heights of the label",
    "length": "short bars are rare, short straight edges of particles are not",
    "sharp": "uncertainty of its length over that length",
}


def rank_matches(label: Label, bars: list[MeasuredBar], width: int, paper: float | None) -> list[Match]:
    """Weigh the bars that may belong to a label.

    Parameters
    ----------
    label : Label
        The label.
    bars : list of MeasuredBar
        What was found near it.
    width : int
        Columns of the micrograph, px.
    paper : float or None
        Grey value of the even ground the label stands on; None where it stands on the micrograph.

    Returns
    -------
    list of Match
        Best first, the best one of each place only.
    """
    found = []
    for bar in bars:
        around = bar.col_start < label.box.col_start and label.box.col_stop < bar.col_stop
        if _runs_through(label) and not around:
            # The text holds an end of the line that it interrupts: no other bar is its own.
            continue
        fits = has_usual_length(bar.length_px, width) and bar.length_px > 0.9 * label.box.height
        if (
            fits
            and not bar.cut
            and not _is_label_box(bar, label, paper)
            and not any(_is_segment(bar, other) for other in bars)
        ):
            found.append(Match(label, bar, _weigh(label, bar, width, paper)))
    found.sort(key=lambda match: -match.score)
    kept: list[Match] = []
    for match in found:
        if match.score > _LEAST_SCORE and not any(_same_place(match.bar, other.bar) for other in kept):
            kept.append(match)
    return kept


def _weigh(label: Label, bar: MeasuredBar, width: int, paper: float | None) -> dict[str, float]:
    box, half = label.box, bar.thickness / 2
    height = max(box.height, 6)
    rows_apart = max(0.0, box.row_start - 0.5 - (bar.row + half), (bar.row - half) - (box.row_stop - 0.5))
    cols_apart = max(0.0, box.col_start - bar.col_stop, bar.col_start - box.col_stop)
    ticks = bar.style == "ticks"
    # Bar and label are drawn together, mostly in one ink; lines of one or two rows are paler than bold characters.
    pale = bar.thickness <= 2 and paper is not None and (bar.level - paper) * (label.ink - paper) > 0
    same_ink = ticks or pale or np.isnan(label.ink) or abs(bar.level - label.ink) < 2 * SAME_GREY
    if _holds(bar, label):
        same_ink = True
    ground = 0.0
    if paper is not None and not ticks:
        ground = min(abs(bar.level + bar.contrast - paper), abs(bar.level - bar.contrast - paper))
    return {
        "label": label.confidence,
        "contrast": min(1.0, bar.contrast / 40),
        "outline": min(1.0, max(0.0, (bar.outline - 0.4) / 0.4)),
        "ends": min(1.0, bar.end_contrast / 0.6),
        "even": math.exp(-3 * bar.unevenness),
        "flat": 1.0 if ticks else math.exp(-bar.unevenness * bar.contrast / 10),
        "pure": 1.0 if ticks or bar.level <= _PURE or bar.level >= 255 - _PURE else 0.85,
        "ink": 1.0 if same_ink else 0.65,
        "paper": 1.0 if ground < 2 * SAME_GREY else 0.6,
        "near": math.exp(-max(0.0, rows_apart / height - 1.2) / 1.5),
        "beside": math.exp(-max(0.0, cols_apart / height - 4) / 3),
        "length": min(1.0, 0.6 + 0.4 * (bar.length_px / width - SHORTEST_SHARE) / 0.02),
        "sharp": 1 / (1 + 5 * bar.uncertainty_px / bar.length_px),
    }


def _runs_through(label: Label) -> bool:
    """Whether the text ends with a dash: the half of a bar that goes on right of it.

    A dash before it tells nothing: it may be the end of a bar that stands left of its label.
    """
    return label.text[-1:] in _DASHES


def _holds(bar: MeasuredBar, label: Label) -> bool:
    """Whether the label is printed inside the bar; boxes of text are some pixels too large now and then."""
    box = label.box
    room = 0.15 * box.height
    half = bar.thickness / 2
    in_rows = bar.row - half <= box.row_start + room and box.row_stop - 1 - room <= bar.row + half
    return in_rows and bar.col_start <= box.col_start + 2 * room and box.col_stop - 2 * room <= bar.col_stop


def _is_label_box(bar: MeasuredBar, label: Label, paper: float | None) -> bool:
    """Whether what looks like a bar is its label's ground; a bar that holds a label is at least twice as long."""
    box = label.box
    if _holds(bar, label):
        return bar.length_px < 2 * box.width or bar.thickness > 2.5 * box.height
    # The margin above or below the characters, as long as the label and not further away than half its height.
    beside = min(abs(bar.row - box.row_start), abs(bar.row - box.row_stop)) < 0.8 * box.height
    ground = paper is not None and abs(bar.level - paper) < SAME_GREY
    around = bar.col_start <= box.col_start + 1 and box.col_stop - 1 <= bar.col_stop
    return beside and ground and around and bar.length_px < 2 * box.width


def _is_segment(bar: MeasuredBar, other: MeasuredBar) -> bool:
    """Whether two bars are equal fields of one ruler that alternates between black and white."""
    apart = max(bar.col_start, other.col_start) - min(bar.col_stop, other.col_stop)
    return (
        abs(bar.row - other.row) <= 2
        and -3 < apart < 1.3 * bar.length_px
        and abs(other.length_px / bar.length_px - 1) < 0.15
        and abs(math.log(other.thickness / bar.thickness)) < 0.7
        and other.outline > 0.5
        and other.end_contrast > 0.3
    )


def _same_place(a: MeasuredBar, b: MeasuredBar) -> bool:
    both = min(a.col_stop, b.col_stop) - max(a.col_start, b.col_start)
    either = max(a.col_stop, b.col_stop) - min(a.col_start, b.col_start)
    return abs(a.row - b.row) < max(a.thickness, b.thickness) + 4 and both > 0.9 * either
