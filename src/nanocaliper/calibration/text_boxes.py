"""Where text stands in a micrograph and what it says, by the PP-OCR networks inside the rapidocr package."""

import threading
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.inference.threads import thread_limit
from nanocaliper.micrograph.micrograph import Box

__all__ = ["TextBox", "read_line", "read_text"]

Bytes = npt.NDArray[np.uint8]

# The detection network sees at most this many pixels along a side; larger images are cut or shrunk.
_SIDE_LIMIT_PX = 960
_TILE_OVERLAP_PX = 240
# Text cut by, or touching, the edge of the image is misread: give it room.
_MARGIN_PX = 16
_LINE_HEIGHT_PX = 48
_lock = threading.Lock()
# Text reading gains nothing from more.
_THREADS_MAX = 4


@dataclass(frozen=True)
class TextBox:
    """A line of text in an image.

    Parameters
    ----------
    box : Box
        Where it stands, px of the image that was read.
    text : str
        What it says.
    confidence : float
        0 to 1: how sure the recognition is.
    """

    box: Box
    text: str
    confidence: float


def read_text(image: Bytes, *, zoom: float = 1.0) -> tuple[TextBox, ...]:
    """Find and read all text in an image.

    An image with a side over 960 px after zooming is shrunk to that, except that a band more than three times
    as wide as high (a data strip) is read in overlapping tiles, since its text is small.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        Grey image.
    zoom : float
        Enlargement before reading; text lower than some 12 px needs 2 or 3.

    Returns
    -------
    tuple of TextBox
        In px of `image`, from top to bottom.
    """
    rows, cols = image.shape
    if min(rows, cols) < 4:
        return ()
    if cols * zoom > _SIDE_LIMIT_PX and cols > 3 * rows:
        return _read_tiles(image, zoom)
    zoom = min(zoom, (_SIDE_LIMIT_PX - 2 * _MARGIN_PX) / max(rows, cols))
    if zoom != 1.0:
        method = cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
        scaled = cv2.resize(
            image, (max(1, round(cols * zoom)), max(1, round(rows * zoom))), interpolation=method
        )
    else:
        scaled = image
    padded = cv2.copyMakeBorder(scaled, *(_MARGIN_PX,) * 4, cv2.BORDER_REPLICATE)
    with _lock:
        output = _engine()(
            cv2.cvtColor(padded, cv2.COLOR_GRAY2BGR), use_det=True, use_cls=False, use_rec=True
        )
    if output.txts is None or output.boxes is None or output.scores is None:
        return ()
    found = []
    for corners, text, score in zip(output.boxes, output.txts, output.scores, strict=True):
        points = (np.asarray(corners, dtype=np.float64) - _MARGIN_PX) / zoom
        (left, top), (right, bottom) = points.min(axis=0), points.max(axis=0)
        box = Box(
            max(0, int(np.floor(top))),
            max(0, int(np.floor(left))),
            min(rows, int(np.ceil(bottom))),
            min(cols, int(np.ceil(right))),
        )
        if box.height > 0 and box.width > 0:
            found.append(TextBox(box, str(text).strip(), float(score)))
    return tuple(found)


def _read_tiles(image: Bytes, zoom: float) -> tuple[TextBox, ...]:
    """Read a wide band in tiles; a box in an overlap is kept from the tile whose middle it is nearer to."""
    rows, cols = image.shape
    width = max(int(_SIDE_LIMIT_PX / zoom) - 2 * _MARGIN_PX, rows)
    step = max(width - int(_TILE_OVERLAP_PX / zoom), width // 2)
    starts = list(range(0, max(1, cols - width + step), step))
    found: list[TextBox] = []
    for number, start in enumerate(starts):
        stop = min(cols, start + width)
        keep_from = start if number == 0 else (start + starts[number - 1] + width) / 2
        keep_to = stop if number == len(starts) - 1 else (starts[number + 1] + stop) / 2
        for item in read_text(np.ascontiguousarray(image[:, start:stop]), zoom=zoom):
            box = item.box
            if keep_from <= start + (box.col_start + box.col_stop) / 2 < keep_to + (stop == cols):
                moved = Box(box.row_start, box.col_start + start, box.row_stop, box.col_stop + start)
                found.append(TextBox(moved, item.text, item.confidence))
    return tuple(sorted(found, key=lambda item: (item.box.row_start, item.box.col_start)))


def read_line(image: Bytes) -> tuple[str, float]:
    """Read an image that holds one line of text, without looking for where the text stands.

    Parameters
    ----------
    image : ndarray of uint8, shape (rows, cols)
        The line, cropped with little around it.

    Returns
    -------
    text : str
        What it says; empty where nothing was read.
    confidence : float
        0 to 1.
    """
    rows, cols = image.shape
    if rows < 3 or cols < 3:
        return "", 0.0
    zoom = _LINE_HEIGHT_PX / rows
    method = cv2.INTER_CUBIC if zoom > 1 else cv2.INTER_AREA
    line = cv2.resize(image, (max(8, round(cols * zoom)), _LINE_HEIGHT_PX), interpolation=method)
    with _lock:
        output = _engine()(cv2.cvtColor(line, cv2.COLOR_GRAY2BGR), use_det=False, use_cls=False, use_rec=True)
    if not output.txts or not output.scores:
        return "", 0.0
    return str(output.txts[0]).strip(), float(output.scores[0])


@lru_cache(maxsize=1)
def _engine() -> Any:
    """Create the reader, once a process; loading it takes about half a second."""
    from rapidocr import RapidOCR  # here, because it loads ONNX Runtime

    return RapidOCR(
        params={
            "Global.log_level": "critical",
            "Global.width_height_ratio": -1,
            "Global.use_cls": False,
            "Global.text_score": 0.3,
            "Det.limit_type": "max",
            "Det.limit_side_len": _SIDE_LIMIT_PX,
            "EngineConfig.onnxruntime.intra_op_num_threads": min(_THREADS_MAX, thread_limit()),
            "EngineConfig.onnxruntime.inter_op_num_threads": 1,
        }
    )
