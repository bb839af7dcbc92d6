"""Reading OME-TIFF files that hold particles: as labels, as polygons, or both."""

import io
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt
import tifffile

from nanocaliper.errors import ReadError
from nanocaliper.exports.annotated_image import AnnotatedImage, annotate
from nanocaliper.exports.corner_points import (
    draw_ellipse,
    draw_rectangle,
    from_corner_points,
    inside_image,
    read_points,
)
from nanocaliper.exports.export_format import Expected, check_size
from nanocaliper.exports.json_reading import read_category, read_score, read_whole
from nanocaliper.exports.label_images import outlines_of
from nanocaliper.exports.label_tiff import read_labels
from nanocaliper.micrograph.formats.safe_xml import UnreadableXmlError, name_of, parse_xml
from nanocaliper.micrograph.formats.tiff_tags.raw import read_xml_description
from nanocaliper.micrograph.read import decode_image

__all__ = ["LABELS", "NAMESPACE", "SPACE", "decode_ome", "find_ome_xml"]

SPACE = "http://www.openmicroscopy.org/Schemas/OME/2016-06"
#: Namespace of our map annotations.
NAMESPACE = "nanocaliper/particle"
#: Name of the image that holds labels.
LABELS = "labels"


def find_ome_xml(content: bytes) -> str | None:
    """Find the OME-XML of a TIFF file; None where it has none, or is no TIFF."""
    try:
        with tifffile.TiffFile(io.BytesIO(content)) as tif:
            return read_xml_description(tif.pages.first, "OME")
    except Exception:  # of every kind, where the file is damaged; reading its pixels will say so
        return None


def decode_ome(content: bytes, expected: Expected) -> tuple[AnnotatedImage, ...]:
    """Read the particles of an OME-TIFF file.

    Parameters
    ----------
    content : bytes
    expected : Expected

    Returns
    -------
    tuple of AnnotatedImage
        One. Outlines are those of the polygons; where there are none, those of the labels.

    Raises
    ------
    ReadError
        If the file is damaged, of another image, or holds neither labels nor polygons.
    """
    what = expected.what
    try:
        root = parse_xml(find_ome_xml(content) or "")
    except UnreadableXmlError as error:
        raise ReadError(f"The OME-XML of {what} {error}.") from None
    images = _children(root, "Image")
    at = [_find_page(image, place) for place, image in enumerate(images)]
    of_labels = next(
        (page for page, image in zip(at, images, strict=True) if image.get("Name") == LABELS), None
    )
    of_pixels = next((page for page in at if page != of_labels), None)
    labels, pixels, nm_per_px, name = None, None, None, expected.name
    if of_pixels is not None:
        try:
            decoded = decode_image(content, of_pixels)
        except ReadError as error:
            raise ReadError(f"{what} cannot be read: {error}.") from None
        check_size(decoded.values.shape[0], decoded.values.shape[1], expected)
        pixels, nm_per_px = (
            decoded.values.reshape((*decoded.values.shape[:2], -1))[..., 0],
            decoded.nm_per_px,
        )
        name = images[at.index(of_pixels)].get("Name") or name
    if of_labels is not None:
        labels, nm_per_px = read_labels(content, of_labels, expected)
        if pixels is not None and labels.shape != pixels.shape:
            raise ReadError(
                f"{what} has labels of {labels.shape} px and an image of {pixels.shape}; write it anew."
            )
    any_image = pixels if pixels is not None else labels
    if any_image is None:
        raise ReadError(f"{what} lists no image; expected one with outlines or labels.")
    rois = _children(root, "ROI")
    if not rois and labels is None:
        raise ReadError(f"{what} has neither outlines nor an image called '{LABELS}': it holds no particles.")
    rows, cols = any_image.shape
    drawn, ids, traced = outlines_of(labels, what) if labels is not None else (None, (), ())
    if not rois:
        return (
            annotate(name, rows, cols, traced, ids=ids, labels=drawn, nm_per_px=nm_per_px, pixels=pixels),
        )
    return (_read_outlines(root, rois, name, (rows, cols), what, drawn, nm_per_px, pixels),)


def _read_outlines(
    root: Element,
    rois: list[Element],
    name: str,
    size: tuple[int, int],
    what: str,
    labels: npt.NDArray[np.int32] | None,
    nm_per_px: float | None,
    pixels: npt.NDArray[np.generic] | None,
) -> AnnotatedImage:
    notes = {
        note.get("ID"): {item.get("K"): item.text or "" for item in note.iter() if name_of(item) == "M"}
        for note in root.iter()
        if name_of(note) == "MapAnnotation" and note.get("Namespace") == NAMESPACE
    }
    outlines, ids, shapes, scores, states, edited = [], [], [], [], [], []
    for roi in rois:
        identity = roi.get("ID", "")
        where = f"ROI {identity[:40]!r} of {what}"
        outlines.append(inside_image(from_corner_points(_draw(roi, where), where), *size, where))
        number = identity.rpartition(":")[2]
        ids.append(
            read_whole(int(number), where)
            if number.isascii() and number.isdigit() and len(number) < 11
            else 0
        )
        shapes.append(read_category(roi.get("Name", ""), where))
        references = [ref.get("ID") for ref in _children(roi, "AnnotationRef")]
        known = next((notes[one] for one in references if one in notes), {})
        scores.append(read_score(_number(known["score"]) if "score" in known else None, where))
        states.append(known.get("state", ""))
        edited.append(known.get("edited", ""))
    return annotate(
        name,
        *size,
        outlines,
        ids=ids,
        shapes=shapes,
        scores=scores,
        states=states,
        edited=edited,
        labels=labels,
        nm_per_px=nm_per_px,
        pixels=pixels,
    )


def _children(element: Element, name: str) -> list[Element]:
    return [one for one in element if name_of(one) == name]


def _find_page(image: Element, place: int) -> int:
    data = next((one for one in image.iter() if name_of(one) == "TiffData"), None)
    number = "" if data is None else data.get("IFD", "0")
    return int(number) if number.isascii() and number.isdigit() and len(number) < 6 else place


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return float("nan")


def _draw(roi: Element, where: str) -> npt.NDArray[np.float64]:
    """Corners of what OME can draw around a particle."""
    drawn = [one for union in _children(roi, "Union") for one in union]
    if len(drawn) == 1:
        shape, kind = drawn[0], name_of(drawn[0])
        if kind == "Polygon":
            return read_points(shape.get("Points", "").replace(",", " ").split(), where)
        if kind == "Ellipse":
            return draw_ellipse(*(_number(shape.get(key, "")) for key in ("X", "Y", "RadiusX", "RadiusY")))
        if kind == "Rectangle":
            return draw_rectangle(*(_number(shape.get(key, "")) for key in ("X", "Y", "Width", "Height")))
    raise ReadError(
        f"{where} is no outline; expected one polygon, ellipse or rectangle: remove it or draw it as one."
    )
