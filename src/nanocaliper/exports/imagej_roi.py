"""ImageJ and Fiji: a ``RoiSet.zip`` for the ROI Manager, a sub-pixel polygon a particle.

Polygons have pixel corners on whole numbers, as 32-bit floats. The name of a ROI is the number of the particle and
its class (``0001-sphere``), its group the class, its position the page of the image. Class, score, state and edit,
and the size of the image and of its pixels, are properties of the ROI (``Roi.getProperty``).
"""

import io
import math
import struct
import zipfile
import zlib
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.exports.annotated_image import CATEGORIES, AnnotatedImage, annotate, name_category
from nanocaliper.exports.corner_points import (
    draw_ellipse,
    draw_rectangle,
    from_corner_points,
    inside_image,
    to_corner_points,
)
from nanocaliper.exports.export_format import Expected, ExportFormat, bound_image, check_size
from nanocaliper.exports.json_reading import read_category, read_positive, read_score, read_whole
from nanocaliper.exports.zip_reading import read_members

if TYPE_CHECKING:
    from roifile import ImagejRoi

__all__ = ["IMAGEJ_ROI", "MAGIC"]

#: First bytes of a single ROI.
MAGIC = b"Iout"
#: Our keys among the properties of a ROI.
_KEY = "nanocaliper_"
#: The same content gives the same file: the date of a member is that of the first zip.
_DATE = (1980, 1, 1, 0, 0, 0)
_DAMAGED = (ValueError, TypeError, IndexError, KeyError, OverflowError, struct.error, zlib.error, EOFError)


def _load_roi() -> "type[ImagejRoi]":
    try:
        from roifile import ImagejRoi
    except ImportError:
        raise UsageError(
            "ImageJ ROIs need the package 'roifile', which is not installed: "
            'pip install "nanocaliper[workbench]".'
        ) from None
    return ImagejRoi


def _encode(images: Iterable[AnnotatedImage]) -> bytes:
    (image,) = images
    kind = _load_roi()
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for index in range(len(image.ids)):
            roi = _make_roi(kind, image, index)
            archive.writestr(zipfile.ZipInfo(f"{roi.name}.roi", _DATE), roi.tobytes(), zipfile.ZIP_DEFLATED)
    return buffer.getvalue()


def _make_roi(kind: "type[ImagejRoi]", image: AnnotatedImage, index: int) -> "ImagejRoi":
    from roifile import ROI_TYPE

    category = name_category(image.shapes[index])
    roi = kind.frompoints(
        to_corner_points(image.outlines[index]),
        name=f"{image.ids[index]:04d}-{category}",
        position=image.page,
    )
    roi.roitype = ROI_TYPE.POLYGON
    roi.group = CATEGORIES.index(category)
    known = {
        "particle": image.ids[index],
        "class": category,
        "state": image.states[index],
        "edited": image.edited[index],
        "score": None if math.isnan(image.scores[index]) else repr(image.scores[index]),
        "rows": image.rows,
        "cols": image.cols,
        "nm_per_px": None if image.nm_per_px is None else repr(image.nm_per_px),
    }
    roi.properties = {_KEY + key: value for key, value in known.items() if value not in (None, "")}
    return roi


def _decode(content: bytes, expected: Expected) -> tuple[AnnotatedImage, ...]:
    kind = _load_roi()
    members = (
        {expected.name: content}
        if content.startswith(MAGIC)
        else read_members(content, ".roi", expected.what)
    )
    outlines, properties, places, pages = [], [], [], set()
    for name, part in members.items():
        where = f"ROI {name[:60]!r} of {expected.what}"
        try:
            roi = kind.frombytes(part)
            corners = _draw(roi, where)
            found = {key.removeprefix(_KEY): value for key, value in roi.properties.items()}
        except _DAMAGED:
            raise ReadError(
                f"{where} is damaged, or no ROI of ImageJ; save it anew from the ROI Manager."
            ) from None
        outlines.append(from_corner_points(corners, where))
        properties.append(found)
        places.append(where)
        pages.add(max(roi.position - 1, 0))
    sizes = {(found["rows"], found["cols"]) for found in properties if {"rows", "cols"} <= found.keys()}
    rows, cols = _settle_size(sizes, outlines, expected)
    check_size(rows, cols, expected)
    image = annotate(
        expected.name,
        rows,
        cols,
        [inside_image(line, rows, cols, where) for line, where in zip(outlines, places, strict=True)],
        ids=[
            read_whole(found.get("particle", 0), f"The number of {where}")
            for found, where in zip(properties, places, strict=True)
        ],
        shapes=[
            read_category(found.get("class", ""), where)
            for found, where in zip(properties, places, strict=True)
        ],
        scores=[
            read_score(found.get("score"), where) for found, where in zip(properties, places, strict=True)
        ],
        states=[str(found.get("state")) for found in properties],
        edited=[str(found.get("edited")) for found in properties],
        nm_per_px=read_positive(next((found.get("nm_per_px") for found in properties), None), "nm_per_px"),
        page=pages.pop() if len(pages) == 1 else 0,
    )
    return (image,)


def _draw(roi: "ImagejRoi", where: str) -> npt.NDArray[np.float64]:
    """Corners of what ImageJ can draw around a particle."""
    from roifile import ROI_SUBTYPE, ROI_TYPE

    if roi.subtype == ROI_SUBTYPE.UNDEFINED and not roi.composite:
        if roi.roitype in (ROI_TYPE.POLYGON, ROI_TYPE.FREEHAND, ROI_TYPE.TRACED):
            return np.asarray(roi.coordinates(), np.float64)
        if roi.roitype == ROI_TYPE.RECT:
            return draw_rectangle(*_box(roi))
        if roi.roitype == ROI_TYPE.OVAL:
            x, y, width, height = _box(roi)
            return draw_ellipse(x + width / 2, y + height / 2, width / 2, height / 2)
    raise ReadError(
        f"{where} is a {roi.roitype.name.lower()} that outlines no particle; expected polygons, freehand or wand "
        "selections, rectangles and ovals: remove it, or convert it in ImageJ."
    )


def _box(roi: "ImagejRoi") -> tuple[float, float, float, float]:
    if roi.subpixelrect:
        return roi.xd, roi.yd, roi.widthd, roi.heightd
    return roi.left, roi.top, roi.right - roi.left, roi.bottom - roi.top


def _settle_size(
    sizes: set[tuple[Any, Any]], outlines: list[npt.NDArray[np.float64]], expected: Expected
) -> tuple[int, int]:
    """Size of the image: as the ROIs say, else as expected, else up to the last outline."""
    if len(sizes) > 1:
        raise ReadError(f"{expected.what} holds ROIs of images of different sizes; save those of one image.")
    if sizes:
        rows, cols = sizes.pop()
        return read_whole(rows, f"rows of {expected.what}"), read_whole(cols, f"cols of {expected.what}")
    return bound_image(outlines, expected)


IMAGEJ_ROI = ExportFormat(
    "imagej-roi",
    ".RoiSet.zip",
    "ImageJ and Fiji: open it in the ROI Manager.",
    _encode,
    _decode,
    frozenset({"size", "outlines", "ids", "shapes", "scores", "states", "edited", "nm_per_px", "page"}),
)
