"""Pictures of an image for the page: the image halved again and again, and a thumbnail; made in another process."""

import json
import shutil
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.read import read
from nanocaliper.web.jobs.naming import name_image
from nanocaliper.web.jobs.worker import Report

__all__ = ["PICTURE_FILE", "TILE_PX", "make_picture"]

TILE_PX = 512
THUMBNAIL_PX = 240
#: What is known of a picture; written last.
PICTURE_FILE = "picture.json"
_BINS = 256
_STRETCH_PERCENTILES = (0.3, 99.7)

Grey = npt.NDArray[Any]


def make_picture(source: Path, name: str, page: int, folder: Path, *, report: Report) -> dict[str, Any]:
    """Write the levels of a picture, as arrays that tiles are cut from, and its thumbnail.

    Parameters
    ----------
    source : Path
        The uploaded file.
    name : str
        Under which it was uploaded, for errors.
    page : int
    folder : Path
        Made whole or not at all.
    report : callable

    Returns
    -------
    dict
        Rows, columns, bits, page and pages of the image.
    """
    report("reading")
    with name_image(source, name):
        micrograph = read(source, page=page)
    part = folder.with_name(folder.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    part.mkdir(parents=True)
    levels = _write_levels(micrograph.pixels, part)
    window, span, histogram = _describe_greys(micrograph)
    _write_thumbnail(micrograph.pixels, window, part / "thumbnail.png")
    rows, cols = micrograph.shape
    picture = {
        "rows": rows,
        "cols": cols,
        "tile": TILE_PX,
        "levels": levels,
        "window": dict(zip(("low", "high"), window, strict=True)),
        "range": dict(zip(("low", "high"), span, strict=True)),
        "histogram": histogram,
    }
    (part / PICTURE_FILE).write_text(json.dumps(picture), encoding="utf-8")
    shutil.rmtree(folder, ignore_errors=True)
    part.replace(folder)
    return {
        "rows": rows,
        "cols": cols,
        "bits": micrograph.pixels.dtype.itemsize * 8,
        "page": micrograph.page,
        "pages": micrograph.pages,
    }


def _write_levels(pixels: Grey, folder: Path) -> list[dict[str, int]]:
    levels: list[dict[str, int]] = []
    # 32-bit integers are too fine for OpenCV and for any eye.
    grey = (
        pixels if pixels.dtype in (np.uint8, np.uint16, np.int16, np.float32) else pixels.astype(np.float32)
    )
    factor = 1
    while True:
        np.save(folder / f"{len(levels)}.npy", grey)
        levels.append({"level": len(levels), "factor": factor, "rows": grey.shape[0], "cols": grey.shape[1]})
        if max(grey.shape) <= TILE_PX:
            return levels
        half = (max(1, (grey.shape[1] + 1) // 2), max(1, (grey.shape[0] + 1) // 2))
        grey = np.asarray(cv2.resize(grey, half, interpolation=cv2.INTER_AREA))
        factor *= 2


def _describe_greys(micrograph: Micrograph) -> tuple[tuple[float, float], tuple[float, float], list[int]]:
    """Find the window in which the image is seen well, the range of all values, and their histogram."""
    pixels = micrograph.pixels
    sample = pixels[micrograph.field.slices()]
    sample = sample if sample.size else pixels
    step = max(1, int(np.sqrt(sample.size / 4e6)))
    low, high = (float(value) for value in np.percentile(sample[::step, ::step], _STRETCH_PERCENTILES))
    least, most = float(pixels.min()), float(pixels.max())
    if high <= low:
        low, high = (least, most) if most > least else (least, least + 1)
    step = max(1, int(np.sqrt(pixels.size / 4e6)))
    start, stop = least, most if most > least else least + 1
    if np.issubdtype(pixels.dtype, np.integer):
        # Bins of whole grey values, so that none of them is empty for want of a value to fall into it.
        least = 0.0 if pixels.dtype == np.uint8 else least
        width = max(1, -(-int(most - least + 1) // _BINS))
        start, stop = least - 0.5, least - 0.5 + width * _BINS
        most = least + width * _BINS - 1
    counts, _ = np.histogram(pixels[::step, ::step], bins=_BINS, range=(start, stop))
    return (low, high), (least, most), counts.tolist()


def _write_thumbnail(pixels: Grey, window: tuple[float, float], path: Path) -> None:
    rows, cols = pixels.shape
    scale = min(1.0, THUMBNAIL_PX / max(rows, cols))
    size = (max(1, round(cols * scale)), max(1, round(rows * scale)))
    grey = (
        pixels if pixels.dtype in (np.uint8, np.uint16, np.int16, np.float32) else pixels.astype(np.float32)
    )
    small = np.asarray(cv2.resize(grey, size, interpolation=cv2.INTER_AREA), dtype=np.float32)
    low, high = window
    shown = np.clip((small - low) * (255 / (high - low)), 0, 255).astype(np.uint8)
    path.write_bytes(cv2.imencode(".png", shown)[1].tobytes())
