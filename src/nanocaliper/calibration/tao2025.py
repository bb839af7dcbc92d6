"""The scale-bar method of Tao, Ji and Liu, by its name, so that it can be compared on the same images.

T. Tao, H. Ji, B. Liu, RSC Adv. 2025, 15, 20211, section 2.3.1: contours find the white stripe of the instrument;
PaddleOCR reads the text from its left end and regular expressions take number and unit out of it, which gives Lr;
below the label Canny's edges and the probabilistic Hough transform find the tick marks, which give Lp; the scale
is L = Lr / Lp, eq. (4). The paper prints neither code nor numbers. Where it is silent the choices are these; their
numbers were set on simulated stripes, and four stripes of the labelled real images had been looked at:

- *Stripe*: the largest contour of what is at least 240 of 255 bright, provided that its box is at least a quarter
  of the image wide and three times as wide as high, and that the contour fills 80 % of it.
- *Text*: the networks of PaddleOCR in the ``rapidocr`` package, on the stripe enlarged to 150 rows if it is lower,
  but no more than three times.
- *Label*: the leftmost text in which the expression is found. Units are nm and µm; mm is left out, for on a
  stripe it is the working distance.
- *Region*: the whole width of the stripe from the lower edge of the label on.
- *Lines*: the transform knows two directions only, along the rows and up the columns. With the customary steps of
  1° it took lines a degree off, which drift a pixel in 57 and break the bar.
- *Bar*: the longest horizontal line of which a part lies below the label, joined to the lines that go on from its
  ends. An end with vertical lines that touch it within half a label height is moved to the middle of the outermost
  tick mark. Canny's edge of a step between two pixels is the left one, so half a pixel is added to both ends.
- *Refusal*: where a step finds nothing. The method knows no doubt, so its result has no confidence (NaN), no best
  guess, and an uncertainty of the rounding of both ends to whole pixels only.
"""

import math
import re
from dataclasses import replace

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.calibration.calibration import ScaleBar
from nanocaliper.calibration.contrast import stretch, to_bytes
from nanocaliper.calibration.scale_bar import ScaleBarSearch
from nanocaliper.calibration.text_boxes import TextBox, read_text
from nanocaliper.micrograph.micrograph import Box, Micrograph
from nanocaliper.units import to_nm

__all__ = ["find_white_stripe", "search_white_stripe"]

Bytes = npt.NDArray[np.uint8]
Line = tuple[float, float, float, float]

_WHITE = 240
_LEAST_WIDTH = 0.25
_LEAST_ASPECT = 3.0
_LEAST_FILL = 0.8
_READING_ROWS = 150
_MOST_ZOOM = 3.0
_LABEL = re.compile(r"(\d+(?:[.,]\d+)?)\s*(nm|um|µm|μm)", re.IGNORECASE)
_LEAST_LINE_PX = 8
_LEAST_TICK_PX = 3
_MOST_GAP_PX = 10
_THICKEST_TICK_PX = 6
_CANNY = (50, 150)
# Both ends lie on whole pixels: two uniform distributions one pixel wide.
_UNCERTAINTY_PX = math.sqrt(2 / 12)


def search_white_stripe(micrograph: Micrograph) -> ScaleBarSearch:
    """Read the scale bar of a white data stripe, eq. (4) and section 2.3.1 of the paper.

    Parameters
    ----------
    micrograph : Micrograph
        The micrograph, data strips included.

    Returns
    -------
    ScaleBarSearch
        Of the bar `confidence` is NaN: the method gives none. Annotations are the stripe's texts and the bar.
    """
    image = to_bytes(stretch(micrograph.pixels))
    stripe = find_white_stripe(image)
    if stripe is None:
        return ScaleBarSearch(None, None, "no white stripe (method tao2025)", ())
    texts = _read_stripe(image, stripe)
    printed = tuple(text.box for text in texts)
    label = _find_label(texts)
    if label is None:
        shown = ", ".join(f"'{text.text}'" for text in texts) or "nothing"
        reason = f"a white stripe without a label: {shown} (method tao2025)"
        return ScaleBarSearch(None, None, reason, printed)
    text, value, unit = label
    ends = _measure_bar(image, text.box, stripe)
    if ends is None:
        reason = f"the label '{text.text}' on a white stripe but no line below it (method tao2025)"
        return ScaleBarSearch(None, None, reason, printed)
    row, start, stop = ends
    bar = ScaleBar(
        value=value,
        unit=unit,
        length_nm=to_nm(value, unit),
        length_px=stop - start,
        length_uncertainty_px=_UNCERTAINTY_PX,
        row=row,
        col_start=start,
        col_stop=stop,
        label_box=text.box,
        text=text.text,
        confidence=math.nan,
    )
    drawn = Box(round(row) - 1, math.floor(start), round(row) + 2, math.ceil(stop) + 1)
    return ScaleBarSearch(bar, None, None, (*printed, drawn))


