"""What happens to a picture after it was printed on: blur, rescaling, noise, depth, compression."""

from dataclasses import dataclass

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import Image

from nanocaliper.synthesis.canvas import Canvas
from nanocaliper.synthesis.readability import Move

__all__ = ["Reproduction", "draw_reproduction", "reproduce"]

Pixels = NDArray[np.uint8] | NDArray[np.uint16]


@dataclass(frozen=True)
class Reproduction:
    """What is done to a picture.

    Parameters
    ----------
    scale : float
        Final size over printed size, 0.02 to 1.
    method : {'area', 'bicubic', 'lanczos'}
        How it is rescaled.
    blur_px : float
        Standard deviation of a blur before that, px.
    noise : float
        Standard deviation of noise at the end, 0 to 1.
    bits : {8, 12, 16}
        Depth; 12 bits are stored in 16 (0 to 4095).
    jpeg_quality : int or None
        Compression, for 8 bits only.
    enlarged : float
        Factor of a last enlargement, which makes a small picture large and blurred.
    """

    scale: float = 1.0
    method: str = "area"
    blur_px: float = 0.0
    noise: float = 0.0
    bits: int = 8
    jpeg_quality: int | None = None
    enlarged: float = 1.0

    @property
    def full_scale(self) -> int:
        """Value of white in the image."""
        return int(2**self.bits - 1)

    @property
    def sharp(self) -> bool:
        """Whether what was printed is as sharp as it was drawn."""
        light = self.jpeg_quality is None or self.jpeg_quality >= 90
        return self.scale == 1 and self.blur_px == 0 and self.enlarged == 1 and light


def draw_reproduction(rng: np.random.Generator, shape: tuple[int, int], coloured: bool) -> Reproduction:
    """Draw what happens to a picture.

    Parameters
    ----------
    rng : numpy.random.Generator
        Source of chance.
    shape : (int, int)
        Rows and columns of the picture as printed.
    coloured : bool
        Whether it is RGB.

    Returns
    -------
    Reproduction
        A rescaled picture keeps a short side of 512 px or more.
    """
    scale = 1.0
    if rng.random() < 0.35:
        lowest = max(0.4, 512 / min(shape))
        scale = float(rng.uniform(lowest, 1.0)) if lowest < 0.97 else 1.0
    quality = None
    if rng.random() < 0.6:
        quality = int(rng.integers(70, 96)) if rng.random() < 0.65 else int(rng.integers(30, 70))
    bits = 8
    if not coloured and quality is None and rng.random() < 0.3:
        bits = 12 if rng.random() < 0.3 else 16
    return Reproduction(
        scale=scale,
        method=str(rng.choice(["area", "bicubic", "lanczos"], p=[0.5, 0.3, 0.2])),
        blur_px=float(rng.uniform(0.3, 0.9)) if rng.random() < 0.15 else 0.0,
        noise=float(np.exp(rng.uniform(np.log(0.004), np.log(0.06)))) if rng.random() < 0.15 else 0.0,
        bits=bits,
        jpeg_quality=quality,
    )


def reproduce(canvas: Canvas, how: Reproduction, rng: np.random.Generator) -> tuple[Pixels, Move]:
    """Turn a canvas into an image.

    Parameters
    ----------
    canvas : Canvas
        The picture as printed.
    how : Reproduction
        What happens to it.
    rng : numpy.random.Generator
        Source of noise.

    Returns
    -------
    pixels : ndarray of uint8 or uint16
        The image.
    move : Move
        Where px of the canvas went.
    """
    picture = canvas.pixels
    rows, cols = picture.shape[:2]
    if how.blur_px > 0:
        picture = np.asarray(cv2.GaussianBlur(picture, (0, 0), how.blur_px), dtype=np.float32)
    size = (max(16, round(rows * how.scale)), max(16, round(cols * how.scale)))
    if size != (rows, cols):
        picture = _rescale(picture, size, how.method)
    if how.enlarged != 1:
        size = (round(size[0] * how.enlarged), round(size[1] * how.enlarged))
        picture = _rescale(picture, size, "bicubic")
    if how.noise > 0:
        # Noise of a camera or scanner is the same in all channels of a grey picture.
        grain = np.float32(how.noise) * rng.standard_normal(size, dtype=np.float32)
        picture = picture + (grain if picture.ndim == 2 else grain[:, :, None])
    picture = np.clip(picture, 0, 1)
    move = Move(size[0] / rows, size[1] / cols, how.blur_px)
    if how.bits > 8:
        return np.asarray(np.rint(picture.astype(np.float64) * how.full_scale), dtype=np.uint16), move
    pixels = np.asarray(np.rint(picture * 255), dtype=np.uint8)
    if how.jpeg_quality is not None:
        pixels = _compress(pixels, how.jpeg_quality)
    return pixels, move


def _rescale(picture: NDArray[np.float32], size: tuple[int, int], method: str) -> NDArray[np.float32]:
    rows, cols = size
    if method == "area":
        return np.asarray(cv2.resize(picture, (cols, rows), interpolation=cv2.INTER_AREA), dtype=np.float32)
    kernel = Image.Resampling.BICUBIC if method == "bicubic" else Image.Resampling.LANCZOS
    planes = [picture] if picture.ndim == 2 else list(np.moveaxis(picture, 2, 0))
    # Pillow widens its kernels when it makes pictures smaller, so that nothing is skipped.
    made = [np.asarray(Image.fromarray(plane).resize((cols, rows), kernel)) for plane in planes]
    return np.asarray(made[0] if picture.ndim == 2 else np.stack(made, axis=2), dtype=np.float32)


def _compress(pixels: NDArray[np.uint8], quality: int) -> NDArray[np.uint8]:
    if pixels.ndim == 2:
        _, data = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, quality])
        return np.asarray(cv2.imdecode(data, cv2.IMREAD_GRAYSCALE), dtype=np.uint8)
    _, data = cv2.imencode(
        ".jpg", np.ascontiguousarray(pixels[:, :, ::-1]), [cv2.IMWRITE_JPEG_QUALITY, quality]
    )
    return np.ascontiguousarray(np.asarray(cv2.imdecode(data, cv2.IMREAD_COLOR), dtype=np.uint8)[:, :, ::-1])
