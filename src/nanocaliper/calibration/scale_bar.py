"""Read the printed scale bar: find labels, find the bar each belongs to, and choose, or refuse to."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.bar_ends import MeasuredBar
from nanocaliper.calibration.bare_bars import find_bare_bars, find_possible_bars
from nanocaliper.calibration.calibration import ScaleBar
from nanocaliper.calibration.close_reading import read_labels_closely
from nanocaliper.calibration.confidence import judge
from nanocaliper.calibration.contrast import chroma, stretch, to_bytes
from nanocaliper.calibration.ink import outline_ink
from nanocaliper.calibration.labels import Label, find_faint_labels, find_labels
from nanocaliper.calibration.matching import Match, rank_matches
from nanocaliper.calibration.pairing import bars_near, label_paper
from nanocaliper.calibration.panels import count_panels
from nanocaliper.calibration.printed_scale import PrintedScale, compare, find_printed_scales
from nanocaliper.calibration.text_boxes import TextBox
from nanocaliper.micrograph.micrograph import Box, Micrograph

__all__ = [
    "ACCEPTED_CONFIDENCE",
    "ScaleBarSearch",
    "Sighting",
    "look_for_bars",
    "search_scale_bar",
]

Bytes = npt.NDArray[np.uint8]
Grey = npt.NDArray[np.float32]

#: Readings less sure than this are refused. The probability holds for simulated and real bars together, and real
#: ones are read better: of those at hand all readings above it were right, and 97 of 99 readable bars lie above.
ACCEPTED_CONFIDENCE = 0.9
_ANNOTATION_CONFIDENCE = 0.7
# What is left of the confidence where the image may be a figure of several micrographs.
_DOUBTFUL_PLACE = 0.4


@dataclass(frozen=True)
class ScaleBarSearch:
    """What the search for a scale bar found, also where it was not enough.

    Parameters
    ----------
    scale_bar : ScaleBar or None
        The bar, if one was read surely enough.
    best_guess : ScaleBar or None
        The surest reading, accepted or not.
    reason : str or None
        Why there is no scale bar.
    annotations : tuple of Box
        Burned-in text and bars.
    """

    scale_bar: ScaleBar | None
    best_guess: ScaleBar | None
    reason: str | None
    annotations: tuple[Box, ...]


@dataclass(frozen=True)
class Sighting:
    """Everything seen of labels and bars, before anything is chosen.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The micrograph on the 0 to 255 scale.
    grey : ndarray of float32, shape (rows, cols)
        The same, neither rounded nor clipped.
    labels : tuple of Label
        Texts that are lengths.
    matches : tuple of Match
        Bars taken for the bars of labels.
    printed : tuple of Box
        Burned-in text.
    """

    image: Bytes
    grey: Grey
    labels: tuple[Label, ...]
    matches: tuple[Match, ...]
    printed: tuple[Box, ...]


def search_scale_bar(micrograph: Micrograph) -> ScaleBarSearch:
    """Find the printed scale bar and say why not where there is none.

    Parameters
    ----------
    micrograph : Micrograph
        The micrograph, data strips included.

    Returns
    -------
    ScaleBarSearch
    """
    seen = look_for_bars(micrograph)
    image, printed = seen.image, seen.printed
    bare = find_bare_bars(image, seen.grey, printed)
    if seen.matches:
        judged = judge(seen.matches)
        best, bar = _to_scale_bar(judged.match, judged.confidence), judged.match.bar
        doubt = _doubt_place(count_panels(image, micrograph.field), bare, best, bar)
        if doubt is not None:
            best = replace(best, confidence=best.confidence * _DOUBTFUL_PLACE)
        if best.confidence >= ACCEPTED_CONFIDENCE:
            return ScaleBarSearch(best, best, None, tuple(dict.fromkeys((*printed, best.label_box, bar.box))))
        if doubt is not None:
            reason = (
                f"'{best.text}' for {best.length_px:.1f} px, but {doubt}; nothing tells what the scale is of"
            )
            masked = (*printed, best.label_box, bar.box)
            return ScaleBarSearch(None, best, reason, tuple(dict.fromkeys(masked)))
    # Only bars that cannot be particles are masked where the reading is not sure.
    annotations = (*printed, *(bar.box for bar in bare))
    if seen.matches:
        reason = (
            f"only the doubtful reading '{best.text}' for {best.length_px:.1f} px, with a confidence of "
            f"{best.confidence:.2f} where {ACCEPTED_CONFIDENCE} is needed"
        )
        return ScaleBarSearch(None, best, reason, annotations)
    if seen.labels:
        shown = ", ".join(f"'{label.text}'" for label in seen.labels)
        return ScaleBarSearch(None, None, f"the label {shown} but no bar that belongs to it", annotations)
    if bare:
        shown = ", ".join(f"{bar.length_px:.1f} px at row {bar.row:.0f}" for bar in bare)
        return ScaleBarSearch(None, None, f"a bar of {shown} but no label that can be read", annotations)
    return ScaleBarSearch(None, None, "no label that can be read", annotations)


def look_for_bars(micrograph: Micrograph) -> Sighting:
    """Read all labels, gather the bars near them and weigh every pair.

    Parameters
    ----------
    micrograph : Micrograph
        The micrograph, data strips included.

    Returns
    -------
    Sighting
    """
    planes = _planes(micrograph)
    image, grey = planes[0]
    found = [(label, k) for k, plane in enumerate(planes[1:], 1) for label in find_labels(plane[0])[0]]
    labels, texts = find_labels(image, micrograph.data_strips)
    if not labels and not found:
        labels = read_labels_closely(image, texts, find_possible_bars(image, grey))
    if not labels and not found:
        labels, more = find_faint_labels(image)
        texts += more
    found += [(label, 0) for label in labels]
    printed = _text_annotations(image, texts)
    others = find_printed_scales(texts, image.shape[1])
    matches = [match for label, k in found for match in _match(label, k, planes, printed, others)]
    return Sighting(image, grey, tuple(label for label, _ in found), tuple(matches), printed)


def _doubt_place(panels: int, bare: tuple[MeasuredBar, ...], best: ScaleBar, bar: MeasuredBar) -> str | None:
    """Why the scale may not hold for the whole image: panels, or a second bar of another length."""
    if panels > 1:
        return f"lines cut the image into {panels} panels"
    second = [one for one in bare if _is_another(one, bar, best.label_box)]
    if second:
        sizes = ", ".join(f"{one.length_px:.1f} px at row {one.row:.0f}" for one in second)
        return f"there is another bar of {sizes}"
    return None


def _is_another(bar: MeasuredBar, read: MeasuredBar, label_box: Box) -> bool:
    """Whether a drawn bar is a second one: elsewhere, of another length, and not the box around the first."""
    height = max(read.thickness, label_box.height)
    near = (
        abs(bar.row - read.row) < 3 * height
        and bar.col_start < read.col_stop
        and read.col_start < bar.col_stop
    )
    return not near and abs(bar.length_px / read.length_px - 1) > 0.04


def _planes(micrograph: Micrograph) -> list[tuple[Bytes, Grey]]:
    """The grey image and, where there is colour, how colourful each pixel is, both on the 0 to 255 scale."""
    grey = stretch(micrograph.pixels)
    planes = [(to_bytes(grey), grey)]
    if micrograph.colour is not None:
        plane = chroma(micrograph.colour)
        planes.append((to_bytes(plane), plane))
    return planes


def _match(
    label: Label,
    own: int,
    planes: list[tuple[Bytes, Grey]],
    printed: tuple[Box, ...],
    others: tuple[PrintedScale, ...],
) -> list[Match]:
    """The two best bars for a label in every plane; in another plane than its own its ink tells nothing."""
    found: list[Match] = []
    for k, (image, grey) in enumerate(planes):
        here = label if k == own else replace(label, ink=float("nan"))
        paper = label_paper(image, label) if k == own else None
        bars = bars_near(image, grey, here, printed, paper)
        found += [
            replace(match, evidence=compare(match.nm_per_px, others))
            for match in rank_matches(here, bars, grey.shape[1], paper)[:2]
        ]
    return found


def _to_scale_bar(match: Match, confidence: float) -> ScaleBar:
    label, bar = match.label, match.bar
    return ScaleBar(
        value=label.reading.value,
        unit=label.reading.unit,
        length_nm=label.reading.length_nm,
        length_px=bar.length_px,
        length_uncertainty_px=bar.uncertainty_px,
        row=bar.row,
        col_start=bar.col_start,
        col_stop=bar.col_stop,
        label_box=label.box,
        text=label.text,
        confidence=float(np.clip(confidence, 0, 1)),
    )


def _text_annotations(image: Bytes, texts: tuple[TextBox, ...]) -> tuple[Box, ...]:
    """Boxes of text read surely enough that it is no texture of particles taken for text.

    Round particles are read as O or 8, now and then with high confidence. So a word of fewer than three
    characters counts only as a panel letter: read very surely, in a corner, and a lone O only in brackets.
    Nothing counts that is higher than a panel letter.
    """
    rows, cols = image.shape
    boxes = []
    for item in texts:
        letters = sum((c.isascii() and c.isalnum()) or c in "μµÅ" for c in item.text)
        if item.confidence < _ANNOTATION_CONFIDENCE or letters == 0:
            continue
        box, _ = outline_ink(image, item.box)
        row, col = (box.row_start + box.row_stop) / 2, (box.col_start + box.col_stop) / 2
        in_corner = min(row, rows - row) < 0.2 * rows and min(col, cols - col) < 0.25 * cols
        panel = (
            in_corner and item.confidence >= 0.95 and item.text not in ("O", "o", "0", "D", "Q", "8", "00")
        )
        if box.height <= 0.2 * rows and (letters >= 3 or panel):
            boxes.append(box)
    return tuple(dict.fromkeys(boxes))
