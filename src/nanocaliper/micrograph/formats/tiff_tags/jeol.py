"""JEOL: SEM with ``$CM_...`` keys in tag 37500, TEM (SightX) with an XML image description."""

import tifffile

from nanocaliper.micrograph.acquisition import make_acquisition
from nanocaliper.micrograph.formats.pixel_size import settle_pixel_size
from nanocaliper.micrograph.formats.safe_xml import UnreadableXmlError, name_of, parse_xml
from nanocaliper.micrograph.formats.sidecars.jeol import read_text
from nanocaliper.micrograph.formats.sidecars.texts import decode_text, read_number
from nanocaliper.micrograph.formats.tag_reading import TagReading
from nanocaliper.micrograph.formats.tiff_tags.raw import read_tag_bytes, read_xml_description

__all__ = ["read_tags"]

_SEM_TAG = 37500
_MARK = b"UNICODE"
_TEM_ROOT = "TemReporter"
_NM_PER_RESOLUTION_UNIT = {2: 2.54e7, 3: 1e7}  # inch, cm


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read the pixel size of a JEOL SEM or TEM image.

    A SightX image in the mode MAG gives the resolution of its camera's pixels (TIFF resolution tags) and its
    magnification; the pixel size is their quotient. In other modes (diffraction, STEM) it gives none.

    Parameters
    ----------
    tif : TiffFile
        The open file.
    page : TiffPage
        The page that is read.

    Returns
    -------
    TagReading or None
    """
    del tif
    raw = read_tag_bytes(page, _SEM_TAG)
    if raw is not None:
        # The mark and its closing zero are in one-byte letters, what follows them often in UTF-16.
        reading = read_text(decode_text(raw.removeprefix(_MARK).removeprefix(b"\0")))
        if reading is not None:
            return reading
    description = read_xml_description(page, _TEM_ROOT)
    return _read_sightx(page, description) if description is not None else None


def _read_sightx(page: tifffile.TiffPage, description: str) -> TagReading | None:
    try:
        root = parse_xml(description)
    except UnreadableXmlError as error:
        return TagReading(None, {}, (f"JEOL's XML in the file {error}; it was not read.",))
    if name_of(root) != _TEM_ROOT:
        return None
    fields = {f"{name_of(section)}.{name_of(one)}": one.text or "" for section in root for one in section}
    magnifying = (
        fields.get("Eos.EosMode") == "eosTEM" and fields.get("ImageFormingSystem.ModeString") == "MAG"
    )
    selected = read_number(fields.get("ImageFormingSystem.SelectorValue"))
    nm_per_px: float | None = None
    warnings: tuple[str, ...] = ()
    if magnifying and selected is not None and selected > 0:
        sizes = [_camera_pixel_nm(page, name) for name in ("XResolution", "YResolution")]
        nm_per_px, warnings = settle_pixel_size(*(None if one is None else one / selected for one in sizes))
    volts = read_number(fields.get("ElectronGun.AccelerationVoltage"))
    acquisition = make_acquisition(
        "JEOL",
        voltage_kv=None if volts is None else volts / 1000,
        magnification=selected if magnifying else None,
    )
    return TagReading(nm_per_px, {"jeol": fields}, warnings, acquisition)


def _camera_pixel_nm(page: tifffile.TiffPage, name: str) -> float | None:
    """Pixel of the camera, from the tag's fraction (pixels, units of length)."""
    tag, unit_tag = page.tags.get(name), page.tags.get("ResolutionUnit")
    unit = unit_tag.value if unit_tag is not None else None
    fraction = tag.value if tag is not None else None
    unit_nm = _NM_PER_RESOLUTION_UNIT.get(unit) if isinstance(unit, int) else None
    if unit_nm is None or not isinstance(fraction, tuple) or len(fraction) != 2 or not all(fraction):
        return None
    return float(fraction[1] / fraction[0]) * unit_nm
