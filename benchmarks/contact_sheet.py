"""Images side by side with true and found outlines, for looking at what went wrong."""

from collections.abc import Sequence
from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt
from PIL import Image, ImageDraw

from nanocaliper.report.lettering import load_font

Labels = npt.NDArray[np.int32]

_TILE_PX = (360, 480)
_TEXT_PX = 18
_CAPTION_PX = 30
_TRUE_COLOUR = (86, 190, 250)
_FOUND_COLOUR = (255, 96, 0)


@dataclass(frozen=True)
class Entry:
    """One image, grey, with both label images and a line of text."""

    pixels: npt.NDArray[np.uint8]
    truth: Labels
    found: Labels
    caption: str


def draw_sheet(entries: Sequence[Entry], across: int = 2) -> Image.Image:
    """Draw the entries row by row: the truth on the left in blue, what was found on the right in orange."""
    rows, cols = _TILE_PX
    height, width = rows + _CAPTION_PX, 2 * cols
    down = -(-len(entries) // across)
    sheet = Image.new("RGB", (across * (width + 8), down * (height + 8)), "white")
    pen, font = ImageDraw.Draw(sheet), load_font(_TEXT_PX)
    for number, entry in enumerate(entries):
        left, top = (number % across) * (width + 8), (number // across) * (height + 8)
        # The font has no true minus sign.
        caption = entry.caption.replace("−", "-")
        pen.text((left + 4, top + 4), caption, fill="black", font=font)
        for side, labels, colour in ((0, entry.truth, _TRUE_COLOUR), (1, entry.found, _FOUND_COLOUR)):
            tile = Image.fromarray(draw_outlines(entry.pixels, labels, colour))
            sheet.paste(tile, (left + side * cols, top + _CAPTION_PX))
    return sheet


def draw_outlines(
    pixels: npt.NDArray[np.uint8],
    labels: Labels,
    colour: tuple[int, int, int],
    tile_px: tuple[int, int] = _TILE_PX,
) -> npt.NDArray[np.uint8]:
    """Fit into a tile and draw where labels end."""
    scale = min(tile_px[0] / pixels.shape[0], tile_px[1] / pixels.shape[1])
    size = (round(pixels.shape[1] * scale), round(pixels.shape[0] * scale))
    grey = cv2.resize(pixels, size, interpolation=cv2.INTER_AREA)
    small = cv2.resize(labels.astype(np.float64), size, interpolation=cv2.INTER_NEAREST).astype(np.int32)
    ends = np.zeros(small.shape, bool)
    ends[:, 1:] |= small[:, 1:] != small[:, :-1]
    ends[1:] |= small[1:] != small[:-1]
    tile = np.repeat(grey[..., None], 3, axis=2)
    tile[ends] = colour
    return np.asarray(tile, np.uint8)
