"""VGG Image Annotator 2: one project file for all images, with polygons.

Points have pixel corners on whole numbers. ``particle``, ``score``, ``state``, ``edited`` and ``class`` are
attributes of a region; the size of the image and of its pixels are attributes of the file, for VIA keeps neither.
"""

import json
import math
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import CATEGORIES, AnnotatedImage, annotate, name_category
from nanocaliper.exports.corner_points import (
    draw_ellipse,
    draw_rectangle,
    from_corner_points,
    inside_image,
    read_points,
    to_corner_points,
)
from nanocaliper.exports.export_format import Expected, ExportFormat, bound_image, check_size, choose_images
from nanocaliper.exports.json_reading import (
    parse_json,
    read_category,
    read_positive,
    read_score,
    read_whole,
    take,
)

__all__ = ["VIA", "encode_via"]

_DECIMALS = 4
#: What VIA writes where the size of the image's file is not known.
_NO_BYTES = -1
_SETTINGS = {
    "ui": {
        "annotation_editor_height": 25,
        "annotation_editor_fontsize": 0.8,
        "leftsidebar_width": 18,
        "image_grid": {
            "img_height": 80,
            "rshape_fill": "none",
            "rshape_fill_opacity": 0.3,
            "rshape_stroke": "yellow",
            "rshape_stroke_width": 2,
            "show_region_shape": True,
            "show_image_policy": "all",
        },
        "image": {
            "region_label": "class",
            "region_color": "class",
            "region_label_font": "10px Sans",
            "on_image_annotation_editor_placement": "NEAR_REGION",
        },
    },
    "core": {"buffer_size": 18, "filepath": {}, "default_filepath": ""},
    "project": {"name": "nanocaliper"},
}
#: What describes each kind of region; a circle has its radius twice.
_KEYS = {
    "polygon": ("all_points_x", "all_points_y"),
    "rect": ("x", "y", "width", "height"),
    "circle": ("cx", "cy", "r", "r"),
    "ellipse": ("cx", "cy", "rx", "ry"),
}
_TEXT = {"type": "text", "description": "", "default_value": ""}
#: What other people call the attribute that we call class.
_CLASS_KEYS = ("class", "label", "name", "type", "category", "shape")


def encode_via(images: Iterable[AnnotatedImage], classes: Sequence[str] = CATEGORIES) -> bytes:
    """Write a project of VIA.

    Parameters
    ----------
    images : iterable of AnnotatedImage
    classes : sequence of str
        Names to choose from in VIA.

    Returns
    -------
    bytes
    """
    files = {f"{image.name}{_NO_BYTES}": _describe_image(image) for image in images}
    content = {
        "_via_settings": _SETTINGS,
        "_via_img_metadata": files,
        "_via_attributes": _describe_attributes(classes),
        "_via_data_format_version": "2.0.10",
        "_via_image_id_list": list(files),
    }
    return json.dumps(content, allow_nan=False).encode()


def _describe_attributes(classes: Sequence[str]) -> dict[str, Any]:
    return {
        "region": {
            "class": {
                "type": "dropdown",
                "description": "",
                "options": dict.fromkeys(classes, ""),
                "default_options": {classes[0]: True},
            },
            **dict.fromkeys(("particle", "score", "state", "edited"), _TEXT),
        },
        "file": dict.fromkeys(("rows", "cols", "nm_per_px"), _TEXT),
    }


def _describe_image(image: AnnotatedImage) -> dict[str, Any]:
    return {
        "filename": image.name,
        "size": _NO_BYTES,
        "regions": [_describe_region(image, index) for index in range(len(image.ids))],
        "file_attributes": {
            "rows": str(image.rows),
            "cols": str(image.cols),
            "nm_per_px": "" if image.nm_per_px is None else repr(image.nm_per_px),
        },
    }


def _describe_region(image: AnnotatedImage, index: int) -> dict[str, Any]:
    points = np.round(to_corner_points(image.outlines[index]), _DECIMALS)
    score = image.scores[index]
    return {
        "shape_attributes": {
            "name": "polygon",
            "all_points_x": points[:, 0].tolist(),
            "all_points_y": points[:, 1].tolist(),
        },
        "region_attributes": {
            "class": name_category(image.shapes[index]),
            "particle": str(image.ids[index]),
            "score": "" if math.isnan(score) else repr(score),
            "state": image.states[index],
            "edited": image.edited[index],
        },
    }


