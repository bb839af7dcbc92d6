"""Which image belongs to which sample."""

import csv
from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.report.stored_results import StoredRun
from nanocaliper.statistics.image_particles import ImageParticles

__all__ = ["GROUPINGS", "group_into_samples", "read_sample_list"]

#: Ways to make samples of images, and their meaning.
GROUPINGS = {
    "all": "all images are one sample",
    "folder": "the images of a folder are one",
    "image": "every image is one",
    "run": "the images of an OUT are one",
}


def group_into_samples(
    runs: Sequence[StoredRun], by: str, listed: dict[str, str] | None = None
) -> tuple[dict[str, list[ImageParticles]], tuple[str, ...]]:
    """Put images together to samples.

    Parameters
    ----------
    runs : sequence of StoredRun
    by : str
        One of `GROUPINGS`.
    listed : dict of str to str, optional
        Sample by name of image, instead.

    Returns
    -------
    samples : dict of str to list of ImageParticles
        In the order in which they appear.
    not_listed : tuple of str
        Images that no line of the list names.

    Raises
    ------
    UsageError
        If the list names images that are not there, or one that several have.
    """
    images = [image for run in runs for image in run.images]
    samples: dict[str, list[ImageParticles]] = {}
    if listed is not None:
        return _group_by_list(images, listed)
    for run in runs:
        for image in run.images:
            if by == "image":
                name = image.image
            elif by == "folder":
                name = str(PurePosixPath(image.image).parent)
                name = run.out.resolve().name if name == "." else name
            elif by == "run":
                name = image.folder or run.out.resolve().name
            else:
                name = runs[0].out.resolve().name if len(runs) == 1 else "all"
            samples.setdefault(name, []).append(image)
    return samples, ()


def _group_by_list(
    images: Sequence[ImageParticles], listed: dict[str, str]
) -> tuple[dict[str, list[ImageParticles]], tuple[str, ...]]:
    sample_of: dict[str, str] = {}
    unknown = []
    for name, sample in listed.items():
        # The full name, or else the end of it, as long as only one image has it.
        exact = [image.image for image in images if image.image == name]
        found = exact or [image.image for image in images if image.image.endswith("/" + name)]
        if len(found) > 1:
            raise UsageError(
                f"The list of samples names '{name}', which {len(found)} images are called: "
                f"{', '.join(found[:3])}. Name them as in the column 'image' of summary.csv."
            )
        if found:
            sample_of[found[0]] = sample
        else:
            unknown.append(name)
    if unknown:
        raise UsageError(
            f"The list of samples names {len(unknown)} images that are not among the results, such as "
            f"'{unknown[0]}'; expected names as in the column 'image' of summary.csv, such as "
            f"'{images[0].image if images else 'a.tif'}'."
        )
    samples: dict[str, list[ImageParticles]] = {sample: [] for sample in listed.values()}
    for image in images:
        if image.image in sample_of:
            samples[sample_of[image.image]].append(image)
    return samples, tuple(image.image for image in images if image.image not in sample_of)


def read_sample_list(path: Path) -> dict[str, str]:
    """Read a table that says which image belongs to which sample.

    Parameters
    ----------
    path : Path
        CSV with a header that has ``image`` and ``sample``, separated by commas, semicolons or tabs.

    Returns
    -------
    dict of str to str
        Sample by image.

    Raises
    ------
    ReadError
        If it cannot be read, lacks a column, or names an image twice.
    """
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "it is not UTF-8 text"
        raise ReadError(f"Cannot read the list of samples '{path}': {reason}.") from None
    header = text.partition("\n")[0]
    separator = max(",;\t", key=header.count)
    rows = list(csv.DictReader(text.splitlines(), delimiter=separator))
    if not rows or not {"image", "sample"} <= set(rows[0]):
        raise ReadError(
            f"The list of samples '{path}' begins with '{header.strip()[:60]}'; expected a header with the "
            "columns image and sample, and a line an image below it."
        )
    listed: dict[str, str] = {}
    for row in rows:
        image, sample = (row["image"] or "").strip(), (row["sample"] or "").strip()
        if not image and not sample:
            continue
        if not image or not sample:
            raise ReadError(f"A line of the list of samples '{path}' lacks its image or its sample.")
        if listed.get(image, sample) != sample:
            raise ReadError(
                f"The list of samples '{path}' has '{image}' in '{listed[image]}' and in '{sample}'; expected one."
            )
        listed[image] = sample
    return listed
