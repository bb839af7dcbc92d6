"""Label images as TIFF: the value of a pixel is the number of its particle, 0 is background.

16 bits, or 32 where numbers are larger; the size of a pixel as ImageJ writes it (*Set Scale*): pixels per nm in
XResolution and YResolution, the unit in the description.
"""

import io
from collections.abc import Iterable
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import tifffile

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import AnnotatedImage, annotate
from nanocaliper.exports.export_format import Expected, ExportFormat, check_size
from nanocaliper.exports.label_images import choose_depth, labels_of, outlines_of
from nanocaliper.micrograph.grey import orient
from nanocaliper.micrograph.read import decode_image

__all__ = ["LABEL_TIFF", "read_labels"]

_MOST = 2**31


def _make_resolution(nm_per_px: float) -> tuple[int, int]:
    """Turn the size of a pixel into the fraction (pixels, nm) of a TIFF tag, exact to ten digits and more."""
    size = Fraction(nm_per_px)
    if size >= 1:
        nearest = size.limit_denominator(int(_MOST / size))
        return nearest.denominator, nearest.numerator
    nearest = (1 / size).limit_denominator(int(_MOST * size))
    return nearest.numerator, nearest.denominator


def _encode(images: Iterable[AnnotatedImage]) -> bytes:
    (image,) = images
    labels = labels_of(image)
    scale = None if image.nm_per_px is None else (_make_resolution(image.nm_per_px),) * 2
    unit = "" if image.nm_per_px is None else "unit=nm\n"
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        labels.astype(choose_depth(labels)),
        description=f"ImageJ=1.54f\n{unit}",
        metadata=None,
        photometric="minisblack",
        compression="zlib",
        software="nanocaliper",
        resolutionunit="NONE",
        resolution=scale,
    )
    return buffer.getvalue()


def _decode(content: bytes, expected: Expected) -> tuple[AnnotatedImage, ...]:
    labels, nm_per_px = read_labels(content, 0, expected)
    drawn, ids, outlines = outlines_of(labels, expected.what)
    rows, cols = drawn.shape
    return (annotate(expected.name, rows, cols, outlines, ids=ids, labels=drawn, nm_per_px=nm_per_px),)


def read_labels(
    content: bytes, page: int, expected: Expected
) -> tuple[npt.NDArray[np.integer], float | None]:
    """Read a label image from a file of any image format that keeps whole numbers.

    Parameters
    ----------
    content : bytes
    page : int
    expected : Expected

    Returns
    -------
    labels : ndarray of int, shape (rows, cols)
    nm_per_px : float or None

    Raises
    ------
    ReadError
        If it is no image, of another size than expected, in colours, or its values are no whole numbers.
    """
    try:
        decoded = decode_image(content, page)
    except ReadError as error:
        raise ReadError(f"{expected.what} cannot be read: {error}.") from None
    values = orient(decoded.values, decoded.orientation)
    if values.ndim == 3 and values.shape[2] == 1:
        values = values[..., 0]
    check_size(values.shape[0], values.shape[1], expected)
    whole = values.dtype.kind in "iu" or (
        values.dtype.kind == "f" and bool((np.rint(values) == values).all())
    )
    if values.ndim != 2 or not whole:
        raise ReadError(
            f"{expected.what} is no label image; expected one channel of whole numbers: 0, 1, 2, ..."
        )
    return values if values.dtype.kind in "iu" else values.astype(np.int64), decoded.nm_per_px


LABEL_TIFF = ExportFormat(
    "label-tiff",
    ".labels.tif",
    "Label image: ImageJ, napari, CellProfiler, ilastik, scikit-image, ...",
    _encode,
    _decode,
    frozenset({"size", "labels", "ids", "nm_per_px"}),
)
