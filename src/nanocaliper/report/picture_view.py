"""How a micrograph is shown: enlarged or reduced, in grey, with a place for every image pixel."""

from dataclasses import dataclass

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Box, Micrograph

__all__ = ["LARGEST_SIDE_PX", "PictureView", "choose_view", "shade", "show_grey"]

Picture = npt.NDArray[np.uint8]
Floats = npt.NDArray[np.float64]

#: A longer image is drawn reduced to this, and the caption says so.
LARGEST_SIDE_PX = 4000
# A smaller image is drawn enlarged by a whole number, so that outlines do not hide what they outline.
_SMALLEST_SIDE_PX = 1200
_MOST_ENLARGED = 16

_STRETCH_PERCENTILES = (0.3, 99.7)
_SHADE = np.array((40, 110, 255), dtype=np.float32)  # RGB of what is not measured
_SHADE_SHARE = 0.3


@dataclass(frozen=True)
class PictureView:
    """How image pixels become pixels of a picture; the centre of the first pixel is 0 in both.

    Parameters
    ----------
    scale : float
        Pixels of the picture per pixel of the image.
    shape : (int, int)
        Rows and columns of the picture, px.
    """

    scale: float
    shape: tuple[int, int]

    @property
    def line_px(self) -> int:
        """Width of a line that is seen well."""
        return max(2, round(max(self.shape) / 1000))

    @property
    def text_px(self) -> int:
        """Height of letters that are read well."""
        return int(np.clip(max(self.shape) / 85, 14, 40))

    def place(self, points: Floats) -> Floats:
        """Turn places in the image into places in the picture."""
        placed: Floats = (points + 0.5) * self.scale - 0.5
        return placed


def choose_view(shape: tuple[int, int]) -> PictureView:
    """Choose how large to draw an image.

    Parameters
    ----------
    shape : (int, int)
        Rows and columns of the image, px.

    Returns
    -------
    PictureView
        Sides longer than `LARGEST_SIDE_PX` are reduced to it, images under 1200 px enlarged by a whole number.
    """
    longest = max(shape)
    scale = 1.0
    if longest > LARGEST_SIDE_PX:
        scale = LARGEST_SIDE_PX / longest
    elif longest < _SMALLEST_SIDE_PX:
        scale = float(min(-(-_SMALLEST_SIDE_PX // longest), _MOST_ENLARGED))
    rows, cols = (max(1, round(side * scale)) for side in shape)
    return PictureView(scale, (rows, cols))


def show_grey(micrograph: Micrograph, view: PictureView) -> Picture:
    """Stretch to 8 bit by the quantiles of the field (the strip is often pure black and white) and resize.

    Parameters
    ----------
    micrograph : Micrograph
    view : PictureView

    Returns
    -------
    ndarray of uint8, shape (rows, cols, 3)
        RGB, all three alike.
    """
    pixels = micrograph.pixels
    sample = pixels[micrograph.field.slices()]
    step = max(1, int(np.sqrt(sample.size / 4e6)))
    low, high = np.percentile(sample[::step, ::step], _STRETCH_PERCENTILES) if sample.size else (0, 0)
    span = max(float(high) - float(low), 1e-12)
    grey = np.empty(pixels.shape, dtype=np.uint8)
    # By bands of rows: the floating-point copy of a whole large image would be four times its size.
    for start in range(0, pixels.shape[0], 512):
        band = (pixels[start : start + 512].astype(np.float32) - np.float32(low)) * np.float32(255 / span)
        grey[start : start + 512] = np.clip(np.rint(band), 0, 255)
    size = (view.shape[1], view.shape[0])
    if view.scale != 1:
        way = cv2.INTER_AREA if view.scale < 1 else cv2.INTER_LINEAR
        grey = np.asarray(cv2.resize(grey, size, interpolation=way), dtype=np.uint8)
    return np.repeat(grey[:, :, None], 3, axis=2)


def shade(canvas: Picture, box: Box, view: PictureView) -> None:
    """Tint a part that is not measured and hatch it, so that it is seen without colour as well, in place.

    Parameters
    ----------
    canvas : ndarray of uint8, shape (rows, cols, 3)
        The picture.
    box : Box
        The part, px of the image.
    view : PictureView
    """
    top, left, bottom, right = (
        round(edge * view.scale) for edge in (box.row_start, box.col_start, box.row_stop, box.col_stop)
    )
    part = canvas[max(top, 0) : bottom, max(left, 0) : right]
    if not part.size:
        return
    part[:] = np.rint(part * (1 - _SHADE_SHARE) + _SHADE * _SHADE_SHARE)
    rows, cols = np.ogrid[: part.shape[0], : part.shape[1]]
    period = 8 * view.line_px
    hatch = (rows + cols) % period < view.line_px / 2
    part[hatch] = np.rint(part[hatch] * 0.5 + _SHADE * 0.5)
