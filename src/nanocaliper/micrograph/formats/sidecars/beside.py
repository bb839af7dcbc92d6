"""Whether the text file beside an image is its own, and what it adds."""

import errno
import hashlib
from dataclasses import replace
from pathlib import Path, PureWindowsPath
from typing import Any

from nanocaliper.micrograph.formats.decoded import DecodedImage
from nanocaliper.micrograph.formats.sidecars import SIDECARS, Sidecar
from nanocaliper.micrograph.formats.sidecars.texts import decode_text
from nanocaliper.micrograph.formats.tag_reading import TagReading

__all__ = ["MOST_TEXT_BYTES", "add_sidecar", "names_another"]

# Formats of the images that instruments write a text file for.
_FORMATS = ("TIFF", "BigTIFF", "PNG", "JPEG", "BMP")
#: Bytes of a text file that are read; the longest have some 30 kB.
MOST_TEXT_BYTES = 1_000_000
# Where the image and its sidecar both give a pixel size: one of them may be rounded to three figures.
_AGREEMENT = 0.01


def names_another(path: Path, reading: TagReading) -> bool:
    """Tell whether a sidecar says that it belongs to an image of another name."""
    if reading.image_name is None:
        return False
    # The name is Windows'; a copy in another format keeps the stem.
    return PureWindowsPath(reading.image_name).stem.casefold() != path.stem.casefold()


def add_sidecar(path: Path, decoded: DecodedImage, *, renamed: bool = False) -> DecodedImage:
    """Add what the maker's text file beside an image says.

    A sidecar of another image (it names another file, or an image of another width) is not used, with a warning.

    Parameters
    ----------
    path : Path
        The image file.
    decoded : DecodedImage
        What was read from it.
    renamed : bool
        Whether image and sidecar were renamed together, so that the name in the sidecar says nothing.

    Returns
    -------
    DecodedImage
        With pixel size, metadata and acquisition of the sidecar where the image has none of its own, and with
        no pixel size where the two contradict each other.
    """
    if decoded.format not in _FORMATS:
        return decoded
    texts: dict[str, tuple[str, str] | None] = {}
    warnings: list[str] = []
    own: list[tuple[Sidecar, str, str, TagReading]] = []
    for sidecar in SIDECARS:
        for name in sidecar.name_sidecars(path):
            if name == path.name:
                continue
            if name not in texts:
                texts[name] = _read_bytes(path.with_name(name), name, warnings)
            found = texts[name]
            reading = sidecar.read_text(found[0]) if found is not None else None
            if found is None or reading is None:
                continue
            reason = _find_mismatch(path, decoded, reading, renamed)
            if reason is None:
                own.append((sidecar, name, found[1], reading))
            else:
                warnings.append(
                    f"{sidecar.maker}'s text file {name!r} beside the image was not used: {reason}."
                )
    decoded = replace(decoded, warnings=decoded.warnings + tuple(dict.fromkeys(warnings)))
    if not own:
        return decoded
    sizes = [reading.nm_per_px for *_, reading in own if reading.nm_per_px is not None]
    if sizes and max(sizes) - min(sizes) > _AGREEMENT * min(sizes):
        given = ", ".join(
            f"{reading.nm_per_px:.6g} in {name!r}" for _, name, _, reading in own if reading.nm_per_px
        )
        doubt = (
            f"The text files beside the image give different nm per pixel ({given}); none of them was used, so "
            "pass the right one with --nm-per-px."
        )
        own = [(maker, name, digest, replace(one, nm_per_px=None)) for maker, name, digest, one in own]
        decoded = replace(decoded, nm_per_px=None, warnings=(*decoded.warnings, doubt))
    return _merge(decoded, *own[0])


def _read_bytes(path: Path, name: str, warnings: list[str]) -> tuple[str, str] | None:
    """Text and digest of a file that exists; what is far too long is some other file, such as exported data."""
    try:
        if not path.is_file():
            return None
        with path.open("rb") as stream:
            raw = stream.read(MOST_TEXT_BYTES + 1)
    except (OSError, ValueError) as error:
        if getattr(error, "errno", None) == errno.ENAMETOOLONG:
            return None  # where no such name can be, there is no such file
        reason = getattr(error, "strerror", None) or type(error).__name__
        warnings.append(
            f"The text file {name!r} beside the image cannot be read ({reason}); it was not used."
        )
        return None
    if len(raw) > MOST_TEXT_BYTES:
        head = decode_text(raw[:4096])
        if any(sidecar.read_text(head) is not None for sidecar in SIDECARS):
            warnings.append(
                f"The text file {name!r} beside the image is over {MOST_TEXT_BYTES:,} bytes long; it was not used."
            )
        return None
    return decode_text(raw), hashlib.sha256(raw).hexdigest()


def _find_mismatch(path: Path, decoded: DecodedImage, reading: TagReading, renamed: bool) -> str | None:
    """Why a sidecar does not belong to the image, ending a sentence; None where it does."""
    if not renamed and names_another(path, reading):
        return f"it belongs to an image named {str(reading.image_name)[:80]!r}"
    acquisition = reading.acquisition
    rows, cols = decoded.values.shape[:2]
    if acquisition is not None and acquisition.cols is not None and acquisition.cols != cols:
        size = (
            f"{acquisition.cols} x {acquisition.rows}"
            if acquisition.rows is not None
            else f"{acquisition.cols}"
        )
        value = "" if reading.nm_per_px is None else f" and {reading.nm_per_px:.6g} nm per pixel"
        return (
            f"it gives {size} px{value}, but the image has {cols} x {rows} px, so it belongs to another image or "
            "this one was cropped or resampled; pass the scale with --nm-per-px"
        )
    return None


def _merge(
    decoded: DecodedImage, sidecar: Sidecar, name: str, digest: str, reading: TagReading
) -> DecodedImage:
    metadata: dict[str, Any] = {**reading.metadata, **decoded.metadata}
    metadata["sidecar"] = {"name": name, "maker": sidecar.maker, "sha256": digest}
    warnings = decoded.warnings + tuple(one for one in reading.warnings if one not in decoded.warnings)
    own, beside = decoded.nm_per_px, reading.nm_per_px
    nm_per_px = own if own is not None else beside
    uncertainty = decoded.relative_uncertainty if own is not None else reading.relative_uncertainty
    if own is not None and beside is not None and abs(own - beside) > _AGREEMENT * own:
        nm_per_px = None
        warnings += (
            f"The image gives {own:.6g} nm per pixel, and {sidecar.maker}'s text file {name!r} beside it "
            f"{beside:.6g}; neither was used, so pass the right one with --nm-per-px.",
        )
    return replace(
        decoded,
        nm_per_px=nm_per_px,
        relative_uncertainty=uncertainty,
        metadata=metadata,
        warnings=warnings,
        acquisition=decoded.acquisition or reading.acquisition,
    )
