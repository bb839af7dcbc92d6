"""COCO instances: one JSON file for all images, with polygons or with run-length masks.

Read are both, side by side too, and particles of several polygons, as of those that something else covers in the
middle.

Polygons and boxes have pixel corners on whole numbers; a box is [x, y, width, height]. ``area`` is that inside the
polygon, or the number of pixels of the mask. What COCO has no key for stands in ``attributes`` of an annotation
(``particle``, ``state``, ``edited``) and in ``nm_per_px`` of an image. Format: https://cocodataset.org/#format-data
"""

import json
import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import cv2
import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import (
    CATEGORIES,
    AnnotatedImage,
    annotate,
    name_category,
    number_particles,
)
from nanocaliper.exports.corner_points import from_corner_points, inside_image, read_points, to_corner_points
from nanocaliper.exports.export_format import Expected, ExportFormat, check_size, choose_images
from nanocaliper.exports.json_reading import (
    parse_json,
    read_category,
    read_positive,
    read_score,
    read_whole,
    take,
)
from nanocaliper.exports.label_images import Drawn, Pixels, find_inside, labels_of, paint_particles
from nanocaliper.particles.run_lengths import decode_runs, encode_runs, find_runs, unpack_counts

__all__ = ["COCO", "COCO_MASKS", "encode_coco"]

_DECIMALS = 4


def encode_coco(
    images: Iterable[AnnotatedImage], classes: Sequence[str] = CATEGORIES, *, masks: bool = False
) -> bytes:
    """Write the outlines or the masks of images.

    Parameters
    ----------
    images : iterable of AnnotatedImage
        Their `shapes` are among `classes`. They are taken one by one.
    classes : sequence of str
        In the order of their numbers, from 1.
    masks : bool
        Whether particles are masks, not polygons.

    Returns
    -------
    bytes
    """
    numbers = {name: number for number, name in enumerate(classes, 1)}
    listed: list[dict[str, Any]] = []
    annotations: list[dict[str, Any]] = []
    for number, image in enumerate(images, 1):
        listed.append(
            {
                "id": number,
                "file_name": image.name,
                "width": image.cols,
                "height": image.rows,
                "nm_per_px": image.nm_per_px,
            }
        )
        drawn = _describe_masks(image) if masks else _describe_polygons(image)
        for index, annotation in enumerate(drawn):
            annotations.append(
                {
                    "id": len(annotations) + 1,
                    "image_id": number,
                    "category_id": numbers[name_category(image.shapes[index])],
                    **annotation,
                }
            )
    content = {
        "info": {"description": "Particles outlined by nanocaliper"},
        "licenses": [],
        "images": listed,
        "categories": [
            {"id": number, "name": name, "supercategory": "particle"} for name, number in numbers.items()
        ],
        "annotations": annotations,
    }
    return json.dumps(content, allow_nan=False).encode()


def _describe_polygons(image: AnnotatedImage) -> Iterator[dict[str, Any]]:
    for index, outline in enumerate(image.outlines):
        points = np.round(to_corner_points(outline), _DECIMALS)
        low, high = points.min(axis=0), points.max(axis=0)
        yield {
            "segmentation": [points.ravel().tolist()],
            "area": round(abs(float(cv2.contourArea((points - low).astype(np.float32)))), _DECIMALS),
            "bbox": [*low.tolist(), *np.round(high - low, _DECIMALS).tolist()],
            **_describe_particle(image, index),
        }


def _describe_masks(image: AnnotatedImage) -> Iterator[dict[str, Any]]:
    rows, cols = image.rows, image.cols
    found = find_runs(labels_of(image))
    for index, number in enumerate(image.ids):
        runs = found.get(number, np.zeros((0, 2), np.int64))
        yield {
            "segmentation": {"size": [rows, cols], "counts": encode_runs(runs, rows * cols)},
            "area": int(np.diff(runs).sum()),
            "bbox": _bound_runs(runs, rows),
            **_describe_particle(image, index),
        }


