"""TESCAN: ``key=value`` lines in sections, in ``NAME-tif.hdr`` beside the image or in TIFF tag 50431."""

import re
from pathlib import Path

from nanocaliper.micrograph.acquisition import join_date_and_time, make_acquisition
from nanocaliper.micrograph.formats.pixel_size import settle_pixel_size
from nanocaliper.micrograph.formats.sidecars.texts import read_keys, read_number
from nanocaliper.micrograph.formats.tag_reading import TagReading

__all__ = ["name_sidecars", "read_text"]

# Two of these are enough: other programs write .hdr files too, and a file of TESCAN may lack some.
_SIGNS = ("PixelSizeX", "PixelSizeY", "AccFrames", "ImageStripSize", "ViewFieldsCountX", "SoftwareVersion")
_VOLTAGE = re.compile(r"^HV\s*=", re.MULTILINE)


def name_sidecars(path: Path) -> tuple[str, ...]:
    """Name the files that TESCAN's software may have written beside an image."""
    ending = path.suffix[1:]
    return (f"{path.stem}-{ending}.hdr", f"{path.name}.hdr", f"{path.stem}.hdr")


def read_text(text: str) -> TagReading | None:
    """Read what TESCAN's keys say.

    Parameters
    ----------
    text : str
        Content of the ``.hdr`` file, or of the tag with its binary head.

    Returns
    -------
    TagReading or None
        None where the text is not TESCAN's.
    """
    sections = read_keys(text)
    every = {key: value for section in sections.values() for key, value in section.items()}
    # In the tag the keys of all sections follow each other without a heading.
    main = sections.get("MAIN") or every
    # An instrument of two beams writes the settings of both, and not which of them made the image.
    beams = [sections[name] for name in ("SEM", "FIB") if name in sections]
    beam = (beams or [every])[0] if len(beams) < 2 and len(_VOLTAGE.findall(text)) < 2 else {}
    if "PixelSizeX" not in main or sum(sign in main for sign in _SIGNS) < 2:
        return None
    sizes = (_to_nm(main.get(key)) for key in ("PixelSizeX", "PixelSizeY"))
    nm_per_px, warnings = settle_pixel_size(*sizes)
    acquisition = make_acquisition(
        "TESCAN",
        instrument=main.get("DeviceModel") or main.get("Device"),
        voltage_kv=_scaled(beam.get("HV"), 1e-3),
        magnification=read_number(main.get("Magnification")),
        working_distance_mm=_scaled(beam.get("WD"), 1e3),
        detector=beam.get("Detector") or beam.get("Detector0"),
        acquired_at=join_date_and_time(main.get("Date"), main.get("Time")),
        rows=read_number(main.get("ImageHeight")),
        cols=read_number(main.get("ImageWidth")),
        data_bar_rows=read_number(main.get("ImageStripSize")),
    )
    metadata = {"tescan": {name or "MAIN": keys for name, keys in sections.items() if keys}}
    return TagReading(nm_per_px, metadata, warnings, acquisition)


def _to_nm(text: str | None) -> float | str | None:
    metres = read_number(text)
    return text if metres is None else metres * 1e9


def _scaled(text: str | None, factor: float) -> float | None:
    number = read_number(text)
    return None if number is None else number * factor