def _decode(content: bytes, expected: Expected) -> tuple[AnnotatedImage, ...]:
    read = parse_json(content, expected.what)
    # VIA also exports the images alone, without the project around them.
    found = read.get("_via_img_metadata", read) if isinstance(read, dict) else None
    if not isinstance(found, dict):
        raise ReadError(f"{expected.what} is no project of VIA; expected '_via_img_metadata'.")
    images = list(found.values())
    names = [take(image, "filename", str, f"An image of {expected.what}") for image in images]
    return tuple(_read_image(images[place], expected) for place in choose_images(names, expected))


def _read_image(image: dict[str, Any], expected: Expected) -> AnnotatedImage:
    name, what = image["filename"], expected.what
    regions = image.get("regions")
    regions = list(regions.values()) if isinstance(regions, dict) else regions
    if not isinstance(regions, list):
        raise ReadError(f"{what} has no list of regions for {name[:60]!r}; it is damaged or incomplete.")
    of_file = image.get("file_attributes")
    of_file = of_file if isinstance(of_file, dict) else {}
    where = [f"Region {number} of {name[:60]!r} in {what}" for number in range(1, len(regions) + 1)]
    drawn = []
    for region, place in zip(regions, where, strict=True):
        with expected.each_particle():
            line = from_corner_points(_draw(take(region, "shape_attributes", dict, place), place), place)
            given = region.get("region_attributes")
            drawn.append((line, given if isinstance(given, dict) else {}, place))
    rows, cols = _settle_size(of_file, [line for line, _, _ in drawn], expected)
    check_size(rows, cols, expected)
    outlines, known, ids, shapes, scores = [], [], [], [], []
    for line, one, place in drawn:
        with expected.each_particle():
            line = inside_image(line, rows, cols, place)
            category = read_category(_find_class(one, expected), place, expected.classes)
            number = read_whole(_number(one.get("particle")) or 0, f"The number of {place}")
            scores.append(read_score(_number(one.get("score")), place))
            outlines.append(line)
            known.append(one)
            ids.append(number)
            shapes.append(category)
    return annotate(
        name,
        rows,
        cols,
        outlines,
        ids=ids,
        shapes=shapes,
        scores=scores,
        states=[str(one.get("state")) for one in known],
        edited=[str(one.get("edited")) for one in known],
        nm_per_px=read_positive(_number(of_file.get("nm_per_px")), f"nm_per_px of {what}"),
    )


def _find_class(attributes: dict[str, Any], expected: Expected) -> Any:
    """The class of a region; where people name their own, they also choose what its attribute is called."""
    if "class" in attributes or expected.classes == CATEGORIES:
        return attributes.get("class", "")
    own = [key for key in attributes if key not in ("particle", "score", "state", "edited")]
    named = [key for key in own if key.lower() in _CLASS_KEYS] or own
    value = attributes[named[0]] if len(named) == 1 else ""
    # A tick box holds the ticked names as keys.
    return next(iter(value)) if isinstance(value, dict) and len(value) == 1 else value


def _number(text: Any) -> Any:
    """VIA keeps all attributes as texts; what is no number is told by who asks for one."""
    if text in (None, ""):
        return None
    try:
        return float(text)
    except (ValueError, TypeError, OverflowError):
        return text


def _settle_size(
    of_file: dict[str, Any], outlines: list[npt.NDArray[np.float64]], expected: Expected
) -> tuple[int, int]:
    rows, cols = (_number(of_file.get(key)) for key in ("rows", "cols"))
    if rows is not None and cols is not None:
        return read_whole(rows, f"rows of {expected.what}"), read_whole(cols, f"cols of {expected.what}")
    return bound_image(outlines, expected)


def _draw(shape: dict[str, Any], where: str) -> npt.NDArray[np.float64]:
    """Corners of what VIA can draw around a particle."""
    kind = shape.get("name")
    keys = _KEYS.get(kind, ()) if isinstance(kind, str) else ()
    if kind == "polygon":
        x, y = (take(shape, key, list, where) for key in keys)
        if len(x) == len(y):
            return read_points([list(point) for point in zip(x, y, strict=True)], where)
    elif keys:
        numbers = read_points([shape.get(key) for key in keys], where).ravel()
        return draw_rectangle(*numbers) if kind == "rect" else draw_ellipse(*numbers)
    raise ReadError(
        f"{where} is no outline; expected a polygon, rectangle, circle or ellipse: draw it as one."
    )


VIA = ExportFormat(
    "via",
    ".via.json",
    "VGG Image Annotator 2, a project of all images.",
    encode_via,
    _decode,
    frozenset({"name", "size", "outlines", "ids", "shapes", "scores", "states", "edited", "nm_per_px"}),
    several=True,
)
