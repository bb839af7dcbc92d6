"""A data set in another format: the same images, particles and classes, as far as the format has room for them."""

from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from pathlib import PurePosixPath

import numpy as np

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.exports.annotated_image import UNDECIDED, AnnotatedImage, annotate, name_category
from nanocaliper.exports.coco import encode_coco
from nanocaliper.exports.formats import EXPORT_FORMATS
from nanocaliper.exports.grey_png import encode_grey_png, encode_label_png
from nanocaliper.exports.label_images import choose_depth, labels_of, outlines_of
from nanocaliper.exports.via import encode_via
from nanocaliper.exports.yolo_seg import describe_classes, encode_outlines
from nanocaliper.training.data.annotated_folder import AnnotatedFolder
from nanocaliper.training.data.class_names import DatasetSettings, encode_class_table, encode_settings
from nanocaliper.training.data.conversion_losses import Losses, fit_to_format
from nanocaliper.training.data.folder_layouts import AnnotatedEntry
from nanocaliper.training.data.labelled_micrograph import ONE_CLASS
from nanocaliper.training.data.splits import SPLIT_FILES

__all__ = ["TARGETS", "Conversion", "convert_folder"]

#: Formats that are written: all that are read, and COCO with masks beside COCO with polygons.
TARGETS = ("labelme", "coco", "coco-masks", "via", "yolo", "label-images", "masks")
_READ_AS = {"coco-masks": "coco"}

#: Writes a file, by its path below the new folder.
Put = Callable[[str, bytes], None]
#: Takes a file of the data set along: its path there, and below the new folder.
Place = Callable[[str, str], None]
#: Called with the number of images done, of all, the image's name and what became of it.
Progress = Callable[[int, int, str, str], None]


@dataclass
class Conversion:
    """What came of a conversion.

    Parameters
    ----------
    classes : tuple of str
        Written; masks have one only.
    images, particles : int
        Written.
    failed : dict of str to str
        Images that could not be converted, and why.
    losses : Losses
    """

    classes: tuple[str, ...]
    images: int = 0
    particles: int = 0
    failed: dict[str, str] = field(default_factory=dict)
    losses: Losses = field(default_factory=Losses)


def convert_folder(data: AnnotatedFolder, to: str, put: Put, place: Place, progress: Progress) -> Conversion:
    """Write a data set in another format, with its lists of splits and folds.

    Parameters
    ----------
    data : AnnotatedFolder
    to : str
        A name of `TARGETS`.
    put, place, progress : callable

    Returns
    -------
    Conversion
        An image that fails does not keep the others.

    Raises
    ------
    UsageError
        If there is no such format.
    ReadError
        If no image can be converted.
    """
    if to not in TARGETS:
        raise UsageError(f"There is no format '{to}' to convert to; expected one of {', '.join(TARGETS)}.")
    done = Conversion(ONE_CLASS if to == "masks" else data.classes)
    rows: list[tuple[str, int, str]] = []

    def convert_each() -> Iterator[AnnotatedImage]:
        for number, entry in enumerate(data.entries, 1):
            try:
                image = fit_to_format(_read(data, entry), to, done.losses)
                files = _encode_image(entry.name, image, to, data.classes)
            except (ReadError, UsageError) as error:
                done.failed[entry.name] = str(error)
                outcome = "failed"
            else:
                place(entry.image, image.name)
                for path, content in files.items():
                    put(path, content)
                done.images += 1
                done.particles += len(image.ids)
                pairs = zip(image.ids, image.shapes, strict=True)
                rows.extend((entry.name, particle, name_category(shape)) for particle, shape in pairs)
                outcome = f"{len(image.ids)} particles"
                yield replace(image, pixels=None)
            progress(number, len(data), entry.name, outcome)

    shared = _encode_shared(convert_each(), to, data.classes)
    if not done.images:
        raise ReadError(next(iter(done.failed.values())))
    for path, content in shared.items():
        put(path, content)
    if to == "label-images":
        put("classes.csv", encode_class_table(rows))
    if to == "yolo":
        put("data.yaml", describe_classes(data.classes))
    put("dataset.toml", encode_settings(DatasetSettings(_READ_AS.get(to, to), done.classes)))
    for name in SPLIT_FILES:
        if (data.folder / name).is_file():
            place(name, name)
    return done


def _read(data: AnnotatedFolder, entry: AnnotatedEntry) -> AnnotatedImage:
    """An image with outlines, whatever its annotation has, called as in the new folder."""
    pixels = data.read_pixels(entry)
    annotation = data.read_annotation(entry, pixels.shape)
    for name in annotation.names.values():
        data.find_class(name, entry)
    name = f"images/{entry.name}{PurePosixPath(entry.image).suffix}"
    if annotation.drawn is not None:
        return replace(annotation.drawn, name=name, page=0)
    labels, ids, outlines = outlines_of(annotation.labels, repr(entry.annotation))
    return annotate(
        name,
        labels.shape[0],
        labels.shape[1],
        outlines,
        ids=ids,
        shapes=["" if annotation.names[one] == UNDECIDED else annotation.names[one] for one in ids],
        labels=labels,
    )


def _encode_image(name: str, image: AnnotatedImage, to: str, classes: Sequence[str]) -> dict[str, bytes]:
    """Files of one image, by path; none in formats of one file for all."""
    if to == "label-images":
        labels = labels_of(image)
        if choose_depth(labels) is np.uint16:
            return {f"instances/{name}.png": encode_label_png(labels)}
        return {f"instances/{name}.tif": EXPORT_FORMATS["label-tiff"].encode([image])}
    if to == "masks":
        return {f"masks/{name}.png": encode_grey_png(np.where(labels_of(image) > 0, 255, 0).astype(np.uint8))}
    chosen = EXPORT_FORMATS[to]
    if chosen.several:
        return {}
    content = encode_outlines(image, classes) if to == "yolo" else chosen.encode([image])
    return {f"{chosen.set_folder}/{name}{chosen.suffix}": content}


def _encode_shared(images: Iterable[AnnotatedImage], to: str, classes: Sequence[str]) -> dict[str, bytes]:
    """The file of all images, of formats that have one; the images are taken one by one."""
    if to == "via":
        content = encode_via(images, classes)
    elif to in ("coco", "coco-masks"):
        content = encode_coco(images, classes, masks=to == "coco-masks")
    else:
        deque(images, maxlen=0)
        return {}
    return {f"outlines{EXPORT_FORMATS[to].suffix}": content}
