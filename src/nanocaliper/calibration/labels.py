"""Which of the texts in a micrograph are labels of a scale bar."""

import re
from dataclasses import dataclass, replace

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.contrast import equalise_locally
from nanocaliper.calibration.ink import ink_mask, outline_ink, rim_around
from nanocaliper.calibration.label_text import LabelReading, parse_label
from nanocaliper.calibration.text_boxes import TextBox, read_line, read_text
from nanocaliper.micrograph.micrograph import Box

__all__ = [
    "Label",
    "find_faint_labels",
    "find_labels",
    "join_neighbours",
    "names_other_length",
]

Bytes = npt.NDArray[np.uint8]

_CONTAINS_LENGTH = re.compile(r"[0-9OolI] ?(?:nm|[uµμpg] ?m|mm|Å|A\b)")
_FRAGMENT = re.compile(r"[0-9.,OolI ]+|[-–—| ]*(?:n|[uµμpg]) ?m[-–—| ]*")
# After the sign or the end of a magnification, or after a blank; never after a name, an equals sign or a figure.
_IN_LINE = re.compile(
    r"(?:(?<=[0-9][x×X])|(?<=[A-Za-z0-9] ))((?:[1-9][0-9]{0,2}|0?\.[0-9]|[1-9]\.[05]0?)[nuµμ]m)(?![a-z0-9])"
)
# Names under or after which an instrument prints other lengths: working distance, field width, ...
_FIELD_NAME = re.compile(
    r"(?:.*\W)?(?:WD|HFW|VFW|FW|HFOV|FOV|width|field|mag|HV|EHT|spot|det|curr|dwell|tilt|date|time)\W*", re.I
)


# Faint text that contrast has to be raised for is never small too.
_FAINT_SIDE_PX = 640


@dataclass(frozen=True)
class Label:
    """A text that is, as a whole, a length.

    Parameters
    ----------
    reading : LabelReading
        The length.
    box : Box
        Tight around the ink.
    text : str
        As read.
    confidence : float
        0 to 1: recognition, agreement of two readings and plausibility together.
    ink : float
        Grey value of the characters.
    """

    reading: LabelReading
    box: Box
    text: str
    confidence: float
    ink: float


