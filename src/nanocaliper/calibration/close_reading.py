"""A closer look where a label should stand and none was read: enlarged, in several renderings, by vote."""

import re
from collections import defaultdict

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.bar_ends import MeasuredBar
from nanocaliper.calibration.contrast import equalise_locally
from nanocaliper.calibration.ink import outline_ink
from nanocaliper.calibration.label_text import LabelReading, parse_label
from nanocaliper.calibration.labels import Label, join_neighbours, names_other_length
from nanocaliper.calibration.text_boxes import TextBox, read_text
from nanocaliper.micrograph.micrograph import Box

__all__ = ["read_labels_closely"]

Bytes = npt.NDArray[np.uint8]

# A number with something that may be a misread unit, such as '2ps', '50m' or 'so rm'.
_DOUBTFUL = re.compile(r"[^A-Za-z]{0,2}[0-9OolISs.,]{1,5}[ °.*]{0,2}[A-Za-zµμÅ]{0,3}[^A-Za-z0-9]{0,2}")
_PLACES = 3
# Bars in mm of this length do not exist on a micrograph: the n of nm was read as an m.
_IMPOSSIBLE_NM = 5e6
# Height in px that a text's line is enlarged to, and how it is rendered.
_RENDERINGS = (("stretched", 30), ("smooth", 30), ("stretched", 64), ("smooth", 64), ("raised", 48))
_TALLEST_SIDE_PX = 1400


def read_labels_closely(
    image: Bytes, texts: tuple[TextBox, ...], bars: tuple[MeasuredBar, ...]
) -> tuple[Label, ...]:
    """Look closely at text that may be a misread label, and around bars that have none.

    Every place is read in five renderings; a label is taken when two or more give the same length, and the more
    of them differ the less sure it is.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.
    texts : tuple of TextBox
        What a plain look read.
    bars : tuple of MeasuredBar
        What may be bars, best first.

    Returns
    -------
    tuple of Label
        Surest first.
    """
    found: list[Label] = []
    for place, height in _places(image.shape, texts, bars):
        label = _read_place(image, place, height)
        if label is None or names_other_length(label, list(texts)):
            continue
        if not any(label.box.overlaps(other.box) for other in found):
            found.append(label)
    return tuple(sorted(found, key=lambda label: -label.confidence))


def _places(
    shape: tuple[int, ...], texts: tuple[TextBox, ...], bars: tuple[MeasuredBar, ...]
) -> list[tuple[Box, int]]:
    """Where to look, with the height a line of text may have there, px."""
    places: list[tuple[Box, int]] = []
    for item in sorted(texts, key=lambda item: -len(item.text)):
        new = not any(item.box.overlaps(place) for place, _ in places)
        if _DOUBTFUL.fullmatch(item.text) and len(item.text) > 1 and new and len(places) < _PLACES:
            room = item.box.height
            places.append((_grow(item.box, room // 2, room, shape), item.box.height))
    for bar in bars[:_PLACES]:
        length = bar.length_px
        room = round(max(3 * bar.thickness, 0.6 * length, 30))
        around = Box(round(bar.row), round(bar.col_start), round(bar.row) + 1, round(bar.col_stop))
        places.append(
            (_grow(around, room, round(max(0.5 * length, 40)), shape), max(12, round(0.2 * length)))
        )
    return places


def _grow(box: Box, rows: int, cols: int, shape: tuple[int, ...]) -> Box:
    return Box(
        max(0, box.row_start - rows),
        max(0, box.col_start - cols),
        min(shape[0], box.row_stop + rows),
        min(shape[1], box.col_stop + cols),
    )


def _read_place(image: Bytes, place: Box, height: int) -> Label | None:
    votes: dict[float, list[tuple[TextBox, LabelReading]]] = defaultdict(list)
    for number, (rendering, target) in enumerate(_RENDERINGS):
        if number == 2 and not votes:
            return None
        zoom = float(np.clip(target / height, 0.5, 5.0))
        zoom = min(zoom, _TALLEST_SIDE_PX / max(place.width, place.height))
        for item in join_neighbours(read_text(_render(image, place, rendering, height), zoom=zoom)):
            reading = parse_label(item.text)
            if reading is not None and reading.unit == "mm" and reading.length_nm >= _IMPOSSIBLE_NM:
                reading = LabelReading(reading.value, "nm", 0.8)
            if reading is not None:
                votes[reading.length_nm].append((item, reading))
    if not votes:
        return None
    winner = max(votes.values(), key=lambda group: (len(group), sum(item.confidence for item, _ in group)))
    if len(winner) < 2:
        return None
    others = sum(len(group) for group in votes.values()) - len(winner)
    item, reading = max(winner, key=lambda pair: pair[0].confidence)
    raised = _render_whole(image, place)
    box, ink = outline_ink(raised, item.box.shifted(place.row_start, place.col_start), image)
    share = len(winner) / (len(winner) + others)
    mean = float(np.mean([one.confidence for one, _ in winner]))
    # Four renderings or more are as good as two readings that agree, two or three a little less.
    sure = mean * share * min(1.0, 0.8 + 0.1 * (len(winner) - 2)) * reading.plausibility
    return Label(reading, box, item.text, sure, ink)


def _render(image: Bytes, place: Box, rendering: str, height: int) -> Bytes:
    crop = np.ascontiguousarray(image[place.slices()])
    if rendering == "raised":
        return equalise_locally(crop, 4)
    if rendering == "smooth":
        crop = np.asarray(cv2.GaussianBlur(crop, (0, 0), float(np.clip(height / 14, 0.8, 3.0))), np.uint8)
    low, high = (float(v) for v in np.percentile(crop, (1, 99)))
    scaled = (crop.astype(np.float32) - low) * (255 / max(high - low, 1.0))
    return np.asarray(np.clip(scaled, 0, 255), np.uint8)


def _render_whole(image: Bytes, place: Box) -> Bytes:
    """The image with contrast raised in one place only."""
    raised = image.copy()
    raised[place.slices()] = _render(image, place, "raised", place.height)
    return raised
