"""The TIFF resolution tags, where nothing but a pixel of a microscope can be meant."""

import tifffile

from nanocaliper.micrograph.formats.pixel_size import settle_pixel_size
from nanocaliper.micrograph.formats.tag_reading import TagReading

__all__ = ["read_tags"]

_NM_PER_UNIT = {2: 2.54e7, 3: 1e7}  # inch, cm
# Film recorders, scanners and image setters reach 12 800 dots per inch, 1984 nm; no printed page has 1000 nm.
_LARGEST_NM = 1000.0
# Under 1 pm there is nothing to see; such values are placeholders.
_SMALLEST_NM = 1e-3
_LARGEST_INTEGERS = (2**16 - 1, 2**31 - 1, 2**32 - 1)
# Programs that rescale an image and leave the resolution as it was.
_EDITORS = (
    *("photoshop", "gimp", "imagemagick", "graphicsmagick", "irfanview", "paint", "corel", "affinity"),
    *("lightroom", "illustrator", "indesign", "acdsee", "xnview", "faststone", "inkscape", "pixelmator"),
    "powerpoint",
)


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read a pixel size under 1 µm from XResolution, YResolution and ResolutionUnit (inch or cm).

    Parameters
    ----------
    tif : TiffFile
        The open file.
    page : TiffPage
        The page that is read.

    Returns
    -------
    TagReading or None
        None where the tags mean a size on paper or are missing; always with a warning where there is a size,
        for nothing else in the file confirms it.
    """
    del tif
    unit_tag = page.tags.get("ResolutionUnit")
    unit = unit_tag.value if unit_tag is not None else None
    factor = _NM_PER_UNIT.get(unit) if isinstance(unit, int) else None
    fractions = [
        tag.value if (tag := page.tags.get(name)) else None for name in ("XResolution", "YResolution")
    ]
    if factor is None:
        return None
    sizes = []
    for fraction in fractions:
        if not isinstance(fraction, tuple) or len(fraction) != 2 or not all(fraction):
            return None
        if fraction[0] in _LARGEST_INTEGERS:
            return None
        sizes.append(fraction[1] / fraction[0] * factor)
    if not all(_SMALLEST_NM <= size < _LARGEST_NM for size in sizes):
        return None
    nm_per_px, warnings = settle_pixel_size(*sizes)
    if nm_per_px is None:
        return TagReading(None, {}, warnings)
    software = str(tag.value).lower() if (tag := page.tags.get("Software")) else ""
    if editor := next((one for one in _EDITORS if one in software), None):
        return TagReading(
            None,
            {},
            (
                f"The TIFF resolution tags give {nm_per_px:.6g} nm per pixel, but the file was written by an image "
                f"editor ({editor}), which keeps them when it rescales; they were not used, pass the scale with "
                "--nm-per-px.",
            ),
        )
    return TagReading(
        nm_per_px,
        {},
        (
            f"The scale, {nm_per_px:.6g} nm per pixel, comes from the TIFF resolution tags alone, which no "
            "instrument vouches for; check it.",
        ),
    )
