"""PNG, JPEG, BMP, WebP and GIF: the formats of screens and figures."""

import struct
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
import numpy.typing as npt
from PIL import (
    BmpImagePlugin,
    GifImagePlugin,
    Image,
    ImageFile,
    JpegImagePlugin,
    PngImagePlugin,
    WebPImagePlugin,
)

from nanocaliper.errors import ReadError, UnsupportedImageError
from nanocaliper.micrograph.formats.decoded import DecodedImage, check_limit, check_page, to_plain

__all__ = ["EXTENSIONS", "matches", "read"]

EXTENSIONS = (".png", ".jpg", ".jpeg", ".jpe", ".bmp", ".webp", ".gif")

_ORIENTATION_TAG = 0x0112
_NAMES = {"I;16", "I;16B", "I;16L", "I;16N"}
# The most pixels a byte can stand for: DEFLATE shrinks at most 1032 times and a pixel may be one bit; a JPEG
# needs a bit for a block of 64. A header that promises more lies, and must not get its memory.
_PIXELS_PER_BYTE = {"PNG": 8 * 1032, "JPEG": 1024}


def matches(head: bytes, path: Path) -> bool:
    """Whether a file that starts with these bytes is one of these formats."""
    del path
    return _name_format(head) is not None


def read(stream: BinaryIO, page: int, path: Path) -> DecodedImage:
    """Decode the (first) image of a PNG, JPEG, BMP, WebP or GIF file.

    Parameters
    ----------
    stream : binary file
        The open file.
    page : int
        Must be 0: the further frames of an animation are no pages.
    path : Path
        Where the file lies; not used.

    Returns
    -------
    DecodedImage

    Raises
    ------
    ReadError
        If `page` is not 0 or the file is damaged; decoders raise errors of their own, too.
    """
    del path
    check_page(page, 1)
    stream.seek(0)
    head = stream.read(64)
    size = stream.seek(0, 2)
    stream.seek(0)
    name = _name_format(head)
    # The classes themselves instead of Image.open: that one also guards against large images, by a limit
    # that is global to the process and lower than ours.
    image: ImageFile.ImageFile
    if name == "PNG":
        image = PngImagePlugin.PngImageFile(stream)
    elif name == "JPEG":
        image = JpegImagePlugin.JpegImageFile(stream)
    elif name == "BMP":
        image = BmpImagePlugin.BmpImageFile(stream)
    elif name == "WebP":
        image = WebPImagePlugin.WebPImageFile(stream)
    else:
        name = "GIF"
        image = GifImagePlugin.GifImageFile(stream)
    with image:
        cols, rows = image.size
        check_limit(rows, cols)
        if name in _PIXELS_PER_BYTE and rows * cols > size * _PIXELS_PER_BYTE[name]:
            raise ReadError(
                f"its {size} bytes cannot hold the {cols} x {rows} px that it announces; it is damaged or "
                "cut short, so copy or export it again"
            )
        warnings = []
        frames = getattr(image, "n_frames", 1)
        if frames > 1:
            warnings.append(f"The file is an animation of {frames} frames; only the first was read.")
        image.load()
        values, notes = _take_values(image)
        if name == "PNG" and _has_16_bit_channels(head):
            values = _decode_16_bit_channels(stream, values.ndim)
        warnings += notes
        orientation = int(image.getexif().get(_ORIENTATION_TAG, 1))
        texts = getattr(image, "text", {}) if name == "PNG" else {"comment": image.info.get("comment")}
    metadata = {str(key): to_plain(value) for key, value in texts.items() if value}
    return DecodedImage(
        values=values, format=name, metadata=metadata, orientation=orientation, warnings=tuple(warnings)
    )


def _name_format(head: bytes) -> str | None:
    if head.startswith(b"\x89PNG\r\n\x1a\n"):
        return "PNG"
    if head.startswith(b"\xff\xd8\xff"):
        return "JPEG"
    if head.startswith((b"GIF87a", b"GIF89a")):
        return "GIF"
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        return "WebP"
    # 'BM' alone starts many a text; the header's own size must follow.
    if (
        head[:2] == b"BM"
        and len(head) >= 18
        and struct.unpack("<I", head[14:18])[0] in (12, 40, 52, 56, 64, 108, 124)
    ):
        return "BMP"
    return None


def _has_16_bit_channels(head: bytes) -> bool:
    """Whether a PNG has 16 bits in more than one channel, which Pillow would cut to 8."""
    depth, colour_type = head[24], head[25]
    return depth == 16 and colour_type in (2, 4, 6)


def _decode_16_bit_channels(stream: BinaryIO, ndim: int) -> npt.NDArray[Any]:
    """Decode a PNG of 16-bit colour, or grey with alpha; Pillow has found it undamaged before."""
    import cv2

    stream.seek(0)
    decoded = cv2.imdecode(np.frombuffer(stream.read(), np.uint8), cv2.IMREAD_UNCHANGED)
    if decoded is None or decoded.dtype != np.uint16:
        raise ReadError("its 16-bit channels cannot be decoded; export it again, for example as TIFF")
    # OpenCV orders blue, green, red; a grey image with alpha comes back with three equal channels.
    return np.ascontiguousarray(decoded[..., 2::-1] if ndim == 3 else decoded[..., 0])


def _take_values(image: Image.Image) -> tuple[npt.NDArray[Any], list[str]]:
    """Grey or RGB values of a loaded image, and what was left out."""
    warnings = []
    alpha: npt.NDArray[Any] | None = None
    mode = image.mode
    if mode == "1":
        values = np.asarray(image).astype(np.uint8) * np.uint8(255)
    elif mode in ("L", "F", "I") or mode in _NAMES:
        values = np.asarray(image)
    elif mode == "LA":
        both = np.asarray(image)
        values, alpha = both[..., 0], both[..., 1]
    elif mode in ("RGB", "RGBX"):
        values = np.asarray(image)[..., :3]
    elif mode == "RGBA":
        both = np.asarray(image)
        values, alpha = both[..., :3], both[..., 3]
    elif mode in ("P", "PA"):
        colours = np.asarray(image.convert("RGBA"))
        values, alpha = colours[..., :3], colours[..., 3]
    elif mode in ("CMYK", "YCbCr"):
        values = np.asarray(image.convert("RGB"))
        if mode == "CMYK":
            warnings.append("The image is in printing colours (CMYK) and was converted to grey.")
    else:
        raise UnsupportedImageError(f"its pixels are of the kind {mode!r}; save it as a grey image")
    if "transparency" in image.info or (alpha is not None and alpha.min() < 255):
        warnings.append("The transparency of the image was ignored; the grey values under it were read.")
    return values, warnings
