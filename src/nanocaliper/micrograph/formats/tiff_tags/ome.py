"""OME-TIFF: an XML image description with PhysicalSizeX, PhysicalSizeY and their units."""

from xml.etree import ElementTree

import tifffile

from nanocaliper.micrograph.acquisition import Acquisition, make_acquisition
from nanocaliper.micrograph.formats.pixel_size import describe_unknown_unit, read_unit, settle_pixel_size
from nanocaliper.micrograph.formats.safe_xml import UnreadableXmlError, name_of, parse_xml
from nanocaliper.micrograph.formats.sidecars.texts import read_number
from nanocaliper.micrograph.formats.tag_reading import TagReading
from nanocaliper.micrograph.formats.tiff_tags.raw import read_xml_description
from nanocaliper.units import NM_PER_UNIT

__all__ = ["read_tags"]

# The default of PhysicalSizeXUnit in the OME schema, for files without that attribute (all before 2015).
_DEFAULT_UNIT = "\u00b5m"
# Units of length of the OME schema that no other program writes on micrographs.
_NM_PER_OME_UNIT = {
    "fm": 1e-6,
    "am": 1e-9,
    "zm": 1e-12,
    "ym": 1e-15,
    "dm": 1e8,
    "km": 1e12,
    "dam": 1e10,
    "hm": 1e11,
}
_NM_PER_OME_UNIT |= {"thou": 25400.0, "li": 2116666.6666666665, "in": 2.54e7, "ft": 3.048e8, "yd": 9.144e8}
_NM_PER_OME_UNIT |= {"Mm": 1e15, "Gm": 1e18, "pt": 352777.77777777775}


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read the physical size of the pixels.

    Where the XML describes several images, those of the page's size must agree.

    Parameters
    ----------
    tif : TiffFile
        The open file; the description stands on its first page.
    page : TiffPage
        The page that is read.

    Returns
    -------
    TagReading or None
    """
    text = read_xml_description(tif.pages.first, "OME")
    if text is None:
        return None
    try:
        root = parse_xml(text)
    except UnreadableXmlError as error:
        return TagReading(None, {}, (f"The file's OME-XML {error}; it was not read.",))
    if name_of(root) != "OME":
        return None
    images = [one for one in root if name_of(one) == "Image"]
    described = [(image, one) for image in images for one in image if name_of(one) == "Pixels"]
    fitting = [pair for pair in described if pair[1].get("SizeX") == str(page.imagewidth)] or described
    if not fitting:
        return TagReading(None, {"ome": {}})
    keys = ("PhysicalSizeX", "PhysicalSizeXUnit", "PhysicalSizeY", "PhysicalSizeYUnit", "SizeX", "SizeY")
    pixels = {key: value for key in keys if (value := fitting[0][1].get(key)) is not None}
    if any(_size_key(one) != _size_key(fitting[0][1]) for _, one in fitting):
        return TagReading(
            None,
            {"ome": {"images": len(described)}},
            ("The file's OME-XML gives several images with different pixel sizes; none was used.",),
        )
    sizes: list[object] = []
    for axis in "XY":
        given = pixels.get(f"PhysicalSize{axis}")
        factor = _nm_per(unit := pixels.get(f"PhysicalSize{axis}Unit", _DEFAULT_UNIT))
        if given is not None and factor is None:
            return TagReading(
                None, {"ome": pixels}, describe_unknown_unit(unit), _read_acquisition(root, fitting[0])
            )
        number = read_number(given)
        sizes.append(given if number is None or factor is None else number * factor)
    nm_per_px, warnings = settle_pixel_size(*sizes)
    return TagReading(nm_per_px, {"ome": pixels}, warnings, _read_acquisition(root, fitting[0]))


def _nm_per(unit: str) -> float | None:
    name = read_unit(unit)
    return NM_PER_UNIT[name] if name is not None else _NM_PER_OME_UNIT.get(unit.strip())


def _size_key(pixels: ElementTree.Element) -> tuple[str | None, ...]:
    return tuple(pixels.get(f"PhysicalSize{axis}") for axis in ("X", "XUnit", "Y", "YUnit"))


def _read_acquisition(
    root: ElementTree.Element, pair: tuple[ElementTree.Element, ElementTree.Element]
) -> Acquisition | None:
    image, pixels = pair
    taken = next((one.text for one in image if name_of(one) == "AcquisitionDate"), None)
    microscope = next((one for one in root.iter() if name_of(one) == "Microscope"), None)
    sizes = [read_number(pixels.get(key)) for key in ("SizeY", "SizeX")]
    return make_acquisition(
        (microscope.get("Manufacturer") if microscope is not None else None) or "OME",
        instrument=microscope.get("Model") if microscope is not None else None,
        acquired_at=taken,
        rows=sizes[0],
        cols=sizes[1],
    )
