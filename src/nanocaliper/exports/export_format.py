"""What a format is: how it is written and read, and what it keeps."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import PurePath
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import CATEGORIES, AnnotatedImage
from nanocaliper.micrograph.formats.decoded import check_limit

__all__ = ["Expected", "ExportFormat", "bound_image", "check_size", "choose_images"]


@dataclass(frozen=True)
class Expected:
    """What is known of an image before its outlines are read: formats may not say it.

    Parameters
    ----------
    name : str
        What the image is called where the file does not say.
    rows, cols : int or None
        Its size, px; None where unknown.
    what : str
        The file, to begin a sentence.
    classes : tuple of str or None
        Names that particles' classes may have; None: any name, as where a person has chosen them. For files that
        number the classes, their names in that order.
    faults : list of str or None
        Where given, a particle that cannot be read is left out and its sentence put here: for one who wants to
        know all that is wrong. Else it is an error.
    """

    name: str
    rows: int | None = None
    cols: int | None = None
    what: str = "The file"
    classes: tuple[str, ...] | None = CATEGORIES
    faults: list[str] | None = None

    @contextmanager
    def each_particle(self) -> Iterator[None]:
        """Read one particle in a ``with`` statement; see `faults`."""
        try:
            yield
        except ReadError as error:
            if self.faults is None:
                raise
            self.faults.append(str(error))


@dataclass(frozen=True)
class ExportFormat:
    """A format of another program.

    Parameters
    ----------
    name : str
        As on the command line.
    suffix : str
        End of the file's name.
    summary : str
        Which programs read it, and what it holds.
    encode : callable
        Makes the bytes of a file from images: one, or several where `several`.
    decode : callable
        Reads such bytes. What the file says is checked, not trusted: a ReadError in one sentence.
    keeps : frozenset of str
        Fields of `AnnotatedImage` that come back as they were, outlines within a thousandth of a pixel.
    several : bool
        Whether one file holds all images.
    needs_pixels : bool
        Whether the file holds the image itself.
    beside : mapping of str to bytes
        Files that belong to the format once, whatever the images: name and content.
    set_folder : str or None
        Folder of a data set in which a program looks for the file of an image; None: in no data set, or one file is
        for all images.
    """

    name: str
    suffix: str
    summary: str
    encode: Callable[[Iterable[AnnotatedImage]], bytes]
    decode: Callable[[bytes, Expected], tuple[AnnotatedImage, ...]]
    keeps: frozenset[str]
    several: bool = False
    needs_pixels: bool = False
    beside: Mapping[str, bytes] = field(default_factory=lambda: MappingProxyType({}))
    set_folder: str | None = None


def check_size(rows: int, cols: int, expected: Expected) -> None:
    """Refuse outlines that were drawn on an image of another size, or one that cannot be.

    Raises
    ------
    ReadError
        If the size differs from what is expected, is no size, or too large to hold.
    """
    if rows < 1 or cols < 1:
        raise ReadError(f"{expected.what} is of an image of {rows} x {cols} px; expected 1 x 1 or more.")
    if expected.rows is not None and (rows, cols) != (expected.rows, expected.cols):
        raise ReadError(
            f"{expected.what} is of an image of {rows} x {cols} px (rows x columns), but this one has "
            f"{expected.rows} x {expected.cols}: choose the file that belongs to this image."
        )
    try:
        check_limit(rows, cols)
    except ReadError as error:
        raise ReadError(f"{expected.what} cannot be used: {error}.") from None


def choose_images(names: Sequence[str], expected: Expected) -> list[int]:
    """Choose which images of a file are wanted: all, or where a size is expected, the one that it is of.

    Parameters
    ----------
    names : sequence of str
        The images in the file.
    expected : Expected

    Returns
    -------
    list of int
        Places in `names`.

    Raises
    ------
    ReadError
        If the file holds no image, or several of which not one alone has the expected name.
    """
    if not names:
        raise ReadError(f"{expected.what} lists no image; expected one or more.")
    if expected.rows is None or len(names) == 1:
        return list(range(len(names)))
    for cut in (str, lambda name: PurePath(name).name, lambda name: PurePath(name).stem):
        fitting = [place for place, name in enumerate(names) if cut(name) == cut(expected.name)]
        if len(fitting) == 1:
            return fitting
    raise ReadError(
        f"{expected.what} holds {len(names)} images, and not one alone is called '{expected.name}': "
        "choose a file of one."
    )


def bound_image(outlines: Sequence[npt.NDArray[np.float64]], expected: Expected) -> tuple[int, int]:
    """Rows and columns of an image whose file does not say them: as expected, else up to the last outline."""
    if expected.rows is not None and expected.cols is not None:
        return expected.rows, expected.cols
    ends = np.max([line.max(axis=0) for line in outlines] or [[0.5, 0.5]], axis=0) + 0.5
    return max(int(np.ceil(ends[0])), 1), max(int(np.ceil(ends[1])), 1)
