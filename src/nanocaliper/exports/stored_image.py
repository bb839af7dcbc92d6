"""From the results that a measurement left in a folder to an `AnnotatedImage`."""

from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import AnnotatedImage, annotate
from nanocaliper.micrograph.micrograph import Micrograph
from nanocaliper.micrograph.read import decode_image, read
from nanocaliper.particles.shapes import CLASSES
from nanocaliper.report.outline_file import decode_outlines
from nanocaliper.report.stored_results import read_image_results, read_result

__all__ = ["find_image_file", "read_original", "read_stored_image"]


def read_stored_image(
    folder: Path, image: str = "", pixels: npt.NDArray[Any] | None = None
) -> AnnotatedImage:
    """Read what a measurement found in one image.

    Parameters
    ----------
    folder : Path
        The image's result folder.
    image : str
        Its name; by default that of its file.
    pixels : ndarray, shape (rows, cols), optional
        Its grey values, see `read_original`.

    Returns
    -------
    AnnotatedImage

    Raises
    ------
    ReadError
        If the results are not complete, damaged, or of another version.
    """
    particles = read_image_results(folder, image)
    result = read_result(folder / "result.json")
    table = particles.table
    ids = [int(number) for number in table["particle"]]
    path = folder / "outlines.geojson"
    try:
        outlines = decode_outlines(path.read_bytes(), ids)
        labels = decode_image((folder / "labels.tif").read_bytes()).values.astype(np.int32)
        touches = table["touches_border"].tolist()
        return annotate(
            particles.image,
            int(result["image"]["rows"]),
            int(result["image"]["cols"]),
            outlines,
            ids=ids,
            # Other programs are told of the known classes; a network may have others.
            shapes=[name if name in CLASSES else "" for name in table["shape"].tolist()],
            scores=table["score"].tolist(),
            states=["touches_border" if one else "counted" for one in touches],
            edited=table["edited"].fillna("").tolist() if "edited" in table else None,
            labels=labels,
            nm_per_px=particles.nm_per_px,
            pixels=pixels,
            page=particles.page,
        )
    except OSError as error:
        raise ReadError(
            f"Cannot read '{error.filename or path}' ({error.strerror or error}): the results of this image are "
            "not complete, or of an earlier version. Measure it again, into the same folder."
        ) from None
    except (ValueError, KeyError, TypeError, IndexError, ReadError) as error:
        raise ReadError(
            f"The results in '{folder}' are damaged or were changed ({error}). Remove the folder and measure the "
            "image again."
        ) from None


def read_original(folder: Path, images: Path | None = None, image: str = "") -> Micrograph:
    """Read the image that a result folder is of, and make sure that it still is the same.

    Parameters
    ----------
    folder : Path
        The image's result folder.
    images : Path, optional
        Folder in which the images lie now; by default they are where they were measured.
    image : str
        Name of the image below it; by default that of its file.

    Returns
    -------
    Micrograph

    Raises
    ------
    ReadError
        If the image is not there, cannot be read, or has changed.
    """
    result = read_result(folder / "result.json")
    path = find_image_file(result, images, image)
    micrograph = read(path, page=int(result["image"]["page"]))
    if micrograph.sha256 != result["image"]["sha256"]:
        raise ReadError(
            f"'{path}' is not the image that was measured: it has changed since. Measure it again."
        )
    return micrograph


def find_image_file(result: dict[str, Any], images: Path | None, image: str) -> Path:
    """Find the file of a measured image, see `read_original`."""
    recorded = Path(str(result["image"]["path"]))
    places = [recorded] if images is None else [images / image, images / recorded.name]
    for path in places:
        if path.is_file():
            return path
    raise ReadError(
        f"The image '{places[0]}' is not there any more, and this format needs its pixels: name the folder in "
        "which the images lie now with --images."
    )
