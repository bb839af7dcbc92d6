"""LabelMe 5: one JSON file an image, with polygons; rectangles, circles and masks are read as well.

Points have pixel corners on whole numbers. ``group_id`` is the number of the particle. What LabelMe has no key for
stands under further keys, which LabelMe keeps: ``score``, ``state`` and ``edited`` of a shape, ``nm_per_px`` of the
image. Without ``imageData`` LabelMe looks for the image beside the file, under ``imagePath``.
"""

import base64
import binascii
import json
import math
from collections.abc import Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import AnnotatedImage, annotate, name_category, number_particles
from nanocaliper.exports.corner_points import (
    draw_ellipse,
    draw_rectangle,
    from_corner_points,
    inside_image,
    read_points,
    to_corner_points,
)
from nanocaliper.exports.export_format import Expected, ExportFormat, check_size
from nanocaliper.exports.grey_png import encode_grey_png
from nanocaliper.exports.json_reading import (
    parse_json,
    read_category,
    read_positive,
    read_score,
    read_whole,
    take,
)
from nanocaliper.exports.label_images import Drawn, Pixels, find_inside, paint_particles
from nanocaliper.micrograph.read import decode_image

__all__ = ["LABELME", "LABELME_EMBEDDED"]

_DECIMALS = 4
#: The version of the format, that of LabelMe itself.
_VERSION = "5.5.0"


def _encode(images: Iterable[AnnotatedImage]) -> bytes:
    (image,) = images
    embedded = (
        None if image.pixels is None else base64.b64encode(encode_grey_png(image.pixels)).decode("ascii")
    )
    content: dict[str, Any] = {
        "version": _VERSION,
        "flags": {},
        "shapes": [_describe_shape(image, index) for index in range(len(image.ids))],
        "imagePath": image.file_name,
        "imageData": embedded,
        "imageHeight": image.rows,
        "imageWidth": image.cols,
        "nm_per_px": image.nm_per_px,
    }
    return json.dumps(content, indent=1, allow_nan=False).encode()


def _describe_shape(image: AnnotatedImage, index: int) -> dict[str, Any]:
    score = image.scores[index]
    return {
        "label": name_category(image.shapes[index]),
        "points": np.round(to_corner_points(image.outlines[index]), _DECIMALS).tolist(),
        "group_id": image.ids[index],
        "description": "",
        "shape_type": "polygon",
        "flags": {},
        "mask": None,
        "score": None if math.isnan(score) else score,
        "state": image.states[index],
        "edited": image.edited[index],
    }


def _decode(content: bytes, expected: Expected) -> tuple[AnnotatedImage, ...]:
    what = expected.what
    read = parse_json(content, what)
    rows, cols = (
        read_whole(take(read, key, int, what), f"{key} of {what}") for key in ("imageHeight", "imageWidth")
    )
    check_size(rows, cols, expected)
    drawn, where, shapes, scores, ids = [], [], [], [], []
    states: list[str] = []
    edited: list[str] = []
    listed = take(read, "shapes", list, what)
    for number, shape in enumerate(listed, 1):
        place = f"Shape {number} of {what}"
        with expected.each_particle():
            one = _read_shape(shape, rows, cols, place)
            category = read_category(shape.get("label"), place, expected.classes)
            score = read_score(shape.get("score"), place)
            given = shape.get("group_id")
            ids.append(0 if given is None else read_whole(given, f"group_id of {place}"))
            drawn.append(one)
            where.append(place)
            shapes.append(category)
            scores.append(score)
            states.append(str(shape.get("state")))
            edited.append(str(shape.get("edited")))
    numbers = number_particles(ids)
    labels, outlines, covered = paint_particles(drawn, numbers, rows, cols, where)
    image = annotate(
        take(read, "imagePath", str, what),
        rows,
        cols,
        outlines,
        ids=numbers,
        labels=labels,
        shapes=shapes,
        scores=scores,
        states=states,
        edited=edited,
        nm_per_px=read_positive(read.get("nm_per_px"), f"nm_per_px of {what}"),
        covered=covered,
    )
    return (image,)


def _read_shape(shape: dict[str, Any], rows: int, cols: int, where: str) -> Drawn:
    kind = take(shape, "shape_type", str, where)
    points = read_points(take(shape, "points", list, where), where)
    if kind == "mask":
        pixels = _read_mask(shape.get("mask"), points, rows, cols, where)
        return None, lambda: pixels
    outline = inside_image(from_corner_points(_draw(kind, points, where), where), rows, cols, where)
    return outline, lambda: find_inside(outline, rows, cols)


def _draw(kind: str, points: npt.NDArray[np.float64], where: str) -> npt.NDArray[np.float64]:
    """Points of a polygon for what LabelMe can draw."""
    if kind == "polygon":
        return points
    if kind == "rectangle" and len(points) == 2:
        (x, y), (width, height) = points[0], points[1] - points[0]
        return draw_rectangle(x, y, width, height)
    if kind == "circle" and len(points) == 2:
        radius = float(np.hypot(*(points[1] - points[0])))
        return draw_ellipse(points[0, 0], points[0, 1], radius, radius)
    raise ReadError(
        f"{where} is a {kind[:40]!r}; expected a polygon, a rectangle, a circle or a mask: draw it as one."
    )


def _read_mask(packed: Any, points: npt.NDArray[np.float64], rows: int, cols: int, where: str) -> Pixels:
    """Pixels of a mask: a picture of the box whose first and last pixel are the two points."""
    damaged = ReadError(
        f"{where} has a damaged mask; expected two points and a packed picture: draw it anew."
    )
    try:
        content = base64.b64decode(packed, validate=True)
        picture = decode_image(content).values
        (left, top), (right, bottom) = points.round().astype(int)
    except (ReadError, TypeError, ValueError, binascii.Error):
        raise damaged from None
    if picture.ndim != 2 or picture.shape != (bottom - top + 1, right - left + 1):
        raise damaged
    if top < 0 or left < 0 or bottom >= rows or right >= cols:
        raise ReadError(
            f"{where} reaches outside the image of {rows} x {cols} px (rows x columns): it was drawn on another "
            "image, or on a copy of another size."
        )
    inside = picture.nonzero()
    return inside[0] + top, inside[1] + left


_KEEPS = frozenset({"size", "outlines", "ids", "shapes", "scores", "states", "edited", "nm_per_px"})

LABELME = ExportFormat(
    "labelme",
    ".json",
    "LabelMe 5; put the file beside its image.",
    lambda images: _encode([replace(image, pixels=None) for image in images]),
    _decode,
    _KEEPS,
    set_folder="images",
)
LABELME_EMBEDDED = ExportFormat(
    "labelme-embedded",
    ".json",
    "LabelMe 5 with the image inside, 8 bits, to be opened anywhere.",
    _encode,
    _decode,
    _KEEPS,
    needs_pixels=True,
)
