"""The list of formats, and reading a file of any of them."""

from collections.abc import Mapping
from pathlib import Path
from types import MappingProxyType

from nanocaliper.errors import ReadError, UsageError
from nanocaliper.exports.annotated_image import AnnotatedImage
from nanocaliper.exports.coco import COCO, COCO_MASKS
from nanocaliper.exports.export_format import Expected, ExportFormat
from nanocaliper.exports.imagej_roi import IMAGEJ_ROI, MAGIC
from nanocaliper.exports.json_reading import parse_json
from nanocaliper.exports.label_tiff import LABEL_TIFF
from nanocaliper.exports.labelme import LABELME, LABELME_EMBEDDED
from nanocaliper.exports.ome_tiff import OME_TIFF
from nanocaliper.exports.ome_xml_reading import find_ome_xml
from nanocaliper.exports.via import VIA
from nanocaliper.exports.yolo_seg import YOLO_SEG

__all__ = ["EXPORT_FORMATS", "find_format", "read_annotations"]

#: Every format, by its name on the command line.
EXPORT_FORMATS: Mapping[str, ExportFormat] = MappingProxyType(
    {
        one.name: one
        for one in (
            IMAGEJ_ROI,
            COCO,
            COCO_MASKS,
            LABELME,
            LABELME_EMBEDDED,
            LABEL_TIFF,
            OME_TIFF,
            VIA,
            YOLO_SEG,
        )
    }
)

_TIFF_HEADS = (b"II*\0", b"MM\0*", b"II+\0", b"MM\0+")
_PNG_HEAD = b"\x89PNG"
_MOST_BYTES = 4 * 2**30


def find_format(name: str) -> ExportFormat:
    """Find a format by its name.

    Raises
    ------
    UsageError
        If there is none.
    """
    if name not in EXPORT_FORMATS:
        raise UsageError(f"There is no format '{name}'; expected one of {', '.join(EXPORT_FORMATS)}.")
    return EXPORT_FORMATS[name]


def read_annotations(
    path: Path, *, name: str | None = None, rows: int | None = None, cols: int | None = None
) -> tuple[AnnotatedImage, ...]:
    """Read the outlines or labels that another program wrote.

    Parameters
    ----------
    path : Path
        A file of any of `EXPORT_FORMATS`; the content tells which, not the name.
    name : str, optional
        The image that the outlines are wanted of; by default the name of the file.
    rows, cols : int, optional
        Size of that image, px: outlines of another image are refused, and of a file that holds several images the
        one called `name` is taken. Formats that do not say the size of their image need it.

    Returns
    -------
    tuple of AnnotatedImage
        With a size given, one.

    Raises
    ------
    ReadError
        If the file is missing, of none of the formats, damaged, hostile, or does not belong to that image.
    UsageError
        If only one of `rows` and `cols` is given, or the format needs them.
    """
    if (rows is None) != (cols is None):
        raise UsageError("Only one of rows and columns is given; give both or none.")
    content = _read_bytes(path)
    what = repr(path.name)
    expected = Expected(path.stem if name is None else name, rows, cols, what)
    return _recognise(content, what).decode(content, expected)


def _read_bytes(path: Path) -> bytes:
    try:
        if not path.is_file():
            raise ReadError(f"There is no file '{path}'; check the name and the folder.")
        if path.stat().st_size > _MOST_BYTES:
            raise ReadError(
                f"'{path}' has more than {_MOST_BYTES // 2**30} GB: it is no file of outlines or labels."
            )
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise ReadError(f"Cannot read '{path}' ({error}); check its permissions and the drive.") from None


def _recognise(content: bytes, what: str) -> ExportFormat:
    head = content[:4]
    if head in (MAGIC, b"PK\x03\x04", b"PK\x05\x06"):
        return IMAGEJ_ROI
    if head in _TIFF_HEADS:
        return LABEL_TIFF if find_ome_xml(content) is None else OME_TIFF
    if head == _PNG_HEAD:
        return LABEL_TIFF
    start = content[:4096].removeprefix(b"\xef\xbb\xbf").lstrip()
    if start.startswith((b"{", b"[")):
        keys = parse_json(content, what)
        keys = keys if isinstance(keys, dict) else {}
        if "annotations" in keys and "images" in keys:
            return COCO
        if "shapes" in keys:
            return LABELME
        if "_via_img_metadata" in keys or any(
            isinstance(one, dict) and "regions" in one for one in keys.values()
        ):
            return VIA
        raise ReadError(
            f"{what} is JSON, but none of COCO, LabelMe or VIA; export the outlines as one of these."
        )
    if not content.strip(b"0123456789eE+-. \t\r\n"):
        return YOLO_SEG
    raise ReadError(
        f"{what} starts with {head!r}, which is none of the formats that are read; expected ROIs of ImageJ "
        "(.roi, .zip), COCO, LabelMe or VIA (.json), labels (.tif, .png), OME-TIFF, or YOLO segmentation (.txt)."
    )
