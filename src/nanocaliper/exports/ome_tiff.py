"""OME-TIFF: the image, its labels as second image, and the outlines as polygons in the OME-XML.

Schema 2016-06. Pixel sizes are in nm. Polygons have pixel corners on whole numbers; the class is the name of a ROI,
what OME has no place for (score, state, edit) a map annotation. Where the description would be longer than what is
read (4 MB, about a thousand particles), the polygons stay out of it: the labels hold all particles.
"""

import io
import math
import re
from collections.abc import Iterable
from typing import Any
from xml.etree import ElementTree
from xml.etree.ElementTree import Element, SubElement

import numpy as np
import numpy.typing as npt
import tifffile

from nanocaliper.exports.annotated_image import AnnotatedImage, name_category
from nanocaliper.exports.corner_points import to_corner_points
from nanocaliper.exports.export_format import ExportFormat
from nanocaliper.exports.label_images import choose_depth, labels_of
from nanocaliper.exports.ome_xml_reading import LABELS, NAMESPACE, SPACE, decode_ome
from nanocaliper.micrograph.formats.tiff_tags.raw import LONGEST_TAG

__all__ = ["OME_TIFF"]

_SCHEMA = f"{SPACE} {SPACE}/ome.xsd"
# What XML 1.0 cannot hold.
_FORBIDDEN = re.compile("[^\t\n\r -\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
#: Beyond this a classic TIFF has no more addresses.
_CLASSIC_BYTES = 2**32 - 2**25


def _encode(images: Iterable[AnnotatedImage]) -> bytes:
    (image,) = images
    labels = labels_of(image)
    pages = {LABELS: labels.astype(choose_depth(labels))}
    if image.pixels is not None:
        pages = {_FORBIDDEN.sub("_", image.name): np.ascontiguousarray(image.pixels), **pages}
    text = _describe(image, pages, outlines=True)
    if len(text) > LONGEST_TAG:
        text = _describe(image, pages, outlines=False)
    buffer = io.BytesIO()
    big = sum(page.nbytes for page in pages.values()) > _CLASSIC_BYTES
    with tifffile.TiffWriter(buffer, bigtiff=big, byteorder="<") as tif:
        for index, page in enumerate(pages.values()):
            tif.write(
                page,
                description=text if index == 0 else None,
                metadata=None,
                photometric="minisblack",
                compression="zlib",
                software="nanocaliper",
            )
    return buffer.getvalue()


def _describe(image: AnnotatedImage, pages: dict[str, npt.NDArray[Any]], *, outlines: bool) -> bytes:
    root = Element(
        "OME",
        {
            "xmlns": SPACE,
            "xmlns:xsi": "http://www.w3.org/2001/XMLSchema-instance",
            "xsi:schemaLocation": _SCHEMA,
            "Creator": "nanocaliper",
        },
    )
    for index, (name, page) in enumerate(pages.items()):
        element = _add_image(root, index, name, page, image.nm_per_px)
        if index == 0 and outlines:
            for number in image.ids:
                SubElement(element, "ROIRef", ID=f"ROI:{number}")
    if outlines and image.ids:
        notes = SubElement(root, "StructuredAnnotations")
        for index in range(len(image.ids)):
            _add_outline(root, notes, image, index)
    text: bytes = ElementTree.tostring(root, encoding="us-ascii", xml_declaration=True)
    return text


def _add_image(
    root: Element, index: int, name: str, page: npt.NDArray[Any], nm_per_px: float | None
) -> Element:
    element = SubElement(root, "Image", ID=f"Image:{index}", Name=name)
    physical: dict[str, str] = {}
    if nm_per_px is not None:
        for axis in "XY":
            physical |= {f"PhysicalSize{axis}": repr(float(nm_per_px)), f"PhysicalSize{axis}Unit": "nm"}
    pixels = SubElement(
        element,
        "Pixels",
        {
            "ID": f"Pixels:{index}",
            "DimensionOrder": "XYCZT",
            "Type": "float" if page.dtype == np.float32 else page.dtype.name,
            "SizeX": str(page.shape[1]),
            "SizeY": str(page.shape[0]),
            "SizeZ": "1",
            "SizeC": "1",
            "SizeT": "1",
            "BigEndian": "false",
            **physical,
        },
    )
    SubElement(pixels, "Channel", ID=f"Channel:{index}:0", SamplesPerPixel="1")
    SubElement(pixels, "TiffData", IFD=str(index), PlaneCount="1")
    return element


def _add_outline(root: Element, notes: Element, image: AnnotatedImage, index: int) -> None:
    number, score = image.ids[index], image.scores[index]
    note = SubElement(notes, "MapAnnotation", ID=f"Annotation:{number}", Namespace=NAMESPACE)
    known = {
        "score": "" if math.isnan(score) else repr(score),
        "state": image.states[index],
        "edited": image.edited[index],
    }
    values = SubElement(note, "Value")
    for key, value in known.items():
        if value:
            SubElement(values, "M", K=key).text = value
    roi = SubElement(root, "ROI", ID=f"ROI:{number}", Name=name_category(image.shapes[index]))
    points = " ".join(f"{x:.3f},{y:.3f}" for x, y in to_corner_points(image.outlines[index]))
    SubElement(SubElement(roi, "Union"), "Polygon", ID=f"Shape:{number}", Points=points)
    SubElement(roi, "AnnotationRef", ID=f"Annotation:{number}")


OME_TIFF = ExportFormat(
    "ome-tiff",
    ".ome.tif",
    "OME-TIFF with image, labels and outlines: OMERO, QuPath, Fiji (Bio-Formats), napari, ...",
    _encode,
    decode_ome,
    frozenset(
        {
            "name",
            "size",
            "outlines",
            "labels",
            "ids",
            "shapes",
            "scores",
            "states",
            "edited",
            "nm_per_px",
            "pixels",
        }
    ),
    needs_pixels=True,
)