def find_white_stripe(image: Bytes) -> Box | None:
    """Find the instrument's white stripe by contours (section 2.3.1: "contour detection").

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The whole micrograph.

    Returns
    -------
    Box or None
    """
    white = np.asarray(image >= _WHITE, dtype=np.uint8)
    contours, _ = cv2.findContours(white, cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_SIMPLE)
    best: Box | None = None
    for contour in contours:
        left, top, width, height = cv2.boundingRect(contour)
        wide = width >= _LEAST_WIDTH * image.shape[1] and width >= _LEAST_ASPECT * height
        # The contour runs through pixel centres, half a pixel inside the box on each side.
        inside = max(1, (width - 1) * (height - 1))
        if wide and height > 4 and cv2.contourArea(contour) >= _LEAST_FILL * inside:
            box = Box(top, left, top + height, left + width)
            if best is None or box.width * box.height > best.width * best.height:
                best = box
    return best


def _read_stripe(image: Bytes, stripe: Box) -> tuple[TextBox, ...]:
    """Texts of the stripe in px of the image, from left to right."""
    part = np.ascontiguousarray(image[stripe.slices()])
    zoom = float(np.clip(_READING_ROWS / stripe.height, 1.0, _MOST_ZOOM))
    texts = read_text(part, zoom=zoom)
    moved = [replace(text, box=text.box.shifted(stripe.row_start, stripe.col_start)) for text in texts]
    return tuple(sorted(moved, key=lambda text: (text.box.col_start, text.box.row_start)))


def _find_label(texts: tuple[TextBox, ...]) -> tuple[TextBox, float, str] | None:
    """Take number and unit out of the leftmost text that has them (section 2.3.1: "regular expressions")."""
    for text in texts:
        match = _LABEL.search(text.text)
        value = 0.0 if match is None else float(match[1].replace(",", "."))
        if match is not None and value > 0:
            return text, value, "nm" if match[2].lower() == "nm" else "um"
    return None


def _measure_bar(image: Bytes, label: Box, stripe: Box) -> tuple[float, float, float] | None:
    """Row, start and end of the bar in the part "located beneath the identified numerical label".

    Section 2.3.1: "Canny edge detection combined with the probabilistic Hough transform is used to automatically
    detect tick marks".
    """
    region = Box(label.row_stop, stripe.col_start, stripe.row_stop, stripe.col_stop)
    if region.height < 3:
        return None
    edges = np.asarray(cv2.Canny(np.ascontiguousarray(image[region.slices()]), *_CANNY), dtype=np.uint8)
    first, last = label.col_start - region.col_start, label.col_stop - region.col_start
    lines = _find_lines(edges, _LEAST_LINE_PX, upright=False)
    below = [line for line in lines if line[0] < last and line[2] > first]
    if not below:
        return None
    left, row, right, _ = max(below, key=lambda line: line[2] - line[0])
    reach = label.height / 2
    left, right = _join_lines(left, right, [line for line in lines if abs(line[1] - row) <= reach / 2], reach)
    ticks = [
        col
        for col, top, _, bottom in _find_lines(edges, _LEAST_TICK_PX, upright=True)
        if top - 2 <= row <= bottom + 2
    ]
    start = _find_tick([col for col in ticks if abs(col - left) <= reach], left, first=True)
    stop = _find_tick([col for col in ticks if abs(col - right) <= reach], right, first=False)
    return row + region.row_start, start + region.col_start + 0.5, stop + region.col_start + 0.5


def _find_tick(edges: list[float], end: float, *, first: bool) -> float:
    """Middle between the two edges of the outermost tick; the end of the line where there is none."""
    outermost = min([end, *edges]) if first else max([end, *edges])
    same = [col for col in edges if abs(col - outermost) <= _THICKEST_TICK_PX]
    return (min(same) + max(same)) / 2 if same else outermost


def _join_lines(left: float, right: float, lines: list[Line], gap_px: float) -> tuple[float, float]:
    """Widen a stretch by the lines that overlap it or begin within a gap of its ends."""
    widened = True
    while widened:
        touching = [line for line in lines if line[0] <= right + gap_px and line[2] >= left - gap_px]
        first = min([left, *(line[0] for line in touching)])
        last = max([right, *(line[2] for line in touching)])
        widened = (first, last) != (left, right)
        left, right = first, last
    return left, right


def _find_lines(edges: Bytes, least_px: int, *, upright: bool) -> list[Line]:
    """Lines (first col, first row, last col, last row) that run along the rows, or up the columns."""
    found = cv2.HoughLinesP(edges, 1, np.pi / 2, least_px, minLineLength=least_px, maxLineGap=_MOST_GAP_PX)
    lines = []
    for one in () if found is None else found.reshape(-1, 4).tolist():
        col, row, col2, row2 = (float(part) for part in one)
        if (abs(row2 - row) > abs(col2 - col)) == upright:
            lines.append((min(col, col2), min(row, row2), max(col, col2), max(row, row2)))
    return lines