def find_labels(image: Bytes, strips: tuple[Box, ...] = ()) -> tuple[tuple[Label, ...], tuple[TextBox, ...]]:
    """Read the text of a micrograph and pick the labels of scale bars.

    A label counts only after a second, independent reading of its own crop; where the two readings differ the
    confidence falls below any use. If a plain look finds no label, the strips, or else the lowest sixth, are
    read enlarged.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    strips : tuple of Box
        The instrument's data strips; read at full resolution.

    Returns
    -------
    labels : tuple of Label
        Surest first.
    texts : tuple of TextBox
        All text that was read, labels included.
    """
    rows, cols = image.shape
    texts = list(read_text(image))
    for strip in strips:
        texts += _read_band(image, strip, 1800)
    labels = _pick_labels(image, texts)
    if not labels:
        # Strips in images scaled down for print have text of 8 px, other text is never that small.
        bands = strips or (Box(rows - max(rows // 6, min(rows, 64)), 0, rows, cols),)
        more = [item for band in bands for item in _read_band(image, band, 2700 if strips else 1800)]
        labels = _pick_labels(image, more)
        texts += more
    return tuple(sorted(labels, key=lambda label: -label.confidence)), tuple(texts)


def find_faint_labels(image: Bytes) -> tuple[tuple[Label, ...], tuple[TextBox, ...]]:
    """Read the micrograph with its local contrast raised, and pick the labels of scale bars.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.

    Returns
    -------
    labels : tuple of Label
        Surest first.
    texts : tuple of TextBox
        Their texts alone: with raised contrast, texture is read as text too.
    """
    raised = equalise_locally(image)
    texts = list(read_text(raised, zoom=min(1.0, _FAINT_SIDE_PX / max(image.shape))))
    labels = [
        replace(label, ink=outline_ink(raised, label.box, image)[1]) for label in _pick_labels(raised, texts)
    ]
    return (
        tuple(sorted(labels, key=lambda label: -label.confidence)),
        tuple(item for item in texts if parse_label(item.text)),
    )


def _read_band(image: Bytes, band: Box, width: int) -> list[TextBox]:
    """Read part of an image enlarged to a width, giving boxes of the whole image."""
    zoom = float(np.clip(width / image.shape[1], 1.0, 4.0))
    found = read_text(np.ascontiguousarray(image[band.slices()]), zoom=zoom)
    return [replace(item, box=item.box.shifted(band.row_start, band.col_start)) for item in found]


def _pick_labels(image: Bytes, texts: list[TextBox]) -> list[Label]:
    """Turn every text that is a length, alone or with its neighbour, into a label."""
    labels: list[Label] = []
    for item in texts:
        if item.confidence < 0.5 and parse_label(item.text) is None:
            continue
        for candidate in _candidates(image, item, texts):
            label = _confirm(image, candidate)
            if label is not None and not names_other_length(label, texts):
                labels.append(label)
    return _drop_repeats(labels)


def _candidates(image: Bytes, item: TextBox, texts: list[TextBox]) -> list[TextBox]:
    """Ways to take a text as a label: as it is, joined with its neighbour, widened, or cut at wide gaps."""
    if parse_label(item.text) is not None:
        return [item]
    if _FRAGMENT.fullmatch(item.text):
        joined = [_join(item, other) for other in texts if _continues(item, other)]
        if joined:
            return [candidate for candidate in joined if parse_label(candidate.text)]
        return _reread(image, [_widen(item.box, image.shape)])
    if _CONTAINS_LENGTH.search(item.text):
        inside = _extract(item)
        if inside:
            return inside
        # In a line cut up a length in mm is a working distance, also where its name was not read.
        pieces = _reread(image, _cut_at_gaps(image, item))
        return [piece for piece in pieces if (r := parse_label(piece.text)) is not None and r.unit != "mm"]
    return []


def join_neighbours(texts: tuple[TextBox, ...]) -> tuple[TextBox, ...]:
    """Join a lone number with the unit that stands right of it.

    Parameters
    ----------
    texts : tuple of TextBox

    Returns
    -------
    tuple of TextBox
        The texts, and after them the joined ones.
    """
    joined = [
        _join(left, right)
        for left in texts
        if _FRAGMENT.fullmatch(left.text)
        for right in texts
        if _continues(left, right)
    ]
    return (*texts, *joined)


def _continues(left: TextBox, right: TextBox) -> bool:
    """Whether the right text stands in the same line, close after the left one."""
    a, b = left.box, right.box
    gap = b.col_start - a.col_stop
    close = -0.5 * a.height < gap < a.height and b.col_stop > a.col_stop
    return left is not right and a.shared_rows(b) > 0.5 * min(a.height, b.height) and close


def _join(left: TextBox, right: TextBox) -> TextBox:
    a, b = left.box, right.box
    box = Box(
        min(a.row_start, b.row_start),
        min(a.col_start, b.col_start),
        max(a.row_stop, b.row_stop),
        max(a.col_stop, b.col_stop),
    )
    return TextBox(box, f"{left.text} {right.text}", min(left.confidence, right.confidence))


def _widen(box: Box, shape: tuple[int, ...]) -> Box:
    """Give a lone number or unit room for the other half on both sides."""
    room = 2 * box.height
    return Box(box.row_start, max(0, box.col_start - room), box.row_stop, min(shape[1], box.col_stop + room))


def _cut_at_gaps(image: Bytes, item: TextBox) -> list[Box]:
    """Cut a line of text where a gap is wider than the text is high, and between two lengths in any case."""
    inner, _ = outline_ink(image, item.box)
    cols = np.flatnonzero(ink_mask(image[inner.slices()], rim_around(image, inner))[0].any(axis=0))
    if cols.size < 2:
        return []
    gaps = np.diff(cols)
    lengths = len(_CONTAINS_LENGTH.findall(item.text))
    widest = np.argsort(-gaps, kind="stable")[: lengths - 1]
    cuts = sorted(set(np.flatnonzero(gaps > 0.9 * inner.height).tolist()) | set(widest.tolist()))
    starts, stops = [0, *(k + 1 for k in cuts)], [*(k + 1 for k in cuts), cols.size]
    return [
        Box(
            inner.row_start,
            inner.col_start + int(cols[a]),
            inner.row_stop,
            inner.col_start + int(cols[b - 1]) + 1,
        )
        for a, b in zip(starts, stops, strict=True)
    ]


def _extract(item: TextBox) -> list[TextBox]:
    """Cut a length in nm or µm out of a line of instrument text that has no gaps, such as '50x200µmWD:28mm'.

    Only where the characters before and after it cannot belong to it, and it is the only one.
    """
    found = list(_IN_LINE.finditer(item.text))
    if len(found) != 1:
        return []
    (match,) = found
    share = item.box.width / len(item.text)
    box = replace(
        item.box,
        col_start=item.box.col_start + round(share * match.start(1)),
        col_stop=item.box.col_start + round(share * match.end(1)),
    )
    return [TextBox(box, match[1], 0.9 * item.confidence)] if parse_label(match[1]) is not None else []


def _reread(image: Bytes, boxes: list[Box]) -> list[TextBox]:
    found = []
    for box in boxes:
        text, confidence = read_line(_crop_with_room(image, box))
        if parse_label(text) is not None:
            found.append(TextBox(box, text, confidence))
    return found


def _crop_with_room(image: Bytes, box: Box) -> Bytes:
    """Cut a line out with a quarter of its height around it, mirrored where the image ends."""
    room = max(2, box.height // 4)
    rows, cols = image.shape
    top, bottom = max(0, box.row_start - room), min(rows, box.row_stop + room)
    left, right = max(0, box.col_start - room), min(cols, box.col_stop + room)
    pad = (
        top - (box.row_start - room),
        box.row_stop + room - bottom,
        left - (box.col_start - room),
        box.col_stop + room - right,
    )
    level = int(np.median(image[top:bottom, left:right]))
    padded = cv2.copyMakeBorder(image[top:bottom, left:right], *pad, cv2.BORDER_CONSTANT, value=level)
    return np.asarray(padded, dtype=np.uint8)


def _confirm(image: Bytes, candidate: TextBox) -> Label | None:
    """Read a label a second time from its own tight crop and weigh both readings."""
    first = parse_label(candidate.text)
    if first is None:
        return None
    box, ink = outline_ink(image, candidate.box)
    text, confidence = read_line(_crop_with_room(image, box))
    second = parse_label(text)
    if second is None:
        text, confidence = read_line(_crop_with_room(image, candidate.box))
        second = parse_label(text)
    if second is None:
        agreement = 0.75
    elif abs(second.length_nm / first.length_nm - 1) < 1e-6:
        agreement = 1.0
        confidence = max(confidence, candidate.confidence)
    else:
        agreement = 0.2
    if second is None or agreement < 1:
        confidence = candidate.confidence
    if _goes_on_before(image, box, ink):
        # A figure left out at the front makes 150 a 50: read again with what stands there.
        room = 2 * box.height
        wider = Box(box.row_start, max(0, box.col_start - room), box.row_stop, box.col_stop)
        third = parse_label(read_line(_crop_with_room(image, wider))[0])
        if third is not None and abs(third.length_nm / first.length_nm - 1) > 1e-6:
            agreement = 0.2
    if box.col_start == 0 and _touches_left_edge(image, box, ink):
        # Cut by the edge of the image, a 150 is a 50.
        agreement *= 0.3
    return Label(first, box, candidate.text, confidence * agreement * first.plausibility, ink)


def _touches_left_edge(image: Bytes, box: Box, ink: float) -> bool:
    """Whether a text's ink lies in the first column of the image."""
    column = image[box.row_start : box.row_stop, 0].astype(np.float32)
    ground = float(np.median(image[box.slices()]))
    return abs(ground - ink) > 60 and bool((np.abs(column - ink) < 40).any())


def _goes_on_before(image: Bytes, box: Box, ink: float) -> bool:
    """Whether more ink of a character's height stands close before a text."""
    start = max(0, box.col_start - max(2, round(0.6 * box.height)))
    before = image[box.row_start : box.row_stop, start : box.col_start]
    if before.size == 0:
        return False
    rows = (np.abs(before.astype(np.float32) - ink) < 60).any(axis=1)
    ground = float(np.median(image[box.slices()])) if box.width else ink
    return abs(ground - ink) > 60 and float(rows.mean()) > 0.6


def names_other_length(label: Label, texts: list[TextBox]) -> bool:
    """Whether the name of another quantity stands right before or right above the label.

    Any text right before a length in mm is taken for the name of the working distance, however misread.

    Parameters
    ----------
    label : Label
    texts : list of TextBox
        All text that was read.

    Returns
    -------
    bool
    """
    box = label.box
    for item in texts:
        if not _FIELD_NAME.fullmatch(item.text) and label.reading.unit != "mm":
            continue
        other = item.box
        same_row = box.shared_rows(other) > 0.4 * box.height
        if same_row and -box.height < box.col_start - other.col_stop < 2 * box.height:
            return True
        same_col = box.shared_cols(other) > 0.3 * box.width
        if same_col and -0.8 * box.height < box.row_start - other.row_stop < 1.2 * box.height:
            return True
    return False


def _drop_repeats(labels: list[Label]) -> list[Label]:
    """Keep the surest of the labels that stand on one another."""
    kept: list[Label] = []
    for label in sorted(labels, key=lambda item: -item.confidence):
        a = label.box
        for other in kept:
            b = other.box
            smaller = min(a.height * a.width, b.height * b.width)
            if a.overlaps(b) and a.shared_rows(b) * a.shared_cols(b) > 0.4 * smaller:
                break
        else:
            kept.append(label)
    return kept
