"""Simulated samples as a data set folder, in two formats that say the same.

::

    FOLDER/images/NAME.png      8 bits
    FOLDER/instances/NAME.png   16 bits, the number of the particle, 0 background
    FOLDER/labels/NAME.txt      the same as YOLO segmentation (outlines of the largest parts)
    FOLDER/classes.csv          name, particle, class
    FOLDER/data.yaml            classes for YOLO
    FOLDER/dataset.toml         format and classes for ``nanocaliper dataset``
"""

import csv
import io
import multiprocessing
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from itertools import islice
from typing import Any

import cv2

from nanocaliper.errors import UsageError
from nanocaliper.exports.annotated_image import UNDECIDED, annotate
from nanocaliper.exports.grey_png import encode_grey_png, encode_label_png
from nanocaliper.exports.label_images import outlines_of
from nanocaliper.exports.yolo_seg import describe_classes, encode_outlines
from nanocaliper.training.data.labelled_micrograph import LabelledMicrograph
from nanocaliper.training.data.simulated_samples import SimulatedOptions, SimulatedSamples, simulate_sample

__all__ = ["encode_sample", "encode_set_files", "simulate_set"]


def encode_sample(sample: LabelledMicrograph) -> dict[str, bytes]:
    """Write image, labels and outlines of a sample.

    Parameters
    ----------
    sample : LabelledMicrograph

    Returns
    -------
    dict of str to bytes
        By path below the folder.
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
    return {
        f"images/{sample.name}.png": encode_grey_png(sample.pixels),
        f"instances/{sample.name}.png": encode_label_png(sample.labels),
        f"labels/{sample.name}.txt": encode_outlines(drawn, sample.classes),
    }


def encode_set_files(options: SimulatedOptions, rows: list[tuple[str, int, str]]) -> dict[str, bytes]:
    """Write the files that belong to the whole set.

    Parameters
    ----------
    options : SimulatedOptions
    rows : list of (str, int, str)
        Image, particle and class.

    Returns
    -------
    dict of str to bytes
    """
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(("name", "particle", "class"))
    writer.writerows(rows)
    listed = ", ".join(f'"{name}"' for name in options.classes)
    return {
        "classes.csv": text.getvalue().encode(),
        "data.yaml": describe_classes(options.classes),
        "dataset.toml": f'format = "label-images"\nclasses = [{listed}]\n'.encode(),
    }


def simulate_set(samples: SimulatedSamples, workers: int = 1) -> Iterator[tuple[str, int, dict[str, bytes]]]:
    """Simulate a set.

    Parameters
    ----------
    samples : SimulatedSamples
    workers : int
        Number of processes; it changes nothing in the samples.

    Yields
    ------
    (str, int, dict of str to bytes)
        Image, number of its particles, and files by path below the folder: those of an image at a time, in order,
        then those of the whole set with an empty name.

    Raises
    ------
    UsageError
        If `workers` is below one.
    """
    if workers < 1:
        raise UsageError(f"Asked for {workers} workers; expected 1 or more.")
    rows: list[tuple[str, int, str]] = []
    for name, files, classes in _run(samples, workers):
        rows += [(name, number, one) for number, one in enumerate(classes, 1)]
        yield name, len(classes), files
    yield "", 0, encode_set_files(samples.options, rows)


def _run(samples: SimulatedSamples, workers: int) -> Iterator[tuple[str, dict[str, bytes], list[str]]]:
    make = partial(_make, samples.options, samples.seed)
    if workers == 1:
        yield from map(make, range(len(samples)))
        return
    # 'spawn' on every system: a fork would copy the locks of other threads.
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(
        workers, mp_context=context, initializer=cv2.setNumThreads, initargs=(1,)
    ) as pool:
        numbers = iter(range(len(samples)))
        # A few ahead are enough; more would wait in memory.
        waiting: list[Any] = [pool.submit(make, number) for number in islice(numbers, 2 * workers)]
        while waiting:
            done = waiting.pop(0).result()
            waiting += [pool.submit(make, number) for number in islice(numbers, 1)]
            yield done


def _make(options: SimulatedOptions, seed: int, number: int) -> tuple[str, dict[str, bytes], list[str]]:
    sample = simulate_sample(options, seed, number)
    return sample.name, encode_sample(sample), [sample.classes[index] for index in sample.class_of[1:]]
