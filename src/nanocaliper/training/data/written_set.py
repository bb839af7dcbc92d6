"""Labelled samples as a data set folder, in two formats that say the same.

::

    FOLDER/images/NAME.png      8 or 16 bits
    FOLDER/instances/NAME.png   16 bits, the number of the particle, 0 background
    FOLDER/labels/NAME.txt      the same as YOLO segmentation (outlines of the largest parts)
    FOLDER/classes.csv          name, particle, class
    FOLDER/data.yaml            classes for YOLO
    FOLDER/dataset.toml         format and classes for ``nanocaliper dataset``
"""

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from nanocaliper.exports.annotated_image import UNDECIDED, annotate
from nanocaliper.exports.grey_png import encode_grey_png, encode_label_png
from nanocaliper.exports.label_images import outlines_of
from nanocaliper.exports.yolo_seg import describe_classes, encode_outlines
from nanocaliper.training.data.class_names import DatasetSettings, encode_class_table, encode_settings
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph

__all__ = ["EncodedSample", "encode_sample", "encode_set"]


class EncodedSample(NamedTuple):
    """A sample as it is written.

    Parameters
    ----------
    name : str
    classes : list of str
        Of its particles.
    files : dict of str to bytes
        By path below the folder.
    """

    name: str
    classes: list[str]
    files: dict[str, bytes]


def encode_sample(sample: LabelledMicrograph) -> EncodedSample:
    """Write image, labels and outlines of a sample.

    Parameters
    ----------
    sample : LabelledMicrograph

    Returns
    -------
    EncodedSample
    """
    _, ids, outlines = outlines_of(sample.labels, repr(sample.name))
    names = [sample.classes[index] for index in sample.class_of[1:]]
    drawn = annotate(
        f"{sample.name}.png",
        sample.labels.shape[0],
        sample.labels.shape[1],
        outlines,
        ids=ids,
        shapes=["" if name == UNDECIDED else name for name in names],
    )
    return EncodedSample(
        sample.name,
        names,
        {
            f"images/{sample.name}.png": encode_grey_png(sample.pixels),
            f"instances/{sample.name}.png": encode_label_png(sample.labels),
            f"labels/{sample.name}.txt": encode_outlines(drawn, sample.classes),
        },
    )


def encode_set(
    samples: Iterable[EncodedSample], classes: tuple[str, ...]
) -> Iterator[tuple[str, int, dict[str, bytes]]]:
    """Write a whole set.

    Parameters
    ----------
    samples : iterable of EncodedSample
    classes : tuple of str
        Of the set, in their order.

    Yields
    ------
    (str, int, dict of str to bytes)
        Image, number of its particles, and files by path below the folder: those of an image at a time, in order,
        then those of the whole set with an empty name.
    """
    rows: list[tuple[str, int, str]] = []
    for name, names, files in samples:
        rows += [(name, number, one) for number, one in enumerate(names, 1)]
        yield name, len(names), files
    yield (
        "",
        0,
        {
            "classes.csv": encode_class_table(rows),
            "data.yaml": describe_classes(classes),
            "dataset.toml": encode_settings(DatasetSettings("label-images", classes)),
        },
    )
