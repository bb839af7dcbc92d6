"""Looking through a data set for what is wrong, image by image."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import NanocaliperError
from nanocaliper.training.data.annotated_folder import AnnotatedFolder, Annotation, open_folder
from nanocaliper.training.data.crossing import crosses_itself
from nanocaliper.training.data.findings import Finding
from nanocaliper.training.data.folder_layouts import AnnotatedEntry

__all__ = ["LARGEST_SHARE", "LEAST_AREA_PX", "DatasetCheck", "check_folder"]

#: Smaller particles are noticed: they are seldom meant, and networks lose them.
LEAST_AREA_PX = 10
#: A particle that covers more of the image is noticed: often it is the ground that was outlined.
LARGEST_SHARE = 0.5
#: Of a particle whose outline encloses enough pixels, less than this share visible is noticed.
_LEAST_VISIBLE = 0.1
_NAMED = 5

#: Called with the number of images done, of all, the image's name and what became of it.
Progress = Callable[[int, int, str, str], None]


@dataclass(frozen=True)
class DatasetCheck:
    """What was found in a data set.

    Parameters
    ----------
    folder : Path
    format : str
        A name of `ANNOTATION_FORMATS`.
    classes : tuple of str
    images : int
        Number of images, with and without faults.
    particles : int
        Number of particles that can be read.
    findings : tuple of Finding
    """

    folder: Path
    format: str
    classes: tuple[str, ...]
    images: int
    particles: int
    findings: tuple[Finding, ...]

    @property
    def errors(self) -> int:
        """Number of errors among the findings."""
        return sum(finding.severity == "error" for finding in self.findings)


def check_folder(
    folder: Path,
    *,
    format: str | None = None,
    classes: Sequence[str] | None = None,
    progress: Progress | None = None,
) -> DatasetCheck:
    """Look through a data set.

    Parameters
    ----------
    folder, format, classes
        As in `open_folder`.
    progress : callable, optional
        Called after each image.

    Returns
    -------
    DatasetCheck

    Raises
    ------
    ReadError, UsageError
        As `open_folder` does, where nothing can be looked through.
    """
    data = open_folder(folder, format=format, classes=classes)
    findings = list(data.findings)
    seen: dict[str, str] = {}
    particles = 0
    for number, entry in enumerate(data.entries, 1):
        count, found = _check_image(data, entry, seen)
        findings += found
        particles += count
        if progress is not None:
            faults = "1 finding" if len(found) == 1 else f"{len(found)} findings"
            progress(number, len(data), entry.name, faults if found else f"{count} particles")
    return DatasetCheck(folder, data.format, data.classes, len(data), particles, tuple(findings))


def _check_image(
    data: AnnotatedFolder, entry: AnnotatedEntry, seen: dict[str, str]
) -> tuple[int, list[Finding]]:
    try:
        pixels = data.read_pixels(entry)
    except NanocaliperError as error:
        return 0, [Finding("error", entry.image, f"cannot be used: {error}")]
    found = list(_check_pixels(entry, pixels, seen))
    if entry.annotation is None:
        return 0, found  # said with the files
    faults: list[str] = []
    try:
        annotation = data.read_annotation(entry, pixels.shape, faults)
    except NanocaliperError as error:
        return 0, [*found, Finding("error", entry.annotation, f"cannot be used: {error}")]
    found += [Finding("error", entry.annotation, fault) for fault in faults]
    strangers = sorted(set(annotation.names.values()) - set(data.classes))
    found += [
        Finding(
            "error", entry.annotation, f"has the class '{name}'; expected one of {', '.join(data.classes)}."
        )
        for name in strangers
    ]
    found += _check_outlines(entry.annotation, annotation)
    found += _check_labels(entry.annotation, annotation)
    if not annotation.names and not faults:
        found.append(
            Finding("notice", entry.annotation, "has no particle; make sure that the image shows none.")
        )
    return len(annotation.names), found


def _check_pixels(entry: AnnotatedEntry, pixels: npt.NDArray[Any], seen: dict[str, str]) -> Iterator[Finding]:
    if pixels.min() == pixels.max():
        yield Finding(
            "error",
            entry.image,
            f"is empty: every pixel has the grey value {pixels.flat[0]}; export it again.",
        )
        return
    digest = hashlib.sha256(
        f"{pixels.shape} {pixels.dtype}".encode() + np.ascontiguousarray(pixels).tobytes()
    )
    first = seen.setdefault(digest.hexdigest(), entry.image)
    if first != entry.image:
        yield Finding(
            "error",
            entry.image,
            f"shows the same as '{first}', pixel by pixel; keep one of them, or tests are of images trained on.",
        )


def _check_outlines(file: str, annotation: Annotation) -> Iterator[Finding]:
    drawn = annotation.drawn
    if drawn is None or drawn.labels is not None:
        return
    for number, outline in zip(drawn.ids, drawn.outlines, strict=True):
        crossing = crosses_itself(outline)
        if crossing is not None:
            yield Finding(
                "error",
                file,
                f"Particle {number} has an outline that crosses itself near row {crossing[0]:.0f}, column "
                f"{crossing[1]:.0f}; draw it anew.",
            )


def _check_labels(file: str, annotation: Annotation) -> Iterator[Finding]:
    labels = annotation.labels
    area = np.bincount(labels.ravel(), minlength=max(annotation.names, default=0) + 1)
    numbers = np.array(sorted(annotation.names), np.int64)
    drawn = annotation.drawn
    enclosed = np.zeros(len(area))
    if drawn is not None and drawn.labels is None:
        for number, outline in zip(drawn.ids, drawn.outlines, strict=True):
            enclosed[number] = _measure_area(outline) if number < len(enclosed) else 0
    hidden = (area < _LEAST_VISIBLE * enclosed) & (enclosed >= LEAST_AREA_PX)
    groups = (
        (hidden, "is hidden by others, or drawn twice: less than a tenth of it is visible"),
        ((area < LEAST_AREA_PX) & ~hidden, f"has less than {LEAST_AREA_PX} px"),
        (area > LARGEST_SHARE * labels.size, f"covers more than {LARGEST_SHARE:.0%} of the image"),
    )
    for wrong, what in groups:
        those = [int(number) for number in numbers if wrong[number]]
        if those:
            yield Finding("notice", file, f"{_name_particles(those)} {what}; make sure that this is meant.")


def _name_particles(numbers: Sequence[int]) -> str:
    if len(numbers) == 1:
        return f"Particle {numbers[0]}"
    more = f" and {len(numbers) - _NAMED} more" if len(numbers) > _NAMED else ""
    return f"Each of the particles {', '.join(map(str, numbers[:_NAMED]))}{more}"


def _measure_area(outline: npt.NDArray[np.float64]) -> float:
    row, col = (outline - outline[0]).T
    return abs(float(np.sum(row[:-1] * col[1:] - row[1:] * col[:-1]))) / 2
