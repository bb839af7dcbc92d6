"""From a rough strip to a measured bar: sub-pixel ends, their uncertainty, and how much a bar it is."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.bar_shapes import Strip
from nanocaliper.calibration.dashes import Dashes
from nanocaliper.calibration.rulers import Ticks
from nanocaliper.micrograph.micrograph import Box

__all__ = ["MeasuredBar", "find_caps", "measure_dashes", "measure_strip", "measure_ticks"]

Grey = npt.NDArray[np.float32]

# A bar is drawn on whole pixels of the instrument's image: each end is uncertain by 1 px / sqrt(12).
_DRAWING_PX = 1 / np.sqrt(12)


@dataclass(frozen=True)
class MeasuredBar:
    """A bar with its ends and with what speaks for it.

    Parameters
    ----------
    style : {'solid', 'bracket', 'ticks', 'dashes'}
        How it is drawn.
    row, col_start, col_stop : float
        Centre line and ends, px; pixel (r, c) covers r - 0.5 to r + 0.5.
    thickness : float
        Rows, px.
    uncertainty_px : float
        Standard uncertainty of the length.
    level : float
        Its grey value.
    contrast : float
        Grey difference to the surroundings, positive, the weaker of above and below.
    outline : float
        0 to 1: share of its length along which it stands out above and below.
    end_contrast : float
        Contrast at the weaker end as a share of `contrast`, 0 to 1.
    unevenness : float
        Variation of its grey along its length as a share of `contrast`.
    cut : bool
        Whether it runs out of the image.
    """

    style: Literal["solid", "bracket", "ticks", "dashes"]
    row: float
    col_start: float
    col_stop: float
    thickness: float
    uncertainty_px: float
    level: float
    contrast: float
    outline: float
    end_contrast: float
    unevenness: float
    cut: bool

    @property
    def length_px(self) -> float:
        """Distance of the ends."""
        return self.col_stop - self.col_start

    @property
    def box(self) -> Box:
        """Pixels it covers."""
        half = self.thickness / 2
        return Box(
            max(0, int(np.floor(self.row - half + 0.5))),
            max(0, int(np.floor(self.col_start + 0.5))),
            int(np.ceil(self.row + half + 0.5)),
            int(np.ceil(self.col_stop + 0.5)),
        )


def measure_strip(grey: Grey, strip: Strip) -> MeasuredBar | None:
    """Place the ends of a strip where its grey is halfway between bar and surroundings.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        The whole micrograph on the 0 to 255 scale.
    strip : Strip
        Where the bar stands, roughly.

    Returns
    -------
    MeasuredBar or None
        None where the strip does not stand out from what lies around it.
    """
    patch, first_col = _straighten(grey, strip)
    half = patch.shape[0] // 2
    core = max(0, (strip.thickness - 1) // 2 - (strip.thickness >= 4))
    profile = np.median(patch[half - core : half + core + 1], axis=0)
    start, stop = strip.col_start - first_col, strip.col_stop - first_col
    inside = profile[start:stop]
    level = _middle(inside)
    edges = _outline(patch, level, strip.thickness, start, stop)
    if edges is None:
        return None
    sign, contrast, outline = edges
    reach = max(6, strip.thickness)
    left = _end(profile[::-1], len(profile) - 1 - start, level, sign, reach)
    right = _end(profile, stop - 1, level, sign, reach)
    cut = strip.col_start < 2 or strip.col_stop > grey.shape[1] - 2
    if left is None or right is None:
        return None
    left_position, left_sigma, left_contrast = left
    right_position, right_sigma, right_contrast = right
    col_start = first_col + len(profile) - 1 - left_position
    col_stop = first_col + right_position
    caps = _caps(patch, level, sign, contrast, strip.thickness, col_start - first_col, col_stop - first_col)
    uncertainty = float(np.hypot(left_sigma, right_sigma))
    if uncertainty > 0.1 * (col_stop - col_start):
        return None
    spread = _middle(np.abs(inside - level))
    return MeasuredBar(
        "solid" if caps is None else "bracket",
        strip.row,
        col_start if caps is None else caps[0] + first_col,
        col_stop if caps is None else caps[1] + first_col,
        float(strip.thickness),
        uncertainty,
        level,
        contrast,
        outline,
        float(np.clip(min(left_contrast, right_contrast) / contrast, 0, 1)),
        spread / contrast,
        cut,
    )


def find_caps(grey: Grey, bar: MeasuredBar) -> tuple[float, float] | None:
    """Find the caps at the ends of a bar that was put together from two halves.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        The whole micrograph on the 0 to 255 scale.
    bar : MeasuredBar

    Returns
    -------
    (float, float) or None
        Columns of the caps' centres, px; None where the ends have no caps alike.
    """
    strip = Strip(bar.row, 0.0, round(bar.col_start), round(bar.col_stop) + 1, max(1, round(bar.thickness)))
    patch, first = _straighten(grey, strip)
    for sign in (1, -1):
        ends = bar.col_start - first, bar.col_stop - first
        caps = _caps(patch, bar.level, sign, bar.contrast, strip.thickness, *ends)
        if caps is not None:
            return caps[0] + first, caps[1] + first
    return None


def measure_ticks(ticks: Ticks) -> MeasuredBar:
    """Turn a ruler of ticks into a bar from its first to its last tick.

    Parameters
    ----------
    ticks : Ticks
        The ruler.

    Returns
    -------
    MeasuredBar
        Eleven ticks at equal steps hardly arise by chance, so nothing else needs to speak for it.
    """
    sigma = float(np.hypot(_DRAWING_PX, ticks.residual_px)) * np.sqrt(2)
    return MeasuredBar(
        "ticks",
        ticks.row,
        ticks.col_first,
        ticks.col_last,
        float(ticks.height),
        float(sigma),
        ticks.level,
        ticks.contrast,
        1.0,
        1.0,
        0.0,
        False,
    )


def measure_dashes(grey: Grey, dashes: Dashes) -> MeasuredBar | None:
    """Turn a row of dashes into a bar from the outer end of the first to that of the last.

    Parameters
    ----------
    grey : ndarray of float32, shape (rows, cols)
        The whole micrograph on the 0 to 255 scale.
    dashes : Dashes
        The row.

    Returns
    -------
    MeasuredBar or None
        None where the outer dashes do not stand out.
    """
    half = dashes.length_px
    outer = [
        measure_strip(grey, Strip(dashes.row, 0.0, start, start + half, dashes.thickness))
        for start in (dashes.col_start, dashes.col_stop - half)
    ]
    first, last = outer
    if first is None or last is None or first.length_px > 1.5 * half or last.length_px > 1.5 * half:
        return None
    return replace(
        first,
        style="dashes",
        col_stop=last.col_stop,
        uncertainty_px=float(np.hypot(first.uncertainty_px, last.uncertainty_px) / np.sqrt(2)),
        contrast=min(first.contrast, last.contrast),
        outline=min(first.outline, last.outline),
        end_contrast=min(first.end_contrast, last.end_contrast),
        unevenness=max(first.unevenness, last.unevenness),
        cut=first.cut or last.cut,
    )


def _middle(values: npt.NDArray[np.float64]) -> float:
    """Upper median; `numpy.median` takes ten times as long for the few values of an end."""
    return float(np.partition(values, values.size // 2)[values.size // 2])


def _straighten(grey: Grey, strip: Strip) -> tuple[npt.NDArray[np.float64], int]:
    """Cut the strip and its surroundings out, its centre line on the middle row."""
    above = strip.thickness // 2 + max(6, strip.thickness // 2)
    beside = max(16, 2 * strip.thickness)
    first, last = max(0, strip.col_start - beside), min(grey.shape[1], strip.col_stop + beside)
    cols = np.arange(first, last)
    centre = strip.row + strip.slope * (cols - (strip.col_start + strip.col_stop - 1) / 2)
    # Whole rows: a bar between two rows (even thickness) keeps its pixels as they are.
    rows = np.floor(centre).astype(int)[None, :] + np.arange(-above, above + 1)[:, None]
    return grey[np.clip(rows, 0, grey.shape[0] - 1), cols[None, :]].astype(np.float64), first


def _outline(
    patch: npt.NDArray[np.float64], level: float, thickness: int, start: int, stop: int
) -> tuple[int, float, float] | None:
    """Compare the bar with the rows above and below: sign, contrast, share of its length that stands out."""
    half = patch.shape[0] // 2
    # A row beside the bar is left out, so that a blurred edge does not count as surroundings.
    gap = thickness // 2 + 1
    above = patch[max(0, half - gap - 2) : half - gap, start:stop]
    below = patch[half + gap + 1 : half + gap + 3, start:stop]
    differences = [level - side.mean(axis=0) for side in (above, below)]
    medians = [_middle(d) for d in differences]
    if medians[0] * medians[1] <= 0:
        return None
    sign = 1 if medians[0] > 0 else -1
    contrast = min(abs(m) for m in medians)
    scatter = max(_middle(np.abs(d - m)) for d, m in zip(differences, medians, strict=True))
    # Faint bars count only where their surroundings are smooth.
    if contrast < 10 and (contrast < 5 or contrast < 4 * scatter):
        return None
    shares = [float(np.mean(sign * d > 0.4 * contrast)) for d in differences]
    return sign, contrast, min(shares)


def _end(
    profile: npt.NDArray[np.float64], last: int, level: float, sign: int, reach: int
) -> tuple[float, float, float] | None:
    """Find where the profile, walked to the right, falls to halfway between bar and surroundings.

    Returns position, standard uncertainty (both px) and contrast, or None where it does not fall.
    """
    outside = profile[last + 3 : last + 3 + reach]
    if outside.size < 2:
        # Near the edge of the image what there is must do.
        outside = profile[last + 2 : last + 3 + reach]
    if outside.size < 1:
        return None
    contrast = sign * (level - _middle(outside))
    if contrast < 5:
        return None
    drop = sign * (level - profile)
    begin = max(0, last - 3)
    crossing = np.flatnonzero(drop[begin : last + 3 + reach] >= contrast / 2)
    if crossing.size == 0:
        return None
    k = begin + int(crossing[0])
    if k == 0:
        return None
    before, after = drop[k - 1], drop[k]
    position = k - 1 + (contrast / 2 - before) / (after - before) if after > before else float(k)
    # The 10 to 90 % width of the edge, less the pixel a perfectly sharp one takes.
    slope = max(float(np.diff(drop[max(0, k - 2) : k + 2]).max()), 1e-6)
    blur = max(0.0, contrast / slope - 1.0)
    noise = _middle(np.abs(outside - _middle(outside))) / slope
    return float(position), float(np.sqrt(_DRAWING_PX**2 + (blur / 6) ** 2 + (noise / 2) ** 2)), contrast


def _caps(
    patch: npt.NDArray[np.float64],
    level: float,
    sign: int,
    contrast: float,
    thickness: int,
    start: float,
    stop: float,
) -> tuple[float, float] | None:
    """Find the caps of a bracket |---| or |___|: the centres of both, or None where the ends have none alike."""
    half = patch.shape[0] // 2
    rise = thickness // 2 + 2
    depth = sign * (level - patch)
    width = patch.shape[1]
    # Caps are about as thick as the line, and thicker only where both are thin.
    widest, reach = max(6, round(1.6 * thickness) + 1), max(6, 2 * thickness)
    sides = {"above": [half - rise - 2, half - rise - 1], "below": [half + rise + 1, half + rise + 2]}
    tall = {name: depth[rows].min(axis=0) < 0.65 * contrast for name, rows in sides.items() if min(rows) >= 0}
    if len(tall) < 2:
        return None
    for names in (("above", "below"), ("above",), ("below",)):
        rows = [row for name in names for row in sides[name]]
        reaching = np.logical_and.reduce([tall[name] for name in names])
        centres = []
        for end in (start, stop):
            near = np.arange(max(0, round(end) - reach), min(width, round(end) + reach + 1))
            cap = near[reaching[near]]
            if not 0 < cap.size <= widest or cap[-1] - cap[0] + 1 != cap.size or np.abs(cap - end).min() > 2:
                break
            # The weight of each column in the cap, from the rows that only the cap reaches.
            weights = np.clip(contrast - sign * (level - patch[rows][:, near]), 0, None).mean(axis=0)
            weights = np.where((near >= cap[0] - 1) & (near <= cap[-1] + 1), weights, 0.0)
            centres.append(float(np.average(near, weights=weights)))
        if len(centres) == 2:
            return centres[0], centres[1]
    return None