def _bound_runs(runs: npt.NDArray[np.int64], rows: int) -> list[int]:
    if not len(runs):
        return [0, 0, 0, 0]
    first, last = runs[:, 0], runs[:, 1] - 1
    left, right = int(first.min()) // rows, int(last.max()) // rows
    # A run that goes on in the next column holds the bottom of the one and the top of the other.
    goes_on = bool((first // rows != last // rows).any())
    top, bottom = (0, rows - 1) if goes_on else (int((first % rows).min()), int((last % rows).max()))
    return [left, top, right - left + 1, bottom - top + 1]


def _describe_particle(image: AnnotatedImage, index: int) -> dict[str, Any]:
    score = image.scores[index]
    return {
        "iscrowd": 0,
        "score": None if math.isnan(score) else score,
        "attributes": {
            "particle": image.ids[index],
            "state": image.states[index],
            "edited": image.edited[index],
        },
    }


def _decode(content: bytes, expected: Expected) -> tuple[AnnotatedImage, ...]:
    what = expected.what
    read = parse_json(content, what)
    names = {
        read_whole(
            take(category, "id", int, f"A category of {what}"), f"A category's id of {what}"
        ): category.get("name")
        for category in take(read, "categories", list, what)
    }
    grouped: dict[Any, list[dict[str, Any]]] = {}
    for annotation in take(read, "annotations", list, what):
        grouped.setdefault(take(annotation, "image_id", int, f"An annotation of {what}"), []).append(
            annotation
        )
    images = take(read, "images", list, what)
    known = [take(image, "id", int, f"An image of {what}") for image in images]
    strangers = set(grouped) - set(known)
    if strangers or len(set(known)) < len(known):
        raise ReadError(
            f"{what} has annotations of an image that is not in its list, or an image twice; write it anew."
        )
    chosen = choose_images(
        [take(image, "file_name", str, f"An image of {what}") for image in images], expected
    )
    return tuple(
        _read_image(images[place], grouped.get(images[place]["id"], []), names, expected) for place in chosen
    )


def _read_image(
    image: dict[str, Any], listed: list[dict[str, Any]], names: dict[int, Any], expected: Expected
) -> AnnotatedImage:
    what = expected.what
    rows, cols = (read_whole(image.get(key), f"{key} in {what}") for key in ("height", "width"))
    check_size(rows, cols, expected)
    drawn: list[Drawn] = []
    where, shapes, scores, attributes = [], [], [], []
    for count, one in enumerate(listed, 1):
        place = f"Annotation {str(one.get('id', count))[:20]!r} of {what}"
        with expected.each_particle():
            number = one.get("category_id")
            if isinstance(number, bool) or not isinstance(number, int) or number not in names:
                raise ReadError(
                    f"{place} has the category {str(number)[:40]}, which the file does not list; correct it."
                )
            category = read_category(names[number], f"A category of {what}", expected.classes)
            score = read_score(one.get("score"), place)
            if one.get("iscrowd"):
                raise ReadError(f"{place} is a crowd of objects; outline each of them, or remove it.")
            drawn.append(_read_segmentation(one.get("segmentation"), rows, cols, place))
            given = one.get("attributes")
            where.append(place)
            shapes.append(category)
            scores.append(score)
            attributes.append(given if isinstance(given, dict) else {})
    ids = number_particles([_read_id(given.get("particle")) for given in attributes])
    labels, outlines, covered = paint_particles(drawn, ids, rows, cols, where)
    return annotate(
        image["file_name"],
        rows,
        cols,
        outlines,
        ids=ids,
        shapes=shapes,
        scores=scores,
        states=[str(given.get("state")) for given in attributes],
        edited=[str(given.get("edited")) for given in attributes],
        labels=labels,
        nm_per_px=read_positive(image.get("nm_per_px"), f"nm_per_px in {what}"),
        covered=covered,
    )


def _read_id(value: Any) -> int:
    return value if isinstance(value, int) and not isinstance(value, bool) and 0 < value < 2**31 else 0


def _read_segmentation(drawn: Any, rows: int, cols: int, where: str) -> Drawn:
    if isinstance(drawn, dict):
        return None, _read_mask(drawn, rows, cols, where)
    if not isinstance(drawn, list) or not drawn:
        raise ReadError(f"{where} has no segmentation; expected a polygon or a mask.")
    outlines = [
        inside_image(from_corner_points(read_points(polygon, where), where), rows, cols, where)
        for polygon in drawn
    ]

    def find_pixels() -> Pixels:
        parts = [find_inside(outline, rows, cols) for outline in outlines]
        return np.concatenate([part[0] for part in parts]), np.concatenate([part[1] for part in parts])

    return outlines[0] if len(outlines) == 1 else None, find_pixels


def _read_mask(drawn: dict[str, Any], rows: int, cols: int, where: str) -> Callable[[], Pixels]:
    if drawn.get("size") != [rows, cols]:
        raise ReadError(f"{where} has a mask of another size than its image; expected [{rows}, {cols}].")
    try:
        counts = drawn.get("counts")
        runs = decode_runs(unpack_counts(counts) if isinstance(counts, str) else list(counts), rows * cols)  # type: ignore[arg-type]
    except (ValueError, TypeError) as error:
        raise ReadError(f"{where} has a damaged mask ({error}); write the file anew.") from None

    def find_pixels() -> Pixels:
        places = np.concatenate([np.zeros(0, np.intp), *(np.arange(*run) for run in runs)])
        return places % rows, places // rows

    return find_pixels


_KEEPS = frozenset({"name", "size", "ids", "shapes", "scores", "states", "edited", "nm_per_px"})

COCO = ExportFormat(
    "coco",
    ".coco.json",
    "COCO instances with polygons: CVAT, Label Studio, FiftyOne, Detectron2, ...",
    encode_coco,
    _decode,
    _KEEPS | {"outlines"},
    several=True,
)
COCO_MASKS = ExportFormat(
    "coco-masks",
    ".coco-masks.json",
    "COCO instances with run-length masks, exactly the labels.",
    lambda images: encode_coco(images, masks=True),
    _decode,
    _KEEPS | {"labels"},
    several=True,
)
