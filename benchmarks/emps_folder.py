"""The folder of EMPS: which images are scored, and their true labels.

::

    FOLDER/images/NAME.png      an image
    FOLDER/instances/NAME.png   16 bits, the number of the particle, 0 background, the same size
    FOLDER/folds.csv            a row an image: name, fold, ...
"""

import csv
from pathlib import Path

import numpy as np
import numpy.typing as npt
from PIL import Image

from nanocaliper.errors import ReadError, UsageError

__all__ = ["choose_images", "read_truth"]


def choose_images(
    folder: Path, fold: int | None = None, names: Path | None = None, limit: int | None = None
) -> list[tuple[str, int]]:
    """List the images to score, in the order of ``folds.csv``.

    Parameters
    ----------
    folder : Path
    fold : int, optional
        Only this fold.
    names : Path, optional
        Text file of names; only these.
    limit : int, optional
        Only so many, from the start.

    Returns
    -------
    list of (str, int)
        Name and fold.

    Raises
    ------
    UsageError
        If there is no ``folds.csv``, it is damaged, or a name, the fold or the limit makes no sense.
    """
    table = folder / "folds.csv"
    if not table.is_file():
        raise UsageError(
            f"No folds.csv in '{folder}'. Expected a folder with images/, instances/ and folds.csv."
        )
    try:
        with table.open(newline="", encoding="utf-8") as stream:
            rows = [(row["name"], int(row["fold"])) for row in csv.DictReader(stream)]
    except (KeyError, TypeError, ValueError):
        raise UsageError(
            f"'{table}' is no list of folds; expected the columns name and fold, with a whole number for the fold."
        ) from None
    if names is not None:
        try:
            wanted = set(names.read_text(encoding="utf-8").split())
        except (OSError, UnicodeDecodeError) as error:
            raise UsageError(
                f"The list of names '{names}' cannot be read ({error}); expected a text file."
            ) from None
        unknown = sorted(wanted - {name for name, _ in rows})
        if unknown:
            raise UsageError(
                f"{len(unknown)} names of '{names}' are not in folds.csv, such as {unknown[0]!r}."
            )
        rows = [row for row in rows if row[0] in wanted]
    if fold is not None:
        known = sorted({number for _, number in rows})
        if fold not in known:
            raise UsageError(f"No fold {fold} in '{table}'; it has {known}.")
        rows = [row for row in rows if row[1] == fold]
    if limit is not None and limit < 1:
        raise UsageError(f"The limit is {limit} images; expected at least 1.")
    return rows if limit is None else rows[:limit]


def read_truth(path: Path) -> npt.NDArray[np.int32]:
    """Read the labels of an annotated image.

    Parameters
    ----------
    path : Path
        A PNG of 16 bits.

    Returns
    -------
    ndarray of int32, shape (rows, cols)

    Raises
    ------
    ReadError
        If it is no such image.
    """
    try:
        with Image.open(path) as image:
            labels = np.array(image, dtype=np.int32)
    except OSError as error:
        raise ReadError(f"No labels can be read from '{path}': {error}. Expected a 16-bit PNG.") from error
    if labels.ndim != 2:
        raise ReadError(f"'{path}' has colours; expected labels as a grey PNG of 16 bits.")
    return labels
