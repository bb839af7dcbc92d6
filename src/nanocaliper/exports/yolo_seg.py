"""YOLO segmentation: a text file an image, a line a particle: number of the class, then x y of every point.

Coordinates are divided by the width and height of the image, with pixel corners on whole numbers. The numbers of
the classes are the places of their names in `CATEGORIES`, or in a list of one's own; ``data.yaml`` lists them. All
else (numbers of particles, scores, the size of the image) has no place in this format.
"""

import re
from collections.abc import Iterable, Sequence

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.exports.annotated_image import CATEGORIES, AnnotatedImage, annotate, name_category
from nanocaliper.exports.corner_points import from_corner_points, inside_image, read_points, to_corner_points
from nanocaliper.exports.export_format import Expected, ExportFormat, check_size
from nanocaliper.exports.json_reading import read_category, read_whole

__all__ = ["YOLO_SEG", "describe_classes", "encode_outlines"]

_MOST_BYTES = 512 * 2**20
_YAML_WORDS = ("y", "n", "yes", "no", "on", "off", "true", "false", "null")


def describe_classes(classes: Sequence[str] = CATEGORIES) -> bytes:
    """Content of ``data.yaml``: the names of the classes.

    Parameters
    ----------
    classes : sequence of str
        In the order of their numbers.

    Returns
    -------
    bytes
    """
    names = "".join(f"  {number}: {_quote(name)}\n" for number, name in enumerate(classes))
    return f"path: .\ntrain: images\nval: images\nnames:\n{names}".encode()


def _quote(name: str) -> str:
    """Write a name as YAML: as it is where it is a word and nothing else (``no`` would be a truth value)."""
    plain = re.fullmatch(r"[A-Za-z_][A-Za-z0-9_-]*", name) and name.lower() not in _YAML_WORDS
    return name if plain else "'" + name.replace("'", "''") + "'"


def encode_outlines(image: AnnotatedImage, classes: Sequence[str] = CATEGORIES) -> bytes:
    """Write the outlines of an image.

    Parameters
    ----------
    image : AnnotatedImage
        Its `shapes` are among `classes`.
    classes : sequence of str
        In the order of their numbers.

    Returns
    -------
    bytes
    """
    lines = []
    for shape, outline in zip(image.shapes, image.outlines, strict=True):
        points = to_corner_points(outline) / (image.cols, image.rows)
        numbers = " ".join(f"{number:.8f}" for number in points.ravel())
        lines.append(f"{classes.index(name_category(shape))} {numbers}\n")
    return "".join(lines).encode()


def _decode(content: bytes, expected: Expected) -> tuple[AnnotatedImage, ...]:
    if expected.rows is None or expected.cols is None:
        raise UsageError(
            "YOLO files do not say the size of their image; name the image that the outlines are of."
        )
    rows, cols = expected.rows, expected.cols
    check_size(rows, cols, expected)
    if len(content) > _MOST_BYTES:
        raise ReadError(f"{expected.what} is larger than {_MOST_BYTES // 2**20} MB; split it.")
    try:
        lines = content.decode("ascii").splitlines()
    except UnicodeDecodeError:
        raise ReadError(
            f"{expected.what} is no text of numbers; expected a YOLO segmentation file."
        ) from None
    classes = CATEGORIES if expected.classes is None else expected.classes
    outlines, shapes = [], []
    for place, line in enumerate(lines, 1):
        where = f"Line {place} of {expected.what}"
        number, *rest = line.split() or [""]
        if not number:
            continue
        with expected.each_particle():
            if not number.isdigit() or len(number) > 4 or read_whole(int(number), where) >= len(classes):
                raise ReadError(f"{where} has the class {number[:40]!r}; expected 0 to {len(classes) - 1}.")
            points = read_points(rest, where) * (cols, rows)
            outlines.append(inside_image(from_corner_points(points, where), rows, cols, where))
            shapes.append(read_category(classes[int(number)], where, classes))
    return (annotate(expected.name, rows, cols, outlines, shapes=shapes),)


def _encode(images: Iterable[AnnotatedImage]) -> bytes:
    (image,) = images
    return encode_outlines(image)


YOLO_SEG = ExportFormat(
    "yolo",
    ".txt",
    "YOLO segmentation, for training.",
    _encode,
    _decode,
    frozenset({"size", "outlines", "shapes"}),
    beside={"data.yaml": describe_classes()},
    set_folder="labels",
)
