"""FEI and Thermo Fisher SEM: an INI text in tag 34680 or 34682, lengths in metres, voltages in volts."""

from collections.abc import Mapping
from typing import Any

import tifffile

from nanocaliper.micrograph.acquisition import Acquisition, join_date_and_time, make_acquisition
from nanocaliper.micrograph.formats.decoded import to_plain
from nanocaliper.micrograph.formats.pixel_size import settle_pixel_size
from nanocaliper.micrograph.formats.tag_reading import TagReading
from nanocaliper.micrograph.formats.tiff_tags.raw import check_length

__all__ = ["read_tags"]

_TAGS = (34680, 34682)


def read_tags(tif: tifffile.TiffFile, page: tifffile.TiffPage) -> TagReading | None:
    """Read the pixel size of the scan; a navigation camera's image has none.

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
    check_length(page, *_TAGS)
    for code in _TAGS:
        tag = page.tags.get(code)
        if tag is not None and isinstance(tag.value, Mapping):
            scan = _section(tag.value, "Scan")
            width, height = (_scaled(scan.get(key), 1e9) for key in ("PixelWidth", "PixelHeight"))
            nm_per_px, warnings = settle_pixel_size(width, height)
            return TagReading(nm_per_px, {"fei": to_plain(tag.value)}, warnings, _read_acquisition(tag.value))
    return None


def _read_acquisition(sections: Mapping[str, Any]) -> Acquisition | None:
    image, private = _section(sections, "Image"), _section(sections, "PrivateFei")
    used = _section(sections, "Beam")
    # 'Beam' names the beam that made the image; its settings stand in a section of that name.
    beam = {**used, **_section(sections, str(used.get("Beam", "EBeam")))}
    user = _section(sections, "User")
    created = private.get("TimeOfCreation")
    day, _, clock = created.partition(" ") if isinstance(created, str) else ("", "", "")
    return make_acquisition(
        "FEI/Thermo Fisher",
        instrument=_section(sections, "System").get("SystemType"),
        voltage_kv=_scaled(beam.get("HV"), 1e-3),
        working_distance_mm=_scaled(beam.get("WD"), 1e3),
        detector=_section(sections, "Detectors").get("Name"),
        # Written as 13.06.2016, in any language of the system; the user's date follows the system's.
        acquired_at=join_date_and_time(day, clock, day_first=True)
        or join_date_and_time(user.get("Date"), user.get("Time")),
        rows=image.get("ResolutionY"),
        cols=image.get("ResolutionX"),
        data_bar_rows=private.get("DatabarHeight"),
    )


def _section(sections: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    section = sections.get(name)
    return section if isinstance(section, Mapping) else {}


def _scaled(value: object, factor: float) -> object:
    """A number times a factor; anything else as it is, to be judged as what it is."""
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 1e300:
        return value
    return value * factor
